package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import landfall.machine.DeviceState;
import landfall.postcopy.DestinationPhase;
import landfall.precopy.Action;
import landfall.precopy.Phase;
import landfall.transport.ChannelBinder;
import landfall.transport.Link;
import landfall.transport.LinkHandler;
import landfall.transport.SocketListener;
import landfall.transport.TlsCredentials;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;
import landfall.wire.Token;

/** Connections that bring guests in, and what they show the core. On the loop's thread. */
final class Arrivals {
  static final long CLAIM_NANOS = 100_000_000;

  /** No guest makes so many moves: the numbers that are left are for those of this host. */
  private static final int ATTEMPT_MAX = 1 << 30;

  /** What this host was before another guest began to come, of which no image is here. */
  private record Before(Phase phase, UUID guest) {}

  private final Engine engine;
  private final TreeMap<Integer, List<Link>> links = new TreeMap<>();
  private boolean claiming;

  /** Who sent the latest Hello that was taken up; null before the first. */
  private String source;

  /** Of every attempt by which a guest came here, or may yet have come. */
  private final Map<Integer, Secrets> secrets = new HashMap<>();

  /** Null if the guest that is expected has been here, whole or not. */
  private Before before;

  /** Of all addresses that this host listens at. */
  private final ChannelBinder binder;

  private long pagesReceived;
  private long startNanos;

  Arrivals(Engine engine) {
    this.engine = engine;
    binder = new ChannelBinder(engine.loop, Arrival::new);
  }

  /** Takes connections in from now on. */
  void listen(ServerSocketChannel server, Optional<TlsCredentials> credentials) throws IOException {
    SocketListener.start(engine.loop, server, binder, engine.options.deadlineMillis(), credentials);
    rehearseStranger(server);
  }

  // A class that is first needed while the process is out of descriptors cannot be loaded, neither
  // then nor later. So this host is its own first stranger, who says what is no frame.
  private static void rehearseStranger(ServerSocketChannel server) {
    try (var stranger = SocketChannel.open(server.getLocalAddress())) {
      stranger.write(ByteBuffer.allocate(Frame.HEADER_BYTES));
    } catch (IOException unreachable) {
      // Then nobody else comes in either, and there is nothing to prepare for.
    }
  }

  void closeUpTo(int attempt) {
    links.headMap(attempt, true).values().forEach(each -> each.forEach(Link::close));
    links.headMap(attempt, true).clear();
  }

  long pagesReceived() {
    return pagesReceived;
  }

  /** How long ago the latest attempt was taken up, 0 if there was none. */
  long receivingMillis() {
    return startNanos == 0 ? 0 : (engine.loop.nanoTime() - startNanos) / 1_000_000;
  }

  void countPages(int count) {
    pagesReceived += count;
  }

  /** Of an attempt that was taken up here. */
  Secrets secrets(int attempt) {
    return secrets.get(attempt);
  }

  /** A whole image of the guest that is expected is here: what was before does not come back. */
  void imageIsWhole() {
    before = null;
  }

  // ---------------------------------------------------------------- strangers

  /**
   * A stranger must not take the place of what may be the guest, and what it did must not keep the
   * guest out: numbers of attempts are compared along the way of one guest only.
   */
  private void requireNoStranger(Hello hello, int attempt) throws FrameException {
    if (attempt > ATTEMPT_MAX) {
      throw new FrameException(
          "Hello frame of attempt " + attempt + ": 1 to " + ATTEMPT_MAX + " are accepted");
    }
    if (hello.migrationId().equals(engine.guestId())) {
      return;
    }
    boolean kept =
        engine.phase() instanceof Phase.Ready
            || engine.arrives() && engine.arriving().phase() instanceof DestinationPhase.Ready;
    if (kept) {
      throw new FrameException(
          "Hello frame of another guest: this host keeps an image that may be its guest by now");
    }
    if (before != null && attempt > Math.max(before.phase().attempt(), before.phase().accepted())) {
      if (engine.arrives()) {
        engine.arriving().giveWay();
      }
      closeUpTo(ATTEMPT_MAX);
      forgetSecrets(engine.phase());
      engine.goOnFrom(before.phase());
      engine.setGuestId(before.guest());
      before = null;
    }
  }

