package landfall.tracecheck;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tla2sany.semantic.ExprOrOpArgNode;
import tlc2.overrides.Evaluation;
import tlc2.overrides.TLAPlusOperator;
import tlc2.tool.TLCState;
import tlc2.tool.coverage.CostModel;
import tlc2.tool.impl.Tool;
import tlc2.util.Context;
import tlc2.value.impl.BoolValue;
import tlc2.value.impl.IntValue;
import tlc2.value.impl.RecordValue;
import tlc2.value.impl.SetEnumValue;
import tlc2.value.impl.StringValue;
import tlc2.value.impl.TupleValue;
import tlc2.value.impl.Value;
import tlc2.value.impl.ValueVec;
import util.UniqueString;

/**
 * The operators of module {@code TraceEvents}, inside of TLC's JVM. Public because TLC loads it by
 * its name; nothing else is to use it. Needs nothing but TLC and the JDK.
 */
public final class TraceOverrides {
  static final String EVENTS = "landfall.trace.events";
  static final String REACHED = "landfall.trace.reached";
  static final String LOOK_AT = "landfall.trace.lookAt";

  private static final String[] FIELDS = {
    "host",
    "action",
    "attempt",
    "page",
    "dirty",
    "to",
    "taken",
    "sent",
    "phase",
    "attemptAfter",
    "acceptedAfter",
    "roundAfter",
    "step",
    "status"
  };

  /** An event whose fields, in TLC's own order of names, are their places in {@link #FIELDS}. */
  private static final RecordValue PLACES = places();

  /** What is said again and again, such as names and sets of pages, is in memory once. */
  private static final Map<String, Value> once = new HashMap<>();

  private static List<List<Value>> traces;
  private static int[] reached;
  private static int[] lookAt;
  private static String[] allowedThere;
  private static String[] failed;
  private static List<Set<String>> silently;

  private TraceOverrides() {}

  @TLAPlusOperator(identifier = "TraceCount", module = "TraceEvents", warn = false)
  public static Value traceCount() {
    return IntValue.gen(traces().size());
  }

  @TLAPlusOperator(identifier = "EventCount", module = "TraceEvents", warn = false)
  public static Value eventCount(IntValue trace) {
    return IntValue.gen(traces().get(trace.val - 1).size());
  }

  @TLAPlusOperator(identifier = "Event", module = "TraceEvents", warn = false)
  public static Value event(IntValue trace, IntValue line) {
    return traces().get(trace.val - 1).get(line.val - 1);
  }

  @TLAPlusOperator(identifier = "Explained", module = "TraceEvents", warn = false)
  public static Value explained(IntValue trace, IntValue line) {
    traces();
    reached[trace.val - 1] = Math.max(reached[trace.val - 1], line.val);
    return BoolValue.ValTrue;
  }

  @TLAPlusOperator(identifier = "Silent", module = "TraceEvents", warn = false)
  public static Value silent(IntValue trace, StringValue action) {
    traces();
    silently.get(trace.val - 1).add(plain(action));
    return BoolValue.ValTrue;
  }

  @TLAPlusOperator(identifier = "LookAt", module = "TraceEvents", warn = false)
  public static Value lookAt(IntValue trace) {
    traces();
    return IntValue.gen(lookAt[trace.val - 1]);
  }

  @TLAPlusOperator(identifier = "Stuck", module = "TraceEvents", warn = false)
  public static Value stuck(IntValue trace, Value allowed, Value state) {
    traces();
    if (allowedThere[trace.val - 1] != null) {
      return BoolValue.ValTrue;
    }
    SetEnumValue names = (SetEnumValue) allowed.toSetEnum();
    names.normalize();
    StringBuilder text = new StringBuilder("there it would have allowed: ");
    List<String> sorted = new ArrayList<>();
    for (int i = 0; i < names.elems.size(); i++) {
      sorted.add(plain(names.elems.elementAt(i)));
    }
    sorted.sort(null);
    text.append(sorted.isEmpty() ? "nothing" : String.join(", ", sorted));
    text.append("; the state was: ");
    Value[] pairs = ((TupleValue) state.toTuple()).elems;
    for (int i = 0; i < pairs.length; i++) {
      Value[] pair = ((TupleValue) pairs[i].toTuple()).elems;
      text.append(i == 0 ? "" : ", ").append(plain(pair[0])).append(" = ").append(plain(pair[1]));
    }
    allowedThere[trace.val - 1] = text.toString().replaceAll("\\s+", " ");
    return BoolValue.ValTrue;
  }

  @Evaluation(definition = "Why", module = "TraceEvents", warn = false)
  public static Value why(
      Tool tool,
      ExprOrOpArgNode[] args,
      Context context,
      TLCState before,
      TLCState after,
      int control,
      CostModel cost) {
    IntValue trace = (IntValue) tool.eval(args[0], context, before, after, control, cost);
    traces();
    failed[trace.val - 1] = new FailedConjunct(tool, before).of(args[1], context);
    return BoolValue.ValTrue;
  }

