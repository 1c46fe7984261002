package landfall.transport;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SelectorLoopTest {
  private static final long NANOS = 200_000;
  private static final int TRIES = 200;

  private static long waited(SelectorLoop loop) throws Exception {
    var done = new CompletableFuture<Long>();
    loop.execute(
        () -> {
          long start = System.nanoTime();
          loop.after(NANOS, () -> done.complete(System.nanoTime() - start));
        });
    return done.get(20, TimeUnit.SECONDS);
  }

  /** The least of many, since a busy machine makes any single one longer. */
  @Test
  void aTimeBelowAMillisecondIsNotRoundedUpToOne() throws Exception {
    try (var loop = SelectorLoop.start("test", failed -> {})) {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < TRIES; i++) {
        long waited = waited(loop);
        assertTrue(waited >= NANOS, "too early, after " + waited + " ns");
        least = Math.min(least, waited);
      }
      assertTrue(least < 800_000, "the shortest was " + least + " ns");
    }
  }
}
