package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import landfall.wire.FrameType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Post-copy between more hosts than two. */
class PostCopyHostsTest extends HostTest {
  private RunningHost a;
  private RunningHost b;
  private RunningHost c;

  @BeforeEach
  void threeHosts() throws Exception {
    a = host("A", true);
    b = host("B", false);
    c = host("C", false);
    a.load();
    assertEquals("ok", a.guest.ask("w 3 111"));
  }

  private RunningHost host(String name, boolean first) throws Exception {
    var builder = RunningHost.in(folder).named(name).deadlineMillis(5_000);
    RunningHost host = started(first ? builder.source() : builder.destination());
    host.operator.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", true))));
    return host;
  }

  private static void await(RunningHost host, String status) throws Exception {
    Conditions.await(status, () -> host.operator.migration().equals(status));
  }

  private static String phase(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("phase").textValue();
  }

  private static void resume(RunningHost host, String address) throws Exception {
    host.operator.execute("migrate", Map.of("uri", address, "resume", true));
  }

  /** The guest goes while the first round is sent, and most of its pages do not follow yet. */
  private static void split(RunningHost from, RunningHost to) throws Exception {
    from.operator.execute(
        "migrate-set-parameters",
        Map.of("max-bandwidth", 300_000, "max-postcopy-bandwidth", 100_000));
    from.operator.execute("migrate", Map.of("uri", to.address()));
    from.operator.execute("migrate-start-postcopy");
    Conditions.await("the guest", () -> to.operator.runState().equals("running"));
  }

  @Test
  void aGuestOfWhichPagesAreMissingIsNotGivenAway() throws Exception {
    split(a, b);
    assertEquals(
        "the guest is not whole here (Running)",
        b.operator.refusal(
            "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"" + c.address() + "\"}}"));
    a.operator.execute("migrate-set-parameters", Map.of("max-postcopy-bandwidth", 0));
    await(b, "completed");
    assertEquals("completed", b.operator.migrate(c.address()));
    assertEquals("ok 111", c.guest.ask("r 3"));
    assertRunsAt(c);
  }

  /**
   * The behaviour of the model that fails without this. B has an image of an attempt that failed.
   * The guest is given to C, and A is in doubt; its operator says to go on at B.
   */
  @Test
  void aRecoveryAtTheWrongHostBringsNoOldImageToLife() throws Exception {
    try (var toB = new Relay(b.incoming, FrameType.READY);
        var toC = new Relay(c.incoming, FrameType.HANDOVER)) {
      assertEquals("failed", a.operator.migrate(toB.address()));
      assertEquals("Ready", phase(b));
      assertEquals("ok", a.guest.ask("w 3 222"));
      a.operator.execute("migrate", Map.of("uri", toC.address()));
      await(a, "postcopy-paused");
      await(b, "postcopy-paused");
      b.operator.execute("migrate-recover", Map.of("uri", b.address()));
      resume(a, b.address());
      Conditions.await(
          "the refusal", () -> a.operator.error().contains("a token that this host did not give"));
      await(a, "postcopy-paused");
      assertEquals("Ready", phase(b));
      assertStandsAt(b);

      await(c, "postcopy-paused");
      c.operator.execute("migrate-recover", Map.of("uri", c.address()));
      resume(a, c.address());
      await(a, "completed");
      await(c, "completed");
    }
    assertEquals("ok 222", c.guest.ask("r 3"));
    // What B keeps gives way to a newer attempt, of whatever host.
    assertEquals("completed", c.operator.migrate(b.address()));
    assertEquals("ok 222", b.guest.ask("r 3"));
    assertRunsAt(b);
    assertStandsAt(a);
    assertStandsAt(c);
  }

  /** The word that the guest is whole is lost, and the guest has gone on when it is asked for. */
  @Test
  void anOldSourceIsToldThatItIsNotNeededWhereTheGuestHasBeen() throws Exception {
    try (var lossy = new Relay(b.incoming, FrameType.COMPLETE)) {
      a.operator.execute("migrate", Map.of("uri", lossy.address()));
      await(a, "postcopy-paused");
      await(b, "completed");
      assertEquals("ok", b.guest.ask("w 3 333"));
      assertEquals("completed", b.operator.migrate(c.address()));
      assertEquals("ok", c.guest.ask("w 3 444"));
      resume(a, b.address());
      await(a, "completed");
    }
    assertEquals("ok 444", c.guest.ask("r 3"));
    assertRunsAt(c);
    assertStandsAt(a);
    assertStandsAt(b);
    // And on: B numbers its attempts as if nobody had asked.
    assertEquals("completed", c.operator.migrate(b.address()));
    assertEquals("ok 444", b.guest.ask("r 3"));
    assertTrue(b.operator.execute("x-landfall-status").get("accepted").intValue() > 2);
  }
}
