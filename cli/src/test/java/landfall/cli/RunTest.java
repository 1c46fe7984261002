package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;
import landfall.evidence.Counts;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.ImplementationVersion;
import landfall.evidence.RunIdentity;
import landfall.evidence.TrialResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunTest {
  @TempDir private Path folder;

  @Test
  void anErrorLeavesASealedFolderAndEndsAsAFaultOfOurs() throws Exception {
    Path out = folder.resolve("run");
    var identity = new RunIdentity("campaign", new ImplementationVersion("reference", "1"), 1);
    Error planted =
        assertThrows(
            OutOfMemoryError.class,
            () ->
                Run.in(
                    out,
                    identity,
                    run -> {
                      throw new OutOfMemoryError("planted");
                    }));
    assertTrue(Files.exists(out.resolve("MANIFEST.sha256")));
    assertFalse(EvidenceFolder.open(out).finishedTrials().iterator().hasNext());
    var said = new StringWriter();
    assertEquals(254, Failure.of(planted, new PrintWriter(said, true)));
    assertTrue(said.toString().startsWith("landfall: the memory of this program"));
    assertFalse(said.toString().contains("\tat "));
  }

  /** As its file has it. */
  private static TrialResult trial(boolean... seen) throws IOException {
    var faults = new StringJoiner(",", "[", "]");
    for (boolean each : seen) {
      faults.add(
          "{\"kind\":\"reset\",\"phase\":\"ready\",\"evidence\":\"some\",\"seen\":" + each + "}");
    }
    return new ObjectMapper()
        .readValue(
            "{\"id\":17,\"plan\":\"reset at ready\",\"outcome\":\"completed\",\"replay\":\"again\","
                + "\"verdicts\":{\"liveness\":{\"result\":\"holds\",\"examined\":1}},\"faults\":"
                + faults
                + "}",
            TrialResult.class);
  }

  @Test
  void theLineOfATrialAndTheTotalsAgreeOnWhatWasSeen() throws IOException {
    assertTrue(TrialLine.of(trial(true, true)).contains(" seen, completed"));
    assertEquals(1, Counts.of(List.of(trial(true, true))).withFaultSeen());
    String half = TrialLine.of(trial(true, false));
    assertTrue(half.contains(" 1 of 2 not seen to take effect, completed"), half);
    assertEquals(0, Counts.of(List.of(trial(true, false))).withFaultSeen());
    assertTrue(TrialLine.of(trial(false)).contains(" not seen to take effect, completed"));
    assertEquals(0, Counts.of(List.of(trial(false))).withFaultSeen());
    assertEquals(0, Counts.of(List.of(trial())).withFaultSeen());
  }

  @Test
  void aLineOfProgressNamesTheTrialAndNotHowManyHaveEnded() {
    var out = new ByteArrayOutputStream();
    try (var progress =
        new Progress(new PrintStream(out, true, StandardCharsets.UTF_8), "trial", 40)) {
      progress.finished(17, "holds");
      progress.finished(3, "holds");
    }
    assertEquals(
        String.format("trial 17/40  holds%ntrial 3/40  holds%n"),
        out.toString(StandardCharsets.UTF_8));
  }
}
