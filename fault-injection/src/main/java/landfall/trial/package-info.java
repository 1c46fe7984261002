/**
 * One trial: two hosts, a guest between them, clients, a schedule of faults, and what was seen.
 *
 * <p>What the package promises: a trial decides nothing about right and wrong. It writes down what
 * it saw ({@link landfall.trial.Observations}, the history, the traces), whole, so that judges can
 * work from the files alone, and it leaves no process behind.
 */
package landfall.trial;
