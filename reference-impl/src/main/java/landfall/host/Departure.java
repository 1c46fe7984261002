package landfall.host;

import java.io.IOException;
import landfall.precopy.Action;
import landfall.precopy.PageSet;
import landfall.precopy.Phase;
import landfall.protocol.Host;
import landfall.transport.Link;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import landfall.wire.Ready;
import landfall.wire.Token;

/**
 * One attempt to move the guest away: its connection, its clock, and what it shows the core. On the
 * loop's thread.
 */
final class Departure implements ToDestination {
  private final Engine engine;
  private final HostAddress destination;
  private final MigrationProgress progress = new MigrationProgress();
  private final Pace pace;
  private final Backoff backoff;
  private Link link;

  /** Number of the attempt; 0 while its first connection does not stand. */
  private int attempt;

  /** What the destination said when it had the whole image; null before. */
  private Ready ready;

  private boolean over;
  private boolean inDoubt;

  /** The connection stands, or stood until the event that is handled now. */
  private boolean stands;

  private boolean asksStorage;

  Departure(Engine engine, HostAddress destination) {
    this.engine = engine;
    this.destination = destination;
    pace = new Pace(engine.loop, progress::bytes, this::pump);
    backoff = new Backoff(engine);
  }

  MigrationProgress progress() {
    return progress;
  }

  Link link() {
    return link;
  }

  int attempt() {
    return attempt;
  }

  /** Only once the destination said so. */
  Ready ready() {
    return ready;
  }

  /** The guest was given away, and nobody has said yet that it arrived. */
  boolean inDoubt() {
    return inDoubt;
  }

  /** The operator has asked for it and no connection stands yet. */
  boolean connecting() {
    return attempt == 0 && !over;
  }

  /** Closes this end of the connection. */
  void close() {
    if (link != null) {
      link.close();
    }
  }

  // ---------------------------------------------------------------- the operator

  void start() {
    engine.report("setup", "");
    connect();
  }

  /** Takes the attempt back; false if it is too late. */
  boolean cancel() {
    if (connecting()) {
      end("cancelled", "");
      close();
      return true;
    }
    if (!engine.take(new Action.Cancel(), Cause.of())) {
      return false;
    }
    end("cancelled", "");
    return true;
  }

  private void end(String status, String why) {
    over = true;
    inDoubt = false;
    pace.restart();
    progress.ended();
    engine.report(status, why);
  }

  // ---------------------------------------------------------------- the connection

  private void connect() {
    try {
      // A source in doubt has a word to say, and no pages to send.
      link =
          inDoubt
              ? engine.network.connect(engine.loop, destination, this)
              : engine.network.connect(engine.loop, destination, this, false, engine.token());
    } catch (IOException refused) {
      lost(null, refused.getMessage(), false);
    }
  }

  @Override
  public void opened(Link opened) {
    if (over || opened != link) {
      opened.close();
      return;
    }
    stands = true;
    if (inDoubt) {
      resend();
    } else {
      link.setSilenceMillis(0);
      int number = nextAttempt();
      if (engine.take(
          new Action.StartAttempt(), Cause.of("attempt", number, "sent", link.nextSequence()))) {
        attempt = engine.phase().attempt();
        engine.report("active", "");
        pump();
      }
    }
  }

  private int nextAttempt() {
    return Math.max(engine.phase().attempt(), engine.phase().accepted()) + 1;
  }

  @Override
  public void drained(Link drained) {
    pump();
  }

  @Override
  public void received(Link from, Frame frame) throws FrameException {
    if (over || from != link) {
      return;
    }
    switch (frame.type()) {
      case READY -> {
        Ready said = Ready.of(frame.payload());
        engine.network.requireName(from, said.host());
        var action = new Action.ReceiveReady(frame.attempt(), new Host(said.host()));
        if (engine.enables(action)) {
          ready = said;
        }
        required(
            engine.take(
                action,
                Cause.on(
                    from,
                    frame.sequence(),
                    "attempt",
                    frame.attempt(),
                    "frame",
                    frame.sequence(),
                    "sent",
                    from.nextSequence())),
            frame);
      }
      case RESUMED -> {
        requireProof(from, frame);
        required(
            engine.take(
                new Action.ReceiveResumed(frame.attempt()),
                Cause.on(
                    from, frame.sequence(), "attempt", frame.attempt(), "frame", frame.sequence())),
            frame);
        end("completed", "");
      }
      case FAILURE -> {
        from.close();
        lost(from, "the destination gave up: " + Failure.of(frame.payload()).cause(), false);
      }
      default -> throw frame.outOfPlace();
    }
  }

  /** Only the host that said Ready can say that the guest runs: this one has its word for it. */
  private void requireProof(Link from, Frame frame) throws FrameException {
    if (ready == null) {
      throw frame.outOfPlace();
    }
    engine.network.requireName(from, ready.host());
    if (!Token.of(frame.payload(), "Resumed").opens(ready.seal())) {
      throw new FrameException("Resumed frame that is not from the host that said Ready");
    }
  }

