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

/**
 * The traces of hosts of which some were killed and started again: each life has a file of its own.
 * A host that was killed writes no last word, so whoever killed and started it does: {@code Crash}
 * and {@code Restart}, see docs/protocol.md.
 */
final class RestartTrace {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final Pattern NAME = Pattern.compile("trace-(.*?)(?:\\.(\\d+))?\\.ndjson");

  private RestartTrace() {}

  /**
   * The same traces, with what became of their hosts at the end of a life that another one follows.
   *
   * @param trial name of the trial
   * @param beside a file in the folder where copies go
   */
  static List<Path> of(List<Path> traces, String trial, Path beside) throws IOException {
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
      told.add(
          names.contains("trace-" + host + "." + (life + 1) + ".ndjson")
              ? Files.write(
                  beside.resolveSibling(trial + "-" + trace.getFileName()),
                  withLastWords(trace, host),
                  StandardCharsets.ISO_8859_1)
              : trace);
    }
    return told;
  }

  // What is no event stays as it is, and the reader of traces says what is wrong with it; a last
  // line that the kill has torn apart is none of it.
  private static List<String> withLastWords(Path trace, String host) throws IOException {
    String text = Files.readString(trace, StandardCharsets.ISO_8859_1);
    List<String> lines = new ArrayList<>(text.lines().toList());
    if (!lines.isEmpty() && !text.endsWith("\n") && !isEvent(lines.get(lines.size() - 1))) {
      lines.remove(lines.size() - 1);
    }
    long seq = lines.size();
    lines.add(event(host, seq + 1, "Crash"));
    lines.add(event(host, seq + 2, "Restart"));
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
