package landfall.forwardcheckpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import landfall.forwardcheckpoint.Action.CopyAhead;
import landfall.forwardcheckpoint.Action.LearnClaimed;
import landfall.forwardcheckpoint.Action.PauseSource;
import landfall.forwardcheckpoint.Action.RecoverSource;
import landfall.forwardcheckpoint.Action.ResumeSource;
import landfall.forwardcheckpoint.Action.StartRecovery;
import landfall.forwardcheckpoint.Action.SwitchOver;
import landfall.precopy.PageSet;
import landfall.protocol.Step;

/**
 * The source, {@code ForwardCheckpoint!source}. Transitions:
 *
 * <ul>
 *   <li>Running, Paused to themselves: CopyAhead
 *   <li>Running to Paused: PauseSource
 *   <li>Paused to Running: ResumeSource
 *   <li>Paused to Serving: SwitchOver, if the store has all copies and the destination agrees; if
 *       the store has the checkpoints, it learns of the first
 *   <li>Serving to Recovering: StartRecovery, if the store gives it the claim
 *   <li>Recovering to Recovered: RecoverSource, if the last checkpoint is here or the store gives
 *       it
 *   <li>Serving to Completed: LearnClaimed, if the store says that the destination has the claim
 * </ul>
 *
 * When asked by the destination:
 *
 * <ul>
 *   <li>Serving, Completed to themselves: GivePage
 *   <li>Serving to itself: CommitPages of a later position
 *   <li>Serving to Completed: PromiseNotToRecover
 *   <li>Completed to itself: ConfirmPromise
 * </ul>
 */
public sealed interface SourcePhase {

  /**
   * Position of the last checkpoint that is here; the first is the image of the switchover. 0
   * before, and where checkpoints go to the store.
   */
  int stored();

