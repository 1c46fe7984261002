package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import landfall.wire.FrameType;
import org.junit.jupiter.api.Test;

/** A host whose network or storage does nothing any more still answers its operator. */
class StuckSurroundingsTest extends HostTest {

  @Test
  void aBlockedMigrationSocketHoldsNoAnswerUp() throws Exception {
    RunningHost source = started(RunningHost.in(folder).ramMib(64).source());
    source.load();
    // More than any network holds: the guest writes on, and no round is ever short enough.
    assertEquals("ok", source.guest.ask("set rate 20000"));
    source.operator.execute("migrate-set-parameters", Map.of("downtime-limit", 0));
    try (var server = Peer.listen()) {
      source.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      try (var peer = new Peer(server.accept())) {
        // Nobody reads: the network takes some frames, and then none.
        Conditions.await("the first pages", () -> transferred(source) > 0);
        long before = -1;
        int unchanged = 0;
        while (unchanged < 100) {
          long now = transferred(source);
          unchanged = now == before ? unchanged + 1 : 0;
          before = now;
          assertEquals("running", source.operator.runState());
        }
        assertEquals("active", source.operator.migration());
        assertEquals("PreCopy", phase(source));
        source.operator.execute("migrate_cancel");
        assertEquals("cancelled", source.operator.migration());
        assertEquals(FrameType.HELLO, peer.receive().orElseThrow().type());
      }
    }
    assertRunsAt(source);
  }

  @Test
  void storageThatHangsHoldsNoAnswerUp() throws Exception {
    Path lock = folder.resolve("lock");
    RunningHost source = started(RunningHost.in(folder).lock(lock).source());
    String own = Files.readString(lock);
    Files.delete(lock);
    assertEquals(0, new ProcessBuilder("mkfifo", lock.toString()).start().waitFor());
    try (var server = Peer.listen()) {
      source.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.DEVICE_STATE);
        peer.ready(1, "elsewhere");
        Conditions.await("the handover", () -> phase(source).equals("HandedOver"));
        assertEquals("finish-migrate", source.operator.runState());
        assertEquals("device", source.operator.migration());
        assertTrue(
            source.operator.refusal("{\"execute\":\"migrate_cancel\"}").startsWith("too late"));
        assertEquals("HandedOver", phase(source));
      }
      // The lock may have been offered or not: without an answer nobody runs the guest.
      Conditions.await("doubt", () -> inDoubt(source));
      assertStandsAt(source);
    } finally {
      // Whoever reads gets this, and the storage goes on.
      Files.writeString(lock, own);
    }
    Conditions.await("the storage's answer", () -> phase(source).equals("Running"));
    assertRunsAt(source);
  }

  private static long transferred(RunningHost host) throws Exception {
    return host.operator.execute("query-migrate").at("/ram/transferred").longValue();
  }

  private static String phase(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("phase").textValue();
  }

  private static boolean inDoubt(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("inDoubt").booleanValue();
  }
}