  private static void required(boolean taken, Frame frame) throws FrameException {
    if (!taken) {
      throw frame.outOfPlace();
    }
  }

  @Override
  public int guestPages() {
    return engine.protocol.pages();
  }

  @Override
  public void lost(Link gone, String cause, boolean refused) {
    if (refused) {
      gone.send(FrameType.FAILURE, 0, attempt, new Failure(cause).toBytes());
      gone.closeOnceHeard(engine.options.deadlineMillis());
    }
    if (over || gone != null && gone != link) {
      return;
    }
    if (connecting()) {
      end("failed", cause);
    } else if (engine.take(new Action.AbortAttempt(), Cause.of("cause", cause))) {
      end("failed", cause);
    } else if (engine.phase() instanceof Phase.HandedOver) {
      doubt();
    }
  }

  // ---------------------------------------------------------------- rounds

  /** Sends what is due, one batch a turn, so that other events have theirs. */
  private void pump() {
    if (over || link == null || !link.takesPages()) {
      return;
    }
    Phase now = engine.phase();
    if (!now.pending().isEmpty()) {
      long cap = engine.settings.bandwidthMax;
      if (!pace.waits(cap)) {
        int pages = Math.min(Pace.batchPages(PageBatch.PAGES_MAX, cap), now.pending().size());
        engine.take(new Action.SendPage(pages), Cause.of());
        engine.loop.execute(this::pump);
      }
    } else if (now instanceof Phase.PreCopy) {
      endRound();
      engine.loop.execute(this::pump);
    } else if (now instanceof Phase.Paused) {
      finish();
    }
  }

  /** The round is sent while the guest runs: another one, or the pause. */
  private void endRound() {
    // What is dirty is counted, and the guest paused, between the same two instructions.
    boolean paused =
        engine.guest.atSafePoint(
            () -> {
              int dirtyPages = Math.toIntExact(engine.guest.memory().dirtyCount());
              progress.roundEnded(dirtyPages);
              int fewEnough = progress.fewEnough(engine.settings);
              return dirtyPages <= fewEnough
                  && engine.take(
                      new Action.PauseSource(dirtyPages, fewEnough),
                      Cause.of("dirty", engine.trace.trackedOf(engine.guest.peekDirty())));
            });
    if (paused) {
      engine.report("device", "");
    } else {
      startRound(engine.guest.harvestDirty(), progress.fewEnough(engine.settings));
    }
  }

  /** All is sent and the guest stands: what it dirtied last, or the offer. */
  private void finish() {
    PageSet dirty = engine.guest.harvestDirty();
    if (!dirty.isEmpty()) {
      startRound(dirty, 0);
    } else if (!engine.diskIsSettled(this::pump)) {
      return;
    } else if (engine.take(
        new Action.OfferHandover(0), Cause.of("attempt", attempt, "sent", link.nextSequence()))) {
      link.setSilenceMillis(engine.options.deadlineMillis());
    }
    engine.loop.execute(this::pump);
  }

  private void startRound(PageSet dirty, int fewEnough) {
    if (engine.take(
        new Action.StartRound(dirty, Math.min(fewEnough, dirty.size() - 1)),
        Cause.of("dirty", engine.trace.trackedOf(dirty)))) {
      int round = engine.phase().round();
      progress.roundStarted(round);
      engine.emit("MIGRATION_PASS", java.util.Map.of("pass", round));
    }
  }

  // ---------------------------------------------------------------- doubt

  /** The guest was given away and nobody says that it arrived. */
  private void doubt() {
    if (stands) {
      stands = false;
      engine.take(new Action.GiveUpConnection(), Cause.of());
    }
    if (!inDoubt) {
      inDoubt = true;
      engine.report(
          "device",
          "in doubt: the guest was given away and no acknowledgement came; asking again until"
              + " the destination answers");
    }
    if (engine.take(new Action.ResumeUnacknowledged(), Cause.of())) {
      end("failed", "no acknowledgement came: the guest goes on here");
    } else if (engine.storage == null) {
      later(this::connect);
    } else {
      askStorage();
    }
  }

  private void resend() {
    link.setSilenceMillis(engine.options.deadlineMillis());
    engine.take(
        new Action.ResendHandover(), Cause.of("attempt", attempt, "sent", link.nextSequence()));
  }

  private void askStorage() {
    if (asksStorage) {
      return;
    }
    asksStorage = true;
    engine.afterOffer(this::reclaim);
  }

  private void reclaim() {
    engine.storage.ask(
        Arbiter::reclaim,
        taken -> {
          asksStorage = false;
          if (over || !engine.take(new Action.ReclaimLock(taken), Cause.of("taken", taken))) {
            return;
          }
          if (taken) {
            end("failed", "the destination did not take the guest over: it goes on here");
          } else {
            end("completed", "");
          }
        },
        unreachable -> {
          asksStorage = false;
          engine.explain("in doubt: the lock cannot be asked: " + unreachable.getMessage());
          later(this::askStorage);
        });
  }

  private void later(Runnable attemptAgain) {
    backoff.later(
        () -> {
          if (!over) {
            attemptAgain.run();
          }
        });
  }
}
