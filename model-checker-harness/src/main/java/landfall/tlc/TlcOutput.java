package landfall.tlc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What TLC said, read from its output in tool mode: messages between {@code STARTMSG code:severity}
 * and {@code ENDMSG code} lines.
 */
final class TlcOutput {
  private static final Pattern START = Pattern.compile("@!@!@STARTMSG (\\d+):(\\d+) @!@!@");
  private static final Pattern STATISTICS =
      Pattern.compile("(\\d+) states generated, (\\d+) distinct states found.*", Pattern.DOTALL);
  private static final Pattern DEPTH = Pattern.compile("The depth of .* search is (\\d+)\\.");
  private static final Pattern COVERAGE =
      Pattern.compile(
          "<(\\S+) line \\d+, col \\d+ to line \\d+, col \\d+ of module (\\S+?)"
              + "(?: \\((\\d+) (\\d+) (\\d+) (\\d+)\\))?>: (\\d+):(\\d+)");
  private static final Pattern STATE_HEAD =
      Pattern.compile(
          "(\\d+): <(\\S+) line (\\d+), col (\\d+) to line (\\d+), col (\\d+) of module (\\S+)>");
  private static final Pattern INITIAL = Pattern.compile("(\\d+): <Initial predicate>");
  private static final Pattern STUTTERING = Pattern.compile("(\\d+): Stuttering");
  private static final Pattern BACK = Pattern.compile("(\\d+): Back to state.*", Pattern.DOTALL);
  private static final Pattern VARIABLE = Pattern.compile("(?:/\\\\ )?([A-Za-z_]\\w*) = (.*)");
  private static final Pattern VIOLATED =
      Pattern.compile("(?:Invariant|Action property) (.+) is violated.*", Pattern.DOTALL);

  private static final Pattern GENERATED = Pattern.compile("([\\d,]+) states generated");

  // Numbers of TLC's messages: tlc2.output.EC.
  private static final int SUCCESS = 2193;
  private static final int STATISTICS_CODE = 2199;
  private static final int DEPTH_CODE = 2194;
  private static final int ACTION_COVERAGE = 2772;
  private static final int COVERAGE_STARTS = 2201;
  private static final int STATE = 2217;
  private static final int PROGRESS = 2209;
  private static final int STUTTERS = 2218;
  private static final int BACK_TO = 2122;
  private static final int TEMPORAL = 2116;
  private static final int BEHAVIOUR_UP_TO = 2121;
  private static final int COUNTEREXAMPLE_FOLLOWS = 2264;

  private final Path specFolder;
  private final Map<String, List<String>> modules = new LinkedHashMap<>();
  private final Map<String, Long> actions = new TreeMap<>();
  private final List<String> errors = new ArrayList<>();
  private final List<String> actionNames = new ArrayList<>();
  private final List<Map<String, String>> states = new ArrayList<>();
  private final List<String> printed = new ArrayList<>();
  private boolean succeeded;
  private String violated;
  private boolean temporal;
  private String closing = "ends";
  private Integer backTo;
  private long distinctStates;
  private long generatedStates;
  private int depth;

  private TlcOutput(Path specFolder) {
    this.specFolder = specFolder;
  }

  /**
   * Reads TLC's output.
   *
   * @param output the file with all that TLC printed
   * @param specFolder where the modules are that it names
   */
  static TlcOutput read(Path output, Path specFolder) throws IOException {
    TlcOutput result = new TlcOutput(specFolder);
    int code = 0;
    int severity = 0;
    int within = 0;
    StringBuilder text = new StringBuilder();
    // Whatever TLC prints, it must not stop the reading: ISO-8859-1 decodes every byte.
    for (String line : Files.readAllLines(output, StandardCharsets.ISO_8859_1)) {
      Matcher start = START.matcher(line);
      if (start.matches() && code != 0) {
        // The cause of an error is a message within the message: it belongs to its text.
        within++;
      } else if (start.matches()) {
        code = Integer.parseInt(start.group(1));
        severity = Integer.parseInt(start.group(2));
        text.setLength(0);
      } else if (line.startsWith("@!@!@ENDMSG ") && within > 0) {
        within--;
      } else if (line.startsWith("@!@!@ENDMSG ")) {
        result.message(code, severity, text.toString().strip());
        code = 0;
        text.setLength(0);
      } else if (code == 0) {
        result.printed.add(line);
      } else {
        text.append(line).append('\n');
      }
    }
    return result;
  }

  private void message(int code, int severity, String text) throws IOException {
    switch (code) {
      case SUCCESS -> succeeded = true;
      case STATISTICS_CODE -> {
        Matcher numbers = STATISTICS.matcher(text);
        if (numbers.matches()) {
          distinctStates = Long.parseLong(numbers.group(2));
        }
      }
      case DEPTH_CODE -> {
        Matcher number = DEPTH.matcher(text);
        if (number.matches()) {
          depth = Integer.parseInt(number.group(1));
        }
      }
      case PROGRESS -> {
        Matcher number = GENERATED.matcher(text);
        if (number.find()) {
          generatedStates = Long.parseLong(number.group(1).replace(",", ""));
        }
      }
      case COVERAGE_STARTS -> actions.clear();
      case ACTION_COVERAGE -> coverage(text);
      case STATE -> state(text);
      case STUTTERS -> closing = "stutters";
      case BACK_TO -> backTo(text);
      case TEMPORAL -> temporal = true;
      default -> {
        if (severity == 1 && code != BEHAVIOUR_UP_TO && code != COUNTEREXAMPLE_FOLLOWS) {
          violation(text);
        }
      }
    }
  }

