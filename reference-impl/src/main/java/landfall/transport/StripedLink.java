package landfall.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.wire.Channel;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import landfall.wire.Token;

/**
 * A {@link Link} over several connections, its channels. Frames have one sequence of numbers over
 * all of them. Pages go on the channels in turn, all else to the destination on the first one, and
 * all that comes back on the first one.
 *
 * <ol>
 *   <li>The first frame on the first channel says how many there are to be, with a token.
 *   <li>Once that frame is taken the destination answers with a Channel frame.
 *   <li>The source opens the others; the first frame on each is Channel, with number and token. The
 *       destination takes it in with the same frame.
 *   <li>Once all are taken in pages are sent.
 * </ol>
 *
 * <p>The receiver reads the header of a frame on each channel, and the rest when its turn has come.
 * So nothing is put aside, and a channel whose turn it is not holds its sender back.
 *
 * <p>One more channel, behind the last, may be for urgent pages. It is bound as the others are, and
 * its frames are in an order of their own: they overtake those of the others, which is for whoever
 * sends them to allow. The receiver looks at it between two pieces of what it reads elsewhere.
 *
 * <p>If one channel is lost all are. The source closes the others at once. The destination first
 * reads what was sent before: channels end in any order, and Handover may be on its way on the
 * first one when the source dies. It gives the link up when the first one ends, when the next frame
 * can come no more, or after the deadline.
 */
public final class StripedLink implements Link {
  private static final long NANOS = 1_000_000;

  /** Opens connections to one place. */
  @FunctionalInterface
  public interface Dial {
    /** Begins to connect. */
    SocketLink connect(LinkHandler handler) throws IOException;
  }

  private final LinkHandler handler;
  private final Token token;
  private final SelectorLoop loop;

  /** Null at the destination, which opens none. */
  private final Dial dial;

  /** With the one for urgent pages, which is the last. */
  private final SocketLink[] channels;

  /** Those that share one order; as many as {@link #channels} if none is for urgent pages. */
  private final int ordered;

  /** Channels that both sides know; the first one always is. */
  private final boolean[] there;

  /** Channels on which a frame waits for its turn. */
  private final boolean[] waits;

  /** Channels that the destination has lost. */
  private final boolean[] ended;

  /** Why the first of them was lost; null before. */
  private String ending;

  private int attempt;
  private boolean announced;
  private boolean invited;

  /** The channel on which the next pages go. */
  private int next;

  private boolean tellsDrained;
  private boolean reading = true;

  /** As it was set; negative before. */
  private long silenceMillis = -1;

  private boolean over;

  private StripedLink(
      SelectorLoop loop, Dial dial, LinkHandler handler, int ordered, boolean urgent, Token token) {
    this.loop = loop;
    this.dial = dial;
    this.handler = handler;
    this.token = token;
    this.ordered = ordered;
    int channels = urgent ? ordered + 1 : ordered;
    this.channels = new SocketLink[channels];
    there = new boolean[channels];
    waits = new boolean[channels];
    ended = new boolean[channels];
    there[0] = true;
  }

  /**
   * Begins to connect; the handler is told once the first connection stands.
   *
   * @param channels up to {@link Channel#CHANNELS_MAX}, at least 2, or 1 with one more
   * @param urgent whether one more is for urgent pages
   * @param token must not be guessed, and is of this link alone
   * @throws IOException if it fails at once
   */
  public static Link connect(
      SelectorLoop loop, Dial dial, LinkHandler handler, int channels, boolean urgent, Token token)
      throws IOException {
    var link = new StripedLink(loop, dial, handler, channels, urgent, token);
    link.channels[0] = dial.connect(link.new End(0));
    return link;
  }

  /**
   * The other end, on whose first channel the first frame has come.
   *
   * @param announced what it says of channels
   * @param urgent whether one more is for urgent pages
   */
  static StripedLink accepted(
      SelectorLoop loop,
      SocketLink first,
      LinkHandler handler,
      int attempt,
      Channel announced,
      boolean urgent) {
    var link = new StripedLink(loop, null, handler, announced.number(), urgent, announced.token());
    link.attempt = attempt;
    link.channels[0] = first;
    link.join(0);
    return link;
  }

  private boolean isUrgent(int number) {
    return number == ordered;
  }

  private void join(int number) {
    if (isUrgent(number)) {
      channels[number].joinUrgent(channels[0]);
      return;
    }
    channels[number].join(channels[0], () -> awaitsTurn(number));
    if (dial == null && hasUrgent()) {
      channels[number].lookBetween(this::between);
    }
  }

  /** A piece was read of what is not urgent. */
  private LinkHandler.Urgency between() {
    if (over || !there[ordered]) {
      return LinkHandler.Urgency.NONE;
    }
    LinkHandler.Urgency urgency = handler.between();
    if (urgency != LinkHandler.Urgency.NONE) {
      channels[ordered].readNow();
    }
    return urgency;
  }

  private boolean isWhole() {
    for (boolean each : there) {
      if (!each) {
        return false;
      }
    }
    return true;
  }

