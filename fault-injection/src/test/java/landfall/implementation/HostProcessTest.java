package landfall.implementation;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class HostProcessTest {
  /** In one of three tries {@link Process} alone says that it lives (measured). */
  @Test
  void isDeadForWhoeverHasSeenByItsHandleThatItIs() throws IOException {
    for (int i = 0; i < 50; i++) {
      var host = new HostProcess(null, new ProcessBuilder("sleep", "60").start(), null);
      assertTrue(host.isAlive());
      host.handle().destroyForcibly();
      while (host.handle().isAlive()) {
        Thread.onSpinWait();
      }
      assertFalse(host.isAlive());
    }
  }
}
