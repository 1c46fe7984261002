package landfall.evidence;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/**
 * What checking one model gave, beside what the manifest expects of it.
 *
 * @param model the model's name, such as {@code MCPreCopy}
 * @param kind whether the model must hold or must fail
 * @param expected what the manifest expects, in words
 * @param found what the model checker found, in words
 * @param distinctStates states found
 * @param expectedStates states pinned by the manifest; null if it pins none
 * @param depth depth of the state graph
 * @param millis how long the check took
 * @param ok whether all that the manifest pins was met
 * @param actionsTaken how often each action was taken
 * @param counterexample file of the counterexample relative to the evidence folder; null if none
 */
public record ModelResult(
    String model,
    Kind kind,
    String expected,
    String found,
    long distinctStates,
    Long expectedStates,
    int depth,
    long millis,
    boolean ok,
    Map<String, Long> actionsTaken,
    String counterexample) {

  /** Whether a model must hold or must fail. */
  public enum Kind {
    @JsonProperty("holds")
    HOLDS,
    @JsonProperty("counterexample")
    COUNTEREXAMPLE
  }

  public ModelResult {
    Require.text("model name", model);
    Require.present("model kind", kind);
    Require.text("expected result of model " + model, expected);
    Require.text("found result of model " + model, found);
    Require.notNegative("distinctStates of model " + model, distinctStates);
    Require.notNegative("depth of model " + model, depth);
    Require.notNegative("millis of model " + model, millis);
    actionsTaken = Require.copy(actionsTaken);
    if (ok && distinctStates == 0) {
      throw new IllegalArgumentException(
          "model " + model + " is said to be ok but explored no state");
    }
  }

  /**
   * Violated if a model that must hold has a counterexample; broken if anything else that the
   * manifest pins was not met, since then the models and the manifest disagree.
   */
  @JsonIgnore
  public Verdict verdict() {
    if (ok) {
      return new Verdict.Holds(distinctStates);
    }
    if (kind == Kind.HOLDS && counterexample != null) {
      return new Verdict.Violated(
          "model " + model, found + " (expected: " + expected + "), see " + counterexample);
    }
    return new Verdict.Broken("model " + model + ": expected " + expected + ", found " + found);
  }
}
