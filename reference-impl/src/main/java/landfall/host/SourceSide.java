package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import landfall.precopy.Action;
import landfall.precopy.Effect;
import landfall.precopy.PageSet;
import landfall.precopy.Protocol;
import landfall.precopy.SourcePhase;
import landfall.precopy.Step;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;

/**
 * The host that gives its guest away. One thread drives an attempt: it sends, waits for the
 * answers, and tells the core what it saw. The operator's wishes come on other threads. All of them
 * change the phase through {@link #take} alone.
 */
final class SourceSide implements Side {
  // Half a megabyte a write: below, the kernel's cost for each call shows.
  private static final int BATCH_PAGES = PageBatch.PAGES_MAX;
  private static final long PACE_NANOS = 20_000_000;
  private static final long RECONNECT_NANOS = 200_000_000;

  private final HostOptions options;
  private final Protocol protocol;
  private final Guest guest;
  private final Settings settings;
  private final Trace trace;
  private final QmpServer.Events events;
  private final Arbiter arbiter;
  private final UUID migrationId;

  // Guarded by this.
  private SourcePhase phase = SourcePhase.initial();

  /** The connection of the latest attempt. Its thread keeps its own: this may be a later one's. */
  private Link link;

  /** The thread that connects for an attempt that has not begun; null if there is none. */
  private Thread connecting;

  private String status = "none";
  private String error = "";
  private boolean inDoubt;
  private MigrationProgress progress = new MigrationProgress();

  SourceSide(
      HostOptions options,
      Protocol protocol,
      Guest guest,
      Settings settings,
      Trace trace,
      QmpServer.Events events,
      Arbiter arbiter,
      UUID migrationId) {
    this.options = options;
    this.protocol = protocol;
    this.guest = guest;
    this.settings = settings;
    this.trace = trace;
    this.events = events;
    this.arbiter = arbiter;
    this.migrationId = migrationId;
  }

  // ---------------------------------------------------------------- the operator

  @Override
  public synchronized void migrate(HostAddress destination) throws RefusedException {
    if (connecting != null || !(phase instanceof SourcePhase.Running)) {
      throw new RefusedException(
          phase instanceof SourcePhase.Completed
              ? "the guest is not here any more"
              : "a migration is under way (" + phase.name() + ")");
    }
    progress = new MigrationProgress();
    error = "";
    report("setup");
    int before = phase.attempt();
    var thread = new Thread(() -> drive(destination, before), "attempt-" + (before + 1));
    thread.setDaemon(true);
    connecting = thread;
    thread.start();
  }

  @Override
  public synchronized void cancel() throws RefusedException {
    if (connecting != null) {
      connecting = null;
      report("cancelled");
      return;
    }
    if (phase instanceof SourcePhase.Running || phase instanceof SourcePhase.Completed) {
      return; // As QEMU does: there is nothing to cancel, which is no error.
    }
    report("cancelling");
    if (take(new Action.Cancel(), phase.attempt(), () -> args()).isEmpty()) {
      report("device");
      throw new RefusedException(
          "too late: the guest was given away, and only the destination knows whether it runs");
    }
    report("cancelled");
  }

  @Override
  public void listen(HostAddress address) throws RefusedException {
    throw new RefusedException("this host was not started with --incoming");
  }

  @Override
  public synchronized void continueGuest() throws RefusedException {
    if (phase instanceof SourcePhase.HandedOver || phase instanceof SourcePhase.Completed) {
      throw new RefusedException("the guest was given away: it must not run here");
    }
    guest.continueByOperator();
  }

  @Override
  public synchronized String runState() {
    if (phase instanceof SourcePhase.Completed) {
      return "postmigrate";
    }
    if (phase instanceof SourcePhase.Running || phase instanceof SourcePhase.PreCopy) {
      return guest.isExecuting() ? "running" : "paused";
    }
    return "finish-migrate";
  }

