package landfall.sharedlock;

import java.util.Optional;
import landfall.protocol.Step;
import landfall.sharedlock.Action.DiscardImage;
import landfall.sharedlock.Action.FailUpgrade;
import landfall.sharedlock.Action.JoinLock;
import landfall.sharedlock.Action.ReceiveImage;
import landfall.sharedlock.Action.TakeOwnership;

/**
 * Phases of the destination. Transitions:
 *
 * <ul>
 *   <li>Waiting to itself: JoinLock
 *   <li>Waiting or Ready to Ready: ReceiveImage, with the shared lock
 *   <li>Ready to itself: LockExclusively, ReadRecord, FailUpgrade
 *   <li>Ready to Running: TakeOwnership
 *   <li>Ready to Waiting: DiscardImage
 * </ul>
 */
public sealed interface DestinationPhase {

  /** What the destination takes for its lock. */
  Lock lock();

  /** The step taken on an action, or nothing if the action is not enabled now. */
  Optional<Step<DestinationPhase, Effect>> on(Action.OfDestination action, Protocol protocol);

  /** A destination that has nothing. */
  static DestinationPhase initial() {
    return new Waiting(Lock.NONE);
  }

  /** There is no image here. */
  record Waiting(Lock lock) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      if (action instanceof JoinLock && lock == Lock.NONE) {
        return step(new Waiting(Lock.SHARED), new Effect.SetLock(Lock.SHARED));
      }
      return action instanceof ReceiveImage && lock == Lock.SHARED
          ? step(new Ready(Claim.sharing()), new Effect.SendReady())
          : Optional.empty();
    }
  }

  /**
   * There is an image here, of this attempt or of one that was taken back: the destination cannot
   * tell. May it be taken, the record says.
   */
  record Ready(Claim claim) implements DestinationPhase {
    @Override
    public Lock lock() {
      return claim.lock();
    }

    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      if (action instanceof ReceiveImage && lock() == Lock.SHARED) {
        return step(this, new Effect.SendReady());
      }
      if (action instanceof TakeOwnership && claim.readFree()) {
        return step(
            new Running(lock()),
            new Effect.WriteRecord(Owner.DESTINATION),
            new Effect.StartGuest());
      }
      if (action instanceof DiscardImage discard) {
        return discard(discard.record(), protocol);
      }
      if (action instanceof FailUpgrade && lock() == Lock.SHARED) {
        return step(new Ready(claim.with(Lock.NONE)), new Effect.SetLock(Lock.NONE));
      }
      return action instanceof Action.OfClaimant towards
          ? claim.on(towards, protocol).map(step -> step.map(Ready::new))
          : Optional.empty();
    }

    // The guest was not given away, or was taken back: this copy is worth nothing. Who does not
    // trust the record cannot know.
    private Optional<Step<DestinationPhase, Effect>> discard(Owner record, Protocol protocol) {
      return record == Owner.SOURCE
              && claim.hasLock(protocol)
              && !claim.readFree()
              && !protocol.has(Mutant.FREED_IS_GIVEN)
          ? step(new Waiting(Lock.NONE), new Effect.SetLock(Lock.NONE))
          : Optional.empty();
    }
  }

  /** The guest runs here. */
  record Running(Lock lock) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      return Optional.empty();
    }
  }

  private static Optional<Step<DestinationPhase, Effect>> step(
      DestinationPhase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }
}
