package landfall.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.trial.Observations;

/**
 * The traces of hosts of which some were killed, and some of these started again: each life has a
 * file of its own. A host that was killed writes no last word, so whoever killed it does: {@code
 * Crash}, and {@code Restart} if there is another life; see docs/protocol.md.
 */
final class CrashTrace {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final Pattern NAME = Pattern.compile("trace-(.*?)(?:\\.(\\d+))?\\.ndjson");

  private CrashTrace() {}

  /**
   * The same traces, with what became of their hosts at the end of each life.
   *
   * @param seen which hosts were killed
   * @param trial name of the trial
   * @param beside a file in the folder where copies go
   */
  static List<Path> of(List<Path> traces, Observations seen, String trial, Path beside)
      throws IOException {
    Set<String> names = new HashSet<>();
    traces.forEach(trace -> names.add(trace.getFileName().toString()));
    List<Path> told = new ArrayList<>();
    for (Path trace : traces) {
      Matcher name = NAME.matcher(trace.getFileName().toString());
      if (!name.matches()) {
        told.add(trace);
        continue;
      }
      int life = name.group(2) == null ? 1 : Integer.parseInt(name.group(2));
      String host = name.group(1);
      boolean again = names.contains("trace-" + host + "." + (life + 1) + ".ndjson");
      boolean killed =
          again || seen.faults().stream().filter(fault -> Fate.killed(fault, host)).count() >= life;
      List<String> lines = killed ? toldBeforeKill(trace) : List.of();
      if (!again && lines.isEmpty()) {
        told.add(trace);
        continue;
      }
      lines.add(event(host, lines.size() + 1, "Crash"));
      if (again) {
        lines.add(event(host, lines.size() + 1, "Restart"));
      }
      Path copy = beside.resolveSibling(trial + "-" + trace.getFileName());
      told.add(Files.write(copy, lines, StandardCharsets.ISO_8859_1));
    }
    return told;
  }

  // What is no event stays as it is, and the reader of traces says what is wrong with it; a last
  // line that the kill has torn apart is none of it.
  private static List<String> toldBeforeKill(Path trace) throws IOException {
    String text = Files.readString(trace, StandardCharsets.ISO_8859_1);
    List<String> lines = new ArrayList<>(text.lines().toList());
    if (!lines.isEmpty() && !text.endsWith("\n") && !isEvent(lines.get(lines.size() - 1))) {
      lines.remove(lines.size() - 1);
    }
    return lines;
  }

  private static boolean isEvent(String line) {
    try {
      return JSON.readTree(line) instanceof ObjectNode;
    } catch (JsonProcessingException torn) {
      return false;
    }
  }

  /** It has nothing, as {@code PreCopy!Crash} leaves it. */
  private static String event(String host, long seq, String action) {
    ObjectNode event = JSON.createObjectNode();
    event.put("host", host).put("seq", seq);
    event.putObject("clock").put(host, seq);
    event.put("action", action).putObject("args");
    event
        .putObject("after")
        .put("phase", "Waiting")
        .put("attempt", 0)
        .put("accepted", 0)
        .put("round", 0);
    return event.toString();
  }
}
