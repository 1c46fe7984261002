package landfall.history;

/**
 * One operation of one client: its invocation and what became of it.
 *
 * @param process who asked; a process has at most one operation under way
 * @param function such as {@code read}, {@code write} or {@code cas}
 * @param key the register, cell or list it is about; null if there is only one
 * @param value what a read returned, or the arguments of anything else
 * @param outcome whether it happened
 * @param invokedAt position of the invocation in the history; positions order events
 * @param completedAt position of the completion; {@link #NEVER} if indeterminate
 * @param invokedNanos time of the invocation for display; {@link #UNKNOWN} if not recorded
 * @param completedNanos time of the completion for display; {@link #UNKNOWN} if not recorded
 */
public record Operation(
    Object process,
    String function,
    Object key,
    Object value,
    Outcome outcome,
    int invokedAt,
    int completedAt,
    long invokedNanos,
    long completedNanos) {

  /**
   * Position of a completion that was not seen: the operation may take effect at any later time.
   */
  public static final int NEVER = Integer.MAX_VALUE;

  /** A time that was not recorded. */
  public static final long UNKNOWN = -1;

  /** Whether an operation happened. */
  public enum Outcome {
    /** It happened, between invocation and completion. */
    OK,
    /** It did not happen. */
    FAIL,
    /** It may have happened, or may happen at any later time, or never. */
    INDETERMINATE
  }

  public Operation {
    if (function == null || outcome == null) {
      throw new IllegalArgumentException("an operation needs a function and an outcome");
    }
    if (invokedAt < 0 || completedAt <= invokedAt) {
      throw new IllegalArgumentException(
          "an operation completes after it is invoked; invoked at "
              + invokedAt
              + ", completed at "
              + completedAt);
    }
    if ((outcome == Outcome.INDETERMINATE) != (completedAt == NEVER)) {
      throw new IllegalArgumentException(
          "exactly the indeterminate operations never complete; outcome " + outcome);
    }
  }

  /** The same operation with another key and value. */
  Operation with(Object newKey, Object newValue) {
    return new Operation(
        process,
        function,
        newKey,
        newValue,
        outcome,
        invokedAt,
        completedAt,
        invokedNanos,
        completedNanos);
  }
}
