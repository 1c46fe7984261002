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

  /**
   * All compilers, and what they compile has all that could happen in it. Else they leave out what
   * has not happened yet, and when it does, the code is thrown away in the middle of a migration.
   * The launcher has the same.
   */
  private static final List<String> ALL_COMPILERS =
      List.of("-XX:+UnlockExperimentalVMOptions", "-XX:PerMethodTrapLimit=0");

  /**
   * Of a bench, which warms up: the quick compiler, at once. It does not know the processor's
   * instructions for AES, and makes TLS fifty times slower.
   */
  private static final List<String> QUICK_COMPILER = List.of("-XX:TieredStopAtLevel=1");

  /**
   * Of a trial, where a host lives for seconds: the quick compiler, and only for what is called
   * three times as often. Most of what else it would compile is never needed again.
   */
  private static final List<String> QUICK_AND_LATE =
      List.of("-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=3");

  private static final int HEAP_MIB = 64;
  private static final int RAM_PER_HEAP = 256;

  static Implementations implementations() {
    return new Implementations(command(RAM_MIB, QUICK_AND_LATE, "host"), Version.number(), RAM_MIB);
  }

  /**
   * The option that limits the heap of a host. Its guest's RAM lies outside of it; what a host
   * knows of each page lies within. With this limit, a host takes at most 128 MiB beside the RAM,
   * whatever its peers do; without it, a JVM lets rubbish lie about until it has a quarter of the
   * machine. The launcher has the same rule.
   */
  static String heap(int ramMib) {
    return "-Xmx" + (HEAP_MIB + ramMib / RAM_PER_HEAP) + "m";
  }

  /**
   * Hosts of a bench.
   *
   * @param warmUpMigrations their option of that name
   * @param encrypted the compilers are those of {@link #commandOfBench}
   */
  static Implementations ofBench(int ramMib, int warmUpMigrations, boolean encrypted) {
    return new Implementations(
        commandOfBench(ramMib, encrypted, "host", "--warm-up", Integer.toString(warmUpMigrations)),
        Version.number(),
        ramMib);
  }

  /** The quick compiler alone, or, for TLS, all of them as the launcher has it. */
  static List<String> commandOfBench(int ramMib, boolean encrypted, String... subcommand) {
    return command(ramMib, encrypted ? ALL_COMPILERS : QUICK_COMPILER, subcommand);
  }

  /** This command in another process, with this subcommand, for a guest with so much RAM. */
  private static List<String> command(int ramMib, List<String> compilers, String... subcommand) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                heap(ramMib),
                // A limit, not a reservation: the guest's RAM lies outside of the heap.
                "-XX:MaxDirectMemorySize=16g"));
    command.addAll(compilers);
    String classes = System.getProperty(CLASSES_PROPERTY, "");
    if (!classes.isEmpty() && Files.exists(Path.of(classes))) {
      command.add("-XX:SharedArchiveFile=" + classes);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(subcommand));
    return command;
  }
}
