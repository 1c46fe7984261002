package landfall.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import landfall.machine.Machine;
import landfall.wire.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A guest that runs at the destination before its pages are there. */
class PostCopyTest extends SplitGuestTest {
  private static final String TOO_LATE =
      "too late: the guest was given away, and its pages are on two hosts; only going on makes it"
          + " whole";

  private void twoHosts(int deadlineMillis) throws Exception {
    source = started(RunningHost.in(folder).deadlineMillis(deadlineMillis).source());
    destination = started(RunningHost.in(folder).deadlineMillis(deadlineMillis).destination());
    allowPostCopy(source);
    allowPostCopy(destination);
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
  }

  private long received() throws Exception {
    return destination.operator.execute("x-landfall-status").get("pagesReceived").longValue();
  }

  private long missing() throws Exception {
    return destination.operator.execute("x-landfall-status").path("pagesMissing").longValue();
  }

  @Test
  void aGuestIsServedWhileItIsOnBothHostsAndIsWholeInTheEnd() throws Exception {
    twoHosts(5_000);
    split(destination.address());
    assertEquals("postcopy-active", source.operator.migration());
    assertEquals("postcopy-active", destination.operator.migration());
    assertEquals("finish-migrate", source.operator.runState());
    // Both need pages that were not pushed: what is asked for overtakes the push.
    assertEquals("ok -77", destination.guest.ask("r 3"));
    assertEquals("ok", destination.guest.ask("w 60 5"));
    assertTrue(missing() > 0, "the guest was whole before it was asked");
    assertEquals(
        "pmemsave while pages are still at the source: wait until the migration is completed",
        destination.operator.refusal(saveRequest("early")));
    var waits = destination.operator.execute("x-landfall-status").get("pageWaits");
    assertTrue(waits.get("count").intValue() > 0, waits::toString);
    assertFalse(destination.operator.execute("query-migrate").has("postcopy-latency"));
    allowPostCopy(destination, "postcopy-blocktime");
    assertTellsWaits(destination.operator.execute("query-migrate"));
    pushMax(0);
    assertWhole();
    assertEquals("ok 5", destination.guest.ask("r 60"));
    assertTrue(source.operator.execute("query-migrate").get("downtime").asDouble() >= 0);
  }

  private static void assertTellsWaits(JsonNode answer) {
    assertTrue(answer.get("postcopy-latency").longValue() > 0, answer::toString);
    assertEquals(answer.get("postcopy-latency"), answer.get("postcopy-vcpu-latency").get(0));
    assertEquals(answer.get("postcopy-blocktime"), answer.get("postcopy-vcpu-blocktime").get(0));
    long waits = 0;
    for (JsonNode each : answer.get("postcopy-latency-dist")) {
      waits += each.longValue();
    }
    assertTrue(waits > 0, answer::toString);
  }

  private String saveRequest(String file) {
    return String.format(
        "{\"execute\":\"pmemsave\",\"arguments\":{\"val\":%d,\"size\":%d,\"filename\":\"%s\"}}",
        Machine.RAM_BASE, 4 << 20, folder.resolve(file));
  }

