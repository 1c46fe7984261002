package landfall.campaign;

import static landfall.nemesis.FaultKind.CUT_BACK;
import static landfall.nemesis.FaultKind.CUT_BOTH;
import static landfall.nemesis.FaultKind.DELAY;
import static landfall.nemesis.FaultKind.KILL_DESTINATION;
import static landfall.nemesis.FaultKind.KILL_SOURCE;
import static landfall.nemesis.FaultKind.PAUSE_MIGRATION;
import static landfall.nemesis.FaultKind.RATE_LIMIT;
import static landfall.nemesis.FaultKind.RESET;
import static landfall.nemesis.StreamPhase.COMPLETE;
import static landfall.nemesis.StreamPhase.DEVICE_STATE;
import static landfall.nemesis.StreamPhase.FIRST_ROUND;
import static landfall.nemesis.StreamPhase.HANDOVER;
import static landfall.nemesis.StreamPhase.LAST_PAGES;
import static landfall.nemesis.StreamPhase.LATER_ROUND;
import static landfall.nemesis.StreamPhase.PUSH;
import static landfall.nemesis.StreamPhase.READY;
import static landfall.nemesis.StreamPhase.RECOVER;
import static landfall.nemesis.StreamPhase.RESUMED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import landfall.implementation.Implementation;
import landfall.nemesis.FaultKind;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.trial.Mode;
import landfall.trial.Schedule;

/**
 * The schedules of a mode in which the guest is on two hosts for a while: two hosts and one
 * migration, since {@code PostCopy} knows no more. First come the points at which its mistakes
 * show, then every kind of fault at every phase, alone, with a second one that falls while it
 * lasts, and with a second one that falls on the connection which takes the place of a lost one.
 */
final class SplitSchedules {
  private static final Set<StreamPhase> WORDS_OF_DESTINATION = EnumSet.of(READY, RESUMED, COMPLETE);

  /** A link that is lost here is followed by a recovery. */
  private static final List<StreamPhase> LOST_AND_RECOVERED = List.of(HANDOVER, RESUMED, PUSH);

  private static final List<FaultKind> ON_RECOVERY =
      List.of(RESET, CUT_BOTH, CUT_BACK, DELAY, KILL_SOURCE, KILL_DESTINATION, PAUSE_MIGRATION);

  /** The guest is kept paused where it arrives, and both RAMs are compared: it meets no pages. */
  private static final int COMPARED_EVERY = 4;

  /** The list of a recovery is late. */
  private static final long LATE_MILLIS = 400;

  /** Rounds are long enough for the operator to end them, and the push for faults to meet it. */
  private static final long BANDWIDTH_MAX = Schedules.BANDWIDTH_MAX / 2;

  private SplitSchedules() {}

