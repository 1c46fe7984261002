package landfall.linearizability;

import landfall.history.Operation;

/**
 * An operation under way in a history that a test makes up.
 *
 * @param took whether it has taken effect
 * @param read what it read then
 */
record Open(String function, Object value, int invokedAt, boolean took, Object read) {

  /** It has ended, or never will. */
  Operation ended(Object process, Object result, Operation.Outcome outcome, int completedAt) {
    return new Operation(
        process,
        function,
        null,
        result,
        outcome,
        invokedAt,
        completedAt,
        invokedAt * 1000L,
        Operation.UNKNOWN);
  }
}
