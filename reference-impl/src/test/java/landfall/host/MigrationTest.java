package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class MigrationTest extends HostTest {

  @Test
  void aGuestArrivesWithItsCellsAndRunsNoLongerWhereItWas() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
    assertEquals("ok 1", source.guest.ask("a 5 12"));
    assertEquals("inmigrate", destination.operator.runState());

    assertEquals("completed", source.operator.migrate(destination.address()));

    Conditions.await("the guest", () -> destination.operator.runState().equals("running"));
    assertEquals("ok -77", destination.guest.ask("r 3"));
    assertEquals("ok 12", destination.guest.ask("l 5"));
    assertEquals("ok nil", destination.guest.ask("r 4"));
    assertRunsAt(destination);
    assertStandsAt(source);
    assertEquals("postmigrate", source.operator.runState());
    assertEquals("completed", destination.operator.migration());
    assertTrue(source.operator.execute("query-migrate").get("downtime").asDouble() >= 0);
  }

  @Test
  void theSourceDoesNotGoOnAfterTheGuestWasGivenAway() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertEquals(
        "the guest was given away: it must not run here",
        source.operator.refusal("{\"execute\":\"cont\"}"));
    assertEquals(
        "the guest is not here any more",
        source.operator.refusal(
            "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"" + destination.address() + "\"}}"));
    assertStandsAt(source);
    assertRunsAt(destination);
  }

  @Test
  void aCancelledAttemptLeavesTheGuestWhereItIsAndARetryCompletes() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    source.load();
    assertEquals("ok", source.guest.ask("w 1 5"));
    source.bandwidthMax(300_000);
    source.operator.execute("migrate", Map.of("uri", destination.address()));
    // Seen by the destination: of an attempt that is cancelled at once it never hears.
    Conditions.await(
        "the first pages",
        () ->
            destination.operator.execute("x-landfall-status").get("pagesReceived").longValue() > 0);
    source.operator.execute("migrate_cancel");

    assertEquals("cancelled", source.operator.migration());
    assertRunsAt(source);
    Conditions.await(
        "the destination to hear of it", () -> destination.operator.migration().equals("failed"));
    assertEquals("inmigrate", destination.operator.runState());

    assertEquals("ok", source.guest.ask("w 1 6"));
    source.bandwidthMax(0);
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertEquals("ok 6", destination.guest.ask("r 1"));
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  @Test
  void aCancelAtWhateverMomentLeavesTheGuestAtOneHost() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    source.load();
    var random = new Random(5);
    int attempts = 0;
    boolean completed = false;
    while (!completed && attempts < 60) {
      attempts++;
      source.operator.execute("migrate", Map.of("uri", destination.address()));
      LockSupport.parkNanos(random.nextInt(4_000_000));
      JsonNode answer = source.operator.ask("{\"execute\":\"migrate_cancel\"}");
      assertTrue(
          answer.has("return")
              || answer.at("/error/desc").asText().startsWith("too late: the guest was given away"),
          answer::toString);
      completed = source.operator.outcome().equals("completed");
      assertEquals(
          !completed, source.operator.runState().equals("running"), source.operator.migration());
    }
    if (!completed) {
      assertRunsAt(source);
      assertEquals("completed", source.operator.migrate(destination.address()));
    }
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  @Test
  void aDestinationOfAnotherRamSizeRefusesAndNamesBoth() throws Exception {
    RunningHost source = source();
    RunningHost larger = started(RunningHost.in(folder).ramMib(8).destination());
    assertEquals("failed", source.operator.migrate(larger.address()));
    assertTrue(
        source
            .operator
            .error()
            .endsWith(
                "guest with 4194304 bytes of RAM in pages of 4096: 8388608 in pages of 4096 are"
                    + " accepted"),
        source.operator.error());
    assertRunsAt(source);
    assertEquals("inmigrate", larger.operator.runState());
  }

  @Test
  void aGuestThatItsOperatorStoppedArrivesStopped() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    assertEquals("ok", source.guest.ask("w 1 5"));
    source.operator.execute("stop");
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertEquals("paused", destination.operator.runState());
    assertStandsAt(destination);
    destination.operator.execute("cont");
    assertEquals("ok 5", destination.guest.ask("r 1"));
    assertRunsAt(destination);
  }

  @Test
  void aDestinationThatIsToStayPausedDoes() throws Exception {
    RunningHost source = source();
    RunningHost destination = started(RunningHost.in(folder).paused().destination());
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertEquals("paused", destination.operator.runState());
    destination.operator.execute("cont");
    assertRunsAt(destination);
  }

  @Test
  void aDestinationMayBeToldLaterWhereToListen() throws Exception {
    RunningHost destination = destination();
    assertEquals(
        "this host listens already",
        destination.operator.refusal(
            "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"unix:/tmp/x\"}}"));
    RunningHost source = source();
    // A host that has a guest may be told where to wait for it once it has left.
    String uri = "unix:" + folder.resolve("back");
    source.operator.execute("migrate-incoming", Map.of("uri", uri));
    assertEquals(
        "this host listens already",
        source.operator.refusal(
            "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"" + uri + "\"}}"));
  }

  @Test
  void theOperatorIsToldWhatHappens() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    source.operator.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", java.util.List.of(Map.of("capability", "events", "state", true))));
    assertEquals("completed", source.operator.migrate(destination.address()));
    Conditions.await(
        "the event of the pause",
        () ->
            source.operator.events.stream().anyMatch(e -> e.get("event").asText().equals("STOP")));
    Conditions.await(
        "the event that it runs",
        () ->
            destination.operator.events.stream()
                .anyMatch(e -> e.get("event").asText().equals("RESUME")));
    Conditions.await(
        "the word that it is completed",
        () ->
            source.operator.events.stream()
                .anyMatch(e -> e.at("/data/status").asText().equals("completed")));
  }
}
