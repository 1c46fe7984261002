package landfall.judge;

import java.util.Set;
import landfall.evidence.FaultResult;
import landfall.nemesis.Direction;
import landfall.nemesis.FaultKind;
import landfall.nemesis.StreamEvent;
import landfall.nemesis.StreamPhase;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.Kind;

/**
 * What an outsider can conclude about where the guest may be, from the faults that were seen, from
 * what passed on the channel, and from the destination itself; see {@code Handover!CanArrive}.
 * Nothing in here is what the source says.
 *
 * @param carriedMemory guest memory passed on the channel
 * @param speaksHandover the stream has a message that gives the guest away, so that one can see
 *     whether it was sent
 * @param handedOver that message was sent
 * @param arrival whether the guest came to the destination, before that was killed if it was
 */
record Fate(
    boolean sourceKilled,
    boolean destinationKilled,
    boolean carriedMemory,
    boolean speaksHandover,
    boolean handedOver,
    Arrival arrival) {

  /** Whether the guest came to the destination. */
  enum Arrival {
    /** The destination's guest answered clients, or the destination said that it has it. */
    SEEN,
    /** Everything that the destination needs was delivered to it while it lived. */
    POSSIBLE,
    /** The destination never got everything that it needs. */
    IMPOSSIBLE
  }

  private static final Set<String> HAS_GUEST = Set.of("running", "paused");
  private static final String RESUME = "RESUME";

  /** The label of the first message of a stream that has a handover. */
  private static final String HELLO = "Hello";

  /** Of the whole trial. */
  static Fate of(Observations seen) {
    return of(seen, 0, Double.MAX_VALUE);
  }

  /**
   * Of the time of one attempt.
   *
   * @param fromMillis when it began
   * @param toMillis when the next one began
   */
  static Fate of(Observations seen, double fromMillis, double toMillis) {
    double destinationKilledAt = killedAt(seen, FaultKind.KILL_DESTINATION, fromMillis, toMillis);
    double nextDestination =
        seen.attempts().stream()
            .mapToDouble(Attempt::startMillis)
            .filter(start -> start > destinationKilledAt)
            .min()
            .orElse(toMillis);
    var window = new Window(seen, fromMillis, toMillis);
    var ofThisDestination = new Window(seen, fromMillis, Math.min(toMillis, nextDestination));
    boolean speaksHandover = seen.stream().stream().anyMatch(event -> event.label().equals(HELLO));
    return new Fate(
        killedAt(seen, FaultKind.KILL_SOURCE, fromMillis, toMillis) < toMillis,
        destinationKilledAt < toMillis,
        window.passed(StreamPhase.FIRST_ROUND, Direction.FORWARD),
        speaksHandover,
        window.passed(StreamPhase.HANDOVER, Direction.FORWARD),
        ofThisDestination.arrival(destinationKilledAt, speaksHandover));
  }

  boolean nobodyKilled() {
    return !sourceKilled && !destinationKilled;
  }

  private static double killedAt(
      Observations seen, FaultKind kind, double fromMillis, double toMillis) {
    return seen.faults().stream()
        .filter(fault -> fault.kind().equals(kind.word()) && fault.seen())
        .mapToDouble(FaultResult::atMillis)
        .filter(at -> at >= fromMillis && at < toMillis)
        .min()
        .orElse(Double.MAX_VALUE);
  }

  /** What was seen within a time. */
  private record Window(Observations seen, double fromMillis, double toMillis) {
    private boolean has(double atMillis) {
      return atMillis >= fromMillis && atMillis < toMillis;
    }

    private boolean passed(StreamPhase phase, Direction direction) {
      return seen.stream().stream()
          .anyMatch(
              event ->
                  event.phase() == phase
                      && event.direction() == direction
                      && has(event.atNanos() / 1e6));
    }

    private Arrival arrival(double killedAt, boolean speaksHandover) {
      boolean answered =
          seen.replies().stream()
              .anyMatch(reply -> reply.host().equals("destination") && has(reply.atMillis()));
      if (answered) {
        return Arrival.SEEN;
      }
      boolean gotState =
          seen.stream().stream()
              .anyMatch(
                  event ->
                      event.phase() == StreamPhase.DEVICE_STATE
                          && has(event.atNanos() / 1e6)
                          && delivered(event, killedAt));
      if (!gotState) {
        // Whatever it says: it cannot be.
        return Arrival.IMPOSSIBLE;
      }
      boolean said =
          seen.timeline().stream()
              .anyMatch(
                  each ->
                      each.host().equals("destination")
                          && has(each.atMillis())
                          && (each.kind() == Kind.RUN_STATE && HAS_GUEST.contains(each.text())
                              || each.kind() == Kind.EVENT && each.text().equals(RESUME)));
      if (said || passed(StreamPhase.RESUMED, Direction.BACK)) {
        return Arrival.SEEN;
      }
      boolean complete =
          seen.stream().stream().anyMatch(event -> completes(event, killedAt, speaksHandover));
      return complete ? Arrival.POSSIBLE : Arrival.IMPOSSIBLE;
    }

    /** Whether with this message everything was delivered to a destination that lived. */
    private boolean completes(StreamEvent event, double killedAt, boolean speaksHandover) {
      if (event.direction() != Direction.FORWARD || !has(event.atNanos() / 1e6)) {
        return false;
      }
      if (speaksHandover) {
        return event.phase() == StreamPhase.HANDOVER && delivered(event, killedAt);
      }
      return event.phase() == StreamPhase.DEVICE_STATE
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
