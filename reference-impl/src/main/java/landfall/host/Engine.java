package landfall.host;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.forwardcheckpoint.Place;
import landfall.machine.DeviceState;
import landfall.postcopy.DestinationPhase;
import landfall.postcopy.SourcePhase;
import landfall.precopy.Action;
import landfall.precopy.Effect;
import landfall.precopy.HostCore;
import landfall.precopy.Mutant;
import landfall.precopy.Phase;
import landfall.precopy.Protocol;
import landfall.protocol.Host;
import landfall.protocol.Step;
import landfall.transport.SelectorLoop;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.ImageDigest;
import landfall.wire.PageBatch;
import landfall.wire.Token;

/**
 * The protocol core on a real host: one driver, and the effects as they really happen. All of it is
 * on the loop's thread. {@link Departure} and {@link Arrivals} see what happens on the network and
 * show it to the core through {@link #take}, the one way to a step.
 */
final class Engine implements Interpreter<Phase, Action, Effect, Cause> {
  /** Mistakes that a digest would find, so that they are made by a host that has none. */
  private static final Set<Mutant> WITHOUT_DIGEST =
      EnumSet.of(
          Mutant.RETRY_SENDS_DIRTY_ONLY, Mutant.MISS_PAGES_AT_START, Mutant.ACCEPT_STALE_FRAMES);

  /** Between two looks at a disk that has something to do before the guest may leave. */
  private static final long SETTLE_NANOS = 200_000;

  final SelectorLoop loop;
  final HostOptions options;
  final Protocol protocol;
  final Guest guest;
  final Settings settings;
  final Network network;
  final Trace trace;
  final Random random;
  final Host self;

  /** Null without an arbiter. */
  final Storage storage;

  /** Null without a grantor. */
  private final Lease lease;

  private final QmpServer.Events events;

  /** Of what nobody may guess. It decides nothing else, so that one seed still decides a run. */
  private final SecureRandom secrets = new SecureRandom();

  /** Which guest is here, comes, or was here last: it keeps its identity wherever it goes. */
  private UUID guestId;

  private ImageDigest digest;
  private final PostCopyTrace postCopyTrace;
  private final Arrivals arrivals;

  /** The driver of pre-copy. It rests while the guest is moved by post-copy. */
  private Driver<Phase, Action, Effect, Cause> driver;

  /** The latest attempt to move the guest away by post-copy, if it was the latest of all. */
  private PostCopySource leaving;

  /** The latest guest that came by post-copy, or was to come; null if there was none. */
  private PostCopyDestination arriving;

  /** The page that the guest has begun to wait for, or -1. Set by its thread. */
  private final AtomicInteger pageAwaited = new AtomicInteger(-1);

  /** The latest attempt to move the guest away; null before the first. */
  private Departure departure;

  private final LockOffer offer = new LockOffer(this);
  private boolean memoryTouched;

  /**
   * Pages that are to be zeros since an attempt began, and have not come by it: they still have
   * what stood there before. Null when there are none.
   */
  private BitSet uncleared;

  private boolean arrivesStopped;
  private String status = "none";
  private String error = "";

  Engine(
      SelectorLoop loop,
      HostOptions options,
      Protocol protocol,
      Guest guest,
      Settings settings,
      Network network,
      Trace trace,
      QmpServer.Events events,
      Arbiter arbiter,
      Lease lease,
      Random random) {
    this.loop = loop;
    this.options = options;
    this.protocol = protocol;
    this.guest = guest;
    this.settings = settings;
    this.network = network;
    this.trace = trace;
    this.events = events;
    this.lease = lease;
    this.random = random;
    self = new Host(options.name());
    storage = arbiter == null ? null : new Storage(arbiter, loop);
    guestId = new UUID(secrets.nextLong(), secrets.nextLong());
    // Nothing is loaded for the first time while a guest stands.
    token().seal();
    driver = new Driver<>(new HostCore(protocol, !options.destination()), this);
    postCopyTrace = new PostCopyTrace(trace, guest, options.trace().isPresent());
    arrivals = new Arrivals(this);
    guest.onAwaitedPage(
        page -> {
          pageAwaited.set(page);
          loop.execute(this::demandAwaited);
        });
  }

