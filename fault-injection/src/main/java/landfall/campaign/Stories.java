package landfall.campaign;

import static landfall.nemesis.FaultKind.CANCEL;
import static landfall.nemesis.FaultKind.CUT_BACK;
import static landfall.nemesis.FaultKind.DELAY;
import static landfall.nemesis.FaultKind.HOLD_THEN_RELEASE;
import static landfall.nemesis.FaultKind.KILL_DESTINATION;
import static landfall.nemesis.FaultKind.KILL_SOURCE;
import static landfall.nemesis.FaultKind.LOSE_STORAGE_DESTINATION;
import static landfall.nemesis.FaultKind.LOSE_STORAGE_SOURCE;
import static landfall.nemesis.FaultKind.PAUSE_MIGRATION;
import static landfall.nemesis.FaultKind.RATE_LIMIT;
import static landfall.nemesis.FaultKind.RESET;
import static landfall.nemesis.FaultKind.RESTART_COMPANION;
import static landfall.nemesis.FaultKind.STOP_COMPANION;
import static landfall.nemesis.FaultKind.STOP_DESTINATION;
import static landfall.nemesis.StreamPhase.COMMIT;
import static landfall.nemesis.StreamPhase.COMPLETE;
import static landfall.nemesis.StreamPhase.CONNECTED;
import static landfall.nemesis.StreamPhase.DEVICE_STATE;
import static landfall.nemesis.StreamPhase.FIRST_ROUND;
import static landfall.nemesis.StreamPhase.GRANTED;
import static landfall.nemesis.StreamPhase.HANDOVER;
import static landfall.nemesis.StreamPhase.LATER_ROUND;
import static landfall.nemesis.StreamPhase.OWNERSHIP;
import static landfall.nemesis.StreamPhase.PUSH;
import static landfall.nemesis.StreamPhase.READY;
import static landfall.nemesis.StreamPhase.RECOVER;
import static landfall.nemesis.StreamPhase.RESUMED;

import java.util.List;
import java.util.Random;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;

/**
 * What is known to have gone wrong in implementations, or to be where a mistake shows: campaigns
 * begin with it. A story names the faults that it tells of; everything else asks for what a kind of
 * fault is.
 */
final class Stories {
  /** The list of a recovery is late. */
  private static final long LATE_MILLIS = 400;

  /** So slow, and for so long, that clients have time to write. */
  private static final long SLOW_MILLIS = 1_200;

  private static final long SLOW_BYTES_PER_SECOND = 300_000;

  /** A link that is lost here is followed by a recovery. */
  private static final List<StreamPhase> LOST_AND_RECOVERED = List.of(HANDOVER, RESUMED, PUSH);

  /** With an arbiter a source whose Handover is lost has the guest, and recovers nothing. */
  private static final List<StreamPhase> TAKEN_AND_RECOVERED = List.of(RESUMED, PUSH);

  private Stories() {}

  /**
   * Of pre-copy.
   *
   * @param handover whether the stream has a handover of its own
   */
  static List<List<PlannedFault>> ofPreCopy(boolean handover, Random random) {
    if (handover) {
      // The acknowledgement is lost; the word before it; an attempt fails late and is repeated;
      // frames of one attempt come in the next.
      return List.of(
          List.of(Schedules.planned(RESET, RESUMED, random)),
          List.of(Schedules.planned(RESET, READY, random)),
          List.of(Schedules.planned(RESET, LATER_ROUND, random)),
          List.of(Schedules.planned(HOLD_THEN_RELEASE, LATER_ROUND, random)),
          List.of(Schedules.lasting(CUT_BACK, RESUMED, 1_600)),
          List.of(Schedules.planned(KILL_DESTINATION, READY, random)),
          List.of(Schedules.planned(KILL_SOURCE, RESUMED, random)),
          List.of(Schedules.planned(DELAY, LATER_ROUND, random)),
          silencedThenReset(RESUMED));
    }
    return List.of(
        List.of(Schedules.planned(RESET, DEVICE_STATE, random)),
        List.of(Schedules.planned(RESET, DEVICE_STATE, random)),
        // One for each board, where the return path is on.
        silencedThenReset(DEVICE_STATE),
        silencedThenReset(DEVICE_STATE),
        List.of(Schedules.planned(RESET, LATER_ROUND, random)),
        List.of(Schedules.planned(RESET, LATER_ROUND, random)));
  }

  /** Of a mode in which the guest is on two hosts for a while. */
  static List<List<PlannedFault>> ofSplit(Random random) {
    // The source is in doubt; pages that were sent are lost, and the list of them is late; either
    // host dies while both have pages; the word that the guest is whole is lost, with the link and
    // with the source.
    return List.of(
        List.of(Schedules.planned(RESET, RESUMED, random)),
        List.of(Schedules.planned(RESET, PUSH, random)),
        List.of(
            Schedules.planned(RESET, PUSH, random),
            new PlannedFault(CUT_BACK, onRecovery(), LATE_MILLIS, 0)),
        List.of(Schedules.planned(KILL_SOURCE, PUSH, random)),
        List.of(Schedules.planned(KILL_DESTINATION, PUSH, random)),
        List.of(new PlannedFault(PAUSE_MIGRATION, Trigger.after(PUSH, 100), 0, 0)),
        List.of(Schedules.lasting(CUT_BACK, COMPLETE, 1_600)),
        List.of(Schedules.planned(DELAY, FIRST_ROUND, random)),
        List.of(Schedules.planned(KILL_SOURCE, COMPLETE, random)),
        silencedThenReset(RESUMED));
  }

