package landfall.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameNumbers;
import landfall.wire.FrameReader;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;

/** A {@link Link} over a TCP or Unix socket. */
public final class SocketLink implements Link {
  private static final int LOOPBACK_SEND_BUFFER_BYTES = 256 << 10;

  /** Of what may be overtaken. */
  private static final int LOOPBACK_RECEIVE_BUFFER_BYTES = 512 << 10;

  /** Frames, or pieces of them, that are read in one go before others have their turn. */
  private static final int FRAMES_AT_ONCE = 8;

  /** Takes as long to read as it takes to look at another connection some ten times. */
  private static final int PIECE_BYTES = 64 << 10;

  /** The same, twice or three times: while somebody waits for what comes on the other one. */
  private static final int SMALL_PIECE_BYTES = 16 << 10;

  /** Control frames that wait for a peer that reads nothing: more is no protocol. */
  private static final int WAITING_BYTES_MAX = 1 << 20;

  /**
   * Signatures of TLS handshakes take milliseconds, which no loop has. Strangers may ask for many.
   */
  private static final Executor ELSEWHERE =
      Executors.newFixedThreadPool(
          2,
          task -> {
            var thread = new Thread(task, "tls-handshake");
            thread.setDaemon(true);
            return thread;
          });

  /** Room for a header with a list of pages, and for every frame that may be the first. */
  private static final int SMALL_FRAME_BYTES = Frame.HEADER_BYTES + (1 << 10);

  private final SelectorLoop loop;
  private final SocketChannel channel;
  private final ByteStream stream;
  private final LinkHandler handler;
  private final SocketAddress address;
  private final long deadlineMillis;
  private final boolean accepted;
  private final SelectionKey key;
  private final FrameReader reader;
  private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private ByteBuffer incoming;
  private ByteBuffer pages;
  private FrameNumbers sent = new FrameNumbers();
  private boolean connected;

  /** Bytes of users may pass. */
  private boolean stands;

  /** The first frame was one that this host takes: until then the other side is a stranger. */
  private boolean admitted;

  private final long since;
  private Runnable onAdmission = () -> {};
  private Runnable onRelease = () -> {};
  private Runnable onAwaitedTurn = () -> {};

  /** Done between two pieces of what is read; null if nobody asked for it. */
  private Supplier<LinkHandler.Urgency> between;

  private boolean reading = true;
  private boolean closed;
  private boolean leaving;
  private boolean failed;
  private boolean closedHere;
  private boolean tellsDrained;

  /** What is sent waits for what follows at once. */
  private boolean gathers;

  /** The stream has taken bytes that the network has not. */
  private boolean holdsBack;

  private long silenceMillis;
  private Progress progress = new Progress();
  private EventLoop.Timer watch = () -> {};

  /** When bytes came last, and went last: on any channel of a link, that is progress of all. */
  private static final class Progress {
    long heard;
    long taken;
  }

  private SocketLink(
      SelectorLoop loop,
      SocketChannel channel,
      SocketAddress address,
      LinkHandler handler,
      long deadlineMillis,
      boolean connected,
      boolean accepted,
      SSLEngine encryption)
      throws IOException {
    this.loop = loop;
    this.channel = channel;
    this.address = address;
    this.handler = handler;
    this.deadlineMillis = deadlineMillis;
    this.connected = connected;
    channel.configureBlocking(false);
    stream =
        encryption == null
            ? new PlainStream(channel)
            : new TlsStream(
                channel, encryption, ELSEWHERE, () -> loop.execute(this::worked), loop.buffers());
    this.accepted = accepted;
    admitted = !accepted;
    stands = accepted && encryption == null;
    reader = new FrameReader(stream, !stream.guardsBytes());
    silenceMillis = deadlineMillis;
    since = loop.nanoTime();
    progress.heard = since;
    progress.taken = since;
    int operations = connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT;
    key = loop.register(channel, operations, this::ready);
    watchSilence();
  }