  /** Asks for the page that the guest waits for, if nobody has done so since it began to wait. */
  void demandAwaited() {
    int page = pageAwaited.getAndSet(-1);
    if (page >= 0 && arriving != null) {
      arriving.demand(page);
    }
  }

  Phase phase() {
    return driver.phase();
  }

  Arrivals arrivals() {
    return arrivals;
  }

  Departure departure() {
    return departure;
  }

  void depart(Departure next) {
    departure = next;
    leaving = null;
  }

  // ---------------------------------------------------------------- identity

  UUID guestId() {
    return guestId;
  }

  /** Another guest comes, or the one before is waited for again. */
  void setGuestId(UUID id) {
    guestId = id;
  }

  /** A secret of one attempt. */
  Token token() {
    return Token.random(secrets);
  }

  /** What this host says of itself when it gives the guest away. */
  Hello identity() {
    return new Hello(guestId, guest.memory().sizeBytes(), PageBatch.PAGE_BYTES, self.name());
  }

  /** Of the attempt that is under way, whichever side this host is. */
  ImageDigest digest() {
    if (digest == null) {
      digest = new ImageDigest(protocol.pages());
    }
    return digest;
  }

  /** Whether images are checked that arrive here. */
  boolean checksImages() {
    return options.mutants().stream().noneMatch(WITHOUT_DIGEST::contains);
  }

  // ---------------------------------------------------------------- post-copy

  landfall.postcopy.Protocol postCopyProtocol() {
    return new landfall.postcopy.Protocol(
        protocol.pages(), protocol.arbiter(), options.postCopyMutants());
  }

  landfall.checkpoint.Protocol checkpointProtocol() {
    return new landfall.checkpoint.Protocol(
        checkpointPages(), storage != null, options.checkpointMutants());
  }

  /** To checkpoints the device state is one more page, and what is written to a disk another. */
  int checkpointPages() {
    return guest.disk() == null ? devicePage() + 1 : diskPage() + 1;
  }

  int devicePage() {
    return protocol.pages();
  }

  int diskPage() {
    return protocol.pages() + 1;
  }

  /** Why no checkpoints can be taken here, if so. */
  Optional<String> lacksCheckpoints() {
    return guest.disk() == null || guest.disk().canHold()
        ? Optional.empty()
        : Optional.of("checkpoints are not possible with a disk that is no file");
  }

  /**
   * Checkpoints go to the store: it has the other pages already. The device state is one more page.
   */
  landfall.forwardcheckpoint.Protocol forwardProtocol() {
    return new landfall.forwardcheckpoint.Protocol(
        forwardPages(), Place.STORE, options.forwardMutants());
  }

  int forwardPages() {
    return devicePage() + 1;
  }

  /** Begins to ask the store, on behalf of one side of an attempt. */
  StoreAccess askStore(int attempt, Place role) {
    var session =
        new StoreSession(guestId, attempt, protocol.pages(), Place.STORE, role, options.name());
    return new StoreClient(
        loop,
        options.store().orElseThrow(),
        session,
        options.deadlineMillis(),
        settings::toStoreMax);
  }

  /** Why no pages can be copied ahead here, if so. */
  Optional<String> lacksCopies() {
    if (options.store().isEmpty()) {
      return Optional.of("copies ahead need a store: start the host with --store");
    }
    if (guest.disk() != null) {
      return Optional.of("copies ahead are not possible with a disk");
    }
    return storage == null
        ? Optional.empty()
        : Optional.of("copies ahead are not possible with a lock");
  }

  PostCopyTrace postCopyTrace() {
    return postCopyTrace;
  }

  PostCopySource leaving() {
    return leaving;
  }

