package landfall.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.evidence.FaultResult;
import landfall.evidence.HostEvent;
import landfall.evidence.MessageSeen;

/**
 * The space-time picture of a counterexample, read from what the model checker found: the phases of
 * the hosts, and the messages that its streams {@code forward} and {@code back} gained and lost.
 * Time is the number of the state.
 */
final class CounterexamplePicture {
  private static final List<String> HOSTS = List.of("source", "destination");
  private static final Pattern FAULT = Pattern.compile("(Cut|Heal|Reset|Lose|Crash).*");

  /** Steps that end a stream: what it still held is lost, although nobody cut anything. */
  private static final Pattern ENDS_STREAM =
      Pattern.compile("(Abort|Cancel|GiveUp|Discard|Start|Reclaim|ResumeUnacknowledged).*");

  private static final Pattern TYPE = Pattern.compile("type \\|-> \"(\\w+)\"");

  /** A message that was sent and has not arrived. */
  private record Underway(String message, int sentIn) {}

  private final Map<Integer, String> actions = new HashMap<>();
  private final List<HostEvent> events = new ArrayList<>();
  private final List<MessageSeen> messages = new ArrayList<>();
  private final List<FaultResult> faults = new ArrayList<>();
  private final Map<String, Deque<Underway>> underway = new LinkedHashMap<>();

  private CounterexamplePicture() {}

  /**
   * The picture as an svg element; empty if there are no hosts in it.
   *
   * @param json what {@code landfall check} wrote
   */
  static String of(String json) {
    try {
      return new CounterexamplePicture()
          .draw(
              JsonMapper.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build()
                  .readTree(json));
    } catch (JsonProcessingException notOurs) {
      return "";
    }
  }

  private String draw(JsonNode file) {
    int state = 0;
    for (JsonNode step : file.path("steps")) {
      take(++state, step);
    }
    underway.forEach((stream, left) -> left.forEach(each -> message(stream, each, null)));
    if (events.isEmpty()) {
      return "";
    }
    return SpaceTimePicture.of(
        file.path("model").asText(),
        events,
        messages,
        faults,
        moment -> (int) moment + " " + actions.getOrDefault((int) moment, ""));
  }

  private void take(int state, JsonNode step) {
    String action = step.path("action").asText();
    actions.put(state, state == 1 ? "" : action);
    if (FAULT.matcher(action).matches()) {
      faults.add(new FaultResult(action, "model", state, true, "a step of the model"));
    }
    JsonNode changed = step.path("changed");
    for (String host : HOSTS) {
      if (changed.has(host)) {
        String phase = changed.path(host).asText().replace("\"", "");
        events.add(new HostEvent(host, state, phase, HostEvent.Kind.PHASE));
      }
    }
    for (String direction : List.of("forward", "back")) {
      if (changed.has(direction)) {
        List<String> connections = connections(changed.path(direction).asText());
        for (int i = 0; i < connections.size(); i++) {
          flow(direction + i, messages(connections.get(i)), state);
        }
      }
    }
  }

  /** What a stream held before and holds now: first in, first out; the last may be lost. */
  private void flow(String stream, List<String> now, int state) {
    Deque<Underway> before = underway.computeIfAbsent(stream, name -> new ArrayDeque<>());
    while (before.size() > now.size()
        || !now.subList(0, before.size()).equals(before.stream().map(Underway::message).toList())) {
      boolean received =
          !FAULT.matcher(actions.get(state)).matches()
              && !ENDS_STREAM.matcher(actions.get(state)).matches()
              && now.size() >= before.size() - 1
              && before.stream()
                  .skip(1)
                  .map(Underway::message)
                  .toList()
                  .equals(now.subList(0, before.size() - 1));
      Underway gone = received ? before.pollFirst() : before.pollLast();
      message(stream, gone, received ? (double) state : null);
    }
    now.subList(before.size(), now.size())
        .forEach(message -> before.addLast(new Underway(message, state)));
  }

  private void message(String stream, Underway message, Double receivedIn) {
    boolean forward = stream.startsWith("forward");
    Matcher type = TYPE.matcher(message.message());
    messages.add(
        new MessageSeen(
            HOSTS.get(forward ? 0 : 1),
            HOSTS.get(forward ? 1 : 0),
            message.sentIn(),
            receivedIn,
            type.find() ? type.group(1) : ""));
  }

  /** The streams of a value: one for each attempt, or a single one. */
  private static List<String> connections(String value) {
    List<String> items = items(value);
    return items.stream().allMatch(item -> item.startsWith("<<")) && !items.isEmpty()
        ? items
        : List.of(value);
  }

  private static List<String> messages(String stream) {
    return items(stream).stream().filter(item -> TYPE.matcher(item).find()).toList();
  }

  /** The items of a sequence as the model checker writes it. */
  private static List<String> items(String sequence) {
    String text = sequence.strip();
    List<String> items = new ArrayList<>();
    if (!text.startsWith("<<") || !text.endsWith(">>") || text.length() < 4) {
      return items;
    }
    int depth = 0;
    int from = 2;
    for (int i = 2; i < text.length() - 2; i++) {
      char c = text.charAt(i);
      depth += "[({<".indexOf(c) >= 0 ? 1 : "])}>".indexOf(c) >= 0 && !arrow(text, i) ? -1 : 0;
      if (c == ',' && depth == 0) {
        items.add(text.substring(from, i).strip());
        from = i + 1;
      }
    }
    String last = text.substring(from, text.length() - 2).strip();
    if (!last.isEmpty()) {
      items.add(last);
    }
    return items;
  }

  /** The end of {@code |->} or {@code :>} closes nothing. */
  private static boolean arrow(String text, int at) {
    char before = text.charAt(at - 1);
    return text.charAt(at) == '>' && (before == '-' || before == ':');
  }
}
