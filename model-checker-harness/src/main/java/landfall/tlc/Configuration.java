package landfall.tlc;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What TLC is told about a model, as a {@code .cfg} file says it.
 *
 * @param about what the model is for
 * @param bounds how far it looks, and what that may hide
 * @param specification the operator that is the specification
 * @param constants by name: a value, or {@code <- Operator} for one that is replaced
 * @param constraints beyond these states TLC does not go on
 * @param invariants of each state
 * @param properties of behaviours
 * @param symmetry an operator, or null
 * @param view an operator, or null
 */
record Configuration(
    String about,
    String bounds,
    String specification,
    Map<String, String> constants,
    List<String> constraints,
    List<String> invariants,
    List<String> properties,
    String symmetry,
    String view) {

  private static final int WIDTH = 98;
  private static final Pattern CONSTANT = Pattern.compile("(\\w+)\\s*(=|<-)\\s*(\\S.*)");
  private static final Set<String> KEYWORDS =
      Set.of(
          "SPECIFICATION",
          "CONSTANT",
          "CONSTANTS",
          "CONSTRAINT",
          "CONSTRAINTS",
          "INVARIANT",
          "INVARIANTS",
          "PROPERTY",
          "PROPERTIES",
          "SYMMETRY",
          "VIEW",
          "CHECK_DEADLOCK");

  Configuration {
    constants = Collections.unmodifiableMap(new LinkedHashMap<>(constants));
    constraints = List.copyOf(constraints);
    invariants = List.copyOf(invariants);
    properties = List.copyOf(properties);
  }

  /**
   * Reads a file. It begins with a comment that says what the model is for and then, after {@code
   * Bounds:}, what its bounds may hide. Every constant has a line of its own.
   *
   * @param file its name, for messages
   * @throws IllegalArgumentException naming the line that is not understood
   */
  static Configuration parse(String file, String text) {
    String head = ModelRun.about(text);
    int bounds = head.indexOf("Bounds:");
    Map<String, List<String>> sections = new LinkedHashMap<>();
    Map<String, String> constants = new LinkedHashMap<>();
    String section = null;
    for (String line : text.lines().filter(each -> !each.startsWith("\\*")).toList()) {
      String rest = line.strip();
      String first = rest.split("\\s+", 2)[0];
      boolean keyword = first.matches("[A-Z_]+") && line.startsWith(first) && !line.contains("=");
      if (keyword && !KEYWORDS.contains(first)) {
        throw new IllegalArgumentException(
            "%s: %s is not understood; a configuration has %s"
                .formatted(file, first, new TreeSet<>(KEYWORDS)));
      }
      if (KEYWORDS.contains(first)) {
        section = first.replaceFirst("(?<=CONSTANT|CONSTRAINT|INVARIANT)S$", "");
        section = section.equals("PROPERTIES") ? "PROPERTY" : section;
        rest = rest.substring(first.length()).strip();
      }
      if (rest.isEmpty()) {
        continue;
      }
      Matcher constant = CONSTANT.matcher(rest);
      boolean constantsSection = "CONSTANT".equals(section);
      if (section == null || constantsSection && !constant.matches()) {
        throw new IllegalArgumentException(file + ": this line is not understood: " + line);
      }
      if (constantsSection) {
        String value = constant.group(3);
        constants.put(constant.group(1), constant.group(2).equals("=") ? value : "<- " + value);
      } else {
        sections
            .computeIfAbsent(section, any -> new ArrayList<>())
            .addAll(List.of(rest.split("\\s+")));
      }
    }
    if (!List.of("FALSE").equals(sections.get("CHECK_DEADLOCK"))) {
      throw new IllegalArgumentException(
          file + ": it needs CHECK_DEADLOCK FALSE, since a guest that has arrived may rest");
    }
    return new Configuration(
        bounds < 0 ? head : head.substring(0, bounds).strip(),
        bounds < 0 ? "" : head.substring(bounds + "Bounds:".length()).strip(),
        one(file, sections, "SPECIFICATION"),
        constants,
        sections.getOrDefault("CONSTRAINT", List.of()),
        sections.getOrDefault("INVARIANT", List.of()),
        sections.getOrDefault("PROPERTY", List.of()),
        sections.containsKey("SYMMETRY") ? one(file, sections, "SYMMETRY") : null,
        sections.containsKey("VIEW") ? one(file, sections, "VIEW") : null);
  }

  private static String one(String file, Map<String, List<String>> sections, String keyword) {
    List<String> names = sections.getOrDefault(keyword, List.of());
    if (names.size() != 1) {
      throw new IllegalArgumentException(
          file + ": " + keyword + " takes one name, here are " + names.size());
    }
    return names.get(0);
  }

  /** The text of the file. */
  String text() {
    StringBuilder text = new StringBuilder();
    comment(text, about);
    comment(text, "Bounds: " + bounds);
    text.append("SPECIFICATION ").append(specification).append('\n');
    if (!constants.isEmpty()) {
      text.append("CONSTANTS\n");
    }
    constants.forEach(
        (name, value) ->
            text.append("    ")
                .append(name)
                .append(value.startsWith("<- ") ? " " : " = ")
                .append(value)
                .append('\n'));
    names(text, "CONSTRAINTS", constraints);
    names(text, "SYMMETRY", symmetry == null ? List.of() : List.of(symmetry));
    names(text, "VIEW", view == null ? List.of() : List.of(view));
    text.append("CHECK_DEADLOCK FALSE\n");
    names(text, "INVARIANTS", invariants);
    names(text, "PROPERTIES", properties);
    return text.toString();
  }

  private static void names(StringBuilder text, String keyword, List<String> names) {
    if (!names.isEmpty()) {
      text.append(keyword).append(' ').append(String.join(" ", names)).append('\n');
    }
  }

  private static void comment(StringBuilder text, String words) {
    StringBuilder line = new StringBuilder("\\*");
    for (String word : words.split("\\s+")) {
      if (line.length() + 1 + word.length() > WIDTH) {
        text.append(line).append('\n');
        line = new StringBuilder("\\*");
      }
      line.append(' ').append(word);
    }
    text.append(line).append('\n');
  }
}
