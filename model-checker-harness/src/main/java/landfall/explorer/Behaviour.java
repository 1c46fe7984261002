package landfall.explorer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import landfall.tlc.Models;

/** A behaviour of a protocol that the model checker found, as {@code landfall check} wrote it. */
public final class Behaviour {
  private static final Set<String> FAULTS =
      Set.of("CutLink", "ResetConnection", "Crash", "CrashSource", "CrashDestination", "Cancel");

  // Models of liveness have their bounds in the actions, under another name.
  private static final Pattern WITHIN_BOUNDS = Pattern.compile("WithinBounds$");

  private final ExploredProtocol protocol;
  private final String model;
  private final List<Step> steps;

  private Behaviour(ExploredProtocol protocol, String model, List<Step> steps) {
    this.protocol = protocol;
    this.model = model;
    this.steps = List.copyOf(steps);
  }

  /** An action and the state that it led to; the first is {@code Init}. */
  record Step(String action, Map<String, TlaValue> values) {
    TlaState state() {
      var texts = new LinkedHashMap<String, String>();
      values.forEach((variable, value) -> texts.put(variable, value.toString()));
      return new TlaState(texts);
    }

    String text(String variable) {
      return values.get(variable) instanceof TlaValue.Text text ? text.value() : "";
    }
  }

  /**
   * Something that is done to a migration from outside, and when.
   *
   * @param action its name in the specification
   * @param attempt number of the attempt under way; 0 in a protocol without attempts
   * @param message type of the first message that is not delivered yet, or that is sent next; empty
   *     if there is none
   * @param source phase of the source
   * @param round number of the round; 0 in a protocol without rounds
   */
  public record Fault(String action, int attempt, String message, String source, int round) {}

  /**
   * Reads a counterexample.
   *
   * @throws IOException if the file cannot be read, or is a behaviour of no protocol that has a
   *     core; the message says so
   */
  public static Behaviour read(Path file) throws IOException {
    try {
      JsonNode json =
          JsonMapper.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .build()
              .readTree(file.toFile());
      List<Step> steps = new ArrayList<>();
      Map<String, TlaValue> values = new LinkedHashMap<>();
      for (JsonNode step : json.path("steps")) {
        for (Map.Entry<String, JsonNode> each : step.path("changed").properties()) {
          values.put(each.getKey(), TlaParser.value(each.getValue().asText()));
        }
        String action = WITHIN_BOUNDS.matcher(step.path("action").asText()).replaceFirst("");
        steps.add(new Step(action, new LinkedHashMap<>(values)));
      }
      return new Behaviour(protocolOf(steps, file), json.path("model").asText(), steps);
    } catch (JsonProcessingException | TlaSyntaxException malformed) {
      throw new IOException(
          file + ": not a file of landfall check: " + malformed.getMessage(), malformed);
    }
  }

  // The protocols have different variables, so the first state tells whose behaviour it is.
  private static ExploredProtocol protocolOf(List<Step> steps, Path file) throws IOException {
    for (ExploredProtocol protocol : ExploredProtocol.values()) {
      if (!steps.isEmpty()
          && steps.get(0).state().equals(first(protocol, pages(steps), hosts(steps)))) {
        return protocol;
      }
    }
    throw new IOException(
        file
            + ": not a behaviour of one of "
            + Arrays.stream(ExploredProtocol.values())
                .map(ExploredProtocol::module)
                .collect(Collectors.joining(", "))
            + ", as landfall check writes them");
  }

  private static TlaState first(ExploredProtocol protocol, int pages, int hosts) {
    String config =
        Models.configured(protocol.graphModel())
            .config()
            .replaceFirst("(?m)^( *Hosts = ).*$", "$1" + PreCopySteps.names(hosts));
    return first(protocol.core(config, pages, Set.of()));
  }

  private static <W> TlaState first(CoreInWorld<W> core) {
    return core.stateOf(core.initial());
  }

  /** Whose behaviour it is. */
  public ExploredProtocol protocol() {
    return protocol;
  }