  static List<Schedule> of(List<Implementation> implementations, Mode mode, long seed, int trials) {
    long own = seed * 31 + mode.ordinal();
    List<List<PlannedFault>> points = points(mode, trials, new Random(own));
    List<Schedule> schedules = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      var random = new Random(own * 1_000_003 + i);
      List<PlannedFault> faults = points.get(i);
      boolean undisturbed = i % Schedules.UNDISTURBED_EVERY == Schedules.UNDISTURBED_EVERY - 1;
      if (undisturbed && !Schedules.HARMLESS.contains(faults.get(0).kind())) {
        faults =
            List.of(Schedules.planned(random.nextBoolean() ? RATE_LIMIT : DELAY, PUSH, random));
      }
      schedules.add(
          new Schedule(
              i + 1,
              random.nextLong() >>> 16,
              implementations.get(i % implementations.size()).name(),
              mode,
              Schedule.once(faults),
              true,
              i % COMPARED_EVERY == COMPARED_EVERY - 1,
              Schedules.load(random),
              BANDWIDTH_MAX,
              Schedules.DOWNTIME_LIMIT_MILLIS,
              List.of()));
    }
    return schedules;
  }

  private static List<List<PlannedFault>> points(Mode mode, int trials, Random random) {
    List<List<PlannedFault>> points = new ArrayList<>();
    // The source is in doubt; pages that were sent are lost, and the list of them is late; either
    // host dies while both have pages; the word that the guest is whole is lost, with the link and
    // with the source.
    points.add(List.of(Schedules.planned(RESET, RESUMED, random)));
    points.add(List.of(Schedules.planned(RESET, PUSH, random)));
    points.add(
        List.of(
            Schedules.planned(RESET, PUSH, random),
            new PlannedFault(CUT_BACK, onRecovery(), LATE_MILLIS, 0)));
    points.add(List.of(Schedules.planned(KILL_SOURCE, PUSH, random)));
    points.add(List.of(Schedules.planned(KILL_DESTINATION, PUSH, random)));
    points.add(List.of(new PlannedFault(PAUSE_MIGRATION, Trigger.after(PUSH, 100), 0, 0)));
    points.add(List.of(Schedules.lasting(CUT_BACK, COMPLETE, 1_600)));
    points.add(List.of(Schedules.planned(DELAY, FIRST_ROUND, random)));
    points.add(List.of(Schedules.planned(KILL_SOURCE, COMPLETE, random)));
    points.add(Schedules.silencedThenReset(RESUMED));
    while (points.size() < trials) {
      List<List<PlannedFault>> all = new ArrayList<>();
      for (StreamPhase phase : phases(mode)) {
        for (FaultKind kind : FaultKind.values()) {
          if (makesSense(kind, phase)) {
            PlannedFault alone = Schedules.planned(kind, trigger(phase, random), random);
            all.add(List.of(alone));
            if (Schedules.LASTING.contains(kind)) {
              all.add(List.of(Schedules.longOf(alone, phase), Schedules.strike(phase, random)));
            }
          }
        }
      }
      for (FaultKind kind : ON_RECOVERY) {
        StreamPhase lost = LOST_AND_RECOVERED.get(random.nextInt(LOST_AND_RECOVERED.size()));
        all.add(
            List.of(
                Schedules.planned(RESET, lost, random),
                Schedules.planned(kind, onRecovery(), random)));
      }
      Collections.shuffle(all, random);
      points.addAll(all);
    }
    return points.subList(0, trials);
  }

  private static Trigger onRecovery() {
    return new Trigger(RECOVER, 2, 0, 0);
  }

  private static List<StreamPhase> phases(Mode mode) {
    List<StreamPhase> phases =
        new ArrayList<>(
            List.of(
                FIRST_ROUND, DEVICE_STATE, READY, HANDOVER, RESUMED, PUSH, LAST_PAGES, COMPLETE));
    if (mode == Mode.HYBRID) {
      phases.add(LATER_ROUND);
    }
    return phases;
  }

  /** The push is long: mostly something falls while it is under way. */
  private static Trigger trigger(StreamPhase phase, Random random) {
    return phase == PUSH && random.nextInt(3) > 0
        ? Trigger.after(phase, 10 + random.nextInt(300))
        : Trigger.at(phase);
  }

  private static boolean makesSense(FaultKind kind, StreamPhase phase) {
    return switch (kind) {
      // Of an attempt that failed, so of pre-copy.
      case HOLD_THEN_RELEASE -> false;
      // The destination says nothing before it is ready.
      case CUT_BACK -> phase.compareTo(DEVICE_STATE) >= 0;
      case CUT_FORWARD, HALF_OPEN, FLIP_BIT, TRUNCATE -> !WORDS_OF_DESTINATION.contains(phase);
      case FLIP_BIT_BACK -> WORDS_OF_DESTINATION.contains(phase);
      // Later the guest is there.
      case CONTINUE_DESTINATION -> phase.compareTo(HANDOVER) <= 0;
      case TINY_CHUNKS -> phase == PUSH || phase.compareTo(DEVICE_STATE) <= 0;
      // Before that nobody closes anything, unless something else goes wrong.
      case SLOW_CLOSE -> phase.compareTo(DEVICE_STATE) >= 0;
      // A few bytes are not slowed by a limit.
      case RATE_LIMIT -> phase == FIRST_ROUND || phase == LATER_ROUND || phase == PUSH;
      // Once the source has read the last word there is nothing to pause.
      case PAUSE_MIGRATION -> phase.compareTo(HANDOVER) >= 0 && phase != COMPLETE;
      default -> true;
    };
  }
}
