package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import landfall.testing.AtLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two commands at once in one place do not spoil each other. */
class TwoAtOnceTest {
  @TempDir private Path folder;

  @Test
  @AtLength
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
}
