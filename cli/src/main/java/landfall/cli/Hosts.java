package landfall.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import landfall.implementation.Implementations;

/** How this command starts a host of the reference engine: itself, in another process. */
final class Hosts {
  private Hosts() {}

  private static final int RAM_MIB = 16;

  /** The launcher says where it keeps the classes of {@link RehearsalCommand}. */
  private static final String CLASSES_PROPERTY = "landfall.classes";

  static Implementations implementations() {
    return new Implementations(command("host"), Version.number(), RAM_MIB);
  }

  /** Hosts that have migrated before, as those that live for long have. */
  static Implementations warmWithRamMib(int ramMib) {
    return new Implementations(command("host", "--warm-up", "100"), Version.number(), ramMib);
  }

  /** This command in another process, with this subcommand. */
  static List<String> command(String... subcommand) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                // A host lives for seconds: the quick compiler is the better one.
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Xmx192m",
                // A limit, not a reservation: the guest's RAM lies outside of the heap.
                "-XX:MaxDirectMemorySize=16g"));
    String classes = System.getProperty(CLASSES_PROPERTY, "");
    if (!classes.isEmpty() && Files.exists(Path.of(classes))) {
      command.add("-XX:SharedArchiveFile=" + classes);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(subcommand));
    return command;
  }
}
