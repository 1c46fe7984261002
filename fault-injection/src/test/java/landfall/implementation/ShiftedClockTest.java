package landfall.implementation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs libfaketime, and says so where it is not installed. */
class ShiftedClockTest {
  private static final long WAIT_NANOS = 200_000_000;

  /** A wait may end early now and then; one that never lasts ends many thousand times. */
  private static final int WAITS_MAX = 20;

  @TempDir private Path folder;

  /** A host whose waits end at once takes a whole processor, and serves nobody. */
  @Test
  void aProcessWithSuchAClockWaitsAsLongAsItAsks() throws Exception {
    boolean installed = ShiftedClock.isInstalled();
    if (!installed) {
      System.out.println("skipped: wall clocks that jump (libfaketime is not installed)");
    }
    assumeTrue(installed);
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Waits.class.getName());
    ShiftedClock.give(builder, folder.resolve("clock"));
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    ShiftedClock.forget(process.pid());
    int waits = Integer.parseInt(said.strip());
    assertTrue(waits <= WAITS_MAX, () -> waits + " waits");
  }

  /** Says how many waits it took until the time was over. */
  static final class Waits {
    private Waits() {}

    public static void main(String[] args) {
      int waits = 0;
      long due = System.nanoTime() + WAIT_NANOS;
      for (long left = WAIT_NANOS; left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
        waits++;
      }
      System.out.println(waits);
    }
  }
}
