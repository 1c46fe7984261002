package landfall.precopy;

import java.util.Optional;
import landfall.precopy.Action.ClaimLock;
import landfall.precopy.Action.DiscardImage;
import landfall.precopy.Action.ReceiveDeviceState;
import landfall.precopy.Action.ReceiveHello;
import landfall.precopy.Action.ReceivePage;
import landfall.precopy.Action.RefuseHandover;
import landfall.precopy.Action.ResumeDestination;

/**
 * The destination of a pre-copy migration, {@code PreCopy!destination}. Transitions:
 *
 * <ul>
 *   <li>Waiting, Receiving, Ready to Receiving: ReceiveHello of a newer attempt
 *   <li>Receiving to itself: ReceivePage
 *   <li>Receiving to Ready: ReceiveDeviceState
 *   <li>Receiving to Waiting: DiscardImage
 *   <li>Ready to Running: ResumeDestination, ClaimLock
 *   <li>Ready to Waiting: RefuseHandover
 *   <li>Running to itself: ResumeDestination, when it is asked again
 * </ul>
 */
public sealed interface DestinationPhase {

  /** Number of the attempt taken up last, 0 before the first. */
  int accepted();

  /** The step taken on an action, or nothing if the action is not enabled in this phase. */
  Optional<Step<DestinationPhase>> on(Action.OfDestination action, Protocol protocol);

  /** Name of the phase in the specification, in traces and in status reports. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** The phase of a host that waits for a guest. */
  static DestinationPhase initial() {
    return new Waiting(0);
  }

  /** No attempt is under way. */
  record Waiting(int accepted) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase>> on(Action.OfDestination action, Protocol protocol) {
      return takeUpNewer(action, accepted, protocol);
    }
  }

  /** Pages of the accepted attempt arrive; the image is incomplete. */
  record Receiving(int accepted) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase>> on(Action.OfDestination action, Protocol protocol) {
      if (action instanceof ReceivePage page && reads(page.attempt(), protocol)) {
        return step(this, new Effect.StorePages());
      }
      if (action instanceof ReceiveDeviceState state && state.attempt() == accepted) {
        return step(
            new Ready(accepted), new Effect.StoreDeviceState(), new Effect.SendReady(accepted));
      }
      if (action instanceof DiscardImage) {
        return step(new Waiting(accepted), new Effect.CloseConnections(accepted));
      }
      return takeUpNewer(action, accepted, protocol);
    }

    private boolean reads(int attempt, Protocol protocol) {
      return attempt == accepted || attempt < accepted && protocol.has(Mutant.ACCEPT_STALE_FRAMES);
    }
  }

  /**
   * The image is complete. It is kept whatever happens to the connection, since it may be the guest
   * by now, and only the source (or the arbiter) knows.
   */
  record Ready(int accepted) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase>> on(Action.OfDestination action, Protocol protocol) {
      if (action instanceof ResumeDestination resume && resume.attempt() == accepted) {
        return step(new Running(accepted), new Effect.RunGuest(), new Effect.SendResumed(accepted));
      }
      if (action instanceof RefuseHandover refuse
          && refuse.attempt() == accepted
          && protocol.arbiter()) {
        return step(new Waiting(accepted), new Effect.CloseConnections(accepted));
      }
      if (action instanceof ClaimLock && protocol.arbiter()) {
        return step(new Running(accepted), new Effect.RunGuest());
      }
      if (action instanceof DiscardImage && protocol.has(Mutant.IGNORE_LOST_HANDOVER)) {
        return step(new Running(accepted), new Effect.RunGuest());
      }
      return takeUpNewer(action, accepted, protocol);
    }
  }

  /** The guest runs here. */
  record Running(int accepted) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase>> on(Action.OfDestination action, Protocol protocol) {
      if (action instanceof ResumeDestination resume && resume.attempt() == accepted) {
        return step(this, new Effect.SendResumed(accepted));
      }
      return Optional.empty();
    }
  }

  private static Optional<Step<DestinationPhase>> step(DestinationPhase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }

  // The connection of the attempt before is closed, so that no stale frame of it is ever read.
  private static Optional<Step<DestinationPhase>> takeUpNewer(
      Action.OfDestination action, int accepted, Protocol protocol) {
    if (action instanceof ReceiveHello hello && hello.attempt() > accepted) {
      var receiving = new Receiving(hello.attempt());
      return protocol.has(Mutant.ACCEPT_STALE_FRAMES)
          ? step(receiving, new Effect.ClearMemory())
          : step(
              receiving,
              new Effect.CloseConnections(hello.attempt() - 1),
              new Effect.ClearMemory());
    }
    return Optional.empty();
  }
}
