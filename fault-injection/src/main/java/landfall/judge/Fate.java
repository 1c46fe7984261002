package landfall.judge;

import java.util.Optional;
import java.util.Set;
import landfall.evidence.FaultResult;
import landfall.nemesis.ConnectionSeen;
import landfall.nemesis.Direction;
import landfall.nemesis.FaultKind;
import landfall.nemesis.FaultTraits;
import landfall.nemesis.Place;
import landfall.nemesis.StreamEvent;
import landfall.nemesis.StreamPhase;
import landfall.trial.Mode;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.Kind;

/**
 * What an outsider can conclude about where an attempt left the guest, from the faults that were
 * seen, from what passed on the channel, and from the destination itself; see {@code
 * Handover!CanArrive}. Nothing in here is what the source says.
 *
 * @param sourceKilled the host that gave the guest away, before it had a part in another attempt
 * @param destinationKilled the host that was to get it, likewise
 * @param handedOver the message that gives the guest away was sent
 * @param arrival whether the guest came to the destination, before that was killed if it was
 * @param whole the destination said, on the channel, that it has every page of a guest that was on
 *     two hosts; or the guest went with its pages, as in pre-copy
 * @param saidWhole the destination of a guest that sent checkpoints said so on the channel, at
 *     least when it asked for the guest
 * @param neverTaken the hosts share a lock, and it does not say that the destination has the guest
 * @param sourceOwns they do, and it says that the source has it
 */