  /**
   * Begins to connect; the handler is told of the outcome. The loop's thread.
   *
   * @param deadlineMillis within which it must stand, and later the longest silence
   * @throws IOException if it fails at once
   */
  public static SocketLink connect(
      SelectorLoop loop, SocketAddress address, LinkHandler handler, long deadlineMillis)
      throws IOException {
    return connect(loop, address, handler, deadlineMillis, null);
  }

  /**
   * The same under TLS.
   *
   * @param credentials of a client
   * @param peer the name that the other side's certificate must be made out to
   */
  public static SocketLink connect(
      SelectorLoop loop,
      SocketAddress address,
      LinkHandler handler,
      long deadlineMillis,
      TlsCredentials credentials,
      String peer)
      throws IOException {
    return connect(loop, address, handler, deadlineMillis, credentials.engine(peer));
  }

  private static SocketLink connect(
      SelectorLoop loop,
      SocketAddress address,
      LinkHandler handler,
      long deadlineMillis,
      SSLEngine encryption)
      throws IOException {
    SocketChannel channel = null;
    try {
      channel =
          address instanceof UnixDomainSocketAddress
              ? SocketChannel.open(StandardProtocolFamily.UNIX)
              : SocketChannel.open();
      tune(channel);
      if (encryption == null) {
        tuneSending(channel, address);
      }
      channel.configureBlocking(false);
      boolean connected = channel.connect(address);
      var link =
          new SocketLink(
              loop, channel, address, handler, deadlineMillis, connected, false, encryption);
      if (connected) {
        loop.execute(() -> link.ifOpen(link::handshake));
      }
      return link;
    } catch (IOException | RuntimeException refused) {
      if (channel != null) {
        channel.close();
      }
      throw new IOException("cannot connect to " + address + ": " + refused.getMessage(), refused);
    }
  }

  /**
   * The other end of a connection.
   *
   * @param encryption null for none
   */
  static SocketLink accepted(
      SelectorLoop loop,
      SocketChannel channel,
      LinkHandler handler,
      long deadlineMillis,
      SSLEngine encryption)
      throws IOException {
    tune(channel);
    return new SocketLink(
        loop, channel, channel.getRemoteAddress(), handler, deadlineMillis, true, true, encryption);
  }

  /**
   * What is to be done when the first frame was taken, and when the descriptor is free again. The
   * latter comes in any case.
   */
  void watch(Runnable whenAdmitted, Runnable whenReleased) {
    onAdmission = whenAdmitted;
    onRelease = whenReleased;
  }

  /**
   * From now on this is a channel of a link of several, whose first one is given. The connecting
   * ends number what they send together, the accepting ones read it in this order; what goes the
   * other way does so on the first channel.
   *
   * @param awaitsTurn done when a frame is not read on because others come first
   */
  void join(SocketLink first, Runnable awaitsTurn) {
    onAwaitedTurn = awaitsTurn;
    if (first == this) {
      return;
    }
    progress = first.progress;
    if (accepted) {
      reader.share(first.reader);
    } else {
      sent = first.sent;
    }
  }

  /** The same for the connection for urgent pages, whose frames are in an order of their own. */
  void joinUrgent(SocketLink first) {
    progress = first.progress;
    if (accepted) {
      reader.isUrgent();
    } else {
      sent = new FrameNumbers(FrameNumbers.URGENT);
    }
  }

  /** Has another connection looked at between two pieces of what is read. */
  void lookBetween(Supplier<LinkHandler.Urgency> look) {
    between = look;
    try {
      limitReceiving();
    } catch (IOException closed) {
      // Whoever reads from it next hears of that.
    }
  }

  /** The longest silence that the link was made with. */
  long deadlineMillis() {
    return deadlineMillis;
  }

  /** A frame has begun that is not the next one of the link. */
  boolean awaitsTurn() {
    return reader.awaitsTurn();
  }

  /** Reads what is here: the frames before it may have been read on other channels. */
  void readNow() {
    if (!closed && stands && reading && !leaving && !stream.isWorking()) {
      interest();
      read();
    }
  }

  private static void tune(SocketChannel channel) throws IOException {
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
  }

