package landfall.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import landfall.host.FuzzedRequests;
import landfall.host.FuzzedStore;
import landfall.testing.AtLength;
import landfall.tracecheck.FuzzedTrace;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * No bytes of a stranger end a parser in anything but a value or a refusal in words.
 *
 * <p>Every day the kept inputs are read, and some changes of them. With {@code
 * -Dlandfall.tests=all} Jazzer looks for more, led by the branches that an input takes; {@code
 * -Dlandfall.fuzz.seconds=N} sets how long for each target. What was run is printed.
 */
class FuzzTest {
  private static final int SECONDS = Integer.getInteger("landfall.fuzz.seconds", 8);
  private static final int CHANGED_INPUTS = 3_000;
  private static final int INPUT_BYTES_MAX = 4_096;
  private static final Pattern DONE = Pattern.compile("Done (\\d+) runs in (\\d+) second");

  private interface Parser {
    void read(byte[] input) throws Exception;
  }

  private enum Target {
    WIRE(FuzzedWire.class, FuzzedWire::fuzzerTestOneInput),
    STORE(FuzzedStore.class, FuzzedStore::fuzzerTestOneInput),
    QMP(FuzzedRequests.class, FuzzedRequests::fuzzerTestOneInput),
    EDN(FuzzedEdn.class, FuzzedEdn::fuzzerTestOneInput),
    EVIDENCE(FuzzedEvidence.class, FuzzedEvidence::fuzzerTestOneInput),
    ELF(FuzzedElf.class, FuzzedElf::fuzzerTestOneInput),
    TRACE(FuzzedTrace.class, FuzzedTrace::fuzzerTestOneInput);

    final Class<?> type;
    final Parser parser;

    Target(Class<?> type, Parser parser) {
      this.type = type;
      this.parser = parser;
    }

    Path corpus() throws URISyntaxException {
      return Path.of(
          FuzzTest.class.getResource("/landfall/fuzz/" + name().toLowerCase(Locale.ROOT)).toURI());
    }

    List<byte[]> inputs() throws Exception {
      List<byte[]> inputs = new ArrayList<>();
      try (Stream<Path> files = Files.list(corpus())) {
        for (Path file : files.sorted().toList()) {
          inputs.add(Files.readAllBytes(file));
        }
      }
      return inputs;
    }
  }

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void keptInputsAndChangesOfThemAreReadOrRefused(Target target) throws Exception {
    List<byte[]> kept = target.inputs();
    assertTrue(kept.size() >= 3, "few inputs are kept");
    for (byte[] input : kept) {
      read(target, input);
    }
    var random = new Random(1);
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      read(target, changed(kept, random));
    }
  }

  private static void read(Target target, byte[] input) {
    try {
      target.parser.read(input);
    } catch (Exception | Error escaped) {
      throw new AssertionError("escaped with " + HexFormat.of().formatHex(input), escaped);
    }
  }

  /** One input with some bytes of its own or of another in other places. */
  private static byte[] changed(List<byte[]> kept, Random random) {
    byte[] input = kept.get(random.nextInt(kept.size())).clone();
    for (int changes = 1 + random.nextInt(4); changes > 0 && input.length > 0; changes--) {
      int at = random.nextInt(input.length);
      switch (random.nextInt(4)) {
        case 0 -> input[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> input[at] = (byte) random.nextInt();
        case 2 -> input = Arrays.copyOf(input, at);
        default -> {
          byte[] other = kept.get(random.nextInt(kept.size()));
          int from = other.length == 0 ? 0 : random.nextInt(other.length);
          byte[] joined = Arrays.copyOf(input, at + other.length - from);
          System.arraycopy(other, from, joined, at, other.length - from);
          input = joined;
        }
      }
    }
    return input.length > INPUT_BYTES_MAX ? Arrays.copyOf(input, INPUT_BYTES_MAX) : input;
  }

  /**
   * What Jazzer follows. Not the comparisons of EDN: where a map with numbers for keys is asked,
   * Jazzer compares them itself, and fails on a ratio beside a long, which we do not compare.
   */
  private static String traced(Target target) {
    return target == Target.EDN ? "cov:div:gep:indir:native" : "all";
  }

  @ParameterizedTest
  @AtLength
  @EnumSource
  void jazzerFindsNoEscape(Target target) throws Exception {
    Path log = folder.resolve("log");
    Process jazzer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx400m",
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.type.getName(),
                "--instrumentation_includes=landfall.**",
                // In libraries as well, the first input takes longer than an input may.
                "--custom_hook_includes=landfall.**",
                "--trace=" + traced(target),
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_total_time=" + SECONDS,
                "-max_len=" + INPUT_BYTES_MAX,
                // The first input also waits for the classes.
                "-timeout=30",
                "-rss_limit_mb=2048",
                "-seed=1",
                Files.createDirectory(folder.resolve("found")).toString(),
                target.corpus().toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertTrue(jazzer.waitFor(SECONDS + 120L, TimeUnit.SECONDS), () -> said(log));
    } finally {
      jazzer.destroyForcibly();
    }
    String said = said(log);
    assertEquals(0, jazzer.exitValue(), () -> said + found());
    Matcher done = DONE.matcher(said);
    assertTrue(done.find(), said);
    System.err.printf(
        "fuzzed %s with Jazzer: %s inputs in %s s, no escape%n",
        target.name().toLowerCase(Locale.ROOT), done.group(1), done.group(2));
    assertTrue(Long.parseLong(done.group(1)) >= 1_000, said);
  }

  private static String said(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  /** The input that escaped, for it to be kept. */
  private String found() {
    var text = new StringBuilder();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        if (file.getFileName().toString().matches("(crash|timeout|oom)-.*")) {
          text.append(file.getFileName())
              .append(": ")
              .append(HexFormat.of().formatHex(Files.readAllBytes(file)))
              .append('\n');
        }
      }
    } catch (IOException unreadable) {
      text.append(unreadable);
    }
    return text.toString();
  }
}
