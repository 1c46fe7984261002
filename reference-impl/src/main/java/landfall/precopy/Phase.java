package landfall.precopy;

import java.util.Optional;
import landfall.precopy.Action.AbortAttempt;
import landfall.precopy.Action.Cancel;
import landfall.precopy.Action.ClaimLock;
import landfall.precopy.Action.DiscardImage;
import landfall.precopy.Action.GiveUpConnection;
import landfall.precopy.Action.LearnSuperseded;
import landfall.precopy.Action.OfferHandover;
import landfall.precopy.Action.PauseSource;
import landfall.precopy.Action.ReceiveDeviceState;
import landfall.precopy.Action.ReceiveHello;
import landfall.precopy.Action.ReceivePage;
import landfall.precopy.Action.ReceiveReady;
import landfall.precopy.Action.ReceiveResumed;
import landfall.precopy.Action.ReclaimLock;
import landfall.precopy.Action.RefuseHandover;
import landfall.precopy.Action.ResendHandover;
import landfall.precopy.Action.ResumeDestination;
import landfall.precopy.Action.ResumeUnacknowledged;
import landfall.precopy.Action.SendPage;
import landfall.precopy.Action.StartAttempt;
import landfall.precopy.Action.StartRound;
import landfall.protocol.Host;
import landfall.protocol.Step;

/**
 * A host of a pre-copy migration, {@code PreCopy!phase}. Source and destination are roles of an
 * attempt: a guest that arrived may leave again, and come back. Transitions:
 *
 * <ul>
 *   <li>Waiting, Receiving, Ready, Completed to Receiving: ReceiveHello of a newer attempt
 *   <li>Receiving to itself: ReceivePage
 *   <li>Receiving to Ready: ReceiveDeviceState
 *   <li>Receiving to Waiting: DiscardImage
 *   <li>Ready to Running: ResumeDestination, ClaimLock
 *   <li>Ready to Waiting: RefuseHandover, LearnSuperseded
 *   <li>Running to PreCopy: StartAttempt
 *   <li>PreCopy to itself: SendPage, StartRound
 *   <li>PreCopy to Paused: PauseSource
 *   <li>Paused to itself: SendPage, StartRound
 *   <li>Paused to Offered: OfferHandover
 *   <li>Offered to HandedOver: ReceiveReady, the point of no return
 *   <li>HandedOver to itself: ResendHandover, GiveUpConnection
 *   <li>HandedOver to Completed: ReceiveResumed, or ReclaimLock if the destination has the lock
 *   <li>HandedOver to Running: ReclaimLock if the offer of the lock still stood
 *   <li>PreCopy, Paused, Offered to Running: Cancel, AbortAttempt
 *   <li>Every phase to itself: ResumeDestination of an attempt by which the guest came here, when
 *       its source asks again
 * </ul>
 */
public sealed interface Phase {

  /** Number of the latest attempt to move the guest away from here, 0 before the first. */
  int attempt();

  /** Number of the attempt that was taken up here last, 0 before the first. */
  int accepted();

  /** The step taken on an action, or nothing if the action is not enabled in this phase. */
  Optional<Step<Phase, Effect>> on(Action action, Protocol protocol);

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

  /** No guest is here and no attempt is under way. */
  record Waiting(int attempt, int accepted) implements Phase {
    @Override
    public Optional<Step<Phase, Effect>> on(Action action, Protocol protocol) {
      return takeUpNewer(action, this, protocol);
    }
  }

  /** Pages of the accepted attempt arrive; the image is incomplete. */
  record Receiving(int attempt, int accepted) implements Phase {
    @Override
    public Optional<Step<Phase, Effect>> on(Action action, Protocol protocol) {
      if (action instanceof ReceivePage page && reads(page.attempt(), protocol)) {
        return step(this, new Effect.StorePages());
      }
      if (action instanceof ReceiveDeviceState state && state.attempt() == accepted) {
        return step(
            new Ready(attempt, accepted),
            new Effect.StoreDeviceState(),
            new Effect.SendReady(accepted));
      }
      if (action instanceof DiscardImage) {
        return step(new Waiting(attempt, accepted), new Effect.CloseConnections(accepted));
      }
      return takeUpNewer(action, this, protocol);
    }

    private boolean reads(int number, Protocol protocol) {
      return number == accepted || number < accepted && protocol.has(Mutant.ACCEPT_STALE_FRAMES);
    }
  }

