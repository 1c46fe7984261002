package landfall.wire;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** A stream that arrives in pieces of at most so many bytes, and then ends. */
class Chunks implements ReadableByteChannel {
  private final ByteBuffer bytes;
  private final int chunk;

  Chunks(byte[] bytes, int chunk) {
    this.bytes = ByteBuffer.wrap(bytes);
    this.chunk = chunk;
  }

  @Override
  public int read(ByteBuffer into) throws java.io.IOException {
    if (!bytes.hasRemaining()) {
      return -1;
    }
    int length = Math.min(chunk, Math.min(into.remaining(), bytes.remaining()));
    into.put(bytes.slice(bytes.position(), length));
    bytes.position(bytes.position() + length);
    return length;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}
}
