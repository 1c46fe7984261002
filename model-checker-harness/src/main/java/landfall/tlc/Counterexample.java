package landfall.tlc;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A behaviour that violates a property.
 *
 * @param model the model
 * @param property what it violates
 * @param about what the model is about, from the first lines of its configuration
 * @param steps its states, the initial one first
 * @param closing how it goes on: {@code ends}, {@code stutters} for ever, or {@code repeats}
 * @param backTo number of the step from which it repeats; null if it does not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"model", "property", "about", "closing", "backTo", "steps"})
record Counterexample(
    String model, String property, String about, List<Step> steps, String closing, Integer backTo) {

  /**
   * A state, and the action that led to it.
   *
   * @param number from 1
   * @param action the action's name; for the first state {@code Init}
   * @param changed the variables that the action changed (all of them in the first state)
   */
  record Step(int number, String action, Map<String, String> changed) {}

  static Map<String, String> changes(Map<String, String> before, Map<String, String> after) {
    Map<String, String> changed = new LinkedHashMap<>();
    after.forEach(
        (variable, value) -> {
          if (!value.equals(before.get(variable))) {
            changed.put(variable, value);
          }
        });
    return changed;
  }

  /** The behaviour for a person: numbered steps, and only what each one changes. */
  String text() {
    List<String> lines = new ArrayList<>();
    lines.add(model + ": " + property + " is violated.");
    if (!about.isEmpty()) {
      lines.add(about);
    }
    lines.add("");
    for (Step step : steps) {
      lines.add("%3d  %s".formatted(step.number(), step.action()));
      step.changed().forEach((variable, value) -> lines.add("       " + variable + " = " + value));
    }
    lines.add("");
    lines.add(ending());
    return String.join("\n", lines) + "\n";
  }

  /** How the behaviour goes on after its last state. */
  String ending() {
    return switch (closing) {
      case "stutters" -> "After that nothing happens any more.";
      case "repeats" -> "After that it goes on from state " + backTo + " again, for ever.";
      default -> "The last state is the one that must not be.";
    };
  }
}