  /** A newer attempt was taken up: unless the guest has been here by the one before, it is over. */
  private void forgetSecrets(Phase superseded) {
    if (!(superseded instanceof Phase.Completed)) {
      secrets.remove(superseded.accepted());
    }
  }

  /** The Hello is taken: from here on this is the guest that is expected. */
  private void expect(Hello hello, Before state) {
    if (!hello.migrationId().equals(state.guest())) {
      before = state;
      engine.setGuestId(hello.migrationId());
    }
  }

  private boolean waitsFor(int attempt) {
    return engine.phase() instanceof Phase.Ready ready && ready.accepted() == attempt;
  }

  // ---------------------------------------------------------------- one connection

  /** One connection, and where its pages go. */
  private final class Arrival implements LinkHandler {
    private int attempt;
    private boolean begun;
    private PageBatch pages;

    /** Whose connection it is, if it is one of post-copy. */
    private PostCopyDestination postCopy;

    @Override
    public void opened(Link link) {
      throw new IllegalStateException("an accepted connection stands already");
    }

    @Override
    public String otherSide() {
      return "the source";
    }

    @Override
    public void drained(Link link) {
      if (postCopy != null) {
        postCopy.drained();
      }
    }

    @Override
    public int guestPages() {
      return engine.protocol.pages();
    }

    // RAM is written before the frame is known to be whole. This is harmless while the image is
    // incomplete: if the frame is bad the image is discarded, and if a newer attempt begins this
    // connection is closed, which ends its writing, before RAM is cleared.
    @Override
    public List<ByteBuffer> contents(int ofAttempt, PageBatch arriving) throws FrameException {
      if (postCopy != null) {
        return postCopy.contents(ofAttempt, arriving, false);
      }
      // Whether pages of this attempt are read is the core's decision, here as in every step.
      if (!engine.enables(new Action.ReceivePage(ofAttempt))) {
        throw FrameException.outOfPlace(FrameType.PAGES, ofAttempt);
      }
      engine.memoryIsTouched();
      pages = arriving;
      return PageFrames.places(engine.guest.memory(), arriving);
    }

    @Override
    public List<ByteBuffer> urgentContents(int ofAttempt, PageBatch arriving)
        throws FrameException {
      if (postCopy == null) {
        throw FrameException.outOfPlace(FrameType.PAGES, ofAttempt);
      }
      return postCopy.contents(ofAttempt, arriving, true);
    }

    @Override
    public Urgency between() {
      if (postCopy == null || !(postCopy.phase() instanceof DestinationPhase.Running)) {
        return Urgency.NONE;
      }
      engine.demandAwaited();
      return engine.guest.awaitsPage() ? Urgency.HIGH : Urgency.SOME;
    }

    @Override
    public void received(Link link, Frame frame) throws FrameException {
      if (postCopy != null) {
        postCopy.received(link, frame);
        return;
      }
      if (begun) {
        take(link, frame);
        return;
      }
      attempt = frame.attempt();
      if (frame.type() == FrameType.HELLO) {
        begin(link, frame);
      } else if (frame.type() == FrameType.RECOVER && engine.arriving() != null) {
        engine.arriving().recover(link, frame);
        postCopy = engine.arriving();
      } else if (frame.type() == FrameType.HANDOVER) {
        if (source != null) {
          engine.network.requireName(link, source);
        }
        requireToken(frame);
        // The source asks again. What it sent before on another connection is not read any more.
        List<Link> before = links.computeIfAbsent(attempt, number -> new ArrayList<>());
        before.forEach(Link::close);
        before.clear();
        before.add(link);
        begun = true;
        take(link, frame);
      } else {
        throw FrameException.outOfPlace(frame.type(), attempt);
      }
    }

