package landfall.machine;

import java.util.Arrays;

/**
 * How long a guest has waited for pages that were not here: counts of waits by their length, in
 * bounded memory however many there are. Buckets are at most a sixteenth of their waits wide.
 *
 * <p>Not safe for use by several threads; {@link #copy} is what others look at.
 */
public final class PageWaits {
  private static final int PARTS = 16;
  private static final int PART_BITS = 4;

  /** Waits of half an hour and more are in the last bucket. */
  private static final int POWERS = 38;

  /** Powers of two, in microseconds, of which {@link #byPowersOfTwo} tells. */
  private static final int POWERS_TOLD = 24;

  private final long[] counts = new long[POWERS * PARTS];
  private long count;
  private long totalNanos;
  private long maxNanos;

  void add(long nanos) {
    counts[bucket(nanos)]++;
    count++;
    totalNanos += nanos;
    maxNanos = Math.max(maxNanos, nanos);
  }

  void clear() {
    Arrays.fill(counts, 0);
    count = 0;
    totalNanos = 0;
    maxNanos = 0;
  }

  PageWaits copy() {
    var copy = new PageWaits();
    System.arraycopy(counts, 0, copy.counts, 0, counts.length);
    copy.count = count;
    copy.totalNanos = totalNanos;
    copy.maxNanos = maxNanos;
    return copy;
  }

  // Waits below PARTS nanoseconds have a bucket each. Above, the power of two and the bits behind
  // the highest one name the bucket.
  private static int bucket(long nanos) {
    if (nanos < PARTS) {
      return (int) Math.max(nanos, 0);
    }
    int shift = Long.SIZE - 1 - PART_BITS - Long.numberOfLeadingZeros(nanos);
    int part = (int) (nanos >> shift) - PARTS;
    return Math.min((shift + 1) * PARTS + part, POWERS * PARTS - 1);
  }

  /** The first wait, in nanoseconds, that is in the bucket behind this one. */
  private static long end(int bucket) {
    if (bucket < PARTS) {
      return bucket + 1L;
    }
    return (long) (PARTS + bucket % PARTS + 1) << (bucket / PARTS - 1);
  }

  public long count() {
    return count;
  }

  public long totalNanos() {
    return totalNanos;
  }

  public long maxNanos() {
    return maxNanos;
  }

  /** 0 if there was no wait. */
  public long averageNanos() {
    return count == 0 ? 0 : totalNanos / count;
  }

  /**
   * A length that this share of the waits did not exceed. It may be too long by a sixteenth, and is
   * never too short.
   *
   * @param percent above 0, up to 100
   */
  public long percentileNanos(double percent) {
    long wanted = (long) Math.ceil(count * percent / 100);
    long seen = 0;
    for (int bucket = 0; bucket < counts.length; bucket++) {
      seen += counts[bucket];
      if (seen >= wanted && seen > 0) {
        return Math.min(end(bucket), maxNanos);
      }
    }
    return 0;
  }

  /**
   * How many waits lasted from 2^n to 2^(n+1) microseconds, for n from 0; shorter ones are with n =
   * 0, longer ones with the last. A wait may be counted one place too high if it is within a
   * sixteenth of the border.
   */
  public long[] byPowersOfTwo() {
    long[] told = new long[POWERS_TOLD];
    for (int bucket = 0; bucket < counts.length; bucket++) {
      long micros = Math.max(1, (end(bucket) - 1) / 1000);
      int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(micros);
      told[Math.min(power, POWERS_TOLD - 1)] += counts[bucket];
    }
    return told;
  }
}
