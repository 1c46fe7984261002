package landfall.host;

import java.util.function.LongSupplier;
import landfall.transport.EventLoop;
import landfall.wire.PageBatch;

/** Keeps an attempt within a cap on its bandwidth, which an operator may change meanwhile. */
final class Pace {
  private static final int TURNS_PER_SECOND = 50;
  private static final long TURN_NANOS = 1_000_000_000 / TURNS_PER_SECOND;

  private final EventLoop loop;
  private final LongSupplier bytes;
  private final Runnable goOn;

  /** The cap that is counted against, and from where on; 0 while there is none. */
  private long cap;

  private long startNanos;
  private long startBytes;
  private EventLoop.Timer timer = () -> {};

  /**
   * @param bytes how many went so far
   * @param goOn called when the cap may allow more, and a change of it is to be looked at
   */
  Pace(EventLoop loop, LongSupplier bytes, Runnable goOn) {
    this.loop = loop;
    this.bytes = bytes;
    this.goOn = goOn;
  }

  /** How many pages go at once: no more than fit into a turn, but for a single one. */
  static int batchPages(int most, long cap) {
    long perTurn = cap / TURNS_PER_SECOND / PageBatch.PAGE_BYTES;
    return cap == 0 ? most : (int) Math.max(1, Math.min(most, perTurn));
  }

  /**
   * True if the cap does not allow more bytes yet; then it will be told when it is to be asked
   * again.
   *
   * @param newCap bytes a second, 0 for as fast as it goes; counted from when it came into force
   */
  boolean waits(long newCap) {
    long now = loop.nanoTime();
    if (newCap != cap) {
      cap = newCap;
      startNanos = now;
      startBytes = bytes.getAsLong();
    }
    if (cap == 0) {
      return false;
    }
    long due = due();
    if (due <= now) {
      return false;
    }
    timer.cancel();
    timer = loop.after(Math.min(due - now, TURN_NANOS), goOn);
    return true;
  }

  private long due() {
    return startNanos + (long) ((bytes.getAsLong() - startBytes) * 1e9 / cap);
  }

  /** There was nothing to send until now: that is not made up for. */
  void wasIdle() {
    long now = loop.nanoTime();
    if (cap > 0 && due() < now) {
      startNanos = now;
      startBytes = bytes.getAsLong();
    }
  }

  /** Counts anew from the next bytes on. */
  void restart() {
    timer.cancel();
    cap = 0;
  }
}
