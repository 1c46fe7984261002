package landfall.host;

/** Whole ticks of the monotonic clock, each counted once. */
final class Ticks {
  private final long start;
  private final long tickNanos;
  private long counted;

  Ticks(long now, long tickNanos) {
    start = now;
    this.tickNanos = tickNanos;
  }

  /** Ticks that have passed and were not counted yet, at most so many: no count lasts longer. */
  int due(long now, int most) {
    long passed = (now - start) / tickNanos;
    long due = passed - counted;
    counted = passed;
    return (int) Math.min(due, most);
  }

  /** When so many ticks will have passed since the last one that was counted. */
  long end(int ticks) {
    return start + (counted + ticks) * tickNanos;
  }
}
