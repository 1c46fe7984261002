package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evidence that somebody changed, who then ran sha256sum again. */
class SealTest {
  private static final int TRIALS = 2;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path recorded;

  @TempDir private Path folder;
  private Path run;
  private String out;

  @BeforeAll
  static void recordARun() {
    assertEquals(
        0,
        Main.execute(
            "campaign",
            "reference",
            "--trials",
            "" + TRIALS,
            "--out",
            recorded.resolve("run").toString()));
  }

  @BeforeEach
  void copyTheRun() throws IOException {
    run = folder.resolve("run");
    copy(recorded.resolve("run"), run);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Files.copy(each, to.resolve(from.relativize(each).toString()));
      }
    }
  }

  private void sealAgain() throws Exception {
    Process summed =
        new ProcessBuilder(
                "sh",
                "-c",
                "find . -type f ! -name MANIFEST.sha256 ! -name run.lock | sed 's,^./,,'"
                    + " | xargs sha256sum >MANIFEST.sha256")
            .directory(run.toFile())
            .start();
    assertEquals(0, summed.waitFor());
  }

  private int ended(String... words) {
    PrintStream before = System.out;
    PrintStream err = System.err;
    var said = new ByteArrayOutputStream();
    try (var both = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      System.setOut(both);
      System.setErr(both);
      return Main.execute(words);
    } finally {
      System.setOut(before);
      System.setErr(err);
      out = said.toString(StandardCharsets.UTF_8);
    }
  }

  private ObjectNode json(String name) throws IOException {
    return (ObjectNode) JSON.readTree(run.resolve(name).toFile());
  }

  private void write(String name, ObjectNode json) throws IOException {
    Files.writeString(run.resolve(name), JSON.writeValueAsString(json));
  }

  @Test
  void aLinkedTrialIsNone() throws Exception {
    Files.createSymbolicLink(run.resolve("trials/0003"), run.resolve("trials/0001"));
    sealAgain();
    assertEquals(Failure.USAGE, ended("judge", run.toString()), out);
    assertTrue(out.contains("trials/0003 is a link"), out);
  }

  @Test
  void aRemovedTrialLeavesTheRunUndecided() throws Exception {
    try (Stream<Path> all = Files.walk(run.resolve("trials/0002"))) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
    Files.delete(run.resolve("report.json"));
    sealAgain();
    assertEquals(2, ended("judge", run.toString()), out);
    assertTrue(out.contains("trial 2 of 2 is missing"), out);
    assertEquals(2, ended("report", run.toString()), out);
  }

  @Test
  void aTrialThatWasNotPlannedLeavesTheRunUndecided() throws Exception {
    copy(run.resolve("trials/0001"), run.resolve("trials/0003"));
    ObjectNode verdict = json("trials/0003/verdict.json");
    verdict.put("id", 3);
    write("trials/0003/verdict.json", verdict);
    ObjectNode schedule = json("trials/0003/schedule.json");
    schedule.put("trial", 3);
    write("trials/0003/schedule.json", schedule);
    Files.delete(run.resolve("report.json"));
    sealAgain();
    assertEquals(2, ended("judge", run.toString()), out);
    assertTrue(out.contains("trial 3 was not planned"), out);
  }

  @Test
  void aPlannedModelWithoutResultLeavesTheRunUndecided() throws Exception {
    ObjectNode record = json("run.json");
    record.withObject("/plan").putArray("models").add("MCPreCopy");
    write("run.json", record);
    Files.delete(run.resolve("report.json"));
    sealAgain();
    assertEquals(2, ended("judge", run.toString()), out);
    assertTrue(out.contains("model MCPreCopy is missing"), out);
  }

  @Test
  void aRunThatDoesNotSayWhatItPlannedIsUndecided() throws Exception {
    ObjectNode record = json("run.json");
    record.remove("plan");
    write("run.json", record);
    Files.delete(run.resolve("report.json"));
    sealAgain();
    assertEquals(2, ended("judge", run.toString()), out);
    assertTrue(out.contains("does not say how many trials"), out);
  }

  @Test
  void aRewrittenReportIsNotBelievedButWrittenAnew() throws Exception {
    String honest = Files.readString(run.resolve("report.json"));
    ObjectNode report = json("report.json");
    report.withObject("/verdict").put("examined", 1);
    write("report.json", report);
    sealAgain();
    assertEquals(Failure.BROKEN, ended("judge", run.toString()), out);
    assertTrue(out.contains("report.json says 'holds, 1 examined', and the evidence gives"), out);
    assertEquals(0, ended("report", run.toString()), out);
    assertTrue(out.contains("it is written anew"), out);
    assertEquals(honest, Files.readString(run.resolve("report.json")));
  }

  @Test
  void aCampaignOnTheReferenceLeavesAReportAndIsNotRunAgain() throws IOException {
    assertTrue(Files.size(run.resolve("report.html")) > 0);
    for (String file : List.of("report.json", "junit.xml", "results.sarif", "MANIFEST.sha256")) {
      assertTrue(Files.exists(run.resolve(file)), file);
    }
    assertEquals(
        Failure.USAGE,
        ended("campaign", "reference", "--trials", "" + TRIALS, "--out", run.toString()),
        out);
    assertTrue(out.contains("holds this run already"), out);
  }

  @Test
  void untouchedEvidenceIsJudgedTheSameThroughALink() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), run);
    assertEquals(0, ended("judge", link.toString()), out);
    assertTrue(out.contains(TRIALS + " trials judged again, " + TRIALS + " as recorded"), out);
  }
}
