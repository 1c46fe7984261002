package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Request;
import landfall.transport.EventLoop;
import landfall.transport.Link;
import landfall.transport.LinkHandler;
import landfall.transport.SelectorLoop;
import landfall.transport.SocketLink;
import landfall.wire.CheckpointPages;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import landfall.wire.StoreAnswer;
import landfall.wire.StoreHello;
import landfall.wire.StorePages;
import landfall.wire.StoreRequest;

/**
 * A store, {@code landfall store}, reached over a socket. It connects anew by itself. A store reads
 * nothing more of an old connection once it has taken a new one of the same host, so that nothing
 * older is done after what is asked now.
 *
 * <p>Pages go within a cap on the bandwidth. Who goes on without the other host is no matter for
 * that: such a question, and what stands before it, goes as fast as it goes.
 */
final class StoreClient implements StoreAccess, LinkHandler {
  private static final long PAUSE_NANOS_MIN = 20_000_000;
  private static final long PAUSE_NANOS_MAX = 1_000_000_000;

  /** Requests on their way beyond which a page had better wait. */
  private static final int PENDING_MAX = 256;

  private final SelectorLoop loop;
  private final HostAddress store;
  private final StoreSession session;
  private final int deadlineMillis;
  private final LongSupplier bandwidthMax;
  private final Pace pace;

  /** Bytes that went, counted for the pace. */
  private long sent;

  /** Something in the outbox cannot wait for the pace. */
  private boolean hurries;

  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private final FrameOutbox outbox;

  /** Null while there is no connection, not even one that is being made. */
  private Link link;

  /** The store serves this attempt on this link. */
  private boolean greeted;

  private String whyNot = "no connection to the store was made yet";
  private int lastNumber;
  private long pauseNanos = PAUSE_NANOS_MIN;
  private EventLoop.Timer reconnect = () -> {};
  private Runnable onConnected = () -> {};
  private Runnable onTakesPages = () -> {};
  private boolean tellsTakesPages;
  private boolean releasing;
  private boolean closed;

  /** A request without an answer. */
  private static final class Pending {
    private final int number;
    private final StoreRequest.Kind kind;
    private final int argument;
    private final PageReceiver receiver;
    private final Consumer<Answer> answered;
    private Answer.Page page;

    Pending(StoreRequest said, PageReceiver receiver, Consumer<Answer> answered) {
      number = said.number();
      kind = said.kind();
      argument = said.argument();
      this.receiver = receiver;
      this.answered = answered;
    }
  }

  /**
   * Begins to connect. On the loop's thread.
   *
   * @param deadlineMillis after so long without progress a connection is given up
   * @param bandwidthMax bytes a second that pages may take now, 0 for as fast as it goes
   */
  StoreClient(
      SelectorLoop loop,
      HostAddress store,
      StoreSession session,
      int deadlineMillis,
      LongSupplier bandwidthMax) {
    this.loop = loop;
    this.store = store;
    this.session = session;
    this.deadlineMillis = deadlineMillis;
    this.bandwidthMax = bandwidthMax;
    pace = new Pace(loop, () -> sent, this::goOn);
    outbox = new FrameOutbox(session.attempt());
    connect();
  }

  // ---------------------------------------------------------------- asking

  @Override
  public int ask(Request.ToStore request, Given given, Consumer<Answer> answered) {
    return ask(request, given, (number, version, content) -> {}, answered);
  }

  @Override
  public int askImage(PageReceiver pages, Consumer<Answer> answered) {
    return ask(new Request.GiveImage(), Given.NOTHING, pages, answered);
  }

  private int ask(
      Request.ToStore request, Given given, PageReceiver receiver, Consumer<Answer> answered) {
    int number = ++lastNumber;
    if (!greeted || releasing || closed) {
      var lost = new Answer.Lost(releasing || closed ? "the store was released" : whyNot);
      loop.execute(() -> answered.accept(lost));
      return number;
    }
    byte[] state = given.state();
    int version = state.length == 0 ? 0 : given.version(session.pages());
    StoreRequest said = StoreWords.toWire(number, request, version, state);
    if (outbox.isEmpty()) {
      pace.wasIdle();
    }
    hurries |= given == Given.NOTHING;
    addPages(number, given);
    send(new Pending(said, receiver, answered), said);
    return number;
  }

