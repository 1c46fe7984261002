package landfall.transport;

import java.util.concurrent.locks.LockSupport;

/**
 * Calls for attention after a time that a selector cannot wait for: it counts milliseconds. Its
 * thread is started when it is needed first.
 */
final class Alarm implements AutoCloseable {
  private final Thread thread;
  private final Runnable ring;
  private boolean started;

  /** When to ring, as {@link System#nanoTime} tells, if {@link #set} is. */
  private volatile long dueNanos;

  private volatile boolean set;
  private volatile boolean closed;

  Alarm(String name, Runnable ring) {
    this.ring = ring;
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /**
   * Always the same thread, which has to look again what is due when it rings: if it was set to an
   * earlier time before, it rings then.
   */
  void ringAfter(long nanos) {
    long due = System.nanoTime() + nanos;
    if (set && dueNanos - due <= 0) {
      return; // To wake the other thread for each event would cost more than one ring too many.
    }
    dueNanos = due;
    set = true;
    if (!started) {
      started = true;
      thread.start();
    }
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!closed) {
      long left = dueNanos - System.nanoTime();
      if (!set) {
        LockSupport.park(this);
      } else if (left > 0) {
        LockSupport.parkNanos(this, left);
      } else {
        set = false;
        ring.run();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
