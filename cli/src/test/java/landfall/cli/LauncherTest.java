package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher, with a Java and a Maven that only say what they were asked to do. */
class LauncherTest {
  @TempDir private Path folder;

  private Path clone;
  private Path tools;

  @BeforeEach
  void provideAFreshClone() throws IOException {
    clone = Files.createDirectories(folder.resolve("clone"));
    Files.copy(
        Path.of("").toAbsolutePath().resolveSibling("landfall"),
        clone.resolve("landfall"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.createFile(clone.resolve("pom.xml"));
    for (String module : List.of("cli", "specs")) {
      Files.createDirectories(clone.resolve(module).resolve("src/main"));
      Files.createFile(clone.resolve(module).resolve("pom.xml"));
    }
    tools = Files.createDirectories(folder.resolve("jdk/bin"));
    script(
        tools.resolve("java"),
        """
        case "$*" in
          *-XshowSettings*) echo ' java.specification.version = 17'; echo ' java.vm.version = 1' ;;
          *rehearsal) exit 1 ;;
          *) echo "ran with $LC_ALL: $*" ;;
        esac
        """);
    script(tools.resolve("javac"), "exit 1\n");
    script(
        tools.resolve("mvn"),
        """
        echo built >>builds
        echo '[INFO] Building Landfall: cli 1.0 [7/7]'
        until [ -e go ]; do sleep 0.01; done
        mkdir -p cli/target/lib && touch cli/target/cli-1.jar
        """);
  }

  private Process use(int number, Map<String, String> environment) throws IOException {
    return use(number, environment, "word" + number);
  }

  private Process use(int number, Map<String, String> environment, String... words)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(clone.resolve("landfall").toString()));
    command.addAll(List.of(words));
    var use = new ProcessBuilder(command);
    use.environment().put("JAVA_HOME", tools.getParent().toString());
    use.environment().put("PATH", tools + ":" + System.getenv("PATH"));
    use.environment().putAll(environment);
    return use.redirectErrorStream(true)
        .redirectOutput(folder.resolve("use" + number).toFile())
        .start();
  }

  @Test
  void ofTwoFirstUsesOneBuildsAndSaysSoAndTheOtherWaits() throws Exception {
    List<Process> uses = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        uses.add(use(i, Map.of()));
      }
      CommandProcess.await(
          () -> (said(0) + said(1)).contains("another command is building"), "one waits");
      CommandProcess.await(
          () -> (said(0) + said(1)).contains("landfall: building cli, "),
          "one says that it builds");
      Files.createFile(clone.resolve("go"));
      for (int i = 0; i < 2; i++) {
        assertEquals(0, uses.get(i).waitFor(), said(i));
        assertTrue(said(i).contains("landfall.cli.Main word" + i), said(i));
      }
      assertEquals(List.of("built"), Files.readAllLines(clone.resolve("builds")));
    } finally {
      uses.forEach(Process::destroyForcibly);
    }
  }

  @Test
  void aBuildThatFailsIsToldAndEndsWithTheStatusOfWrongUsage() throws Exception {
    script(tools.resolve("mvn"), "echo '[ERROR] no'; exit 1\n");
    assertEquals(Failure.USAGE, use(0, Map.of()).waitFor(), said(0));
    assertTrue(said(0).contains("[ERROR] no"), said(0));
    assertTrue(said(0).contains("landfall: the build failed"), said(0));
  }

  @Test
  void javaReadsNamesOfFilesInAllLetters() throws Exception {
    Files.createFile(clone.resolve("go"));
    assertEquals(0, use(0, Map.of("LC_ALL", "C")).waitFor(), said(0));
    assertTrue(said(0).contains("ran with C.UTF-8: "), said(0));
  }

  @Test
  void theHeapOfAHostIsLimitedByTheRuleThatItsOwnHostsHave() throws Exception {
    Files.createFile(clone.resolve("go"));
    List<List<String>> uses =
        List.of(
            List.of("host", "--name", "a"),
            List.of("host", "--ram-mib", "1024"),
            List.of("host", "--ram-mib=02048", "--name", "a"));
    List<Integer> ram = List.of(16, 1024, 2048);
    for (int i = 0; i < uses.size(); i++) {
      assertEquals(0, use(i, Map.of(), uses.get(i).toArray(String[]::new)).waitFor(), said(i));
      assertTrue(said(i).contains(" " + Hosts.heap(ram.get(i)) + " "), said(i));
    }
    for (List<String> other :
        List.of(
            List.of("check"), List.of("host", "--ram-mib", "x"), List.of("host", "--ram-mib="))) {
      assertEquals(0, use(9, Map.of(), other.toArray(String[]::new)).waitFor(), said(9));
      assertTrue(!said(9).contains("-Xmx"), said(9));
    }
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + text);
    assertTrue(file.toFile().setExecutable(true));
  }

  private String said(int use) {
    try {
      return Files.readString(folder.resolve("use" + use));
    } catch (IOException notYet) {
      return "";
    }
  }
}
