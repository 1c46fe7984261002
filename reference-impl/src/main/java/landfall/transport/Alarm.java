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

  /** Takes the place of what was set before. Always the same thread. */
  void ringAfter(long nanos) {
    dueNanos = System.nanoTime() + nanos;
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
