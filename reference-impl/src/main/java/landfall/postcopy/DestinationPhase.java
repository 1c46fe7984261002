package landfall.postcopy;

import java.util.Optional;
import landfall.postcopy.Action.ClaimLock;
import landfall.postcopy.Action.DemandPage;
import landfall.postcopy.Action.DiscardImage;
import landfall.postcopy.Action.LearnSuperseded;
import landfall.postcopy.Action.ReceiveDeviceState;
import landfall.postcopy.Action.ReceiveHello;
import landfall.postcopy.Action.ReceivePage;
import landfall.postcopy.Action.ReceiveRecover;
import landfall.postcopy.Action.RefuseHandover;
import landfall.postcopy.Action.ResumeDestination;
import landfall.postcopy.Action.ResumeUnasked;
import landfall.postcopy.Action.SendComplete;
import landfall.precopy.PageSet;
import landfall.protocol.Step;

/**
 * The destination of a post-copy migration, {@code PostCopy!destination}. Transitions:
 *
 * <ul>
 *   <li>Waiting, Receiving, Ready to Receiving: ReceiveHello of a newer attempt
 *   <li>Receiving to itself: ReceivePage
 *   <li>Receiving to Ready: ReceiveDeviceState
 *   <li>Receiving to Waiting: DiscardImage
 *   <li>Ready to Running: ResumeDestination; ReceiveRecover of a source in doubt, without an
 *       arbiter; ClaimLock, with one, if no page is missing
 *   <li>Ready to Waiting: RefuseHandover, LearnSuperseded
 *   <li>Running to itself: ReceivePage, DemandPage, ReceiveRecover on a newer connection,
 *       SendComplete; ResumeDestination, when it is asked again
 * </ul>
 */
public sealed interface DestinationPhase {

  /** Number of the connection taken up last, 0 before the first. */
  int accepted();

  /** Pages that are not here. The guest cannot touch them. */
  PageSet missing();

  /** The step taken on an action, or nothing if the action is not enabled in this phase. */
  Optional<Step<DestinationPhase, Effect>> on(Action.OfDestination action, Protocol protocol);

  /** Name of the phase in the specification, in traces and in status reports. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** Pages that the guest waits for, asked of the source. */
  default PageSet requested() {
    return PageSet.empty();
  }

  /** The phase of a host that waits for a guest of so many pages. */
  static DestinationPhase initial(int pages) {
    return new Waiting(0, PageSet.all(pages));
  }

