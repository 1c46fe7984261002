package landfall.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import landfall.trial.Observations;
import landfall.trial.Schedule;
import landfall.trial.TrialFiles;

/**
 * The traces of hosts that do post-copy. The two hosts of one migration are called {@code source}
 * and {@code destination}, as in the specification; more hosts, or those of more migrations, keep
 * their names. A host that was killed writes no last word, so whoever killed it does: see
 * docs/protocol.md.
 */
final class RoleTrace {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private RoleTrace() {}

  /** Whether the migrations are such that the hosts keep their roles. */
  static boolean hasRoles(TrialFiles trial, Schedule schedule) throws IOException {
    return schedule.migrations().size() == 1 && trial.traces().size() <= 2;
  }

  /**
   * Writes the traces.
   *
   * @param beside a file in the folder where they go
   */
  static List<Path> write(TrialFiles trial, Schedule schedule, Observations seen, Path beside)
      throws IOException {
    boolean roles = hasRoles(trial, schedule);
    String first = schedule.migrations().get(0).from();
    List<Path> written = new ArrayList<>();
    for (Path trace : trial.traces()) {
      String name = trace.getFileName().toString().replaceAll("^trace-|\\.ndjson$", "");
      boolean source = name.equals(first);
      boolean killed = seen.faults().stream().anyMatch(fault -> Fate.killed(fault, name));
      String told = !roles ? name : source ? "source" : "destination";
      List<String> lines = renamed(trace, name, told);
      if (killed && !lines.isEmpty()) {
        String action = !roles ? "Crash" : source ? "CrashSource" : "CrashDestination";
        lines.add(crash(lines.get(lines.size() - 1), action));
      }
      Path copy = beside.resolveSibling(trial.folder().getFileName() + "-" + told + ".ndjson");
      written.add(Files.write(copy, lines, StandardCharsets.ISO_8859_1));
    }
    return written;
  }

  /**
   * Of a store beside the hosts, each of its lives in a file of its own. A life in which it told
   * nothing more is none: the last one that did then ends with its death.
   *
   * @return in the order of its lives; nothing if there is no such trace
   */
  static List<Path> store(TrialFiles trial, Path beside) throws IOException {
    List<List<String>> lives = new ArrayList<>();
    boolean silent = false;
    for (Path trace : trial.companionTraces()) {
      List<String> lines = renamed(trace, "store", "store");
      silent = lines.isEmpty();
      if (!silent) {
        lives.add(lines);
      }
    }
    if (silent && !lives.isEmpty()) {
      List<String> last = lives.get(lives.size() - 1);
      last.add(crash(last.get(last.size() - 1), "CrashStore"));
    }
    List<Path> written = new ArrayList<>();
    for (List<String> lines : lives) {
      String life = written.isEmpty() ? "" : "." + (written.size() + 1);
      Path copy = beside.resolveSibling(trial.folder().getFileName() + "-store" + life + ".ndjson");
      written.add(Files.write(copy, lines, StandardCharsets.ISO_8859_1));
    }
    return written;
  }

  // What is no event stays as it is: the reader of traces says what is wrong with it. A last line
  // that a kill has torn apart is no event either, and is left out as the reader would.
  private static List<String> renamed(Path trace, String name, String role) throws IOException {
    List<String> lines = new ArrayList<>();
    String text = Files.readString(trace, StandardCharsets.ISO_8859_1);
    List<String> told = text.lines().toList();
    for (int i = 0; i < told.size(); i++) {
      try {
        JsonNode event = JSON.readTree(told.get(i));
        if (event instanceof ObjectNode object && object.path("host").asText().equals(name)) {
          object.put("host", role);
          if (object.path("clock") instanceof ObjectNode clock && clock.has(name)) {
            clock.set(role, clock.remove(name));
          }
        }
        lines.add(event.toString());
      } catch (JsonProcessingException malformed) {
        if (i < told.size() - 1 || text.endsWith("\n")) {
          lines.add(told.get(i));
        }
      }
    }
    return lines;
  }

  /** A host is after its end what it was before. */
  private static String crash(String last, String action) throws IOException {
    if (!(JSON.readTree(last) instanceof ObjectNode event)) {
      return last;
    }
    long seq = event.path("seq").asLong() + 1;
    event.put("seq", seq).put("action", action).remove("args");
    event.putObject("args");
    if (event.path("clock") instanceof ObjectNode clock) {
      clock.put(event.path("host").asText(), seq);
    }
    return event.toString();
  }
}
