/**
 * What reads bytes of strangers, under arbitrary bytes. Each class with a method {@code
 * fuzzerTestOneInput} is a target of Jazzer; {@link landfall.fuzz.FuzzTest} runs them all.
 */
package landfall.fuzz;
