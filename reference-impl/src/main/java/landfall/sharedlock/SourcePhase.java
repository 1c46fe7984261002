package landfall.sharedlock;

import java.util.Optional;
import landfall.protocol.Step;
import landfall.sharedlock.Action.GiveAway;
import landfall.sharedlock.Action.GiveAwayRunning;
import landfall.sharedlock.Action.LearnCompleted;
import landfall.sharedlock.Action.LetGo;
import landfall.sharedlock.Action.PauseSource;
import landfall.sharedlock.Action.ShareLock;
import landfall.sharedlock.Action.TakeBackAttempt;
import landfall.sharedlock.Action.TakeOwnership;

/**
 * Phases of the source. Transitions:
 *
 * <ul>
 *   <li>Running to itself: ShareLock
 *   <li>Running to Paused: PauseSource, with the shared lock
 *   <li>Paused to Running: TakeBackAttempt
 *   <li>Paused to Given: GiveAway. From here on the source is one of two who may take the guest
 *   <li>Given to itself: LetGo, LockExclusively, ReadRecord
 *   <li>Given to Running: TakeOwnership
 *   <li>Given to Completed: LearnCompleted
 * </ul>
 *
 * GiveAwayRunning is the mistake of {@link Mutant#SWITCHED_RUNNING}.
 */
public sealed interface SourcePhase {

  /** What the source takes for its lock. */
  Lock lock();

  /** The step taken on an action, or nothing if the action is not enabled now. */
  Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol);

  /** A source whose guest runs, and that lets nobody in. */
  static SourcePhase initial() {
    return new Running(Lock.EXCLUSIVE);
  }

  /** The guest runs here. */
  record Running(Lock lock) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof ShareLock && lock == Lock.EXCLUSIVE) {
        return step(new Running(Lock.SHARED), new Effect.SetLock(Lock.SHARED));
      }
      if (action instanceof PauseSource && lock == Lock.SHARED) {
        return step(new Paused(), new Effect.StopGuest(), new Effect.SendImage());
      }
      if (action instanceof GiveAwayRunning give
          && protocol.has(Mutant.SWITCHED_RUNNING)
          && give.record() == Owner.SOURCE
          && lock == Lock.SHARED) {
        return step(
            new Running(Lock.NONE),
            new Effect.WriteRecord(Owner.FREE),
            new Effect.SetLock(Lock.NONE));
      }
      return Optional.empty();
    }
  }

  /** The guest is stopped, and its image is on its way or there. It is still the source's. */
  record Paused() implements SourcePhase {
    @Override
    public Lock lock() {
      return Lock.SHARED;
    }

    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof TakeBackAttempt) {
        return step(
            new Running(Lock.SHARED), new Effect.CloseConnection(), new Effect.StartGuest());
      }
      return action instanceof GiveAway
          ? step(new Given(Claim.sharing()), new Effect.WriteRecord(Owner.FREE))
          : Optional.empty();
    }
  }

  /** The guest is anybody's: the source may take it again, as the other may. */
  record Given(Claim claim) implements SourcePhase {
    @Override
    public Lock lock() {
      return claim.lock();
    }

    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof LetGo && lock() == Lock.SHARED) {
        return step(new Given(claim.with(Lock.NONE)), new Effect.SetLock(Lock.NONE));
      }
      if (action instanceof TakeOwnership && claim.readFree()) {
        return step(
            new Running(lock()), new Effect.WriteRecord(Owner.SOURCE), new Effect.StartGuest());
      }
      // No lock is needed to see it: that does not change.
      if (action instanceof LearnCompleted learn && learn.record() == Owner.DESTINATION) {
        return step(new Completed(), new Effect.SetLock(Lock.NONE));
      }
      return action instanceof Action.OfClaimant towards
          ? claim.on(towards, protocol).map(step -> step.map(Given::new))
          : Optional.empty();
    }
  }

  /** The guest is the destination's, and the source has no use for the image. */
  record Completed() implements SourcePhase {
    @Override
    public Lock lock() {
      return Lock.NONE;
    }

    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      return Optional.empty();
    }
  }

  private static Optional<Step<SourcePhase, Effect>> step(SourcePhase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }
}
