package landfall.machine;

/** Says how long the hart must rest so that it rests a given share of the time. */
final class Throttle {
  /** Rests shorter than this are saved up: parking is not exact, and waking costs. */
  static final long REST_NANOS_MIN = 500_000;

  private volatile int percent;
  private long owedNanos;

  void setPercent(int value) {
    if (value < 0 || value > 99) {
      throw new IllegalArgumentException("throttle of " + value + " percent: 0 to 99 are accepted");
    }
    percent = value;
  }

  int percent() {
    return percent;
  }

  /** Nanoseconds to rest after so much work; 0 if it is too early to rest. */
  long restNanosAfter(long workedNanos) {
    int share = percent;
    if (share == 0) {
      owedNanos = 0;
      return 0;
    }
    owedNanos += workedNanos * share / (100 - share);
    return owedNanos >= REST_NANOS_MIN ? owedNanos : 0;
  }

  /** Pays off what was rested; a rest that was too long shortens the next ones. */
  void rested(long nanos) {
    owedNanos -= nanos;
  }
}
