package landfall.postcopy;

import java.util.Optional;
import landfall.postcopy.Action.AbortAttempt;
import landfall.postcopy.Action.AnswerDemand;
import landfall.postcopy.Action.Cancel;
import landfall.postcopy.Action.GiveUpConnection;
import landfall.postcopy.Action.OfferHandover;
import landfall.postcopy.Action.PauseSource;
import landfall.postcopy.Action.ReceiveComplete;
import landfall.postcopy.Action.ReceivePageList;
import landfall.postcopy.Action.ReceiveReady;
import landfall.postcopy.Action.ReceiveResumed;
import landfall.postcopy.Action.ReclaimLock;
import landfall.postcopy.Action.Recover;
import landfall.postcopy.Action.ResumeUnacknowledged;
import landfall.postcopy.Action.SendPage;
import landfall.postcopy.Action.StartAttempt;
import landfall.postcopy.Action.StartRound;
import landfall.precopy.PageSet;
import landfall.protocol.Step;

/**
 * The source of a post-copy migration, {@code PostCopy!source}. Transitions:
 *
 * <ul>
 *   <li>Running to PreCopy: StartAttempt
 *   <li>PreCopy to itself: SendPage, StartRound
 *   <li>PreCopy to Paused: PauseSource
 *   <li>Paused to Offered: OfferHandover
 *   <li>Offered to HandedOver: ReceiveReady, the point of no return
 *   <li>HandedOver to Serving: ReceiveResumed, ReceivePageList
 *   <li>HandedOver to Running: ReclaimLock if the guest was still its own
 *   <li>HandedOver to Serving: ReclaimLock otherwise
 *   <li>Serving to itself: SendPage, AnswerDemand, ReceivePageList
 *   <li>HandedOver, Serving to themselves: GiveUpConnection, and Recover on a new connection; with
 *       an arbiter Recover in Serving only
 *   <li>Serving to Completed: ReceiveComplete
 *   <li>PreCopy, Paused, Offered to Running: Cancel, AbortAttempt
 * </ul>
 *
 * <p>Until Completed the source holds the only copy of every page that is pending or on its way:
 * memory is freed in no phase before.
 */
public sealed interface SourcePhase {

  /** Number of the latest connection, 0 before the first. A recovery opens one, too. */
  int attempt();

