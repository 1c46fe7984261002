package landfall.forwardcheckpoint;

import java.util.Optional;
import landfall.forwardcheckpoint.Action.BecomeOwner;
import landfall.forwardcheckpoint.Action.ClaimGuest;
import landfall.forwardcheckpoint.Action.CommitCheckpoint;
import landfall.forwardcheckpoint.Action.FetchPage;
import landfall.forwardcheckpoint.Action.FinishClaim;
import landfall.forwardcheckpoint.Action.GrantOwnership;
import landfall.forwardcheckpoint.Action.LearnSuperseded;
import landfall.forwardcheckpoint.Action.ReceiveCheckpointDone;
import landfall.forwardcheckpoint.Action.ReleaseOutput;
import landfall.precopy.PageSet;
import landfall.protocol.Step;

/**
 * The destination, {@code ForwardCheckpoint!destination}. Transitions:
 *
 * <ul>
 *   <li>Waiting to Running: when asked to run the guest
 *   <li>Running to itself: FetchPage, CommitCheckpoint if the keeper takes it,
 *       ReceiveCheckpointDone, ReleaseOutput, GrantOwnership
 *   <li>Running to Claimed: ClaimGuest, if the store gives it the claim
 *   <li>Running to Superseded: LearnSuperseded, if the store says that the source has the claim
 *   <li>Running to Owner: BecomeOwner, if the source says that it has promised
 *   <li>Claimed to itself: FetchPage
 *   <li>Claimed to Owner: FinishClaim
 * </ul>
 */
public sealed interface DestinationPhase {

  /** Pages that are not here. The guest cannot touch them. */
  PageSet missing();

  /** Position of the last checkpoint that the keeper is known to have; 0 before the switchover. */
  int acknowledged();

  /** Whether output that the guest makes now stays here until it is released. */
  default boolean holdsOutput() {
    return true;
  }

  /** The step taken on an action, or nothing if the action is not enabled in this phase. */
  Optional<Step<DestinationPhase, Effect>> on(Action.OfDestination action, Protocol protocol);

  /** The step taken to answer the source, or nothing if the answer is no. */
  default Optional<Step<DestinationPhase, Effect>> answer(Request.ToDestination request) {
    return Optional.empty();
  }

  /** Name of the phase in the specification. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** The phase of a host that has nothing of a guest of so many pages. */
  static DestinationPhase initial(int pages) {
    return new Waiting(PageSet.all(pages));
  }

  /** The guest is the source's. */
  record Waiting(PageSet missing) implements DestinationPhase {
    @Override
    public int acknowledged() {
      return 0;
    }

    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      return Optional.empty();
    }

    // The image that the guest begins with is the first checkpoint.
    @Override
    public Optional<Step<DestinationPhase, Effect>> answer(Request.ToDestination request) {
      return request instanceof Request.RunGuest run
          ? step(new Running(missing, run.position()), new Effect.ResumeFrom(run.position()))
          : Optional.empty();
    }
  }

  /** The guest runs here as long as the source does not take it back: its output is held. */
  record Running(PageSet missing, int acknowledged) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      if (action instanceof FetchPage fetch && missing.contains(fetch.page())) {
        return fetch(new Running(without(missing, fetch), acknowledged), fetch);
      }
      // Without a step of the guest since the last checkpoint there is nothing to commit.
      if (action instanceof CommitCheckpoint take && take.position() > acknowledged) {
        PageSet here = PageSet.all(protocol.pages()).without(missing);
        var commit = new Request.CommitPages(take.position(), here);
        return step(
            this, protocol.staged() ? new Effect.AskStore(commit) : new Effect.AskSource(commit));
      }
      if (action instanceof ReceiveCheckpointDone done && done.position() > acknowledged) {
        return step(new Running(missing, done.position()));
      }
      // What the keeper has not confirmed may never have happened.
      if (action instanceof ReleaseOutput release && release.released() < acknowledged) {
        return step(this, new Effect.ReleaseOutput(acknowledged));
      }
      return end(action, protocol);
    }

    private Optional<Step<DestinationPhase, Effect>> end(
        Action.OfDestination action, Protocol protocol) {
      // The source may be well, and about to take the guest back. Who asks first goes on.
      if (action instanceof ClaimGuest) {
        var release = new Effect.ReleaseAllOutput();
        return protocol.has(Mutant.NOT_CLAIMED)
            ? step(new Claimed(missing, acknowledged), release)
            : step(
                new Claimed(missing, acknowledged),
                new Effect.AskStore(new Request.TakeClaim(Claim.DESTINATION)),
                release);
      }
      if (action instanceof LearnSuperseded) {
        return step(
            new Superseded(missing, acknowledged),
            new Effect.AskStore(new Request.ConfirmClaim(Claim.SOURCE)),
            new Effect.StopGuest());
      }
      // The promise is asked for when the source has nothing left that is needed. That it was given
      // is not known here until it is asked for again: an answer can be lost, a question repeated.
      if (action instanceof GrantOwnership && missing.isEmpty()) {
        return step(this, new Effect.AskSource(new Request.PromiseNotToRecover()));
      }
      return action instanceof BecomeOwner && missing.isEmpty()
          ? step(
              new Owner(missing, acknowledged),
              new Effect.AskSource(new Request.ConfirmPromise()),
              new Effect.ReleaseAllOutput())
          : Optional.empty();
    }
  }

  /** The guest is this host's, and nothing holds its output. Pages may still be missing. */
  record Claimed(PageSet missing, int acknowledged) implements DestinationPhase {
    @Override
    public boolean holdsOutput() {
      return false;
    }

    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      if (action instanceof FetchPage fetch && missing.contains(fetch.page())) {
        return fetch(new Claimed(without(missing, fetch), acknowledged), fetch);
      }
      return action instanceof FinishClaim && missing.isEmpty()
          ? step(new Owner(missing, acknowledged))
          : Optional.empty();
    }
  }

  /**
   * The guest is this host's, whole.
   *
   * @param missing empty: no other place is needed any more
   */
  record Owner(PageSet missing, int acknowledged) implements DestinationPhase {
    @Override
    public boolean holdsOutput() {
      return false;
    }

    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      return Optional.empty();
    }
  }

  /** The guest is the source's again. What is left here is a shell. */
  record Superseded(PageSet missing, int acknowledged) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      return Optional.empty();
    }
  }

  private static PageSet without(PageSet missing, FetchPage fetch) {
    return missing.without(fetch.page());
  }

  // A page that is missing was not written since the switchover, so any copy of it will do, if it
  // was the newest then.
  private static Optional<Step<DestinationPhase, Effect>> fetch(
      DestinationPhase phase, FetchPage fetch) {
    var give = new Request.GivePage(fetch.page());
    return step(
        phase,
        fetch.from() == Place.STORE ? new Effect.AskStore(give) : new Effect.AskSource(give),
        new Effect.PlacePage(fetch.page()));
  }

  private static Optional<Step<DestinationPhase, Effect>> step(
      DestinationPhase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }
}