  // ---------------------------------------------------------------- the destination binds

  /** What is told of its first connection. */
  LinkHandler first() {
    return new End(0);
  }

  boolean isOver() {
    return over;
  }

  /** Whether the token is that of this link. */
  boolean has(Token shown) {
    return token.equals(shown);
  }

  /** The first frame is taken: the others may come. */
  void invite() {
    if (!over) {
      channels[0].send(FrameType.CHANNEL, 0, attempt, new Channel(0, token).toBytes());
    }
  }

  /**
   * A connection shows the token of this link.
   *
   * @return what is told of it from now on
   * @throws FrameException if it is not taken in; this link stays as it is
   */
  LinkHandler bind(SocketLink link, int ofAttempt, int number) throws FrameException {
    if (ofAttempt != attempt) {
      throw new FrameException(
          "Channel frame of attempt " + ofAttempt + ": its token is of attempt " + attempt);
    }
    if (number < 1 || number >= channels.length) {
      throw new FrameException(
          "Channel frame of channel "
              + number
              + ": 1 to "
              + (channels.length - 1)
              + " are accepted");
    }
    if (channels[number] != null) {
      throw new FrameException("Channel frame of channel " + number + ", which is there already");
    }
    if (!link.provenNames().equals(channels[0].provenNames())) {
      throw new FrameException(
          "Channel frame under the certificate of another host than that of the first channel");
    }
    channels[number] = link;
    there[number] = true;
    join(number);
    applySilence(link);
    link.setReading(reading);
    link.send(FrameType.CHANNEL, 0, attempt, new Channel(number, token).toBytes());
    return new End(number);
  }

  // ---------------------------------------------------------------- the source opens

  private void confirmed(int number, Frame frame) throws FrameException {
    Channel shown = Channel.of(frame.payload());
    boolean expected = number == 0 ? announced && !invited : !there[number];
    if (!expected
        || shown.number() != number
        || !has(shown.token())
        || frame.attempt() != attempt) {
      throw frame.outOfPlace();
    }
    if (number == 0) {
      invited = true;
      openOthers();
      return;
    }
    there[number] = true;
    if (isWhole()) {
      for (SocketLink each : channels) {
        applySilence(each);
        each.setReading(reading);
      }
      tellDrained();
    }
  }

  private void openOthers() {
    for (int i = 1; i < channels.length && !over; i++) {
      int number = i;
      try {
        channels[number] = dial.connect(new End(number));
      } catch (IOException refused) {
        loop.execute(() -> end(number, refused.getMessage(), false));
        return;
      }
    }
  }

  // ---------------------------------------------------------------- turns

  private void awaitsTurn(int number) {
    waits[number] = true;
    endIfStuck();
  }

  private void endIfStuck() {
    for (int i = 0; i < ordered; i++) {
      if (!ended[i] && (!there[i] || !channels[i].awaitsTurn())) {
        return;
      }
    }
    boolean refused = ending == null;
    loop.execute(() -> end(0, "the next frame is on no channel", refused));
  }

  private void giveTurn() {
    for (int i = 0; i < channels.length; i++) {
      if (waits[i] && !channels[i].awaitsTurn()) {
        waits[i] = false;
        loop.execute(channels[i]::readNow);
      }
    }
  }

  // ---------------------------------------------------------------- one channel

  /** Is told of one channel. */
  private final class End implements LinkHandler {
    private final int number;

    End(int number) {
      this.number = number;
    }

    @Override
    public String otherSide() {
      return handler.otherSide();
    }

    @Override
    public int guestPages() {
      return handler.guestPages();
    }

    @Override
    public void opened(Link link) {
      if (over) {
        link.close();
      } else if (number == 0) {
        handler.opened(StripedLink.this);
      } else {
        link.send(FrameType.CHANNEL, 0, attempt, new Channel(number, token).toBytes());
        join(number);
      }
    }

    @Override
    public void drained(Link link) {
      if (over) {
        return;
      }
      if (isUrgent(number)) {
        handler.drained(StripedLink.this);
      } else {
        tellDrained();
      }
    }

    @Override
    public List<ByteBuffer> contents(int ofAttempt, PageBatch pages) throws FrameException {
      if (over) {
        throw FrameException.outOfPlace(FrameType.PAGES, ofAttempt);
      }
      requireWhole(FrameType.PAGES);
      return isUrgent(number)
          ? handler.urgentContents(ofAttempt, pages)
          : handler.contents(ofAttempt, pages);
    }

    @Override
    public void received(Link link, Frame frame) throws FrameException {
      if (over) {
        return;
      }
      FrameType type = frame.type();
      if (dial != null && type == FrameType.CHANNEL) {
        confirmed(number, frame);
        return;
      }
      if (number > 0 && type != (dial == null ? FrameType.PAGES : FrameType.FAILURE)) {
        throw new FrameException(type.title() + " frame is accepted on the first channel only");
      }
      if (type == FrameType.DEVICE_STATE) {
        requireWhole(type);
      }
      handler.received(StripedLink.this, frame);
      giveTurn();
    }