  @Override
  public synchronized Map<String, Object> queryMigrate() {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("status", status);
    if (!status.equals("none")) {
      answer.putAll(progress.toQmp(protocol.pages(), phase.pending().size()));
    }
    if (!error.isEmpty()) {
      answer.put("error-desc", error);
    }
    return answer;
  }

  @Override
  public synchronized Map<String, Object> status() {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("host", options.name());
    answer.putAll(after());
    answer.put("trackedPages", trace.tracked());
    answer.put("inDoubt", inDoubt);
    answer.put("downtimeMillis", progress.downtimeMillis());
    answer.put("rounds", progress.roundsToQmp());
    return answer;
  }

  // ---------------------------------------------------------------- the one place

  /**
   * The one place where the phase of the source changes. Does what must happen at once, traces the
   * step, and gives back what the caller must send.
   *
   * @param attempt the attempt that the caller speaks of; nothing happens if it is over
   * @return nothing if the action is not enabled
   */
  private synchronized Optional<List<Effect>> take(
      Action.OfSource action, int attempt, Supplier<Map<String, Object>> args) {
    if (phase.attempt() != attempt) {
      return Optional.empty();
    }
    Optional<Step<SourcePhase>> step = phase.on(action, protocol);
    if (step.isEmpty()) {
      return Optional.empty();
    }
    phase = step.get().phase();
    List<Effect> afterwards = new ArrayList<>();
    List<Effect> sends = new ArrayList<>();
    PageSet pages = PageSet.empty();
    for (Effect effect : step.get().effects()) {
      if (effect instanceof Effect.PauseGuest) {
        guest.hold();
        progress.guestPaused();
      } else if (effect instanceof Effect.StartDirtyLog) {
        guest.startDirtyLog();
      } else if (effect instanceof Effect.StopDirtyLog) {
        guest.stopDirtyLog();
      } else if (effect instanceof Effect.RunGuest
          || effect instanceof Effect.CloseConnections
          || effect instanceof Effect.ReleaseLock) {
        afterwards.add(effect);
      } else {
        sends.add(effect);
        pages = effect instanceof Effect.SendPages send ? send.pages() : pages;
      }
    }
    if (action instanceof Action.SendPage) {
      trace.pages(action, pages.toArray(), link.nextSequence(), this::after);
    } else {
      trace.step(action, args.get(), after());
    }
    afterwards.forEach(this::perform);
    return Optional.of(sends);
  }

  private void perform(Effect effect) {
    if (effect instanceof Effect.CloseConnections) {
      if (link != null) {
        link.close();
      }
    } else if (effect instanceof Effect.RunGuest) {
      guest.release();
    } else if (effect instanceof Effect.ReleaseLock) {
      try {
        arbiter.release();
      } catch (IOException e) {
        // The lock is still this host's: the destination is refused, and this host takes it back.
        System.err.println("landfall host: the lock cannot be released: " + e.getMessage());
      }
    }
  }

  private Map<String, Object> after() {
    return Trace.args("phase", phase.name(), "attempt", phase.attempt(), "round", phase.round());
  }

  private static Map<String, Object> args(Object... namesAndValues) {
    return Trace.args(namesAndValues);
  }

  private void report(String newStatus) {
    status = newStatus;
    if (settings.migrationEvents) {
      events.emit("MIGRATION", Map.of("status", newStatus));
    }
  }

  // ---------------------------------------------------------------- an attempt

  /** The attempt was taken back on another thread. */
  private static final class AttemptOver extends Exception {
    private static final long serialVersionUID = 1L;

    AttemptOver() {
      super("the attempt is over", null, false, false);
    }
  }

  private void drive(HostAddress destination, int before) {
    int attempt = before + 1;
    try {
      Link over = connect(destination);
      try {
        send(start(over, before), attempt, over);
        sendRounds(attempt, over);
        awaitReady(attempt, over);
        awaitResumed(attempt, over);
      } catch (IOException | FrameException lost) {
        failed(lost, attempt, destination, over);
      }
    } catch (AttemptOver over) {
      // Whoever ended it has reported it.
    }
  }

