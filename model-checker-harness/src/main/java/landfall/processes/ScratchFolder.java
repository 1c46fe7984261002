package landfall.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** Folders for files that nobody needs when this process has ended. */
public final class ScratchFolder {
  private ScratchFolder() {}

  /** A new folder with a short path. It is removed at the latest when this process ends. */
  public static Path create(String prefix) throws IOException {
    return Guard.get().folder(prefix);
  }

  /** Removes a folder and all in it, if it is there. */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (var all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.deleteIfExists(path);
                } catch (IOException undeletable) {
                  throw new UncheckedIOException(undeletable);
                }
              });
    } catch (UncheckedIOException undeletable) {
      throw undeletable.getCause();
    }
  }
}
