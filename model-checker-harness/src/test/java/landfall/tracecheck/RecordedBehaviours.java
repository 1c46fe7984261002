package landfall.tracecheck;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.processes.ScratchFolder;
import landfall.specs.SpecFiles;
import landfall.tlc.TlcProcess;
import landfall.tracecheck.EngineRun.Event;

/**
 * Behaviours that the model checker takes at random, as the events that hosts would have written of
 * them (modules {@code Record...} among the resources). The same seed gives the same ones.
 */
final class RecordedBehaviours {
  private static final Pattern EVENT = Pattern.compile("(?s)/\\\\ event = (\\[.*?])\\s*\\n/\\\\ ");

  /** One behaviour: what its hosts wrote, and the steps that no host saw. */
  record Behaviour(List<Event> events, List<String> unseen) {
    List<Event> at(String host) {
      return events.stream().filter(event -> event.host().equals(host)).toList();
    }
  }

  private RecordedBehaviours() {}

  /**
   * @param settings constants that differ from the configuration, such as {@code Arbiter = TRUE}
   */
  static List<Behaviour> of(
      TracedProtocol protocol, int count, int steps, long seed, String... settings)
      throws IOException, InterruptedException {
    Path folder = ScratchFolder.create("record");
    try {
      SpecFiles.copyTo(folder);
      String module = "Record" + protocol.specification();
      Files.writeString(folder.resolve(module + ".tla"), resource(module + ".tla"));
      String config = resource(module + ".cfg");
      for (String setting : settings) {
        String name = setting.substring(0, setting.indexOf(' '));
        config = config.replaceAll("(?m)^( +)" + name + " = .*$", "$1" + setting);
      }
      Files.writeString(folder.resolve("Record.cfg"), config);
      Path walks = Files.createDirectories(folder.resolve("walks"));
      Path output =
          new TlcProcess()
              .jvm("-Xmx600m", "-XX:TieredStopAtLevel=1")
              .tlc("-simulate", "file=" + walks.resolve("walk") + ",num=" + count)
              .tlc("-depth", Integer.toString(steps), "-seed", Long.toString(seed))
              .run(folder, Files.createDirectories(folder.resolve("run")), module, "Record.cfg");
      List<Behaviour> behaviours = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Path walk = walks.resolve("walk_0_" + i);
        if (!Files.exists(walk)) {
          throw new IllegalStateException("no behaviours: " + Files.readString(output));
        }
        behaviours.add(behaviour(Files.readString(walk)));
      }
      return behaviours;
    } finally {
      ScratchFolder.delete(folder);
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = RecordedBehaviours.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Behaviour behaviour(String walk) {
    List<Event> events = new ArrayList<>();
    List<String> unseen = new ArrayList<>();
    Matcher matcher = EVENT.matcher(walk);
    while (matcher.find()) {
      Map<String, Object> event = record(new ValueText(matcher.group(1)).value());
      String action = (String) event.get("action");
      if (event.get("host").equals("")) {
        unseen.add(action);
      } else {
        events.add(
            new Event(
                (String) event.get("host"),
                action,
                toGuestPages(record(event.get("args"))),
                record(event.get("after"))));
      }
    }
    return new Behaviour(events, unseen);
  }

  private static Map<String, Object> toGuestPages(Map<String, Object> args) {
    Map<String, Object> mapped = new LinkedHashMap<>();
    args.forEach(
        (name, value) -> {
          if (value instanceof List<?> pages) {
            mapped.put(
                name, pages.stream().map(page -> EngineRun.TRACKED.get((Integer) page)).toList());
          } else if (name.equals("page")) {
            mapped.put(name, EngineRun.TRACKED.get((Integer) value));
          } else {
            mapped.put(name, value);
          }
        });
    return mapped;
  }

  private static Map<String, Object> record(Object value) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((name, field) -> fields.put((String) name, field));
    } else if (!(value instanceof List<?> empty && empty.isEmpty())) {
      throw new IllegalArgumentException("no record: " + value);
    }
    return fields;
  }

  /** A value as TLC prints it: records, sets, sequences, strings, numbers, truth values. */
  private static final class ValueText {
    private static final Pattern TOKEN =
        Pattern.compile("\\s*(<<|>>|\\|->|[\\[\\]{},]|\"[^\"]*\"|-?\\d+|\\w+)");
    private final Matcher tokens;

    ValueText(String text) {
      tokens = TOKEN.matcher(text);
    }

    private String next() {
      if (!tokens.find()) {
        throw new IllegalArgumentException("the value ends too early");
      }
      return tokens.group(1);
    }

    Object value() {
      return value(next());
    }

    private Object value(String token) {
      return switch (token) {
        case "[" -> fields();
        case "{" -> elements("}");
        case "<<" -> elements(">>");
        case "TRUE" -> true;
        case "FALSE" -> false;
        default ->
            token.startsWith("\"")
                ? token.substring(1, token.length() - 1)
                : (Object) Integer.valueOf(token);
      };
    }

    private Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      String token = next();
      while (!token.equals("]")) {
        String name = token.equals(",") ? next() : token;
        next();
        fields.put(name, value());
        token = next();
      }
      return fields;
    }

    private List<Object> elements(String end) {
      List<Object> elements = new ArrayList<>();
      String token = next();
      while (!token.equals(end)) {
        elements.add(value(token.equals(",") ? next() : token));
        token = next();
      }
      return elements;
    }
  }
}
