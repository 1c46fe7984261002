package landfall.explorer;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.processes.ChildProcess;
import landfall.processes.ScratchFolder;
import landfall.specs.SpecFiles;
import landfall.tlc.Models;

/**
 * The graph of a protocol's module by TLC. TLC keeps static state, so it runs in a JVM of its own.
 * A step that changes nothing would be in the graph as a step from a state to itself, as it is on
 * the side of the core; the stuttering that TLA+ allows everywhere is in neither.
 */
final class TlcGraph {
  private TlcGraph() {}

  /**
   * Runs TLC. {@code IOException} if there is no room for temporary files; {@code
   * IllegalStateException}, with TLC's last words, if it fails or writes what cannot be read.
   *
   * @param config of the graph model, see {@link #configuration}
   */
  static Graph of(ExploredProtocol protocol, String config, States states)
      throws IOException, InterruptedException {
    Path folder = ScratchFolder.create("explore");
    try {
      String model = protocol.graphModel();
      SpecFiles.copyTo(folder);
      Files.writeString(folder.resolve(model + ".cfg"), config);
      run(model, folder);
      return read(protocol, folder.resolve("graph.dot"), states);
    } finally {
      ScratchFolder.delete(folder);
    }
  }

  private static Graph read(ExploredProtocol protocol, Path dump, States states)
      throws IOException {
    var names = new StepNames(protocol.unnamedSteps());
    try (BufferedReader dot = Files.newBufferedReader(dump)) {
      return DotReader.read(dot, states, names);
    } catch (TlaSyntaxException unreadable) {
      throw new IllegalStateException("TLC's graph: " + unreadable.getMessage(), unreadable);
    }
  }

  private static void run(String model, Path folder) throws IOException, InterruptedException {
    Path output = folder.resolve("tlc.out");
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Process tlc =
        ChildProcess.start(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx1500m",
                    // A run is over before the better compiler pays for itself.
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    // TLC unpacks its standard modules there; two at once must not share it.
                    "-Djava.io.tmpdir=" + temporary,
                    "-cp",
                    tlcJar().toString(),
                    "tlc2.TLC",
                    "-workers",
                    "1",
                    "-deadlock",
                    "-metadir",
                    folder.resolve("metadir").toString(),
                    "-dump",
                    "dot,actionlabels",
                    folder.resolve("graph").toString(),
                    model)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile()));
    try {
      if (tlc.waitFor() != 0) {
        throw new IllegalStateException(
            "TLC failed with status " + tlc.exitValue() + ":\n" + tail(output));
      }
    } finally {
      tlc.destroyForcibly();
    }
  }

  private static Path tlcJar() {
    try {
      return Path.of(tlc2.TLC.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the jar of TLC is not a file", e);
    }
  }

  /**
   * The configuration of the graph model within bounds.
   *
   * @param switches constants of the module that switch mistakes on, with their values
   */
  static String configuration(
      ExploredProtocol protocol, Bounds bounds, Map<String, String> switches) {
    String text = Models.configured(protocol.graphModel()).config();
    for (var each : protocol.constants().entrySet()) {
      text = constant(text, each.getKey(), each.getValue());
    }
    for (var each : protocol.constants(bounds).entrySet()) {
      text = constant(text, each.getKey(), each.getValue());
    }
    for (var each : switches.entrySet()) {
      text = constant(text, each.getKey(), each.getValue());
    }
    return text;
  }

  private static String constant(String text, String name, String value) {
    Matcher line = Pattern.compile("(?m)^( *" + name + " = ).*$").matcher(text);
    if (!line.find()) {
      throw new IllegalStateException("the graph model does not set " + name);
    }
    return line.replaceFirst("$1" + Matcher.quoteReplacement(value));
  }

  private static String tail(Path output) throws IOException {
    var lines = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
  }
}