  /** Name of the model that has it. */
  public String model() {
    return model;
  }

  /** What is done to the migration, in its order. */
  public List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    for (int i = 1; i < steps.size(); i++) {
      Step before = steps.get(i - 1);
      if (FAULTS.contains(steps.get(i).action())) {
        faults.add(
            protocol == ExploredProtocol.PRE_COPY
                ? ofHosts(before, steps.get(i), undelivered(i - 1))
                : new Fault(
                    steps.get(i).action(),
                    number(before, "attempt"),
                    undelivered(i - 1),
                    before.text("source"),
                    number(before, "round")));
      }
    }
    return faults;
  }

  // Roles are those of the latest attempt.
  private static Fault ofHosts(Step before, Step after, String message) {
    String source = last(before, "from");
    String action = after.action();
    if (action.equals("Crash")) {
      boolean atSource = String.valueOf(after.values().get("crashed")).contains('"' + source + '"');
      action = atSource ? "CrashSource" : "CrashDestination";
    }
    int attempts =
        before.values().get("from") instanceof TlaValue.Tuple from ? from.items().size() : 0;
    String round = at(before, "round", source).map(TlaValue::toString).orElse("0");
    String phase =
        at(before, "phase", source).map(value -> value.toString().replace("\"", "")).orElse("");
    return new Fault(action, attempts, message, phase, Integer.parseInt(round));
  }

  private static String last(Step step, String variable) {
    return step.values().get(variable) instanceof TlaValue.Tuple tuple
            && !tuple.items().isEmpty()
            && tuple.items().get(tuple.items().size() - 1) instanceof TlaValue.Text text
        ? text.value()
        : "";
  }

  private static Optional<TlaValue> at(Step step, String variable, String host) {
    return step.values().get(variable) instanceof TlaValue.Function perHost
        ? Optional.ofNullable(perHost.sorted().get(TlaValue.text(host)))
        : Optional.empty();
  }

  List<Step> steps() {
    return steps;
  }

  int pages() {
    return pages(steps);
  }

  /** Pages of the guest: the memory of each host has each. */
  private static int pages(List<Step> steps) {
    return !steps.isEmpty()
            && steps.get(0).values().get("memory") instanceof TlaValue.Function hosts
            && !hosts.sorted().isEmpty()
            && hosts.sorted().values().iterator().next() instanceof TlaValue.Function versions
        ? versions.sorted().size()
        : 1;
  }

  /** How many hosts there are, where hosts are a set. */
  private static int hosts(List<Step> steps) {
    return steps.get(0).values().get("phase") instanceof TlaValue.Function hosts
        ? Math.max(2, hosts.sorted().size())
        : 2;
  }

  private String undelivered(int from) {
    for (Step step : steps.subList(from, steps.size())) {
      for (String direction : List.of("back", "forward")) {
        Optional<String> message = firstMessage(step.values().get(direction));
        if (message.isPresent()) {
          return message.get();
        }
      }
    }
    return "";
  }

  /**
   * Type of the first message of the latest connection that has one, or of the only stream, in a
   * protocol without connections.
   */
  private static Optional<String> firstMessage(TlaValue connections) {
    if (connections instanceof TlaValue.Tuple attempts) {
      for (int i = attempts.items().size() - 1; i >= 0; i--) {
        if (attempts.items().get(i) instanceof TlaValue.Tuple messages
            && !messages.items().isEmpty()
            && type(messages.items().get(0)).isPresent()) {
          return type(messages.items().get(0));
        }
      }
      return attempts.items().isEmpty() ? Optional.empty() : type(attempts.items().get(0));
    }
    return Optional.empty();
  }

  private static Optional<String> type(TlaValue message) {
    return message instanceof TlaValue.Function fields
            && fields.sorted().get(TlaValue.text("type")) instanceof TlaValue.Text type
        ? Optional.of(type.value())
        : Optional.empty();
  }

  private static int number(Step step, String variable) {
    return step.values().get(variable) instanceof TlaValue.Number number
        ? Integer.parseInt(number.toString())
        : 0;
  }
}
