package landfall.machine;

import java.util.function.LongSupplier;

/**
 * The core-local interruptor: software interrupt, timer compare and guest time.
 *
 * <p>Guest time counts at 10 MHz and moves only while the guest runs, so that a guest which is
 * carried to another host goes on from the tick at which it stood. Not thread-safe: the hart's
 * thread, or anyone while the hart is parked.
 */
final class Clint {
  static final int SIZE_BYTES = 0x1_0000;

  private static final long NANOS_PER_TICK = 100;
  private static final int MSIP = 0x0;
  private static final int MTIMECMP = 0x4000;
  private static final int MTIME = 0xbff8;

  private final LongSupplier nanoClock;
  private boolean ticking;
  private long startNanos;

  /** Ticks at {@link #startNanos} while ticking, else now. */
  private long startTicks;

  private long compare = -1;
  private boolean softwarePending;

  Clint(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** Everything about this device that the guest can see. */
  record Snapshot(long time, long compare, boolean softwarePending) {}

  Snapshot capture() {
    return new Snapshot(time(), compare, softwarePending);
  }

  void restore(Snapshot snapshot) {
    setTime(snapshot.time);
    compare = snapshot.compare;
    softwarePending = snapshot.softwarePending;
  }

  /** Lets guest time run, or stand still. */
  void setTicking(boolean on) {
    if (on != ticking) {
      startTicks = time();
      startNanos = nanoClock.getAsLong();
      ticking = on;
    }
  }

  long time() {
    if (!ticking) {
      return startTicks;
    }
    return startTicks + (nanoClock.getAsLong() - startNanos) / NANOS_PER_TICK;
  }

  boolean isTimerPending() {
    return Long.compareUnsigned(time(), compare) >= 0;
  }

  boolean isSoftwarePending() {
    return softwarePending;
  }

  /** Nanoseconds until the timer interrupt is pending: 0 if it is, and at most one day. */
  long nanosToTimer() {
    long now = time();
    if (Long.compareUnsigned(now, compare) >= 0) {
      return 0;
    }
    long day = 24L * 3600 * 10_000_000;
    long ticks = compare - now;
    return (ticks < 0 || ticks > day ? day : ticks) * NANOS_PER_TICK;
  }

  /** True if no timer interrupt comes in this age of the world. */
  boolean isTimerOff() {
    return compare == -1;
  }

  /** Loads from a naturally aligned register, or from half of one. */
  long load(int offset, int width) {
    long register =
        switch (offset & ~7) {
          case MSIP -> softwarePending ? 1 : 0;
          case MTIMECMP -> compare;
          case MTIME -> time();
          default -> 0;
        };
    return register >>> (8 * (offset & 7));
  }

  void store(int offset, int width, long value) {
    switch (offset & ~7) {
      case MSIP -> {
        if (offset == MSIP) {
          softwarePending = (value & 1) != 0;
        }
      }
      case MTIMECMP -> compare = merge(compare, offset & 7, width, value);
      case MTIME -> setTime(merge(time(), offset & 7, width, value));
      default -> {
        // The rest of the range belongs to harts that this board does not have.
      }
    }
  }

  private void setTime(long ticks) {
    startTicks = ticks;
    startNanos = nanoClock.getAsLong();
  }

  private static long merge(long old, int at, int width, long value) {
    if (width == Long.BYTES) {
      return value;
    }
    long mask = ((1L << (8 * width)) - 1) << (8 * at);
    return old & ~mask | value << (8 * at) & mask;
  }
}
