package landfall.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import landfall.machine.BlockStorage;
import org.junit.jupiter.api.Test;

/** A storage that loses what it could not flush, and says so once, as Linux does. */
class UnflushedWritesTest {
  private static final int SECTOR = BlockStorage.SECTOR_BYTES;

  private final ForgetfulStorage below = new ForgetfulStorage(64 << 10);
  private final UnflushedWrites disk = new UnflushedWrites(below);

  /** Writes stay in its cache until they are flushed; those of a flush that fails are gone. */
  private static final class ForgetfulStorage implements BlockStorage {
    private final byte[] cache;
    private final byte[] medium;
    private boolean flushFails;
    private boolean writeFails;
    private int writes;

    ForgetfulStorage(int sectors) {
      cache = new byte[sectors * SECTOR_BYTES];
      medium = new byte[cache.length];
    }

    @Override
    public long sectors() {
      return cache.length / SECTOR_BYTES;
    }

    @Override
    public void read(long sector, ByteBuffer into) {
      into.put(cache, (int) sector * SECTOR_BYTES, into.remaining());
    }

    @Override
    public void write(long sector, ByteBuffer from) throws IOException {
      if (writeFails) {
        throw new IOException("no space left");
      }
      writes++;
      from.get(cache, (int) sector * SECTOR_BYTES, from.remaining());
    }

    @Override
    public void flush() throws IOException {
      if (flushFails) {
        System.arraycopy(medium, 0, cache, 0, medium.length);
        throw new IOException("input/output error");
      }
      System.arraycopy(cache, 0, medium, 0, cache.length);
    }
  }

  private void write(long sector, int value) throws IOException {
    disk.write(sector, ByteBuffer.wrap(filled(SECTOR, value)).asReadOnlyBuffer());
  }

  private static byte[] filled(int bytes, int value) {
    byte[] data = new byte[bytes];
    Arrays.fill(data, (byte) value);
    return data;
  }

  private int onMedium(int sector) {
    byte[] there = Arrays.copyOfRange(below.medium, sector * SECTOR, (sector + 1) * SECTOR);
    assertArrayEquals(filled(SECTOR, there[0]), there);
    return there[0];
  }

  @Test
  void whatAFailedFlushLostIsOnTheStorageBeforeTheNextOneCounts() throws IOException {
    write(1, 10);
    disk.flush();
    write(2, 20);
    write(3, 30);
    write(2, 21);
    below.flushFails = true;
    assertThrows(IOException.class, disk::flush);
    assertThrows(IOException.class, disk::flush);
    below.flushFails = false;
    write(4, 40);
    disk.flush();
    assertEquals(10, onMedium(1));
    assertEquals(21, onMedium(2));
    assertEquals(30, onMedium(3));
    assertEquals(40, onMedium(4));
  }

  /** As long as nothing fails nothing is written twice. */
  @Test
  void whatWasFlushedIsNotWrittenAgain() throws IOException {
    write(1, 10);
    disk.flush();
    disk.flush();
    write(2, 20);
    disk.flush();
    assertEquals(2, below.writes);
    below.flushFails = true;
    assertThrows(IOException.class, disk::flush);
    below.flushFails = false;
    disk.flush();
    assertEquals(2, below.writes, "nothing was written since the flush that did not fail");
  }

  /** The flush fails for as long as what it lost cannot be written. */
  @Test
  void aFlushFailsWhileWhatWasLostCannotBeWritten() throws IOException {
    write(1, 10);
    below.flushFails = true;
    assertThrows(IOException.class, disk::flush);
    below.flushFails = false;
    below.writeFails = true;
    assertThrows(IOException.class, disk::flush);
    assertThrows(IOException.class, () -> write(1, 11));
    below.writeFails = false;
    write(1, 12);
    disk.flush();
    assertEquals(12, onMedium(1));
  }

  /** Another host may have written meanwhile. */
  @Test
  void whatAGuestWroteHereBeforeItWentIsNotWrittenOnceItIsBack() throws IOException {
    write(1, 10);
    below.flushFails = true;
    assertThrows(IOException.class, disk::flush);
    below.flushFails = false;
    Arrays.fill(below.cache, SECTOR, 2 * SECTOR, (byte) 99);
    disk.forget();
    write(2, 20);
    disk.flush();
    assertEquals(99, onMedium(1));
    assertEquals(20, onMedium(2));
  }

  /** No more is kept than that: it is flushed first, and a write fails where that does. */
  @Test
  void whatIsKeptHasABound() throws IOException {
    int sectors = UnflushedWrites.KEPT_BYTES_MAX / SECTOR;
    disk.write(0, ByteBuffer.wrap(filled(sectors * SECTOR, 7)));
    below.flushFails = true;
    assertThrows(IOException.class, () -> write(sectors, 8));
    below.flushFails = false;
    write(sectors, 8);
    assertEquals(7, onMedium(0));
    assertEquals(7, onMedium(sectors - 1));
    assertEquals(0, onMedium(sectors), "it waits for a flush of its own");
  }
}
