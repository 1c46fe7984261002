package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import landfall.evidence.Verdict;
import landfall.postcopy.Mutant;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import landfall.tracecheck.TracedProtocol;
import landfall.wire.FrameType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Post-copy between hosts with a lock: who has it has the guest, as {@code PostCopy} says. */
class PostCopyLockTest extends HostTest {
  private static final List<Integer> TRACKED = List.of(16, 90, 1000);

  private SharedStorage storage;
  private RunningHost source;
  private RunningHost destination;

  @BeforeEach
  void twoHostsThatReachTheSameStorage() throws Exception {
    storage = new SharedStorage(folder);
    source = prepared(builder("source").source());
    destination = prepared(builder("destination").destination());
    source.load();
    assertEquals("ok", source.guest.ask("w 3 1"));
  }

  private RunningHost.Builder builder(String host) throws Exception {
    return RunningHost.in(folder)
        .tracked(TRACKED)
        .lock(storage.reachedBy(host))
        .deadlineMillis(700);
  }

  private RunningHost prepared(RunningHost host) throws Exception {
    started(host);
    host.operator.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", true))));
    return host;
  }

  // ---------------------------------------------------------------- hosts

  private static void await(RunningHost host, String status) throws Exception {
    try {
      Conditions.await(status, () -> host.operator.migration().equals(status));
    } catch (AssertionError | Exception e) {
      System.out.println("STATUS " + host.operator.migration() + " " + host.operator.error());
      System.out.println(Files.readString(host.trace));
      throw e;
    }
  }

  private static boolean inDoubt(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("inDoubt").booleanValue();
  }

  /** The guest goes while most of its pages have not, and they follow slowly. */
  private void migrateInParts(String address) throws Exception {
    source.operator.execute(
        "migrate-set-parameters",
        Map.of("max-bandwidth", 300_000, "max-postcopy-bandwidth", 400_000));
    source.operator.execute("migrate", Map.of("uri", address));
    await(source, "active");
    source.operator.execute("migrate-start-postcopy");
  }

  private void resume(String address) throws Exception {
    await(source, "postcopy-paused");
    await(destination, "postcopy-paused");
    destination.operator.execute("migrate-recover", Map.of("uri", destination.address()));
    source.operator.execute("migrate", Map.of("uri", address, "resume", true));
  }

  private void fullSpeed() throws Exception {
    source.operator.execute(
        "migrate-set-parameters", Map.of("max-bandwidth", 0, "max-postcopy-bandwidth", 0));
  }

