package landfall.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress of long work: a bar on a terminal, plain lines elsewhere. */
final class Progress implements AutoCloseable {
  private final PrintStream out;
  private final String task;
  private final long total;
  private final ProgressBar bar;
  private final Alive alive;
  private long done;

  Progress(PrintStream out, String task, long total) {
    this.out = out;
    this.task = task;
    this.total = total;
    this.bar =
        System.console() == null
            ? null
            : new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(250)
                .build();
    this.alive = bar == null ? new Alive("the next " + task + " is under way") : null;
  }

  /** So much was done before. */
  synchronized Progress already(long before) {
    done += before;
    if (bar != null) {
      bar.stepTo(done);
    }
    return this;
  }

  /** One more piece of the work is done; {@code what} says which and how it went. */
  synchronized void finished(String what) {
    finished(done + 1, what);
  }

  /**
   * One more piece of the work is done.
   *
   * @param number the piece's own number: pieces that are worked on at once end in any order
   * @param what how it went
   */
  synchronized void finished(long number, String what) {
    done++;
    if (bar == null) {
      out.printf("%s %d/%d  %s%n", task, number, total, what);
      alive.heard();
      if (done == total) {
        alive.says("every " + task + " has ended; what they left behind is looked at");
      }
    } else {
      bar.setExtraMessage(task + " " + number + "  " + what);
      bar.step();
    }
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
    } else {
      alive.close();
    }
  }
}
