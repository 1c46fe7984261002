package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import landfall.checkpoint.Mutant;
import landfall.evidence.Verdict;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import landfall.tracecheck.TracedProtocol;
import landfall.wire.FrameType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints between hosts with a lock: who has it has the guest. */
class CheckpointLockTest extends SplitGuestTest {
  private static final List<Integer> TRACKED = List.of(16, 90, 1000);

  private static final int DEADLINE_MILLIS = 4_000;

  /** Traces, and the event that must be rejected in them, or nothing. */
  private static final Map<TraceFiles, String> TO_JUDGE = new LinkedHashMap<>();

  @TempDir private static Path traces;

  private SharedStorage storage;
  private String name;

  @BeforeEach
  void storageThatBothHostsReach(TestInfo test) throws Exception {
    name = test.getDisplayName();
    storage = new SharedStorage(folder);
  }

  private void twoHosts(Mutant... mutants) throws Exception {
    twoHosts(DEADLINE_MILLIS, mutants);
  }

  /**
   * @param patience of the destination
   */
  private void twoHosts(int patience, Mutant... mutants) throws Exception {
    source = started(builder("source", mutants).source());
    destination = started(builder("destination", mutants).deadlineMillis(patience).destination());
    allowCheckpoints(source);
    allowCheckpoints(destination);
    source.load();
    assertEquals("ok", source.guest.ask("w 3 1"));
  }

  private RunningHost.Builder builder(String host, Mutant... mutants) throws Exception {
    var builder =
        RunningHost.in(folder)
            .tracked(TRACKED)
            .lock(storage.reachedBy(host))
            .deadlineMillis(DEADLINE_MILLIS);
    for (Mutant mutant : mutants) {
      builder.mutant(mutant);
    }
    return builder;
  }

  // ---------------------------------------------------------------- hosts

  private static boolean inDoubt(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("inDoubt").booleanValue();
  }

  private void assertSilent() throws Exception {
    assertTrue(destination.guest.askOnce("ping", 150).isEmpty(), "it answers");
  }

  private void assertArrives() throws Exception {
    awaitStatus(destination, "completed");
    awaitStatus(source, "completed");
    assertEquals("destination", storage.owner());
    assertEquals("ok 1", destination.guest.ask("r 3"));
    assertRunsAt(destination);
    assertStandsAt(source);
    assertFalse(inDoubt(source));
  }

  private void assertGoesOnAtTheSource() throws Exception {
    awaitStatus(source, "failed");
    assertTrue(
        source.operator.error().startsWith("the guest goes on here, from checkpoint "),
        source.operator.error());
    assertEquals("source", storage.owner());
    assertEquals("ok 1", source.guest.ask("r 3"));
    assertRunsAt(source);
    assertFalse(inDoubt(source));
  }

  /** Judged at the end, all at once. */
  private void keepTraces(String what) throws Exception {
    Path kept = Files.createDirectory(traces.resolve(Integer.toString(TO_JUDGE.size())));
    Path atSource = Files.copy(source.trace, kept.resolve("source.ndjson"));
    Path atDestination = Files.copy(destination.trace, kept.resolve("destination.ndjson"));
    var files = new TraceFiles(name, List.of(atSource, atDestination), TRACKED, true);
    TO_JUDGE.put(files, what);
  }

  @AfterAll
  static void everyTraceIsJudged() throws Exception {
    var verdicts =
        TraceCheck.check(List.copyOf(TO_JUDGE.keySet()), TracedProtocol.REVERSE_CHECKPOINT);
    TO_JUDGE.forEach(
        (files, what) -> {
          Verdict verdict = verdicts.get(files.name());
          if (what.isEmpty()) {
            assertInstanceOf(Verdict.Holds.class, verdict, () -> files.name() + verdict.sentence());
          } else {
            var violated = assertInstanceOf(Verdict.Violated.class, verdict, files.name());
            assertTrue(violated.evidence().contains(what), violated.evidence());
          }
        });
    TO_JUDGE.clear();
  }

  private void assertExplained(String... actions) throws Exception {
    keepTraces("");
    TreeSet<String> told = new TreeSet<>();
    for (Path file : List.of(source.trace, destination.trace)) {
      for (String line : Files.readAllLines(file)) {
        told.add(new ObjectMapper().readTree(line).get("action").textValue());
      }
    }
    assertTrue(told.containsAll(List.of(actions)), () -> told.toString());
  }

  // ---------------------------------------------------------------- what happens

  @Test
  void theGuestIsOnOfferUntilItIsWholeAndGranted() throws Exception {
    twoHosts();
    split(destination.address());
    assertEquals("ok 1", destination.guest.ask("r 3"));
    assertEquals("", storage.owner());
    pushMax(0);
    assertArrives();
    assertExplained("TakeCheckpoint", "ReleaseOutput", "GrantOwnership", "BecomeOwner");
  }

  /** Who reaches neither the storage nor the other host is as dead to it. */
  @Test
  void theSourceOfADestinationThatIsGoneTakesTheGuestBackFirstAndThenGoesOn() throws Exception {
    twoHosts();
    try (var relay = new Relay(destination.incoming, FrameType.CHECKPOINT_DONE)) {
      relay.onLoss(() -> storage.lose("destination"));
      split(relay.address());
      assertGoesOnAtTheSource();
      assertSilent();
    }
    assertExplained("ReclaimLock", "StartRecovery", "RecoverSource");
  }