  private void addPages(int number, Given given) {
    int[] pages = given.pages();
    int most = Pace.batchPages(CheckpointPages.PAGES_MAX, bandwidthMax.getAsLong());
    for (int from = 0; from < pages.length; from += most) {
      List<CheckpointPages.Page> batch = new ArrayList<>();
      for (int i = from; i < Math.min(pages.length, from + most); i++) {
        batch.add(
            new CheckpointPages.Page(pages[i], given.version(pages[i]), given.content(pages[i])));
      }
      outbox.add(FrameType.STORE_PAGES, new StorePages(number, batch).toBytes());
    }
  }

  private void send(Pending request, StoreRequest said) {
    pending.add(request);
    outbox.add(FrameType.STORE_REQUEST, said.toBytes());
    pump();
  }

  // What is on its way has a deadline of its own. Once it is all there the answer is due.
  private void pump() {
    if (link != null && greeted) {
      while (!outbox.isEmpty()
          && link.takesPages()
          && !pace.waits(hurries ? 0 : bandwidthMax.getAsLong())) {
        sent += outbox.sendNext(link);
      }
      hurries &= !outbox.isEmpty();
      link.setSilenceMillis(pending.isEmpty() || !outbox.isEmpty() ? 0 : deadlineMillis);
    }
  }

  @Override
  public boolean takesPages() {
    boolean takes =
        greeted && outbox.isEmpty() && pending.size() < PENDING_MAX && link.takesPages();
    tellsTakesPages = !takes;
    return takes;
  }

  @Override
  public void whenTakesPages(Runnable goOn) {
    onTakesPages = goOn;
  }

  private void goOn() {
    pump();
    tellTakesPages();
  }

  private void tellTakesPages() {
    if (tellsTakesPages && takesPages()) {
      onTakesPages.run();
    }
  }

  @Override
  public boolean isConnected() {
    return greeted;
  }

  @Override
  public void whenConnected(Runnable connected) {
    onConnected = connected;
  }

  @Override
  public void release() {
    if (!releasing && !closed) {
      releasing = true;
      if (greeted) {
        sendRelease();
      }
    }
  }

  // Until the store has heard it; it costs the store memory, and nobody else anything.
  private void sendRelease() {
    StoreRequest said = StoreRequest.of(++lastNumber, StoreRequest.Kind.RELEASE, 0);
    send(
        new Pending(
            said,
            (page, version, content) -> {},
            answer -> {
              if (!(answer instanceof Answer.Lost)) {
                close();
              }
            }),
        said);
  }

  @Override
  public void close() {
    closed = true;
    greeted = false;
    reconnect.cancel();
    pending.clear();
    drop();
    if (link != null) {
      link.close();
      link = null;
    }
  }

  // ---------------------------------------------------------------- the connection

  private void connect() {
    if (closed) {
      return;
    }
    try {
      link = SocketLink.connect(loop, store.socket(), this, deadlineMillis);
    } catch (IOException refused) {
      link = null;
      whyNot = refused.getMessage();
      connectLater();
    }
  }

  private void connectLater() {
    reconnect = loop.after(pauseNanos, this::connect);
    pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
  }

  @Override
  public String otherSide() {
    return "the store";
  }

  @Override
  public void opened(Link opened) {
    var hello =
        new StoreHello(
            session.guest(),
            session.pages(),
            session.keeper() == Place.STORE,
            session.role() == Place.SOURCE,
            session.host());
    opened.send(FrameType.STORE_HELLO, 0, session.attempt(), hello.toBytes());
  }

  @Override
  public void drained(Link from) {
    if (from == link) {
      goOn();
    }
  }

