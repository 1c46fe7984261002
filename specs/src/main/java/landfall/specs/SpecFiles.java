package landfall.specs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The modules ({@code .tla}), configurations ({@code .cfg}) and lists ({@code .json}). */
public final class SpecFiles {
  private static final String FOLDER = "landfall/specs";

  private SpecFiles() {}

  /**
   * Copies every module and every configuration into a folder.
   *
   * @param folder an existing folder
   */
  public static void copyTo(Path folder) throws IOException {
    Path home = home();
    if (Files.isDirectory(home)) {
      copy(home.resolve(FOLDER), folder);
    } else {
      try (FileSystem jar = FileSystems.newFileSystem(home)) {
        copy(jar.getPath(FOLDER), folder);
      }
    }
  }

  /** The text of one file, such as {@code PreCopy.tla}. */
  public static String read(String name) {
    try (InputStream in = SpecFiles.class.getResourceAsStream("/" + FOLDER + "/" + name)) {
      if (in == null) {
        throw new IllegalArgumentException("there is no specification file " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> files;
    try (var listing = Files.list(from)) {
      files = listing.toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(".tla") || name.endsWith(".cfg")) {
        Files.copy(file, to.resolve(name));
      }
    }
  }

  private static Path home() {
    try {
      return Path.of(SpecFiles.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
