package landfall.simulation;

import java.util.SplittableRandom;
import landfall.explorer.ExploredProtocol;
import landfall.explorer.Moment.Move;

/**
 * How fast everything is in one run: each place, action and connection has a factor of its own, so
 * that what is slow in one run is quick in another.
 */
final class Tempo {
  private static final double JITTER_MIN = 0.5;
  private static final double JITTER_MAX = 1.5;
  private static final double STALL_CHANCE = 0.03;
  private static final double STALL = 20;
  private static final double HASTE_CHANCE = 0.2;
  private static final double HASTE = 0.01;
  private static final int ACTION_OCTAVES = 5;
  private static final int PLACE_OCTAVES = 2;
  private static final int CONNECTION_OCTAVES = 3;
  private static final double EVEN_BREADTH = 0.7;
  private static final long ATTEMPTS = 1_000;

  private final SplittableRandom random;
  private final ExploredProtocol protocol;
  private final boolean even;
  private final long salt;
  private final double breadth;

  /**
   * A tempo of its own.
   *
   * @param even false if, now and then, an event takes far longer than it should, and a host that
   *     waits or looks again does so at once
   */
  Tempo(SplittableRandom random, ExploredProtocol protocol, boolean even) {
    this.random = random;
    this.protocol = protocol;
    this.even = even;
    salt = random.nextLong();
    breadth = even ? EVEN_BREADTH : random.nextDouble();
  }

  /** Microseconds until the event happens, drawn anew each time. */
  double delay(Move move) {
    double micros =
        Kind.of(move.action(), protocol).micros()
            * factor(move.action().hashCode(), ACTION_OCTAVES)
            * factor(move.who() + 1L, PLACE_OCTAVES)
            * factor(ATTEMPTS + move.attempt(), CONNECTION_OCTAVES)
            * random.nextDouble(JITTER_MIN, JITTER_MAX);
    if (even) {
      return micros;
    }
    if (Kind.of(move.action(), protocol) == Kind.DEADLINE && random.nextDouble() < HASTE_CHANCE) {
      return micros * HASTE;
    }
    return random.nextDouble() < STALL_CHANCE ? micros * STALL : micros;
  }

  // The same for the whole run: 2 to a power between minus and plus the octaves, or a part of them
  // that is drawn for the run. In some runs all is level, in others some things hardly go on.
  private double factor(long of, int octaves) {
    long mixed = (salt ^ of * 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 31) * 0x94D049BB133111EBL;
    double unit = (mixed >>> 11) * 0x1.0p-53;
    return Math.exp(Math.log(2) * breadth * octaves * (2 * unit - 1));
  }
}
