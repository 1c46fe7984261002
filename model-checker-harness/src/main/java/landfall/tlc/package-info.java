/**
 * Runs models with TLC and compares what it finds with what the manifest pins.
 *
 * <p>TLC keeps static state, so every model gets its classes anew: a large model in a JVM of its
 * own, small ones from a class loader each in a JVM that takes one after the other. {@link
 * landfall.tlc.ModelRun} runs them side by side and ends none but its own. One worker per model and
 * one fixed seed make states, depth and counterexamples the same in every run. A model that must
 * fail and does not, or that explores more or fewer states than it did, is as red as one that must
 * hold and does not.
 */
package landfall.tlc;
