package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two commands at once in one place do not spoil each other. */
class TwoAtOnceTest {
  @TempDir private Path folder;

  @Test
  void ofTwoRunsWithOneFolderTheSecondIsRefusedAndTheFirstStaysWhole() throws Exception {
    String out = folder.resolve("run").toString();
    String[] words = {"campaign", "reference", "--trials", "1", "--out", out};
    var one = CommandProcess.start(folder.resolve("one"), List.of(), words);
    var other = CommandProcess.start(folder.resolve("other"), List.of(), words);
    try {
      boolean oneRan = one.awaitEnd() == 0;
      CommandProcess ran = oneRan ? one : other;
      CommandProcess refused = oneRan ? other : one;
      assertEquals(0, ran.awaitEnd(), () -> one.said() + other.said());
      assertEquals(Failure.USAGE, refused.awaitEnd(), refused::said);
      assertEquals(1, refused.said().lines().count(), refused::said);
      assertTrue(
          refused.said().startsWith("landfall: " + out + " is being written by another run")
              // If the machine is so busy that the first has ended before the second begins.
              || refused.said().startsWith("landfall: " + out + " holds this run already"),
          refused::said);
      assertEquals(0, Main.execute("judge", out));
    } finally {
      one.process().destroyForcibly();
      other.process().destroyForcibly();
    }
  }

  /** The launcher, with a Maven that waits until the test has seen the second use. */
  @Test
  void ofTwoFirstUsesOneBuildsAndTheOtherWaits() throws Exception {
    Path clone = Files.createDirectories(folder.resolve("clone"));
    Files.copy(
        Path.of("").toAbsolutePath().resolveSibling("landfall"),
        clone.resolve("landfall"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.createFile(clone.resolve("pom.xml"));
    for (String module : List.of("cli", "specs")) {
      Files.createDirectories(clone.resolve(module).resolve("src/main"));
      Files.createFile(clone.resolve(module).resolve("pom.xml"));
    }
    Path tools = Files.createDirectories(folder.resolve("jdk/bin"));
    script(
        tools.resolve("java"),
        """
        case "$*" in
          *-XshowSettings*) echo ' java.specification.version = 17'; echo ' java.vm.version = 1' ;;
          *rehearsal) exit 1 ;;
          *) echo "ran $*" ;;
        esac
        """);
    script(tools.resolve("javac"), "exit 1\n");
    script(
        tools.resolve("mvn"),
        """
        echo built >>builds
        until [ -e go ]; do sleep 0.01; done
        mkdir -p cli/target/lib && touch cli/target/cli-1.jar
        """);
    List<Process> uses = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        var use = new ProcessBuilder(clone.resolve("landfall").toString(), "word" + i);
        use.environment().put("JAVA_HOME", tools.getParent().toString());
        use.environment().put("PATH", tools + ":" + System.getenv("PATH"));
        use.redirectErrorStream(true).redirectOutput(folder.resolve("use" + i).toFile());
        uses.add(use.start());
      }
      CommandProcess.await(
          () -> (said(0) + said(1)).contains("another command is building"), "one waits");
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
