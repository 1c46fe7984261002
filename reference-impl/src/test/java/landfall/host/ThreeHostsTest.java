package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import landfall.precopy.Mutant;
import landfall.protocol.Host;
import landfall.wire.FrameType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** More hosts than the two of one attempt. */
class ThreeHostsTest extends HostTest {
  private SharedStorage storage;

  @BeforeEach
  void shareALock() throws IOException {
    storage = new SharedStorage(folder);
  }

  private RunningHost.Builder host(String name) {
    return RunningHost.in(folder).named(name).deadlineMillis(700);
  }

  /**
   * A cancels nothing and crashes nowhere; it only takes a slow B for a lost one, and goes on with
   * C. B has a whole image of the first attempt all the time.
   */
  private void attemptsBAndThenC(RunningHost a, RunningHost b, RunningHost c, Relay slow)
      throws Exception {
    try (var deaf = new Relay(b.incoming, FrameType.READY, Relay.Loss.SWALLOW)) {
      assertEquals("ok", a.guest.ask("w 5 111"));
      assertEquals("failed", a.operator.migrate(deaf.address()));
      assertEquals("Ready", phase(b));
      assertEquals("ok", a.guest.ask("w 5 222"));
      a.operator.execute("migrate", Map.of("uri", slow.address()));
      Conditions.await("Handover to C on its way", slow::isBroken);
    }
  }

  private static String phase(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("phase").textValue();
  }

  @Test
  void anImageThatIsLeftOverNeverRunsAndItsHostLearnsThatItWasSuperseded() throws Exception {
    RunningHost a = started(host("A").lock(storage.reachedBy("A")).source());
    RunningHost b = started(host("B").lock(storage.reachedBy("B")).destination());
    RunningHost c = started(host("C").lock(storage.reachedBy("C")).destination());
    try (var slow = new Relay(c.incoming, FrameType.HANDOVER, Relay.Loss.HOLD)) {
      attemptsBAndThenC(a, b, c, slow);
      Conditions.await("B to learn of it", () -> b.operator.migration().equals("failed"));
      assertEquals("superseded: the guest went elsewhere by a later attempt", b.operator.error());
      assertEquals("Waiting", phase(b));
      slow.heal();
      Conditions.await("the guest at C", () -> c.operator.runState().equals("running"));
      assertEquals("completed", a.operator.outcome());
    }
    assertEquals(new LockRecord.Owned(new Host("C"), 2), storage.record());
    assertEquals("ok 222", c.guest.ask("r 5"));
    assertRunsAt(c);
    assertStandsAt(b);
    assertStandsAt(a);
  }

  /** The rules of before, as mutants: they really are the mistake. */
  @ParameterizedTest
  @EnumSource(names = {"LOCK_RELEASED_TO_ANYBODY", "OWNER_BY_ROLE"})
  void withTheOldRulesALeftOverImageRuns(Mutant oldRule) throws Exception {
    RunningHost a = started(host("A").lock(storage.reachedBy("A")).mutant(oldRule).source());
    RunningHost b = started(host("B").lock(storage.reachedBy("B")).mutant(oldRule).destination());
    RunningHost c = started(host("C").lock(storage.reachedBy("C")).mutant(oldRule).destination());
    try (var slow = new Relay(c.incoming, FrameType.HANDOVER, Relay.Loss.HOLD)) {
      if (oldRule == Mutant.OWNER_BY_ROLE) {
        // B looks at the lock once C has the guest, and not before.
        storage.lose("B");
        attemptsBAndThenC(a, b, c, slow);
        slow.heal();
        Conditions.await("the guest at C", () -> c.operator.runState().equals("running"));
        storage.reach("B");
      } else {
        attemptsBAndThenC(a, b, c, slow);
      }
      Conditions.await("the stale guest at B", () -> b.operator.runState().equals("running"));
      assertEquals("ok 111", b.guest.ask("r 5"));
    }
  }

  @Test
  void aGuestMovesOnFromHostToHostAndComesBack() throws Exception {
    RunningHost a = started(host("A").source());
    RunningHost b = started(host("B").destination());
    RunningHost c = started(host("C").destination());
    a.load();
    assertEquals("ok", a.guest.ask("w 1 10"));
    assertEquals("completed", a.operator.migrate(b.address()));
    assertEquals("ok 10", b.guest.ask("r 1"));
    // What was written here only, and never before, must go on as well (B offers all of it).
    assertEquals("ok", b.guest.ask("w 2 20"));
    assertEquals("completed", b.operator.migrate(c.address()));
    assertEquals("ok 10", c.guest.ask("r 1"));
    assertEquals("ok 20", c.guest.ask("r 2"));
    assertEquals("ok", c.guest.ask("w 1 30"));
    Path back = folder.resolve("back");
    a.operator.execute("migrate-incoming", Map.of("uri", "unix:" + back));
    assertEquals("completed", c.operator.migrate("unix:" + back));
    assertEquals("ok 30", a.guest.ask("r 1"));
    assertEquals("ok 20", a.guest.ask("r 2"));
    assertRunsAt(a);
    assertStandsAt(b);
    assertStandsAt(c);
    assertEquals(3, a.operator.execute("x-landfall-status").get("accepted").intValue());
    assertEquals("completed", a.operator.migrate(b.address()));
    assertRunsAt(b);
  }

  @Test
  void afterADestinationThatLeftTheGuestGoesToAnother() throws Exception {
    RunningHost a = started(host("A").lock(storage.reachedBy("A")).source());
    RunningHost c = started(host("C").lock(storage.reachedBy("C")).destination());
    assertEquals("ok", a.guest.ask("w 1 9"));
    try (var server = Peer.listen()) {
      a.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.DEVICE_STATE);
        peer.reset();
      }
    }
    assertEquals("failed", a.operator.outcome());
    assertEquals("completed", a.operator.migrate(c.address()));
    assertEquals("ok 9", c.guest.ask("r 1"));
    assertRunsAt(c);
  }

  /** A destination that was told to run and may not take the guest would refuse it. */
  @Test
  void nothingIsGivenAwayBeforeTheLockIsOffered() throws Exception {
    RunningHost a = started(host("A").lock(storage.reachedBy("A")).source());
    RunningHost c = started(host("C").lock(storage.reachedBy("C")).destination());
    assertEquals("ok", a.guest.ask("w 1 9"));
    storage.lose("A");
    try (var relay = new Relay(c.incoming, FrameType.HANDOVER, Relay.Loss.HOLD)) {
      a.operator.execute("migrate", Map.of("uri", relay.address()));
      Conditions.await("the offer", () -> a.operator.error().contains("cannot be offered"));
      assertFalse(relay.isBroken(), "Handover has left");
      assertEquals(new LockRecord.Owned(new Host("A"), 0), storage.record());
      storage.reach("A");
      Conditions.await("Handover", relay::isBroken);
      relay.heal();
      assertEquals("completed", a.operator.outcome());
    }
    assertEquals("ok 9", c.guest.ask("r 1"));
    assertRunsAt(c);
    assertStandsAt(a);
  }

  @Test
  void twoHostsOfOneNameAreRefused() throws Exception {
    RunningHost a = started(host("A").source());
    RunningHost twin = started(host("A").destination());
    assertEquals("failed", a.operator.migrate(twin.address()));
    assertTrue(
        a.operator.error().endsWith("both hosts are called A: each needs a name of its own"),
        a.operator.error());
    assertRunsAt(a);
  }
}
