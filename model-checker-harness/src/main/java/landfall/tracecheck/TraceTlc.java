package landfall.tracecheck;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import landfall.processes.ScratchFolder;
import landfall.tlc.TlcProcess;
import landfall.tlc.TlcWorker;

/**
 * Runs TLC on traces. A JVM that has looked at short ones stays for the next, as long as this
 * process lives: starting it takes three times as long as they do.
 */
final class TraceTlc {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final int EVENTS_MANY = 200_000;

  /** Held by whoever uses {@link #kept}: it takes one after the other. */
  private static final ReentrantLock IN_USE = new ReentrantLock();

  private static TlcWorker kept;

  private TraceTlc() {}

  /**
   * Runs TLC to its end.
   *
   * @param folder of the modules, and the configuration {@code config}
   * @param scratch an existing folder for TLC's own files, used by nobody else
   * @param properties of the system, each as {@code -Dname=value}
   * @param events how many there are in all
   * @return the file with all that TLC printed
   * @throws IOException if TLC cannot be started or does not end in time
   */
  static Path run(
      Path folder, Path scratch, List<String> properties, String module, String config, int events)
      throws IOException, InterruptedException {
    if (events >= EVENTS_MANY) {
      // So many pay for code that is compiled well.
      return new TlcProcess()
          .startedBy(TraceRun.class.getName())
          .jvm("-Xmx1000m", "-Xss16m")
          .jvm(properties.toArray(String[]::new))
          .limit(LIMIT)
          .run(folder, scratch, module, config);
    }
    IN_USE.lockInterruptibly();
    try {
      if (kept == null) {
        kept = new TlcWorker(ScratchFolder.create("traces"), TraceRun.class.getName());
      }
      return kept.run(folder, scratch, properties, module, config, LIMIT);
    } finally {
      IN_USE.unlock();
    }
  }
}
