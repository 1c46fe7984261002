package landfall.nemesis;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import landfall.qemustream.StreamLog;

/** One connection through the proxy: a pump in each direction, and what is done to them. */
final class ProxyConnection {
  private static final int CHUNK_BYTES = 256 << 10;
  private static final int HELD_BYTES_MAX = 256 << 20;

  private final MigrationProxy proxy;
  private final int number;
  private final SocketChannel source;
  private final SocketChannel destination;
  private final StreamLog.Connection log;
  private final Map<Direction, Pump> pumps = new EnumMap<>(Direction.class);

  // What is done to this connection; guarded by `this`, and waited for by the pumps.
  private final Map<Direction, Boolean> cut = new EnumMap<>(Direction.class);
  private long bytesPerSecond = Long.MAX_VALUE;
  private long delayMillis;
  private boolean swallowing;
  private boolean holding;
  private int chunkBytes = Integer.MAX_VALUE;
  private boolean holdingEnds;
  private boolean truncating;
  private boolean truncated;

  /** Of each direction the bit to flip in what is delivered next; none if negative. */
  private final Map<Direction, Long> flip = new EnumMap<>(Direction.class);

  private boolean ended;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();

  // Evidence.
  private final Map<Direction, AtomicLong> withheld = new EnumMap<>(Direction.class);
  private final AtomicLong swallowed = new AtomicLong();
  private final AtomicLong slowedNanos = new AtomicLong();
  private final AtomicLong pieces = new AtomicLong();
  private final AtomicLong cutOff = new AtomicLong();
  private final Map<Direction, Long> flippedAt = new EnumMap<>(Direction.class);
  private int endsHeld;

  ProxyConnection(
      MigrationProxy proxy,
      int number,
      SocketChannel source,
      SocketChannel destination,
      StreamLog.Connection log)
      throws IOException {
    this.log = log;
    this.proxy = proxy;
    this.number = number;
    this.source = source;
    this.destination = destination;
    set(source, StandardSocketOptions.TCP_NODELAY, true);
    set(destination, StandardSocketOptions.TCP_NODELAY, true);
    for (Direction direction : Direction.values()) {
      cut.put(direction, false);
      withheld.put(direction, new AtomicLong());
    }
    pumps.put(Direction.FORWARD, new Pump(Direction.FORWARD, source, destination));
    pumps.put(Direction.BACK, new Pump(Direction.BACK, destination, source));
  }

  void start() {
    pumps.forEach((direction, pump) -> Threads.start("proxy-" + number + "-" + direction, pump));
  }

  int number() {
    return number;
  }

  /** Whether nobody but its ends can read what passes on it. */
  boolean isEncrypted() {
    return pumps.get(Direction.FORWARD).decoder.isEncrypted();
  }

  long pages() {
    return pumps.get(Direction.FORWARD).decoder.pages();
  }

  long delivered(Direction direction) {
    return pumps.get(direction).delivered.get();
  }

  /** What became of its direction to the destination. */
  ConnectionSeen seen() {
    Pump forward = pumps.get(Direction.FORWARD);
    return new ConnectionSeen(
        number, forward.delivered.get(), forward.passedEnd, forward.endedNanos);
  }

  /** Bytes that arrived while the direction was cut and had to wait. */
  long withheld(Direction direction) {
    return withheld.get(direction).get();
  }

  long swallowed() {
    return swallowed.get();
  }

  /** How long deliveries were put off by a delay or a rate limit. */
  long slowedMillis() {
    return slowedNanos.get() / 1_000_000;
  }

  synchronized int heldBytes() {
    return held.size();
  }

  synchronized boolean isEnded() {
    return ended;
  }

  /** Whether neither end has closed it, as far as is known here. */
  synchronized boolean isOpen() {
    return !ended && pumps.values().stream().noneMatch(pump -> pump.passedEnd);
  }

  synchronized void cut(Direction direction, boolean on) {
    cut.put(direction, on);
    notifyAll();
  }

  synchronized void limit(long toBytesPerSecond) {
    bytesPerSecond = toBytesPerSecond;
  }

  synchronized void delay(long millis) {
    delayMillis = millis;
  }

  /** From now on bytes for the destination are delivered in pieces of so many. */
  synchronized void chunk(int bytes) {
    chunkBytes = bytes;
  }

  /** How many pieces were delivered one by one. */
  long pieces() {
    return pieces.get();
  }

  /** The bit of this number, round and round, is flipped in what is delivered next. */
  synchronized void flipBit(Direction direction, long bit) {
    flip.put(direction, bit);
  }

  synchronized void flipNoBit(Direction direction) {
    flip.remove(direction);
  }

  /** In which byte of the direction a bit was flipped, from 0; negative if in none. */
  synchronized long flippedAt(Direction direction) {
    return flippedAt.getOrDefault(direction, -1L);
  }

  /** The stream to the destination ends in the middle of what is delivered next. */
  synchronized void truncate() {
    truncating = true;
  }

