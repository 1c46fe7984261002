package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a host says that it serves is what it serves: clients send nothing that is not listed. */
class QmpListingTest extends HostTest {

  @Test
  void eachListedCommandIsServedAndNoOtherIs() throws Exception {
    Operator operator = source().operator;
    Set<String> listed = names(operator.execute("query-commands"), null);
    assertTrue(
        listed.containsAll(
            Set.of("query-commands", "query-qmp-schema", "query-migrate", "migrate", "quit")),
        listed::toString);
    for (String command : listed) {
      // An argument that no command has: the command is known, and is not carried out.
      JsonNode answer =
          operator.ask("{\"execute\":\"" + command + "\",\"arguments\":{\"x-nobody-has-this\":1}}");
      boolean known =
          command.equals("qmp_capabilities")
              ? answer.at("/error/desc").asText().contains("already complete")
              : answer.at("/error/class").asText().equals("GenericError");
      assertTrue(known, () -> command + ": " + answer);
    }
    for (String other : List.of("migrate-continue", "query-name", "x-nobody-has-this", "")) {
      assertFalse(listed.contains(other), other);
      assertEquals(
          "CommandNotFound",
          operator.ask("{\"execute\":\"" + other + "\"}").at("/error/class").asText());
    }
  }

  @Test
  void theSchemaListsTheSameCommandsAndAllTypesThatTheyUse() throws Exception {
    Operator operator = source().operator;
    JsonNode schema = operator.execute("query-qmp-schema");
    assertEquals(names(operator.execute("query-commands"), null), names(schema, "command"));
    Map<String, JsonNode> byName = byName(schema);
    assertEquals(schema.size(), byName.size(), "a name occurs twice");
    for (JsonNode entity : schema) {
      for (String reference : references(entity)) {
        assertTrue(byName.containsKey(reference), () -> entity + " uses " + reference);
      }
    }
  }

  @Test
  void argumentsAreThoseOfTheSchema() throws Exception {
    Operator operator = source().operator;
    JsonNode schema = operator.execute("query-qmp-schema");
    Map<String, JsonNode> byName = byName(schema);
    int arguments = 0;
    for (JsonNode command : schema) {
      if (!command.get("meta-type").asText().equals("command")
          || command.get("name").asText().equals("qmp_capabilities")) {
        continue;
      }
      for (JsonNode member : byName.get(command.get("arg-type").asText()).get("members")) {
        if (member.get("type").asText().equals("any")) {
          continue;
        }
        // An object is no value of any argument: it is refused for its type, not for its name.
        String refusal =
            operator.refusal(
                "{\"execute\":"
                    + command.get("name")
                    + ",\"arguments\":{"
                    + member.get("name")
                    + ":{}}}");
        assertTrue(refusal.matches("Parameter '.*' (must be|is missing).*"), refusal);
        arguments++;
      }
    }
    assertTrue(arguments > 30, "only " + arguments + " arguments");
  }

  @Test
  void answersAndEventsAreOfTheTypesThatTheSchemaTells() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    JsonNode schema = source.operator.execute("query-qmp-schema");
    Map<String, JsonNode> byName = byName(schema);
    for (RunningHost host : List.of(source, destination)) {
      host.operator.execute(
          "migrate-set-capabilities",
          Map.of("capabilities", List.of(Map.of("capability", "events", "state", true))));
      host.operator.execute("migrate-set-parameters", Map.of("announce-rounds", 5));
    }
    assertEquals("completed", source.operator.migrate(destination.address()));
    int answers = 0;
    for (JsonNode command : schema) {
      String name = command.get("name").asText();
      if (command.get("meta-type").asText().equals("command") && name.contains("query-")) {
        for (RunningHost host : List.of(source, destination)) {
          assertFits(host.operator.execute(name), command.get("ret-type").asText(), byName, name);
          answers++;
        }
      }
    }
    assertTrue(answers >= 14, "only " + answers + " answers");
    List<JsonNode> events = new ArrayList<>(source.operator.events);
    events.addAll(destination.operator.events);
    assertTrue(events.stream().anyMatch(event -> event.path("event").asText().equals("MIGRATION")));
    for (JsonNode event : events) {
      String name = event.get("event").asText();
      assertTrue(byName.containsKey(name), () -> "not listed: " + event);
      JsonNode data =
          event.has("data")
              ? event.get("data")
              : com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
      assertFits(data, byName.get(name).get("arg-type").asText(), byName, name);
    }
  }

  private static Set<String> names(JsonNode entities, String metaType) {
    Set<String> names = new TreeSet<>();
    for (JsonNode entity : entities) {
      if (metaType == null || entity.get("meta-type").asText().equals(metaType)) {
        names.add(entity.get("name").asText());
      }
    }
    return names;
  }

  private static Map<String, JsonNode> byName(JsonNode schema) {
    Map<String, JsonNode> byName = new HashMap<>();
    schema.forEach(entity -> byName.put(entity.get("name").asText(), entity));
    return byName;
  }

  private static List<String> references(JsonNode entity) {
    List<String> references = new ArrayList<>();
    for (String member : List.of("arg-type", "ret-type", "element-type")) {
      if (entity.has(member)) {
        references.add(entity.get(member).asText());
      }
    }
    if (entity.get("meta-type").asText().equals("object")) {
      entity.get("members").forEach(member -> references.add(member.get("type").asText()));
      entity.path("variants").forEach(variant -> references.add(variant.get("type").asText()));
    }
    return references;
  }

  /** A second reading of the schema: the checks of the host itself are not used. */
  private static void assertFits(
      JsonNode value, String type, Map<String, JsonNode> byName, String what) {
    JsonNode entity = byName.get(type);
    String metaType = entity.get("meta-type").asText();
    if (metaType.equals("array")) {
      assertTrue(value.isArray(), () -> what + ": " + value);
      value.forEach(each -> assertFits(each, entity.get("element-type").asText(), byName, what));
    } else if (metaType.equals("object")) {
      assertTrue(value.isObject(), () -> what + ": " + value);
      Set<String> left = new TreeSet<>();
      value.fieldNames().forEachRemaining(left::add);
      for (JsonNode member : entity.get("members")) {
        String name = member.get("name").asText();
        assertTrue(left.remove(name) || member.has("default"), () -> what + " lacks " + name);
        if (value.has(name)) {
          assertFits(value.get(name), member.get("type").asText(), byName, what + "." + name);
        }
      }
      assertEquals(Set.of(), left, what);
    } else if (metaType.equals("enum")) {
      List<String> values = new ArrayList<>();
      entity.get("values").forEach(each -> values.add(each.asText()));
      assertTrue(values.contains(value.asText()), () -> what + ": " + value);
    } else {
      boolean fits =
          switch (entity.get("json-type").asText()) {
            case "string" -> value.isTextual();
            case "int" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "value" -> true;
            default -> false;
          };
      assertTrue(fits, () -> what + ": " + value + " is no " + entity);
    }
  }
}