  private Link connect(HostAddress destination) throws AttemptOver {
    try {
      return Link.connect(destination.socket(), options.deadlineMillis());
    } catch (IOException refused) {
      synchronized (this) {
        if (connecting == Thread.currentThread()) {
          connecting = null;
          error = refused.getMessage();
          progress.ended();
          report("failed");
        }
      }
      throw new AttemptOver();
    }
  }

  private synchronized List<Effect> start(Link opened, int before) throws AttemptOver {
    if (connecting != Thread.currentThread()) {
      opened.close();
      throw new AttemptOver();
    }
    connecting = null;
    link = opened;
    report("active");
    return required(
        take(new Action.StartAttempt(), before, () -> args("attempt", before + 1, "sent", 0)));
  }

  private void sendRounds(int attempt, Link over) throws IOException, FrameException, AttemptOver {
    ByteBuffer frame = ByteBuffer.allocateDirect(PageBatch.FRAME_BYTES_MAX);
    while (true) {
      SourcePhase now = phase(attempt);
      if (now instanceof SourcePhase.Offered) {
        return;
      }
      if (over.hasArrived()) {
        refuse(receive(over));
      }
      if (!now.pending().isEmpty()) {
        long cap = settings.bandwidthMax;
        awaitBandwidth(cap, attempt);
        var action = new Action.SendPage(Math.min(batchPages(cap), now.pending().size()));
        for (Effect effect : required(take(action, attempt, () -> args()))) {
          sendPages((Effect.SendPages) effect, frame, over);
        }
      } else if (now instanceof SourcePhase.PreCopy) {
        endRound(attempt);
      } else {
        finish(attempt, over);
      }
    }
  }

  /**
   * The round is sent while the guest runs: another one, or the pause. Under the lock as a whole: a
   * thread whose attempt was cancelled must not take pages out of the dirty log of the next.
   */
  private synchronized void endRound(int attempt) throws AttemptOver {
    phase(attempt);
    int dirtyPages = guest.dirtyPages();
    progress.roundEnded(dirtyPages);
    int fewEnough = fewEnough();
    if (dirtyPages <= fewEnough) {
      required(
          take(
              new Action.PauseSource(dirtyPages, fewEnough),
              attempt,
              () -> args("dirty", trace.trackedOf(guest.peekDirty()))));
      report("device");
      return;
    }
    PageSet dirty = guest.harvestDirty();
    startRound(attempt, dirty, fewEnough);
  }

  /** All is sent and the guest stands: what it dirtied last, or the offer. */
  private void finish(int attempt, Link over) throws IOException, AttemptOver {
    byte[] state;
    int flags;
    // In one step: after a cancel the dirty log is that of the next attempt, and the guest runs.
    synchronized (this) {
      phase(attempt);
      PageSet dirty = guest.harvestDirty();
      if (!dirty.isEmpty()) {
        startRound(attempt, dirty, 0);
        return;
      }
      required(
          take(
              new Action.OfferHandover(0),
              attempt,
              () -> args("attempt", attempt, "sent", over.nextSequence())));
      state = guest.captureState();
      flags = guest.isStoppedByOperator() ? Frame.FLAG_STOPPED_BY_OPERATOR : 0;
    }
    over.send(FrameType.DEVICE_STATE, flags, attempt, state);
  }

  private void startRound(int attempt, PageSet dirty, int fewEnough) throws AttemptOver {
    required(
        take(
            new Action.StartRound(dirty, fewEnough),
            attempt,
            () -> args("dirty", trace.trackedOf(dirty))));
    int round = phase(attempt).round();
    progress.roundStarted(round);
    if (settings.migrationEvents) {
      events.emit("MIGRATION_PASS", Map.of("pass", round));
    }
  }

