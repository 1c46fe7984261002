package landfall.tlc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.specs.SpecFiles;

/**
 * Mistakes made by rule: every rule is applied wherever it fits in the actions of a protocol
 * module, and each place gives one candidate. Nobody chooses the places, so the list says something
 * about the whole module. Faults are left as they are: they are what the protocol is up against.
 * What an operator commands is no fault, although it stands beside them for the sake of fairness.
 *
 * <p>An action is cut into conjuncts: what stands between {@code /\}, {@code \/}, {@code THEN},
 * {@code ELSE}, {@code IN} and the end of a bullet. Names of candidates consist of the module, the
 * action, the rule and the text, so that they stay the same when other places are edited.
 */
final class MutationRules {
  /** The modules to which the rules are applied. */
  static final List<String> MODULES =
      List.of(
          "Connections",
          "Handover",
          "PreCopy",
          "DirectPreCopy",
          "PostCopy",
          "DirectPostCopy",
          "ReverseCheckpoint",
          "ForwardCheckpoint",
          "SharedLock",
          "Lease");

  /** The modules whose operators a module uses. */
  private static final Map<String, List<String>> USED =
      Map.of(
          "Handover", List.of("Connections"),
          "PreCopy", List.of("Connections", "Handover"),
          "DirectPreCopy", List.of("Connections", "Handover", "PreCopy"),
          "PostCopy", List.of("TwoHostHandover"),
          "DirectPostCopy", List.of("Connections", "Handover", "PreCopy", "DirectPreCopy"));

  private static final Pattern DEFINITION =
      Pattern.compile("^([A-Za-z]\\w*)(?:\\([^)\\n]*\\))? ==", Pattern.MULTILINE);
  private static final Pattern FAULT =
      Pattern.compile("\n\\w*Fault ==.*?(?=\n\\w*Next ==)", Pattern.DOTALL);
  private static final Pattern INIT = Pattern.compile("\n\\w*Init ==");
  private static final Pattern PROTOCOL = Pattern.compile("\n\\w*Protocol(?:\\(h\\))? ==");
  private static final Pattern ASSIGNMENT = Pattern.compile("(\\w+)' =(?!>).*", Pattern.DOTALL);
  private static final Pattern CALL =
      Pattern.compile("(?:H!)?([A-Z]\\w*)(?:\\(.*\\))?", Pattern.DOTALL);
  private static final Pattern PRIMED = Pattern.compile("(\\w+)'");
  private static final Pattern ONE_OF =
      Pattern.compile("(\\w+(?:\\[h\\])?) \\\\in \\{((?:\"\\w+\", )+\"\\w+\")\\}");
  // Not what a host decides: its repair, what the network does without a fault, and the mistake
  // that is a switch. Faults are left out, too.
  private static final Set<String> ENVIRONMENT =
      Set.of(
          "HealLink",
          "Rejoin",
          "Restart",
          "OvertakePage",
          "ResumeUnacknowledged",
          "ResumeUnasked",
          "OwnUnasked",
          "CompleteUnacknowledged",
          "GiveAwayRunning",
          "GoOnAtSource",
          "EndListening");
  // Listed with the faults, since nobody owes them, but steps of the protocol: they may be refused.
  private static final Set<String> COMMANDS = Set.of("Cancel", "RefuseDeviceState", "RefuseWhole");
  private static final int LINE = 100;
  private static final Pattern COMPOUND = Pattern.compile("(?:IF|LET|=>|\\\\A|\\\\E)(?=\\W)");

  /** What is done to a text of a module. */
  enum Rule {
    /** A conjunct of a guard is always true. */
    GUARD_DROPPED("guard dropped"),
    /** An update leaves the variable as it is. */
    EFFECT_DROPPED("effect dropped"),
    /** A guard that lets several phases pass does not let one of them pass. */
    PHASE_REFUSED("phase refused"),
    /** The branches of a choice change places. */
    CONDITION_NEGATED("condition negated"),
    /** The last message is taken instead of the first, or put first instead of last. */
    ORDER_SWAPPED("order swapped");

    private final String words;

    Rule(String words) {
      this.words = words;
    }
  }

