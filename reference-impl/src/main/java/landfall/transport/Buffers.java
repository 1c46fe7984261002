package landfall.transport;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import landfall.wire.Channel;

/**
 * Direct buffers that links have used and the next ones use again. The garbage collector frees such
 * a buffer late, since it is small on the heap: a host of many short attempts would grow.
 */
final class Buffers {
  /** More are not kept: so many a link may have, one for each channel. */
  private static final int KEPT_MAX = Channel.CHANNELS_MAX;

  private final Map<Integer, ArrayDeque<ByteBuffer>> free = new HashMap<>();

  /** A buffer of this length, big-endian, with whatever stands in it. */
  ByteBuffer take(int bytes) {
    ArrayDeque<ByteBuffer> ofLength = free.get(bytes);
    return ofLength == null || ofLength.isEmpty()
        ? ByteBuffer.allocateDirect(bytes)
        : ofLength.pop().clear();
  }

  /** The giver does not touch it any more. What was not taken from here may be given, too. */
  void give(ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      return;
    }
    ArrayDeque<ByteBuffer> ofLength =
        free.computeIfAbsent(buffer.capacity(), length -> new ArrayDeque<>());
    if (ofLength.size() < KEPT_MAX) {
      ofLength.push(buffer);
    }
  }
}