  PostCopyDestination arriving() {
    return arriving;
  }

  boolean leaves() {
    return leaving != null && !leaving.isOver();
  }

  boolean arrives() {
    return arriving != null && !arriving.isOver();
  }

  void leave(PostCopySource next) {
    leaving = next;
  }

  void arrive(PostCopyDestination next) {
    arriving = next;
  }

  // The protocols know the guest at rest in the same way, so that one goes on where another ended:
  // it is here, or it is not, and so many attempts were made.

  /** An attempt to move the guest away by post-copy is over. */
  void left(SourcePhase end) {
    int accepted = phase().accepted();
    goOnFrom(
        end instanceof SourcePhase.Completed
            ? new Phase.Completed(end.attempt(), accepted)
            : new Phase.Running(end.attempt(), accepted));
  }

  /** A guest has come by post-copy, or will not come any more. */
  void arrived(DestinationPhase end) {
    int attempt = phase().attempt();
    goOnFrom(
        end instanceof DestinationPhase.Running
            ? new Phase.Running(attempt, end.accepted())
            : new Phase.Waiting(attempt, end.accepted()));
  }

  /** What this host did since it was in this phase is not what it goes on from. */
  void goOnFrom(Phase phase) {
    driver = new Driver<>(new HostCore(protocol, !options.destination()), phase, this);
  }

  /** The figures of the latest attempt to move the guest away; null before the first. */
  MigrationProgress progress() {
    if (leaving != null) {
      return leaving.progress();
    }
    return departure == null ? null : departure.progress();
  }

  String status() {
    return status;
  }

  String error() {
    return error;
  }

  /** Tells the operator how the migration stands. */
  void report(String newStatus, String why) {
    status = newStatus;
    error = why;
    if (settings.migrationEvents) {
      events.emit("MIGRATION", Map.of("status", newStatus));
    }
  }

  /** Says why, without a change of the status. */
  void explain(String why) {
    error = why;
  }

  void emit(String event, Map<String, ?> data) {
    if (settings.migrationEvents) {
      events.emit(event, data);
    }
  }

  // ---------------------------------------------------------------- steps

  /** Shows the core an action; false if it is not enabled. */
  boolean take(Action action, Cause cause) {
    return driver.take(action, cause);
  }

  boolean enables(Action action) {
    return driver.enables(action);
  }

  @Override
  public void took(Action action, Step<Phase, Effect> step, Cause cause) {
    if (action instanceof Action.ReceiveResumed) {
      // From here on this host tidies up, and the guest does not wait for it.
      departure.progress().guestRuns();
    }
    if (action instanceof Action.SendPage) {
      for (Effect effect : step.effects()) {
        if (effect instanceof Effect.SendPages send) {
          trace.pages(
              action,
              send.pages().toArray(),
              departure.link().nextSequence(),
              () -> after(step.phase(), action));
        }
      }
    } else if (cause.pages() != null) {
      trace.pages(
          action, pageNumbers(cause.pages()), cause.frame(), () -> after(step.phase(), action));
    } else {
      trace.step(action, cause.args(), after(step.phase(), action));
    }
  }

  static int[] pageNumbers(PageBatch batch) {
    int[] pages = new int[batch.count()];
    for (int i = 0; i < pages.length; i++) {
      pages[i] = batch.page(i);
    }
    return pages;
  }

  static Map<String, Object> after(Phase phase, Action action) {
    return Trace.args(
        "phase",
        phase.name(),
        "attempt",
        phase.attempt(),
        "accepted",
        phase.accepted(),
        "round",
        phase.round());
  }

  // ---------------------------------------------------------------- effects

  /** At once, or once the guest is on offer if it is to be offered. */
  void afterOffer(Runnable next) {
    offer.then(next);
  }

  @Override
  public void perform(Effect effect, Cause cause) {
    offer.then(() -> performNow(effect, cause));
  }