  private static String plain(Value value) {
    return value.toString().replace("\"", "");
  }

  private static synchronized List<List<Value>> traces() {
    if (traces == null) {
      try {
        load();
      } catch (IOException unreadable) {
        throw new IllegalStateException(unreadable);
      }
    }
    return traces;
  }

  private static void load() throws IOException {
    List<List<Value>> read = new ArrayList<>();
    List<Value> events = null;
    try (BufferedReader lines = Files.newBufferedReader(Path.of(System.getProperty(EVENTS)))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.equals("trace")) {
          events = new ArrayList<>();
          read.add(events);
        } else {
          events.add(record(line.split("\t", -1)));
        }
      }
    }
    once.clear();
    reached = new int[read.size()];
    lookAt = new int[read.size()];
    allowedThere = new String[read.size()];
    failed = new String[read.size()];
    silently = new ArrayList<>();
    read.forEach(trace -> silently.add(new TreeSet<>()));
    String[] places = System.getProperty(LOOK_AT, "").split(",");
    for (int i = 0; i < places.length && !places[i].isEmpty(); i++) {
      lookAt[i] = Integer.parseInt(places[i]);
    }
    traces = read;
  }

  private static Value record(String[] values) {
    if (values[0].startsWith("host=")) {
      return named(List.of(values), "");
    }
    Value[] fields = new Value[FIELDS.length];
    for (int i = 0; i < FIELDS.length; i++) {
      int place = ((IntValue) PLACES.values[i]).val;
      fields[i] =
          switch (FIELDS[place]) {
            case "host", "action", "to", "phase", "status" -> value("s:" + values[place]);
            case "dirty" -> value("p:" + values[place]);
            case "taken", "sent" -> value("b:" + values[place]);
            default -> value("n:" + values[place]);
          };
    }
    return new RecordValue(PLACES.names, fields, true);
  }

  private static RecordValue places() {
    UniqueString[] names = new UniqueString[FIELDS.length];
    Value[] places = new Value[FIELDS.length];
    for (int i = 0; i < FIELDS.length; i++) {
      names[i] = UniqueString.uniqueStringOf(FIELDS[i]);
      places[i] = IntValue.gen(i);
    }
    RecordValue record = new RecordValue(names, places, false);
    record.normalize();
    return record;
  }

  // Fields name=type:value; what begins with "args." or "after." is in a record of that name.
  private static Value named(List<String> fields, String prefix) {
    Map<String, Value> values = new TreeMap<>();
    for (String field : fields) {
      if (field.startsWith(prefix)) {
        String name = field.substring(prefix.length(), field.indexOf('='));
        if (name.indexOf('.') < 0) {
          values.put(name, value(field.substring(field.indexOf('=') + 1)));
        }
      }
    }
    if (prefix.isEmpty()) {
      values.put("args", named(fields, "args."));
      values.put("after", named(fields, "after."));
    }
    RecordValue record =
        new RecordValue(
            values.keySet().stream().map(UniqueString::uniqueStringOf).toArray(UniqueString[]::new),
            values.values().toArray(Value[]::new),
            false);
    record.normalize();
    return record;
  }

  private static Value value(String typed) {
    return typed.charAt(0) == 'n'
        ? IntValue.gen(Integer.parseInt(typed.substring(2)))
        : once.computeIfAbsent(typed, TraceOverrides::made);
  }

  private static Value made(String typed) {
    String text = typed.substring(2);
    return switch (typed.charAt(0)) {
      case 's' -> new StringValue(text);
      case 'b' -> text.equals("true") ? BoolValue.ValTrue : BoolValue.ValFalse;
      default -> pages(text);
    };
  }

  private static Value pages(String list) {
    ValueVec pages = new ValueVec();
    for (String page : list.split(",")) {
      if (!page.isEmpty()) {
        pages.addElement(IntValue.gen(Integer.parseInt(page)));
      }
    }
    Value set = new SetEnumValue(pages, false);
    set.normalize();
    return set;
  }

  /** Writes how far each trace is explained, if TLC has come so far as to ask for them. */
  static void write() throws IOException {
    if (traces == null) {
      return;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < reached.length; i++) {
      String allowed = allowedThere[i] == null ? "" : allowedThere[i];
      if (failed[i] != null && !failed[i].isEmpty()) {
        allowed = failed[i] + "; " + allowed;
      }
      text.append(reached[i]).append('\t').append(allowed);
      text.append('\t').append(String.join(",", silently.get(i))).append('\n');
    }
    Files.writeString(Path.of(System.getProperty(REACHED)), text);
  }
}
