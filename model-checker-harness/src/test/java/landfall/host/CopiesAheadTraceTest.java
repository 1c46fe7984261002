package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import landfall.evidence.Verdict;
import landfall.forwardcheckpoint.Mutant;
import landfall.machine.Machine;
import landfall.machine.Memory;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import landfall.tracecheck.TracedProtocol;
import landfall.wire.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What two hosts and a store do on real sockets is what {@code ForwardCheckpoint} allows, and
 * before the switchover what {@code PostCopy} does: TLC reads their traces. Of lost messages {@link
 * ChosenLosses} takes a sample every day.
 */
class CopiesAheadTraceTest extends ThreePlacesTest {
  private static final int LAST_OF_WORKING_SET = 399;

  private List<Integer> tracked;
  private HostAddress storeAt;
  private Path storeTrace;
  private int destinationDeadline = DEADLINE_MILLIS;

  /** Pages that the guest writes by itself, some that a client writes, and one that comes late. */
  private void threePlaces(Mutant... mutants) throws Exception {
    String status = source().guest.ask("status");
    int cell = page(status, "firstcell");
    int working = page(status, "firstpage");
    tracked = List.of(cell + 3, cell + 60, working + 40, working + LAST_OF_WORKING_SET);
    storeTrace = folder.resolve("store.ndjson");
    storeAt = freeAddress();
    boolean sealed = !List.of(mutants).contains(Mutant.NOT_SEALED);
    startStore(sealed ? Set.of() : Set.of(Mutant.NOT_SEALED));
    var there = (InetSocketAddress) storeAt.socket();
    sourceToStore = cable(there);
    destinationToStore = cable(there);
    var ofSource = host(sourceToStore, DEADLINE_MILLIS);
    var ofDestination = host(destinationToStore, destinationDeadline);
    for (Mutant mutant : mutants) {
      ofSource.mutant(mutant);
      ofDestination.mutant(mutant);
    }
    source = started(ofSource.source());
    destination = started(ofDestination.destination());
    between = cable(destination.incoming);
    for (RunningHost each : List.of(source, destination)) {
      allowPostCopy(each, "x-landfall-checkpoints", "x-landfall-copies-ahead");
      each.operator.execute("migrate-set-parameters", Map.of("x-landfall-store-bandwidth", 0));
    }
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
  }

  private void startStore(Set<Mutant> mutants) throws Exception {
    var options =
        new StoreOptions(
            storeAt,
            folder.resolve("claims"),
            64,
            DEADLINE_MILLIS,
            Optional.of(storeTrace),
            tracked,
            mutants);
    store = ForwardStore.start(options);
  }

  private void startStoreAgain() throws Exception {
    store.kill();
    startStore(Set.of());
  }

  private RunningHost.Builder host(Cable toStore, int deadline) throws Exception {
    return RunningHost.in(folder)
        .tracked(tracked)
        .deadlineMillis(deadline)
        .store(HostAddress.parse(toStore.address()));
  }

  private static int page(String status, String name) {
    Matcher field = Pattern.compile(" " + name + "=(\\d+)").matcher(status);
    assertTrue(field.find(), status);
    return (int) ((Long.parseLong(field.group(1)) - Machine.RAM_BASE) / Memory.PAGE_SIZE);
  }

  // ---------------------------------------------------------------- the judge

  private Verdict judge(Path... files) throws Exception {
    var trace = new TraceFiles("run", List.of(files), tracked, false);
    return TraceCheck.check(List.of(trace), TracedProtocol.FORWARD_CHECKPOINT).get("run");
  }

  private Verdict judge() throws Exception {
    return judge(source.trace, destination.trace, storeTrace);
  }

  private List<JsonNode> events() throws Exception {
    List<JsonNode> events = new ArrayList<>();
    for (Path file : List.of(source.trace, destination.trace, storeTrace)) {
      for (String line : Files.readAllLines(file)) {
        events.add(new ObjectMapper().readTree(line));
      }
    }
    return events;
  }

  /** Holds, with these events among those that were told. */
  private void assertExplained(String... actions) throws Exception {
    Verdict verdict = judge();
    assertInstanceOf(Verdict.Holds.class, verdict, verdict::sentence);
    TreeSet<String> told = new TreeSet<>();
    for (JsonNode event : events()) {
      told.add(event.get("action").textValue());
      told.add(event.get("action").textValue() + " at the " + event.get("host").textValue());
    }
    for (String action : actions) {
      assertTrue(told.contains(action), () -> action + " is not among " + told);
    }
  }

  /** The guest can run at the destination before the source has told what it did for that. */
  private void awaitTold(String action) throws Exception {
    Conditions.await(
        action + " in the trace of the source",
        () -> Files.readString(source.trace).contains('"' + action + '"'));
  }

  private void assertRejected(String what) throws Exception {
    Verdict verdict = judge();
    var violated = assertInstanceOf(Verdict.Violated.class, verdict, verdict::sentence);
    assertTrue(violated.evidence().contains(what), violated.evidence());
  }