  private void performNow(Effect effect, Cause cause) {
    if (effect instanceof Effect.StartDirtyLog) {
      guest.startDirtyLog();
    } else if (effect instanceof Effect.StopDirtyLog) {
      guest.stopDirtyLog();
    } else if (effect instanceof Effect.PauseGuest) {
      departure.progress().guestPauses();
      guest.hold();
    } else if (effect instanceof Effect.RunGuest) {
      run();
    } else if (effect instanceof Effect.ReleaseLock release) {
      offer.make(release.to(), release.attempt());
    } else if (effect instanceof Effect.CloseConnection) {
      departure.close();
    } else if (effect instanceof Effect.CloseConnections close) {
      arrivals.closeUpTo(close.upToAttempt());
    } else if (effect instanceof Effect.ClearMemory) {
      clearMemory();
    } else if (effect instanceof Effect.StorePages) {
      store(cause.pages());
    } else if (effect instanceof Effect.StoreDeviceState) {
      clearTheRest();
      restore(cause.deviceState(), cause.stopped());
    } else {
      send(effect, cause);
    }
  }

  private void send(Effect effect, Cause cause) {
    if (effect instanceof Effect.SendPages pages) {
      sendPages(pages);
    } else if (effect instanceof Effect.SendHello hello) {
      digest().clear();
      departure.link().send(FrameType.HELLO, 0, hello.attempt(), identity().toBytes());
    } else if (effect instanceof Effect.SendDeviceState state) {
      int flags = guest.isStoppedByOperator() ? Frame.FLAG_STOPPED_BY_OPERATOR : 0;
      byte[] content = withDigest(guest.captureState());
      departure.link().send(FrameType.DEVICE_STATE, flags, state.attempt(), content);
    } else if (effect instanceof Effect.SendHandover handover) {
      giveUpLease();
      byte[] content = departure.ready().token().toBytes();
      departure.link().send(FrameType.HANDOVER, 0, handover.attempt(), content);
    } else if (effect instanceof Effect.SendReady ready) {
      byte[] content = arrivals.secrets(ready.attempt()).ready(self).toBytes();
      cause.link().send(FrameType.READY, 0, ready.attempt(), content);
    } else if (effect instanceof Effect.SendResumed resumed) {
      byte[] content = arrivals.secrets(resumed.attempt()).proof().toBytes();
      cause.link().send(FrameType.RESUMED, 0, resumed.attempt(), content);
    } else {
      throw new IllegalStateException("a real host cannot perform " + effect);
    }
  }

  /** Whoever gets the guest, or may have it by now, need not wait until the lease is over. */
  void giveUpLease() {
    if (lease != null) {
      lease.giveUp();
    }
  }

  /** The guest is this host's after all. */
  void wantLease() {
    if (lease != null) {
      lease.want();
    }
  }

  /** The digest of all that was sent, and of this that makes an image of it, then this. */
  byte[] withDigest(byte[] state) {
    long value = digest().valueWith(ByteBuffer.wrap(state));
    return ByteBuffer.allocate(Long.BYTES + state.length).putLong(value).put(state).array();
  }

  /**
   * What stands behind the digest, which must be that of what has come.
   *
   * @throws FrameException if the image is not the one that was sent
   */
  ByteBuffer requireDigest(ByteBuffer payload) throws FrameException {
    ByteBuffer in = payload.duplicate();
    if (in.remaining() < Long.BYTES) {
      throw new FrameException("DeviceState frame does not begin with a digest");
    }
    long sent = in.getLong();
    if (checksImages() && sent != digest().valueWith(in)) {
      throw new FrameException(
          "the image that has come, of "
              + digest().pages()
              + " pages, is not the one that was sent: its digest does not match");
    }
    return in;
  }

  /** Takes over a guest that is not yet to run. */
  void restore(DeviceState state, boolean stopped) {
    guest.restoreState(state);
    arrivesStopped = stopped;
  }

