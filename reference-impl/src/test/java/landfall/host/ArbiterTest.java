package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArbiterTest {
  private static final int RACES = 500;

  @TempDir Path folder;

  @Test
  void ofTwoHostsThatTakeAFreeLockAtOnceExactlyOneHasIt() throws Exception {
    Path file = folder.resolve("lock");
    var source = new Arbiter(file, "source");
    var destination = new Arbiter(file, "destination");
    var together = new CyclicBarrier(2);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int race = 0; race < RACES; race++) {
        source.claimFirst();
        source.release();
        assertTrue(destination.isFree());
        Future<Boolean> one = threads.submit(() -> taken(source, together));
        Future<Boolean> other = threads.submit(() -> taken(destination, together));
        assertTrue(one.get() ^ other.get(), one.get() + " and " + other.get());
        assertEquals(one.get() ? "source" : "destination", Files.readString(file));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static boolean taken(Arbiter arbiter, CyclicBarrier together) throws Exception {
    together.await();
    return arbiter.take();
  }

  @Test
  void aLockThatIsHeldIsNotTakenAndNotReleasedByAnother() throws Exception {
    Path file = folder.resolve("lock");
    var source = new Arbiter(file, "source");
    var destination = new Arbiter(file, "destination");
    source.claimFirst();
    assertFalse(destination.take());
    assertTrue(source.take());
    destination.release();
    assertFalse(source.isFree());
    assertEquals("source", Files.readString(file));
    source.release();
    assertTrue(destination.take());
    assertFalse(source.take());
    assertEquals("destination", Files.readString(file));
  }

  @Test
  void aLongerNameLeavesNothingBehind() throws Exception {
    Path file = folder.resolve("lock");
    new Arbiter(file, "destination").claimFirst();
    new Arbiter(file, "source").claimFirst();
    assertEquals("source", Files.readString(file));
  }

  @Test
  void anEmptyFileIsNobodysAndNotFree() throws Exception {
    // Whoever made the file has not said that it is free: better nobody runs the guest than two.
    Path file = Files.createFile(folder.resolve("lock"));
    var arbiter = new Arbiter(file, "destination");
    assertFalse(arbiter.isFree());
    assertFalse(arbiter.take());
  }
}
