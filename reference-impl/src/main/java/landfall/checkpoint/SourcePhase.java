package landfall.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import landfall.checkpoint.Action.AnswerGranted;
import landfall.checkpoint.Action.AnswerSuperseded;
import landfall.checkpoint.Action.CommitCheckpoint;
import landfall.checkpoint.Action.GrantOwnership;
import landfall.checkpoint.Action.ReceiveCheckpointPage;
import landfall.checkpoint.Action.ReclaimLock;
import landfall.checkpoint.Action.RecoverSource;
import landfall.checkpoint.Action.SendPage;
import landfall.checkpoint.Action.StartRecovery;
import landfall.precopy.PageSet;
import landfall.protocol.Step;

/**
 * The source after the switchover, {@code ReverseCheckpoint!source}. Transitions:
 *
 * <ul>
 *   <li>Serving to itself: SendPage, ReceiveCheckpointPage, CommitCheckpoint
 *   <li>Serving to Recovering: StartRecovery; no checkpoint is committed from here on
 *   <li>Recovering to Recovered: RecoverSource
 *   <li>Recovering, Recovered to themselves: AnswerSuperseded
 *   <li>Serving to Completed: GrantOwnership; the guest never comes back from here on
 *   <li>With an arbiter, Serving to Reclaimed or Completed: ReclaimLock; Reclaimed to Recovering:
 *       StartRecovery; Reclaimed to itself: AnswerSuperseded; Serving to itself: GrantOwnership
 *   <li>Completed to itself: AnswerGranted
 * </ul>
 */
public sealed interface SourcePhase {

  /** Position of the last committed checkpoint; 0 is the image of the switchover. */
  int stored();

  /** The step taken on an action, or nothing if the action is not enabled in this phase. */
  Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol);

  /** Name of the phase in the specification, in traces and in status reports. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** The phase of a host whose guest has just been resumed at the destination. */
  static SourcePhase initial() {
    return new Serving(0, 0, PageSet.empty());
  }

  /**
   * The destination runs the guest; this host has the pages that it lacks and the last checkpoint.
   *
   * @param stagedFor position of the checkpoint whose pages are put aside, 0 if none are
   * @param staged these pages
   */
  record Serving(int stored, int stagedFor, PageSet staged) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof SendPage send) {
        return step(
            this, new Effect.SendPage(send.pages(), !protocol.has(Mutant.SOURCE_FREES_PAGES)));
      }
      if (action instanceof ReceiveCheckpointPage arrived) {
        return protocol.has(Mutant.APPLIED_PAGE_BY_PAGE)
            ? step(this, new Effect.PlacePage(arrived.pages()))
            : stage(arrived.position(), arrived.pages());
      }
      if (action instanceof CommitCheckpoint end) {
        return commit(end, protocol);
      }
      if (action instanceof ReclaimLock reclaim && protocol.arbiter()) {
        return step(
            reclaim.taken() ? new Reclaimed(stored) : new Completed(stored),
            new Effect.DropStaged());
      }
      if (action instanceof StartRecovery
          && (!protocol.arbiter() || protocol.has(Mutant.RECOVERY_UNASKED))) {
        return startRecovery(stored, protocol, new Effect.DropStaged());
      }
      if (action instanceof GrantOwnership) {
        // The point of no return, unless the lock says who has the guest: from here on the
        // destination may be the owner.
        return step(protocol.arbiter() ? this : new Completed(stored), new Effect.SendGranted());
      }
      return Optional.empty();
    }

    // Pages of one checkpoint are put together, and never with those of another: what was lost of
    // the other would be missing.
    private Optional<Step<SourcePhase, Effect>> stage(int position, PageSet arrived) {
      var stage = new Effect.StagePage(position, arrived);
      if (position == stagedFor) {
        return step(new Serving(stored, position, staged.union(arrived)), stage);
      }
      return step(new Serving(stored, position, arrived), new Effect.DropStaged(), stage);
    }

    private Optional<Step<SourcePhase, Effect>> commit(CommitCheckpoint end, Protocol protocol) {
      boolean complete =
          protocol.has(Mutant.APPLIED_PAGE_BY_PAGE)
              || (stagedFor == end.position() && staged.equals(end.pages()));
      if (!complete) {
        return step(new Serving(stored, 0, PageSet.empty()), new Effect.DropStaged());
      }
      // The destination releases output on this word: the commit must have happened.
      return step(
          new Serving(end.position(), 0, PageSet.empty()),
          new Effect.CommitStaged(),
          new Effect.SendCheckpointDone(end.position()));
    }
  }

  /** The lock is this host's again. The disk may be the destination's yet. */
  record Reclaimed(int stored) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      return action instanceof StartRecovery
          ? startRecovery(stored, protocol)
          : answer(this, action);
    }
  }

  /** No checkpoint is committed any more: the last one is the guest from now on. */
  record Recovering(int stored) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof RecoverSource) {
        // What the guest did since never happened: nothing of it was released. What it did before
        // it believes to be done, and a held disk write of that is done nowhere else.
        List<Effect> effects = new ArrayList<>();
        if (!protocol.has(Mutant.DISK_WRITES_NOT_CARRIED)) {
          effects.add(new Effect.CarryOutDiskWrites(stored));
        }
        effects.add(new Effect.ResumeFrom(stored));
        return Optional.of(new Step<>(new Recovered(stored), effects));
      }
      return answer(this, action);
    }
  }

  /** The guest runs here again. */
  record Recovered(int stored) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      return answer(this, action);
    }
  }

  /** The guest is the destination's. What is left here is a shell. */
  record Completed(int stored) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof AnswerGranted answer) {
        // The first answer may have been lost. A destination that was not told goes on taking
        // checkpoints, and may never find the moment to ask again.
        return protocol.has(Mutant.GRANT_NOT_REPEATED) && !answer.asksOwnership()
            ? step(this)
            : step(this, new Effect.SendGranted());
      }
      return Optional.empty();
    }
  }

  // A destination that is alive may know of a checkpoint that covers what it holds, and may write
  // that to the disk at any moment. So the disk is taken away before anything is done with it.
  private static Optional<Step<SourcePhase, Effect>> startRecovery(
      int stored, Protocol protocol, Effect... more) {
    List<Effect> effects = new ArrayList<>();
    if (!protocol.has(Mutant.NOT_FENCED)) {
      effects.add(new Effect.FenceDisk());
    }
    effects.addAll(List.of(more));
    return Optional.of(new Step<>(new Recovering(stored), effects));
  }

  // Whatever the destination still says, the answer is that it is not the guest's host.
  private static Optional<Step<SourcePhase, Effect>> answer(
      SourcePhase phase, Action.OfSource action) {
    return action instanceof AnswerSuperseded
        ? step(phase, new Effect.SendSuperseded())
        : Optional.empty();
  }

  private static Optional<Step<SourcePhase, Effect>> step(SourcePhase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }
}
