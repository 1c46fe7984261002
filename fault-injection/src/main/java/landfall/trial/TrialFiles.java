package landfall.trial;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

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
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private static final Pattern TRACE = Pattern.compile("trace-[A-Za-z0-9-]+(\\.[0-9]+)?\\.ndjson");

  private static final Pattern COMPANION = Pattern.compile("companion(\\.[0-9]+)?\\.ndjson");

  public Path history() {
    return folder.resolve("history.edn");
  }

  public Path logs() {
    return folder.resolve("log");
  }

  /** What an outsider saw, in the words of {@code TraceLiveMigration}; see the trace judge. */
  public Path observed() {
    return folder.resolve("observed.ndjson");
  }

  /** What passed on the channel in the words of QEMU; it need not exist. */
  public Path qemuStream() {
    return folder.resolve("qemu-stream.ndjson");
  }

  /** How many events the traces hold, those of the hosts and that of the outsider. */
  public long traceEvents() throws IOException {
    long events = 0;
    List<Path> traces = new ArrayList<>(traces());
    traces.add(observed());
    for (Path trace : traces) {
      if (Files.exists(trace)) {
        events += lines(trace);
      }
    }
    return events;
  }

  // What a host writes need not be text.
  private static long lines(Path file) throws IOException {
    long lines = 0;
    try (var in = new BufferedInputStream(Files.newInputStream(file))) {
      for (int each = in.read(); each >= 0; each = in.read()) {
        lines += each == '\n' ? 1 : 0;
      }
    }
    return lines;
  }

  /** What was seen, one line each: reports of the hosts, faults, what passed on the channel. */
  public Path events() {
    return folder.resolve("events.ndjson");
  }

  /** The traces that hosts wrote, in the order of the hosts. */
  public List<Path> traces() throws IOException {
    if (!Files.isDirectory(logs())) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(logs())) {
      return all.filter(file -> TRACE.matcher(file.getFileName().toString()).matches())
          .sorted(
              Comparator.comparing(OlderEvidence::isOfSource)
                  .reversed()
                  .thenComparing(file -> file.getFileName().toString().replace(".ndjson", "")))
          .toList();
    }
  }

  /**
   * The traces that a process beside the hosts wrote, one for each of its lives, in their order.
   */
  public List<Path> companionTraces() throws IOException {
    if (!Files.isDirectory(logs())) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(logs())) {
      return all.filter(file -> COMPANION.matcher(file.getFileName().toString()).matches())
          .sorted(
              Comparator.comparing(file -> file.getFileName().toString().replace(".ndjson", "")))
          .toList();
    }
  }

  /**
   * The same, in which every host has a name of its own. What has to be changed for it is written
   * beside a file.
   *
   * @param beside a file in a folder of the judge
   */
  public List<Path> tracesOfNamedHosts(Path beside) throws IOException {
    List<Path> named = new ArrayList<>();
    for (Path trace : traces()) {
      named.add(
          OlderEvidence.isOfSecondDestination(trace)
              ? OlderEvidence.renamed(
                  trace, beside.resolveSibling(folder.getFileName() + "-" + trace.getFileName()))
              : trace);
    }
    return named;
  }

  /** Removes what an interrupted trial left here, and writes the schedule. */
  void begin(Schedule schedule) throws IOException {
    deleteBelow(folder);
    Files.createDirectories(logs());
    Files.writeString(
        folder.resolve("schedule.json"),
        JSON.writer(SerializationFeature.INDENT_OUTPUT).writeValueAsString(schedule) + "\n");
  }

  /** Reads {@code schedule.json}; the message of a failure names file and place. */
  public Schedule readSchedule() throws IOException {
    return read("schedule.json", Schedule.class, OlderEvidence::schedule);
  }

  /** Writes what was seen: for programs as a whole, and for readers line by line. */
  void writeObservations(Observations observations) throws IOException {
    Files.writeString(
        folder.resolve("observations.json"), JSON.writeValueAsString(observations) + "\n");
    List<Map<String, Object>> lines = new ArrayList<>();
    observations
        .timeline()
        .forEach(
            seen ->
                lines.add(event(seen.atMillis(), seen.host(), seen.kind().name(), seen.text())));
    observations
        .faults()
        .forEach(
            fault ->
                lines.add(
                    event(
                        fault.atMillis(),
                        "channel",
                        "FAULT",
                        fault.kind() + " at " + fault.phase() + ": " + fault.evidence())));
    observations
        .incidents()
        .forEach(each -> lines.add(event(each.atMillis(), each.host(), "INCIDENT", each.what())));
    observations.stream()
        .forEach(
            passed ->
                lines.add(
                    event(
                        passed.atNanos() / 1e6,
                        "channel",
                        "PASSED",
                        passed.connection() + " " + passed.direction() + " " + passed.label())));
    lines.sort(Comparator.comparingDouble(line -> (Double) line.get("atMillis")));
    var text = new StringBuilder();
    for (Map<String, Object> line : lines) {
      text.append(JSON.writeValueAsString(line)).append('\n');
    }
    Files.writeString(events(), text);
  }

  private static Map<String, Object> event(double atMillis, String host, String kind, String text) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("atMillis", atMillis);
    event.put("host", host);
    event.put("kind", kind);
    event.put("text", text);
    return event;
  }

  static void deleteBelow(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        if (!each.equals(folder)) {
          Files.deleteIfExists(each);
        }
      }
    }
  }

  /** Reads {@code observations.json}; the message of a failure names file and place. */
  public Observations readObservations() throws IOException {
    return read("observations.json", Observations.class, OlderEvidence::observations);
  }

  private <T> T read(String name, Class<T> type, UnaryOperator<JsonNode> upToDate)
      throws IOException {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new IOException(folder + " is not the folder of a trial: it has no " + name);
    }
    try {
      T value = JSON.treeToValue(upToDate.apply(JSON.readTree(Files.readString(file))), type);
      if (value == null) {
        throw new IOException(file + " must hold an object, and holds null");
      }
      return value;
    } catch (JsonProcessingException malformed) {
      String line =
          malformed.getLocation() == null || malformed.getLocation().getLineNr() < 1
              ? ""
              : ":" + malformed.getLocation().getLineNr();
      String what =
          malformed.getCause() instanceof NullPointerException
              ? "a value is null or missing"
              : malformed.getOriginalMessage();
      throw new IOException(file + line + ": " + what, malformed);
    }
  }
}
