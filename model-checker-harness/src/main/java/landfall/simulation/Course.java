package landfall.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import landfall.explorer.ExploredProtocol;
import landfall.explorer.Moment;
import landfall.explorer.Moment.Move;

/**
 * One run: first the faults of its plan, among all that goes on; then faults, guest and operators
 * rest, and everything else goes on until nothing is owed any more.
 */
final class Course {
  private static final int STEPS_MAX = 200;
  private static final int WRITES_MAX = 8;
  private static final int ATTEMPTS_MAX = 4;
  private static final int RELEASES_MAX = 3;
  private static final int FAULTS_MAX = 8;
  private static final double CALM = 0.3;
  private static final double STORMY = 0.8;
  private static final double SURPRISE = 0.25;
  private static final int FAULT_SPAN_MIN = 4;
  private static final int FAULT_SPAN_MAX = 45;
  private static final int FAULT_SPAN_MAX_AFTER_SWITCHOVER = 20;
  private static final int TAILS_LOST_ONCE_IN = 4;
  private static final int TAIL_MAX = 60;
  private static final int FUTURES = 6;
  private static final int SETTLING = 20;
  private static final int SETTLING_MAX = 2_000;
  private static final int WAITING_MAX = 500;

  /**
   * What became of a run.
   *
   * @param seen which faults took effect while a migration was under way
   * @param violated the property that does not hold at the end of the path
   * @param path keys of the moves that were taken before the faults ended
   * @param afterwards moves that went on since, for ever; none if the path is all that happened
   * @param unpromised whether it ended where the specification promises nothing
   * @param unsettled whether it was given up before it was clear whether something is owed
   * @param last the moment at its end
   * @param micros virtual time
   */
  record Outcome(
      Set<String> seen,
      Optional<String> violated,
      List<Long> path,
      List<Move> afterwards,
      boolean unpromised,
      boolean unsettled,
      Moment last,
      double micros) {}

  private final Setting setting;
  private long settlingSeed;
  private final SplittableRandom random;
  private final boolean restarts;
  private final List<Integer> faultSteps;
  private final int spared;
  private final boolean tailsAreLost;
  private final boolean surprises;
  private final int writes;
  private final int attempts;
  private final int releases;
  private final int tail;
  private final Calendar calendar;

  private Moment moment;
  private final List<Long> path = new ArrayList<>();
  private final Set<String> seen = new TreeSet<>();
  private int writesDone;
  private int attemptsDone;
  private int releasesDone;

  Course(ExploredProtocol protocol, int hosts, Set<Integer> defects, long seed, long run) {
    random =
        new SplittableRandom(new SplittableRandom(seed).nextLong() ^ run * 0xD6E8FEB86659FD93L);
    setting = Setting.drawn(protocol, hosts, random);
    settlingSeed = random.nextLong();
    restarts = random.nextBoolean();
    spared = random.nextInt();
    tailsAreLost = random.nextInt(TAILS_LOST_ONCE_IN) == 0;
    surprises = random.nextBoolean();
    writes = random.nextInt(WRITES_MAX + 1);
    attempts = 1 + random.nextInt(ATTEMPTS_MAX);
    releases = random.nextInt(RELEASES_MAX + 1);
    tail = random.nextBoolean() ? 0 : random.nextInt(TAIL_MAX);
    faultSteps = plan();
    calendar = new Calendar(new Tempo(random.split(), protocol, false));
    moment = setting.first(defects);
  }

  // The steps of the protocol after which something goes wrong, in ascending order. In half of the
  // runs it may be earlier, right after something that happens for the first time.
  private List<Integer> plan() {
    int span = random.nextInt(FAULT_SPAN_MIN, longestSpan());
    double storm = random.nextBoolean() ? STORMY : CALM;
    int faults = 1;
    while (faults < FAULTS_MAX && random.nextDouble() < storm) {
      faults++;
    }
    var steps = new ArrayList<Integer>();
    for (int fault = 0; fault < faults; fault++) {
      steps.add(1 + random.nextInt(span));
    }
    steps.sort(null);
    return steps;
  }

