package landfall.campaign;

import static landfall.nemesis.FaultKind.CANCEL;
import static landfall.nemesis.FaultKind.CONTINUE_DESTINATION;
import static landfall.nemesis.FaultKind.CONTINUE_SOURCE;
import static landfall.nemesis.FaultKind.CUT_BACK;
import static landfall.nemesis.FaultKind.CUT_BOTH;
import static landfall.nemesis.FaultKind.CUT_FORWARD;
import static landfall.nemesis.FaultKind.DELAY;
import static landfall.nemesis.FaultKind.FLIP_BIT;
import static landfall.nemesis.FaultKind.FLIP_BIT_BACK;
import static landfall.nemesis.FaultKind.HALF_OPEN;
import static landfall.nemesis.FaultKind.HOLD_THEN_RELEASE;
import static landfall.nemesis.FaultKind.KILL_DESTINATION;
import static landfall.nemesis.FaultKind.KILL_SOURCE;
import static landfall.nemesis.FaultKind.MIGRATE_AGAIN;
import static landfall.nemesis.FaultKind.PAUSE_GUEST;
import static landfall.nemesis.FaultKind.QUIT_DESTINATION;
import static landfall.nemesis.FaultKind.QUIT_SOURCE;
import static landfall.nemesis.FaultKind.RATE_LIMIT;
import static landfall.nemesis.FaultKind.RESET;
import static landfall.nemesis.FaultKind.SLOW_CLOSE;
import static landfall.nemesis.FaultKind.STOP_DESTINATION;
import static landfall.nemesis.FaultKind.STOP_SOURCE;
import static landfall.nemesis.FaultKind.TINY_CHUNKS;
import static landfall.nemesis.FaultKind.TRUNCATE;
import static landfall.nemesis.StreamPhase.CONNECTED;
import static landfall.nemesis.StreamPhase.DEVICE_STATE;
import static landfall.nemesis.StreamPhase.FINAL_ROUND;
import static landfall.nemesis.StreamPhase.FIRST_ROUND;
import static landfall.nemesis.StreamPhase.HANDOVER;
import static landfall.nemesis.StreamPhase.LATER_ROUND;
import static landfall.nemesis.StreamPhase.READY;
import static landfall.nemesis.StreamPhase.RESUMED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Iterator;
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

  /** After these the guest arrives. */
  static final Set<FaultKind> HARMLESS = EnumSet.of(RATE_LIMIT, DELAY);

  /** During these something else may go wrong. */
  static final Set<FaultKind> LASTING =
      EnumSet.of(
          PAUSE_GUEST,
          STOP_DESTINATION,
          STOP_SOURCE,
          CUT_BOTH,
          CUT_FORWARD,
          CUT_BACK,
          SLOW_CLOSE,
          TINY_CHUNKS);

  private static final List<FaultKind> STRIKES =
      List.of(
          RESET,
          KILL_SOURCE,
          KILL_DESTINATION,
          CANCEL,
          CONTINUE_SOURCE,
          MIGRATE_AGAIN,
          QUIT_SOURCE,
          QUIT_DESTINATION,
          TRUNCATE);

  static final long BANDWIDTH_MAX = 8_000_000;
  static final long DOWNTIME_LIMIT_MILLIS = 15;

  private static final String RETURN_PATH = "return-path";
  static final int UNDISTURBED_EVERY = 8;

  /** After the points at which known implementations went wrong. */
  private static final int THREE_EVERY = 10;

  private Schedules() {}

  /**
   * Trials in each of these modes, which take turns: each mode has schedules of its own.
   *
   * @param hosts as in the other one; 3 goes with pre-copy alone
   * @param modes none for all in which the implementations can move guests
   */
  static List<Schedule> of(
      List<Implementation> implementations, long seed, int trials, int hosts, List<Mode> modes) {
    List<Mode> turns =
        modes.isEmpty() ? drawn(implementations, hosts) : modes.stream().distinct().toList();
    List<Iterator<Schedule>> ofModes = new ArrayList<>();
    for (Mode mode : turns) {
      int share = (trials + turns.size() - 1) / turns.size();
      ofModes.add(
          (mode.splits()
                  ? SplitSchedules.of(implementations, mode, seed, share)
                  : of(implementations, seed, share, hosts))
              .iterator());
    }
    List<Schedule> schedules = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      schedules.add(ofModes.get(i % turns.size()).next().asTrial(i + 1));
    }
    return schedules;
  }

  private static List<Mode> drawn(List<Implementation> implementations, int hosts) {
    return hosts == 3 ? List.of(Mode.PRECOPY) : Mode.of(implementations);
  }

  /**
   * Trials of pre-copy with two hosts, as they always were.
   *
   * @param hosts 2 or 3 for trials with so many; 0 for two, and now and then three where the
   *     implementation can do that
   */
  static List<Schedule> of(List<Implementation> implementations, long seed, int trials, int hosts) {
    List<Schedule> schedules = of(implementations, seed, trials);
    if (hosts == 2 || hosts == 0 && !canTravel(implementations)) {
      return schedules;
    }
    requireTravel(implementations);
    List<Schedule> travelling = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      boolean three = hosts == 3 || i % THREE_EVERY == THREE_EVERY - 1;
      int number = hosts == 3 ? i : i / THREE_EVERY;
      travelling.add(
          three
              ? Itineraries.of(schedules.get(i), number, new Random(seed * 1_000_003 + i))
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
    List<List<PlannedFault>> points = points(handover, trials, new Random(seed));
    List<Schedule> schedules = new ArrayList<>();
    for (int i = 0; i < trials; i++) {
      // Drawn for each trial by itself: a longer campaign begins with the shorter one.
      var random = new Random(seed * 1_000_003 + i);
      Implementation implementation = implementations.get(i % implementations.size());
      List<PlannedFault> faults = points.get(i);
      // Now and then a migration that nothing stops.
      boolean undisturbed = i % UNDISTURBED_EVERY == UNDISTURBED_EVERY - 1;
      if (undisturbed && !HARMLESS.contains(faults.get(0).kind())) {
        faults = List.of(planned(random.nextBoolean() ? RATE_LIMIT : DELAY, LATER_ROUND, random));
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
              true,
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

  private static List<List<PlannedFault>> points(boolean handover, int trials, Random random) {
    List<List<PlannedFault>> points = new ArrayList<>();
    if (handover) {
      // The acknowledgement is lost; the word before it; an attempt fails late and is repeated;
      // frames of one attempt come in the next.
      points.add(List.of(planned(RESET, RESUMED, random)));
      points.add(List.of(planned(RESET, READY, random)));
      points.add(List.of(planned(RESET, LATER_ROUND, random)));
      points.add(List.of(planned(HOLD_THEN_RELEASE, LATER_ROUND, random)));
      points.add(List.of(lasting(CUT_BACK, RESUMED, 1_600)));
      points.add(List.of(planned(KILL_DESTINATION, READY, random)));
      points.add(List.of(planned(KILL_SOURCE, RESUMED, random)));
      points.add(List.of(planned(DELAY, LATER_ROUND, random)));
      points.add(silencedThenReset(RESUMED));
    } else {
      points.add(List.of(planned(RESET, DEVICE_STATE, random)));
      points.add(List.of(planned(RESET, DEVICE_STATE, random)));
      // One for each board, where the return path is on.
      points.add(silencedThenReset(DEVICE_STATE));
      points.add(silencedThenReset(DEVICE_STATE));
      points.add(List.of(planned(RESET, LATER_ROUND, random)));
      points.add(List.of(planned(RESET, LATER_ROUND, random)));
    }
    List<StreamPhase> phases = new ArrayList<>(PHASES_OF_ANY);
    if (handover) {
      phases.addAll(PHASES_OF_HANDOVER);
    }
    while (points.size() < trials) {
      List<List<PlannedFault>> all = new ArrayList<>();
      for (FaultKind kind : FaultKind.values()) {
        for (StreamPhase phase : phases) {
          if (makesSense(kind, phase, handover)) {
            PlannedFault alone = planned(kind, trigger(kind, phase, random), random);
            all.add(List.of(alone));
            if (LASTING.contains(kind)) {
              all.add(List.of(longOf(alone, phase), strike(phase, random)));
            }
          }
        }
      }
      // Whatever the source reports: that it connects, and that all is over.
      all.add(List.of(planned(CANCEL, CONNECTED, random)));
      all.add(
          List.of(
              planned(
                  CANCEL,
                  Trigger.after(handover ? RESUMED : DEVICE_STATE, 200 + random.nextInt(500)),
                  random)));
      Collections.shuffle(all, random);
      points.addAll(all);
    }
    return points.subList(0, trials);
  }

  /**
   * The answer of the destination does not come, and then the connection breaks: the source cannot
   * tell whether the guest was taken.
   */
  static List<PlannedFault> silencedThenReset(StreamPhase phase) {
    return List.of(
        lasting(CUT_BACK, phase, 1_700), new PlannedFault(RESET, Trigger.after(phase, 300), 0, 0));
  }

  /** The same fault, from the beginning of the phase, and for longer than a host is patient. */
  static PlannedFault longOf(PlannedFault fault, StreamPhase phase) {
    return new PlannedFault(fault.kind(), Trigger.at(phase), 1_700, fault.amount());
  }

  /** What falls while another fault lasts. */
  static PlannedFault strike(StreamPhase phase, Random random) {
    FaultKind kind = STRIKES.get(random.nextInt(STRIKES.size()));
    return planned(kind, Trigger.after(phase, 50 + random.nextInt(500)), random);
  }

  /** Mostly at a phase's beginning; in the long rounds now and then at some time later. */
  private static Trigger trigger(FaultKind kind, StreamPhase phase, Random random) {
    boolean longRound = phase == FIRST_ROUND && kind != HOLD_THEN_RELEASE;
    return longRound && random.nextBoolean()
        ? Trigger.after(phase, 10 + random.nextInt(120))
        : Trigger.at(phase);
  }

  private static boolean makesSense(FaultKind kind, StreamPhase phase, boolean handover) {
    return switch (kind) {
      // Needs frames that stay valid by themselves, and enough of them to be held.
      case HOLD_THEN_RELEASE -> handover && phase == LATER_ROUND;
      // The destination says nothing before it is ready.
      case CUT_BACK -> phase.compareTo(DEVICE_STATE) >= 0;
      case CUT_FORWARD -> phase != READY && phase != RESUMED;
      // A few bytes are not slowed by a limit.
      case RATE_LIMIT -> phase == FIRST_ROUND || phase == LATER_ROUND;
      // The stream carries a message of the other direction at that moment: as the reset.
      case HALF_OPEN -> phase != RESUMED;
      // The guest is there already.
      case CONTINUE_DESTINATION -> phase != RESUMED;
      // What has no checksum, such as QEMU's stream, leaves that to the network, or to TLS.
      case FLIP_BIT -> handover && phase != READY && phase != RESUMED;
      case FLIP_BIT_BACK -> handover && (phase == READY || phase == RESUMED);
      case TRUNCATE -> phase != READY && phase != RESUMED;
      case TINY_CHUNKS -> phase.compareTo(DEVICE_STATE) <= 0;
      // Before that nobody closes anything, unless something else goes wrong.
      case SLOW_CLOSE -> phase.compareTo(FINAL_ROUND) >= 0;
      // There is nothing to pause: the guest is on one host or the other.
      case PAUSE_MIGRATION -> false;
      default -> true;
    };
  }

  static PlannedFault planned(FaultKind kind, StreamPhase phase, Random random) {
    return planned(kind, Trigger.at(phase), random);
  }

  static PlannedFault planned(FaultKind kind, Trigger at, Random random) {
    boolean longer = random.nextBoolean();
    long shortMillis = 150 + random.nextInt(300);
    long longMillis = 1_300 + random.nextInt(500);
    return switch (kind) {
      case KILL_SOURCE,
          KILL_DESTINATION,
          RESET,
          CANCEL,
          CONTINUE_SOURCE,
          MIGRATE_AGAIN,
          PAUSE_MIGRATION,
          HOLD_THEN_RELEASE ->
          new PlannedFault(kind, at, 0, 0);
      // Long enough for a host to end, or for the next bytes to come.
      case QUIT_SOURCE, QUIT_DESTINATION -> new PlannedFault(kind, at, 1_000, 0);
      case CONTINUE_DESTINATION, TRUNCATE -> new PlannedFault(kind, at, 0, 0);
      case FLIP_BIT, FLIP_BIT_BACK -> new PlannedFault(kind, at, 1_000, random.nextInt(1 << 24));
      case TINY_CHUNKS -> new PlannedFault(kind, at, 300 + shortMillis, 16 + random.nextInt(200));
      case SLOW_CLOSE -> new PlannedFault(kind, at, longMillis, 0);
      // Long enough for a source to give up by itself, if it ever does.
      case HALF_OPEN -> new PlannedFault(kind, at, longMillis + 700, 0);
      case PAUSE_GUEST, STOP_SOURCE, STOP_DESTINATION, CUT_BOTH, CUT_FORWARD, CUT_BACK ->
          new PlannedFault(kind, at, longer ? longMillis : shortMillis, 0);
      case RATE_LIMIT ->
          new PlannedFault(kind, at, 500 + shortMillis, 300_000 + random.nextInt(500_000));
      case DELAY -> new PlannedFault(kind, at, 300 + shortMillis, 20 + random.nextInt(60));
    };
  }

  static PlannedFault lasting(FaultKind kind, StreamPhase phase, long millis) {
    return new PlannedFault(kind, Trigger.at(phase), millis, 0);
  }
}
