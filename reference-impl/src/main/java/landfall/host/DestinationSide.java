package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import landfall.precopy.Action;
import landfall.precopy.DestinationPhase;
import landfall.precopy.Effect;
import landfall.precopy.Mutant;
import landfall.precopy.Protocol;
import landfall.precopy.Step;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;
import landfall.wire.PageMemory;

/**
 * The host that takes a guest in. Each connection has a thread that reads it; all of them change
 * the phase through {@link #take} alone.
 */
final class DestinationSide implements Side {
  private static final long CLAIM_NANOS = 100_000_000;

  private final HostOptions options;
  private final Protocol protocol;
  private final Guest guest;
  private final Settings settings;
  private final Trace trace;
  private final QmpServer.Events events;
  private final Arbiter arbiter;

  // Guarded by this.
  private DestinationPhase phase = DestinationPhase.initial();
  private final TreeMap<Integer, List<Link>> links = new TreeMap<>();
  private ServerSocketChannel server;
  private boolean memoryTouched;
  private boolean arrivesStopped;
  private String status = "none";
  private String error = "";
  private long pagesReceived;
  private long startNanos;

  DestinationSide(
      HostOptions options,
      Protocol protocol,
      Guest guest,
      Settings settings,
      Trace trace,
      QmpServer.Events events,
      Arbiter arbiter) {
    this.options = options;
    this.protocol = protocol;
    this.guest = guest;
    this.settings = settings;
    this.trace = trace;
    this.events = events;
    this.arbiter = arbiter;
  }

  // ---------------------------------------------------------------- the operator

  @Override
  public void migrate(HostAddress destination) throws RefusedException {
    throw new RefusedException("this host takes guests in; giving one away again is not supported");
  }

  @Override
  public void cancel() throws RefusedException {
    throw new RefusedException("only the source can take an attempt back");
  }

