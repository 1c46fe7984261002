package landfall.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceFolderTest {

  private static final ImplementationVersion REFERENCE =
      new ImplementationVersion("reference", "0.1.0");
  private static final RunIdentity RUN = new RunIdentity("verify --profile quick", REFERENCE, 42);

  @TempDir Path temporary;

  private static TrialResult trial(int id) {
    return new TrialResult(
        id,
        99,
        "hybrid",
        "cut in round 2",
        List.of(new FaultResult("cut-both-ways", "precopy-round-2", 12.5, true, "3 bytes dropped")),
        "failed, guest at source",
        Map.of(
            Judge.HISTORY, new Verdict.Holds(200),
            Judge.TRACE, new Verdict.Undecided("10 s")),
        null,
        312.0,
        List.of(new RoundResult(1, 1024, 4_194_304, 80.5, 2000)),
        200,
        57,
        "landfall replay DIR/trials/0001",
        List.of(new MessageSeen("source", "destination", 1.0, null, "round 2")),
        List.of(new HostEvent("source", 0, "precopy", HostEvent.Kind.PHASE)));
  }

  private static ModelResult model() {
    return new ModelResult(
        "MCPreCopy",
        ModelResult.Kind.HOLDS,
        "no error",
        "no error",
        1234,
        1234L,
        17,
        900,
        true,
        Map.of("PauseSource", 4L),
        null);
  }

  private EvidenceFolder written(boolean finished) throws Exception {
    var folder = EvidenceFolder.openForRun(temporary.resolve("run"), RUN);
    folder.writeTrial(trial(1));
    folder.writeTrial(trial(12));
    folder.writeModel(model());
    folder.writeReport(Report.of(REFERENCE, 42, List.of(model()), List.of(trial(1), trial(12))));
    Files.writeString(folder.trial(1).resolve("history.edn"), "{}\n");
    folder.seal(finished);
    return folder;
  }

  private String refusal(Path folder, RunIdentity run) {
    return assertThrows(EvidenceException.class, () -> EvidenceFolder.openForRun(folder, run))
        .getMessage();
  }

  @Test
  void whatWasWrittenIsReadBackEqual() throws Exception {
    written(true);
    var read = EvidenceFolder.open(temporary.resolve("run"));
    assertEquals(RUN, read.run());
    assertEquals(List.of(1, 12), read.finishedTrials());
    assertEquals(trial(12), read.readTrial(12));
    assertEquals(List.of(model()), read.readModels());
    Report report = read.readReport();
    assertEquals(List.of(trial(1), trial(12)), report.trials());
    assertEquals(new Counts(2, 2, 400, 114), report.counts());
    assertEquals(new Verdict.Undecided("10 s"), report.verdict());
  }

  @Test
  void theJsonFormIsTheOneOtherProgramsRelyOn() throws Exception {
    var json = new ObjectMapper().readTree(written(true).read("report.json"));
    assertEquals("landfall-report/1", json.at("/schema").asText());
    assertEquals("undecided", json.at("/verdict/result").asText());
    assertEquals("reference", json.at("/implementation/name").asText());
    assertEquals(2, json.at("/counts/withFaultSeen").asInt());
    assertEquals("holds", json.at("/models/0/kind").asText());
    assertEquals("holds", json.at("/trials/0/verdicts/history/result").asText());
    assertEquals("undecided", json.at("/trials/0/verdict/result").asText());
    assertEquals("phase", json.at("/trials/0/hostEvents/0/kind").asText());
    assertTrue(json.at("/trials/0/messages/0/receivedAtMillis").isNull());
  }

  @Test
  void theManifestIsInTheFormOfSha256sumAndNamesEveryFileButItself() throws Exception {
    List<String> lines = written(true).read("MANIFEST.sha256").lines().toList();
    assertTrue(lines.stream().allMatch(line -> line.matches("[0-9a-f]{64}  \\S+")));
    assertEquals(
        List.of(
            "models/MCPreCopy/result.json",
            "report.json",
            "run.json",
            "trials/0001/history.edn",
            "trials/0001/verdict.json",
            "trials/0012/verdict.json"),
        lines.stream().map(line -> line.substring(66)).toList());
  }

  @Test
  void aFileChangedAddedOrMissingAfterTheSealIsNamed() throws Exception {
    Path root = written(true).root();
    Files.writeString(root.resolve("trials/0001/history.edn"), "{:type :ok}\n");
    Files.writeString(root.resolve("trials/0001/extra"), "");
    Files.delete(root.resolve("models/MCPreCopy/result.json"));
    String message =
        assertThrows(EvidenceException.class, () -> EvidenceFolder.open(root)).getMessage();
    assertTrue(message.contains("trials/0001/history.edn was changed"), message);
    assertTrue(message.contains("trials/0001/extra was added"), message);
    assertTrue(message.contains("models/MCPreCopy/result.json is missing"), message);
  }

  @Test
  void anUnfinishedRunIsTakenUpAgainAndAFinishedOneIsRefused() throws Exception {
    Path root = written(false).root();
    var again = EvidenceFolder.openForRun(root, RUN);
    assertEquals(List.of(1, 12), again.finishedTrials());
    assertThrows(EvidenceException.class, () -> EvidenceFolder.open(root), "no longer sealed");
    again.seal(true);
    assertEquals(RUN, EvidenceFolder.open(root).run());
    assertTrue(refusal(root, RUN).contains("finished"));
  }

  @Test
  void foldersOfOthersAreRefusedUntouched() throws Exception {
    Path root = written(false).root();
    String message = refusal(root, new RunIdentity("verify --profile quick", REFERENCE, 43));
    assertTrue(message.contains("another run") && message.contains("seed 42"), message);
    assertTrue(Files.exists(root.resolve("MANIFEST.sha256")));

    Path mine = Files.createDirectory(temporary.resolve("mine"));
    Files.writeString(mine.resolve("thesis.txt"), "x");
    assertTrue(refusal(mine, RUN).contains("not empty"));
    assertFalse(Files.exists(mine.resolve("run.json")));
    assertTrue(refusal(mine.resolve("thesis.txt"), RUN).contains("is a file"));
  }

  @Test
  void anEmptyFolderIsAccepted() throws Exception {
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    assertEquals(List.of(), EvidenceFolder.openForRun(empty, RUN).finishedTrials());
  }

  @Test
  void brokenJsonIsReportedWithFileAndPlace() throws Exception {
    var folder = written(false);
    folder.write("trials/0001/verdict.json", "{\"id\": 1,\n \"plan\": oops}");
    String torn = assertThrows(EvidenceException.class, () -> folder.readTrial(1)).getMessage();
    assertTrue(torn.contains("verdict.json:2:"), torn);
    folder.write("trials/0001/verdict.json", "{\"id\": 1,\n \"id\": 2}");
    String twice = assertThrows(EvidenceException.class, () -> folder.readTrial(1)).getMessage();
    assertTrue(twice.contains("verdict.json:2:"), twice);
    assertTrue(twice.endsWith("Duplicate field 'id'"), twice);
    folder.write(
        "report.json", folder.read("report.json").replace(Report.SCHEMA, "landfall-report/9"));
    String newer = assertThrows(EvidenceException.class, folder::readReport).getMessage();
    assertTrue(newer.contains("landfall-report/9") && newer.contains(Report.SCHEMA), newer);
  }

  @Test
  void namesThatLeaveTheFolderAreRefused() throws Exception {
    var folder = written(false);
    assertThrows(IllegalArgumentException.class, () -> folder.write("../x", ""));
    assertThrows(IllegalArgumentException.class, () -> folder.model("../x"));
    assertThrows(IllegalArgumentException.class, () -> folder.trial(0));
  }

  @Test
  void aReportIsNeverBetterThanItsParts() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Report(
                Report.SCHEMA,
                new Verdict.Holds(1),
                REFERENCE,
                1,
                Counts.of(List.of(trial(1))),
                List.of(),
                List.of(trial(1))));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Report(
                Report.SCHEMA,
                new Verdict.Holds(1),
                REFERENCE,
                1,
                new Counts(0, 0, 0, 0),
                List.of(),
                List.of()));
  }
}