  @Test
  void aGuestThatItsOperatorStoppedArrivesStoppedWithEveryByteOfItsRam() throws Exception {
    twoHosts(5_000);
    source.operator.execute("stop");
    startPostCopy(destination.address());
    source.bandwidthMax(0);
    awaitStatus(source, "completed");
    awaitStatus(destination, "completed");
    assertEquals("paused", destination.operator.runState());
    assertTrue(source.operator.ask(saveRequest("there")).has("return"));
    assertTrue(destination.operator.ask(saveRequest("here")).has("return"));
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("there")), Files.readAllBytes(folder.resolve("here")));
    destination.operator.execute("cont");
    assertRunsAt(destination);
  }

  @Test
  void withoutAWordOfTheOperatorTheGuestGoesOnceFewPagesAreLeft() throws Exception {
    twoHosts(5_000);
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertWhole();
    // And on: the destination knows how to give it away, to a host that was its source.
    String back = "unix:" + folder.resolve("back");
    source.operator.execute("migrate-incoming", Map.of("uri", back));
    assertEquals("completed", destination.operator.migrate(back));
    awaitStatus(source, "completed");
    assertEquals("ok -77", source.guest.ask("r 3"));
    assertRunsAt(source);
    assertStandsAt(destination);
  }

  @Test
  void anOperatorMayTakeTheAttemptBackUntilTheGuestIsGivenAwayAndNotAfter() throws Exception {
    twoHosts(5_000);
    source.bandwidthMax(300_000);
    source.operator.execute("migrate", Map.of("uri", destination.address()));
    Conditions.await("some pages", () -> received() > 0);
    source.operator.execute("migrate_cancel");
    assertEquals("cancelled", source.operator.migration());
    awaitStatus(destination, "failed");
    assertRunsAt(source);
    assertEquals("inmigrate", destination.operator.runState());

    split(destination.address());
    assertEquals(TOO_LATE, source.operator.refusal("{\"execute\":\"migrate_cancel\"}"));
    assertEquals(
        "only the source can take an attempt back",
        destination.operator.refusal("{\"execute\":\"migrate_cancel\"}"));
    assertEquals(
        "the guest was given away: it must not run here",
        source.operator.refusal("{\"execute\":\"cont\"}"));
    pushMax(0);
    assertWhole();
  }

  private void recover(String address) throws Exception {
    destination.operator.execute("migrate-recover", Map.of("uri", destination.address()));
    source.operator.execute("migrate", Map.of("uri", address, "resume", true));
  }

  @Test
  void aCutDuringThePushPausesBothSidesAndARecoveryGoesOn() throws Exception {
    twoHosts(5_000);
    try (var relay = new Relay(destination.incoming, FrameType.DEMAND)) {
      split(relay.address());
      awaitStatus(source, "postcopy-paused");
      awaitStatus(destination, "postcopy-paused");
      assertTrue(missing() > 0, "nothing was left to push");
      assertEquals(TOO_LATE, source.operator.refusal("{\"execute\":\"migrate_cancel\"}"));
      // The link is still down: each side is as before.
      destination.operator.execute("migrate-recover", Map.of("uri", destination.address()));
      source.operator.execute("migrate", Map.of("uri", relay.address(), "resume", true));
      awaitStatus(source, "postcopy-paused");
      relay.heal();
      source.operator.execute("migrate", Map.of("uri", relay.address(), "resume", true));
      awaitStatus(source, "postcopy-active");
      awaitStatus(destination, "postcopy-active");
      // And once more, by a word of the operator.
      source.operator.execute("migrate-pause");
      awaitStatus(source, "postcopy-paused");
      awaitStatus(destination, "postcopy-paused");
      assertTrue(missing() > 0, "nothing was left to push");
      pushMax(0);
      // On another address, of which the destination is told now.
      String elsewhere = "unix:" + folder.resolve("elsewhere");
      destination.operator.execute("migrate-recover", Map.of("uri", elsewhere));
      source.operator.execute("migrate", Map.of("uri", elsewhere, "resume", true));
      assertWhole();
    }
  }

  /** Each message of the second half, lost with the connection. */
  @ParameterizedTest
  @EnumSource(names = {"HANDOVER", "RESUMED", "PAGE_LIST", "COMPLETE"})
  void whicheverMessageIsLostTheGuestBecomesWhole(FrameType lost) throws Exception {
    twoHosts(5_000);
    try (var relay = new Relay(destination.incoming, lost)) {
      if (lost != FrameType.PAGE_LIST) {
        source.operator.execute("migrate", Map.of("uri", relay.address()));
      } else {
        split(relay.address());
        source.operator.execute("migrate-pause");
        awaitStatus(destination, "postcopy-paused");
        recover(relay.address());
        pushMax(0);
      }
      Conditions.await("the loss", relay::isBroken);
      awaitStatus(source, "postcopy-paused");
      // Where Complete or Resumed is lost, the last page may have come before.
      Conditions.await(
          "an end of the connection there",
          () -> List.of("postcopy-paused", "completed").contains(destination.operator.migration()));
      if (destination.operator.migration().equals("postcopy-paused")) {
        destination.operator.execute("migrate-recover", Map.of("uri", destination.address()));
      }
      relay.heal();
      source.operator.execute("migrate", Map.of("uri", relay.address(), "resume", true));
      assertWhole();
    }
  }

  @Test
  void aSilentLinkPausesBothSidesWithinTheDeadline() throws Exception {
    twoHosts(600);
    try (var relay = new Relay(destination.incoming, FrameType.HANDOVER, Relay.Loss.SWALLOW)) {
      startPostCopy(relay.address());
      awaitStatus(source, "postcopy-paused");
      assertTrue(source.operator.error().startsWith("in doubt: "), source.operator.error());
      assertEquals("inmigrate", destination.operator.runState());
      Conditions.await(
          "the destination to notice",
          () -> destination.operator.migration().equals("postcopy-paused"));
      relay.heal();
      recover(relay.address());
      assertWhole();
    }
  }

  @Test
  void whatIsNotPossibleIsRefusedWithAReason() throws Exception {
    source = source();
    destination = destination();
    assertEquals(
        "the capability 'postcopy-ram' must be set before migrate",
        source.operator.refusal("{\"execute\":\"migrate-start-postcopy\"}"));
    allowPostCopy(source);
    assertEquals(
        "no migration is under way: migrate comes first",
        source.operator.refusal("{\"execute\":\"migrate-start-postcopy\"}"));
    assertEquals(
        "migrate-pause is possible in postcopy-active and postcopy-recover; this migration is none",
        source.operator.refusal("{\"execute\":\"migrate-pause\"}"));
    assertEquals(
        "resume is possible in postcopy-paused; this migration is none",
        source.operator.refusal(
            "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"tcp:127.0.0.1:1\",\"resume\":true}}"));
    assertEquals(
        "migrate-recover is possible in postcopy-paused; this migration is none",
        destination.operator.refusal(
            "{\"execute\":\"migrate-recover\",\"arguments\":{\"uri\":\"tcp:127.0.0.1:1\"}}"));
    assertEquals("failed", source.operator.migrate(destination.address()));
    assertTrue(
        source
            .operator
            .error()
            .endsWith(
                "the source wants post-copy: the capability 'postcopy-ram' must be set here, too"),
        source.operator.error());
    assertRunsAt(source);
    // Later, and by pre-copy from a host that was once asked otherwise.
    source.operator.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", false))));
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertRunsAt(destination);
  }

  @Test
  void aStrangerCannotRecoverAGuest() throws Exception {
    twoHosts(5_000);
    RunningHost stranger = started(RunningHost.in(folder).named("stranger").source());
    split(destination.address());
    source.operator.execute("migrate-pause");
    awaitStatus(destination, "postcopy-paused");
    // Nobody has asked the destination to wait for the source.
    source.operator.execute("migrate", Map.of("uri", destination.address(), "resume", true));
    Conditions.await(
        "the refusal",
        () ->
            source
                .operator
                .error()
                .endsWith(
                    "this host does not wait for a recovery: migrate-recover makes it do so"));
    assertEquals("failed", stranger.operator.migrate(destination.address()));
    assertRunsAt(stranger);
    pushMax(0);
    recover(destination.address());
    assertWhole();
  }
}