  private int fewEnough() {
    double bytesPerSecond = progress.bytesPerSecond();
    long cap = settings.bandwidthMax;
    if (cap > 0) {
      bytesPerSecond = Math.min(bytesPerSecond, cap);
    }
    return (int) (bytesPerSecond * settings.downtimeLimitMillis / 1000 / PageBatch.PAGE_BYTES);
  }

  private static int batchPages(long cap) {
    if (cap == 0) {
      return BATCH_PAGES;
    }
    long perPace = cap * PACE_NANOS / 1_000_000_000 / PageBatch.PAGE_BYTES;
    return (int) Math.max(1, Math.min(BATCH_PAGES, perPace));
  }

  /** Waits until the cap allows more bytes; an operator may change it meanwhile. */
  private void awaitBandwidth(long cap, int attempt) throws AttemptOver {
    if (cap == 0) {
      return;
    }
    long due = progress.startNanos() + (long) (progress.bytes() * 1e9 / cap);
    long wait = due - System.nanoTime();
    while (wait > 0 && settings.bandwidthMax == cap) {
      LockSupport.parkNanos(Math.min(wait, PACE_NANOS));
      phase(attempt);
      wait = due - System.nanoTime();
    }
  }

  private void sendPages(Effect.SendPages effect, ByteBuffer frame, Link over) throws IOException {
    int[] pages = effect.pages().toArray();
    List<ByteBuffer> contents = PageFrames.list(frame, guest.memory(), effect.round(), pages);
    int contentBytes = 0;
    for (ByteBuffer each : contents) {
      contentBytes += each.remaining();
    }
    int bytes = frame.position() + contentBytes;
    int flags = effect.whilePaused() ? Frame.FLAG_GUEST_PAUSED : 0;
    // The checksum must stay true of what is sent. A guest that stands is kept standing until it
    // is; what one that executes may write into is copied first.
    if (!guest.ifStanding(
        () -> over.start(FrameType.PAGES, flags, effect.attempt(), frame, contents))) {
      contents.forEach(frame::put);
      over.start(FrameType.PAGES, flags, effect.attempt(), frame, List.of());
    }
    over.write(frame);
    int whole = contentBytes / PageBatch.PAGE_BYTES;
    progress.sent(bytes, whole, pages.length - whole);
  }

  private void send(List<Effect> sends, int attempt, Link over) throws IOException {
    for (Effect effect : sends) {
      if (effect instanceof Effect.SendHello) {
        var hello = new Hello(migrationId, guest.memory().sizeBytes(), PageBatch.PAGE_BYTES);
        over.send(FrameType.HELLO, 0, attempt, hello.toBytes());
      } else if (effect instanceof Effect.SendHandover) {
        over.send(FrameType.HANDOVER, 0, attempt, new byte[0]);
      } else {
        throw new IllegalStateException("not a message of the source: " + effect);
      }
    }
  }

  private void awaitReady(int attempt, Link over) throws IOException, FrameException, AttemptOver {
    Frame frame = receive(over);
    if (frame.type() != FrameType.READY) {
      refuse(frame);
    }
    List<Effect> sends =
        take(
                new Action.ReceiveReady(frame.attempt()),
                attempt,
                () ->
                    args(
                        "attempt", attempt, "frame", frame.sequence(), "sent", over.nextSequence()))
            .orElseThrow(() -> outOfPlace(frame));
    send(sends, attempt, over);
  }

  private void awaitResumed(int attempt, Link over) throws IOException, FrameException {
    Frame frame = receive(over);
    if (frame.type() != FrameType.RESUMED) {
      refuse(frame);
    }
    synchronized (this) {
      Supplier<Map<String, Object>> args =
          () -> args("attempt", attempt, "frame", frame.sequence());
      if (take(new Action.ReceiveResumed(frame.attempt()), attempt, args).isEmpty()) {
        throw outOfPlace(frame);
      }
      completed();
    }
  }

  private void completed() {
    inDoubt = false;
    error = "";
    progress.ended();
    report("completed");
  }