  /** The step taken on an action, or nothing if the action is not enabled in this phase. */
  Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol);

  /** The step taken to answer the destination, or nothing if the answer is no. */
  default Optional<Step<SourcePhase, Effect>> answer(Request.ToSource request) {
    return Optional.empty();
  }

  /** Name of the phase in the specification. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** The phase of the host where the guest runs, and nothing is copied yet. */
  static SourcePhase initial() {
    return new Running(PageSet.empty());
  }

  /**
   * The guest runs here, and its pages are copied ahead.
   *
   * @param copied pages that the store has, if not as they are now
   */
  record Running(PageSet copied) implements SourcePhase {
    @Override
    public int stored() {
      return 0;
    }

    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof CopyAhead copy && wanted(copy, copied, protocol)) {
        return copyAhead(new Running(copied.with(copy.page())), copy.page());
      }
      return action instanceof PauseSource
          ? step(new Paused(copied), new Effect.PauseGuest())
          : Optional.empty();
    }
  }

  /** The guest stands, and is still this host's. What is left is copied ahead. */
  record Paused(PageSet copied) implements SourcePhase {
    @Override
    public int stored() {
      return 0;
    }

    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof CopyAhead copy && wanted(copy, copied, protocol)) {
        return copyAhead(new Paused(copied.with(copy.page())), copy.page());
      }
      if (action instanceof SwitchOver handover) {
        return switchOver(handover, protocol);
      }
      // Nobody else can have the guest: the destination runs it only once this host has let go.
      return action instanceof ResumeSource
          ? step(new Running(copied), new Effect.ResumeGuest())
          : Optional.empty();
    }

    // From here on this host alone is not enough. What it will owe must be at the store, and must
    // be the newest there is.
    private Optional<Step<SourcePhase, Effect>> switchOver(SwitchOver handover, Protocol protocol) {
      PageSet all = PageSet.all(protocol.pages());
      PageSet owed = all.without(copied);
      boolean newest = handover.written().isEmpty() || protocol.has(Mutant.COPIED_ONCE);
      List<Effect> effects = new ArrayList<>();
      if (protocol.copiesAhead()) {
        if (!owed.isEmpty() || !newest) {
          return Optional.empty();
        }
        effects.add(new Effect.AskStore(new Request.ConfirmCopies(all)));
      }
      if (protocol.staged()) {
        effects.add(new Effect.AskStore(new Request.StartCheckpoints(handover.position())));
      }
      effects.add(new Effect.AskDestination(new Request.RunGuest(handover.position())));
      effects.add(new Effect.StopLog());
      int stored = protocol.staged() ? 0 : handover.position();
      return Optional.of(new Step<>(new Serving(stored, owed), effects));
    }
  }

  /**
   * The destination runs the guest; this host has the pages that it lacks, and the last checkpoint
   * unless the store has it.
   *
   * @param owed pages that were neither copied ahead nor given to the destination: nobody else has
   *     them. Empty, unless by mistake
   */
  record Serving(int stored, PageSet owed) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof CopyAhead copy
          && protocol.has(Mutant.COPIED_AFTER)
          && owed.contains(copy.page())) {
        return copyAhead(new Serving(stored, owedWithout(copy.page())), copy.page());
      }
      // The destination may be well, and about to go on without this host. Who asks first goes on.
      if (action instanceof StartRecovery) {
        return protocol.has(Mutant.NOT_CLAIMED)
            ? step(new Recovering(stored))
            : step(
                new Recovering(stored), new Effect.AskStore(new Request.TakeClaim(Claim.SOURCE)));
      }
      return action instanceof LearnClaimed
          ? step(
              new Completed(stored),
              new Effect.AskStore(new Request.ConfirmClaim(Claim.DESTINATION)))
          : Optional.empty();
    }

    @Override
    public Optional<Step<SourcePhase, Effect>> answer(Request.ToSource request) {
      if (request instanceof Request.GivePage give) {
        return step(
            new Serving(stored, owedWithout(give.page())), new Effect.SendPage(give.page()));
      }
      // The destination releases output because of this answer: the commit must have happened.
      if (request instanceof Request.CommitPages commit && commit.position() > stored) {
        return step(new Serving(commit.position(), owed), new Effect.CommitImage(commit.pages()));
      }
      // The point of no return: from here on the destination may be the owner.
      return request instanceof Request.PromiseNotToRecover
          ? step(new Completed(stored))
          : Optional.empty();
    }

    private PageSet owedWithout(int page) {
      return owed.without(page);
    }
  }

  /** This host has the claim: the last checkpoint is the guest from now on. */
  record Recovering(int stored) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (!(action instanceof RecoverSource)) {
        return Optional.empty();
      }
      // What the guest did since never happened: nothing of it was released, and the store, if it
      // has the checkpoint, takes no other.
      return protocol.staged()
          ? step(
              new Recovered(stored),
              new Effect.AskStore(new Request.GiveImage()),
              new Effect.ResumeFromAnswer())
          : step(new Recovered(stored), new Effect.ResumeFrom(stored));
    }
  }

  /** The guest runs here again. */
  record Recovered(int stored) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      return Optional.empty();
    }
  }

  /** The guest is the destination's, for ever. This host only gives it what it may still lack. */
  record Completed(int stored) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      return Optional.empty();
    }

    @Override
    public Optional<Step<SourcePhase, Effect>> answer(Request.ToSource request) {
      if (request instanceof Request.GivePage give) {
        return step(this, new Effect.SendPage(give.page()));
      }
      return request instanceof Request.ConfirmPromise ? step(this) : Optional.empty();
    }
  }

  // A copy that is older than the page is none.
  private static boolean wanted(CopyAhead copy, PageSet copied, Protocol protocol) {
    boolean missing = !copied.contains(copy.page());
    boolean old = copy.written() && !protocol.has(Mutant.COPIED_ONCE);
    return protocol.copiesAhead() && (missing || old);
  }

  // The log is cleared before the page is read: what the guest writes in between must show in it.
  private static Optional<Step<SourcePhase, Effect>> copyAhead(SourcePhase phase, int page) {
    return step(
        phase, new Effect.ClearWritten(page), new Effect.AskStore(new Request.KeepPage(page)));
  }

  private static Optional<Step<SourcePhase, Effect>> step(SourcePhase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }
}