  private void violation(String text) throws IOException {
    Matcher name = VIOLATED.matcher(text);
    if (name.matches() && violated == null) {
      violated = name.group(1).replace(" of the initial state", "");
      // Of the initial state TLC says only its values, in the same message.
      if (text.contains(" is violated by the initial state:")) {
        state("1: <Initial predicate>\n" + text.substring(text.indexOf('\n') + 1));
      }
    } else {
      errors.add(text);
    }
  }

  private void coverage(String text) throws IOException {
    Matcher match = COVERAGE.matcher(text);
    if (!match.matches()) {
      return;
    }
    String name = match.group(1);
    if (match.group(3) != null) {
      name =
          actionsAt(
              match.group(2),
              Integer.parseInt(match.group(3)),
              Integer.parseInt(match.group(4)),
              Integer.parseInt(match.group(5)),
              Integer.parseInt(match.group(6)));
    }
    actions.merge(name, Long.parseLong(match.group(8)), Long::sum);
  }

  private void state(String text) throws IOException {
    List<String> lines = text.lines().toList();
    String head = lines.get(0);
    Matcher action = STATE_HEAD.matcher(head);
    Matcher back = BACK.matcher(head);
    if (action.matches()) {
      actionNames.add(actionName(action));
    } else if (INITIAL.matcher(head).matches()) {
      actionNames.add("Init");
    } else if (STUTTERING.matcher(head).matches()) {
      closing = "stutters";
      return;
    } else if (back.matches()) {
      backTo(head);
      return;
    } else {
      actionNames.add(head.replaceFirst("\\d+: ", ""));
    }
    Map<String, String> values = new LinkedHashMap<>();
    String variable = null;
    for (String line : lines.subList(1, lines.size())) {
      Matcher assignment = VARIABLE.matcher(line);
      if (assignment.matches()) {
        variable = assignment.group(1);
        values.put(variable, assignment.group(2));
      } else if (variable != null) {
        values.merge(variable, line.strip(), (before, more) -> before + " " + more);
      }
    }
    states.add(values);
  }

  private void backTo(String text) {
    Matcher match = BACK.matcher(text);
    if (match.matches()) {
      closing = "repeats";
      backTo = Integer.valueOf(match.group(1));
    }
  }

  /** TLC names a step under a quantifier with changing bounds by the disjunction it stands in. */
  private String actionName(Matcher head) throws IOException {
    String name = head.group(2);
    return switch (name) {
      case "Next", "Protocol", "Fault" ->
          actionsAt(
              head.group(7),
              Integer.parseInt(head.group(3)),
              Integer.parseInt(head.group(4)),
              Integer.parseInt(head.group(5)),
              Integer.parseInt(head.group(6)));
      default -> name;
    };
  }

  private String actionsAt(String module, int line, int column, int lastLine, int lastColumn)
      throws IOException {
    List<String> text = modules.get(module);
    if (text == null) {
      text = Files.readAllLines(specFolder.resolve(module + ".tla"), StandardCharsets.UTF_8);
      modules.put(module, text);
    }
    StringBuilder expression = new StringBuilder();
    for (int number = line; number <= lastLine; number++) {
      String whole = text.get(number - 1);
      int from = number == line ? column - 1 : 0;
      int to = number == lastLine ? lastColumn : whole.length();
      expression.append(whole, from, to).append(' ');
    }
    String body = expression.toString().strip();
    if (body.startsWith("\\E")) {
      body = body.substring(body.indexOf(" : ") + 3);
    }
    return body.replaceAll("\\([^)]*\\)", "").replace("\\/", "or").replaceAll("\\s+", " ").strip();
  }

  /** Whether TLC looked at everything and found no violation. */
  boolean succeeded() {
    return succeeded && violated == null && !temporal && errors.isEmpty();
  }

  boolean hasCounterexample() {
    return (violated != null || temporal) && !states.isEmpty();
  }

  /**
   * The violated property. TLC does not name a temporal one, and names a step of a refinement by
   * its place; then it is the configuration's only property.
   */
  String violatedProperty(List<String> configuredProperties) {
    if (violated != null && !violated.startsWith("line ")) {
      return violated;
    }
    return String.join(" or ", configuredProperties);
  }

  Counterexample counterexample(String model, String property, String about) {
    List<Counterexample.Step> steps = new ArrayList<>();
    Map<String, String> before = Map.of();
    for (int i = 0; i < states.size(); i++) {
      steps.add(
          new Counterexample.Step(
              i + 1, actionNames.get(i), Counterexample.changes(before, states.get(i))));
      before = states.get(i);
    }
    return new Counterexample(model, property, about, steps, closing, backTo);
  }

  /** The states of the counterexample, each with the values of its variables as text. */
  List<Map<String, String>> states() {
    return states;
  }

  List<String> errors() {
    return errors;
  }

  /** Lines outside of messages: what the modules themselves print, and what the JVM says. */
  List<String> printed() {
    return printed;
  }

  /** States that TLC looked at, the same one as often as it did: what a simulation counts. */
  long generatedStates() {
    return generatedStates;
  }

  long distinctStates() {
    // Of a violation in the initial state TLC counts nothing, but it looked at that state.
    return Math.max(distinctStates, states.isEmpty() ? 0 : 1);
  }

  int depth() {
    return depth;
  }

  Map<String, Long> actions() {
    return actions;
  }
}
