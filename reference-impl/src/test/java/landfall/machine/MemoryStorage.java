package landfall.machine;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A disk in memory that notes what was flushed, fails if told to, and asks no more than it may. */
final class MemoryStorage implements BlockStorage {
  final byte[] written;
  final byte[] flushed;
  boolean fails;
  int reads;
  int writes;
  int flushes;

  MemoryStorage(int sectors) {
    written = new byte[sectors * SECTOR_BYTES];
    flushed = new byte[written.length];
  }

  @Override
  public long sectors() {
    return written.length / SECTOR_BYTES;
  }

  @Override
  public void read(long sector, ByteBuffer into) throws IOException {
    requireWhole(into);
    reads++;
    into.put(written, (int) sector * SECTOR_BYTES, into.remaining());
  }

  @Override
  public void write(long sector, ByteBuffer from) throws IOException {
    requireWhole(from);
    writes++;
    from.get(written, (int) sector * SECTOR_BYTES, from.remaining());
  }

  @Override
  public void flush() throws IOException {
    flushes++;
    if (fails) {
      throw new IOException("the storage is gone");
    }
    System.arraycopy(written, 0, flushed, 0, written.length);
  }

  private void requireWhole(ByteBuffer buffer) throws IOException {
    if (buffer.remaining() % SECTOR_BYTES != 0) {
      throw new AssertionError(buffer + " is not in sectors");
    }
    if (fails) {
      throw new IOException("the storage is gone");
    }
  }
}