    private void requireWhole(FrameType type) throws FrameException {
      if (!isWhole()) {
        throw new FrameException(
            type.title() + " frame before all " + channels.length + " channels are there");
      }
    }

    @Override
    public void lost(Link link, String cause, boolean refused) {
      end(number, cause, refused);
    }
  }

  private void end(int number, String cause, boolean refused) {
    if (over) {
      return;
    }
    if (!refused && number > 0) {
      channels[0].readNow();
      if (dial == null) {
        endLater(number, cause);
        return;
      }
    }
    if (over) {
      return;
    }
    over = true;
    for (SocketLink each : channels) {
      if (each != null && refused) {
        each.setReading(false);
      } else if (each != null) {
        each.close();
      }
    }
    String first = number == 0 ? cause : on(number, cause);
    handler.lost(this, ending == null || refused ? first : ending, refused);
  }

  private static String on(int channel, String cause) {
    return cause + " (channel " + channel + ")";
  }

  /** The source knows, too, or is dead: then the first channel ends behind what it has brought. */
  private void endLater(int number, String cause) {
    if (over) {
      return;
    }
    ended[number] = true;
    if (ending == null) {
      ending = on(number, cause);
      channels[0].setSilenceMillis(channels[0].deadlineMillis());
    }
    if (isUrgent(number)) {
      // The others can go on without it for ever.
      loop.after(channels[0].deadlineMillis() * NANOS, () -> end(0, ending, false));
    }
    endIfStuck();
  }

  // ---------------------------------------------------------------- the whole

  @Override
  public int channels() {
    return ordered;
  }

  @Override
  public boolean hasUrgent() {
    return ordered < channels.length;
  }

  @Override
  public Link urgent() {
    return hasUrgent() && isWhole() ? channels[ordered] : this;
  }

  @Override
  public int nextSequence() {
    return channels[0].nextSequence();
  }

  @Override
  public void send(FrameType type, int flags, int ofAttempt, byte[] payload) {
    if (dial == null || announced) {
      channels[0].send(type, flags, ofAttempt, payload);
      return;
    }
    announced = true;
    attempt = ofAttempt;
    byte[] withChannels = new Channel(ordered, token).before(payload);
    int more = Frame.FLAG_CHANNELS | (hasUrgent() ? Frame.FLAG_URGENT : 0);
    channels[0].send(type, flags | more, ofAttempt, withChannels);
  }

  @Override
  public void together(Runnable sends) {
    channels[0].together(sends);
  }

  @Override
  public boolean takesPages() {
    if (dial == null) {
      tellsDrained = !channels[0].takesPages();
      return !tellsDrained;
    }
    if (!over && isWhole()) {
      for (int i = 0; i < ordered; i++) {
        int candidate = (next + i) % ordered;
        if (channels[candidate].takesPages()) {
          next = candidate;
          return true;
        }
      }
    }
    tellsDrained = true;
    return false;
  }

  private void tellDrained() {
    if (tellsDrained) {
      tellsDrained = false;
      handler.drained(this);
    }
  }

  @Override
  public ByteBuffer pagesBuffer() {
    return channels[next].pagesBuffer();
  }

  @Override
  public void sendPages(int flags, int ofAttempt, List<ByteBuffer> elsewhere) {
    channels[next].sendPages(flags, ofAttempt, elsewhere);
    next = dial == null ? 0 : (next + 1) % ordered;
  }

  /** Those that were shown on each channel. */
  @Override
  public Optional<Set<String>> provenNames() {
    Optional<Set<String>> first = channels[0].provenNames();
    if (first.isEmpty()) {
      return first;
    }
    Set<String> names = new HashSet<>(first.get());
    for (int i = 1; i < channels.length; i++) {
      if (there[i]) {
        names.retainAll(channels[i].provenNames().orElse(Set.of()));
      }
    }
    return Optional.of(names);
  }

  @Override
  public void setReading(boolean wanted) {
    reading = wanted;
    for (int i = 0; i < channels.length; i++) {
      if (there[i]) {
        channels[i].setReading(wanted);
        // Of a frame whose turn came meanwhile there may be no byte left that makes an event.
        loop.execute(channels[i]::readNow);
      }
    }
  }

  // Until all channels are there the other side owes a word, whatever comes then.
  @Override
  public void setSilenceMillis(long millis) {
    if (ending != null) {
      return;
    }
    silenceMillis = millis;
    for (int i = 0; i < channels.length; i++) {
      if (there[i] && (dial == null || isWhole())) {
        applySilence(channels[i]);
      }
    }
  }

  private void applySilence(SocketLink channel) {
    if (silenceMillis >= 0) {
      channel.setSilenceMillis(silenceMillis);
    }
  }

  @Override
  public void close() {
    over = true;
    for (SocketLink each : channels) {
      if (each != null) {
        each.close();
      }
    }
  }

  @Override
  public void closeOnceHeard(long millis) {
    over = true;
    for (SocketLink each : channels) {
      if (each != null) {
        each.closeOnceHeard(millis);
      }
    }
  }
}