  /** No attempt is under way. What an attempt before left in memory is nobody's. */
  record Waiting(int accepted, PageSet missing) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      return takeUpNewer(action, accepted, protocol);
    }
  }

  /** Pages of the accepted attempt arrive; the guest is the source's. */
  record Receiving(int accepted, PageSet missing) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      if (action instanceof ReceivePage page && page.attempt() == accepted) {
        return step(
            new Receiving(accepted, missing.without(page.pages())),
            new Effect.PlacePages(page.pages()));
      }
      if (action instanceof ReceiveDeviceState state && state.attempt() == accepted) {
        // What was written since it was sent must fault as what was never sent does.
        return step(
            new Ready(accepted, missing.union(state.discard())),
            new Effect.DiscardPages(state.discard()),
            new Effect.StoreDeviceState(),
            new Effect.SendReady(accepted));
      }
      if (action instanceof DiscardImage) {
        return step(new Waiting(accepted, missing), new Effect.CloseConnections(accepted));
      }
      return takeUpNewer(action, accepted, protocol);
    }
  }

  /**
   * The device state is here: with the pages that the source has, this is the guest. It is kept
   * whatever happens to the connection, and only the source (or the arbiter) knows whose it is.
   */
  record Ready(int accepted, PageSet missing) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      if (action instanceof ResumeDestination resume && resume.attempt() == accepted) {
        return step(
            new Running(accepted, missing, PageSet.empty()),
            new Effect.RunGuest(),
            new Effect.SendResumed(accepted));
      }
      if (action instanceof ReceiveRecover recover
          && recover.attempt() > accepted
          && recover.handover()
          && !protocol.arbiter()) {
        return step(
            new Running(recover.attempt(), missing, PageSet.empty()),
            new Effect.CloseConnections(recover.attempt() - 1),
            new Effect.RunGuest(),
            new Effect.SendPageList(recover.attempt(), missing));
      }
      if (action instanceof RefuseHandover refuse
          && refuse.attempt() == accepted
          && protocol.arbiter()) {
        return step(new Waiting(accepted, missing), new Effect.CloseConnections(accepted));
      }
      if (action instanceof LearnSuperseded && protocol.arbiter()) {
        return step(new Waiting(accepted, missing), new Effect.CloseConnections(accepted));
      }
      // With pages missing it would tear a guest apart that the source could take back whole.
      if (action instanceof ClaimLock && protocol.arbiter() && missing.isEmpty()) {
        return step(
            new Running(accepted, missing, PageSet.empty()),
            new Effect.CloseConnections(accepted),
            new Effect.RunGuest());
      }
      if (action instanceof ResumeUnasked resume
          && resume.attempt() == accepted
          && protocol.arbiter()
          && protocol.has(Mutant.HANDOVER_UNASKED)) {
        return step(
            new Running(accepted, missing, PageSet.empty()),
            new Effect.RunGuest(),
            new Effect.SendResumed(accepted));
      }
      return takeUpNewer(action, accepted, protocol);
    }
  }

  /** The guest runs here, and waits whenever it touches a missing page. */
  record Running(int accepted, PageSet missing, PageSet requested) implements DestinationPhase {
    @Override
    public Optional<Step<DestinationPhase, Effect>> on(
        Action.OfDestination action, Protocol protocol) {
      if (action instanceof ReceivePage page && page.attempt() == accepted) {
        return place(page.pages(), protocol);
      }
      if (action instanceof DemandPage demand
          && missing.contains(demand.page())
          && !requested.contains(demand.page())) {
        return step(
            new Running(accepted, missing, requested.union(PageSet.of(demand.page()))),
            new Effect.SendDemand(accepted, demand.page()));
      }
      if (action instanceof ReceiveRecover recover && recover.attempt() > accepted) {
        // What was asked for on the old connection is in the list: no fault is forgotten.
        return step(
            new Running(recover.attempt(), missing, requested),
            new Effect.CloseConnections(recover.attempt() - 1),
            new Effect.SendPageList(recover.attempt(), missing));
      }
      if (action instanceof SendComplete && missing.isEmpty()) {
        return step(this, new Effect.SendComplete(accepted));
      }
      if (action instanceof ResumeDestination resume && resume.attempt() == accepted) {
        return step(this, new Effect.SendResumed(accepted));
      }
      return Optional.empty();
    }

    // A page is placed where there is none. Where there is one, the guest may have written since
    // it was sent: what is here is newer.
    private Optional<Step<DestinationPhase, Effect>> place(PageSet arrived, Protocol protocol) {
      boolean overwriting = protocol.has(Mutant.STALE_PAGE_OVER_NEWER);
      PageSet placed = overwriting ? arrived : arrived.intersection(missing);
      var phase = new Running(accepted, missing.without(arrived), requested.without(arrived));
      return placed.isEmpty() ? step(phase) : step(phase, new Effect.PlacePages(placed));
    }
  }

  private static Optional<Step<DestinationPhase, Effect>> step(
      DestinationPhase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }

  // The connection of the attempt before is closed, so that no stale frame of it is ever read.
  private static Optional<Step<DestinationPhase, Effect>> takeUpNewer(
      Action.OfDestination action, int accepted, Protocol protocol) {
    if (action instanceof ReceiveHello hello && hello.attempt() > accepted) {
      return step(
          new Receiving(hello.attempt(), PageSet.all(protocol.pages())),
          new Effect.CloseConnections(hello.attempt() - 1),
          new Effect.ClearMemory());
    }
    return Optional.empty();
  }
}