  /** Bytes that were not delivered since the stream had ended. */
  long truncated() {
    return cutOff.get();
  }

  /** Whether the end of one side is kept from the other. */
  synchronized void holdEnds(boolean on) {
    holdingEnds = on;
    notifyAll();
  }

  /** How many ends have been kept from the other side for a while. */
  synchronized int endsHeld() {
    return endsHeld;
  }

  /** From now on bytes for the destination are kept, and its end stays open whatever happens. */
  synchronized void hold() {
    holding = true;
  }

  /**
   * Delivers what was held. What comes meanwhile is held too, and delivered behind it: else it
   * would pass, and the end of the stream would close the destination's side, before all of it is
   * written.
   *
   * @return bytes that the destination's socket took
   */
  int release() {
    int taken = 0;
    try {
      for (ByteBuffer bytes = takeHeld(); bytes != null; bytes = takeHeld()) {
        try {
          while (bytes.hasRemaining()) {
            destination.write(bytes);
          }
        } finally {
          taken += bytes.position();
        }
      }
    } catch (IOException closedByDestination) {
      // It has closed the connection: nothing of it can be read any more.
      endHold();
    }
    return taken;
  }

  private synchronized void endHold() {
    held.reset();
    holding = false;
    notifyAll();
  }

  /** What is held now; null, and nothing is held from now on, if that is nothing. */
  private synchronized ByteBuffer takeHeld() {
    if (held.size() == 0) {
      endHold();
      return null;
    }
    var bytes = ByteBuffer.wrap(held.toByteArray());
    held.reset();
    return bytes;
  }

  /** The destination's end is reset; what the source sends from now on vanishes. */
  void halfOpen() {
    synchronized (this) {
      swallowing = true;
    }
    resetOnClose(destination);
    Threads.closeQuietly(destination);
  }

  void reset() {
    synchronized (this) {
      ended = true;
      notifyAll();
    }
    // Both before either is closed: the pumps close the rest as soon as one end is.
    resetOnClose(source);
    resetOnClose(destination);
    Threads.closeQuietly(source);
    Threads.closeQuietly(destination);
  }

  void close() {
    synchronized (this) {
      ended = true;
      notifyAll();
    }
    Threads.closeQuietly(source);
    Threads.closeQuietly(destination);
  }

  /** A Unix socket has none of these, and is closed at once as it is. */
  private static <T> void set(SocketChannel socket, SocketOption<T> option, T value)
      throws IOException {
    if (socket.supportedOptions().contains(option)) {
      socket.setOption(option, value);
    }
  }

