package landfall.cli;

import static landfall.cli.Ended.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import landfall.testing.AtLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The commands as a user gives them, on real processes. A campaign that holds, with what it leaves
 * behind, is looked at in {@link SealTest}.
 */
class MainJobTest {
  private static final int ATTEMPTS = 3;

  @TempDir private Path folder;

  /** A host with a whole image is cut off, and the guest goes to another one. */
  @Test
  @AtLength
  void aGuestThatGoesElsewhereRunsThereOnly() throws IOException {
    Path out = folder.resolve("run-0");
    Ended campaign = campaignWithThreeHosts(out);
    // On a busy machine an attempt may need another connection; then a fault of the first one hits
    // nothing, and the trial is undecided.
    for (int again = 1; again < ATTEMPTS && campaign.status() == 2; again++) {
      System.out.println("undecided, and tried again: " + campaign.out());
      out = folder.resolve("run-" + again);
      campaign = campaignWithThreeHosts(out);
    }
    assertEquals(0, campaign.status(), campaign.out() + campaign.err());
    assertTrue(
        campaign.out().contains("1 trials, 1 in which every fault was seen"), campaign.out());
    String lines = Files.readString(out.resolve("trials/0001/log/trace-B.ndjson"));
    assertTrue(lines.contains("LearnSuperseded"), lines);
    assertTrue(
        Files.readString(out.resolve("trials/0001/log/trace-C.ndjson"))
            .contains("\"phase\":\"Running\""));
    Ended judged = run("judge", out.toString());
    assertEquals(0, judged.status(), judged.out());
  }

  private static Ended campaignWithThreeHosts(Path out) {
    return run(
        "campaign", "reference-arbiter", "--hosts", "3", "--trials", "1", "--out", out.toString());
  }

  /** Its second life takes the guest, and all of it is one behaviour of the specification. */
  @Test
  @AtLength
  void aDestinationThatIsKilledAndStartedAgainTakesTheNextAttempt() throws IOException {
    Path trial = Files.createDirectories(folder.resolve("planned"));
    Files.writeString(
        trial.resolve("schedule.json"),
        """
        {"trial": 1, "seed": 41002, "implementation": "reference-arbiter", "mode": "precopy",
         "migrations": [{"from": "A", "to": "B", "faults": [
           {"kind": "restart-destination", "at": {"phase": "later-round", "connection": 1,
            "afterBytes": 0, "afterMillis": 0}, "durationMillis": 300, "amount": 0}]}],
         "retry": true, "comparesMemory": true,
         "guest": {"workingSetPages": 229, "writesPerSecond": 1447, "hotPages": 19,
                   "zeroPercent": 23},
         "bandwidthMax": 8000000, "downtimeLimitMillis": 15, "capabilities": []}
        """);
    Path out;
    String second;
    int tries = 0;
    // On a busy machine it may not be up again when it is tried again.
    do {
      out = folder.resolve("run-" + ++tries);
      Ended replay = run("replay", trial.toString(), "--out", out.toString());
      assertEquals(0, replay.status(), replay.out() + replay.err());
      assertTrue(replay.out().contains("1 in which every fault was seen"), replay.out());
      Path ran = out.resolve("trials/0001");
      String seen = Files.readString(ran.resolve("observations.json"));
      assertTrue(seen.contains("and was started again as process"), seen);
      second = Files.readString(ran.resolve("log/trace-B.2.ndjson"));
      System.out.printf("try %d: its second life has %d events%n", tries, second.lines().count());
    } while (second.isEmpty() && tries < 3);
    assertTrue(
        second.contains("\"attempt\":2") && second.contains("\"phase\":\"Running\""), second);
    assertEquals(0, run("judge", out.toString()).status());
  }

  @Test
  @AtLength
  void aSourceThatResumesUnacknowledgedIsCaughtAndCaughtAgainInAReplay() {
    String out = folder.resolve("run").toString();
    Ended campaign = run("campaign", "reference-mutant-1", "--trials", "1", "--out", out);
    assertEquals(1, campaign.status(), campaign.out() + campaign.err());
    assertTrue(campaign.out().contains("AtMostOneEffective is violated"), campaign.out());
    Ended replay = run("replay", out + "/trials/0001", "--out", folder.resolve("again").toString());
    assertEquals(1, replay.status(), replay.out() + replay.err());
    assertTrue(replay.out().contains("violated in 1 of 1 replays"), replay.out());
  }

