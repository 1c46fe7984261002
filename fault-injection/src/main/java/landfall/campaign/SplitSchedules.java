package landfall.campaign;

import static landfall.nemesis.StreamPhase.COMPLETE;
import static landfall.nemesis.StreamPhase.DEVICE_STATE;
import static landfall.nemesis.StreamPhase.FIRST_ROUND;
import static landfall.nemesis.StreamPhase.HANDOVER;
import static landfall.nemesis.StreamPhase.LAST_PAGES;
import static landfall.nemesis.StreamPhase.LATER_ROUND;
import static landfall.nemesis.StreamPhase.PUSH;
import static landfall.nemesis.StreamPhase.READY;
import static landfall.nemesis.StreamPhase.RESUMED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import landfall.implementation.Implementation;
import landfall.nemesis.FaultKind;
import landfall.nemesis.FaultTraits;
import landfall.nemesis.FaultTraits.Moment;
import landfall.nemesis.Place;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.trial.Mode;
import landfall.trial.Schedule;

/**
 * The schedules of a mode in which the guest is on two hosts for a while. First come the points at
 * which its mistakes show, then every kind of fault at every phase, alone, with a second one that
 * falls while it lasts, and with a second one that falls on the connection which takes the place of
 * a lost one.
 */
final class SplitSchedules {
  /** In the order in which seeds have drawn them: first what is done to the channel. */
  private static final List<FaultKind> ON_RECOVERY =
      FaultKind.all(FaultTraits::strikesRecovery).stream()
          .sorted(
              Comparator.<FaultKind, Boolean>comparing(kind -> !kind.traits().resets())
                  .thenComparing(kind -> kind.traits().place() != Place.CHANNEL))
          .toList();

  /** The guest is kept paused where it arrives, and both RAMs are compared: it meets no pages. */
  private static final int COMPARED_EVERY = 4;

  /** Rounds are long enough for the operator to end them, and the push for faults to meet it. */
  private static final long BANDWIDTH_MAX = Schedules.BANDWIDTH_MAX / 2;

  private SplitSchedules() {}

  /**
   * @param hosts as in {@link Schedules}
   */
  static List<Schedule> of(
      List<Implementation> implementations, Mode mode, long seed, int trials, int hosts) {
    return Schedules.travelling(
        of(implementations, mode, seed, trials),
        implementations,
        seed * 31 + mode.ordinal(),
        hosts,
        Itineraries::inParts);
  }

  private static List<Schedule> of(
      List<Implementation> implementations, Mode mode, long seed, int trials) {
    long own = seed * 31 + mode.ordinal();
    boolean checked = implementations.get(0).traces();
    Map<Set<Place>, List<List<PlannedFault>>> points = new HashMap<>();
    List<Schedule> schedules = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      var random = new Random(own * 1_000_003 + i);
      Implementation implementation = implementations.get(i % implementations.size());
      List<PlannedFault> faults =
          points
              .computeIfAbsent(
                  Schedules.beside(implementation),
                  beside -> points(mode, checked, beside, trials, new Random(own)))
              .get(i);
      if (Schedules.isDisturbed(i, faults)) {
        faults = List.of(Schedules.harmless(PUSH, random));
      }
      schedules.add(
          new Schedule(
              i + 1,
              random.nextLong() >>> 16,
              implementation.name(),
              mode,
              Schedule.once(faults),
              true,
              i % COMPARED_EVERY == COMPARED_EVERY - 1
                  && !Schedules.needsGuestAtDestination(faults),
              Schedules.load(random),
              BANDWIDTH_MAX,
              Schedules.DOWNTIME_LIMIT_MILLIS,
              List.of()));
    }
    return schedules;
  }

  private static List<List<PlannedFault>> points(
      Mode mode, boolean checked, Set<Place> beside, int trials, Random random) {
    List<List<PlannedFault>> points = new ArrayList<>();
    if (beside.contains(Place.COMPANION)) {
      points.addAll(Stories.ofCompanion(PUSH));
    }
    boolean arbiter = beside.contains(Place.STORAGE);
    if (arbiter) {
      points.addAll(Stories.ofStorage());
    }
    points.addAll(Stories.ofSplit(random));
    while (points.size() < trials) {
      List<List<PlannedFault>> all = new ArrayList<>();
      for (StreamPhase phase : phases(mode)) {
        for (FaultKind kind : FaultKind.values()) {
          if (kind.traits().fits(new Moment(phase, true, checked, beside))) {
            Schedules.addAloneAndInPair(
                all, Schedules.planned(kind, trigger(phase, random), random), random);
          }
        }
      }
      for (FaultKind kind : ON_RECOVERY) {
        all.add(Stories.lostAndRecovered(kind, arbiter, random));
      }
      Collections.shuffle(all, random);
      points.addAll(all);
    }
    return points.subList(0, trials);
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
}