  /**
   * Of hosts with a process beside them that they need: it is gone, or silent, while the guest is
   * given from one host to the other, and it is gone where nothing is about to happen.
   */
  static List<List<PlannedFault>> ofCompanion(StreamPhase given) {
    return List.of(
        List.of(Schedules.lasting(RESTART_COMPANION, given, 300)),
        List.of(Schedules.lasting(STOP_COMPANION, given, 1_600)),
        List.of(Schedules.lasting(RESTART_COMPANION, FIRST_ROUND, 1_200)));
  }

  /**
   * Of hosts with an arbiter on storage that they share: the source cannot offer the guest, the
   * destination cannot take it, and the source cannot take it back from one that died.
   */
  static List<List<PlannedFault>> ofStorage() {
    return List.of(
        List.of(Schedules.lasting(LOSE_STORAGE_SOURCE, READY, 1_600)),
        List.of(Schedules.lasting(LOSE_STORAGE_DESTINATION, HANDOVER, 1_600)),
        List.of(
            Schedules.lasting(LOSE_STORAGE_SOURCE, HANDOVER, 2_500),
            Schedules.lasting(KILL_DESTINATION, HANDOVER, 0)));
  }

  /**
   * Of checkpoints, with such an arbiter: the source cannot offer the guest, and the destination
   * cannot take what was granted. The hosts lose each other at the end, and one of them cannot ask
   * the lock: the other one has the guest, although it was granted; or one dies, or is silent.
   */
  static List<List<PlannedFault>> ofStorageAndCheckpoints(Random random) {
    return List.of(
        List.of(Schedules.lasting(LOSE_STORAGE_SOURCE, READY, 1_600)),
        List.of(Schedules.lasting(LOSE_STORAGE_DESTINATION, GRANTED, 1_600)),
        List.of(
            Schedules.lasting(LOSE_STORAGE_SOURCE, OWNERSHIP, 2_500),
            Schedules.planned(RESET, OWNERSHIP, random)),
        List.of(
            Schedules.lasting(LOSE_STORAGE_DESTINATION, GRANTED, 2_500),
            Schedules.planned(RESET, GRANTED, random)),
        List.of(Schedules.planned(KILL_SOURCE, OWNERSHIP, random)),
        List.of(Schedules.planned(KILL_SOURCE, GRANTED, random)),
        List.of(Schedules.planned(KILL_DESTINATION, GRANTED, random)),
        List.of(
            Schedules.lasting(LOSE_STORAGE_SOURCE, COMMIT, 2_500),
            Schedules.planned(KILL_DESTINATION, COMMIT, random)),
        List.of(Schedules.lasting(CUT_BACK, OWNERSHIP, 1_700)),
        List.of(
            Schedules.lasting(LOSE_STORAGE_SOURCE, COMMIT, 2_500),
            Schedules.planned(RESET, COMMIT, random)),
        List.of(Schedules.lasting(STOP_DESTINATION, GRANTED, 1_700)));
  }

  /** The guest stays at the source for a while, since the channel is slow. */
  static List<PlannedFault> slowed(PlannedFault fault) {
    return List.of(
        new PlannedFault(
            RATE_LIMIT, Trigger.at(fault.at().phase()), SLOW_MILLIS, SLOW_BYTES_PER_SECOND),
        fault);
  }

  /** Cancelled whatever the source reports: that it connects, and that all is over. */
  static List<List<PlannedFault>> cancelledEarlyAndLate(boolean handover, Random random) {
    return List.of(
        List.of(Schedules.planned(CANCEL, CONNECTED, random)),
        List.of(
            Schedules.planned(
                CANCEL,
                Trigger.after(handover ? RESUMED : DEVICE_STATE, 200 + random.nextInt(500)),
                random)));
  }

  /** The link is lost, and this falls on the connection that takes its place. */
  static List<PlannedFault> lostAndRecovered(FaultKind kind, boolean arbiter, Random random) {
    List<StreamPhase> phases = arbiter ? TAKEN_AND_RECOVERED : LOST_AND_RECOVERED;
    StreamPhase lost = phases.get(random.nextInt(phases.size()));
    return List.of(
        Schedules.planned(RESET, lost, random), Schedules.planned(kind, onRecovery(), random));
  }

  /**
   * The answer of the destination does not come, and then the connection breaks: the source cannot
   * tell whether the guest was taken.
   */
  private static List<PlannedFault> silencedThenReset(StreamPhase phase) {
    return List.of(
        Schedules.lasting(CUT_BACK, phase, 1_700),
        new PlannedFault(RESET, Trigger.after(phase, 300), 0, 0));
  }

  private static Trigger onRecovery() {
    return new Trigger(RECOVER, 2, 0, 0);
  }
}