    private void requireToken(Frame frame) throws FrameException {
      Secrets ofAttempt = secrets.get(frame.attempt());
      if (ofAttempt == null || !engine.enables(new Action.ResumeDestination(frame.attempt()))) {
        throw FrameException.outOfPlace(frame.type(), frame.attempt());
      }
      ofAttempt.require(Token.of(frame.payload(), "Handover"), "Handover");
    }

    private void begin(Link link, Frame frame) throws FrameException {
      Hello hello = Hello.of(frame.payload());
      engine.network.requireName(link, hello.host());
      long ramBytes = engine.guest.memory().sizeBytes();
      if (hello.ramBytes() != ramBytes || hello.pageSize() != PageBatch.PAGE_BYTES) {
        throw new FrameException(
            String.format(
                "guest with %d bytes of RAM in pages of %d: %d in pages of %d are accepted",
                hello.ramBytes(), hello.pageSize(), ramBytes, PageBatch.PAGE_BYTES));
      }
      engine.network.requireChannels(link, frame.has(Frame.FLAG_POST_COPY));
      requireNoStranger(hello, attempt);
      if (engine.guest.disk() != null && engine.guest.disk().hasLeft()) {
        throw new FrameException(
            "the disk has not yet answered all that the guest has asked that was here before");
      }
      var state = new Before(engine.phase(), engine.guestId());
      if (frame.has(Frame.FLAG_POST_COPY)) {
        beginPostCopy(link, frame, hello);
        expect(hello, state);
        return;
      }
      if (engine.arrives() && engine.arriving().givesWayTo(attempt)) {
        engine.arriving().giveWay();
      }
      requireNoPostCopy(frame);
      required(
          engine.take(
              new Action.ReceiveHello(attempt),
              Cause.on(
                  link,
                  frame.sequence(),
                  "attempt",
                  attempt,
                  "frame",
                  frame.sequence(),
                  "from",
                  hello.host())),
          frame);
      begun = true;
      source = hello.host();
      expect(hello, state);
      engine.digest().clear();
      forgetSecrets(state.phase());
      secrets.put(attempt, Secrets.of(engine.token(), engine.token()));
      links.computeIfAbsent(attempt, number -> new ArrayList<>()).add(link);
      startNanos = engine.loop.nanoTime();
      engine.report("active", "");
    }

    private void requireNoPostCopy(Frame frame) throws FrameException {
      if (engine.arrives() || engine.leaves()) {
        throw FrameException.outOfPlace(frame.type(), frame.attempt());
      }
    }

