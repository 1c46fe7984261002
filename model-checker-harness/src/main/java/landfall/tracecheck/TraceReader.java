package landfall.tracecheck;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads events, one JSON object a line. */
final class TraceReader {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  private final Path file;
  private final Kind kind;
  private final InputStream in;
  private final Map<String, String> names = new HashMap<>();
  private final byte[] chunk = new byte[1 << 16];
  private int at;
  private int filled;
  private byte[] line = new byte[1024];
  private long offset;
  private long begin;
  private int length;
  private int number;
  private boolean ended;

  private TraceReader(Path file, Kind kind, InputStream in) {
    this.file = file;
    this.kind = kind;
    this.in = in;
  }

  /** What {@link #read} is to look at. */
  enum Kind {
    /** Events of hosts that do pre-copy: all that they say has a field. */
    PRE_COPY,
    /** Events of hosts that do another protocol. */
    HOSTS,
    /** What an outsider saw. */
    OBSERVED
  }

  /** Events of one file in its order. A last line that a kill has torn apart is left out. */
  static List<TraceEvent> read(Path file, Kind kind) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new MalformedTraceException("there is no trace file " + file);
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new TraceReader(file, kind, in).events();
    }
  }

  private List<TraceEvent> events() throws IOException {
    List<TraceEvent> events = new ArrayList<>();
    Map<String, Long> last = new HashMap<>();
    while (nextLine()) {
      String text = new String(line, 0, length, StandardCharsets.UTF_8).strip();
      if (text.isEmpty()) {
        continue;
      }
      JsonNode node;
      try {
        node = JSON.readTree(text);
      } catch (JsonProcessingException malformed) {
        if (!ended) {
          return events;
        }
        throw new MalformedTraceException(
            file + " line " + number + " is no JSON object: " + malformed.getOriginalMessage());
      }
      TraceEvent event = event(node);
      if (event.seq() > 0) {
        long before = last.getOrDefault(event.host(), 0L);
        if (event.seq() != before + 1) {
          throw new MalformedTraceException(
              file
                  + " line "
                  + number
                  + ": event "
                  + event.seq()
                  + " of "
                  + event.host()
                  + " follows event "
                  + before
                  + "; a trace must not have holes");
        }
        last.put(event.host(), event.seq());
      }
      events.add(event);
    }
    return events;
  }

  /** Whether there is a line; {@code ended} says whether the file goes on to the end of it. */
  private boolean nextLine() throws IOException {
    begin = offset;
    length = 0;
    ended = false;
    while (!ended && (at < filled || fill())) {
      int end = at;
      while (end < filled && chunk[end] != '\n') {
        end++;
      }
      int more = end - at;
      if (length + more > line.length) {
        line = Arrays.copyOf(line, Math.max(2 * line.length, length + more));
      }
      System.arraycopy(chunk, at, line, length, more);
      length += more;
      ended = end < filled;
      at = ended ? end + 1 : end;
    }
    offset = begin + length + (ended ? 1 : 0);
    number++;
    return offset > begin;
  }

  private boolean fill() throws IOException {
    at = 0;
    filled = Math.max(0, in.read(chunk));
    return filled > 0;
  }

  private TraceEvent event(JsonNode node) {
    String where = TraceEvent.where(file, number);
    boolean hostsOnly = kind != Kind.OBSERVED;
    if (!node.isObject()) {
      throw new MalformedTraceException(where + " is no JSON object");
    }
    JsonNode args = node.path("args");
    JsonNode after = node.path("after");
    String host = text(where, node, "host", hostsOnly);
    if (!host.isEmpty()) {
      host(where, host);
    }
    String peer = host.equals(TraceEvent.SOURCE) ? TraceEvent.DESTINATION : TraceEvent.SOURCE;
    int attemptInArgs = number(where, args, "attempt", 0);
    int attemptAfter = number(where, after, "attempt", -1);
    List<Integer> dirty = new ArrayList<>();
    for (JsonNode page : args.path("dirty")) {
      if (!page.isInt()) {
        throw new MalformedTraceException(where + ": dirty must be a list of page numbers");
      }
      dirty.add(page.intValue());
    }
    return new TraceEvent(
        file,
        number,
        begin,
        length,
        once(host),
        number(where, node, "seq", 0),
        number(where, node.path("clock"), peer, 0),
        once(text(where, node, "action", true)),
        attemptInArgs > 0 ? attemptInArgs : Math.max(0, attemptAfter),
        attemptInArgs > 0,
        number(where, args, "page", -1),
        number(where, args, "frame", -1),
        number(where, args, "sent", -1),
        List.copyOf(dirty),
        args.path("taken").asBoolean(false),
        hostsOnly ? once(text(where, after, "phase", true)) : "",
        attemptAfter,
        number(where, after, "accepted", -1),
        number(where, after, "round", -1),
        number(where, node, "step", -1),
        text(where, node, "status", false),
        kind == Kind.PRE_COPY ? MissingNode.getInstance() : args,
        kind == Kind.PRE_COPY ? MissingNode.getInstance() : after);
  }

  /** The same name, in memory once: a million events have few. */
  private String once(String name) {
    return names.computeIfAbsent(name, same -> same);
  }

  /** The name, if it is one. */
  static String host(String where, String name) {
    if (!HOST.matcher(name).matches()) {
      throw new MalformedTraceException(
          where + ": a host has a name of letters, digits, '.', '_' and '-', not '" + name + "'");
    }
    return name;
  }

  private static String text(String where, JsonNode node, String field, boolean needed) {
    JsonNode value = node.path(field);
    if (value.isTextual()) {
      return value.textValue();
    }
    if (needed || !value.isMissingNode()) {
      throw new MalformedTraceException(where + ": " + field + " must be a string");
    }
    return "";
  }

  private static int number(String where, JsonNode node, String field, int otherwise) {
    JsonNode value = node.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.canConvertToInt() || !value.isIntegralNumber()) {
      throw new MalformedTraceException(where + ": " + field + " must be a number");
    }
    return value.intValue();
  }
}