  /** Lets the guest go on, unless its operator stopped it where it comes from. */
  void run() {
    if (arrivesStopped) {
      arrivesStopped = false;
      guest.stopByOperator();
    }
    guest.release();
  }

  /** The operator wants the guest to go on where it arrives, whatever it was before. */
  void arriveRunning() {
    arrivesStopped = false;
  }

  /**
   * Whether the disk has all that the guest, which is held, has written. The destination may touch
   * it as soon as it is given the guest, so nothing is offered before.
   *
   * @param again called once it is worth another look, if it has not
   */
  boolean diskIsSettled(Runnable again) {
    Optional<String> reason = guest.settleDisk();
    reason.ifPresent(
        why -> {
          explain("the guest stands and is not given away yet: " + why);
          loop.after(SETTLE_NANOS, again);
        });
    return reason.isEmpty();
  }

  /** A guest that is no longer here may still have asked its disk for something. */
  void clearDisk() {
    if (guest.diskIsQuiet()) {
      guest.disk().welcome();
    } else {
      loop.after(SETTLE_NANOS, this::clearDisk);
    }
  }

  private void sendPages(Effect.SendPages effect) {
    int[] pages = effect.pages().toArray();
    var link = departure.link();
    ByteBuffer frame = link.pagesBuffer();
    List<ByteBuffer> contents = PageFrames.list(frame, guest.memory(), effect.round(), pages);
    int contentBytes = 0;
    for (ByteBuffer each : contents) {
      contentBytes += each.remaining();
    }
    int bytes = frame.position() + contentBytes;
    int flags = effect.whilePaused() ? Frame.FLAG_GUEST_PAUSED : 0;
    noteSent(pages, effect.attempt(), link.nextSequence());
    // The checksum must stay true of what is sent. A guest that stands is kept standing until it
    // is; what one that executes may write into is copied first.
    if (!guest.ifStanding(() -> link.sendPages(flags, effect.attempt(), contents))) {
      for (ByteBuffer each : contents) {
        frame.put(each);
      }
      link.sendPages(flags, effect.attempt(), List.of());
    }
    int whole = contentBytes / PageBatch.PAGE_BYTES;
    departure.progress().sent(bytes, whole, pages.length - whole);
  }

  void noteSent(int[] pages, int attempt, int sequence) {
    for (int page : pages) {
      digest().sent(page, attempt, sequence);
    }
  }

  // ---------------------------------------------------------------- memory

  /** Pages of an attempt are about to arrive in RAM, in part before they are known to be whole. */
  void memoryIsTouched() {
    memoryTouched = true;
  }

  // A page that comes is overwritten, so that only those are cleared that have not come by the time
  // the image is taken for whole: with a digest, there are none.
  private void clearMemory() {
    // A guest that was here leaves its pages, and so does an image that was discarded.
    if (memoryTouched || uncleared != null || !options.destination() || departure != null) {
      uncleared = new BitSet(protocol.pages());
      uncleared.set(0, protocol.pages());
    }
    memoryTouched = false;
  }

  private void clearTheRest() {
    if (uncleared != null) {
      uncleared.stream()
          .filter(page -> !guest.memory().isZeroPage(page))
          .forEach(guest.memory()::fillZero);
      uncleared = null;
    }
  }

  /** Contents are in their places already; see {@link Arrivals}. */
  private void store(PageBatch batch) {
    memoryTouched = true;
    boolean keepsZeroPages = options.mutants().contains(Mutant.KEEP_CONTENT_OF_ZERO_PAGES);
    for (int i = 0; i < batch.count(); i++) {
      int page = batch.page(i);
      boolean zero = batch.isZero(i);
      if (zero && keepsZeroPages) {
        continue;
      }
      if (!zero) {
        guest.memory().wasWritten(page);
      } else if (!guest.memory().isZeroPage(page)) {
        guest.memory().fillZero(page);
      }
      if (uncleared != null) {
        uncleared.clear(page);
      }
    }
  }
}
