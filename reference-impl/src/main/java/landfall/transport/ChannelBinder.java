package landfall.transport;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import landfall.wire.Channel;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;

/**
 * Puts connections that belong together to one link, see {@link StripedLink}. A handler is told of
 * links only; one that is given for a connection which turns out to be a further channel is told of
 * nothing but its refusal.
 */
public final class ChannelBinder implements Supplier<LinkHandler> {
  private final SelectorLoop loop;
  private final Supplier<? extends LinkHandler> handlers;

  /** Links whose first frame was taken. Few, since a newer attempt closes the link before. */
  private final List<StripedLink> links = new ArrayList<>();

  /**
   * @param handlers gives each connection a handler of its own
   */
  public ChannelBinder(SelectorLoop loop, Supplier<? extends LinkHandler> handlers) {
    this.loop = loop;
    this.handlers = handlers;
  }

  @Override
  public LinkHandler get() {
    return new Incoming(handlers.get());
  }

  private StripedLink linkOf(Channel shown) throws FrameException {
    links.removeIf(StripedLink::isOver);
    for (StripedLink each : links) {
      if (each.has(shown.token())) {
        return each;
      }
    }
    throw new FrameException("Channel frame with a token of no link that is here");
  }

  /** One connection. */
  private final class Incoming implements LinkHandler {
    private LinkHandler told;
    private boolean begun;

    Incoming(LinkHandler told) {
      this.told = told;
    }

    @Override
    public void received(Link link, Frame frame) throws FrameException {
      boolean first = !begun;
      begun = true;
      FrameType type = frame.type();
      if (first && type == FrameType.CHANNEL) {
        Channel shown = Channel.of(frame.payload());
        told = linkOf(shown).bind((SocketLink) link, frame.attempt(), shown.number());
      } else if (first
          && frame.has(Frame.FLAG_CHANNELS)
          && (type == FrameType.HELLO || type == FrameType.RECOVER)) {
        announce((SocketLink) link, frame);
      } else {
        told.received(link, frame);
      }
    }

    private void announce(SocketLink link, Frame frame) throws FrameException {
      ByteBuffer payload = frame.payload().duplicate();
      boolean urgent = frame.has(Frame.FLAG_URGENT);
      Channel announced = Channel.announced(payload, frame.type().title(), urgent);
      var whole = StripedLink.accepted(loop, link, told, frame.attempt(), announced, urgent);
      told = whole.first();
      told.received(
          link,
          new Frame(
              frame.type(),
              frame.flags() & ~(Frame.FLAG_CHANNELS | Frame.FLAG_URGENT),
              frame.attempt(),
              frame.sequence(),
              payload.slice()));
      links.removeIf(StripedLink::isOver);
      links.add(whole);
      whole.invite();
    }

    @Override
    public String otherSide() {
      return told.otherSide();
    }

    @Override
    public int guestPages() {
      return told.guestPages();
    }

    @Override
    public List<ByteBuffer> contents(int attempt, PageBatch pages) throws FrameException {
      return told.contents(attempt, pages);
    }

    @Override
    public List<ByteBuffer> urgentContents(int attempt, PageBatch pages) throws FrameException {
      return told.urgentContents(attempt, pages);
    }

    @Override
    public Urgency between() {
      return told.between();
    }

    @Override
    public void opened(Link link) {
      told.opened(link);
    }

    @Override
    public void drained(Link link) {
      told.drained(link);
    }

    @Override
    public void lost(Link link, String cause, boolean refused) {
      told.lost(link, cause, refused);
    }
  }
}
