package landfall.implementation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What one process asks of its system, of which some can be made to fail while the process runs:
 * libfiu, loaded before the C library, lets each call through until a named pipe tells it which to
 * refuse, and with which error.
 */
final class FailingCalls {
  private static final Path FOLDER = Path.of("/usr/lib/fiu");
  private static final Path CONTROL = FOLDER.resolve("fiu_run_preload.so");
  private static final Path CALLS = FOLDER.resolve("fiu_posix_preload.so");

  private FailingCalls() {}

  static boolean isInstalled() {
    return Files.isReadable(CONTROL) && Files.isReadable(CALLS);
  }

  /**
   * A process that is started so reads commands from a pipe and answers them on another; their
   * names are this file's with the process's number behind it, and {@code .in} or {@code .out}.
   *
   * @throws IOException if the library is not installed
   */
  static void give(ProcessBuilder builder, Path file) throws IOException {
    if (!isInstalled()) {
      throw new IOException("libfiu is needed, and not installed");
    }
    Preload.prepend(builder, CONTROL + ":" + CALLS, "FIU_CTRL_FIFO=" + file);
  }
}
