package landfall.campaign;

import static landfall.nemesis.StreamPhase.CHECKPOINT;
import static landfall.nemesis.StreamPhase.COMMIT;
import static landfall.nemesis.StreamPhase.COMPLETE;
import static landfall.nemesis.StreamPhase.CONNECTED;
import static landfall.nemesis.StreamPhase.DEVICE_STATE;
import static landfall.nemesis.StreamPhase.FIRST_ROUND;
import static landfall.nemesis.StreamPhase.GRANTED;
import static landfall.nemesis.StreamPhase.HANDOVER;
import static landfall.nemesis.StreamPhase.OWNERSHIP;
import static landfall.nemesis.StreamPhase.PUSH;
import static landfall.nemesis.StreamPhase.READY;
import static landfall.nemesis.StreamPhase.RESUMED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
 * The schedules of a mode in which a guest on two hosts sends checkpoints back: one migration,
 * which is not tried again, since {@code ReverseCheckpoint} follows one. First come the moments at
 * which the destination dies or is cut off, in every phase from the switchover on; then every kind
 * of fault at every phase. Where pages are copied ahead to a store the source and the store are
 * lost as well, one of the three at a time, and each way to the store is struck, alone or while the
 * hosts lose each other: no cut alone may lose the guest, however many there are. With a lock come
 * first the moments at which it decides. With a lease come first the losses of its grantor alone,
 * and those while the destination is lost as well are among the others.
 */
final class CheckpointSchedules {
  private static final List<StreamPhase> FROM_SWITCHOVER =
      List.of(HANDOVER, RESUMED, PUSH, CHECKPOINT, COMMIT, OWNERSHIP, GRANTED, COMPLETE);

  /** What takes the destination from the source. */
  private static final List<FaultKind> LOSE_DESTINATION =
      FaultKind.all(
          kind ->
              kind.resets()
                  || kind.place() == Place.CHANNEL && kind.lasts()
                  || kind.place() == Place.DESTINATION && kind.endsHost());

  /** Checkpoints go to the store, and no round of pages to the destination. */
  private static final List<StreamPhase> WITH_STORE =
      List.of(HANDOVER, RESUMED, PUSH, OWNERSHIP, GRANTED, COMPLETE);

  /** What takes the source, or the store, from the others. */
  private static final List<FaultKind> LOSE_SOURCE_OR_STORE =
      FaultKind.all(
          kind ->
              kind.place() == Place.SOURCE && kind.endsHost() || kind.place() == Place.COMPANION);

  /**
   * What is done to the store while the hosts are apart, and to the ways there. If it dies then the
   * guest may wait for ever, which shows nothing.
   */
  private static final List<FaultKind> STRIKE_STORE =
      FaultKind.all(
          kind ->
              kind.place() == Place.STORE_LINK
                  || kind.place() == Place.COMPANION && !kind.forgets());

  /** What takes the hosts from each other, in the specification, too. */
  private static final List<FaultKind> PART_HOSTS =
      FaultKind.all(kind -> kind.place() == Place.CHANNEL && !kind.action().isEmpty());

  private static final List<FaultKind> OTHERS =
      FaultKind.all(
          kind ->
              kind.isHarmless() && kind.place() == Place.CHANNEL
                  || kind.place() == Place.SOURCE && kind.endsHost()
                  || kind.place() == Place.DESTINATION && kind.lasts());

  /** What may be beside the hosts and is struck with them. */
  private static final Set<Place> BESIDE = Set.of(Place.COMPANION, Place.STORE_LINK, Place.GRANTOR);

  /**
   * A host that has lost the other one asks the store within this time, if it hears of it at once.
   */
  private static final int ASKS_MILLIS = 30;

  /** Longer than a host is patient, and then a while for what is to be heard after it. */
  private static final long CUT_MILLIS = 1_700;

  private CheckpointSchedules() {}

