package landfall.precopy;

import java.util.Optional;
import landfall.precopy.Action.AbortAttempt;
import landfall.precopy.Action.Cancel;
import landfall.precopy.Action.GiveUpConnection;
import landfall.precopy.Action.OfferHandover;
import landfall.precopy.Action.PauseSource;
import landfall.precopy.Action.ReceiveReady;
import landfall.precopy.Action.ReceiveResumed;
import landfall.precopy.Action.ReclaimLock;
import landfall.precopy.Action.ResendHandover;
import landfall.precopy.Action.ResumeUnacknowledged;
import landfall.precopy.Action.SendPage;
import landfall.precopy.Action.StartAttempt;
import landfall.precopy.Action.StartRound;

/**
 * The source of a pre-copy migration, {@code PreCopy!source}. Transitions:
 *
 * <ul>
 *   <li>Running to PreCopy: StartAttempt
 *   <li>PreCopy to itself: SendPage, StartRound
 *   <li>PreCopy to Paused: PauseSource
 *   <li>Paused to itself: SendPage, StartRound
 *   <li>Paused to Offered: OfferHandover
 *   <li>Offered to HandedOver: ReceiveReady, the point of no return
 *   <li>HandedOver to itself: ResendHandover, GiveUpConnection
 *   <li>HandedOver to Completed: ReceiveResumed, or ReclaimLock if the destination has the lock
 *   <li>HandedOver to Running: ReclaimLock if the lock was still free
 *   <li>PreCopy, Paused, Offered to Running: Cancel, AbortAttempt
 * </ul>
 */
public sealed interface SourcePhase {

  /** Number of the latest attempt, 0 before the first. */
  int attempt();

  /** The step taken on an action, or nothing if the action is not enabled in this phase. */
  Optional<Step<SourcePhase>> on(Action.OfSource action, Protocol protocol);

  /** Name of the phase in the specification, in traces and in status reports. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** Number of the round, 0 outside an attempt. */
  default int round() {
    return 0;
  }

  /** Pages that the round still has to send. */
  default PageSet pending() {
    return PageSet.empty();
  }

  /** The phase of a host that holds a guest and has not begun to move it. */
  static SourcePhase initial() {
    return new Running(0);
  }

  /** The guest runs here; no attempt is under way. */
  record Running(int attempt) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof StartAttempt) {
        int next = attempt + 1;
        return step(
            new PreCopy(next, 1, firstRound(protocol)),
            new Effect.StartDirtyLog(),
            new Effect.SendHello(next));
      }
      return notEnabled();
    }

    // Every page, at a retry too: what an earlier attempt sent was discarded with it.
    private PageSet firstRound(Protocol protocol) {
      if (attempt > 0 && protocol.has(Mutant.RETRY_SENDS_DIRTY_ONLY)) {
        return PageSet.empty();
      }
      if (protocol.has(Mutant.MISS_PAGES_AT_START)) {
        return PageSet.all(protocol.pages()).withoutLowest(1 + protocol.pages() / 2);
      }
      return PageSet.all(protocol.pages());
    }
  }

  /** Rounds of pages are sent while the guest runs on. */
  record PreCopy(int attempt, int round, PageSet pending) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof SendPage send && !pending.isEmpty()) {
        return step(
            new PreCopy(attempt, round, pending.withoutLowest(send.pages())),
            new Effect.SendPages(attempt, round, pending.lowest(send.pages()), false));
      }
      if (action instanceof StartRound start
          && pending.isEmpty()
          && start.dirty().size() > start.fewEnough()) {
        return step(new PreCopy(attempt, round + 1, start.dirty()));
      }
      if (action instanceof PauseSource pause
          && pending.isEmpty()
          && pause.dirtyPages() <= pause.fewEnough()) {
        // No host runs the guest from here until ResumeDestination or an abort.
        return step(new Paused(attempt, round, PageSet.empty()), new Effect.PauseGuest());
      }
      if (action instanceof Cancel || action instanceof AbortAttempt) {
        return step(
            new Running(attempt), new Effect.CloseConnections(attempt), new Effect.StopDirtyLog());
      }
      return notEnabled();
    }
  }

  /** The guest is paused; the pages that it dirtied last are sent. */
  record Paused(int attempt, int round, PageSet pending) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof SendPage send && !pending.isEmpty()) {
        return step(
            new Paused(attempt, round, pending.withoutLowest(send.pages())),
            new Effect.SendPages(attempt, round, pending.lowest(send.pages()), true));
      }
      if (action instanceof StartRound start && pending.isEmpty() && !start.dirty().isEmpty()) {
        return step(new Paused(attempt, round + 1, start.dirty()));
      }
      if (action instanceof OfferHandover offer && pending.isEmpty() && offer.dirtyPages() == 0) {
        return step(new Offered(attempt, round), new Effect.SendDeviceState(attempt));
      }
      return action instanceof Cancel || action instanceof AbortAttempt
          ? takeBack(attempt)
          : notEnabled();
    }
  }

  /** The whole image is sent; the source waits for the word that it arrived. */
  record Offered(int attempt, int round) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof ReceiveReady ready && ready.attempt() == attempt) {
        // The lock is released before the message that lets the destination take it.
        return step(
            new HandedOver(attempt, round),
            protocol.arbiter()
                ? new Effect[] {new Effect.ReleaseLock(), new Effect.SendHandover(attempt)}
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
  record HandedOver(int attempt, int round) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase>> on(Action.OfSource action, Protocol protocol) {
      if (action instanceof ReceiveResumed resumed && resumed.attempt() == attempt) {
        return step(new Completed(attempt, round), new Effect.CloseConnections(attempt));
      }
      if (action instanceof ResendHandover && !protocol.arbiter()) {
        return step(this, new Effect.SendHandover(attempt));
      }
      if (action instanceof GiveUpConnection) {
        return step(this, new Effect.CloseConnections(attempt));
      }
      if (action instanceof ReclaimLock reclaim && protocol.arbiter()) {
        return reclaim.taken()
            ? takeBack(attempt)
            : step(new Completed(attempt, 0), new Effect.CloseConnections(attempt));
      }
      if (action instanceof ResumeUnacknowledged && protocol.has(Mutant.RESUME_UNACKNOWLEDGED)) {
        return takeBack(attempt);
      }
      return notEnabled();
    }
  }

  /** The destination has the guest. What is left here is a shell. */
  record Completed(int attempt, int round) implements SourcePhase {
    @Override
    public Optional<Step<SourcePhase>> on(Action.OfSource action, Protocol protocol) {
      return notEnabled();
    }
  }

  private static Optional<Step<SourcePhase>> step(SourcePhase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }

  private static Optional<Step<SourcePhase>> notEnabled() {
    return Optional.empty();
  }

  // A failed attempt leaves nothing behind that a retry could trust (PreCopy!ForgetAttempt).
  private static Optional<Step<SourcePhase>> takeBack(int attempt) {
    return step(
        new Running(attempt),
        new Effect.CloseConnections(attempt),
        new Effect.StopDirtyLog(),
        new Effect.RunGuest());
  }
}
