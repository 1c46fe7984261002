package landfall.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;

/** A storage whose writes hang from a certain moment on, until they are let. */
public final class SlowWrites implements BlockStorage {
  private final BlockStorage behind;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answers = new CountDownLatch(1);
  private volatile boolean hangs;

  public SlowWrites(BlockStorage behind) {
    this.behind = behind;
  }

  /** From now on writes hang. */
  public void hang() {
    hangs = true;
  }

  /** Returns when a write hangs. */
  public void awaitAsked() throws InterruptedException {
    asked.await();
  }

  public void letAnswer() {
    answers.countDown();
  }

  @Override
  public long sectors() {
    return behind.sectors();
  }

  @Override
  public void read(long sector, ByteBuffer into) throws IOException {
    behind.read(sector, into);
  }

  @Override
  public void write(long sector, ByteBuffer from) throws IOException {
    if (hangs) {
      asked.countDown();
      try {
        answers.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    behind.write(sector, from);
  }

  @Override
  public void flush() throws IOException {
    behind.flush();
  }
}