  /**
   * A candidate.
   *
   * @param name unique, and the same as long as the place it is about is not edited
   * @param rule the rule that made it
   * @param file the module's file
   * @param from offset of the text that is replaced
   * @param to offset behind it
   * @param replace what stands there instead
   */
  record Candidate(String name, Rule rule, String file, int from, int to, String replace) {}

  private final String module;
  private final String text;
  private final Map<String, Set<String>> effects;
  private final Map<String, Candidate> found = new LinkedHashMap<>();

  private MutationRules(String module, String text, Map<String, Set<String>> effects) {
    this.module = module;
    this.text = text;
    this.effects = effects;
  }

  /** Every candidate of every module. */
  static List<Candidate> candidates() {
    List<Candidate> all = new ArrayList<>();
    for (String module : MODULES) {
      Map<String, Set<String>> effects = new HashMap<>();
      for (String used : USED.getOrDefault(module, List.of())) {
        collectEffects(SpecFiles.read(used + ".tla"), effects);
      }
      String text = SpecFiles.read(module + ".tla");
      collectEffects(text, effects);
      MutationRules rules = new MutationRules(module, text, effects);
      rules.apply();
      all.addAll(rules.found.values());
    }
    return all;
  }

  private static void collectEffects(String text, Map<String, Set<String>> effects) {
    for (int[] place : definitions(text)) {
      Set<String> primed = new TreeSet<>();
      String body = text.substring(place[1], place[2]);
      Matcher variable = PRIMED.matcher(body);
      while (variable.find()) {
        primed.add(variable.group(1));
      }
      String name = text.substring(place[0], place[1]).split("[( ]")[0];
      if (primed.isEmpty() && body.contains("!" + name)) {
        continue; // the same operator of another module, with more left unchanged
      }
      if (primed.isEmpty() && body.contains("UNCHANGED")) {
        // A step that is put together from others.
        effects.forEach(
            (other, changed) -> {
              if (Pattern.compile("\\b" + other + "\\(").matcher(body).find()) {
                primed.addAll(changed);
              }
            });
      }
      effects.merge(
          name,
          primed,
          (before, more) -> {
            Set<String> both = new TreeSet<>(before);
            both.addAll(more);
            return both;
          });
    }
  }

  /** Start of the name, start of the body and end of the body of each definition of an action. */
  private static List<int[]> definitions(String text) {
    Matcher protocol = PROTOCOL.matcher(text);
    int end = protocol.find() ? protocol.start() : -1;
    if (end < 0) {
      end = text.indexOf("\n(* Faults");
    }
    // Without it the module takes its first state, and all before its steps, from another one.
    Matcher init = INIT.matcher(text);
    int start = init.find() ? init.start() : -1;
    List<int[]> places = new ArrayList<>();
    Matcher definition = DEFINITION.matcher(text);
    while (definition.find()) {
      if (definition.start() <= start + 1 || definition.start() > end) {
        continue;
      }
      int to = definition.end();
      while (to < end) {
        int line = text.indexOf('\n', to) + 1;
        if (line <= 0 || line >= end || !(text.startsWith("    ", line))) {
          to = line <= 0 ? end : line - 1;
          break;
        }
        to = line;
      }
      places.add(new int[] {definition.start(), definition.end(), Math.min(to, end)});
    }
    return places;
  }

  private void apply() {
    Matcher fault = FAULT.matcher(text);
    String faults = fault.find() ? fault.group() : "";
    for (int[] place : definitions(text)) {
      String name = text.substring(place[0], place[1]).split("[( ]")[0];
      String body = text.substring(place[1], place[2]);
      boolean changes = body.contains("'") || body.contains("H!") || callsAnAction(body);
      boolean fails = faults.contains(" " + name) && !COMMANDS.contains(name);
      if (changes && !ENVIRONMENT.contains(name) && !fails) {
        apply(name, place[1], place[2]);
      }
    }
  }

  private boolean callsAnAction(String body) {
    return effects.entrySet().stream()
        .anyMatch(
            action ->
                !action.getValue().isEmpty()
                    && Pattern.compile("\\b" + action.getKey() + "\\b").matcher(body).find());
  }

