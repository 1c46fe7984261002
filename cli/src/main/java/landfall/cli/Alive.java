package landfall.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Says every few seconds that work which prints nothing by itself goes on. */
final class Alive {
  static final int SECONDS = System.console() == null ? 10 : 5;

  private final ScheduledExecutorService clock;
  private final PrintStream out;
  private String work;
  private final long start = System.nanoTime();
  private long lastNanos = start;

  /**
   * Begins.
   *
   * @param work what goes on, as a sentence without its end
   */
  Alive(String work) {
    this(System.err, work);
    clock.scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
  }

  /** Work that gives a value. */
  interface Work<T> {
    T run() throws IOException, InterruptedException;
  }

  /** Does the work, and says meanwhile that it goes on. */
  static <T> T during(String name, Work<T> work) throws IOException, InterruptedException {
    var alive = new Alive(name);
    try {
      return work.run();
    } finally {
      alive.close();
    }
  }

  /** As the other, but {@link #tick} has to be called. */
  Alive(PrintStream out, String work) {
    this.out = out;
    this.work = work;
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "alive");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Something else was printed. */
  synchronized void heard() {
    lastNanos = System.nanoTime();
  }

  /** From now on this goes on instead. */
  synchronized void says(String other) {
    work = other;
  }

  private void tick() {
    tick(System.nanoTime());
  }

  /** Prints a line if nothing was printed for long enough. */
  synchronized void tick(long nowNanos) {
    if (nowNanos - lastNanos >= TimeUnit.SECONDS.toNanos(SECONDS)) {
      lastNanos = nowNanos;
      out.printf(
          "landfall: %s, %d s so far%n", work, TimeUnit.NANOSECONDS.toSeconds(nowNanos - start));
    }
  }

  void close() {
    clock.shutdownNow();
  }
}