record Fate(
    boolean sourceKilled,
    boolean destinationKilled,
    boolean handedOver,
    Arrival arrival,
    boolean whole,
    boolean saidWhole,
    boolean neverTaken,
    boolean sourceOwns) {

  /** Whether the guest came to the destination. */
  enum Arrival {
    /** The destination's guest answered clients, or the destination said that it has it. */
    SEEN,
    /** Everything that the destination needs was delivered to it while it lived. */
    POSSIBLE,
    /** The stream is encrypted, so nobody can tell, and the destination gave no sign. */
    UNKNOWN,
    /** The destination never got everything that it needs. */
    IMPOSSIBLE
  }

  /** A handshake of TLS with certificates is a few thousand bytes. */
  private static final long MORE_THAN_A_HANDSHAKE = 64 << 10;

  private static final Set<String> HAS_GUEST = Set.of("running", "paused");
  private static final String RESUME = "RESUME";

  /** The label of the first message of a stream that has a handover. */
  private static final String HELLO = "Hello";

  /** Of one attempt, until its hosts have a part in another one. */
  static Fate of(Observations seen, Attempt attempt) {
    double nextOfSource = seen.nextStart(attempt, attempt.from());
    double nextOfDestination = seen.nextStart(attempt, attempt.to());
    double killedAt = killedAt(seen, attempt, attempt.to(), nextOfDestination);
    var window = new Window(seen, attempt, nextOfDestination);
    boolean speaksHandover = seen.stream().stream().anyMatch(event -> event.label().equals(HELLO));
    Arrival arrival = window.arrival(killedAt, speaksHandover);
    return new Fate(
        killedAt(seen, attempt, attempt.from(), nextOfSource) < nextOfSource,
        killedAt < nextOfDestination,
        window.passed(StreamPhase.HANDOVER, Direction.FORWARD),
        arrival,
        window.passed(StreamPhase.COMPLETE, Direction.BACK)
            || window.wentWhole() && arrival != Arrival.IMPOSSIBLE,
        window.passed(StreamPhase.OWNERSHIP, Direction.BACK)
            || window.passed(StreamPhase.COMPLETE, Direction.BACK),
        seen.lock() != null
            && nextOfDestination == Double.MAX_VALUE
            && nextOfSource == Double.MAX_VALUE
            && !Locks.isOwnedBy(seen.lock(), attempt.to()),
        seen.lock() != null && Locks.isOwnedBy(seen.lock(), attempt.from()));
  }

  /** No host was killed in the whole trial. */
  static boolean nobodyKilled(Observations seen) {
    return seen.faults().stream().noneMatch(Fate::isKill);
  }

  /**
   * A guest that was copied ahead may wait for ever: the store died, and the hosts lost each other.
   * Cuts alone do not excuse that, however many there are.
   */
  static boolean mayWaitForEver(Observations seen, Mode mode) {
    return mode.copiesAhead()
        && failures(seen) > 1
        && seen.faults().stream()
            .filter(FaultResult::seen)
            .flatMap(fault -> FaultKind.of(fault.kind()).stream())
            .map(FaultKind::traits)
            .anyMatch(traits -> traits.place() == Place.COMPANION && traits.forgets());
  }

  /** Guest memory passed on a channel, in the whole trial. */
  static boolean carriedMemory(Observations seen) {
    return seen.stream().stream()
        .anyMatch(
            event ->
                event.direction() == Direction.FORWARD
                    && (event.phase() == StreamPhase.FIRST_ROUND
                        || event.phase() == StreamPhase.PUSH
                        || event.label().equals(StreamEvent.ENCRYPTED)
                            && delivered(seen, event.connection()) >= MORE_THAN_A_HANDSHAKE));
  }

  private static long delivered(Observations seen, int connection) {
    return seen.connections().stream()
        .filter(each -> each.number() == connection)
        .mapToLong(ConnectionSeen::bytesDelivered)
        .sum();
  }

  /**
   * Of a guest that was on two hosts: that at the source was killed while the destination may have
   * had the guest and not all of its pages. What is left executes until it needs one of them.
   */
  boolean leftWithoutPages() {
    return sourceKilled && arrival != Arrival.IMPOSSIBLE && !whole;
  }

  /**
   * How many faults of a trial were more than an inconvenience. A grantor has no copy of the guest,
   * and lends it again once it is back.
   */
  static long failures(Observations seen) {
    return seen.faults().stream()
        .filter(FaultResult::seen)
        .filter(
            fault ->
                FaultKind.of(fault.kind())
                    .map(FaultKind::traits)
                    .filter(kind -> kind.isHarmless() || kind.place() == Place.GRANTOR)
                    .isEmpty())
        .count();
  }

  static boolean isKill(FaultResult fault) {
    return fault.seen() && ended(fault).isPresent();
  }

  /** Whether this fault killed this host. Older evidence knows one host of each role. */
  static boolean killed(FaultResult fault, String host) {
    return isKill(fault)
        && host.equals(
            fault.host() == null ? ended(fault).map(Place::word).orElse("") : fault.host());
  }

  /** Which of its hosts a fault of this kind ends; empty if none. */
  static Optional<Place> ended(FaultResult fault) {
    return FaultKind.of(fault.kind())
        .map(FaultKind::traits)
        .filter(FaultTraits::endsHost)
        .map(FaultTraits::place);
  }

  private static double killedAt(Observations seen, Attempt attempt, String host, double toMillis) {
    return seen.faults().stream()
        .filter(fault -> killed(fault, host))
        .mapToDouble(FaultResult::atMillis)
        .filter(at -> at >= attempt.startMillis() && at < toMillis)
        .min()
        .orElse(Double.MAX_VALUE);
  }

  /** What was seen of an attempt before its destination had a part in another one. */
  private record Window(Observations seen, Attempt attempt, double toMillis) {
    private boolean has(double atMillis) {
      return atMillis >= attempt.startMillis() && atMillis < toMillis;
    }

    private boolean has(StreamEvent event) {
      return has(event.atNanos() / 1e6)
          && seen.isBetween(event.connection(), attempt.from(), attempt.to());
    }

    private boolean passed(StreamPhase phase, Direction direction) {
      return seen.stream().stream()
          .anyMatch(
              event -> event.phase() == phase && event.direction() == direction && has(event));
    }

    /** QEMU, in whatever mode, sends a guest that has all its pages by then as pre-copy does. */
    private boolean wentWhole() {
      return !passed(StreamPhase.HANDOVER, Direction.FORWARD)
          && seen.stream().stream()
              .anyMatch(
                  event -> event.label().equals(StreamEvent.ALL_OF_DEVICE_STATE) && has(event));
    }

    private Arrival arrival(double killedAt, boolean speaksHandover) {
      boolean answered =
          seen.replies().stream()
              .anyMatch(reply -> reply.host().equals(attempt.to()) && has(reply.atMillis()));
      if (answered) {
        return Arrival.SEEN;
      }
      boolean gotState =
          seen.stream().stream()
              .anyMatch(
                  event ->
                      event.phase() == StreamPhase.DEVICE_STATE
                          && has(event)
                          && delivered(event, killedAt));
      boolean encrypted =
          seen.stream().stream()
              .anyMatch(event -> event.label().equals(StreamEvent.ENCRYPTED) && has(event));
      if (!gotState && !encrypted) {
        // Whatever it says: it cannot be.
        return Arrival.IMPOSSIBLE;
      }
      boolean said =
          seen.timeline().stream()
              .anyMatch(
                  each ->
                      each.host().equals(attempt.to())
                          && has(each.atMillis())
                          && (each.kind() == Kind.RUN_STATE && HAS_GUEST.contains(each.text())
                              || each.kind() == Kind.EVENT && each.text().equals(RESUME)));
      if (said
          || passed(StreamPhase.RESUMED, Direction.BACK)
          || passed(StreamPhase.RECOVER, Direction.BACK)) {
        return Arrival.SEEN;
      }
      if (encrypted) {
        return Arrival.UNKNOWN;
      }
      boolean complete =
          seen.stream().stream().anyMatch(event -> completes(event, killedAt, speaksHandover));
      return complete ? Arrival.POSSIBLE : Arrival.IMPOSSIBLE;
    }

    /** Whether with this message everything was delivered to a destination that lived. */
    private boolean completes(StreamEvent event, double killedAt, boolean speaksHandover) {
      if (event.direction() != Direction.FORWARD || !has(event)) {
        return false;
      }
      if (speaksHandover) {
        // A source in doubt gives the guest away once more, on another connection.
        return (event.phase() == StreamPhase.HANDOVER || event.phase() == StreamPhase.RECOVER)
            && delivered(event, killedAt);
      }
      if (event.phase() == StreamPhase.HANDOVER) {
        return delivered(event, killedAt);
      }
      return event.phase() == StreamPhase.DEVICE_STATE
          && !event.label().equals(StreamEvent.PACKAGE)
          && seen.connections().stream()
              .anyMatch(
                  each ->
                      each.number() == event.connection()
                          && each.ended()
                          && each.endedNanos() / 1e6 < killedAt);
    }

    /** A message comes to the proxy before a fault that falls there, and is delivered after it. */
    private static boolean delivered(StreamEvent event, double killedAt) {
      return event.deliveredNanos() > 0 && event.deliveredNanos() / 1e6 < killedAt;
    }
  }
}
