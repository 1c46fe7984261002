package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import landfall.machine.BlockStorage;

/**
 * A storage of which a flush that fails is not believed when it is tried again. A system tells of
 * writes that it has lost once, with the flush that failed, and not with the next one: Linux takes
 * pages for clean after that. So what was written since the last flush is kept, and written once
 * more before the next flush counts.
 *
 * <p>One thread after the other writes and flushes; {@link #forget} waits for none of them.
 */
final class UnflushedWrites implements BlockStorage {
  /** More is flushed before it is written. */
  static final int KEPT_BYTES_MAX = 4 << 20;

  /** Writes of one stay of a guest here. */
  private record Kept(long sector, byte[] data) {}

  private final BlockStorage storage;
  private final AtomicInteger stay = new AtomicInteger();
  private final List<Kept> kept = new ArrayList<>();
  private long keptBytes;
  private int keptOf;

  /** A flush has begun and not succeeded: the storage may lack any of these writes. */
  private boolean mayLack;

  UnflushedWrites(BlockStorage storage) {
    this.storage = storage;
  }

  /** What was written is no longer this host's to write: the guest is not here any more. */
  void forget() {
    stay.incrementAndGet();
  }

  @Override
  public long sectors() {
    return storage.sectors();
  }

  @Override
  public void read(long sector, ByteBuffer into) throws IOException {
    storage.read(sector, into);
  }

  @Override
  public synchronized void write(long sector, ByteBuffer from) throws IOException {
    byte[] data = new byte[from.remaining()];
    from.duplicate().get(data);
    beginStay();
    if (keptBytes > 0 && keptBytes + data.length > KEPT_BYTES_MAX) {
      flush();
    }
    storage.write(sector, from);
    kept.add(new Kept(sector, data));
    keptBytes += data.length;
  }

  @Override
  public synchronized void flush() throws IOException {
    beginStay();
    if (mayLack) {
      for (Kept each : List.copyOf(kept)) {
        storage.write(each.sector(), ByteBuffer.wrap(each.data()));
      }
    }
    mayLack = true;
    storage.flush();
    clear();
  }

  private void beginStay() {
    int now = stay.get();
    if (keptOf != now) {
      keptOf = now;
      clear();
    }
  }

  private void clear() {
    kept.clear();
    keptBytes = 0;
    mayLack = false;
  }
}
