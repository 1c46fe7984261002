package landfall.specs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The specification files. Each protocol has a folder with its modules ({@code .tla}), its
 * configuration ({@code .cfg}) and its lists ({@code .json}). Names of modules and configurations
 * are unique over all folders, so that they can lie in one folder for TLC.
 */
public final class SpecFiles {
  private static final String ROOT = "landfall/specs";
  private static final Pattern SPECIFICATION =
      Pattern.compile("\\w+/[\\w-]+\\.(tla|cfg|json)|\\w+\\.json");

  /** Each file, by its path below the root, such as {@code precopy/PreCopy.tla}. */
  private static final SortedMap<String, String> TEXTS = readAll();

  private SpecFiles() {}

  /** The folders, in alphabetical order, such as {@code precopy}. */
  public static List<String> folders() {
    return TEXTS.keySet().stream()
        .filter(path -> path.contains("/"))
        .map(path -> path.substring(0, path.indexOf('/')))
        .distinct()
        .toList();
  }

  /**
   * Copies every module and every configuration into one folder.
   *
   * @param folder an existing folder
   */
  public static void copyTo(Path folder) throws IOException {
    for (var file : TEXTS.entrySet()) {
      String name = nameOf(file.getKey());
      if (name.endsWith(".tla") || name.endsWith(".cfg")) {
        Path copy = Files.createFile(folder.resolve(name));
        Files.writeString(copy, file.getValue(), StandardCharsets.UTF_8);
      }
    }
  }

  /**
   * The text of a module, {@code PreCopy.tla}, or of a file by its path, {@code lease/pins.json}.
   */
  public static String read(String name) {
    return find(name)
        .orElseThrow(() -> new IllegalArgumentException("there is no specification file " + name));
  }

  /** As {@link #read}, for a file that need not be there. */
  public static Optional<String> find(String name) {
    if (TEXTS.containsKey(name)) {
      return Optional.of(TEXTS.get(name));
    }
    return TEXTS.entrySet().stream()
        .filter(file -> file.getKey().endsWith("/" + name))
        .filter(file -> name.endsWith(".tla") || name.endsWith(".cfg"))
        .map(file -> file.getValue())
        .findFirst();
  }

  /** Names of all modules, without {@code .tla}. */
  public static List<String> modules() {
    return TEXTS.keySet().stream()
        .filter(path -> path.endsWith(".tla"))
        .map(path -> nameOf(path).replace(".tla", ""))
        .toList();
  }

  private static String nameOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static SortedMap<String, String> readAll() {
    try {
      Path home = home();
      if (Files.isDirectory(home)) {
        return readAll(home.resolve(ROOT));
      }
      try (FileSystem jar = FileSystems.newFileSystem(home)) {
        return readAll(jar.getPath(ROOT));
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static SortedMap<String, String> readAll(Path root) throws IOException {
    SortedMap<String, String> texts = new TreeMap<>();
    try (var files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String path = root.relativize(file).toString().replace('\\', '/');
        if (SPECIFICATION.matcher(path).matches()) {
          texts.put(path, Files.readString(file, StandardCharsets.UTF_8));
        }
      }
    }
    return texts;
  }

  private static Path home() {
    try {
      return Path.of(SpecFiles.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