  /**
   * The image is complete. It is kept whatever happens to the connection, since it may be the guest
   * by now, and only the source (or the arbiter) knows.
   */
  record Ready(int attempt, int accepted) implements Phase {
    @Override
    public Optional<Step<Phase, Effect>> on(Action action, Protocol protocol) {
      if (action instanceof ResumeDestination resume && resume.attempt() == accepted) {
        return step(
            new Running(attempt, accepted),
            new Effect.RunGuest(),
            new Effect.SendResumed(accepted));
      }
      if (action instanceof RefuseHandover refuse
          && refuse.attempt() == accepted
          && protocol.arbiter()) {
        return step(new Waiting(attempt, accepted));
      }
      if (action instanceof LearnSuperseded && protocol.arbiter()) {
        return step(new Waiting(attempt, accepted));
      }
      if (action instanceof ClaimLock && protocol.arbiter()) {
        return step(new Running(attempt, accepted), new Effect.RunGuest());
      }
      if (action instanceof DiscardImage && protocol.has(Mutant.IGNORE_LOST_HANDOVER)) {
        return step(new Running(attempt, accepted), new Effect.RunGuest());
      }
      return takeUpNewer(action, this, protocol);
    }
  }

  /** The guest runs here; no attempt to move it is under way. */
  record Running(int attempt, int accepted) implements Phase {
    @Override
    public Optional<Step<Phase, Effect>> on(Action action, Protocol protocol) {
      if (action instanceof StartAttempt) {
        // Numbers go on where the guest came from, so that no two owners ever use the same.
        int next = Math.max(attempt, accepted) + 1;
        return step(
            new PreCopy(next, accepted, 1, firstRound(protocol)),
            new Effect.StartDirtyLog(),
            new Effect.SendHello(next));
      }
      return answerAgain(action, this);
    }

    // Every page, at a retry too: what an earlier attempt sent was discarded with it.
    private PageSet firstRound(Protocol protocol) {
      boolean again = attempt > 0 || accepted > 0;
      if (again && protocol.has(Mutant.RETRY_SENDS_DIRTY_ONLY)) {
        return PageSet.empty();
      }
      if (protocol.has(Mutant.MISS_PAGES_AT_START)) {
        return PageSet.all(protocol.pages()).withoutLowest(1 + protocol.pages() / 2);
      }
      return PageSet.all(protocol.pages());
    }
  }

  /** Rounds of pages are sent while the guest runs on. */
  record PreCopy(int attempt, int accepted, int round, PageSet pending) implements Phase {
    @Override
    public Optional<Step<Phase, Effect>> on(Action action, Protocol protocol) {
      if (action instanceof SendPage send && !pending.isEmpty()) {
        return step(
            new PreCopy(attempt, accepted, round, pending.withoutLowest(send.pages())),
            new Effect.SendPages(attempt, round, pending.lowest(send.pages()), false));
      }
      if (action instanceof StartRound start
          && pending.isEmpty()
          && start.dirty().size() > start.fewEnough()) {
        return step(new PreCopy(attempt, accepted, round + 1, start.dirty()));
      }
      if (action instanceof PauseSource pause
          && pending.isEmpty()
          && pause.dirtyPages() <= pause.fewEnough()) {
        // No host runs the guest from here until ResumeDestination or an abort.
        return step(new Paused(attempt, accepted, round, PageSet.empty()), new Effect.PauseGuest());
      }
      if (action instanceof Cancel || action instanceof AbortAttempt) {
        return step(
            new Running(attempt, accepted),
            new Effect.CloseConnection(attempt),
            new Effect.StopDirtyLog());
      }
      return answerAgain(action, this);
    }
  }

  /** The guest is paused; the pages that it dirtied last are sent. */
  record Paused(int attempt, int accepted, int round, PageSet pending) implements Phase {
    @Override
    public Optional<Step<Phase, Effect>> on(Action action, Protocol protocol) {
      if (action instanceof SendPage send && !pending.isEmpty()) {
        return step(
            new Paused(attempt, accepted, round, pending.withoutLowest(send.pages())),
            new Effect.SendPages(attempt, round, pending.lowest(send.pages()), true));
      }
      if (action instanceof StartRound start && pending.isEmpty() && !start.dirty().isEmpty()) {
        return step(new Paused(attempt, accepted, round + 1, start.dirty()));
      }
      if (action instanceof OfferHandover offer && pending.isEmpty() && offer.dirtyPages() == 0) {
        return step(new Offered(attempt, accepted, round), new Effect.SendDeviceState(attempt));
      }
      return action instanceof Cancel || action instanceof AbortAttempt
          ? takeBack(this)
          : answerAgain(action, this);
    }
  }

