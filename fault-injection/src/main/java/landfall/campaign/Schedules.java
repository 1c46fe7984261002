package landfall.campaign;

import static landfall.nemesis.StreamPhase.DEVICE_STATE;
import static landfall.nemesis.StreamPhase.FINAL_ROUND;
import static landfall.nemesis.StreamPhase.FIRST_ROUND;
import static landfall.nemesis.StreamPhase.HANDOVER;
import static landfall.nemesis.StreamPhase.LATER_ROUND;
import static landfall.nemesis.StreamPhase.READY;
import static landfall.nemesis.StreamPhase.RESUMED;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import landfall.implementation.CompanionPlace;
import landfall.implementation.Implementation;
import landfall.implementation.Ownership;
import landfall.nemesis.FaultKind;
import landfall.nemesis.FaultTraits;
import landfall.nemesis.FaultTraits.Lots;
import landfall.nemesis.FaultTraits.Moment;
import landfall.nemesis.FaultTraits.Size;
import landfall.nemesis.Place;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamPhase;
import landfall.nemesis.Trigger;
import landfall.trial.Mode;
import landfall.trial.Schedule;
import landfall.trial.Schedule.GuestLoad;

/**
 * The schedules of a campaign, decided by its seed alone. First come the points at which known
 * implementations went wrong, then every kind of fault at every phase, alone and with a second one
 * that falls while it lasts, in an order drawn by lot.
 */
final class Schedules {
  private static final List<StreamPhase> PHASES_OF_ANY =
      List.of(FIRST_ROUND, LATER_ROUND, FINAL_ROUND, DEVICE_STATE);
  private static final List<StreamPhase> PHASES_OF_HANDOVER = List.of(READY, HANDOVER, RESUMED);

  /** In the order in which seeds have drawn them: first that which breaks the connection. */
  private static final List<FaultKind> STRIKES =
      FaultKind.all(FaultTraits::strikes).stream()
          .sorted(Comparator.comparing(kind -> !kind.traits().resets()))
          .toList();

  /** Wherever there is a channel. */
  private static final List<FaultKind> HARMLESS =
      FaultKind.all(kind -> kind.isHarmless() && kind.place() == Place.CHANNEL);

  static final long BANDWIDTH_MAX = 8_000_000;
  static final long DOWNTIME_LIMIT_MILLIS = 15;

  private static final String RETURN_PATH = "return-path";
  private static final int UNDISTURBED_EVERY = 8;
  private static final long OWNERSHIPS_APART = 1_000_000_007;

  /** After the points at which known implementations went wrong. */
  private static final int THREE_EVERY = 10;

  private Schedules() {}

  /** Trials of these, which have one ownership, in one mode. */
  private record Turn(Ownership ownership, List<Implementation> implementations, Mode mode) {
    boolean sharesTurn(Turn other) {
      boolean bothDecide = ownership != Ownership.NONE && other.ownership != Ownership.NONE;
      return mode == other.mode && mode.splits() && (mode.returns() || bothDecide);
    }

    Iterator<Schedule> schedules(long seed, int trials, int hosts) {
      // Each ownership has trials of its own.
      long own = seed + ownership.ordinal() * OWNERSHIPS_APART;
      return (mode.returns()
              ? CheckpointSchedules.of(implementations, mode, own, trials)
              : mode.splits()
                  ? SplitSchedules.of(implementations, mode, own, trials, hosts)
                  : of(implementations, own, trials, hosts))
          .iterator();
    }
  }