  static List<Schedule> of(List<Implementation> implementations, Mode mode, long seed, int trials) {
    long own = seed * 31 + mode.ordinal();
    Set<Place> beside = Schedules.beside(mode.of(implementations.get(0)));
    List<List<PlannedFault>> points = new ArrayList<>();
    if (beside.contains(Place.STORAGE)) {
      points.addAll(Stories.ofStorageAndCheckpoints(new Random(own)));
    }
    beside.retainAll(BESIDE);
    if (beside.contains(Place.COMPANION) && !hasStore(beside)) {
      points.addAll(Stories.ofCompanion(PUSH));
    }
    points.addAll(points(beside, trials, new Random(own)));
    List<Schedule> schedules = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      var random = new Random(own * 1_000_003 + i);
      List<PlannedFault> faults = points.get(i);
      if (Schedules.isDisturbed(i, faults)) {
        faults = List.of(Schedules.harmless(PUSH, random));
      }
      schedules.add(
          new Schedule(
              i + 1,
              random.nextLong() >>> 16,
              implementations.get(i % implementations.size()).name(),
              mode,
              Schedule.once(faults),
              false,
              false,
              Schedules.load(random),
              Schedules.BANDWIDTH_MAX / 2,
              Schedules.DOWNTIME_LIMIT_MILLIS,
              List.of()));
    }
    return schedules;
  }

  private static boolean hasStore(Set<Place> beside) {
    return beside.contains(Place.STORE_LINK);
  }

  /** What is done to the grantor of a lease; nothing if there is none. */
  private static List<FaultKind> strikesOfGrantor(Set<Place> beside) {
    Place grantor = hasStore(beside) ? Place.GRANTOR : Place.COMPANION;
    return beside.contains(grantor) ? FaultKind.all(kind -> kind.place() == grantor) : List.of();
  }

  private static List<List<PlannedFault>> points(Set<Place> beside, int trials, Random random) {
    boolean store = hasStore(beside);
    List<List<PlannedFault>> points = new ArrayList<>();
    StreamPhase later = store ? PUSH : COMMIT;
    for (FaultKind kind : losses(beside)) {
      for (StreamPhase phase : store ? WITH_STORE : FROM_SWITCHOVER) {
        if (makesSense(kind, phase, beside)) {
          points.add(List.of(fault(kind, Trigger.at(phase), random)));
        }
      }
      // Later than the first checkpoint, when clients have been answered.
      if (makesSense(kind, later, beside)) {
        Trigger at = Trigger.after(later, 200 + random.nextInt(800));
        points.add(List.of(fault(kind, at, random)));
      }
      // While pages are copied ahead.
      if (store && makesSense(kind, CONNECTED, beside)) {
        points.add(List.of(fault(kind, whileCopied(random), random)));
      }
    }
    points.addAll(withThoseBeside(beside, random));
    Collections.shuffle(points, random);
    while (points.size() < trials) {
      List<List<PlannedFault>> all = new ArrayList<>();
      for (StreamPhase phase : phases(store)) {
        for (FaultKind kind : kinds(beside)) {
          if (makesSense(kind, phase, beside)) {
            all.add(List.of(fault(kind, trigger(phase, random), random)));
          }
        }
      }
      all.addAll(withThoseBeside(beside, random));
      Collections.shuffle(all, random);
      points.addAll(all);
    }
    return points.subList(0, trials);
  }

  private static List<List<PlannedFault>> withThoseBeside(Set<Place> beside, Random random) {
    List<List<PlannedFault>> points =
        hasStore(beside) ? ofStore(beside, random) : new ArrayList<>();
    points.addAll(ofGrantor(beside, random));
    return points;
  }

  private static Trigger whileCopied(Random random) {
    return Trigger.after(CONNECTED, random.nextInt(300));
  }

  /** Mostly a moment later: at the handover the destination has not asked the store anything. */
  private static Trigger inUse(StreamPhase phase, Random random) {
    return phase.compareTo(PUSH) <= 0 && random.nextInt(3) > 0
        ? Trigger.after(phase, 20 + random.nextInt(200))
        : trigger(phase, random);
  }

  /** Each in each phase: a way alone where something passes, and all while the hosts are apart. */
  private static List<List<PlannedFault>> ofStore(Set<Place> beside, Random random) {
    List<List<PlannedFault>> points = new ArrayList<>();
    for (FaultKind kind : STRIKE_STORE) {
      for (StreamPhase phase : phases(true)) {
        if (!makesSense(kind, phase, beside)) {
          continue;
        }
        Trigger at = phase == CONNECTED ? whileCopied(random) : inUse(phase, random);
        FaultTraits traits = kind.traits();
        if (traits.place() == Place.STORE_LINK && !traits.needsHostsApart(phase)) {
          points.add(List.of(fault(kind, at, random)));
        }
        if (phase.compareTo(HANDOVER) >= 0) {
          points.add(whileApart(fault(kind, at, random), beside, random));
        }
      }
    }
    return points;
  }

  /**
   * The hosts lose each other, and ask the store who goes on while the fault is in force. What is
   * done at once falls just then.
   */
  private static List<PlannedFault> whileApart(
      PlannedFault fault, Set<Place> beside, Random random) {
    boolean atOnce = fault.durationMillis() == 0;
    List<FaultKind> apart =
        PART_HOSTS.stream()
            .filter(kind -> makesSense(kind, fault.at().phase(), beside))
            .filter(kind -> !atOnce || kind.traits().resets())
            .toList();
    PlannedFault loss = fault(apart.get(random.nextInt(apart.size())), fault.at(), random);
    Trigger then =
        Trigger.after(fault.at().phase(), fault.at().afterMillis() + random.nextInt(ASKS_MILLIS));
    long lasts = Math.max(CUT_MILLIS, fault.durationMillis());
    return atOnce
        ? List.of(
            loss, new PlannedFault(fault.kind(), then, fault.durationMillis(), fault.amount()))
        : List.of(new PlannedFault(fault.kind(), fault.at(), lasts, fault.amount()), loss);
  }

  /**
   * The destination is lost, and the grantor as well: nobody can be lent the guest until it is
   * back. It is to go on then.
   */
  private static List<List<PlannedFault>> ofGrantor(Set<Place> beside, Random random) {
    List<List<PlannedFault>> points = new ArrayList<>();
    for (FaultKind kind : strikesOfGrantor(beside)) {
      for (StreamPhase phase : hasStore(beside) ? WITH_STORE : FROM_SWITCHOVER) {
        if (!makesSense(kind, phase, beside)) {
          continue;
        }
        List<FaultKind> losses =
            LOSE_DESTINATION.stream().filter(loss -> makesSense(loss, phase, beside)).toList();
        PlannedFault strike = fault(kind, trigger(phase, random), random);
        points.add(
            List.of(
                new PlannedFault(kind, strike.at(), CUT_MILLIS, strike.amount()),
                fault(losses.get(random.nextInt(losses.size())), strike.at(), random)));
      }
    }
    return points;
  }

  private static List<StreamPhase> phases(boolean store) {
    List<StreamPhase> phases =
        new ArrayList<>(List.of(store ? CONNECTED : FIRST_ROUND, DEVICE_STATE, READY));
    phases.addAll(store ? WITH_STORE : FROM_SWITCHOVER);
    return phases;
  }

  private static List<FaultKind> losses(Set<Place> beside) {
    List<FaultKind> losses = new ArrayList<>(LOSE_DESTINATION);
    if (hasStore(beside)) {
      losses.addAll(LOSE_SOURCE_OR_STORE);
    }
    return losses;
  }

  private static List<FaultKind> kinds(Set<Place> beside) {
    List<FaultKind> kinds = losses(beside);
    OTHERS.stream().filter(kind -> !kinds.contains(kind)).forEach(kinds::add);
    kinds.addAll(strikesOfGrantor(beside));
    return kinds;
  }

  private static PlannedFault fault(FaultKind kind, Trigger at, Random random) {
    PlannedFault drawn = Schedules.planned(kind, at, random);
    FaultTraits traits = kind.traits();
    return traits.place() == Place.CHANNEL && traits.lasts()
        ? new PlannedFault(kind, at, CUT_MILLIS, drawn.amount())
        : drawn;
  }

  /** The push and its checkpoints are long: mostly something falls while they are under way. */
  private static Trigger trigger(StreamPhase phase, Random random) {
    boolean longOne = phase == PUSH || phase == CHECKPOINT || phase == COMMIT;
    return longOne && random.nextInt(3) > 0
        ? Trigger.after(phase, 10 + random.nextInt(800))
        : Trigger.at(phase);
  }

  private static boolean makesSense(FaultKind kind, StreamPhase phase, Set<Place> beside) {
    return kind.traits().fits(new Moment(phase, true, true, beside));
  }
}
