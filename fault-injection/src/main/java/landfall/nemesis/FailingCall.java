package landfall.nemesis;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls of one process that fail with an error for a while: libfiu, with which the process was
 * started, is told so by a named pipe. Calls of other names go on as they were.
 *
 * @param error as errno
 * @param calls as libfiu names them
 * @param says what they are to anybody else
 */
record FailingCall(int error, List<String> calls, String says) {
  private static final long ANSWER_NANOS = 2_000_000_000;
  private static final long POLL_NANOS = 1_000_000;
  private static final int ENOSPC = 28;
  private static final int EIO = 5;

  /** Writes to a file at a place of it, as those to the image of a disk are. */
  static final FailingCall NO_SPACE =
      new FailingCall(
          ENOSPC,
          List.of("posix/io/rw/pwrite", "posix/io/rw/pwritev"),
          "found no space for what it wrote at a place of a file (ENOSPC)");

  /** Having what was written put onto the storage. */
  static final FailingCall NOT_FLUSHED =
      new FailingCall(
          EIO,
          List.of("posix/io/sync/fsync", "posix/io/sync/fdatasync"),
          "could have no file put onto its storage (EIO of fsync)");

  /** The pipes of a process, without their endings; empty if it was started without. */
  static Optional<Path> pipes(Path file, ProcessHandle process) {
    Path pipes = file.resolveSibling(file.getFileName() + "-" + process.pid());
    return Optional.of(pipes).filter(each -> Files.exists(ending(each, ".in")));
  }

  /** True if the process has taken it for all of them. */
  boolean begin(Path pipes) {
    return calls.stream()
        .allMatch(each -> tell(pipes, "enable name=" + each + ",failinfo=" + error));
  }

  void end(Path pipes) {
    calls.forEach(each -> tell(pipes, "disable name=" + each));
  }

  /**
   * Both pipes are opened for both directions, since that waits for nobody: the process may be
   * stopped or dead. Then there is no answer.
   */
  private static boolean tell(Path pipes, String command) {
    try (var in = new RandomAccessFile(ending(pipes, ".in").toFile(), "rw");
        var out = new RandomAccessFile(ending(pipes, ".out").toFile(), "rw");
        var answer = new FileInputStream(out.getFD())) {
      in.write((command + "\n").getBytes(StandardCharsets.US_ASCII));
      long due = System.nanoTime() + ANSWER_NANOS;
      var said = new StringBuilder();
      while (said.indexOf("\n") < 0) {
        if (answer.available() > 0) {
          said.append((char) answer.read());
        } else if (System.nanoTime() > due || Thread.currentThread().isInterrupted()) {
          return false;
        } else {
          LockSupport.parkNanos(POLL_NANOS);
        }
      }
      return said.toString().strip().equals("0");
    } catch (IOException gone) {
      return false;
    }
  }

  private static Path ending(Path pipes, String ending) {
    return pipes.resolveSibling(pipes.getFileName() + ending);
  }
}