  /**
   * Trials in each of these modes with each ownership that the implementations have, as far as they
   * go together; they take turns, and each has schedules of its own. What decides whose a guest in
   * parts is, be it a lock or a lease, takes one turn of its mode; with checkpoints neither has a
   * turn of its own.
   *
   * @param hosts as in the other one; 3 does not go with checkpoints
   * @param modes none for all in which the implementations can move guests
   * @throws IllegalArgumentException if none of them can do any of this
   */
  static List<Schedule> of(
      List<Implementation> implementations, long seed, int trials, int hosts, List<Mode> modes) {
    List<List<Turn>> turns = new ArrayList<>();
    for (Ownership ownership : Ownership.values()) {
      List<Implementation> alike =
          implementations.stream().filter(each -> each.ownership() == ownership).toList();
      if (!alike.isEmpty()) {
        List<Mode> possible = drawn(alike, hosts);
        (modes.isEmpty() ? possible : modes)
            .stream()
                .distinct()
                .filter(possible::contains)
                .forEach(mode -> add(turns, new Turn(ownership, alike, mode)));
      }
    }
    if (turns.isEmpty()) {
      throw new IllegalArgumentException(
          "none of the implementations moves guests by " + modes + " between so many hosts");
    }
    int share = (trials + turns.size() - 1) / turns.size();
    List<List<Iterator<Schedule>>> ofTurns =
        turns.stream()
            .map(turn -> turn.stream().map(way -> way.schedules(seed, share, hosts)).toList())
            .toList();
    List<Schedule> schedules = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      List<Iterator<Schedule>> ways = ofTurns.get(i % turns.size());
      Schedule next = ways.get(i / turns.size() % ways.size()).next().asTrial(i + 1);
      schedules.add(ChannelSchedules.suit(next, implementations));
    }
    return schedules;
  }

  private static void add(List<List<Turn>> turns, Turn way) {
    turns.stream()
        .filter(turn -> turn.get(0).sharesTurn(way))
        .findFirst()
        .orElseGet(
            () -> {
              turns.add(new ArrayList<>());
              return turns.get(turns.size() - 1);
            })
        .add(way);
  }

  private static List<Mode> drawn(List<Implementation> implementations, int hosts) {
    return Mode.of(implementations).stream().filter(mode -> hosts != 3 || !mode.returns()).toList();
  }

  /**
   * Trials of pre-copy with two hosts, as they always were.
   *
   * @param hosts 2 or 3 for trials with so many; 0 for two, and now and then three where the
   *     implementation can do that
   */
  static List<Schedule> of(List<Implementation> implementations, long seed, int trials, int hosts) {
    return travelling(
        of(implementations, seed, trials), implementations, seed, hosts, Itineraries::of);
  }

  /** A way through three hosts. */
  interface Itinerary {
    /**
     * @param two the same trial with two hosts
     * @param number which of the trials with three hosts it is, from 0
     */
    Schedule of(Schedule two, int number, Random random);
  }

  /** As many of these trials with three hosts as are to be. */
  static List<Schedule> travelling(
      List<Schedule> schedules,
      List<Implementation> implementations,
      long seed,
      int hosts,
      Itinerary itinerary) {
    if (hosts == 2 || hosts == 0 && !canTravel(implementations)) {
      return schedules;
    }
    requireTravel(implementations);
    List<Schedule> travelling = new ArrayList<>();
    for (int i = 0; i < schedules.size(); i++) {
      boolean three = hosts == 3 || i % THREE_EVERY == THREE_EVERY - 1;
      int number = hosts == 3 ? i : i / THREE_EVERY;
      travelling.add(
          three
              ? itinerary.of(schedules.get(i), number, new Random(seed * 1_000_003 + i))
              : schedules.get(i));
    }
    return travelling;
  }

  private static boolean canTravel(List<Implementation> implementations) {
    return implementations.stream().allMatch(Implementation::migratesOn);
  }

  private static void requireTravel(List<Implementation> implementations) {
    for (Implementation each : implementations) {
      if (!each.migratesOn()) {
        throw new IllegalArgumentException(
            "trials of " + each.name() + " have two hosts: --hosts 3 is for the reference engine");
      }
    }
  }

  static List<Schedule> of(List<Implementation> implementations, long seed, int trials) {
    boolean handover = implementations.get(0).traces();
    // Things beside the hosts that one board has, and another has not.
    Map<Set<Place>, List<List<PlannedFault>>> points = new HashMap<>();
    List<Schedule> schedules = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      // Drawn for each trial by itself: a longer campaign begins with the shorter one.
      var random = new Random(seed * 1_000_003 + i);
      Implementation implementation = implementations.get(i % implementations.size());
      List<PlannedFault> faults =
          points
              .computeIfAbsent(
                  beside(implementation),
                  beside -> points(handover, beside, trials, new Random(seed)))
              .get(i);
      // Now and then a migration that nothing stops.
      if (isDisturbed(i, faults)) {
        faults = List.of(harmless(LATER_ROUND, random));
      }
      schedules.add(
          new Schedule(
              i + 1,
              random.nextLong() >>> 16,
              implementation.name(),
              Mode.PRECOPY,
              Schedule.once(faults),
              true,
              // Both RAMs are compared wherever the guest arrives while both hosts live.
              !needsGuestAtDestination(faults),
              load(random),
              BANDWIDTH_MAX,
              DOWNTIME_LIMIT_MILLIS,
              // Every other one of QEMU's as its users are told to: with an acknowledgement.
              handover || i / implementations.size() % 2 == 0 ? List.of() : List.of(RETURN_PATH)));
    }
    return schedules;
  }

  /** What the guest of a trial does. */
  static GuestLoad load(Random random) {
    return new GuestLoad(
        200 + random.nextInt(200),
        1000 + random.nextInt(800),
        8 + random.nextInt(12),
        10 + random.nextInt(20));
  }

  /** What hosts of this implementation have beside them. */
  static Set<Place> beside(Implementation implementation) {
    Path any = Path.of("");
    Set<Place> beside = EnumSet.noneOf(Place.class);
    var nowhere = new CompanionPlace(any, any, List.of(), 1);
    implementation.companion(nowhere).ifPresent(present -> beside.add(Place.COMPANION));
    implementation.grantor(nowhere).ifPresent(present -> beside.add(Place.GRANTOR));
    implementation.disk(any).ifPresent(present -> beside.add(Place.DISK));
    implementation.arbiter(any).ifPresent(present -> beside.add(Place.STORAGE));
    implementation.store(any).ifPresent(present -> beside.add(Place.STORE_LINK));
    return beside;
  }

  /** Whether one of these hits nothing while the guest is kept paused where it arrives. */
  static boolean needsGuestAtDestination(List<PlannedFault> faults) {
    return faults.stream().anyMatch(fault -> fault.kind().traits().needsGuestAtDestination());
  }

  private static List<List<PlannedFault>> points(
      boolean handover, Set<Place> beside, int trials, Random random) {
    List<List<PlannedFault>> points = new ArrayList<>();
    if (beside.contains(Place.COMPANION)) {
      points.addAll(Stories.ofCompanion(HANDOVER));
    }
    if (beside.contains(Place.STORAGE)) {
      points.addAll(Stories.ofStorage());
    }
    points.addAll(Stories.ofPreCopy(handover, random));
    List<StreamPhase> phases = new ArrayList<>(PHASES_OF_ANY);
    if (handover) {
      phases.addAll(PHASES_OF_HANDOVER);
    }
    while (points.size() < trials) {
      List<List<PlannedFault>> all = new ArrayList<>();
      for (FaultKind kind : FaultKind.values()) {
        for (StreamPhase phase : phases) {
          if (kind.traits().fits(new Moment(phase, false, handover, beside))) {
            addAloneAndInPair(all, planned(kind, trigger(phase, random), random), random);
          }
        }
      }
      all.addAll(Stories.cancelledEarlyAndLate(handover, random));
      Collections.shuffle(all, random);
      points.addAll(all);
    }
    return points.subList(0, trials);
  }

  /** Adds the fault, and once more with another one that falls while it lasts. */
  static void addAloneAndInPair(List<List<PlannedFault>> all, PlannedFault fault, Random random) {
    all.add(fault.kind().traits().needsGuestAtSource() ? Stories.slowed(fault) : List.of(fault));
    if (fault.kind().traits().lasts()) {
      StreamPhase phase = fault.at().phase();
      all.add(List.of(longOf(fault, phase), strike(phase, random)));
    }
  }

  /** Whether nothing is to stop this trial, and its faults might. */
  static boolean isDisturbed(int trial, List<PlannedFault> faults) {
    return trial % UNDISTURBED_EVERY == UNDISTURBED_EVERY - 1
        && !faults.get(0).kind().traits().isHarmless();
  }

  /** A fault after which the guest arrives. */
  static PlannedFault harmless(StreamPhase phase, Random random) {
    // From the end, as seeds have drawn them.
    int drawn = HARMLESS.size() - 1 - random.nextInt(HARMLESS.size());
    return planned(HARMLESS.get(drawn), phase, random);
  }

  /** The same fault, from the beginning of the phase, and for longer than a host is patient. */
  private static PlannedFault longOf(PlannedFault fault, StreamPhase phase) {
    return new PlannedFault(fault.kind(), Trigger.at(phase), 1_700, fault.amount());
  }

  /** What falls while another fault lasts. */
  private static PlannedFault strike(StreamPhase phase, Random random) {
    FaultKind kind = STRIKES.get(random.nextInt(STRIKES.size()));
    return planned(kind, Trigger.after(phase, 50 + random.nextInt(500)), random);
  }

  /** Mostly at a phase's beginning; in the long rounds now and then at some time later. */
  private static Trigger trigger(StreamPhase phase, Random random) {
    return phase == FIRST_ROUND && random.nextBoolean()
        ? Trigger.after(phase, 10 + random.nextInt(120))
        : Trigger.at(phase);
  }

  static PlannedFault planned(FaultKind kind, StreamPhase phase, Random random) {
    return planned(kind, Trigger.at(phase), random);
  }

  static PlannedFault planned(FaultKind kind, Trigger at, Random random) {
    Size size = kind.traits().size(Lots.drawn(random));
    return new PlannedFault(kind, at, size.durationMillis(), size.amount());
  }

  static PlannedFault lasting(FaultKind kind, StreamPhase phase, long millis) {
    return new PlannedFault(kind, Trigger.at(phase), millis, 0);
  }
}