    private void beginPostCopy(Link link, Frame frame, Hello hello) throws FrameException {
      if (!engine.settings.postCopy) {
        throw new FrameException(
            "the source wants post-copy: the capability 'postcopy-ram' must be set here, too");
      }
      boolean checkpoints = frame.has(Frame.FLAG_CHECKPOINTS);
      if (checkpoints && !engine.settings.checkpoints) {
        throw new FrameException(
            "the source wants checkpoints: the capability 'x-landfall-checkpoints' must be set"
                + " here, too");
      }
      if (checkpoints && engine.lacksCheckpoints().isPresent()) {
        throw new FrameException(engine.lacksCheckpoints().get());
      }
      boolean copies = frame.has(Frame.FLAG_COPIES_AHEAD);
      if (copies && !checkpoints) {
        throw new FrameException("Hello frame with copies ahead and without checkpoints");
      }
      if (checkpoints && copies != engine.settings.copiesAhead) {
        throw new FrameException(
            copies
                ? "the source copies ahead: the capability 'x-landfall-copies-ahead' must be set"
                    + " here, too"
                : "the source does not copy ahead: the capability 'x-landfall-copies-ahead' must"
                    + " not be set here");
      }
      if (copies && engine.lacksCopies().isPresent()) {
        throw new FrameException(engine.lacksCopies().get());
      }
      boolean disk = engine.guest.disk() != null;
      if (checkpoints && frame.has(Frame.FLAG_DISK) != disk) {
        throw new FrameException(
            disk
                ? "the source wants checkpoints of a guest without a disk: this host has one"
                : "the source wants checkpoints of a guest with a disk: this host has none");
      }
      if (engine.arrives() && engine.arriving().givesWayTo(attempt)) {
        engine.arriving().begin(link, attempt, hello.migrationId(), checkpoints, copies);
      } else {
        requireNoPostCopy(frame);
        if (!engine.enables(new Action.ReceiveHello(attempt))) {
          throw FrameException.outOfPlace(frame.type(), attempt);
        }
        closeUpTo(attempt - 1);
        Phase now = engine.phase();
        var next = new PostCopyDestination(engine, Math.max(now.attempt(), now.accepted()));
        engine.arrive(next);
        next.begin(link, attempt, hello.migrationId(), checkpoints, copies);
      }
      postCopy = engine.arriving();
      startNanos = engine.loop.nanoTime();
    }

    private void take(Link link, Frame frame) throws FrameException {
      Cause cause =
          Cause.on(
              link,
              frame.sequence(),
              "attempt",
              frame.attempt(),
              "frame",
              frame.sequence(),
              "sent",
              link.nextSequence());
      switch (frame.type()) {
        case PAGES -> {
          required(
              engine.take(
                  new Action.ReceivePage(frame.attempt()),
                  new Cause(cause.args(), link, frame.sequence(), pages, null, false)),
              frame);
          pagesReceived += pages.count();
          noteReceived(engine, pages, frame);
        }
        case DEVICE_STATE -> receiveDeviceState(link, frame, cause);
        case HANDOVER -> receiveHandover(link, frame, cause);
        case FAILURE -> {
          link.close();
          lost(link, "the source gave up: " + Failure.of(frame.payload()).cause(), false);
        }
        default -> throw FrameException.outOfPlace(frame.type(), frame.attempt());
      }
    }

    private void receiveDeviceState(Link link, Frame frame, Cause cause) throws FrameException {
      if (!engine.enables(new Action.ReceiveDeviceState(frame.attempt()))) {
        throw FrameException.outOfPlace(frame.type(), frame.attempt());
      }
      ByteBuffer content = engine.requireDigest(frame.payload());
      int pagesHere = engine.digest().pages();
      if (engine.checksImages() && pagesHere < engine.protocol.pages()) {
        throw new FrameException(
            "DeviceState frame after "
                + pagesHere
                + " of "
                + engine.protocol.pages()
                + " pages: each must have come");
      }
      byte[] bytes = new byte[content.remaining()];
      content.get(bytes);
      DeviceState state;
      try {
        state = engine.guest.check(bytes);
      } catch (IllegalArgumentException malformed) {
        throw new FrameException("device state: " + malformed.getMessage());
      }
      boolean stopped = frame.has(Frame.FLAG_STOPPED_BY_OPERATOR);
      required(
          engine.take(
              new Action.ReceiveDeviceState(frame.attempt()),
              new Cause(cause.args(), link, frame.sequence(), null, state, stopped)),
          frame);
      imageIsWhole();
      // Once the image is complete this host waits for as long as it takes: it cannot know whether
      // the guest is its own, unless an arbiter says so.
      link.setSilenceMillis(0);
      if (engine.storage != null) {
        engine.loop.after(engine.options.deadlineMillis() * 1_000_000L, () -> claim(attempt));
      }
    }