  /** The whole image is sent; the source waits for the word that it arrived. */
  record Offered(int attempt, int accepted, int round) implements Phase {
    @Override
    public Optional<Step<Phase, Effect>> on(Action action, Protocol protocol) {
      if (action instanceof ReceiveReady ready && ready.attempt() == attempt) {
        var handedOver = new HandedOver(attempt, accepted, round);
        if (!protocol.arbiter()) {
          return step(handedOver, new Effect.SendHandover(attempt));
        }
        // The lock is offered before the message that lets the destination take it.
        var to =
            protocol.has(Mutant.LOCK_RELEASED_TO_ANYBODY)
                ? Optional.<Host>empty()
                : Optional.of(ready.from());
        return step(
            handedOver, new Effect.ReleaseLock(to, attempt), new Effect.SendHandover(attempt));
      }
      return action instanceof Cancel || action instanceof AbortAttempt
          ? takeBack(this)
          : answerAgain(action, this);
    }
  }

  /**
   * The guest was given away, and until the destination says so it is in doubt who has it. Neither
   * an operator nor a lost connection may bring it back: only the arbiter can.
   */
  record HandedOver(int attempt, int accepted, int round) implements Phase {
    @Override
    public Optional<Step<Phase, Effect>> on(Action action, Protocol protocol) {
      if (action instanceof ReceiveResumed resumed && resumed.attempt() == attempt) {
        return complete();
      }
      if (action instanceof ResendHandover && !protocol.arbiter()) {
        return step(this, new Effect.SendHandover(attempt));
      }
      if (action instanceof GiveUpConnection) {
        return step(this, new Effect.CloseConnection(attempt));
      }
      if (action instanceof ReclaimLock reclaim && protocol.arbiter()) {
        return reclaim.taken() ? takeBack(this) : complete();
      }
      if (action instanceof ResumeUnacknowledged && protocol.has(Mutant.RESUME_UNACKNOWLEDGED)) {
        return takeBack(this);
      }
      return answerAgain(action, this);
    }

    private Optional<Step<Phase, Effect>> complete() {
      return step(
          new Completed(attempt, accepted),
          new Effect.CloseConnection(attempt),
          new Effect.StopDirtyLog());
    }
  }

  /** The destination has the guest. What is left here is a shell, which may take a guest in. */
  record Completed(int attempt, int accepted) implements Phase {
    @Override
    public Optional<Step<Phase, Effect>> on(Action action, Protocol protocol) {
      var again = answerAgain(action, this);
      return again.isPresent() ? again : takeUpNewer(action, this, protocol);
    }
  }

  private static Optional<Step<Phase, Effect>> step(Phase phase, Effect... effects) {
    return Optional.of(Step.to(phase, effects));
  }

  // A failed attempt leaves nothing behind that a retry could trust (PreCopy!ForgetAttempt).
  private static Optional<Step<Phase, Effect>> takeBack(Phase from) {
    return step(
        new Running(from.attempt(), from.accepted()),
        new Effect.CloseConnection(from.attempt()),
        new Effect.StopDirtyLog(),
        new Effect.RunGuest());
  }

  // A phase that asks for this has the guest by the attempt that it accepted, or had it.
  private static Optional<Step<Phase, Effect>> answerAgain(Action action, Phase same) {
    return action instanceof ResumeDestination resume
            && resume.attempt() == same.accepted()
            && same.accepted() > 0
        ? step(same, new Effect.SendResumed(resume.attempt()))
        : answerOlder(action, same);
  }

  // A newer attempt came here only after the older one was taken back, of which no source asks, or
  // after the guest had been here by it (Handover!Took).
  private static Optional<Step<Phase, Effect>> answerOlder(Action action, Phase same) {
    return action instanceof ResumeDestination resume
            && resume.attempt() < same.accepted()
            && resume.attempt() > 0
        ? step(same, new Effect.SendResumed(resume.attempt()))
        : Optional.empty();
  }

  // The connections of attempts before are closed, so that no stale frame of them is ever read.
  private static Optional<Step<Phase, Effect>> takeUpNewer(
      Action action, Phase from, Protocol protocol) {
    var older = answerOlder(action, from);
    if (older.isPresent()) {
      return older;
    }
    if (action instanceof ReceiveHello hello
        && hello.attempt() > Math.max(from.attempt(), from.accepted())) {
      var receiving = new Receiving(from.attempt(), hello.attempt());
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
