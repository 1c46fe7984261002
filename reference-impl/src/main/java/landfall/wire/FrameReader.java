package landfall.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Optional;

/**
 * Reads the frames of one direction of one connection, in order. Not thread-safe, except for {@link
 * #bytesRead}.
 */
public final class FrameReader {
  private final ReadableByteChannel channel;
  private int nextSequence;
  private volatile long bytesRead;

  public FrameReader(ReadableByteChannel channel) {
    this.channel = channel;
  }

  /** Bytes that have arrived so far, those of an unfinished frame included. Any thread. */
  public long bytesRead() {
    return bytesRead;
  }

  /**
   * Waits for the next frame.
   *
   * @param into where its bytes go; at least a header and the longest payload long, big-endian
   * @return the frame, or nothing if the stream ended between two frames
   * @throws FrameException if what arrives is not the next frame
   * @throws IOException if the channel fails
   */
  public Optional<Frame> read(ByteBuffer into) throws IOException, FrameException {
    return next(into, null);
  }

  /**
   * The same, but the contents of a Pages frame go straight to this memory; its payload then ends
   * with its list.
   */
  public Optional<Frame> read(ByteBuffer into, PageMemory memory)
      throws IOException, FrameException {
    return next(into, memory);
  }

  private Optional<Frame> next(ByteBuffer into, PageMemory memory)
      throws IOException, FrameException {
    into.clear().limit(Frame.HEADER_BYTES);
    fill(into);
    if (into.position() == 0) {
      return Optional.empty();
    }
    requireFilled(into, 0, "header");
    int magic = into.getInt(0);
    if (magic != Frame.MAGIC) {
      throw new FrameException(
          String.format("not a frame: it starts with 0x%08x, not 0x%08x", magic, Frame.MAGIC));
    }
    int version = into.get(4) & 0xff;
    if (version != Frame.VERSION) {
      throw new FrameException(
          "frame of version " + version + ": version " + Frame.VERSION + " is accepted");
    }
    FrameType type = FrameType.ofNumber(into.get(5) & 0xff);
    int length = into.getInt(16);
    if (length < 0 || length > Frame.PAYLOAD_BYTES_MAX) {
      throw new FrameException(
          "payload of "
              + Integer.toUnsignedString(length)
              + " bytes: at most "
              + Frame.PAYLOAD_BYTES_MAX
              + " are accepted");
    }
    List<ByteBuffer> elsewhere =
        type == FrameType.PAGES && memory != null
            ? readPages(into, length, memory)
            : readPayload(into, length, length);
    if (Frame.checksum(into, elsewhere) != into.getInt(Frame.CHECKED_HEADER_BYTES)) {
      throw new FrameException(type.title() + " frame is damaged: its checksum does not match");
    }
    int sequence = into.getInt(12);
    if (sequence != nextSequence) {
      throw new FrameException(
          type.title() + " frame has sequence " + sequence + " where " + nextSequence + " is due");
    }
    nextSequence++;
    return Optional.of(
        new Frame(type, into.getShort(6) & 0xffff, into.getInt(8), sequence, payload(into)));
  }

  /** The first so many bytes of a payload of this length, behind the header. */
  private List<ByteBuffer> readPayload(ByteBuffer into, int bytes, int length)
      throws IOException, FrameException {
    into.limit(Frame.HEADER_BYTES + bytes);
    fill(into);
    requireFilled(into, length - bytes, "payload");
    return List.of();
  }

  private List<ByteBuffer> readPages(ByteBuffer into, int length, PageMemory memory)
      throws IOException, FrameException {
    readPayload(into, Math.min(PageBatch.HEAD_BYTES, length), length);
    int listBytes = PageBatch.listBytes(payload(into), length);
    readPayload(into, listBytes, length);
    PageBatch pages = PageBatch.of(payload(into), length, memory.guestPages());
    List<ByteBuffer> contents = memory.contents(into.getInt(8), pages);
    int missing = length - listBytes;
    for (ByteBuffer each : contents) {
      missing -= each.remaining();
      fill(each);
      requireFilled(each, missing, "payload");
      each.flip();
    }
    return contents;
  }

  private static ByteBuffer payload(ByteBuffer frame) {
    return frame.slice(Frame.HEADER_BYTES, frame.position() - Frame.HEADER_BYTES);
  }

  private void fill(ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      int count = channel.read(into);
      if (count < 0) {
        return;
      }
      bytesRead += count;
    }
  }

  /** {@code afterwards}: bytes of this part that would have come behind this buffer. */
  private static void requireFilled(ByteBuffer buffer, int afterwards, String part)
      throws FrameException {
    if (buffer.hasRemaining()) {
      throw new FrameException(
          "stream ends inside of a frame: "
              + (buffer.remaining() + afterwards)
              + " bytes of its "
              + part
              + " miss");
    }
  }
}
