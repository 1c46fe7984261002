package landfall.trial;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import landfall.implementation.Role;

/**
 * The files of a trial in its folder.
 *
 * @param folder {@code trials/NNNN}
 */
public record TrialFiles(Path folder) {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  public Path history() {
    return folder.resolve("history.edn");
  }

  public Path logs() {
    return folder.resolve("log");
  }

  /** What was seen, one line each: reports of the hosts, faults, what passed on the channel. */
  public Path events() {
    return folder.resolve("events.ndjson");
  }

  /** The traces that the hosts wrote; those that exist. */
  public List<Path> traces() {
    List<Path> traces = new ArrayList<>();
    for (Role role : Role.values()) {
      Path trace = logs().resolve("trace-" + role.word() + ".ndjson");
      if (Files.exists(trace)) {
        traces.add(trace);
      }
    }
    return traces;
  }

  void writeSchedule(Schedule schedule) throws IOException {
    Files.writeString(
        folder.resolve("schedule.json"),
        JSON.writer(SerializationFeature.INDENT_OUTPUT).writeValueAsString(schedule) + "\n");
  }

  /** Reads {@code schedule.json}; the message of a failure names file and place. */
  public Schedule readSchedule() throws IOException {
    return read("schedule.json", Schedule.class);
  }

  void writeObservations(Observations observations) throws IOException {
    Files.writeString(
        folder.resolve("observations.json"), JSON.writeValueAsString(observations) + "\n");
  }

  /** Reads {@code observations.json}; the message of a failure names file and place. */
  public Observations readObservations() throws IOException {
    return read("observations.json", Observations.class);
  }

  private <T> T read(String name, Class<T> type) throws IOException {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new IOException(folder + " is not the folder of a trial: it has no " + name);
    }
    try {
      return JSON.readValue(Files.readString(file), type);
    } catch (JsonProcessingException malformed) {
      throw new IOException(
          file + ":" + malformed.getLocation().getLineNr() + ": " + malformed.getOriginalMessage(),
          malformed);
    }
  }

  static String line(Map<String, ?> event) {
    try {
      return JSON.writeValueAsString(event) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not plain values: " + event, e);
    }
  }
}
