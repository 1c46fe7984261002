package landfall.tracecheck;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads events, one JSON object a line. */
final class TraceReader {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  private TraceReader() {}

  /** Events of one file in its order. A last line that a kill has torn apart is left out. */
  static List<TraceEvent> read(Path file, boolean hostsOnly) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new MalformedTraceException("there is no trace file " + file);
    }
    byte[] bytes = Files.readAllBytes(file);
    List<TraceEvent> events = new ArrayList<>();
    Map<String, Long> last = new HashMap<>();
    int number = 0;
    int begin = 0;
    while (begin < bytes.length) {
      int end = begin;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      number++;
      String line = new String(bytes, begin, end - begin, StandardCharsets.UTF_8).strip();
      begin = end + 1;
      if (line.isEmpty()) {
        continue;
      }
      String where = file.getFileName() + " line " + number;
      JsonNode node;
      try {
        node = JSON.readTree(line);
      } catch (JsonProcessingException malformed) {
        if (end == bytes.length) {
          return events;
        }
        throw new MalformedTraceException(
            file + " line " + number + " is no JSON object: " + malformed.getOriginalMessage());
      }
      TraceEvent event = event(where, node, line, hostsOnly);
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

  private static TraceEvent event(String where, JsonNode node, String line, boolean hostsOnly) {
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
        where,
        host,
        number(where, node, "seq", 0),
        number(where, node.path("clock"), peer, 0),
        text(where, node, "action", true),
        attemptInArgs > 0 ? attemptInArgs : Math.max(0, attemptAfter),
        attemptInArgs > 0,
        number(where, args, "page", -1),
        number(where, args, "frame", -1),
        number(where, args, "sent", -1),
        dirty,
        args.path("taken").asBoolean(false),
        hostsOnly ? text(where, after, "phase", true) : "",
        attemptAfter,
        number(where, after, "accepted", -1),
        number(where, after, "round", -1),
        number(where, node, "step", -1),
        text(where, node, "status", false),
        args,
        after,
        line);
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