  private void assertArrives() throws Exception {
    fullSpeed();
    await(source, "completed");
    await(destination, "completed");
    assertEquals("destination", storage.owner());
    assertEquals("ok 1", destination.guest.ask("r 3"));
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  private void assertGoesOnAtTheSource() throws Exception {
    await(source, "failed");
    assertEquals(
        "the destination did not take the guest over: it goes on here", source.operator.error());
    assertEquals("source", storage.owner());
    assertEquals("ok 1", source.guest.ask("r 3"));
    assertRunsAt(source);
    await(destination, "failed");
    assertFalse(inDoubt(source) || inDoubt(destination));
  }

  private Verdict judge() throws Exception {
    return judge(source.trace, destination.trace);
  }

  private static Verdict judge(Path... traces) throws Exception {
    var trace = new TraceFiles("run", List.of(traces), TRACKED, true);
    return TraceCheck.check(List.of(trace), TracedProtocol.POST_COPY).get("run");
  }

  private void assertExplained(String... actions) throws Exception {
    assertInstanceOf(Verdict.Holds.class, judge());
    TreeSet<String> told = new TreeSet<>();
    for (Path file : List.of(source.trace, destination.trace)) {
      for (String line : Files.readAllLines(file)) {
        JsonNode event = new ObjectMapper().readTree(line);
        assertFalse(event.at("/args/handover").asBoolean(), line);
        told.add(event.get("action").textValue());
      }
    }
    assertTrue(told.containsAll(List.of(actions)), () -> told.toString());
  }

  // ---------------------------------------------------------------- what happens

  @Test
  void theLockStaysWithAGuestThatIsCutOffFromItsPages() throws Exception {
    try (var relay = new Relay(destination.incoming, FrameType.DEMAND)) {
      migrateInParts(relay.address());
      Conditions.await("the cut", relay::isBroken);
      relay.heal();
      await(source, "postcopy-paused");
      assertEquals("destination", storage.owner());
      assertFalse(inDoubt(source));
      resume(relay.address());
      assertArrives();
    }
    assertExplained("ResumeDestination", "Recover", "ReceivePageList", "ReceiveComplete");
  }

  @Test
  void aGuestWhoseHandoverIsLostGoesOnAtTheSourceAndArrivesNextTime() throws Exception {
    try (var relay = new Relay(destination.incoming, FrameType.HANDOVER)) {
      migrateInParts(relay.address());
      assertGoesOnAtTheSource();
      relay.heal();
      migrateInParts(relay.address());
      assertArrives();
    }
    assertExplained("ReclaimLock", "LearnSuperseded", "ResumeDestination");
  }

  @Test
  void aSourceThatHearsNothingLearnsFromTheLockThatTheGuestHasArrived() throws Exception {
    try (var relay = new Relay(destination.incoming, FrameType.RESUMED)) {
      migrateInParts(relay.address());
      Conditions.await("the loss", relay::isBroken);
      relay.heal();
      resume(relay.address());
      assertArrives();
    }
    assertExplained("ReclaimLock", "Recover", "ReceiveRecover");
  }

  /** Its trace ends with Ready, and the lock is its own: that is what the source finds. */
  @Test
  void aDestinationThatWasKilledBeforeItToldOfTheLockIsExplained() throws Exception {
    try (var relay = new Relay(destination.incoming, FrameType.RESUMED)) {
      migrateInParts(relay.address());
      Conditions.await(
          "the answer of the lock",
          () -> source.operator.error().startsWith("the destination has"));
    }
    Path silent = endedAfter(destination.trace, "ReceiveDeviceState", "");
    assertInstanceOf(Verdict.Violated.class, judge(source.trace, silent), "nobody killed it");
    Path killed = endedAfter(destination.trace, "ReceiveDeviceState", "CrashDestination");
    assertInstanceOf(Verdict.Holds.class, judge(source.trace, killed));
  }

  /** Its trace ends in doubt, and the lock is its own again: that is what the destination finds. */
  @Test
  void aSourceThatWasKilledBeforeItToldOfTheLockIsExplained() throws Exception {
    try (var relay = new Relay(destination.incoming, FrameType.HANDOVER)) {
      migrateInParts(relay.address());
      assertGoesOnAtTheSource();
    }
    Path silent = endedAfter(source.trace, "ReceiveReady", "");
    assertInstanceOf(Verdict.Violated.class, judge(silent, destination.trace), "nobody killed it");
    Path killed = endedAfter(source.trace, "ReceiveReady", "CrashSource");
    Verdict verdict = judge(killed, destination.trace);
    assertInstanceOf(Verdict.Holds.class, verdict, verdict::sentence);
  }

  /** A trace up to this action, and a word of the kill if there is one. */
  private Path endedAfter(Path trace, String action, String crash) throws Exception {
    List<String> told = Files.readAllLines(trace);
    while (!told.get(told.size() - 1).contains("\"" + action + "\"")) {
      told.remove(told.size() - 1);
    }
    if (!crash.isEmpty()) {
      ObjectNode last = (ObjectNode) new ObjectMapper().readTree(told.get(told.size() - 1));
      long seq = last.get("seq").longValue() + 1;
      last.putObject("clock").put(last.get("host").textValue(), seq);
      last.put("seq", seq).put("action", crash).putObject("args");
      told.add(last.toString());
    }
    return Files.write(folder.resolve("ended" + crash + ".ndjson"), told);
  }

  @Test
  void aDestinationThatCannotTakeTheLockDoesNotRunTheGuest() throws Exception {
    storage.lose("destination");
    migrateInParts(destination.address());
    await(source, "failed");
    assertRunsAt(source);
    assertEquals("inmigrate", destination.operator.runState());
    storage.reach("destination");
    assertGoesOnAtTheSource();
    assertExplained("ReclaimLock", "RefuseHandover");
  }

  @Test
  void aSourceThatCannotOfferTheLockGivesNothingAwayUntilItReachesIt() throws Exception {
    storage.lose("source");
    try (var relay = new Relay(destination.incoming, FrameType.HANDOVER)) {
      migrateInParts(relay.address());
      Conditions.await("the offer", () -> source.operator.error().contains("cannot be offered"));
      assertFalse(relay.isBroken(), "Handover left, and the guest was not on offer");
      assertEquals("source", storage.owner());
      assertStandsAt(source);
      relay.heal();
      storage.reach("source");
      assertArrives();
    }
    assertExplained("ResumeDestination");
  }

  @Test
  void aGuestOfWhichNothingIsMissingIsTakenWithoutTheWordOfItsSource() throws Exception {
    // It writes nothing, so that the first round is all of it.
    source.operator.execute("stop");
    try (var relay = new Relay(destination.incoming, FrameType.HANDOVER)) {
      relay.onLoss(() -> storage.lose("source"));
      source.operator.execute("migrate", Map.of("uri", relay.address()));
      await(destination, "completed");
      assertEquals("destination", storage.owner());
      assertTrue(inDoubt(source));
      destination.operator.execute("cont");
      assertEquals("ok 1", destination.guest.ask("r 3"));
      relay.heal();
      source.operator.execute("migrate", Map.of("uri", relay.address(), "resume", true));
      storage.reach("source");
      assertArrives();
    }
    assertExplained("ClaimLock", "ReclaimLock", "Recover", "ReceivePageList", "ReceiveComplete");
  }

  /** With the mistake of defect 63 the guest runs twice. */
  @Test
  void aDestinationThatDoesNotAskTheLockIsFoundOut() throws Exception {
    destination =
        prepared(
            builder("destination")
                .mutant(Mutant.HANDOVER_UNASKED)
                // It is to hear the late word before it looks at the lock by itself.
                .deadlineMillis(60_000)
                .destination());
    try (var relay = new Relay(destination.incoming, FrameType.HANDOVER, Relay.Loss.HOLD)) {
      migrateInParts(relay.address());
      await(source, "failed");
      relay.heal();
      Conditions.await("the guest", () -> destination.operator.runState().equals("running"));
    }
    assertRunsAt(source);
    var violated = assertInstanceOf(Verdict.Violated.class, judge());
    assertTrue(violated.evidence().contains("ResumeUnasked"), violated.evidence());
  }
}
