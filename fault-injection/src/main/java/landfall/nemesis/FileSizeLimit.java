package landfall.nemesis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How large a process may make files (RLIMIT_FSIZE), set from outside. Needs no root for a process
 * of the same user. A write beyond it fails with EFBIG; the signal that comes with it is ignored by
 * all processes that a run starts.
 */
final class FileSizeLimit {
  private static final String IN_LIMITS = "Max file size";

  private final ProcessHandle process;
  private final String before;

  /** Notes what holds now, which is restored by {@link #lift}. */
  FileSizeLimit(ProcessHandle process) {
    this.process = process;
    before = soft();
  }

  /** True if it is seen to hold now. */
  boolean set(long bytes) {
    return prlimit(Long.toString(bytes)) && soft().equals(Long.toString(bytes));
  }

  /** A process that has ended has no limit to lift. */
  void lift() {
    prlimit(before);
  }

  /** The soft limit alone: the hard one could not be raised again. */
  private boolean prlimit(String soft) {
    if (soft.isEmpty() || !process.isAlive()) {
      return false;
    }
    try {
      return new ProcessBuilder(
                  "prlimit", "--pid", Long.toString(process.pid()), "--fsize=" + soft + ":")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException missing) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Empty if it cannot be read. */
  private String soft() {
    try {
      List<String> limits =
          Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "limits"));
      return limits.stream()
          .filter(line -> line.startsWith(IN_LIMITS))
          .map(line -> line.substring(IN_LIMITS.length()).strip().split("\\s+")[0])
          .findFirst()
          .orElse("");
    } catch (IOException gone) {
      return "";
    }
  }
}