  // Where the guest is moved again and again, runs are longer.
  private int longestSpan() {
    return switch (setting.protocol()) {
      case PRE_COPY, POST_COPY, LEASE -> FAULT_SPAN_MAX;
      case CHECKPOINT, FORWARD_CHECKPOINT, SHARED_LOCK -> FAULT_SPAN_MAX_AFTER_SWITCHOVER;
    };
  }

  Setting setting() {
    return setting;
  }

  /** Takes the whole run. */
  Outcome outcome() {
    int protocolSteps = 0;
    int sinceLast = 0;
    boolean surprising = false;
    var known = new HashSet<String>();
    while (path.size() < STEPS_MAX && (!faultSteps.isEmpty() || sinceLast < tail)) {
      List<Move> moves = moment.moves();
      var faults = new ArrayList<Move>();
      var possible = new ArrayList<Move>(moves.size());
      boolean underWay = split(moves, faults, possible);
      Move move;
      boolean due = !faultSteps.isEmpty() && (protocolSteps >= faultSteps.get(0) || surprising);
      surprising = false;
      if (due && !faults.isEmpty()) {
        faultSteps.remove(0);
        move = oneOf(faults);
        if (underWay) {
          seen.add(Kind.fault(move.action()));
        }
      } else {
        calendar.update(possible);
        if (calendar.next() < 0) {
          break;
        }
        move = possible.get(calendar.next());
        calendar.take();
        note(move);
        surprising = known.add(move.action()) && surprises && random.nextDouble() < SURPRISE;
        protocolSteps += kind(move) == Kind.WORK || kind(move) == Kind.OPERATOR ? 1 : 0;
      }
      sinceLast = faultSteps.isEmpty() ? sinceLast + 1 : 0;
      path.add(move.key());
      Moment before = moment;
      moment = move.after();
      Optional<String> broken = broken(before, move, moment);
      if (broken.isPresent()) {
        return new Outcome(seen, broken, path, List.of(), false, false, moment, calendar.now());
      }
    }
    return future().of(seen, path, calendar.now());
  }

  // Where something is owed, what comes of it may depend on who is quick from now on. A future that
  // takes too long says nothing.
  private Settled future() {
    boolean owed = moment.owed().isPresent();
    Settled settled = settled(moment, setting, restarts, settlingSeed);
    for (int future = 1;
        future < FUTURES && settled.violated().isEmpty() && (owed || settled.unsettled());
        future++) {
      settlingSeed++;
      Settled other = settled(moment, setting, restarts, settlingSeed);
      settled = settled.unsettled() || other.violated().isPresent() ? other : settled;
    }
    return settled;
  }

  private Kind kind(Move move) {
    return Kind.of(move.action(), setting.protocol());
  }

  private static boolean isStart(Move move) {
    return !move.action().equals("ReleaseLease");
  }

  /** Tells faults from what else can happen now; gives whether a migration is under way. */
  private boolean split(List<Move> moves, List<Move> faults, List<Move> possible) {
    boolean underWay = false;
    for (Move move : moves) {
      Kind kind = kind(move);
      switch (kind) {
        case FAULT -> {
          if (tailsAreLost && isTail(move)) {
            possible.add(move);
          } else {
            faults.add(move);
          }
        }
        case GUEST -> {
          if (writesDone < writes) {
            possible.add(move);
          }
        }
        case OPERATOR -> {
          if (isStart(move) ? attemptsDone < attempts : releasesDone < releases) {
            possible.add(move);
          }
        }
        case MEND -> {
          if (restarts || !move.action().equals("Restart")) {
            possible.add(move);
          }
        }
        case WORK, DEADLINE, PERIODIC, CLOCK -> {
          possible.add(move);
          underWay = true;
        }
      }
    }
    return underWay;
  }

  // What is on its way on a connection that one end gave up arrives, or its end is lost.
  private boolean isTail(Move move) {
    return move.action().equals("LoseMessage")
        && (setting.protocol() == ExploredProtocol.PRE_COPY
            || setting.protocol() == ExploredProtocol.POST_COPY);
  }

  private void note(Move move) {
    switch (move.action()) {
      case "GuestStep" -> writesDone++;
      case "ReleaseLease" -> releasesDone++;
      case "Restart" -> seen.add("restart");
      case "LoseMessage" -> seen.add(Kind.fault(move.action()));
      default -> {
        if (kind(move) == Kind.OPERATOR) {
          attemptsDone++;
        }
      }
    }
  }

