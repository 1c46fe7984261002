package landfall.trial;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends the work of the thread that made it, if it takes too long: writes down where every thread
 * stands, then interrupts it. Closed by the same thread.
 */
final class TimeLimit implements AutoCloseable {
  private final Thread worker = Thread.currentThread();
  private final Path report;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private boolean over;
  private boolean closed;

  TimeLimit(long millis, Path report) {
    this.report = report;
    timer.schedule(this::end, millis, TimeUnit.MILLISECONDS);
  }

  private synchronized void end() {
    if (closed) {
      return;
    }
    over = true;
    try (var out = new PrintStream(Files.newOutputStream(report))) {
      for (Map.Entry<Thread, StackTraceElement[]> each : Thread.getAllStackTraces().entrySet()) {
        out.println(each.getKey());
        for (StackTraceElement frame : each.getValue()) {
          out.println("    " + frame);
        }
      }
    } catch (IOException unwritable) {
      // The trial is ended all the same.
    }
    worker.interrupt();
  }

  synchronized boolean isOver() {
    return over;
  }

  @Override
  public synchronized void close() {
    closed = true;
    timer.shutdownNow();
    if (over) {
      Thread.interrupted();
    }
  }
}
