package landfall.explorer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The reachable states and the steps of core and specification, compared.
 *
 * @param defects numbers of the deliberate mistakes that the core was run with
 * @param coreWorlds distinct worlds that were explored; if they are not as many as {@code
 *     coreStates}, the map to the model loses something, and two worlds with one state may go on
 *     differently
 * @param coreStates distinct states that the core reaches
 * @param specStates distinct states of TLC's graph
 * @param coreSteps distinct triples of state, action and next state of the core
 * @param specSteps those of TLC's graph
 * @param statesOnlyInCore states that TLC's graph lacks
 * @param statesOnlyInSpec states that the core does not reach
 * @param stepsOnlyInCore steps that TLC's graph lacks
 * @param stepsOnlyInSpec steps that the core does not take
 * @param examples the first few differing steps, those after the shortest paths first; empty only
 *     if there is no difference
 * @param exploring how long it took to explore the core
 */
public record Comparison(
    Set<Integer> defects,
    int coreWorlds,
    int coreStates,
    int specStates,
    int coreSteps,
    int specSteps,
    int statesOnlyInCore,
    int statesOnlyInSpec,
    int stepsOnlyInCore,
    int stepsOnlyInSpec,
    List<Difference> examples,
    Duration exploring) {

  public Comparison {
    defects = Set.copyOf(defects);
    examples = List.copyOf(examples);
  }

  /** True if both sets of states and both sets of steps are equal, and the map loses nothing. */
  public boolean equal() {
    return statesOnlyInCore + statesOnlyInSpec + stepsOnlyInCore + stepsOnlyInSpec == 0
        && coreWorlds == coreStates;
  }

  /** What was run: "core", or "mutant" with the numbers of its defects. */
  public String subject() {
    return defects.isEmpty()
        ? "core"
        : defects.stream()
            .sorted()
            .map(String::valueOf)
            .collect(Collectors.joining(", ", "mutant ", ""));
  }

  /** A table in Markdown, one line per comparison. */
  public static String table(List<Comparison> comparisons) {
    var lines = new ArrayList<String>();
    lines.add(
        "| run       |   states core / spec |    steps core / spec |"
            + " states only core / spec | steps only core / spec | seconds | first differing step |");
    lines.add("| --- | ---: | ---: | ---: | ---: | ---: | --- |");
    for (Comparison comparison : comparisons) {
      lines.add(comparison.line());
    }
    return String.join("\n", lines);
  }

  /** The same, equal for equal graphs however fast the machine is. */
  public static String tableWithoutTimes(List<Comparison> comparisons) {
    var lines = new ArrayList<String>();
    lines.add(
        "| core | states core / spec | steps core / spec | only in one | first differing step |");
    lines.add("|---|---:|---:|---:|---|");
    for (Comparison each : comparisons) {
      lines.add(
          "| %s | %,d / %,d | %,d / %,d | %,d | %s |"
              .formatted(
                  each.defects().isEmpty() ? "as it is" : each.subject(),
                  each.coreStates(),
                  each.specStates(),
                  each.coreSteps(),
                  each.specSteps(),
                  each.stepsOnlyInCore() + each.stepsOnlyInSpec(),
                  each.firstDifference()));
    }
    return String.join("\n", lines);
  }

  private String firstDifference() {
    if (examples.isEmpty()) {
      return equal() ? "none" : "none, but the map loses something";
    }
    return examples.get(0).action()
        + " (only "
        + examples.get(0).onlyIn().name().toLowerCase(Locale.ROOT)
        + ")";
  }

  private String line() {
    return "| %-9s | %20s | %20s | %23s | %22s | %7.1f | %s |"
        .formatted(
            subject(),
            coreStates + " / " + specStates,
            coreSteps + " / " + specSteps,
            statesOnlyInCore + " / " + statesOnlyInSpec,
            stepsOnlyInCore + " / " + stepsOnlyInSpec,
            exploring.toMillis() / 1000.0,
            equal() ? "none: equal" : firstDifference());
  }
}