  // Each kind is as likely as the others, whatever their numbers. About half of the kinds are
  // spared in a run, so that others come more than once.
  private Move oneOf(List<Move> faults) {
    var kinds = new LinkedHashSet<String>();
    faults.forEach(fault -> kinds.add(Kind.fault(fault.action())));
    var wanted = new ArrayList<>(kinds);
    wanted.removeIf(kind -> (spared >>> Math.floorMod(kind.hashCode(), Integer.SIZE) & 1) == 1);
    if (wanted.isEmpty()) {
      wanted.addAll(kinds);
    }
    String kind = wanted.get(random.nextInt(wanted.size()));
    List<Move> ofKind =
        faults.stream().filter(fault -> Kind.fault(fault.action()).equals(kind)).toList();
    return ofKind.get(random.nextInt(ofKind.size()));
  }

  /** The property that a move has broken. */
  static Optional<String> broken(Moment before, Move move, Moment after) {
    Optional<String> broken = after.broken();
    return broken.isEmpty() && after.lost() && !before.lost() && !move.mayLose()
        ? Optional.of("OnlyFaultsLoseProp")
        : broken;
  }

  /**
   * What came of a world in which no fault happens any more.
   *
   * @param told true if the moves are what broke the property; false if they go on for ever, and
   *     the property is owed all the time
   */
  record Settled(
      Optional<String> violated,
      boolean told,
      List<Move> moves,
      boolean unsettled,
      Moment last,
      double micros) {
    Outcome of(Set<String> seen, List<Long> path, double before) {
      if (told) {
        moves.forEach(move -> path.add(move.key()));
      }
      return new Outcome(
          seen,
          violated,
          path,
          told ? List.of() : moves,
          violated.isEmpty() && last.unpromised(),
          unsettled,
          last,
          before + micros);
    }
  }

  /**
   * Lets everything go on but faults, guest and operators, until nothing is owed. If something is
   * still owed when nothing can happen any more, it is violated; so it is when the same was owed
   * all along while thousands of steps were taken, and nothing that could happen was kept waiting.
   */
  static Settled settled(Moment from, Setting setting, boolean restarts, long seed) {
    var calendar = new Calendar(new Tempo(new SplittableRandom(seed), setting.protocol(), false));
    var taken = new ArrayList<Move>();
    Moment moment = from;
    Optional<String> owedBefore = Optional.empty();
    int same = 0;
    int still = 0;
    for (int limit = 8 * SETTLING_MAX; taken.size() < limit; ) {
      Optional<String> owed = moment.owed();
      same = owed.equals(owedBefore) ? same + 1 : 0;
      owedBefore = owed;
      if (owed.isEmpty() && same > SETTLING) {
        break;
      }
      List<Move> possible =
          moment.moves().stream()
              .filter(move -> goesOn(move, setting.protocol(), restarts))
              .toList();
      calendar.update(possible);
      still = same == 0 || calendar.keepsWaiting(WAITING_MAX) ? 0 : still + 1;
      boolean over = still >= SETTLING_MAX;
      if (calendar.next() < 0 || over) {
        return new Settled(owed, !over, taken, false, moment, calendar.now());
      }
      Move move = possible.get(calendar.next());
      calendar.take();
      taken.add(move);
      Moment before = moment;
      moment = move.after();
      Optional<String> broken = broken(before, move, moment);
      if (broken.isPresent()) {
        return new Settled(broken, true, taken, false, moment, calendar.now());
      }
    }
    return new Settled(
        Optional.empty(), false, taken, moment.owed().isPresent(), moment, calendar.now());
  }

  private static boolean goesOn(Move move, ExploredProtocol protocol, boolean restarts) {
    return switch (Kind.of(move.action(), protocol)) {
      case FAULT, GUEST, OPERATOR -> false;
      case MEND -> restarts || !move.action().equals("Restart");
      case WORK, DEADLINE, PERIODIC, CLOCK -> true;
    };
  }

  boolean restarts() {
    return restarts;
  }

  long settlingSeed() {
    return settlingSeed;
  }
}
