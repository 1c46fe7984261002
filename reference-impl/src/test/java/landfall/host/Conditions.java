package landfall.host;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what must come, with a deadline. */
final class Conditions {
  private static final long LIMIT_NANOS = 15_000_000_000L;
  private static final long PAUSE_NANOS = 2_000_000;

  private Conditions() {}

  static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + LIMIT_NANOS;
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        fail("in vain waited for " + what);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