  private static void resetOnClose(SocketChannel socket) {
    try {
      set(socket, StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException closedAlready) {
      // Then there is nothing left to reset.
    }
  }

  /** Moves bytes one way; the decoder says where phases begin. */
  private final class Pump implements Runnable {
    final Direction direction;
    final SocketChannel from;
    final SocketChannel to;
    final StreamDecoder decoder;
    final AtomicLong delivered = new AtomicLong();
    private long bytesOfPhase;
    private int waiting;
    private volatile long endedNanos;
    private volatile boolean passedEnd;

    Pump(Direction direction, SocketChannel from, SocketChannel to) {
      this.direction = direction;
      this.from = from;
      this.to = to;
      this.decoder = StreamDecoder.of(direction);
    }

    @Override
    public void run() {
      var buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);
      try {
        while (from.read(buffer) >= 0) {
          buffer.flip();
          log(buffer);
          forward(buffer);
          buffer.compact();
          waiting = buffer.position();
        }
        log.ended(direction == Direction.FORWARD, false, System.nanoTime());
        // What was too short to be understood is passed on at the end all the same.
        buffer.flip();
        deliver(buffer, buffer.limit());
        passEndOn();
      } catch (IOException | InterruptedException broken) {
        log.ended(direction == Direction.FORWARD, true, System.nanoTime());
        passResetOn();
      }
    }

    /** Takes down what is new in the buffer, before any of it is delivered. */
    private void log(ByteBuffer buffer) {
      var fresh = buffer.duplicate();
      fresh.position(waiting);
      log.passed(direction == Direction.FORWARD, fresh, System.nanoTime());
    }

    private void forward(ByteBuffer buffer) throws IOException, InterruptedException {
      var scan = buffer.duplicate();
      int begun = -1;
      for (StreamDecoder.Piece piece = decoder.next(scan);
          piece != null && scan.hasRemaining();
          piece = decoder.next(scan)) {
        if (piece.begins() != null) {
          // All before it is delivered first, so that a fault falls exactly here.
          deliver(buffer, scan.position(), begun);
          bytesOfPhase = 0;
          StreamDecoder.Beginning begins = piece.begins();
          begun =
              proxy.begins(
                  ProxyConnection.this,
                  new StreamEvent(
                      number,
                      direction,
                      begins.phase(),
                      begins.label(),
                      begins.round(),
                      System.nanoTime(),
                      0));
        }
        scan.position(scan.position() + piece.length());
        bytesOfPhase += piece.length();
      }
      deliver(buffer, scan.position(), begun);
      proxy.passes(ProxyConnection.this, direction, bytesOfPhase);
    }

    /** Delivers, and notes it of the event that began in what is delivered, if one did. */
    private void deliver(ByteBuffer buffer, int end, int begun)
        throws IOException, InterruptedException {
      if (deliver(buffer, end)) {
        proxy.delivered(begun, System.nanoTime());
      }
    }

    /** Whether the receiver's socket has taken it now. */
    private boolean deliver(ByteBuffer buffer, int end) throws IOException, InterruptedException {
      int length = end - buffer.position();
      if (length <= 0) {
        return true;
      }
      awaitLink(length);
      if (direction == Direction.FORWARD && kept(buffer, length)) {
        return false;
      }
      flip(buffer, length);
      int whole = direction == Direction.FORWARD ? wholeOf(length) : length;
      int limit = buffer.limit();
      buffer.limit(buffer.position() + whole);
      while (buffer.hasRemaining()) {
        writeSome(buffer);
      }
      buffer.limit(limit);
      delivered.addAndGet(whole);
      if (whole < length) {
        cutOff.addAndGet(length - whole);
        buffer.position(buffer.position() + length - whole);
        // Orderly: all before it is read by the destination.
        to.shutdownOutput();
        return false;
      }
      return true;
    }

    private void writeSome(ByteBuffer buffer) throws IOException {
      int most;
      synchronized (ProxyConnection.this) {
        most = direction == Direction.FORWARD ? chunkBytes : Integer.MAX_VALUE;
      }
      if (buffer.remaining() <= most) {
        to.write(buffer);
        return;
      }
      int limit = buffer.limit();
      buffer.limit(buffer.position() + most);
      while (buffer.hasRemaining()) {
        to.write(buffer);
      }
      buffer.limit(limit);
      pieces.incrementAndGet();
    }

    /** How much of so many bytes is delivered before the stream ends; all if it does not. */
    private int wholeOf(int length) {
      synchronized (ProxyConnection.this) {
        if (!truncating || length < 2) {
          return length;
        }
        truncating = false;
        truncated = true;
        return length / 2;
      }
    }

    private void flip(ByteBuffer buffer, int length) {
      synchronized (ProxyConnection.this) {
        Long bit = flip.remove(direction);
        if (bit == null) {
          return;
        }
        int at = (int) (bit / Byte.SIZE % length);
        int place = buffer.position() + at;
        buffer.put(place, (byte) (buffer.get(place) ^ 1 << bit % Byte.SIZE));
        flippedAt.put(direction, delivered.get() + at);
      }
    }

    /** Holds or swallows the bytes if that is what is done to this connection. */
    private boolean kept(ByteBuffer buffer, int length) throws IOException {
      synchronized (ProxyConnection.this) {
        if (truncated) {
          buffer.position(buffer.position() + length);
          cutOff.addAndGet(length);
          return true;
        }
        if (!holding && !swallowing) {
          return false;
        }
        var bytes = new byte[length];
        buffer.get(bytes);
        if (swallowing) {
          swallowed.addAndGet(length);
        } else if (held.size() + length > HELD_BYTES_MAX) {
          throw new IOException("more than " + HELD_BYTES_MAX + " bytes held");
        } else {
          held.write(bytes);
        }
        return true;
      }
    }

    private void awaitLink(int length) throws IOException, InterruptedException {
      long wait;
      synchronized (ProxyConnection.this) {
        if (cut.get(direction)) {
          withheld.get(direction).addAndGet(length);
        }
        while (cut.get(direction) && !ended) {
          ProxyConnection.this.wait();
        }
        if (ended) {
          throw new IOException("the connection was ended");
        }
        wait = delayMillis * 1_000_000;
        if (bytesPerSecond != Long.MAX_VALUE) {
          wait += (long) (length * 1e9 / bytesPerSecond);
        }
      }
      if (wait > 0) {
        slowedNanos.addAndGet(wait);
        for (long end = System.nanoTime() + wait; System.nanoTime() < end; ) {
          LockSupport.parkNanos(end - System.nanoTime());
        }
      }
    }

    private void passEndOn() throws InterruptedException {
      synchronized (ProxyConnection.this) {
        endsHeld += holdingEnds ? 1 : 0;
        while ((holding || swallowing || holdingEnds || cut.get(direction)) && !ended) {
          ProxyConnection.this.wait();
        }
      }
      try {
        to.shutdownOutput();
        endedNanos = System.nanoTime();
        passedEnd = true;
      } catch (IOException closedAlready) {
        // The other side was quicker.
      }
    }

    private void passResetOn() {
      synchronized (ProxyConnection.this) {
        if (holding || swallowing) {
          return;
        }
        endsHeld += holdingEnds ? 1 : 0;
        try {
          while (holdingEnds && !ended) {
            ProxyConnection.this.wait();
          }
        } catch (InterruptedException end) {
          Thread.currentThread().interrupt();
        }
      }
      close();
    }
  }
}