  private static Frame receive(Link over) throws IOException, FrameException {
    return over.receive()
        .orElseThrow(() -> new IOException("the destination closed the connection"));
  }

  /** Nothing but a failure is in place. */
  private static void refuse(Frame frame) throws IOException, FrameException {
    if (frame.type() == FrameType.FAILURE) {
      throw new IOException("the destination gave up: " + Failure.of(frame.payload()).cause());
    }
    throw new FrameException(frame.type().title() + " frame out of place");
  }

  // If the attempt was cancelled meanwhile the frame is not to blame, and nobody will hear of it: a
  // step that is not enabled changes nothing.
  private static FrameException outOfPlace(Frame frame) {
    return new FrameException(
        frame.type().title() + " frame of attempt " + frame.attempt() + " out of place");
  }

  private synchronized SourcePhase phase(int attempt) throws AttemptOver {
    if (phase.attempt() != attempt || phase instanceof SourcePhase.Running) {
      throw new AttemptOver();
    }
    return phase;
  }

  private static List<Effect> required(Optional<List<Effect>> effects) throws AttemptOver {
    return effects.orElseThrow(AttemptOver::new);
  }

  // ---------------------------------------------------------------- when it goes wrong

  private void failed(Exception cause, int attempt, HostAddress destination, Link over) {
    if (cause instanceof FrameException) {
      sayFailure(cause.getMessage(), attempt, over);
    }
    synchronized (this) {
      String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
      if (take(new Action.AbortAttempt(), attempt, () -> args("cause", reason)).isPresent()) {
        error = reason;
        progress.ended();
        report("failed");
        return;
      }
      if (phase.attempt() != attempt || !(phase instanceof SourcePhase.HandedOver)) {
        return;
      }
    }
    resolveDoubt(attempt, destination);
  }

  private static void sayFailure(String cause, int attempt, Link over) {
    try {
      over.send(FrameType.FAILURE, 0, attempt, new Failure(cause).toBytes());
    } catch (IOException alreadyGone) {
      // Then the destination learns it from the connection.
    }
  }

  /** The guest was given away and nobody says that it arrived. */
  private void resolveDoubt(int attempt, HostAddress destination) {
    boolean connected = true;
    while (true) {
      synchronized (this) {
        if (takenBack(attempt)) {
          return;
        }
        if (connected) {
          take(new Action.GiveUpConnection(), attempt, () -> args());
          connected = false;
        }
        if (!inDoubt) {
          inDoubt = true;
          error =
              "in doubt: the guest was given away and no acknowledgement came; asking again until"
                  + " the destination answers";
          report("device");
        }
      }
      try {
        Link again = Link.connect(destination.socket(), options.deadlineMillis());
        synchronized (this) {
          link = again;
        }
        connected = true;
        send(
            take(
                    new Action.ResendHandover(),
                    attempt,
                    () -> args("attempt", attempt, "sent", again.nextSequence()))
                .orElse(List.of()),
            attempt,
            again);
        awaitResumed(attempt, again);
        return;
      } catch (IOException | FrameException stillLost) {
        LockSupport.parkNanos(RECONNECT_NANOS);
      }
    }
  }

  /** Whether the arbiter (or the mistake of a mutant) has ended the doubt. */
  private boolean takenBack(int attempt) {
    if (take(new Action.ResumeUnacknowledged(), attempt, () -> args()).isPresent()) {
      error = "no acknowledgement came: the guest goes on here";
      progress.ended();
      report("failed");
      return true;
    }
    if (arbiter == null) {
      return false;
    }
    try {
      boolean taken = arbiter.take();
      if (take(new Action.ReclaimLock(taken), attempt, () -> args("taken", taken)).isEmpty()) {
        return false;
      }
      if (taken) {
        inDoubt = false;
        error = "the destination did not take the guest over: it goes on here";
        progress.ended();
        report("failed");
      } else {
        completed();
      }
      return true;
    } catch (IOException unreachable) {
      return false; // In doubt until the arbiter can be asked.
    }
  }
}
