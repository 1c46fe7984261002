package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import landfall.protocol.Host;
import landfall.wire.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens when a message of the handover is lost, and the connection with it. */
class LostMessageTest extends HostTest {

  @ParameterizedTest
  @EnumSource(names = {"HELLO", "PAGES", "DEVICE_STATE", "READY"})
  void beforeTheHandoverTheGuestStaysAndARetryCompletes(FrameType lost) throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    assertEquals("ok", source.guest.ask("w 1 9"));
    try (var relay = new Relay(destination.incoming, lost)) {
      assertEquals("failed", source.operator.migrate(relay.address()));
      assertTrue(relay.isBroken());
      assertRunsAt(source);
      assertEquals("inmigrate", destination.operator.runState());
      relay.heal();
      assertEquals("completed", source.operator.migrate(relay.address()));
    }
    assertEquals("ok 9", destination.guest.ask("r 1"));
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  @ParameterizedTest
  @EnumSource(names = {"HANDOVER", "RESUMED"})
  void afterItTheSourceIsInDoubtAndNeverRunsUntilItIsAnswered(FrameType lost) throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    assertEquals("ok", source.guest.ask("w 1 9"));
    try (var relay = new Relay(destination.incoming, lost)) {
      source.operator.execute("migrate", Map.of("uri", relay.address()));
      Conditions.await("doubt", () -> inDoubt(source));

      JsonNode answer = source.operator.execute("query-migrate");
      assertEquals("device", answer.get("status").textValue());
      assertTrue(answer.get("error-desc").textValue().startsWith("in doubt: "), answer::toString);
      assertStandsAt(source);
      assertEquals(
          "the guest was given away: it must not run here",
          source.operator.refusal("{\"execute\":\"cont\"}"));
      assertTrue(
          source
              .operator
              .refusal("{\"execute\":\"migrate_cancel\"}")
              .startsWith("too late: the guest was given away"));
      assertTrue(
          source
              .operator
              .refusal(
                  "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"" + relay.address() + "\"}}")
              .startsWith("a migration is under way"));
      assertEquals("device", source.operator.migration());
      assertEquals(
          lost == FrameType.RESUMED ? "running" : "inmigrate", destination.operator.runState());

      relay.heal();
      assertEquals("completed", source.operator.outcome());
      assertFalse(inDoubt(source));
      assertEquals("", source.operator.error());
    }
    assertEquals("ok 9", destination.guest.ask("r 1"));
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  // ---------------------------------------------------------------- with an arbiter

  @Test
  void withALockTheSourceTakesTheGuestBackFromADestinationThatIsGone() throws Exception {
    Path lock = folder.resolve("lock");
    RunningHost source = started(RunningHost.in(folder).lock(lock).deadlineMillis(500).source());
    assertEquals("source", owner(lock));
    assertEquals("ok", source.guest.ask("w 1 9"));
    try (var server = Peer.listen()) {
      source.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.DEVICE_STATE);
        peer.ready(1, "elsewhere");
        peer.await(FrameType.HANDOVER);
        assertEquals(
            new LockRecord.Offered(new Host("source"), Optional.of(new Host("elsewhere")), 1),
            LockRecord.of(Files.readString(lock)));
        peer.reset();
      }
    }
    assertEquals("failed", source.operator.outcome());
    assertEquals(
        "the destination did not take the guest over: it goes on here", source.operator.error());
    assertEquals("source", owner(lock));
    assertFalse(inDoubt(source));
    assertEquals("ok 9", source.guest.ask("r 1"));
    assertRunsAt(source);

    RunningHost destination = started(RunningHost.in(folder).lock(lock).destination());
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertEquals("destination", owner(lock));
    assertRunsAt(destination);
  }

  @ParameterizedTest
  @EnumSource(names = {"HANDOVER", "RESUMED"})
  void withALockTheGuestRunsAtTheHostThatHasIt(FrameType lost) throws Exception {
    Path lock = folder.resolve("lock");
    RunningHost source = started(RunningHost.in(folder).lock(lock).source());
    RunningHost destination = started(RunningHost.in(folder).lock(lock).destination());
    try (var relay = new Relay(destination.incoming, lost)) {
      source.operator.execute("migrate", Map.of("uri", relay.address()));
      Conditions.await(
          "an owner",
          () -> relay.isBroken() && Set.of("source", "destination").contains(owner(lock)));
      boolean arrived = owner(lock).equals("destination");
      assertEquals(arrived ? "completed" : "failed", source.operator.outcome());
      RunningHost owner = arrived ? destination : source;
      Conditions.await("the guest", () -> owner.operator.runState().equals("running"));
      assertRunsAt(owner);
      assertStandsAt(arrived ? source : destination);
    }
  }

  /** Name of the host that the lock says owns the guest; empty while it is offered. */
  private static String owner(Path lock) throws Exception {
    return LockRecord.of(Files.readString(lock)) instanceof LockRecord.Owned owned
        ? owned.owner().name()
        : "";
  }

  private static boolean inDoubt(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("inDoubt").booleanValue();
  }
}