  /** The step taken on an action, or nothing if the action is not enabled in this phase. */
  Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol);

  /** Name of the phase in the specification, in traces and in status reports. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** Pages that are still to be sent. */
  default PageSet pending() {
    return PageSet.empty();
  }

  /** Number of the pre-copy round, 0 when none is under way. */
  default int round() {
    return 0;
  }

  /** The phase of a host that holds a guest and has not begun to move it. */
  static SourcePhase initial() {
    return new Running(0);
  }

  /** The guest runs here; no attempt is under way. */
  record Running(int attempt) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof StartAttempt) {
        int next = attempt + 1;
        // Every page, at a retry too: what an earlier attempt sent was discarded with it.
        return step(
            new PreCopy(next, 1, PageSet.all(protocol.pages())),
            new Effect.StartDirtyLog(),
            new Effect.SendHello(next));
      }
      return notEnabled();
    }
  }

  /** Rounds of pages are sent while the guest runs on, until the operator wants the switchover. */
  record PreCopy(int attempt, int round, PageSet pending) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof SendPage send && !pending.isEmpty()) {
        return step(
            new PreCopy(attempt, round, pending.withoutLowest(send.pages())),
            new Effect.SendPages(attempt, pending.lowest(send.pages())));
      }
      if (action instanceof StartRound start && pending.isEmpty() && !start.dirty().isEmpty()) {
        return step(new PreCopy(attempt, round + 1, start.dirty()));
      }
      if (action instanceof PauseSource pause) {
        // No host runs the guest from here until ResumeDestination or an abort. What was never
        // sent and what was written since it was sent last are pending from here on.
        return step(
            new Paused(attempt, pending.union(pause.dirty())),
            new Effect.PauseGuest(),
            new Effect.StopDirtyLog());
      }
      if (action instanceof Cancel || action instanceof AbortAttempt) {
        return step(
            new Running(attempt), new Effect.CloseConnection(attempt), new Effect.StopDirtyLog());
      }
      return notEnabled();
    }
  }

  /** The guest is paused. */
  record Paused(int attempt, PageSet pending) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof OfferHandover) {
        PageSet discard = protocol.has(Mutant.DISCARD_LIST_NOT_SENT) ? PageSet.empty() : pending;
        return step(new Offered(attempt, pending), new Effect.SendDeviceState(attempt, discard));
      }
      return action instanceof Cancel || action instanceof AbortAttempt
          ? takeBack(attempt)
          : notEnabled();
    }
  }

  /** The device state is sent; the source waits for the word that it arrived. */
  record Offered(int attempt, PageSet pending) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof ReceiveReady ready && ready.attempt() == attempt) {
        // The lock is offered before the message that lets the destination take it.
        return step(
            new HandedOver(attempt, pending),
            protocol.arbiter()
                ? new Effect[] {
                  new Effect.ReleaseLock(ready.from(), attempt), new Effect.SendHandover(attempt)
                }
                : new Effect[] {new Effect.SendHandover(attempt)});
      }
      return action instanceof Cancel || action instanceof AbortAttempt
          ? takeBack(attempt)
          : notEnabled();
    }
  }

  /**
   * The guest was given away, and until the destination says so it is in doubt who has it. Neither
   * an operator nor a lost connection may bring it back: only the arbiter can.
   */
  record HandedOver(int attempt, PageSet pending) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof ReceiveResumed resumed && resumed.attempt() == attempt) {
        return step(new Serving(attempt, pending));
      }
      if (action instanceof ReceivePageList list && list.attempt() == attempt) {
        return serve(list, pending, protocol);
      }
      if (action instanceof GiveUpConnection) {
        return step(this, new Effect.CloseConnection(attempt));
      }
      if (action instanceof Recover && !protocol.arbiter()) {
        int next = attempt + 1;
        return step(new HandedOver(next, pending), new Effect.SendRecover(next, true));
      }
      if (action instanceof ReclaimLock reclaim && protocol.arbiter()) {
        // If the destination has the lock, it has the guest, and needs its pages.
        return reclaim.taken()
            ? takeBack(attempt)
            : step(new Serving(attempt, pending), new Effect.CloseConnection(attempt));
      }
      if (action instanceof ResumeUnacknowledged && protocol.has(Mutant.RESUME_UNACKNOWLEDGED)) {
        return takeBack(attempt);
      }
      return notEnabled();
    }
  }

  /** The destination runs the guest, and this host has the pages that it lacks. */
  record Serving(int attempt, PageSet pending) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof SendPage send && !pending.isEmpty()) {
        return step(
            new Serving(attempt, pending.withoutLowest(send.pages())),
            new Effect.SendPages(attempt, pending.lowest(send.pages())));
      }
      if (action instanceof AnswerDemand demand && demand.attempt() == attempt) {
        return answer(PageSet.of(demand.page()));
      }
      if (action instanceof ReceivePageList list && list.attempt() == attempt) {
        return serve(list, pending, protocol);
      }
      if (action instanceof ReceiveComplete complete && complete.attempt() == attempt) {
        return step(new Completed(attempt, pending), new Effect.CloseConnection(attempt));
      }
      if (action instanceof GiveUpConnection) {
        return step(this, new Effect.CloseConnection(attempt));
      }
      if (action instanceof Recover) {
        int next = attempt + 1;
        return step(new Serving(next, pending), new Effect.SendRecover(next, false));
      }
      return notEnabled();
    }

    // A page that is asked for overtakes the push. One that was sent is on its way, or will be in
    // the list of the next connection: it is not sent twice.
    private Optional<Step<SourcePhase, Effect>> answer(PageSet asked) {
      PageSet sent = asked.intersection(pending);
      var phase = new Serving(attempt, pending.without(sent));
      return sent.isEmpty() ? step(phase) : step(phase, new Effect.SendPages(attempt, sent));
    }
  }

  /**
   * The destination has the guest and all of its pages. What is left here is a shell.
   *
   * @param pending empty, unless a mistake was made
   */
  record Completed(int attempt, PageSet pending) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase, Effect>> on(Action.OfSource action, Protocol protocol) {
      return notEnabled();
    }
  }

  // What was sent on the lost connection may be lost. The destination alone knows what arrived.
  private static Optional<Step<SourcePhase, Effect>> serve(
      ReceivePageList list, PageSet pending, Protocol protocol) {
    boolean trusting = protocol.has(Mutant.PAGE_LIST_NOT_SENT);
    return step(new Serving(list.attempt(), trusting ? pending : list.missing()));
  }

  private static Optional<Step<SourcePhase, Effect>> step(SourcePhase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }

  private static Optional<Step<SourcePhase, Effect>> notEnabled() {
    return Optional.empty();
  }

  // A failed attempt leaves nothing behind that a retry could trust (PostCopy!ForgetAttempt). The
  // dirty log is off since the pause.
  private static Optional<Step<SourcePhase, Effect>> takeBack(int attempt) {
    return step(new Running(attempt), new Effect.CloseConnection(attempt), new Effect.RunGuest());
  }
}
