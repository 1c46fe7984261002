package landfall.explorer;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the graph that TLC writes with {@code -dump dot,actionlabels}, line by line. A line that
 * begins with a fingerprint is a state or a step; all others are about the looks of the picture.
 */
final class DotReader {
  private static final String LABEL = " [label=\"";

  private final States states;
  private final StepNames names;
  private final States labels = new States();
  // Millions of equations, but few different ones: each is parsed once.
  private final Map<String, Map.Entry<String, String>> equations = new HashMap<>();
  private final Map<Long, Integer> byFingerprint = new HashMap<>();
  private final Map<Long, Long> mentioned = new HashMap<>();
  private long[] from = new long[1024];
  private long[] to = new long[1024];
  private int[] label = new int[1024];
  private int steps;
  private long lineNumber;

  private DotReader(States states, StepNames names) {
    this.states = states;
    this.names = names;
  }

  /**
   * Reads a whole graph. A line that makes no sense gives {@link TlaSyntaxException} with its
   * number.
   *
   * @param names names of the actions that labels stand for
   */
  static Graph read(BufferedReader dot, States states, StepNames names) throws IOException {
    return new DotReader(states, names).graph(dot);
  }

  private Graph graph(BufferedReader dot) throws IOException {
    boolean closed = false;
    for (String line = dot.readLine(); line != null; line = dot.readLine()) {
      lineNumber++;
      if (!line.isEmpty() && (line.charAt(0) == '-' || Character.isDigit(line.charAt(0)))) {
        line(line);
      }
      closed = line.equals("}");
    }
    if (!closed) {
      throw new TlaSyntaxException("the graph ends early, at line " + lineNumber);
    }
    var graph = new Graph.Builder();
    byFingerprint.values().forEach(graph::addState);
    for (int i = 0; i < steps; i++) {
      int before = number(from[i]);
      int after = number(to[i]);
      String name = names.of(labels.actionName(label[i]), states.text(before), states.text(after));
      graph.addStep(before, states.action(name), after);
    }
    return graph.build();
  }

  private void line(String line) throws TlaSyntaxException {
    int label = line.indexOf(LABEL);
    if (label < 0) {
      throw wrong("has no label");
    }
    int end = closingQuote(line, label + LABEL.length());
    String text = unescaped(line, label + LABEL.length(), end);
    int arrow = line.lastIndexOf(" -> ", label);
    if (arrow >= 0) {
      step(fingerprint(line, 0, arrow), fingerprint(line, arrow + 4, label), text);
    } else {
      try {
        byFingerprint.putIfAbsent(fingerprint(line, 0, label), states.number(state(text)));
      } catch (TlaSyntaxException e) {
        throw wrong("is no state: " + e.getMessage());
      }
    }
  }

  // A value may be broken over several lines; only a line that begins a conjunct begins an
  // equation.
  private TlaState state(String text) throws TlaSyntaxException {
    var values = new TreeMap<String, String>();
    int start = 0;
    while (start < text.length()) {
      int next = text.indexOf("\n/\\ ", start);
      int end = next < 0 ? text.length() : next;
      var equation = equation(text.substring(start, end));
      if (values.put(equation.getKey(), equation.getValue()) != null) {
        throw new TlaSyntaxException("it gives " + equation.getKey() + " twice");
      }
      start = end + 1;
    }
    return new TlaState(values);
  }

  private Map.Entry<String, String> equation(String text) throws TlaSyntaxException {
    var known = equations.get(text);
    if (known == null) {
      var equation = TlaParser.equation(text);
      known = Map.entry(equation.getKey(), equation.getValue().toString());
      equations.put(text, known);
    }
    return known;
  }

  private void step(long source, long target, String text) {
    if (steps == from.length) {
      from = Arrays.copyOf(from, 2 * steps);
      to = Arrays.copyOf(to, 2 * steps);
      label = Arrays.copyOf(label, 2 * steps);
    }
    mentioned.putIfAbsent(source, lineNumber);
    mentioned.putIfAbsent(target, lineNumber);
    from[steps] = source;
    to[steps] = target;
    label[steps++] = labels.action(text);
  }

  private int number(long fingerprint) throws TlaSyntaxException {
    Integer number = byFingerprint.get(fingerprint);
    if (number == null) {
      lineNumber = mentioned.get(fingerprint);
      throw wrong("mentions state " + fingerprint + ", which is nowhere given");
    }
    return number;
  }

  private long fingerprint(String line, int start, int end) throws TlaSyntaxException {
    try {
      return Long.parseLong(line, start, end, 10);
    } catch (NumberFormatException e) {
      throw wrong("does not begin with a fingerprint");
    }
  }

  private int closingQuote(String line, int start) throws TlaSyntaxException {
    for (int i = start; i < line.length(); i++) {
      if (line.charAt(i) == '\\') {
        i++;
      } else if (line.charAt(i) == '"') {
        return i;
      }
    }
    throw wrong("has a label without an end");
  }

  private static String unescaped(String line, int start, int end) {
    var text = new StringBuilder(end - start);
    for (int i = start; i < end; i++) {
      char c = line.charAt(i);
      if (c == '\\') {
        char escaped = line.charAt(++i);
        text.append(escaped == 'n' ? '\n' : escaped);
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private TlaSyntaxException wrong(String what) {
    return new TlaSyntaxException("line " + lineNumber + " of the graph " + what);
  }
}