  private void apply(String action, int from, int to) {
    conjunct(action, from, to, 0);
    int depth = 0;
    for (int i = from; i < to - 1; i++) {
      char c = text.charAt(i);
      String two = text.substring(i, i + 2);
      if (two.equals("\\*")) {
        i = text.indexOf('\n', i);
        continue;
      }
      if (two.equals("<<") || c == '(' || c == '[' || c == '{') {
        depth++;
      } else if (two.equals(">>") || c == ')' || c == ']' || c == '}') {
        depth--;
      }
      if (two.equals("<<") || two.equals(">>")) {
        i++;
        continue;
      }
      if (depth == 0 && (two.equals("/\\") || two.equals("\\/"))) {
        conjunct(action, i + 2, to, bulletColumn(i));
      }
      if (depth == 0 && text.startsWith(" IN ", i)) {
        conjunct(action, i + 4, to, i + 1 - text.lastIndexOf('\n', i) - 1);
      }
    }
    choices(action, from, to);
  }

  /** The column of the first junction on the line, which decides where an item ends. */
  private int bulletColumn(int at) {
    int line = text.lastIndexOf('\n', at) + 1;
    String before = text.substring(line, at + 2);
    Matcher first = Pattern.compile("/\\\\|\\\\/").matcher(before);
    int column = at - line;
    while (first.find()) {
      String gap = before.substring(first.start() + 2);
      if (first.start() < column && !gap.isBlank()) {
        return first.start();
      }
    }
    return column;
  }

  private void conjunct(String action, int after, int limit, int column) {
    int from = after;
    while (from < limit && Character.isWhitespace(text.charAt(from))) {
      from++;
    }
    if (from >= limit || text.startsWith("/\\", from) || text.startsWith("\\/", from)) {
      return;
    }
    int to = endOf(from, limit, column);
    String item = text.substring(from, to).stripTrailing();
    to = from + item.length();
    if (item.isEmpty() || item.startsWith("UNCHANGED") || item.startsWith("LET")) {
      return;
    }
    Matcher assignment = ASSIGNMENT.matcher(item);
    if (assignment.matches()) {
      String variable = assignment.group(1);
      add(Rule.EFFECT_DROPPED, action, item, from, to, "UNCHANGED " + variable);
      inside(action, from, item);
      return;
    }
    Matcher call = CALL.matcher(item);
    Optional<int[]> shared = item.matches("\\w+(\\(h\\))?") ? sharedStep(item) : Optional.empty();
    if (shared.isPresent()) {
      alone(action, item, shared.get(), from, to);
      return;
    }
    if (call.matches() && effects.containsKey(call.group(1))) {
      Set<String> changed = effects.get(call.group(1));
      boolean wholeAction =
          changed.isEmpty() || item.startsWith("H!") && call.group(1).equals(action);
      if (!changed.isEmpty() && changed.size() < 3 && !wholeAction) {
        String unchanged =
            changed.size() == 1
                ? changed.iterator().next()
                : "<<" + String.join(", ", changed) + ">>";
        add(Rule.EFFECT_DROPPED, action, item, from, to, "UNCHANGED " + unchanged);
      }
      if (!changed.isEmpty() || item.startsWith("H!") && call.group(1).equals(action)) {
        return;
      }
    }
    if (item.contains("'") || item.startsWith("IF") || item.startsWith("\\E")) {
      return;
    }
    add(Rule.GUARD_DROPPED, action, item, from, to, "TRUE");
    Matcher phases = ONE_OF.matcher(item);
    if (phases.matches()) {
      for (String phase : phases.group(2).split(", ")) {
        String rest = phases.group(2).replace(phase + ", ", "").replace(", " + phase, "");
        add(
            Rule.PHASE_REFUSED,
            action,
            item + " without " + phase,
            from,
            to,
            phases.group(1) + " \\in {" + rest + "}");
      }
    }
  }

  /** The definition of an operator that says of all it is about whether it changes. */
  private Optional<int[]> sharedStep(String call) {
    String name = call.replace("(h)", "");
    return definitions(text).stream()
        .filter(place -> text.substring(place[0], place[1]).equals(call + " =="))
        .filter(place -> !effects.getOrDefault(name, Set.of()).isEmpty())
        .filter(place -> text.substring(place[1], place[2]).contains("UNCHANGED"))
        .findFirst();
  }