    private void receiveHandover(Link link, Frame frame, Cause cause) throws FrameException {
      requireToken(frame);
      if (engine.storage == null || !waitsFor(frame.attempt())) {
        resume(frame.attempt(), frame.type(), cause);
        return;
      }
      // The frame counts as read once the storage has answered.
      link.setReading(false);
      int number = frame.attempt();
      engine.storage.ask(
          arbiter -> arbiter.take(number),
          answer -> {
            link.setReading(true);
            decide(number, answer, link, cause);
          },
          unreachable -> {
            link.setReading(true);
            engine.explain("the lock cannot be asked: " + unreachable.getMessage());
            claimLater(number);
          });
    }

    private void decide(int number, Arbiter.Answer answer, Link link, Cause cause) {
      if (!waitsFor(number)) {
        return;
      }
      if (answer == Arbiter.Answer.TAKEN) {
        try {
          resume(number, FrameType.HANDOVER, cause);
        } catch (FrameException impossible) {
          throw new IllegalStateException(impossible);
        }
      } else if (engine.take(new Action.RefuseHandover(number), cause)) {
        engine.report("failed", "the source has taken the guest back");
      }
    }

    private void resume(int number, FrameType type, Cause cause) throws FrameException {
      boolean arrives = waitsFor(number);
      if (!engine.take(new Action.ResumeDestination(number), cause)) {
        throw FrameException.outOfPlace(type, number);
      }
      if (arrives) {
        engine.report("completed", "");
      }
    }

    @Override
    public void lost(Link link, String cause, boolean refused) {
      if (refused) {
        link.send(FrameType.FAILURE, 0, attempt, new Failure(cause).toBytes());
        link.closeOnceHeard(engine.options.deadlineMillis());
      }
      if (postCopy != null) {
        postCopy.lost(link, attempt, cause);
        return;
      }
      List<Link> ofAttempt = links.getOrDefault(attempt, new ArrayList<>());
      boolean last = ofAttempt.remove(link) && ofAttempt.isEmpty();
      if (!last || attempt != engine.phase().accepted()) {
        return;
      }
      if (engine.take(new Action.DiscardImage(), Cause.of("cause", cause))) {
        boolean runs = engine.phase() instanceof Phase.Running;
        engine.report(runs ? "completed" : "failed", runs ? "" : cause);
      } else if (waitsFor(attempt)) {
        engine.explain("in doubt: the image is complete, and the source has not said whose it is");
        claim(attempt);
      }
    }
  }

  static void noteReceived(Engine engine, PageBatch pages, Frame frame) {
    for (int i = 0; i < pages.count(); i++) {
      engine.digest().sent(pages.page(i), frame.attempt(), frame.sequence());
    }
  }

  private static void required(boolean taken, Frame frame) throws FrameException {
    if (!taken) {
      throw FrameException.outOfPlace(frame.type(), frame.attempt());
    }
  }

  // ---------------------------------------------------------------- the arbiter

  /** Takes the guest if the arbiter gives it: the source has let go of it, and is suspect. */
  private void claim(int attempt) {
    if (engine.storage == null || claiming || !waitsFor(attempt)) {
      return;
    }
    claiming = true;
    engine.storage.ask(
        arbiter -> arbiter.take(attempt),
        answer -> {
          claiming = false;
          if (!waitsFor(attempt)) {
            return;
          }
          switch (answer) {
            case TAKEN -> {
              engine.take(new Action.ClaimLock(), Cause.of());
              engine.report("completed", "");
            }
            case NOT_OFFERED -> claimLater(attempt);
            case SUPERSEDED -> {
              engine.take(new Action.LearnSuperseded(), Cause.of());
              engine.report("failed", "superseded: the guest went elsewhere by a later attempt");
            }
          }
        },
        unreachable -> {
          claiming = false;
          engine.explain("the lock cannot be asked: " + unreachable.getMessage());
          claimLater(attempt);
        });
  }

  private void claimLater(int attempt) {
    engine.loop.after(CLAIM_NANOS, () -> claim(attempt));
  }
}
