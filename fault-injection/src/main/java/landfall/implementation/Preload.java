package landfall.implementation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What a process is started with, before the C library, so that something can be done to it while
 * it runs that nobody could do from outside. It serves any program that uses the C library.
 */
public enum Preload {
  /** Its wall clock can be moved: {@link ShiftedClock}. */
  CLOCK(
      "libfaketime (Debian: libfaketime)", ".clock", ShiftedClock::isInstalled, ShiftedClock::give),
  /** What it asks of its system can be made to fail: {@link FailingCalls}. */
  CALLS("libfiu (Debian: fiu-utils)", ".calls", FailingCalls::isInstalled, FailingCalls::give);

  private static final String ENV = "env";
  private static final String LIBRARIES = "LD_PRELOAD=";

  /** Prepares a process that is about to be started. */
  private interface Giver {
    void give(ProcessBuilder builder, Path file) throws IOException;
  }

  private final String needs;
  private final String ending;
  private final BooleanSupplier installed;
  private final Giver giver;

  Preload(String needs, String ending, BooleanSupplier installed, Giver giver) {
    this.needs = needs;
    this.ending = ending;
    this.installed = installed;
    this.giver = giver;
  }

  /** Whether this can be done here. */
  public boolean isInstalled() {
    return installed.getAsBoolean();
  }

  /** What it needs, for messages: the library, and the package of Debian that has it. */
  public String needs() {
    return needs;
  }

  /**
   * Prepares a process that is about to be started.
   *
   * @param name of the process among those that share the folder
   * @throws IOException if the library is not installed or a file cannot be written
   */
  public void give(ProcessBuilder builder, Path sockets, String name) throws IOException {
    giver.give(builder, file(sockets, name));
  }

  /** The file by which it is done to a process that was started so. */
  public Path file(Path sockets, String name) {
    return sockets.resolve(name + ending);
  }

  /** Removes what a library leaves behind, outside of its folder, of a process that was killed. */
  public static void forget(long pid) throws IOException {
    ShiftedClock.forget(pid);
  }

  /** A process may be started with several of these: the libraries are put one behind the other. */
  static void prepend(ProcessBuilder builder, String libraries, String... variables) {
    List<String> command = new ArrayList<>(builder.command());
    Optional<String> before =
        command.get(0).equals(ENV)
            ? command.stream().filter(each -> each.startsWith(LIBRARIES)).findFirst()
            : Optional.empty();
    before.ifPresent(
        libraryPath -> {
          command.remove(libraryPath);
          command.remove(0);
        });
    List<String> all = new ArrayList<>(List.of(ENV));
    all.add(before.map(each -> each + ":").orElse(LIBRARIES) + libraries);
    all.addAll(List.of(variables));
    all.addAll(command);
    builder.command(all);
  }
}
