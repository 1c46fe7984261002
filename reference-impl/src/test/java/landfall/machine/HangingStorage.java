package landfall.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;

/** A storage that is asked, and answers only when it is let. */
public final class HangingStorage implements BlockStorage {
  private final BlockStorage behind;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answers = new CountDownLatch(1);

  public HangingStorage(BlockStorage behind) {
    this.behind = behind;
  }

  /** Returns when the guest has asked it for something. */
  public void awaitAsked() throws InterruptedException {
    asked.await();
  }

  public void letAnswer() {
    answers.countDown();
  }

  private void hang() throws IOException {
    asked.countDown();
    try {
      answers.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public long sectors() {
    return behind.sectors();
  }

  @Override
  public void read(long sector, ByteBuffer into) throws IOException {
    hang();
    behind.read(sector, into);
  }

  @Override
  public void write(long sector, ByteBuffer from) throws IOException {
    hang();
    behind.write(sector, from);
  }

  @Override
  public void flush() throws IOException {
    hang();
    behind.flush();
  }
}
