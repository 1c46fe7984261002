package landfall.nemesis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** Signals to processes that this run started, by pid. */
final class ProcessFaults {
  private static final long KILL_NANOS = 5_000_000_000L;
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
    return process.isAlive() && signal("-STOP", process) && stateOf(process) == 'T';
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

  /** State letter of the process, behind the last parenthesis of its stat line. */
  private static char stateOf(ProcessHandle process) {
    for (int tries = 0; tries < 100; tries++) {
      try {
        String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        char state = stat.charAt(stat.lastIndexOf(')') + 2);
        if (state == 'T') {
          return state;
        }
        Thread.onSpinWait();
      } catch (IOException gone) {
        return 'X';
      }
    }
    return '?';
  }
}
