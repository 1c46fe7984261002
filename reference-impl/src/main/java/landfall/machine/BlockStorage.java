package landfall.machine;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where a guest's disk keeps its sectors. A machine asks on a thread of its own, one question after
 * the other; an answer may take as long as it takes. The guest waits for it meanwhile, nobody else
 * does.
 */
public interface BlockStorage {
  /** Bytes of a sector. */
  int SECTOR_BYTES = 512;

  /** How many sectors there are: at least 1, and always the same number. */
  long sectors();

  /**
   * Fills a buffer with the sectors from this one on. Only asked for whole sectors that there are.
   */
  void read(long sector, ByteBuffer into) throws IOException;

  /** Replaces sectors from this one on. A failure leaves each of them old, new or torn. */
  void write(long sector, ByteBuffer from) throws IOException;

  /** What was written before is on stable storage, and whoever reads it sees it. */
  void flush() throws IOException;
}
