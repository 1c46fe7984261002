package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command says of a simulation, and how it ends. */
class SimulateCommandTest {
  private record Ended(int status, String out) {}

  private static Ended simulate(String... words) {
    PrintStream out = System.out;
    var printed = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      var all = new String[words.length + 1];
      all[0] = "simulate";
      System.arraycopy(words, 0, all, 1, words.length);
      return new Ended(Main.execute(all), printed.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
    }
  }

  @Test
  void everyModeHasALine() {
    Ended ended = simulate("--runs", "100");
    assertEquals(0, ended.status(), ended::out);
    for (String mode :
        new String[] {"precopy", "postcopy", "checkpoint", "forward", "lease", "sharedlock"}) {
      assertTrue(
          ended.out().matches("(?s).*(^|\\R)" + mode + " +as it is +100 runs, \\d+ with.*"),
          ended::out);
    }
  }

  @Test
  void aMutantIsViolatedWithAStoryThatCanBeTakenAgain() {
    Ended ended = simulate("--mode", "sharedlock", "--mutant", "43");
    assertEquals(1, ended.status(), ended::out);
    assertTrue(ended.out().contains("   1. "), ended::out);
    String again = ended.out().replaceAll("(?s).*again: landfall simulate ([^\\r\\n]*).*", "$1");
    Ended alone = simulate(again.split(" "));
    assertEquals(1, alone.status(), alone::out);
    assertEquals(story(ended), story(alone));
  }

  private static String story(Ended ended) {
    return ended.out().substring(ended.out().indexOf("   1. "), ended.out().indexOf("again:"));
  }

  // Whatever the paces are, some run is over before its fault comes.
  @Test
  void aRunWithoutAFaultIsUndecided() {
    for (int run = 1; run <= 1_000; run++) {
      Ended ended =
          simulate("--mode", "sharedlock", "--runs", "1", "--from", Integer.toString(run));
      if (ended.out().contains(" 0 with faults")) {
        assertEquals(2, ended.status(), ended::out);
        return;
      }
      assertEquals(0, ended.status(), ended::out);
    }
    throw new AssertionError("in each of 1,000 runs a fault took effect");
  }

  @Test
  void resultsAreWrittenAsJsonWhenAFileIsGiven(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("results.json");
    Ended ended = simulate("--mutant", "43", "--json", file.toString());
    assertEquals(1, ended.status(), ended::out);
    var results = new ObjectMapper().readTree(file.toFile());
    assertEquals(1, results.size());
    assertEquals("sharedlock", results.get(0).path("mode").asText());
    assertEquals("violated", results.get(0).path("verdict").path("result").asText());
    assertTrue(results.get(0).path("story").path("steps").size() > 0, results::toString);
  }
}
