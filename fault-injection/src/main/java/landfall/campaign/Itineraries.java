package landfall.campaign;

import static landfall.nemesis.FaultKind.CANCEL;
import static landfall.nemesis.FaultKind.CUT_BACK;
import static landfall.nemesis.FaultKind.CUT_FORWARD;
import static landfall.nemesis.FaultKind.DELAY;
import static landfall.nemesis.FaultKind.KILL_DESTINATION;
import static landfall.nemesis.FaultKind.RESET;
import static landfall.nemesis.FaultKind.STOP_DESTINATION;
import static landfall.nemesis.StreamPhase.DEVICE_STATE;
import static landfall.nemesis.StreamPhase.FINAL_ROUND;
import static landfall.nemesis.StreamPhase.FIRST_ROUND;
import static landfall.nemesis.StreamPhase.HANDOVER;
import static landfall.nemesis.StreamPhase.LATER_ROUND;
import static landfall.nemesis.StreamPhase.READY;

import java.util.List;
import java.util.Random;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.trial.Schedule;
import landfall.trial.Schedule.Migration;

/** The ways of a guest in a trial with three hosts. */
final class Itineraries {
  private static final String A = Schedule.FIRST;
  private static final String B = Schedule.SECOND;
  private static final String C = "C";

  /** Longer than a host waits for the other, and than the next migration takes. */
  private static final long CUT_OFF_MILLIS = 4_000;

  private static final long LATE_MILLIS = 500;

  /** After a handover: on slow storage the destination has just begun to take the lock. */
  private static final long TAKING_MILLIS = 100;

  private static final List<StreamPhase> BEFORE_READY =
      List.of(FIRST_ROUND, LATER_ROUND, FINAL_ROUND, DEVICE_STATE, READY);
  private static final List<FaultKind> ENDS_IT = List.of(RESET, KILL_DESTINATION, CUT_BACK);

  /** Longer than a recovery and the next migration take, if pages follow the guest. */
  private static final long CUT_OFF_IN_PARTS_MILLIS = 6_000;

  /** Of a guest that goes in two parts: it is the source's until the destination has said Ready. */
  private static final List<StreamPhase> BEFORE_PARTS = List.of(FIRST_ROUND, DEVICE_STATE, READY);

  /** Who is killed once it has said Ready may have the guest. */
  private static final List<StreamPhase> BEFORE_IMAGE = List.of(FIRST_ROUND, DEVICE_STATE);

  private static final List<FaultKind> ENDS_IT_IN_PARTS = List.of(CANCEL, RESET, KILL_DESTINATION);

  private Itineraries() {}

