package landfall.linearizability;

import java.time.Duration;
import java.util.Locale;

/** A budget being spent. */
final class Spending {

  private static final int STEPS_BETWEEN_CLOCKS = 1024;

  /**
   * A search that remembers more than this share of the heap is stopped before the heap is full.
   */
  private static final double HEAP_SHARE_MAX = 0.4;

  private static final int BYTES_PER_CONFIGURATION = 250;

  private final long configurationsMax =
      (long) (Runtime.getRuntime().maxMemory() * HEAP_SHARE_MAX / BYTES_PER_CONFIGURATION);
  private final Budget budget;
  private final long startNanos = System.nanoTime();
  private long steps;
  private boolean exhausted;
  private boolean memoryExhausted;

  Spending(Budget budget) {
    this.budget = budget;
  }

  /**
   * Spends one step; false when nothing is left.
   *
   * @param configurations how many are remembered by now
   */
  boolean step(int configurations) {
    steps++;
    if (configurations > configurationsMax) {
      memoryExhausted = true;
      return false;
    }
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
        "%,d search steps in %.1f s (budget %.1f s%s)",
        steps,
        (System.nanoTime() - startNanos) / 1e9,
        budget.time().toMillis() / 1e3,
        memoryExhausted
            ? String.format(
                Locale.ROOT, "; memory for %,d configurations used up", configurationsMax)
            : "");
  }
}
