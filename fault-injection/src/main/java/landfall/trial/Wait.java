package landfall.trial;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for something to become so, never for longer than a bound. */
final class Wait {
  private static final long POLL_NANOS = 5_000_000;

  private Wait() {}

  /** Waits until it is so, for this long at most; whether it is. */
  static boolean until(long millis, BooleanSupplier condition) throws InterruptedException {
    long giveUp = System.nanoTime() + millis * 1_000_000;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > giveUp) {
        return false;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }
}
