package landfall.processes;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** The shell that outlives this process and clears up after it; there is one, started on demand. */
final class Guard {
  private static final int NAME_DIGITS = 36;
  private static final int NAME_LENGTH = 10;

  // Signals to a whole group or terminal do not reach it: it must outlive all whom it guards.
  private static final String SCRIPT =
      """
      trap '' HUP INT TERM
      children=' '
      while read -r word pid; do
        case $word in
          started) children="$children$pid " ;;
          ended) children="${children%% $pid *} ${children#* $pid }" ;;
        esac
      done
      for pid in $children; do kill -9 "$pid" 2>/dev/null; done
      tries=0
      while [ -e "$1" ] && [ $tries -lt 50 ]; do
        rm -rf "$1" 2>/dev/null || sleep 0.1
        tries=$((tries + 1))
      done
      """;

  private static Guard only;

  private final Path root;
  private final OutputStream pipe;
  private final AtomicLong folders = new AtomicLong();

  private Guard(Path root, OutputStream pipe) {
    this.root = root;
    this.pipe = pipe;
  }

  static synchronized Guard get() throws IOException {
    if (only == null) {
      Path root = Path.of(System.getProperty("java.io.tmpdir")).resolve("landfall-" + name());
      // The guard first: a folder that it does not know of would stay.
      Process shell =
          new ProcessBuilder(inOwnSession("sh", "-c", SCRIPT, "landfall-guard", root.toString()))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      Files.createDirectory(
          root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      only = new Guard(root, shell.getOutputStream());
    }
    return only;
  }

  private static String name() {
    var random = new SecureRandom();
    var name = new StringBuilder();
    for (int i = 0; i < NAME_LENGTH; i++) {
      name.append(Character.forDigit(random.nextInt(NAME_DIGITS), NAME_DIGITS));
    }
    return name.toString();
  }

  /** The command in a session of its own, where the system has {@code setsid}. */
  static List<String> inOwnSession(String... command) {
    List<String> whole = new ArrayList<>();
    String path = System.getenv("PATH");
    if (path != null
        && Arrays.stream(path.split(File.pathSeparator))
            .anyMatch(folder -> new File(folder, "setsid").canExecute())) {
      whole.add("setsid");
    }
    whole.addAll(List.of(command));
    return whole;
  }

  /** A new folder that the guard removes at the end. */
  Path folder(String prefix) throws IOException {
    return Files.createDirectory(root.resolve(prefix + "-" + folders.incrementAndGet()));
  }

  void started(long pid) throws IOException {
    tell("started " + pid);
  }

  void ended(long pid) {
    try {
      tell("ended " + pid);
    } catch (IOException gone) {
      // Without a guard there is none who could kill what has this number next.
    }
  }

  private synchronized void tell(String line) throws IOException {
    try {
      pipe.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      pipe.flush();
    } catch (IOException gone) {
      throw new IOException(
          "the shell that guards the child processes was ended; start this command again", gone);
    }
  }
}
