package landfall.transport;

/**
 * One thread that handles all events of a host, one after the other, in the order in which they
 * came. No handler may wait.
 */
public interface EventLoop {

  /** Has a task run on the loop's thread, after those given before. Any thread. */
  void execute(Runnable task);

  /** Has a task run after so many nanoseconds, unless the timer is cancelled. Any thread. */
  Timer after(long nanos, Runnable task);

  /** The loop's clock: monotonic, with no relation to wall time. */
  long nanoTime();

  /** A task that is due later. */
  interface Timer {
    /** The task does not run any more. */
    void cancel();
  }
}
