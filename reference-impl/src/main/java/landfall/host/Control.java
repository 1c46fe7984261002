package landfall.host;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The commands of the control protocol, for one host. */
final class Control implements QmpServer.Commands {
  private static final String EVENTS = "events";

  private final Side side;
  private final Guest guest;
  private final Settings settings;
  private final Runnable onQuit;

  Control(Side side, Guest guest, Settings settings, Runnable onQuit) {
    this.side = side;
    this.guest = guest;
    this.settings = settings;
    this.onQuit = onQuit;
  }

  /** In the form of {@code query-version}. */
  static Map<String, Object> version() {
    return Map.of(
        "qemu", Map.of("major", 0, "minor", 1, "micro", 0), "package", "landfall reference");
  }

  @Override
  public Object execute(String command, JsonNode arguments)
      throws QmpServer.RefusedException, IOException {
    try {
      return switch (command) {
        case "qmp_capabilities" -> Map.of();
        case "query-version" -> version();
        case "query-status" -> {
          String state = side.runState();
          yield Map.of("status", state, "running", state.equals("running"), "singlestep", false);
        }
        case "stop" -> {
          guest.stopByOperator();
          yield Map.of();
        }
        case "cont" -> {
          side.continueGuest();
          yield Map.of();
        }
        case "migrate" -> {
          only(arguments, "uri", "detach");
          side.migrate(HostAddress.parse(string(arguments, "uri")));
          yield Map.of();
        }
        case "migrate-incoming" -> {
          only(arguments, "uri");
          side.listen(HostAddress.parse(string(arguments, "uri")));
          yield Map.of();
        }
        case "migrate_cancel" -> {
          side.cancel();
          yield Map.of();
        }
        case "migrate-set-capabilities" -> setCapabilities(arguments);
        case "query-migrate-capabilities" ->
            List.of(Map.of("capability", EVENTS, "state", settings.migrationEvents));
        case "migrate-set-parameters" -> setParameters(arguments);
        case "query-migrate-parameters" ->
            Map.of(
                "max-bandwidth",
                settings.bandwidthMax,
                "downtime-limit",
                settings.downtimeLimitMillis);
        case "query-migrate" -> side.queryMigrate();
        case "x-landfall-status" -> side.status();
        case "pmemsave" -> {
          only(arguments, "val", "size", "filename");
          guest.saveMemory(
              number(arguments, "val"),
              number(arguments, "size"),
              Path.of(string(arguments, "filename")));
          yield Map.of();
        }
        case "quit" -> {
          onQuit.run();
          yield Map.of();
        }
        default ->
            throw new QmpServer.RefusedException(
                "CommandNotFound", "The command " + command + " has not been found");
      };
    } catch (Side.RefusedException refused) {
      throw QmpServer.RefusedException.generic(refused.getMessage());
    }
  }

  private Object setCapabilities(JsonNode arguments) throws QmpServer.RefusedException {
    only(arguments, "capabilities");
    for (JsonNode each : arguments.path("capabilities")) {
      String name = each.path("capability").asText();
      if (!name.equals(EVENTS)) {
        throw QmpServer.RefusedException.generic(
            "capability '" + name + "': '" + EVENTS + "' is accepted");
      }
      settings.migrationEvents = each.path("state").asBoolean();
    }
    return Map.of();
  }

  private Object setParameters(JsonNode arguments) throws QmpServer.RefusedException {
    only(arguments, "max-bandwidth", "downtime-limit");
    if (arguments.has("max-bandwidth")) {
      settings.bandwidthMax = number(arguments, "max-bandwidth");
    }
    if (arguments.has("downtime-limit")) {
      settings.downtimeLimitMillis = number(arguments, "downtime-limit");
    }
    return Map.of();
  }

  private static void only(JsonNode arguments, String... accepted)
      throws QmpServer.RefusedException {
    List<String> names = new ArrayList<>();
    arguments.fieldNames().forEachRemaining(names::add);
    names.removeAll(Set.of(accepted));
    if (!names.isEmpty()) {
      throw QmpServer.RefusedException.generic(
          "Parameter '"
              + names.get(0)
              + "' is unexpected: accepted are "
              + String.join(", ", accepted));
    }
  }

  private static String string(JsonNode arguments, String name) throws QmpServer.RefusedException {
    if (!arguments.path(name).isTextual()) {
      throw QmpServer.RefusedException.generic("Parameter '" + name + "' must be a string");
    }
    return arguments.get(name).textValue();
  }

  private static long number(JsonNode arguments, String name) throws QmpServer.RefusedException {
    JsonNode value = arguments.path(name);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw QmpServer.RefusedException.generic(
          "Parameter '" + name + "' must be a whole number from 0");
    }
    return value.longValue();
  }
}
