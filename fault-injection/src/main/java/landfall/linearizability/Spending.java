package landfall.linearizability;

import java.time.Duration;
import java.util.Locale;

/** A budget being spent. */
final class Spending {

  private static final int STEPS_BETWEEN_CLOCKS = 1024;

  private final Budget budget;
  private final long startNanos = System.nanoTime();
  private long steps;
  private boolean exhausted;

  Spending(Budget budget) {
    this.budget = budget;
  }

  /** Spends one step; false when nothing is left. */
  boolean step() {
    steps++;
    if (steps >= budget.stepsMax()) {
      exhausted = true;
    } else if (steps % STEPS_BETWEEN_CLOCKS == 0) {
      exhausted |= remaining().isNegative();
    }
    return !exhausted;
  }

  Duration remaining() {
    return budget.time().minusNanos(System.nanoTime() - startNanos);
  }

  String spent() {
    return String.format(
        Locale.ROOT,
        "%,d search steps in %.1f s (budget %.1f s)",
        steps,
        (System.nanoTime() - startNanos) / 1e9,
        budget.time().toMillis() / 1e3);
  }
}
