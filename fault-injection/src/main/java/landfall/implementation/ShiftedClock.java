package landfall.implementation;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The wall clock of one process, which can be moved while the process runs: libfaketime, loaded
 * before the C library, adds what a file says to the time of day and leaves the monotonic clock as
 * it is. It serves any program that asks its C library for the time.
 */
final class ShiftedClock {
  private static final Path LIBRARIES = Path.of("/usr/lib");
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final String LIBRARY = "faketime/libfaketimeMT.so.1";

  private ShiftedClock() {}

  /** Whether clocks can be moved here. */
  static boolean isInstalled() {
    return library().isPresent();
  }

  /** Debian keeps it in a folder of the processor's. */
  private static Optional<Path> library() {
    Path direct = LIBRARIES.resolve(LIBRARY);
    if (Files.isReadable(direct)) {
      return Optional.of(direct);
    }
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(LIBRARIES, "*-linux-*")) {
      for (Path folder : folders) {
        if (Files.isReadable(folder.resolve(LIBRARY))) {
          return Optional.of(folder.resolve(LIBRARY));
        }
      }
    } catch (IOException unreadable) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  /**
   * A process that is started so has its wall clock from this file, which says "+0" at first. Its
   * questions for the time cost it more. Its waits must last as long as without: version 0.9.10 of
   * the library mends a fault that the C library no longer has, unless told not to, and every wait
   * of a JVM with a limit then ends at once.
   *
   * @throws IOException if the library is not installed or the file cannot be written
   */
  static void give(ProcessBuilder builder, Path file) throws IOException {
    Path library =
        library().orElseThrow(() -> new IOException("libfaketime is needed, and not installed"));
    Files.writeString(file, "+0\n");
    Preload.prepend(
        builder,
        library.toString(),
        "FAKETIME_TIMESTAMP_FILE=" + file,
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "FAKETIME_FORCE_MONOTONIC_FIX=0");
  }

  /** Removes what the library leaves behind of a process that was killed. */
  static void forget(long pid) throws IOException {
    for (String left : List.of("faketime_shm_", "sem.faketime_sem_")) {
      Files.deleteIfExists(SHARED_MEMORY.resolve(left + pid));
    }
  }
}