  /**
   * The same trial with three hosts.
   *
   * @param number which of the trials with three hosts it is, from 0: the kinds take turns
   */
  static Schedule of(Schedule two, int number, Random random) {
    return switch (number % 7) {
      // A host with a whole image is cut off, and the guest goes elsewhere. The cut off host asks
      // the lock while it is offered to the other one, or it is stopped, and asks when that has
      // taken it. Nobody holds the guest paused: who comes to life must be seen by clients.
      case 0 ->
          two.travelling(
              List.of(
                  to(A, B, Schedules.lasting(CUT_BACK, READY, CUT_OFF_MILLIS)),
                  to(A, C, Schedules.lasting(CUT_FORWARD, HANDOVER, LATE_MILLIS))),
              false);
      case 1 ->
          two.travelling(
              List.of(
                  to(
                      A,
                      B,
                      Schedules.lasting(CUT_BACK, READY, CUT_OFF_MILLIS),
                      Schedules.lasting(STOP_DESTINATION, READY, CUT_OFF_MILLIS)),
                  to(A, C)),
              false);
      // The destination dies just when it takes the guest.
      case 2 ->
          two.travelling(
              List.of(
                  to(
                      A,
                      B,
                      new PlannedFault(
                          KILL_DESTINATION, Trigger.after(HANDOVER, TAKING_MILLIS), 0, 0)),
                  to(A, C)),
              true);
      // From host to host.
      case 3 ->
          two.travelling(
              List.of(
                  to(A, B, Schedules.planned(DELAY, LATER_ROUND, random)),
                  to(B, C, Schedules.planned(RESET, oneOf(BEFORE_READY, random), random))),
              true);
      // There and back.
      case 4 ->
          two.travelling(
              List.of(
                  to(A, B, Schedules.planned(DELAY, LATER_ROUND, random)),
                  to(B, A, Schedules.planned(RESET, oneOf(BEFORE_READY, random), random)),
                  to(A, C)),
              true);
      // Cancelled, and elsewhere.
      case 5 ->
          two.travelling(
              List.of(
                  to(A, B, Schedules.planned(CANCEL, oneOf(BEFORE_READY, random), random)),
                  to(A, C, Schedules.planned(DELAY, LATER_ROUND, random))),
              true);
      // Once more to the same host, which fails, and elsewhere.
      default -> {
        FaultKind kind = oneOf(ENDS_IT, random);
        StreamPhase phase = kind == CUT_BACK ? READY : oneOf(BEFORE_READY, random);
        yield two.travelling(
            List.of(
                to(A, B, Schedules.planned(RESET, oneOf(BEFORE_READY, random), random)),
                to(
                    A,
                    B,
                    kind == CUT_BACK
                        ? Schedules.lasting(CUT_BACK, phase, CUT_OFF_MILLIS)
                        : Schedules.planned(kind, phase, random)),
                to(A, C)),
            true);
      }
    };
  }

  /**
   * The same trial with three hosts, in a mode in which the guest is on two of them for a while.
   * Its faults fall in one of the migrations.
   *
   * @param number as in the other one
   */
  static Schedule inParts(Schedule two, int number, Random random) {
    List<PlannedFault> faults = two.faults();
    PlannedFault harmless = Schedules.planned(DELAY, FIRST_ROUND, random);
    return switch (number % 5) {
      // From host to host: a host that got the guest in two parts gives it away in two parts.
      case 0 -> two.travelling(List.of(to(A, B, harmless), to(B, C, faults)), two.comparesMemory());
      // An attempt that ends before the guest is given away, and another host.
      case 1 ->
          two.travelling(List.of(to(A, B, ends(random)), to(A, C, faults)), two.comparesMemory());
      // There and back: each host has old pages of the guest that comes. And on.
      case 2 ->
          two.travelling(
              List.of(to(A, B, harmless), to(B, A, faults), to(A, C)), two.comparesMemory());
      // Whatever becomes of the first migration, the guest goes on from where it is.
      case 3 -> two.travelling(List.of(to(A, B, faults), to(A, C), to(B, C)), two.comparesMemory());
      // A host that keeps an image which nobody will ask for gets the guest after all, from another
      // host. Nobody holds the guest paused: a copy that comes to life must be seen by clients.
      default ->
          two.travelling(
              List.of(
                  to(A, B, Schedules.lasting(CUT_BACK, READY, CUT_OFF_IN_PARTS_MILLIS)),
                  to(A, C, harmless),
                  to(C, B)),
              false);
    };
  }

  private static PlannedFault ends(Random random) {
    FaultKind kind = oneOf(ENDS_IT_IN_PARTS, random);
    List<StreamPhase> phases = kind == KILL_DESTINATION ? BEFORE_IMAGE : BEFORE_PARTS;
    return Schedules.planned(kind, oneOf(phases, random), random);
  }

  private static Migration to(String from, String to, List<PlannedFault> faults) {
    return new Migration(from, to, faults);
  }

  private static Migration to(String from, String to, PlannedFault... faults) {
    return new Migration(from, to, List.of(faults));
  }

  private static <T> T oneOf(List<T> all, Random random) {
    return all.get(random.nextInt(all.size()));
  }
}