  /**
   * On loopback nothing is gained by plain bytes that wait in the kernel, and what waits no longer
   * fits the processor's cache. Elsewhere the kernel knows best: the length of the way sets the
   * size. Under TLS, too, since a side that has nothing to encrypt or decrypt loses time.
   */
  private static void tuneSending(SocketChannel channel, SocketAddress address) throws IOException {
    if (isOnLoopback(address)) {
      channel.setOption(StandardSocketOptions.SO_SNDBUF, LOOPBACK_SEND_BUFFER_BYTES);
    }
  }

  /**
   * A page that is on its way already cannot be sent again by a faster one. On loopback the kernel
   * would take in milliseconds of such pages, and nothing is gained by it.
   */
  private void limitReceiving() throws IOException {
    if (isOnLoopback(channel.getRemoteAddress())) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, LOOPBACK_RECEIVE_BUFFER_BYTES);
    }
  }

  private static boolean isOnLoopback(SocketAddress address) {
    return address instanceof InetSocketAddress internet
        && internet.getAddress().isLoopbackAddress();
  }

  // ---------------------------------------------------------------- sending

  @Override
  public int nextSequence() {
    return sent.next();
  }

  @Override
  public void send(FrameType type, int flags, int attempt, byte[] payload) {
    ByteBuffer frame = Frame.encode(type, flags, attempt, sent.take(), payload);
    if (closed || leaving) {
      return;
    }
    waitingBytes += frame.remaining();
    waiting.add(frame);
    if (waitingBytes > WAITING_BYTES_MAX) {
      fail(handler.otherSide() + " does not read", false);
      return;
    }
    if (!gathers) {
      write();
    }
  }

  @Override
  public void together(Runnable sends) {
    gathers = true;
    try {
      sends.run();
    } finally {
      gathers = false;
      write();
    }
  }

  @Override
  public boolean takesPages() {
    boolean idle = waiting.isEmpty() && !holdsBack;
    tellsDrained = !idle;
    return idle && stands && !closed;
  }

  @Override
  public ByteBuffer pagesBuffer() {
    if (pages == null) {
      pages = loop.buffers().take(PageBatch.FRAME_BYTES_MAX);
    }
    return pages;
  }

  @Override
  public void sendPages(int flags, int attempt, List<ByteBuffer> elsewhere) {
    ByteBuffer frame = pagesBuffer();
    boolean checksContents = !stream.guardsBytes();
    PageBatch.seal(frame, flags, attempt, sent.take(), elsewhere, checksContents);
    if (closed || leaving) {
      return;
    }
    ByteBuffer[] parts = new ByteBuffer[1 + elsewhere.size()];
    parts[0] = frame;
    for (int i = 1; i < parts.length; i++) {
      parts[i] = elsewhere.get(i - 1);
    }
    try {
      if (stream.write(parts) > 0) {
        progress.taken = loop.nanoTime();
      }
      holdsBack = !stream.flush();
    } catch (IOException broken) {
      fail(text(broken), false);
      return;
    }
    frame.compact();
    for (ByteBuffer each : elsewhere) {
      frame.put(each);
    }
    frame.flip();
    if (frame.hasRemaining()) {
      waitingBytes += frame.remaining();
      waiting.add(frame);
    }
    interest();
  }

  private void write() {
    if (!stands || closed) {
      return;
    }
    try {
      boolean flushed = stream.flush();
      while (flushed && !waiting.isEmpty()) {
        long taken = stream.write(waiting.toArray(new ByteBuffer[0]));
        waitingBytes -= (int) taken;
        if (taken > 0) {
          progress.taken = loop.nanoTime();
        }
        while (!waiting.isEmpty() && !waiting.peek().hasRemaining()) {
          waiting.poll();
        }
        if (!waiting.isEmpty()) {
          break;
        }
        flushed = stream.flush();
      }
      holdsBack = !stream.flush();
    } catch (IOException broken) {
      fail(text(broken), false);
      return;
    }
    interest();
    boolean idle = waiting.isEmpty() && !holdsBack;
    if (idle && leaving) {
      shutdownOutput();
    }
    if (idle && tellsDrained) {
      tellsDrained = false;
      loop.execute(() -> ifOpen(() -> handler.drained(this)));
    }
  }

  private void interest() {
    if (key.isValid() && connected) {
      boolean toRead = reading && !reader.awaitsTurn() || leaving || !stands;
      boolean toWrite = holdsBack || stands && !waiting.isEmpty();
      int wanted =
          stream.isWorking()
              ? 0
              : (toRead ? SelectionKey.OP_READ : 0) | (toWrite ? SelectionKey.OP_WRITE : 0);
      if (key.interestOps() != wanted) {
        key.interestOps(wanted);
      }
    }
  }

  // ---------------------------------------------------------------- events

  private void ready() {
    if (closed) {
      return;
    }
    if (!connected) {
      finishConnect();
      return;
    }
    if (!stands) {
      handshake();
      return;
    }
    if (key.isWritable()) {
      write();
    }
    if (!closed && key.isValid() && key.isReadable()) {
      if (leaving) {
        drop();
      } else {
        read();
      }
    }
  }

  private void finishConnect() {
    try {
      channel.finishConnect();
    } catch (IOException refused) {
      fail("cannot connect to " + address + ": " + text(refused), false);
      return;
    }
    connected = true;
    progress.heard = loop.nanoTime();
    progress.taken = progress.heard;
    handshake();
  }

  private void handshake() {
    try {
      stands = stream.handshake();
      holdsBack = !stream.flush();
    } catch (IOException refused) {
      fail("no TLS connection to " + handler.otherSide() + ": " + text(refused), false);
      return;
    }
    interest();
    if (stands) {
      progress.heard = loop.nanoTime();
      progress.taken = progress.heard;
      if (!accepted) {
        handler.opened(this);
      }
      write();
      readOn();
    }
  }

  private void worked() {
    stream.worked();
    if (!closed && stands) {
      interest();
      readOn();
    } else if (!closed) {
      handshake();
    }
  }

  /** Bytes that the stream has taken from the socket already make no event. */
  private void readOn() {
    if (!closed && reading && stream.holdsBytes()) {
      loop.execute(
          () -> {
            if (!closed && reading) {
              read();
            }
          });
    }
  }

  private void read() {
    try {
      for (int frames = 0; frames < FRAMES_AT_ONCE && reading && !closed; frames++) {
        long before = reader.bytesRead();
        Optional<Frame> frame = reader.read(incoming(), handler);
        if (frame.isEmpty() && reader.roomWanted() > 0) {
          makeRoom();
          frame = reader.read(incoming, handler);
        }
        if (reader.bytesRead() != before) {
          progress.heard = loop.nanoTime();
        }
        if (between != null && reader.paused()) {
          lookBetween();
          continue;
        }
        if (frame.isEmpty()) {
          if (reader.ended()) {
            fail(handler.otherSide() + " closed the connection", false);
          } else if (reader.awaitsTurn()) {
            interest();
            onAwaitedTurn.run();
          }
          return;
        }
        handler.received(this, frame.get());
        admit();
        if (between != null) {
          lookBetween();
        }
        if (incoming != null && incoming.capacity() > SMALL_FRAME_BYTES) {
          incoming = null;
        }
      }
      readOn();
    } catch (FrameException bad) {
      fail(bad.getMessage(), true);
    } catch (IOException broken) {
      fail(text(broken), false);
    }
  }

  private void lookBetween() {
    int bytes =
        switch (between.get()) {
          case NONE -> 0;
          case SOME -> PIECE_BYTES;
          case HIGH -> SMALL_PIECE_BYTES;
        };
    reader.readInPieces(bytes);
  }

  /** Made late, and small: contents of pages go elsewhere, and few frames need more room. */
  private ByteBuffer incoming() {
    if (incoming == null) {
      incoming = ByteBuffer.allocate(SMALL_FRAME_BYTES);
    }
    return incoming;
  }

  /** A long frame has come. A stranger has none to send. */
  private void makeRoom() throws FrameException {
    if (!admitted) {
      throw new FrameException(
          "first frame of "
              + (reader.roomWanted() - Frame.HEADER_BYTES)
              + " bytes: at most "
              + (SMALL_FRAME_BYTES - Frame.HEADER_BYTES)
              + " are accepted");
    }
    incoming = ByteBuffer.allocate(reader.roomWanted()).put(incoming.flip());
  }

  private void admit() {
    if (!admitted) {
      admitted = true;
      onAdmission.run();
    }
  }

  @Override
  public void setReading(boolean wanted) {
    if (reading != wanted && !closed) {
      reading = wanted;
      progress.heard = loop.nanoTime();
      interest();
      readOn();
    }
  }

  @Override
  public Optional<Set<String>> provenNames() {
    return stream.provenNames();
  }

  @Override
  public void setSilenceMillis(long millis) {
    if (silenceMillis != millis) {
      silenceMillis = millis;
      progress.heard = loop.nanoTime();
      watch.cancel();
      watchSilence();
    }
  }

  // One timer a link, set for the earliest moment at which a deadline can have passed.
  private void watchSilence() {
    if (closed) {
      return;
    }
    long now = loop.nanoTime();
    long left = Long.MAX_VALUE;
    if (!stands || silenceMillis > 0 && reading) {
      long allowed = stands ? silenceMillis : deadlineMillis;
      left = progress.heard + allowed * 1_000_000 - now;
    }
    boolean stranger = !admitted && !leaving;
    if (stranger) {
      left = Math.min(left, since + deadlineMillis * 1_000_000 - now);
    }
    if (holdsBack || !waiting.isEmpty()) {
      left =
          Math.min(
              left, Math.max(progress.taken, progress.heard) + deadlineMillis * 1_000_000 - now);
    }
    if (left <= 0) {
      long millis = stands && waiting.isEmpty() ? silenceMillis : deadlineMillis;
      fail(
          stranger && progress.heard > since
              ? handler.otherSide() + " has not sent its first frame within " + millis + " ms"
              : "no progress of " + handler.otherSide() + " for " + millis + " ms",
          false);
      return;
    }
    watch = loop.after(Math.min(left, deadlineMillis * 250_000), this::watchSilence);
  }

  // Told later, as an event of its own: a frame may be sent in the middle of a step of the core.
  private void fail(String cause, boolean refused) {
    if (closed || failed) {
      return;
    }
    failed = true;
    reading = false;
    if (refused) {
      interest();
    } else {
      release();
    }
    loop.execute(
        () -> {
          if (!closedHere) {
            handler.lost(this, cause, refused);
          }
        });
  }

  private static String text(IOException broken) {
    return broken.getMessage() == null ? broken.toString() : broken.getMessage();
  }

  private void ifOpen(Runnable task) {
    if (!closed) {
      task.run();
    }
  }

  // ---------------------------------------------------------------- the end

  @Override
  public void close() {
    closedHere = true;
    release();
  }

  private void release() {
    if (closed) {
      return;
    }
    closed = true;
    watch.cancel();
    key.cancel();
    waiting.clear();
    if (pages != null) {
      loop.buffers().give(pages);
      pages = null;
    }
    incoming = null;
    try {
      stream.close();
    } catch (IOException ignored) {
      // The descriptor is gone either way, and there is nobody who could do anything about it.
    }
    onRelease.run();
  }

  @Override
  public void closeOnceHeard(long millis) {
    if (closed || leaving) {
      return;
    }
    leaving = true;
    silenceMillis = 0;
    loop.after(millis * 1_000_000, this::close);
    interest();
    if (waiting.isEmpty() && !holdsBack) {
      shutdownOutput();
    }
  }

  private void shutdownOutput() {
    try {
      stream.shutdownOutput();
    } catch (IOException gone) {
      close();
    }
  }

  private void drop() {
    try {
      ByteBuffer dropped = ByteBuffer.allocate(1 << 16);
      int count = channel.read(dropped);
      while (count > 0) {
        count = channel.read(dropped.clear());
      }
      if (count < 0) {
        close();
      }
    } catch (IOException gone) {
      // The other side has closed or was reset: it has heard, or never will.
      close();
    }
  }
}
