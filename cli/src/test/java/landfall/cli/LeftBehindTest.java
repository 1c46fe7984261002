package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever ends a command, it leaves neither a process nor a temporary file behind. Every day a
 * sample is ended, {@code -Dlandfall.tests=all} ends all ({@code .ci/run} does).
 */
@Sampled
class LeftBehindTest {
  private static final int EVERYDAY = 1;
  private static final int SIGKILL_STATUS = 137;
  private static final int SIGINT_STATUS = 130;

  @TempDir private Path folder;

  private static List<Arguments> endings() {
    List<Arguments> all =
        List.of(
            arguments("KILL", 2, "campaign reference --trials 50 --out OUT"),
            arguments("INT", 1, "check --tier quick --parallel 2 --out OUT"),
            arguments("TERM", 2, "campaign reference --trials 50 --parallel 2 --out OUT"),
            arguments("INT", 2, "campaign reference --trials 50 --out OUT"),
            arguments("KILL", 2, "campaign qemu-riscv64 --trials 50 --out OUT"),
            arguments("KILL", 1, "check --tier quick --parallel 2 --out OUT"),
            arguments("INT", 1, "explore --protocol postcopy"));
    List<Arguments> chosen = AtLength.ASKED ? all : all.subList(0, EVERYDAY);
    System.out.printf(
        "%d of %d endings: -Dlandfall.tests=all tries all%n", chosen.size(), all.size());
    return chosen;
  }

  @ParameterizedTest
  @MethodSource("endings")
  void nothingIsLeftWhenASignalEndsTheParentAlone(String signal, int children, String line)
      throws Exception {
    assumeTrue(!line.contains("qemu") || isInstalled("qemu-system-riscv64"), "no QEMU here");
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    CommandProcess command =
        CommandProcess.start(
            folder.resolve("log"),
            List.of("-Djava.io.tmpdir=" + temporary),
            line.replace("OUT", folder.resolve("out").toString()).split(" "));
    Process parent = command.process();
    List<ProcessHandle> left = new ArrayList<>();
    try {
      // One look counts: a TLC may end, and the next begin, between two.
      CommandProcess.await(
          () -> {
            left.clear();
            left.addAll(parent.descendants().toList());
            return programs(left.stream()).size() >= children || !parent.isAlive();
          },
          "there are " + children + " children");
      assertTrue(parent.isAlive(), () -> "it ended before the signal: " + command.said());
      assertEquals(
          0, new ProcessBuilder("kill", "-" + signal, "" + parent.pid()).start().waitFor());
      command.awaitEnd();
      CommandProcess.await(
          () -> left.stream().noneMatch(ProcessHandle::isAlive), "no child is alive: " + left);
      CommandProcess.await(() -> isEmpty(temporary), "no temporary file is left");
      assertEquals(
          signal.equals("KILL") ? SIGKILL_STATUS : signal.equals("INT") ? SIGINT_STATUS : 143,
          parent.exitValue());
      assertTrue(!command.said().contains("a fault of Landfall"), command::said);
      assertTrue(!command.said().contains("\tat "), command::said);
    } finally {
      parent.destroyForcibly();
      left.forEach(ProcessHandle::destroyForcibly);
    }
  }

  /** Hosts and TLCs, not the shells that start and guard them. */
  private static Set<Long> programs(Stream<ProcessHandle> processes) {
    return processes
        .filter(
            each ->
                each.info()
                    .command()
                    .map(Path::of)
                    .map(Path::getFileName)
                    .map(Path::toString)
                    .filter(name -> name.equals("java") || name.startsWith("qemu-"))
                    .isPresent())
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }

  private static boolean isInstalled(String program) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(place -> new File(place, program).canExecute());
  }

  private static boolean isEmpty(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }
}
