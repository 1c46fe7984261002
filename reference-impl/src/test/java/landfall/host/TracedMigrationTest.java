package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import landfall.precopy.Action;
import landfall.wire.FrameType;
import org.junit.jupiter.api.Test;

/** The traces of real migrations. */
class TracedMigrationTest extends HostTest {

  @Test
  void bothHostsTraceTheWholeAttemptInTheNamesOfTheSpecification() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    source.load();
    assertEquals("completed", source.operator.migrate(destination.address()));
    List<JsonNode> sent = events(source);
    List<JsonNode> received = events(destination);

    assertEquals("StartAttempt", sent.get(0).get("action").textValue());
    assertEquals("ReceiveResumed", last(sent).get("action").textValue());
    assertEquals("Completed", last(sent).at("/after/phase").textValue());
    assertEquals("ReceiveHello", received.get(0).get("action").textValue());
    assertEquals("ResumeDestination", last(received).get("action").textValue());
    assertEquals("Running", last(received).at("/after/phase").textValue());
    for (String once : List.of("PauseSource", "OfferHandover", "ReceiveReady", "ReceiveResumed")) {
      assertEquals(1, sent.stream().filter(each -> is(each, once)).count(), once);
    }
    assertEquals(1, received.stream().filter(each -> is(each, "ReceiveDeviceState")).count());
  }

  @Test
  void everyTrackedPageIsSentInTheFirstRoundAndArrivesInTheSameFrames() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    source.load();
    assertEquals("completed", source.operator.migrate(destination.address()));
    List<JsonNode> sent = pages(events(source), "SendPage");
    List<JsonNode> received = pages(events(destination), "ReceivePage");
    assertEquals(
        Set.of(16, 20, 90, 1000),
        sent.stream()
            .filter(each -> each.at("/after/round").intValue() == 1)
            .map(each -> each.at("/args/page").intValue())
            .collect(Collectors.toSet()));
    assertEquals(
        sent.stream().map(each -> each.get("args")).toList(),
        received.stream().map(each -> each.get("args")).toList());
  }

  @Test
  void afterACancelAndARetryTheTraceGoesOnWithoutAGap() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    source.load();
    source.bandwidthMax(300_000);
    source.operator.execute("migrate", Map.of("uri", destination.address()));
    Conditions.await(
        "a page to arrive",
        () ->
            destination.operator.execute("x-landfall-status").get("pagesReceived").longValue() > 0);
    source.operator.execute("migrate_cancel");
    Conditions.await("the end", () -> destination.operator.migration().equals("failed"));
    source.bandwidthMax(0);
    assertEquals("completed", source.operator.migrate(destination.address()));

    List<JsonNode> sent = events(source);
    assertTrue(sent.stream().anyMatch(each -> is(each, "Cancel")));
    assertEquals(2, sent.stream().filter(each -> is(each, "StartAttempt")).count());
    List<JsonNode> received = events(destination);
    assertTrue(received.stream().anyMatch(each -> is(each, "DiscardImage")));
    assertEquals(2, last(received).at("/after/accepted").intValue());
  }

  @Test
  void aLostAcknowledgementIsInTheTraceOfBoth() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    try (var relay = new Relay(destination.incoming, FrameType.RESUMED)) {
      source.operator.execute("migrate", Map.of("uri", relay.address()));
      Conditions.await("the loss", relay::isBroken);
      relay.heal();
      assertEquals("completed", source.operator.outcome());
    }
    List<String> sent =
        events(source).stream().map(each -> each.get("action").textValue()).toList();
    assertEquals(
        List.of("GiveUpConnection", "ResendHandover", "ReceiveResumed"),
        sent.subList(sent.size() - 3, sent.size()));
    assertEquals(
        2, events(destination).stream().filter(each -> is(each, "ResumeDestination")).count());
  }

  /** The events of a host, each of which is looked at. */
  private static List<JsonNode> events(RunningHost host) throws Exception {
    String text = Files.readString(host.trace);
    assertTrue(text.endsWith("\n"), "the last line is not whole");
    Set<String> known = new HashSet<>();
    leaves(Action.class, known);
    List<JsonNode> events = new ArrayList<>();
    for (String line : text.split("\n")) {
      JsonNode event = new ObjectMapper().readTree(line);
      String name = event.get("host").textValue();
      assertEquals(
          List.of("host", "seq", "clock", "action", "args", "after"),
          StreamSupport.stream(((Iterable<String>) event::fieldNames).spliterator(), false)
              .toList());
      assertEquals(events.size() + 1, event.get("seq").intValue(), line);
      assertEquals(event.get("seq"), event.get("clock").get(name), line);
      assertTrue(known.contains(event.get("action").textValue()), line);
      assertTrue(event.at("/after/phase").isTextual(), line);
      assertTrue(event.at("/after/attempt").isInt(), line);
      events.add(event);
    }
    return events;
  }

  private static void leaves(Class<?> type, Set<String> names) {
    if (type.isSealed()) {
      for (Class<?> each : type.getPermittedSubclasses()) {
        leaves(each, names);
      }
    } else {
      names.add(type.getSimpleName());
    }
  }

  private static boolean is(JsonNode event, String action) {
    return event.get("action").textValue().equals(action);
  }

  private static List<JsonNode> pages(List<JsonNode> events, String action) {
    return events.stream().filter(each -> is(each, action)).toList();
  }

  private static JsonNode last(List<JsonNode> events) {
    return events.get(events.size() - 1);
  }
}
