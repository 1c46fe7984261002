package landfall.checkpoint;

import java.util.Optional;
import landfall.checkpoint.Action.AskOwnership;
import landfall.checkpoint.Action.BecomeOwner;
import landfall.checkpoint.Action.ClaimLock;
import landfall.checkpoint.Action.DropForward;
import landfall.checkpoint.Action.LearnSuperseded;
import landfall.checkpoint.Action.OwnUnasked;
import landfall.checkpoint.Action.ReceiveCheckpointDone;
import landfall.checkpoint.Action.ReceivePage;
import landfall.checkpoint.Action.ReceiveSuperseded;
import landfall.checkpoint.Action.ReleaseOutput;
import landfall.checkpoint.Action.RetakeCheckpoint;
import landfall.checkpoint.Action.TakeCheckpoint;
import landfall.precopy.PageSet;
import landfall.protocol.Step;

/**
 * The destination after the switchover, {@code ReverseCheckpoint!destination}. Transitions:
 *
 * <ul>
 *   <li>Running to itself: ReceivePage, TakeCheckpoint, RetakeCheckpoint, ReceiveCheckpointDone,
 *       ReleaseOutput, AskOwnership
 *   <li>Running to Owner: BecomeOwner; with an arbiter ClaimLock, if no page is missing
 *   <li>Running to Superseded: ReceiveSuperseded; with an arbiter LearnSuperseded
 *   <li>Owner, Superseded to themselves: DropForward
 * </ul>
 */
public sealed interface DestinationPhase {

  /** Pages that are not here. The guest cannot touch them. */
  PageSet missing();

  /** Position of the last checkpoint that the source is known to have; 0 before the first. */
  int acknowledged();

  /** Position of the last checkpoint taken, {@code acknowledged} if that is to be taken again. */
  int taken();

  /** Whether output that the guest makes now stays here until it is released. */
  boolean holdsOutput(Protocol protocol);

  /** The step taken on an action, or nothing if the action is not enabled in this phase. */
  Optional<Step<DestinationPhase, Effect>> on(Action.OfDestination action, Protocol protocol);

  /** Name of the phase in the specification, in traces and in status reports. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** The phase of a host that has just resumed a guest of so many pages, and has none of them. */
  static DestinationPhase initial(int pages) {
    return new Running(PageSet.all(pages), 0, 0);
  }

  /** The guest runs here as long as the source does not take it back: its output is held. */
  record Running(PageSet missing, int acknowledged, int taken) implements DestinationPhase {
    @Override
    public boolean holdsOutput(Protocol protocol) {
      return !protocol.has(Mutant.OUTPUT_NOT_HELD);
    }

    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      if (action instanceof ReceivePage arrived) {
        return place(arrived.pages());
      }
      // Without a step of the guest since the last checkpoint there is nothing to send.
      if (action instanceof TakeCheckpoint take && take.position() > taken) {
        return step(
            new Running(missing, acknowledged, take.position()),
            new Effect.SendCheckpoint(take.position(), acknowledged));
      }
      if (action instanceof RetakeCheckpoint && taken > acknowledged) {
        return step(new Running(missing, acknowledged, acknowledged));
      }
      if (action instanceof ReceiveCheckpointDone done) {
        return step(new Running(missing, Math.max(acknowledged, done.position()), taken));
      }
      // What the source has not confirmed may never have happened.
      if (action instanceof ReleaseOutput release && release.released() < acknowledged) {
        return step(this, new Effect.ReleaseOutput(acknowledged));
      }
      if (action instanceof AskOwnership && missing.isEmpty()) {
        return ask(protocol);
      }
      if (action instanceof BecomeOwner
          || action instanceof OwnUnasked
              && protocol.arbiter()
              && protocol.has(Mutant.OWNER_UNASKED)) {
        return step(new Owner(missing, acknowledged, taken), new Effect.ReleaseAllOutput());
      }
      // With pages missing it would tear a guest apart that the source could take back whole.
      if (action instanceof ClaimLock
          && protocol.arbiter()
          && (missing.isEmpty() || protocol.has(Mutant.CLAIMED_TORN))) {
        return step(
            new Owner(missing, acknowledged, taken),
            new Effect.ReleaseAllOutput(),
            new Effect.CloseLink());
      }
      if (action instanceof LearnSuperseded && protocol.arbiter()) {
        return step(
            new Superseded(missing, acknowledged, taken),
            new Effect.StopGuest(),
            new Effect.CloseLink());
      }
      if (action instanceof ReceiveSuperseded) {
        return step(
            new Superseded(missing, acknowledged, taken),
            new Effect.StopGuest(),
            new Effect.ResetLink());
      }
      return Optional.empty();
    }

    // Where there is a page, the guest may have written it: what is here is newer.
    private Optional<Step<DestinationPhase, Effect>> place(PageSet arrived) {
      PageSet placed = arrived.intersection(missing);
      return placed.isEmpty()
          ? step(this)
          : step(
              new Running(missing.without(placed), acknowledged, taken),
              new Effect.PlacePage(placed));
    }

    // The question may be lost, and the source may suspect a crash: until it has answered, it may
    // recover, and nothing here may end.
    private Optional<Step<DestinationPhase, Effect>> ask(Protocol protocol) {
      return protocol.has(Mutant.END_NOT_ACKNOWLEDGED)
          ? step(
              new Owner(missing, acknowledged, taken),
              new Effect.SendAskOwnership(),
              new Effect.ReleaseAllOutput())
          : step(this, new Effect.SendAskOwnership());
    }
  }

  /**
   * The guest is this host's, and its output leaves at once.
   *
   * @param missing empty: the source is not needed any more
   */
  record Owner(PageSet missing, int acknowledged, int taken) implements DestinationPhase {
    @Override
    public boolean holdsOutput(Protocol protocol) {
      return false;
    }

    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      // Only by this mistake is a page missing, and one that was sent all the same may come.
      if (action instanceof ReceivePage arrived
          && protocol.arbiter()
          && protocol.has(Mutant.CLAIMED_TORN)) {
        PageSet placed = arrived.pages().intersection(missing);
        return placed.isEmpty()
            ? step(this)
            : step(
                new Owner(missing.without(placed), acknowledged, taken),
                new Effect.PlacePage(placed));
      }
      return action instanceof DropForward ? step(this) : Optional.empty();
    }
  }

  /** The guest is the source's again. What is left here is a shell. */
  record Superseded(PageSet missing, int acknowledged, int taken) implements DestinationPhase {
    @Override
    public boolean holdsOutput(Protocol protocol) {
      return true;
    }

    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      return action instanceof DropForward ? step(this) : Optional.empty();
    }
  }

  private static Optional<Step<DestinationPhase, Effect>> step(
      DestinationPhase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }
}
