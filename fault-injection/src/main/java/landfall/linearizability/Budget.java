package landfall.linearizability;

import java.time.Duration;

/**
 * How much a check may spend.
 *
 * @param time wall time over all keys
 * @param stepsMax steps of search over all keys
 */
public record Budget(Duration time, long stepsMax) {
  public Budget {
    if (time == null || time.isNegative() || time.isZero() || stepsMax < 1) {
      throw new IllegalArgumentException(
          "a budget needs a positive time and number of steps, was " + time + ", " + stepsMax);
    }
  }

  /** A budget of time alone. */
  public static Budget of(Duration time) {
    return new Budget(time, Long.MAX_VALUE);
  }
}