  /** A guest that is on two hosts is cut off from its pages, and becomes whole. */
  @Test
  void aGuestIsMovedInEachModeAndEachHasItsTable() throws IOException {
    String out = folder.resolve("run").toString();
    Ended campaign =
        run("campaign", "reference", "--mode", "postcopy,hybrid", "--trials", "2", "--out", out);
    assertEquals(0, campaign.status(), campaign.out() + campaign.err());
    for (String mode : List.of("postcopy", "hybrid")) {
      assertTrue(
          campaign.out().lines().anyMatch(line -> line.matches(mode + " +resumed")),
          campaign.out());
    }
    String trial = Files.readString(folder.resolve("run/trials/0001/schedule.json"));
    assertTrue(trial.contains("\"mode\" : \"postcopy\""), trial);
    assertTrue(
        Files.readString(folder.resolve("run/trials/0001/log/trace-A.ndjson"))
            .contains("ReceivePageList"));
    Ended judged = run("judge", out);
    assertEquals(0, judged.status(), judged.out());
    assertTrue(judged.out().contains("2 trials judged again, 2 as recorded"), judged.out());
  }

  @Test
  @AtLength
  void aSourceThatDoesNotNameStalePagesIsCaughtInATrial() {
    Ended campaign =
        run(
            "campaign",
            "reference-mutant-35",
            "--mode",
            "postcopy",
            "--trials",
            "1",
            "--out",
            folder.resolve("run").toString());
    assertEquals(1, campaign.status(), campaign.out() + campaign.err());
    // A guest that meets stale code first says nothing any more of its data.
    assertTrue(
        Stream.of("ConsistentImage", "TracePostCopy")
            .anyMatch(property -> campaign.out().contains(property + " is violated")),
        campaign.out());
  }

  @Test
  void aCounterexampleOfPostCopyDrivesItsCoreAndNoHost() {
    String out = folder.resolve("found").toString();
    assertEquals(
        0, run("check", "--model", "MCPostCopyResumeUnacknowledged", "--out", out).status());
    String found = out + "/counterexamples/MCPostCopyResumeUnacknowledged.json";

    Ended correct = run("explore", "--follow", found);
    assertEquals(1, correct.status(), correct.err());
    assertTrue(correct.out().contains("does not take ResumeUnacknowledged"), correct.out());
    Ended mistaken = run("explore", "--follow", found, "--mutant", "1");
    assertEquals(0, mistaken.status(), mistaken.out());
    Ended other = run("explore", "--follow", found, "--protocol", "precopy");
    assertEquals(Failure.USAGE, other.status());
    assertTrue(other.err().contains("is a behaviour of PostCopy"), other.err());
    Ended campaign = run("campaign", "reference", "--counterexample", found, "--out", out + "/run");
    assertEquals(Failure.USAGE, campaign.status());
    assertTrue(campaign.err().contains("hosts are put through those of PreCopy"), campaign.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "campaign nosuch",
        "campaign reference --trials 0",
        "campaign reference --trials many",
        "campaign reference --out /dev/null/x",
        "history check --model register /nosuch.edn",
        "history check --model nosuch /dev/null",
        "trace check /nosuch.ndjson",
        "trace check --spec Nosuch /dev/null",
        "trace check --spec PostCopy /nosuch.ndjson",
        "trace check --spec PostCopy --observed /dev/null",
        "judge /nosuch",
        "report /nosuch",
        "replay /nosuch",
        "check --model nosuch",
        "check --export nosuch no/such/folder",
        "check --export MCPreCopy /dev/null",
        "check --export MCPreCopy /dev/null/x",
        "check --export MCPreCopy",
        "check --export MCPreCopy x --tier deep",
        "explore --mutant 99",
        "explore --protocol nosuch",
        "explore --protocol postcopy --mutant 2",
        "explore --protocol checkpoint --mutant 1",
        "explore --protocol forward --arbiter",
        "check --explain no/such/folder/page.md",
        "explore --protocol forward --mutant 38",
        "explore --protocol forward --attempts 2",
        "explore --protocol forward --failures 10",
        "explore --protocol forward --mutant 50",
        "explore --protocol postcopy --staged",
        "explore --all --protocol lease --staged",
        "explore --protocol checkpoint --failures 1",
        "explore --protocol lease --mutant 38",
        "explore --protocol lease --steps 1",
        "explore --protocol sharedlock --mutant 41",
        "explore --protocol sharedlock --attempts 1",
        "explore --messages 2",
        "explore --follow /nosuch.json",
        "machine run /nosuch.elf",
        "machine run /dev/null",
        "host --name source --qmp x --serial y --kernel z",
        "nosuch",
        ""
      })
  void whatCannotBeDoneIsSaidInALine(String line) {
    Ended ended = run(line.isEmpty() ? new String[0] : line.split(" "));
    assertEquals(Failure.USAGE, ended.status(), line);
    assertTrue(ended.err().startsWith("landfall: "), ended.err());
    assertFalse(ended.err().contains("\tat "), ended.err());
  }
}