  // ---------------------------------------------------------------- what hosts and store do

  private void splitFast(String address) throws Exception {
    source.operator.execute(
        "migrate-set-parameters",
        Map.of("max-bandwidth", 300_000, "max-postcopy-bandwidth", 400_000));
    source.operator.execute("migrate", Map.of("uri", address));
    Conditions.await("some pages", () -> number(destination, "pagesReceived") > 20);
    source.operator.execute("migrate-start-postcopy");
    Conditions.await("the guest", () -> destination.operator.runState().equals("running"));
  }

  @Test
  void aGuestThatIsCopiedAheadAndBecomesTheDestinationsIsExplained() throws Exception {
    threePlaces();
    splitFast(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    assertEquals("ok -77", destination.guest.ask("r 3"));
    pushMax(0);
    awaitStatus(source, "completed");
    awaitStatus(destination, "completed");
    assertRunsAt(destination);
    assertExplained(
        "TakeUpAttempt",
        "CopyAhead",
        "KeepPage",
        "ConfirmCopies",
        "StartCheckpoints",
        "SwitchOver",
        "RunGuest",
        "GuestStep at the destination",
        "GivePage at the source",
        "FetchPage",
        "CommitCheckpoint",
        "CommitPages at the store",
        "ReceiveCheckpointDone",
        "ReleaseOutput",
        "GrantOwnership",
        "PromiseNotToRecover",
        "BecomeOwner",
        "Release");
  }

  @Test
  void aGuestThatGoesOnWithoutTheSourceIsExplained() throws Exception {
    threePlaces();
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    sourceToStore.cut();
    between.cut();
    awaitStatus(destination, "completed");
    assertRunsAt(destination);
    sourceToStore.mend();
    awaitStatus(source, "completed");
    assertExplained(
        "AskClaim at the source",
        "AskClaim at the destination",
        "TakeClaim",
        "ClaimGuest",
        "GivePage at the store",
        "FinishClaim",
        "LearnClaimed");
  }

  @Test
  void aGuestThatGoesOnWithoutTheDestinationIsExplained() throws Exception {
    threePlaces();
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    destinationToStore.cut();
    between.cut();
    awaitStatus(source, "failed");
    assertEquals("ok 5", source.guest.ask("r 60"));
    assertEquals("ok", source.guest.ask("w 60 6"));
    assertRunsAt(source);
    destinationToStore.mend();
    awaitStatus(destination, "failed");
    assertExplained("StartRecovery", "GiveImage", "RecoverSource", "LearnSuperseded");
  }

  @Test
  void aRaceForTheClaimIsExplained() throws Exception {
    threePlaces();
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    between.cut();
    Conditions.await(
        "a decision",
        () ->
            !source.operator.migration().startsWith("postcopy")
                && !destination.operator.migration().startsWith("postcopy"));
    assertExplained("AskClaim at the source", "AskClaim at the destination", "TakeClaim");
  }

  @Test
  void aGuestThatGoesOnWithoutTheStoreIsExplained() throws Exception {
    threePlaces();
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    store.kill();
    pushMax(0);
    awaitStatus(destination, "completed");
    awaitStatus(source, "completed");
    assertExplained("PromiseNotToRecover", "BecomeOwner");
  }

  /** It has forgotten the pages, and not who has the claim. */
  @Test
  @AtLength
  void aStoreThatIsStartedAgainIsExplained() throws Exception {
    threePlaces();
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    sourceToStore.cut();
    between.cut();
    awaitStatus(destination, "completed");
    Path firstLife = storeTrace;
    storeTrace = folder.resolve("store-again.ndjson");
    startStoreAgain();
    sourceToStore.mend();
    awaitStatus(source, "completed");
    var verdict = judge(source.trace, destination.trace, firstLife, storeTrace);
    assertInstanceOf(Verdict.Holds.class, verdict, verdict::sentence);
    String told = Files.readString(storeTrace);
    assertTrue(told.contains("\"TakeUpAttempt\"") && told.contains("\"Refuse\""), told);
    // A store that has forgotten the claim, too.
    Path changed = folder.resolve("changed.ndjson");
    Files.writeString(changed, told.replace("\"phase\":\"destination\"", "\"phase\":\"none\""));
    assertInstanceOf(
        Verdict.Violated.class, judge(source.trace, destination.trace, firstLife, changed));
  }

  @Test
  @AtLength
  void aDestinationThatWritesBehindTheBackOfTheSourceIsExplained() throws Exception {
    destinationDeadline = 60_000;
    threePlaces();
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    between.freeze();
    awaitStatus(source, "failed");
    assertTrue(destination.guest.askOnce("w 60 6", 500).isEmpty(), "output left");
    awaitStatus(destination, "failed");
    assertExplained("Refuse", "LearnSuperseded", "RecoverSource");
  }

  @Test
  @AtLength
  void aSecondAttemptIsExplained() throws Exception {
    threePlaces();
    source.bandwidthMax(100_000);
    source.operator.execute("migrate", Map.of("uri", between.address()));
    Conditions.await("all copies", () -> number(source, "pagesToCopy") == 0);
    source.operator.execute("migrate_cancel");
    awaitStatus(source, "cancelled");
    assertEquals("ok", source.guest.ask("w 3 7"));
    Conditions.await("the destination", () -> !destination.operator.migration().equals("active"));
    splitFast(between.address());
    assertEquals("ok 7", destination.guest.ask("r 3"));
    pushMax(0);
    awaitStatus(source, "completed");
    awaitStatus(destination, "completed");
    assertExplained("TakeUpAttempt", "Cancel", "BecomeOwner");
    assertEquals(
        2,
        events().stream().filter(e -> e.get("action").textValue().equals("TakeUpAttempt")).count());
  }

  static Stream<FrameType> messages() {
    return ChosenLosses.of(
        FrameType.ASK_OWNERSHIP,
        FrameType.RESUMED,
        FrameType.HANDOVER,
        FrameType.DEMAND,
        FrameType.GRANTED,
        FrameType.COMPLETE);
  }

  @ParameterizedTest
  @Sampled
  @MethodSource("messages")
  void whateverMessageIsLostIsExplained(FrameType lost) throws Exception {
    threePlaces();
    try (var relay = new Relay(destination.incoming, lost)) {
      if (lost == FrameType.HANDOVER || lost == FrameType.RESUMED) {
        source.bandwidthMax(0);
        source.operator.execute("migrate", Map.of("uri", relay.address()));
      } else {
        split(relay.address());
        pushMax(lost == FrameType.DEMAND ? 100_000 : 0);
      }
      Conditions.await("the loss", relay::isBroken);
      Conditions.await(
          "somebody to go on",
          () ->
              source.operator.migration().equals("failed")
                  || destination.operator.migration().equals("completed"));
      relay.heal();
      boolean returned = source.operator.migration().equals("failed");
      awaitStatus(destination, returned ? "failed" : "completed");
      if (!returned) {
        awaitStatus(source, "completed");
      }
    }
    assertExplained("SwitchOver");
  }

  // ---------------------------------------------------------------- mistakes that must show

  @Test
  @AtLength
  void aPageThatIsNotCopiedAgainIsFoundOut() throws Exception {
    threePlaces(Mutant.COPIED_ONCE);
    source.bandwidthMax(100_000);
    source.operator.execute("migrate", Map.of("uri", between.address()));
    Conditions.await("all copies", () -> number(source, "pagesToCopy") == 0);
    assertEquals("ok", source.guest.ask("w 3 99"));
    source.operator.execute("migrate-start-postcopy");
    Conditions.await("the guest", () -> destination.operator.runState().equals("running"));
    awaitTold("SwitchOver");
    assertRejected("SwitchOver");
  }

  @ParameterizedTest
  @AtLength
  @EnumSource(names = {"COPIED_AFTER", "NOT_COPIED"})
  void aSwitchoverWithoutCopiesIsFoundOut(Mutant mutant) throws Exception {
    threePlaces(mutant);
    split(between.address());
    awaitTold("SwitchOver");
    assertRejected("SwitchOver");
  }

  @Test
  void aHostThatGoesOnWithoutTheClaimIsFoundOut() throws Exception {
    threePlaces(Mutant.NOT_CLAIMED);
    assertEquals("ok", source.guest.ask("set rate 0"));
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    between.cut();
    awaitStatus(source, "failed");
    assertRejected("Heard");
  }

  @Test
  @AtLength
  void aStoreThatTakesACheckpointAfterTheClaimIsFoundOut() throws Exception {
    destinationDeadline = 60_000;
    threePlaces(Mutant.NOT_SEALED);
    assertEquals("ok", source.guest.ask("set rate 0"));
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    between.freeze();
    awaitStatus(source, "failed");
    assertEquals(Optional.of("ok"), destination.guest.askOnce("w 60 6", 1_000));
    assertRejected("CommitPages");
  }

  /** The judge of these traces can say no. */
  @Test
  @AtLength
  void aTraceInWhichAPageCameInAnotherVersionIsRejected() throws Exception {
    threePlaces();
    splitFast(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    pushMax(0);
    awaitStatus(destination, "completed");
    awaitStatus(source, "completed");
    assertExplained("FetchPage");
    List<String> lines = new ArrayList<>(Files.readAllLines(destination.trace));
    for (int i = lines.size() - 1; i >= 0; i--) {
      Matcher version = Pattern.compile("\"version\":(\\d+)").matcher(lines.get(i));
      if (lines.get(i).contains("FetchPage") && version.find()) {
        int other = Integer.parseInt(version.group(1)) + 1;
        lines.set(i, version.replaceFirst("\"version\":" + other));
        break;
      }
    }
    Path changed = Files.write(folder.resolve("changed.ndjson"), lines);
    assertInstanceOf(Verdict.Violated.class, judge(source.trace, changed, storeTrace));
  }
}
