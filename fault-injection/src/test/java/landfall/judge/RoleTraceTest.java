package landfall.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import landfall.evidence.Verdict;
import landfall.nemesis.FaultKind;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import landfall.tracecheck.TracedProtocol;
import landfall.trial.Mode;
import landfall.trial.Observations;
import landfall.trial.Schedule;
import landfall.trial.Schedule.Migration;
import landfall.trial.TrialFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces of hosts A and B are told to the specification as those of a source and a destination. */
class RoleTraceTest {
  private static final String STARTS =
      "{\"host\":\"A\",\"seq\":1,\"clock\":{\"A\":1},\"action\":\"StartAttempt\","
          + "\"args\":{\"attempt\":1,\"sent\":0},\"after\":{\"phase\":\"PreCopy\",\"attempt\":1,"
          + "\"round\":1,\"pending\":1,\"position\":0,\"sent\":1,\"received\":0}}";
  private static final String LISTENS =
      "{\"host\":\"B\",\"seq\":1,\"clock\":{\"B\":1},\"action\":\"ReceiveHello\","
          + "\"args\":{\"attempt\":1,\"from\":\"Waiting\",\"frame\":0},\"after\":{"
          + "\"phase\":\"Receiving\",\"attempt\":1,\"missing\":1,\"position\":0,\"sent\":0,"
          + "\"received\":1}}";

  @TempDir private Path folder;
  private TrialFiles trial;

  @BeforeEach
  void twoHosts() throws Exception {
    Path own = Files.createDirectories(folder.resolve("0001/log")).getParent();
    trial = new TrialFiles(own);
    write("A", STARTS + "\n");
    write("B", LISTENS + "\n");
  }

  private void write(String host, String text) throws Exception {
    Files.writeString(trial.logs().resolve("trace-" + host + ".ndjson"), text);
  }

  private static Schedule schedule(Migration... migrations) {
    return Story.schedule(Mode.POSTCOPY, List.of(migrations));
  }

  private static final Migration ONE = new Migration("A", "B", List.of());

  private List<Path> told(Observations seen) throws Exception {
    return RoleTrace.write(trial, schedule(ONE), seen, folder.resolve("observed"));
  }

  private Verdict judge(List<Path> files, boolean killed) throws Exception {
    var trace = new TraceFiles("t", files, List.of(17), false, killed);
    return TraceCheck.check(List.of(trace), TracedProtocol.POST_COPY).get("t");
  }

  @Test
  void hostsAreCalledByTheirRoles() throws Exception {
    List<Path> files = told(Story.completed().told());
    assertEquals(STARTS.replace("\"A\"", "\"source\"") + "\n", Files.readString(files.get(0)));
    assertEquals(
        LISTENS.replace("\"B\"", "\"destination\"") + "\n", Files.readString(files.get(1)));
  }

  @Test
  void whoWasKilledIsSaidToHaveCrashedAndTheSpecificationExplainsIt() throws Exception {
    for (FaultKind kind : List.of(FaultKind.KILL_SOURCE, FaultKind.KILL_DESTINATION)) {
      List<Path> files = told(Story.of(100, 200, "active").fault(kind, true).told());
      boolean source = kind == FaultKind.KILL_SOURCE;
      List<String> lines = Files.readAllLines(files.get(source ? 0 : 1));
      assertEquals(2, lines.size());
      var crash = new ObjectMapper().readTree(lines.get(1));
      assertEquals(source ? "CrashSource" : "CrashDestination", crash.path("action").asText());
      assertEquals(2, crash.path("seq").asInt());
      assertEquals(new Verdict.Holds(3), judge(files, true));
    }
  }

  @Test
  void aLineThatTheKillHasTornApartIsLeftOut() throws Exception {
    write("B", LISTENS + "\n{\"host\":\"B\",\"seq\":2,\"cl");
    List<Path> files =
        told(Story.of(100, 200, "active").fault(FaultKind.KILL_DESTINATION, true).told());
    assertTrue(Files.readString(files.get(1)).contains("CrashDestination"));
    assertInstanceOf(Verdict.Holds.class, judge(files, true));
  }

  @Test
  void whatIsNoEventIsNotHidden() throws Exception {
    write("B", "garbage\n" + LISTENS + "\n");
    Verdict verdict = judge(told(Story.completed().told()), false);
    assertTrue(verdict.sentence().contains("line 1 is no JSON object"), verdict::sentence);
  }

  /** Who says that it is another host is no destination. */
  @Test
  void anEventOfAStrangerIsNotExplained() throws Exception {
    write("B", LISTENS.replace("\"host\":\"B\"", "\"host\":\"C\"") + "\n");
    assertInstanceOf(Verdict.Violated.class, judge(told(Story.completed().told()), true));
  }

  private static final String TAKES_UP =
      "{\"host\":\"store\",\"seq\":1,\"clock\":{\"store\":1},\"action\":\"TakeUpAttempt\","
          + "\"args\":{\"attempt\":1},\"after\":{\"phase\":\"none\",\"copies\":0,\"stored\":0}}\n";

