package landfall.host;

/** Tries again, each time later, and never at the same moment as others. On the loop's thread. */
final class Backoff {
  private static final long NANOS_MIN = 100_000_000;
  private static final long NANOS_MAX = 2_000_000_000;

  private final Engine engine;
  private long nanos = NANOS_MIN;

  Backoff(Engine engine) {
    this.engine = engine;
  }

  /** Calls this once the wait is over. */
  void later(Runnable again) {
    long wait = nanos * 3 / 4 + (long) (engine.random.nextDouble() * nanos / 2);
    nanos = Math.min(nanos * 3 / 2, NANOS_MAX);
    engine.loop.after(wait, again);
  }
}
