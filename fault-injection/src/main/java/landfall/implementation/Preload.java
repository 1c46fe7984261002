package landfall.implementation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a process is started with, before the C library, so that something can be done to it while
 * it runs that nobody could do from outside. It serves any program that uses the C library.
 */
public enum Preload {
  /** Its wall clock can be moved: {@link ShiftedClock}. */
  CLOCK("libfaketime", "libfaketime") {
    @Override
    public boolean isInstalled() {
      return ShiftedClock.isInstalled();
    }

    @Override
    public void give(ProcessBuilder builder, Path sockets, String name) throws IOException {
      ShiftedClock.give(builder, file(sockets, name));
    }
  },
  /** What it asks of its system can be made to fail: {@link FailingCalls}. */
  CALLS("libfiu", "fiu-utils") {
    @Override
    public boolean isInstalled() {
      return FailingCalls.isInstalled();
    }

    @Override
    public void give(ProcessBuilder builder, Path sockets, String name) throws IOException {
      FailingCalls.give(builder, file(sockets, name));
    }
  };

  private static final String ENV = "env";
  private static final String LIBRARIES = "LD_PRELOAD=";

  private final String library;
  private final String debian;

  Preload(String library, String debian) {
    this.library = library;
    this.debian = debian;
  }

  /** Whether this can be done here. */
  public abstract boolean isInstalled();

  /**
   * Prepares a process that is about to be started.
   *
   * @param name of the process among those that share the folder
   * @throws IOException if the library is not installed or a file cannot be written
   */
  public abstract void give(ProcessBuilder builder, Path sockets, String name) throws IOException;

  /** Removes what a library leaves behind, outside of its folder, of a process that was killed. */
  public static void forget(long pid) throws IOException {
    ShiftedClock.forget(pid);
  }

  /** The file by which it is done to a process that was started so. */
  public Path file(Path sockets, String name) {
    return sockets.resolve(name + (this == CLOCK ? ".clock" : ".calls"));
  }

  /** What it needs, for messages: the library, and the package of Debian that has it. */
  public String needs() {
    return library + " (Debian: " + debian + ")";
  }

  /** A process may be started with several of these: the libraries are put one behind the other. */
  static void prepend(ProcessBuilder builder, String libraries, String... variables) {
    List<String> command = new ArrayList<>(builder.command());
    Optional<String> before =
        command.get(0).equals(ENV)
            ? command.stream().filter(each -> each.startsWith(LIBRARIES)).findFirst()
            : Optional.empty();
    before.ifPresent(command::remove);
    if (before.isPresent()) {
      command.remove(0);
    }
    List<String> all = new ArrayList<>(List.of(ENV));
    all.add(before.map(each -> each + ":").orElse(LIBRARIES) + libraries);
    all.addAll(List.of(variables));
    all.addAll(command);
    builder.command(all);
  }
}
