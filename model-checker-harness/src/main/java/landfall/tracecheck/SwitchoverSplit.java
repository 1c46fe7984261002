package landfall.tracecheck;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The events of hosts that moved a guest by post-copy and then took checkpoints. {@code
 * ReverseCheckpoint} begins at the switchover, so what a host did before is {@code PostCopy}'s. A
 * host numbers attempts in the events of {@code PostCopy} alone. {@code ForwardCheckpoint} begins
 * earlier: what the guest writes before the switchover, and that it stands, count for both.
 *
 * @param before up to the switchover; empty if the trace begins behind it
 * @param after of the protocol of checkpoints
 */
record SwitchoverSplit(List<TraceEvent> before, List<TraceEvent> after) {
  private static final Set<String> STANDS = Set.of("Paused", "Offered");
  private static final Set<String> SWITCHES = Set.of("SwitchOver", "RunGuest");
  private static final Set<String> BEGINS = Set.of("StartAttempt", "ReceiveHello");

  /**
   * @throws MalformedTraceException if a host began another attempt later, since both modules
   *     follow one migration
   */
  static SwitchoverSplit of(List<TraceEvent> events, TracedProtocol protocol) {
    boolean forward = protocol == TracedProtocol.FORWARD_CHECKPOINT;
    List<TraceEvent> before = new ArrayList<>();
    List<TraceEvent> after = new ArrayList<>();
    Set<String> switched = new HashSet<>();
    Map<String, Integer> attempts = new HashMap<>();
    for (TraceEvent event : events) {
      if (!event.after().has("attempt")) {
        if (!forward || SWITCHES.contains(event.action())) {
          switched.add(event.host());
        }
        after.add(forward ? of(attempts.getOrDefault(event.host(), 0), event) : event);
      } else if (switched.contains(event.host()) && (!forward || BEGINS.contains(event.action()))) {
        throw new MalformedTraceException(
            event.where()
                + ": another attempt begins behind the checkpoints of one, and "
                + protocol.specification()
                + " follows one migration");
      } else {
        before.add(event);
        if (forward) {
          attempts.put(event.host(), event.attempt());
          counts(event, after);
        }
      }
    }
    return new SwitchoverSplit(before, after);
  }

  /** The same, with the number of the attempt in which it happened. */
  private static TraceEvent of(int attempt, TraceEvent event) {
    if (attempt == 0 || !(event.args() instanceof ObjectNode)) {
      return event;
    }
    ObjectNode args = event.args().deepCopy();
    args.put("attempt", attempt);
    return event.as(event.host(), event.action(), event.phase(), args, event.after());
  }

  /** What a source tells as an event of {@code PostCopy}, in the words of the other module. */
  private static void counts(TraceEvent event, List<TraceEvent> after) {
    if (!event.at(TraceEvent.SOURCE)) {
      return;
    }
    switch (event.action()) {
      case "GuestStep" -> after.add(told(event, "GuestStep", event.args()));
      case "PauseSource" -> after.add(told(event, "PauseSource", nothing()));
      case "Cancel", "AbortAttempt" -> {
        if (STANDS.contains(event.args().path("from").asText())) {
          after.add(told(event, "ResumeSource", nothing()));
        }
      }
      default -> {
        // Says nothing that the other module has.
      }
    }
  }

  private static JsonNode nothing() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static TraceEvent told(TraceEvent event, String action, JsonNode args) {
    String phase = STANDS.contains(event.phase()) ? "Paused" : "Running";
    ObjectNode after = JsonNodeFactory.instance.objectNode();
    after.put("phase", phase).put("position", event.after().path("position").asInt());
    after.put("stored", 0);
    return event.as(event.host(), action, phase, args, after);
  }
}
