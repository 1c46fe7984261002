package landfall.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Room for the pages of one checkpoint at a time. It is outside of the heap, which is small, while
 * a checkpoint may have every page of the guest; and it is used again, since the collector frees
 * such room late. On the loop's thread.
 */
final class CheckpointRoom {
  private static final int CHUNK_BYTES = 1 << 20;

  private final List<ByteBuffer> chunks = new ArrayList<>();

  /** Those before are full. */
  private int current;

  /**
   * Room for so many bytes, until {@link #clear}.
   *
   * @param bytes at most 1 MiB
   */
  ByteBuffer take(int bytes) {
    if (current < chunks.size() && chunks.get(current).remaining() < bytes) {
      current++;
    }
    if (current == chunks.size()) {
      chunks.add(ByteBuffer.allocateDirect(CHUNK_BYTES));
    }
    ByteBuffer chunk = chunks.get(current);
    ByteBuffer room = chunk.slice(chunk.position(), bytes);
    chunk.position(chunk.position() + bytes);
    return room;
  }

  /** Nobody looks at what was taken any more. */
  void clear() {
    chunks.forEach(ByteBuffer::clear);
    current = 0;
  }
}
