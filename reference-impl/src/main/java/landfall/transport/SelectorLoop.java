package landfall.transport;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** An {@link EventLoop} over sockets and the monotonic clock of this machine. */
public final class SelectorLoop implements EventLoop, Closeable {
  private static final long MILLI_NANOS = 1_000_000;

  private final Selector selector;
  private final Thread thread;

  /** For waits that are shorter than a selector can wait. */
  private final Alarm alarm;

  private final Consumer<Throwable> onFailure;
  private final PriorityQueue<Due> timers =
      new PriorityQueue<>(Comparator.comparingLong(Due::nanos).thenComparingLong(Due::number));
  // Guarded by itself.
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final Buffers buffers = new Buffers();
  private long timersMade;
  private volatile boolean closed;

  private record Due(long nanos, long number, Runnable task, AtomicBoolean cancelled) {}

  private SelectorLoop(String name, Consumer<Throwable> onFailure) throws IOException {
    this.onFailure = onFailure;
    selector = Selector.open();
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
    alarm = new Alarm(name + "-alarm", selector::wakeup);
  }

  /**
   * Starts a loop.
   *
   * @param name of its thread
   * @param onFailure told of what a task threw; the loop ends then, since a host whose event was
   *     half handled must not go on
   * @throws IOException if this process has no descriptor left
   */
  public static SelectorLoop start(String name, Consumer<Throwable> onFailure) throws IOException {
    var loop = new SelectorLoop(name, onFailure);
    loop.thread.start();
    return loop;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (tasks) {
      tasks.add(task);
    }
    wakeUp();
  }

  @Override
  public Timer after(long nanos, Runnable task) {
    var cancelled = new AtomicBoolean();
    long due = nanoTime() + Math.max(nanos, 0);
    synchronized (timers) {
      timers.add(new Due(due, timersMade++, task, cancelled));
    }
    wakeUp();
    return () -> cancelled.set(true);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  /** Of all links of this loop. The loop's thread. */
  Buffers buffers() {
    return buffers;
  }

  private void wakeUp() {
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  /** Registers a channel whose key is given to the handler when it is ready. The loop's thread. */
  SelectionKey register(SelectableChannel channel, int operations, Runnable handler)
      throws IOException {
    return channel.register(selector, operations, handler);
  }

  /** Ends the loop once the event that is being handled is done. Any thread. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
  }

  /** Returns when the loop has ended, and its sockets that were closed are gone. Another thread. */
  public void awaitEnd() throws InterruptedException {
    thread.join();
  }

  private void run() {
    try (selector;
        alarm) {
      while (!closed) {
        runTasks();
        select();
      }
    } catch (IOException | RuntimeException | Error failed) {
      onFailure.accept(failed);
      if (failed instanceof Error error) {
        throw error;
      }
      throw failed instanceof RuntimeException mistake
          ? mistake
          : new IllegalStateException(failed);
    }
  }

  private void select() throws IOException {
    long wait = nanosToWait();
    if (wait == 0) {
      selector.selectNow();
    } else if (wait == Long.MAX_VALUE) {
      selector.select();
    } else if (wait >= MILLI_NANOS) {
      selector.select(wait / MILLI_NANOS);
    } else {
      alarm.ringAfter(wait);
      selector.select();
    }
    for (SelectionKey key : selector.selectedKeys()) {
      try {
        if (key.isValid()) {
          ((Runnable) key.attachment()).run();
        }
      } catch (CancelledKeyException closedMeanwhile) {
        // Its channel was closed by the handler of another.
      }
    }
    selector.selectedKeys().clear();
  }

  private long nanosToWait() {
    synchronized (tasks) {
      if (!tasks.isEmpty()) {
        return 0;
      }
    }
    synchronized (timers) {
      Due next = timers.peek();
      return next == null ? Long.MAX_VALUE : Math.max(0, next.nanos() - nanoTime());
    }
  }

  // Those that a task adds wait for the next turn, so that sockets are looked at in between.
  private void runTasks() {
    int count;
    synchronized (tasks) {
      count = tasks.size();
    }
    for (int i = 0; i < count && !closed; i++) {
      Runnable task;
      synchronized (tasks) {
        task = tasks.poll();
      }
      task.run();
    }
    for (Due due = nextDue(); due != null && !closed; due = nextDue()) {
      due.task().run();
    }
  }

  private Due nextDue() {
    synchronized (timers) {
      while (!timers.isEmpty()) {
        if (timers.peek().cancelled().get()) {
          timers.poll();
        } else {
          return timers.peek().nanos() <= nanoTime() ? timers.poll() : null;
        }
      }
      return null;
    }
  }
}
