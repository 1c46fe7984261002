package landfall.trial;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Files of trials from before hosts had names: there was one migration, from {@code source} to
 * {@code destination}. They are read as if written today.
 */
final class OlderEvidence {
  static final String SOURCE = "source";
  static final String DESTINATION = "destination";

  private OlderEvidence() {}

  static boolean isOfSource(Path trace) {
    return trace.getFileName().toString().equals("trace-" + SOURCE + ".ndjson");
  }

  /** The host that took the place of a killed destination had its name. */
  static boolean isOfSecondDestination(Path trace) {
    return trace.getFileName().toString().equals("trace-" + DESTINATION + "-2.ndjson");
  }

  /** Gives it a name of its own, in a copy. */
  static Path renamed(Path trace, Path copy) throws IOException {
    // As bytes: what a host writes need not be text.
    String text = Files.readString(trace, StandardCharsets.ISO_8859_1);
    return Files.writeString(
        copy,
        text.replace("\"host\":\"" + DESTINATION + "\"", "\"host\":\"" + DESTINATION + "-2\""),
        StandardCharsets.ISO_8859_1);
  }

  static JsonNode schedule(JsonNode schedule) {
    if (schedule instanceof ObjectNode object && object.hasNonNull("faults")) {
      JsonNode faults = object.remove("faults");
      object
          .putArray("migrations")
          .addObject()
          .put("from", Schedule.FIRST)
          .put("to", Schedule.SECOND)
          .set("faults", faults);
    }
    if (schedule instanceof ObjectNode object && !object.has("mode")) {
      // Before there were modes every guest was moved by pre-copy.
      object.put("mode", Mode.PRECOPY.word());
    }
    return schedule;
  }

  static JsonNode observations(JsonNode observations) {
    for (JsonNode attempt : observations.path("attempts")) {
      if (attempt instanceof ObjectNode object && !object.has("from")) {
        object.put("from", SOURCE).put("to", DESTINATION);
      }
    }
    if (observations.path("end") instanceof ObjectNode end && end.has("sourceAlive")) {
      ArrayNode hosts = end.putArray("hosts");
      for (String host : new String[] {SOURCE, DESTINATION}) {
        hosts
            .addObject()
            .put("name", host)
            .put("alive", end.path(host + "Alive").asBoolean())
            .put("runState", end.path(host + "RunState").asText())
            .put("migration", end.path(host + "Migration").asText());
      }
    }
    return observations;
  }
}