  @Override
  public synchronized void listen(HostAddress address) throws RefusedException, IOException {
    if (server != null) {
      throw new RefusedException("this host listens already");
    }
    server = address.listen();
    var thread = new Thread(this::accept, "accept");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public synchronized void continueGuest() {
    arrivesStopped = false;
    guest.continueByOperator();
  }

  @Override
  public synchronized String runState() {
    if (!(phase instanceof DestinationPhase.Running)) {
      return "inmigrate";
    }
    return guest.isExecuting() ? "running" : "paused";
  }

  @Override
  public synchronized Map<String, Object> queryMigrate() {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("status", status);
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
    answer.put("inDoubt", phase instanceof DestinationPhase.Ready);
    answer.put("pagesReceived", pagesReceived);
    answer.put(
        "receivingMillis", startNanos == 0 ? 0 : (System.nanoTime() - startNanos) / 1_000_000);
    return answer;
  }

  // ---------------------------------------------------------------- the one place

  /** What a step needs of the message that caused it. */
  private record Message(PageBatch pages, byte[] deviceState, boolean stopped, int frame) {
    static Message none() {
      return new Message(null, null, false, -1);
    }
  }

  /**
   * The one place where the phase of the destination changes. Does what must happen at once, traces
   * the step, and gives back what the caller must send.
   *
   * @return nothing if the action is not enabled
   */
  private synchronized Optional<List<Effect>> take(
      Action.OfDestination action, Message message, Supplier<Map<String, Object>> args) {
    Optional<Step<DestinationPhase>> step = phase.on(action, protocol);
    if (step.isEmpty()) {
      return Optional.empty();
    }
    // Before the phase changes: an image without a device state must never be Ready.
    if (message.deviceState() != null) {
      guest.restoreState(message.deviceState());
      arrivesStopped = message.stopped();
    }
    phase = step.get().phase();
    boolean run = false;
    List<Effect> sends = new ArrayList<>();
    for (Effect effect : step.get().effects()) {
      if (effect instanceof Effect.CloseConnections close) {
        closeUpTo(close.upToAttempt());
      } else if (effect instanceof Effect.ClearMemory) {
        clearMemory();
      } else if (effect instanceof Effect.StorePages) {
        store(message.pages());
      } else if (effect instanceof Effect.StoreDeviceState) {
        // Restored above.
      } else if (effect instanceof Effect.RunGuest) {
        run = true;
      } else {
        sends.add(effect);
      }
    }
    if (message.pages() != null) {
      trace.pages(action, pageNumbers(message.pages()), message.frame(), this::after);
    } else {
      trace.step(action, args.get(), after());
    }
    if (run) {
      if (arrivesStopped) {
        guest.stopByOperator();
      }
      guest.release();
    }
    return Optional.of(sends);
  }

  private void closeUpTo(int attempt) {
    links.headMap(attempt, true).values().forEach(each -> each.forEach(Link::close));
  }

  private void clearMemory() {
    if (memoryTouched) {
      for (int page = 0; page < protocol.pages(); page++) {
        if (!guest.memory().isZeroPage(page)) {
          guest.memory().fillZero(page);
        }
      }
    }
    memoryTouched = false;
  }

  /** Contents are in their places already; see {@link Arrival}. */
  private void store(PageBatch batch) {
    memoryTouched = true;
    for (int i = 0; i < batch.count(); i++) {
      int page = batch.page(i);
      if (!batch.isZero(i)) {
        guest.memory().wasWritten(page);
      } else if (!options.mutants().contains(Mutant.KEEP_CONTENT_OF_ZERO_PAGES)
          && !guest.memory().isZeroPage(page)) {
        guest.memory().fillZero(page);
      }
    }
    pagesReceived += batch.count();
  }

  private static int[] pageNumbers(PageBatch batch) {
    int[] pages = new int[batch.count()];
    for (int i = 0; i < pages.length; i++) {
      pages[i] = batch.page(i);
    }
    return pages;
  }

  private Map<String, Object> after() {
    return Trace.args("phase", phase.name(), "attempt", phase.accepted(), "round", 0);
  }

  private void report(String newStatus) {
    status = newStatus;
    if (settings.migrationEvents) {
      events.emit("MIGRATION", Map.of("status", newStatus));
    }
  }

  // ---------------------------------------------------------------- connections

  private void accept() {
    while (true) {
      try {
        SocketChannel channel = server.accept();
        var thread = new Thread(() -> serve(channel), "connection");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException closed) {
        System.err.println("landfall host: no longer listening: " + closed.getMessage());
        return;
      }
    }
  }

  /** Takes part in an attempt until its connection ends. */
  void serve(SocketChannel channel) {
    Link link;
    try {
      link = Link.accepted(channel, options.deadlineMillis());
    } catch (IOException gone) {
      return;
    }
    int attempt = 0;
    String cause;
    boolean refused = false;
    try {
      Frame first = link.receive().orElseThrow(() -> new IOException("nothing came"));
      attempt = first.attempt();
      begin(link, first);
      var arrival = new Arrival();
      while (true) {
        awaitFrame(link, attempt);
        Optional<Frame> frame = link.receive(arrival);
        if (frame.isEmpty()) {
          cause = "the source closed the connection";
          break;
        }
        take(link, frame.get(), arrival.pages);
      }
    } catch (FrameException bad) {
      cause = bad.getMessage();
      refused = true;
      sayFailure(link, attempt, cause);
    } catch (IOException lost) {
      cause = lost.getMessage();
    }
    boolean last = lost(link, attempt, cause);
    if (refused) {
      link.closeOnceHeard(options.deadlineMillis());
    } else {
      link.close();
    }
    while (last && arbiter != null && waitsFor(attempt)) {
      claim(attempt);
      LockSupport.parkNanos(CLAIM_NANOS);
    }
  }

  /** Where the pages of one connection go. */
  private final class Arrival implements PageMemory {
    private PageBatch pages;

    @Override
    public int guestPages() {
      return protocol.pages();
    }

    // RAM is written before the frame is known to be whole, and outside of the lock. This is
    // harmless while the image is incomplete: if the frame is bad the image is discarded, and if a
    // newer attempt begins this connection is closed, which ends its writing, before RAM is
    // cleared.
    @Override
    public List<ByteBuffer> contents(int attempt, PageBatch arriving) throws FrameException {
      synchronized (DestinationSide.this) {
        // Whether pages of this attempt are read is the core's decision, here as in every step.
        if (phase.on(new Action.ReceivePage(attempt), protocol).isEmpty()) {
          throw outOfPlace(FrameType.PAGES, attempt);
        }
        memoryTouched = true;
      }
      pages = arriving;
      return PageFrames.places(guest.memory(), arriving);
    }
  }

  private void begin(Link link, Frame first) throws IOException, FrameException {
    if (first.type() == FrameType.HELLO) {
      Hello hello = Hello.of(first.payload());
      if (hello.ramBytes() != guest.memory().sizeBytes()
          || hello.pageSize() != PageBatch.PAGE_BYTES) {
        throw new FrameException(
            String.format(
                "guest with %d bytes of RAM in pages of %d: %d in pages of %d are accepted",
                hello.ramBytes(),
                hello.pageSize(),
                guest.memory().sizeBytes(),
                PageBatch.PAGE_BYTES));
      }
      synchronized (this) {
        required(
            take(
                new Action.ReceiveHello(first.attempt()),
                Message.none(),
                () -> args("attempt", first.attempt(), "frame", first.sequence())),
            first);
        add(first.attempt(), link);
        startNanos = System.nanoTime();
        error = "";
        report("active");
      }
    } else if (first.type() == FrameType.HANDOVER) {
      synchronized (this) {
        add(first.attempt(), link);
      }
      take(link, first, null);
    } else {
      throw outOfPlace(first);
    }
  }

  private void add(int attempt, Link link) {
    links.computeIfAbsent(attempt, number -> new ArrayList<>()).add(link);
  }

  /**
   * While the image is incomplete a silent source is a lost one. Once it is complete this host
   * waits for as long as it takes: it cannot know whether the guest is its own, unless an arbiter
   * says so.
   */
  private void awaitFrame(Link link, int attempt) throws IOException {
    DestinationPhase now = phase();
    if (now instanceof DestinationPhase.Receiving) {
      link.setDeadlineMillis(options.deadlineMillis());
      return;
    }
    link.setDeadlineMillis(0);
    while (now instanceof DestinationPhase.Ready
        && arbiter != null
        && !link.arrives(options.deadlineMillis())) {
      claim(attempt);
      now = phase();
    }
  }

  private void take(Link link, Frame frame, PageBatch pages) throws IOException, FrameException {
    int attempt = frame.attempt();
    Supplier<Map<String, Object>> args =
        () -> args("attempt", attempt, "frame", frame.sequence(), "sent", link.nextSequence());
    switch (frame.type()) {
      case PAGES -> {
        var message = new Message(pages, null, false, frame.sequence());
        required(take(new Action.ReceivePage(attempt), message, args), frame);
      }
      case DEVICE_STATE -> {
        byte[] state = new byte[frame.payload().remaining()];
        frame.payload().get(state);
        boolean stopped = frame.has(Frame.FLAG_STOPPED_BY_OPERATOR);
        var message = new Message(null, state, stopped, frame.sequence());
        try {
          send(required(take(new Action.ReceiveDeviceState(attempt), message, args), frame), link);
        } catch (IllegalArgumentException malformed) {
          throw new FrameException("device state: " + malformed.getMessage());
        }
      }
      case HANDOVER -> receiveHandover(link, frame, args);
      case FAILURE ->
          throw new IOException("the source gave up: " + Failure.of(frame.payload()).cause());
      case HELLO, READY, RESUMED -> throw outOfPlace(frame);
    }
  }

  private void receiveHandover(Link link, Frame frame, Supplier<Map<String, Object>> args)
      throws IOException, FrameException {
    List<Effect> sends;
    synchronized (this) {
      boolean waits =
          phase instanceof DestinationPhase.Ready && phase.accepted() == frame.attempt();
      if (waits && arbiter != null && !arbiter.take()) {
        required(take(new Action.RefuseHandover(frame.attempt()), Message.none(), args), frame);
        error = "the source has taken the guest back";
        report("failed");
        return;
      }
      sends =
          required(
              take(new Action.ResumeDestination(frame.attempt()), Message.none(), args), frame);
      report("completed");
    }
    send(sends, link);
  }

  private void send(List<Effect> sends, Link link) throws IOException {
    for (Effect effect : sends) {
      if (effect instanceof Effect.SendReady ready) {
        link.send(FrameType.READY, 0, ready.attempt(), new byte[0]);
      } else if (effect instanceof Effect.SendResumed resumed) {
        link.send(FrameType.RESUMED, 0, resumed.attempt(), new byte[0]);
      } else {
        throw new IllegalStateException("not a message of the destination: " + effect);
      }
    }
  }

  private static List<Effect> required(Optional<List<Effect>> effects, Frame frame)
      throws FrameException {
    return effects.orElseThrow(() -> outOfPlace(frame));
  }

  private static FrameException outOfPlace(Frame frame) {
    return outOfPlace(frame.type(), frame.attempt());
  }

  private static FrameException outOfPlace(FrameType type, int attempt) {
    return new FrameException(type.title() + " frame of attempt " + attempt + " out of place");
  }

  private static Map<String, Object> args(Object... namesAndValues) {
    return Trace.args(namesAndValues);
  }

  private synchronized DestinationPhase phase() {
    return phase;
  }

  // ---------------------------------------------------------------- when it goes wrong

  private static void sayFailure(Link link, int attempt, String cause) {
    try {
      link.send(FrameType.FAILURE, 0, attempt, new Failure(cause).toBytes());
    } catch (IOException alreadyGone) {
      // Then the source learns it from the connection.
    }
  }

  /** True if this was the last connection of the attempt that is under way. */
  private synchronized boolean lost(Link link, int attempt, String cause) {
    List<Link> ofAttempt = links.getOrDefault(attempt, new ArrayList<>());
    boolean last = ofAttempt.remove(link) && ofAttempt.isEmpty();
    if (!last || attempt != phase.accepted()) {
      return false;
    }
    if (take(new Action.DiscardImage(), Message.none(), () -> args("cause", cause)).isPresent()) {
      boolean runs = phase instanceof DestinationPhase.Running;
      error = runs ? "" : cause;
      report(runs ? "completed" : "failed");
    } else if (phase instanceof DestinationPhase.Ready) {
      error = "in doubt: the image is complete, and the source has not said whose it is";
    }
    return true;
  }

  private synchronized boolean waitsFor(int attempt) {
    return phase instanceof DestinationPhase.Ready && phase.accepted() == attempt;
  }

  /** Takes the guest if the arbiter gives it: the source has let go of it, and is suspect. */
  private synchronized void claim(int attempt) {
    try {
      if (waitsFor(attempt) && arbiter.take()) {
        take(new Action.ClaimLock(), Message.none(), () -> args());
        error = "";
        report("completed");
      }
    } catch (IOException unreachable) {
      error = "the lock cannot be asked: " + unreachable.getMessage();
    }
  }
}
