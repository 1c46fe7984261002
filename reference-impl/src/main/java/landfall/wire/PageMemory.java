package landfall.wire;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Takes the contents of Pages frames to the places where they belong while they arrive, so that
 * they are copied once. What it is given is not yet known to be undamaged: if {@link
 * FrameReader#read} then throws, the memory holds rubbish.
 */
public interface PageMemory {
  /** Pages of the guest. */
  int guestPages();

  /**
   * Memory for the contents of those pages that are not zero, in the order of the list.
   *
   * @return buffers, each from position 0, with as much room in all as the contents have bytes
   * @throws FrameException if no such frame is expected now
   */
  List<ByteBuffer> contents(int attempt, PageBatch pages) throws FrameException;
}