  /** Mistakes in a step that several actions share, made in one of them alone. */
  private void alone(String action, String shared, int[] place, int from, int to) {
    MutationRules inner = new MutationRules(module, text, effects);
    inner.apply(shared, place[1], place[2]);
    for (Candidate made : inner.found.values()) {
      String body =
          text.substring(place[1], made.from())
              + made.replace()
              + text.substring(made.to(), place[2]);
      String about = made.name().split(made.rule().words + ": ", 2)[1] + ", in " + shared;
      // Farther to the right than the junction in which it stands, which it would end.
      String moved = body.strip().replace("\n", "\n" + " ".repeat(LINE));
      String start = body.startsWith("\n") ? "\n" + " ".repeat(LINE + 4) : "";
      add(made.rule(), action, about, from, to, "(" + start + moved + ")");
    }
  }

  private int endOf(int from, int limit, int column) {
    int depth = 0;
    boolean compound = false;
    for (int i = from; i < limit; i++) {
      char c = text.charAt(i);
      String two = text.substring(i, Math.min(i + 2, text.length()));
      if (c == '\n') {
        int next = i + 1;
        while (next < limit && text.charAt(next) == ' ') {
          next++;
        }
        if (next >= limit || next - i - 1 <= column) {
          return i;
        }
        if (text.startsWith("\\*", next)) {
          return i;
        }
      }
      if (two.equals("<<") || c == '(' || c == '[' || c == '{') {
        depth++;
      } else if (two.equals(">>") || c == ')' || c == ']' || c == '}') {
        depth--;
      }
      if (two.equals("<<") || two.equals(">>")) {
        i++;
        continue;
      }
      if (depth < 0) {
        return i;
      }
      if (depth == 0) {
        Matcher structure = COMPOUND.matcher(text).region(i, limit);
        boolean word = i == from || !Character.isLetterOrDigit(text.charAt(i - 1));
        compound |= word && structure.lookingAt();
        boolean keyword =
            word
                && (text.startsWith("THEN", i)
                    || text.startsWith("ELSE", i)
                    || text.startsWith("IN ", i));
        if (!compound && (two.equals("/\\") || two.equals("\\/") || keyword)) {
          return i;
        }
      }
    }
    return limit;
  }

  /** Mistakes inside of an update. */
  private void inside(String action, int from, String item) {
    swap(action, from, item, "Append(@, m)", "<<m>> \\o @");
    swap(action, from, item, "Tail(@)", "SubSeq(@, 1, Len(@) - 1)");
  }

  private void swap(String action, int from, String item, String what, String by) {
    int at = item.indexOf(what);
    if (at >= 0) {
      add(Rule.ORDER_SWAPPED, action, item, from + at, from + at + what.length(), by);
    }
  }

  private void choices(String action, int from, int to) {
    Matcher choice = Pattern.compile("\\bIF\\s+(.+?)\\s+THEN\\b", Pattern.DOTALL).matcher(text);
    choice.region(from, to);
    while (choice.find()) {
      add(
          Rule.CONDITION_NEGATED,
          action,
          choice.group(1),
          choice.start(1),
          choice.end(1),
          "~(" + choice.group(1) + ")");
    }
  }

  private void add(Rule rule, String action, String about, int from, int to, String replace) {
    String base =
        module + "!" + action + ": " + rule.words + ": " + about.replaceAll("\\s+", " ").strip();
    String name = base;
    // The name is that of a folder, too, where signs do not count: see Model.fileName.
    Set<String> taken = new LinkedHashSet<>();
    found.keySet().forEach(other -> taken.add(withoutSigns(other)));
    for (int number = 2; taken.contains(withoutSigns(name)); number++) {
      name = base + " (" + number + ")";
    }
    found.put(name, new Candidate(name, rule, module + ".tla", from, to, replace));
  }

  private static String withoutSigns(String name) {
    return name.replaceAll("[^A-Za-z0-9]+", " ");
  }
}