  @Test
  void aDestinationWithAllPagesGoesOnAlthoughItsSourceIsGone() throws Exception {
    twoHosts();
    try (var relay = new Relay(destination.incoming, FrameType.ASK_OWNERSHIP)) {
      relay.onLoss(() -> storage.lose("source"));
      split(relay.address());
      pushMax(0);
      awaitStatus(destination, "completed");
      assertEquals("destination", storage.owner());
      assertEquals("ok 1", destination.guest.ask("r 3"));
    }
    assertExplained("ClaimLock");
  }

  @Test
  void aSourceThatWasOnlyCutOffFindsTheGuestTakenAndNeverRecovers() throws Exception {
    twoHosts();
    try (var relay = new Relay(destination.incoming, FrameType.GRANTED)) {
      relay.onLoss(() -> storage.lose("source"));
      split(relay.address());
      pushMax(0);
      awaitStatus(destination, "completed");
      Conditions.await("doubt", () -> inDoubt(source));
      assertStandsAt(source);
      storage.reach("source");
      assertArrives();
    }
    assertExplained("GrantOwnership", "ClaimLock", "ReclaimLock");
  }

  @Test
  void aSourceMayTakeBackWhatItHasGrantedAndTheDestinationLearnsItFromTheLock() throws Exception {
    twoHosts();
    try (var relay = new Relay(destination.incoming, FrameType.GRANTED)) {
      relay.onLoss(() -> storage.lose("destination"));
      split(relay.address());
      pushMax(0);
      assertGoesOnAtTheSource();
      assertSilent();
      assertEquals("postcopy-paused", destination.operator.migration());
      // The link stays cut.
      storage.reach("destination");
      awaitStatus(destination, "failed");
      assertStandsAt(destination);
    }
    assertExplained("GrantOwnership", "ReclaimLock", "RecoverSource", "LearnSuperseded");
    source.bandwidthMax(0);
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertArrives();
  }

  @Test
  void nobodyGoesOnWithATornGuestAsLongAsTheLockCannotBeAsked() throws Exception {
    twoHosts();
    try (var relay = new Relay(destination.incoming, FrameType.CHECKPOINT_DONE)) {
      relay.onLoss(() -> storage.lose("source"));
      split(relay.address());
      Conditions.await("doubt", () -> inDoubt(source));
      assertStandsAt(source);
      assertSilent();
      assertEquals("", storage.owner());
      storage.reach("source");
      assertGoesOnAtTheSource();
      awaitStatus(destination, "failed");
    }
    assertExplained("ReclaimLock", "RecoverSource", "LearnSuperseded");
  }

  @Test
  void aGuestWhoseHandoverIsLostNeverRanThere() throws Exception {
    twoHosts();
    try (var relay = new Relay(destination.incoming, FrameType.HANDOVER)) {
      startPostCopy(relay.address());
      assertGoesOnAtTheSource();
      awaitStatus(destination, "failed");
      assertEquals("inmigrate", destination.operator.runState());
    }
    assertExplained("ReclaimLock", "RecoverSource");
  }

  /** The guest goes all the same: its output is held until the storage answers. */
  @Test
  void anOfferThatCouldNotBeMadeIsMadeLater() throws Exception {
    twoHosts();
    pushMax(100_000);
    storage.lose("source");
    startPostCopy(destination.address());
    assertEquals("ok 1", destination.guest.ask("r 3"));
    assertEquals("source", storage.owner());
    storage.reach("source");
    Conditions.await("the offer", () -> storage.owner().isEmpty());
    pushMax(0);
    assertArrives();
    assertExplained("GrantOwnership", "BecomeOwner");
  }

  // ---------------------------------------------------------------- mistakes that must show

  @Test
  void aSourceThatRecoversUnaskedIsFoundOut() throws Exception {
    twoHosts(Mutant.RECOVERY_UNASKED);
    try (var relay = new Relay(destination.incoming, FrameType.ASK_OWNERSHIP)) {
      split(relay.address());
      pushMax(0);
      awaitStatus(destination, "completed");
      awaitStatus(source, "failed");
      assertRunsAt(source);
      assertRunsAt(destination);
    }
    keepTraces("StartRecovery");
  }

  @Test
  void anOwnerThatDidNotAskTheLockIsFoundOut() throws Exception {
    // It is to hear the late word before it looks at the lock by itself.
    twoHosts(60_000, Mutant.OWNER_UNASKED);
    try (var relay = new Relay(destination.incoming, FrameType.GRANTED, Relay.Loss.HOLD)) {
      split(relay.address());
      pushMax(0);
      awaitStatus(source, "failed");
      relay.heal();
      awaitStatus(destination, "completed");
      assertRunsAt(source);
    }
    keepTraces("OwnUnasked");
  }

  @Test
  void anOwnerThatLacksPagesIsFoundOut() throws Exception {
    twoHosts(Mutant.CLAIMED_TORN);
    try (var relay = new Relay(destination.incoming, FrameType.CHECKPOINT_DONE)) {
      relay.onLoss(() -> storage.lose("source"));
      split(relay.address());
      awaitStatus(destination, "completed");
      storage.reach("source");
      awaitStatus(source, "completed");
    }
    keepTraces("ClaimLock");
  }
}
