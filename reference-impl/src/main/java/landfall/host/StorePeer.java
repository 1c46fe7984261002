package landfall.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import landfall.forwardcheckpoint.Place;
import landfall.transport.Link;
import landfall.transport.LinkHandler;
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
 * A connection of a host to a store. A host that says what no host says is told so, and closed. On
 * the loop's thread.
 */
final class StorePeer implements LinkHandler {
  private static final int ATTEMPT_MAX = 1 << 30;

  /** Whom a host asks first. */
  interface Admission {
    /** Begins to look for its attempt; ends with {@link #admitted} or {@link #refuse}. */
    void admit(StorePeer peer, StoredAttempt.Key key, StoreHello hello);

    /** The connection is over. */
    void left(StorePeer peer);
  }

  private final Admission admission;
  private final long deadlineMillis;
  private Link link;
  private FrameOutbox outbox;
  private int attemptNumber;
  private StoreHello hello;

  /** Null until the store serves it. */
  private StoredAttempt attempt;

  /** Pages that have come for the next request. */
  private final List<CheckpointPages.Page> arrived = new ArrayList<>();

  private int arrivedFor;
  private int lastNumber;
  private boolean over;
  private boolean wantsReading = true;

  StorePeer(Admission admission, long deadlineMillis) {
    this.admission = admission;
    this.deadlineMillis = deadlineMillis;
  }

  Place side() {
    return hello.source() ? Place.SOURCE : Place.DESTINATION;
  }

  boolean lacksPages() {
    return attempt != null && attempt.lacksPages();
  }

  @Override
  public String otherSide() {
    return hello == null ? "the host" : "host " + hello.host();
  }

  @Override
  public void opened(Link opened) {
    // Connections are taken in here, not made.
  }

  @Override
  public void received(Link from, Frame frame) throws FrameException {
    if (over) {
      return;
    }
    if (hello == null) {
      greet(from, frame);
      return;
    }
    if (frame.attempt() != attemptNumber || frame.flags() != 0) {
      throw outOfPlace(frame);
    }
    switch (frame.type()) {
      case STORE_PAGES -> arrived(StorePages.of(frame.payload(), hello.pages()));
      case STORE_REQUEST -> asked(StoreRequest.of(frame.payload(), hello.pages()));
      default -> throw outOfPlace(frame);
    }
  }

  private static FrameException outOfPlace(Frame frame) {
    return new FrameException(
        frame.type().title()
            + " frame of attempt "
            + frame.attempt()
            + " with flags "
            + frame.flags()
            + " out of place");
  }

  private void greet(Link from, Frame frame) throws FrameException {
    link = from;
    if (frame.type() != FrameType.STORE_HELLO) {
      throw new FrameException(
          frame.type().title() + " frame where StoreHello is due: this is a store");
    }
    attemptNumber = frame.attempt();
    if (attemptNumber < 1 || attemptNumber > ATTEMPT_MAX || frame.flags() != 0) {
      throw outOfPlace(frame);
    }
    StoreHello said = StoreHello.of(frame.payload());
    hello = said;
    outbox = new FrameOutbox(attemptNumber);
    link.setSilenceMillis(0);
    // Nothing is read on until its attempt is found.
    setReading(false);
    admission.admit(this, new StoredAttempt.Key(said.guest(), attemptNumber), said);
  }

  /** The store serves it. */
  void admitted(StoredAttempt to) {
    if (over) {
      return;
    }
    try {
      to.join(this, hello);
    } catch (FrameException refused) {
      refuse(refused.getMessage());
      return;
    }
    attempt = to;
    answer(StoreAnswer.yes(0, 0));
    setReading(to.isReading());
  }

  // A source copies a frame of pages with each request, and only a destination that commits sends
  // more: there would be no room for it.
  private void arrived(StorePages pages) throws FrameException {
    int most =
        hello.source() ? CheckpointPages.PAGES_MAX : hello.keepsCheckpoints() ? hello.pages() : 0;
    for (CheckpointPages.Page page : pages.pages()) {
      int last = arrived.isEmpty() ? -1 : arrived.get(arrived.size() - 1).number();
      if (page.number() <= last) {
        throw new FrameException(
            "StorePages frame with page "
                + page.number()
                + " behind page "
                + last
                + ": they must ascend");
      }
    }
    if (arrived.size() + pages.pages().size() > most) {
      throw new FrameException(
          "StorePages frame with more pages than a request of the "
              + StoreTrace.name(side())
              + " has: at most "
              + most
              + " are accepted");
    }
    if (pages.number() <= lastNumber || !arrived.isEmpty() && pages.number() != arrivedFor) {
      throw new FrameException(
          "StorePages frame of number " + pages.number() + " where another is due");
    }
    arrivedFor = pages.number();
    arrived.addAll(StoredPages.copy(pages.pages()));
  }

  private void asked(StoreRequest request) throws FrameException {
    boolean fits = arrived.isEmpty() || arrivedFor == request.number();
    if (request.number() <= lastNumber || !fits) {
      throw new FrameException(
          "StoreRequest frame of number "
              + request.number()
              + " where one behind "
              + lastNumber
              + " is due");
    }
    lastNumber = request.number();
    List<CheckpointPages.Page> pages = List.copyOf(arrived);
    arrived.clear();
    attempt.ask(new StoredAttempt.Asked(this, request, pages));
  }

  void answer(StoreAnswer answer) {
    send(FrameType.STORE_ANSWER, answer::toBytes);
  }

  /**
   * Sends a frame behind those before. A host that asks for more than it reads is read no further
   * meanwhile.
   */
  void send(FrameType type, Supplier<byte[]> payload) {
    if (!over) {
      outbox.add(type, payload);
      outbox.sendOver(link);
      applyReading();
    }
  }

  @Override
  public void drained(Link from) {
    if (!over) {
      outbox.sendOver(link);
      applyReading();
    }
  }

  /** Whether the store takes requests of it; what it says meanwhile waits in the network. */
  void setReading(boolean wanted) {
    wantsReading = wanted;
    applyReading();
  }

  private void applyReading() {
    if (!over) {
      link.setReading(wantsReading && outbox.isEmpty());
    }
  }

  /** Tells it why, and closes. */
  void refuse(String why) {
    if (!over) {
      end();
      link.send(FrameType.FAILURE, 0, attemptNumber, new Failure(why).toBytes());
      link.closeOnceHeard(deadlineMillis);
    }
  }

  /** The host has another connection. */
  void replaced() {
    if (!over) {
      end();
      link.close();
    }
  }

  @Override
  public void lost(Link from, String cause, boolean refused) {
    if (refused) {
      from.send(FrameType.FAILURE, 0, attemptNumber, new Failure(cause).toBytes());
      from.closeOnceHeard(deadlineMillis);
    } else {
      from.close();
    }
    end();
  }

  private void end() {
    if (over) {
      return;
    }
    over = true;
    arrived.clear();
    if (outbox != null) {
      outbox.clear();
    }
    if (attempt != null) {
      attempt.left(this);
    }
    admission.left(this);
  }

  @Override
  public int guestPages() {
    return 1;
  }

  @Override
  public List<ByteBuffer> contents(int ofAttempt, PageBatch pages) throws FrameException {
    throw new FrameException("Pages frame out of place");
  }
}
