package landfall.nemesis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** Signals to processes that this run started, by pid. */
final class ProcessFaults {
  private static final long KILL_NANOS = 5_000_000_000L;
  private static final long STOP_NANOS = 1_000_000_000L;
  private static final long POLL_NANOS = 1_000_000;

  private ProcessFaults() {}

  /** SIGKILL; true if the process was alive and is gone. */
  static boolean kill(ProcessHandle process) {
    if (!process.isAlive()) {
      return false;
    }
    process.destroyForcibly();
    long giveUp = System.nanoTime() + KILL_NANOS;
    while (process.isAlive() && System.nanoTime() < giveUp) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    return !process.isAlive();
  }

  /** SIGSTOP; true if the process was seen in state T. */
  static boolean stop(ProcessHandle process) {
    return process.isAlive() && signal("-STOP", process) && isSeenStopped(process);
  }

  /** SIGCONT. */
  static boolean resume(ProcessHandle process) {
    return process.isAlive() && signal("-CONT", process);
  }

  private static boolean signal(String signal, ProcessHandle process) {
    try {
      return new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Whether the state in its stat line, behind the last parenthesis, becomes T: it takes a while.
   */
  private static boolean isSeenStopped(ProcessHandle process) {
    long giveUp = System.nanoTime() + STOP_NANOS;
    try {
      while (System.nanoTime() < giveUp) {
        String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        if (stat.charAt(stat.lastIndexOf(')') + 2) == 'T') {
          return true;
        }
        LockSupport.parkNanos(POLL_NANOS / 10);
      }
    } catch (IOException gone) {
      return false;
    }
    return false;
  }
}