  @Override
  public void received(Link from, Frame frame) throws FrameException {
    if (from != link) {
      return;
    }
    if (frame.attempt() != session.attempt()) {
      throw new FrameException(
          frame.type().title() + " frame of attempt " + frame.attempt() + " out of place");
    }
    switch (frame.type()) {
      case STORE_ANSWER -> answered(StoreAnswer.of(frame.payload()));
      case STORE_PAGES -> pages(StorePages.of(frame.payload(), session.pages()));
      case FAILURE -> {
        String why = "the store says: " + Failure.of(frame.payload()).cause();
        from.close();
        over(why);
      }
      default -> throw new FrameException(frame.type().title() + " frame out of place");
    }
  }

  private void answered(StoreAnswer answer) throws FrameException {
    if (!greeted) {
      greet(answer);
      return;
    }
    Pending asked = pending.peek();
    if (asked == null || asked.number != answer.number()) {
      throw new FrameException(
          "StoreAnswer frame of number " + answer.number() + " to no question that is due");
    }
    Answer said = answer(asked, answer);
    pending.poll();
    asked.answered.accept(said);
    goOn();
  }

  private Answer answer(Pending asked, StoreAnswer answer) throws FrameException {
    if (!answer.agreed()) {
      return new Answer.Refused(StoreWords.claim(answer.claim()), answer.why());
    }
    if (asked.kind == StoreRequest.Kind.GIVE_PAGE && asked.argument == session.pages()) {
      var state = ByteBuffer.wrap(answer.rest());
      return new Answer.Page(session.pages(), answer.version(), state);
    }
    boolean lacks = asked.page == null || asked.page.number() != asked.argument;
    if (asked.kind == StoreRequest.Kind.GIVE_PAGE && lacks) {
      throw new FrameException("StoreAnswer frame to GivePage without page " + asked.argument);
    }
    return switch (asked.kind) {
      case GIVE_PAGE -> asked.page;
      case GIVE_IMAGE -> new Answer.Image(answer.position(), answer.version(), answer.rest());
      default -> new Answer.Agreed();
    };
  }

  private void greet(StoreAnswer answer) throws FrameException {
    if (answer.number() != 0 || !answer.agreed()) {
      throw new FrameException("StoreAnswer frame where the store should have said that it serves");
    }
    greeted = true;
    pauseNanos = PAUSE_NANOS_MIN;
    if (releasing) {
      sendRelease();
      return;
    }
    pump();
    onConnected.run();
    tellTakesPages();
  }

  private void pages(StorePages pages) throws FrameException {
    Pending asked = pending.peek();
    if (asked == null || asked.number != pages.number()) {
      throw new FrameException(
          "StorePages frame of number " + pages.number() + " to no question that is due");
    }
    for (CheckpointPages.Page page : pages.pages()) {
      if (closed) {
        return;
      }
      asked.receiver.page(page.number(), page.version(), page.content());
    }
    CheckpointPages.Page last = pages.pages().get(pages.pages().size() - 1);
    asked.page = new Answer.Page(last.number(), last.version(), copy(last.content()));
  }

  private static ByteBuffer copy(ByteBuffer content) {
    return content == null
        ? null
        : ByteBuffer.allocate(PageBatch.PAGE_BYTES).put(content.duplicate()).flip();
  }

  @Override
  public void lost(Link over, String cause, boolean refused) {
    over.close();
    if (over == link) {
      over(cause);
    }
  }

  private void drop() {
    outbox.clear();
    hurries = false;
    pace.restart();
  }

  private void over(String why) {
    link = null;
    greeted = false;
    whyNot = why;
    drop();
    List<Pending> unanswered = List.copyOf(pending);
    pending.clear();
    connectLater();
    for (Pending asked : unanswered) {
      if (!closed) {
        asked.answered.accept(new Answer.Lost(why));
      }
    }
  }

  @Override
  public int guestPages() {
    return session.pages();
  }

  @Override
  public List<ByteBuffer> contents(int attempt, PageBatch pages) throws FrameException {
    throw new FrameException("Pages frame out of place");
  }
}