  private List<Path> store(String... lives) throws Exception {
    for (int i = 0; i < lives.length; i++) {
      String number = i == 0 ? "" : "." + (i + 1);
      Files.writeString(trial.logs().resolve("companion" + number + ".ndjson"), lives[i]);
    }
    return RoleTrace.store(trial, folder.resolve("observed"));
  }

  @Test
  void eachLifeOfAStoreIsAFileInTheirOrder() throws Exception {
    List<Path> files = store(TAKES_UP, TAKES_UP + TAKES_UP.substring(0, 40));
    assertEquals(
        List.of("0001-store.ndjson", "0001-store.2.ndjson"),
        files.stream().map(file -> file.getFileName().toString()).toList());
    for (Path file : files) {
      assertEquals(TAKES_UP, Files.readString(file));
    }
  }

  @Test
  void aStoreThatTellsNothingOnceItWasStartedAgainIsDead() throws Exception {
    List<Path> files = store(TAKES_UP, "");
    assertEquals(1, files.size());
    assertTrue(Files.readAllLines(files.get(0)).get(1).contains("\"CrashStore\""));
    // It told nothing before either.
    assertEquals(List.of(), store("", ""));
    files = store("", TAKES_UP);
    assertEquals(TAKES_UP, Files.readString(files.get(0)));
  }

  private static String of(String line, String host, int seq, int attempt) {
    return line.replaceAll("\"host\":\"[AB]\"", "\"host\":\"" + host + "\"")
        .replaceAll("\"clock\":\\{[^}]*\\}", "\"clock\":{\"" + host + "\":" + seq + "}")
        .replace("\"seq\":1,", "\"seq\":" + seq + ",")
        .replace("\"attempt\":1,", "\"attempt\":" + attempt + ",");
  }

  private static final String CANCELS =
      "{\"host\":\"A\",\"seq\":2,\"clock\":{\"A\":2},\"action\":\"Cancel\","
          + "\"args\":{\"from\":\"PreCopy\"},\"after\":{\"phase\":\"Running\",\"attempt\":1,"
          + "\"round\":0,\"pending\":0,\"position\":0,\"sent\":1,\"received\":0}}";

  @Test
  void moreThanTwoHostsKeepTheirNamesAndEachMigrationIsExplained() throws Exception {
    var elsewhere = new Migration("A", "C", List.of());
    Schedule schedule = schedule(ONE, elsewhere);
    assertTrue(RoleTrace.hasRoles(trial, schedule(ONE)));
    assertFalse(RoleTrace.hasRoles(trial, schedule));
    write("C", of(LISTENS, "C", 1, 2) + "\n");
    assertFalse(RoleTrace.hasRoles(trial, schedule(ONE)));
    write("A", STARTS + "\n" + CANCELS + "\n" + of(STARTS, "A", 3, 2) + "\n");
    Observations killed =
        Story.of(100, 200, "active").fault(FaultKind.KILL_DESTINATION, true).told();
    List<Path> files = RoleTrace.write(trial, schedule, killed, folder.resolve("observed"));
    assertEquals(
        List.of("0001-A.ndjson", "0001-B.ndjson", "0001-C.ndjson"),
        files.stream().map(file -> file.getFileName().toString()).toList());
    assertTrue(Files.readString(files.get(1)).contains("\"Crash\""));
    assertEquals(new Verdict.Holds(6), judge(files, true));
    // Nobody began the attempt that C takes up.
    write("A", STARTS + "\n" + CANCELS + "\n");
    files = RoleTrace.write(trial, schedule, killed, folder.resolve("observed"));
    Verdict verdict = judge(files, true);
    assertInstanceOf(Verdict.Violated.class, verdict);
    assertTrue(
        verdict.sentence().contains("from a host that told nothing to C"), verdict::sentence);
    // Two hosts that both begin attempt 2 both had the guest.
    write("A", STARTS + "\n" + CANCELS + "\n" + of(STARTS, "A", 3, 2) + "\n");
    write("B", LISTENS + "\n" + of(STARTS, "B", 2, 2) + "\n");
    files = RoleTrace.write(trial, schedule, Story.completed().told(), folder.resolve("observed"));
    assertInstanceOf(Verdict.Violated.class, judge(files, true));
  }

  @Test
  void whatAHostTellsOfAMigrationAfterItBeganTheNextIsNotGuessed() throws Exception {
    write("A", STARTS + "\n");
    write("B", LISTENS + "\n" + of(STARTS, "B", 2, 2) + "\n" + of(DISCARDS, "B", 3, 1) + "\n");
    Schedule schedule = schedule(ONE, new Migration("B", "A", List.of()));
    List<Path> files =
        RoleTrace.write(trial, schedule, Story.completed().told(), folder.resolve("observed"));
    Verdict verdict = judge(files, true);
    assertInstanceOf(Verdict.Undecided.class, verdict);
    assertTrue(verdict.sentence().contains("are not told apart"), verdict::sentence);
  }

  private static final String DISCARDS =
      "{\"host\":\"B\",\"seq\":1,\"clock\":{\"B\":1},\"action\":\"DiscardImage\",\"args\":{},"
          + "\"after\":{\"phase\":\"Waiting\",\"attempt\":1,\"missing\":1,\"position\":0,"
          + "\"sent\":0,\"received\":1}}";
}
