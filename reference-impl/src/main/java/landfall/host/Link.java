package landfall.host;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameReader;
import landfall.wire.FrameType;
import landfall.wire.PageMemory;

/**
 * One connection of an attempt. Reads and writes wait for the other side, but never longer than the
 * deadline without a byte of progress. Belongs to one thread, except for {@link #close}, which ends
 * whatever that thread waits for.
 */
final class Link implements Closeable, ReadableByteChannel {
  private static final int LOOPBACK_SEND_BUFFER_BYTES = 256 << 10;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final FrameReader reader = new FrameReader(this);
  private final Object reading = new Object();
  private ByteBuffer incoming;
  private long deadlineMillis;
  private int nextSequence;

  private Link(SocketChannel channel, long deadlineMillis) throws IOException {
    this.channel = channel;
    this.deadlineMillis = deadlineMillis;
    channel.configureBlocking(false);
    selector = Selector.open();
    key = channel.register(selector, 0);
  }

  /** Connects, within the deadline. */
  static Link connect(SocketAddress address, long deadlineMillis) throws IOException {
    SocketChannel channel =
        address instanceof UnixDomainSocketAddress
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    try {
      tune(channel);
      tuneSending(channel, address);
      Link link = new Link(channel, deadlineMillis);
      if (!channel.connect(address)) {
        link.await(SelectionKey.OP_CONNECT);
        channel.finishConnect();
      }
      return link;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw new IOException("cannot connect to " + address + ": " + e.getMessage(), e);
    }
  }

  /** The other end of a connection. */
  static Link accepted(SocketChannel channel, long deadlineMillis) throws IOException {
    tune(channel);
    return new Link(channel, deadlineMillis);
  }

  private static void tune(SocketChannel channel) throws IOException {
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
  }

  /**
   * On loopback nothing is gained by bytes that wait in the kernel, and what waits no longer fits
   * the processor's cache. Elsewhere the kernel knows best: the length of the way sets the size.
   */
  private static void tuneSending(SocketChannel channel, SocketAddress address) throws IOException {
    if (address instanceof InetSocketAddress internet
        && internet.getAddress().isLoopbackAddress()) {
      channel.setOption(StandardSocketOptions.SO_SNDBUF, LOOPBACK_SEND_BUFFER_BYTES);
    }
  }

  /** From now on the other side may be silent for this long; 0 for as long as it likes. */
  void setDeadlineMillis(long millis) {
    deadlineMillis = millis;
  }

  /** Number of the frame that is sent next. */
  int nextSequence() {
    return nextSequence;
  }

  /** Sends a frame of few bytes. */
  void send(FrameType type, int flags, int attempt, byte[] payload) throws IOException {
    write(Frame.encode(type, flags, attempt, nextSequence++, payload));
  }

  /**
   * Seals a frame, see {@link Frame#seal}, and sends what the network takes of it at once. Never
   * waits. What is left then stands in {@code frame}, to be sent with {@link #write}; what is
   * elsewhere is not needed any more.
   *
   * @param frame has room for all of the frame
   * @param elsewhere the last bytes of its payload, which must not change meanwhile
   */
  void start(FrameType type, int flags, int attempt, ByteBuffer frame, List<ByteBuffer> elsewhere)
      throws IOException {
    Frame.seal(frame, type, flags, attempt, nextSequence++, elsewhere);
    ByteBuffer[] parts = new ByteBuffer[1 + elsewhere.size()];
    parts[0] = frame;
    for (int i = 1; i < parts.length; i++) {
      parts[i] = elsewhere.get(i - 1);
    }
    channel.write(parts);
    frame.compact();
    for (ByteBuffer each : elsewhere) {
      frame.put(each);
    }
    frame.flip();
  }

  /** Sends these bytes, however long it takes as long as there is progress. */
  void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.write(bytes) == 0) {
        await(SelectionKey.OP_WRITE);
      }
    }
  }

  /**
   * The next frame, or nothing if the other side has closed between two frames. Its payload is
   * there until the next one is received.
   */
  Optional<Frame> receive() throws IOException, FrameException {
    return reader.read(incoming());
  }

  /** The same, the contents of pages going straight to this memory. */
  Optional<Frame> receive(PageMemory memory) throws IOException, FrameException {
    return reader.read(incoming(), memory);
  }

  /** Made late: many a connection ends before it brings anything. */
  private ByteBuffer incoming() {
    if (incoming == null) {
      incoming = ByteBuffer.allocateDirect(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
    }
    return incoming;
  }

  /** True if something has arrived (or the other side has closed) and a read will not wait. */
  boolean hasArrived() throws IOException {
    return select(SelectionKey.OP_READ, 0);
  }

  /** Waits for something to arrive, for this long at most; true if it did. */
  boolean arrives(long millis) throws IOException {
    return select(SelectionKey.OP_READ, millis);
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int count = readArrived(into);
    while (count == 0) {
      await(SelectionKey.OP_READ);
      count = readArrived(into);
    }
    return count;
  }

  /** Never waits, so that {@link #close} need not. */
  private int readArrived(ByteBuffer into) throws IOException {
    synchronized (reading) {
      return channel.read(into);
    }
  }

  private void await(int operation) throws IOException {
    boolean ready = select(operation, deadlineMillis == 0 ? Long.MAX_VALUE : deadlineMillis);
    if (Thread.interrupted()) {
      throw new InterruptedIOException("interrupted");
    }
    if (!ready) {
      throw new IOException("no progress of the other side for " + deadlineMillis + " ms");
    }
  }

  /** Waits for so many milliseconds, 0 for not at all; whoever closes this meanwhile ends it. */
  private boolean select(int operation, long millis) throws IOException {
    try {
      if (key.interestOps() != operation) {
        key.interestOps(operation);
      }
      selector.selectedKeys().clear();
      boolean ready = (millis == 0 ? selector.selectNow() : selector.select(millis)) > 0;
      if (!channel.isOpen()) {
        throw new EOFException("the connection was closed");
      }
      return ready;
    } catch (ClosedSelectorException | CancelledKeyException e) {
      throw new EOFException("the connection was closed");
    }
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  /**
   * Closes this end once the other side has closed its own, or after so many milliseconds. What
   * comes meanwhile is read and dropped: to close with bytes unread would reset the connection, and
   * the other side might never read what was sent last.
   */
  void closeOnceHeard(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    try {
      channel.shutdownOutput();
      ByteBuffer dropped = ByteBuffer.allocate(1 << 16);
      long left = millis;
      while (left > 0 && arrives(left) && channel.read(dropped.clear()) >= 0) {
        left = (end - System.nanoTime()) / 1_000_000;
      }
    } catch (IOException gone) {
      // The other side has closed or was reset: it has heard, or never will.
    }
    close();
  }

  /**
   * Closes this end. What was sent before still arrives; what comes is refused with a reset. Once
   * this returns, no byte from here reaches any memory.
   */
  @Override
  public void close() {
    try {
      synchronized (reading) {
        channel.close();
      }
      selector.close();
    } catch (IOException ignored) {
      // The descriptor is gone either way, and there is nobody who could do anything about it.
    }
  }
}
