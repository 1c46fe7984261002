package landfall.cli;

import java.nio.file.Path;
import java.util.List;
import landfall.implementation.Implementations;

/** How this command starts a host of the reference engine: itself, in another process. */
final class Hosts {
  private Hosts() {}

  static Implementations implementations() {
    return new Implementations(launcher(), Version.number());
  }

  private static List<String> launcher() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        // A host lives for seconds: the quick compiler is the better one.
        "-XX:TieredStopAtLevel=1",
        "-Xshare:auto",
        "-Xmx192m",
        "-cp",
        System.getProperty("java.class.path"),
        Main.class.getName(),
        "host");
  }
}
