package landfall.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Optional;

/**
 * Reads the frames of one direction of one connection, in order; several connections that {@link
 * #share} their numbers together. If the channel has nothing more for now, reading goes on in the
 * middle of a frame at the next call. Not thread-safe, except for {@link #bytesRead}.
 */
public final class FrameReader {
  /** What is read next of the frame that is under way. */
  private enum Part {
    HEADER,
    LIST_HEAD,
    LIST,
    CONTENTS,
    PAYLOAD
  }

  private final ReadableByteChannel channel;
  private final boolean checksContents;
  private Part part = Part.HEADER;

  /** Some of the header may be there. */
  private boolean begun;

  /** What the buffer must have room for before reading goes on; 0 if it has. */
  private int roomWanted;

  private FrameType type;
  private int length;
  private List<ByteBuffer> contents = List.of();
  private FrameNumbers numbers = new FrameNumbers();

  /** Other readers take frames of the same numbers. */
  private boolean shared;

  private int sequence;
  private boolean ended;

  /** See {@link #readInPieces}. */
  private int pieceBytes;

  /** How many it may still read. */
  private int pieceLeft;

  private boolean paused;
  private volatile long bytesRead;

  public FrameReader(ReadableByteChannel channel) {
    this(channel, true);
  }

  /**
   * @param checksContents whether the checksum of a Pages frame that is read into a {@link
   *     PageMemory} covers the contents of its pages; no if the stream itself sees to it that they
   *     arrive as they are
   */
  public FrameReader(ReadableByteChannel channel, boolean checksContents) {
    this.channel = channel;
    this.checksContents = checksContents;
  }

  /** Bytes that have arrived so far, those of an unfinished frame included. Any thread. */
  public long bytesRead() {
    return bytesRead;
  }

  /**
   * Bytes that the buffer must have room for, 0 if it is long enough. The next call then takes a
   * longer one that begins with what stands in this one up to its position.
   */
  public int roomWanted() {
    return roomWanted;
  }

  /** From now on what is read here and there is one sequence of frames. */
  public void share(FrameReader other) {
    numbers = other.numbers;
    shared = true;
    other.shared = true;
  }

  /** From here on frames have the numbers of the connection for urgent pages. */
  public void isUrgent() {
    numbers = new FrameNumbers(FrameNumbers.URGENT);
  }

  /**
   * From now on the contents of a frame are read in pieces of so many bytes, one a call, so that
   * other connections are looked at in between; 0 for as many as there are.
   */
  public void readInPieces(int bytes) {
    pieceBytes = bytes;
  }

  /** Whether the last call has read one piece, behind which there may be more. */
  public boolean paused() {
    return paused;
  }

  /**
   * Whether a header is here whose frame is not the next one: it is read once the frames between
   * were read elsewhere.
   */
  public boolean awaitsTurn() {
    return shared && part != Part.HEADER && sequence - numbers.next() > 0;
  }

  /** Whether the stream has ended between two frames. */
  public boolean ended() {
    return ended;
  }

  /**
   * The next frame, its payload as a whole in the buffer.
   *
   * @param into where its bytes go; at least a header and a list of pages long, big-endian; the
   *     same one, untouched, until a frame is whole, or until {@link #roomWanted}
   * @return the frame, or nothing if the channel has no more bytes now, has {@link #ended}, the
   *     buffer is too short, or it {@link #awaitsTurn}
   * @throws FrameException if what arrives is not the next frame
   * @throws IOException if the channel fails
   */
  public Optional<Frame> read(ByteBuffer into) throws IOException, FrameException {
    return read(into, null);
  }

  /**
   * The same, but the contents of a Pages frame go straight to this memory; its payload then ends
   * with its list.
   */
  public Optional<Frame> read(ByteBuffer into, PageMemory memory)
      throws IOException, FrameException {
    paused = false;
    pieceLeft = pieceBytes == 0 ? Integer.MAX_VALUE : pieceBytes;
    if (roomWanted > 0) {
      if (into.capacity() < roomWanted) {
        return Optional.empty();
      }
      into.limit(roomWanted);
      roomWanted = 0;
    }
    if (part == Part.HEADER && !readHeader(into, memory != null) || roomWanted > 0) {
      return Optional.empty();
    }
    if (awaitsTurn()) {
      return Optional.empty();
    }
    if (shared && part != Part.HEADER) {
      requireNext();
      if (!numbers.isReadBy(this)) {
        throw new FrameException(
            type.title() + " frame has sequence " + sequence + ", which comes on another channel");
      }
    }
    if (part == Part.LIST_HEAD) {
      if (!fill(into, length - (into.limit() - Frame.HEADER_BYTES))) {
        return Optional.empty();
      }
      into.limit(Frame.HEADER_BYTES + PageBatch.listBytes(payload(into), length));
      part = Part.LIST;
    }
    if (part == Part.LIST) {
      int listBytes = into.limit() - Frame.HEADER_BYTES;
      if (!fill(into, length - listBytes)) {
        return Optional.empty();
      }
      PageBatch pages = PageBatch.of(payload(into), length, memory.guestPages());
      contents = memory.contents(into.getInt(8), pages);
      part = Part.CONTENTS;
    }
    if (part == Part.CONTENTS ? !fillContents() : !fill(into, 0)) {
      return Optional.empty();
    }
    return Optional.of(frame(into));
  }

  /** True once the header is there; the limit is then that of what is read next. */
  private boolean readHeader(ByteBuffer into, boolean apart) throws IOException, FrameException {
    if (!begun) {
      into.clear().limit(Frame.HEADER_BYTES);
      begun = true;
    }
    if (!fill(into, 0)) {
      return false;
    }
    begun = false;
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
    type = FrameType.ofNumber(into.get(5) & 0xff);
    sequence = into.getInt(12);
    length = into.getInt(16);
    if (length < 0 || length > Frame.PAYLOAD_BYTES_MAX) {
      throw new FrameException(
          "payload of "
              + Integer.toUnsignedString(length)
              + " bytes: at most "
              + Frame.PAYLOAD_BYTES_MAX
              + " are accepted");
    }
    part = type == FrameType.PAGES && apart ? Part.LIST_HEAD : Part.PAYLOAD;
    int first = part == Part.LIST_HEAD ? Math.min(PageBatch.HEAD_BYTES, length) : length;
    if (into.capacity() < Frame.HEADER_BYTES + first) {
      roomWanted = Frame.HEADER_BYTES + first;
      return true;
    }
    into.limit(Frame.HEADER_BYTES + first);
    return true;
  }

  private Frame frame(ByteBuffer into) throws FrameException {
    contents.forEach(ByteBuffer::flip);
    int checksum = Frame.checksum(into, checksContents ? contents : List.of());
    part = Part.HEADER;
    contents = List.of();
    if (checksum != into.getInt(Frame.CHECKED_HEADER_BYTES)) {
      throw new FrameException(type.title() + " frame is damaged: its checksum does not match");
    }
    requireNext();
    numbers.take();
    return new Frame(type, into.getShort(6) & 0xffff, into.getInt(8), sequence, payload(into));
  }

  private void requireNext() throws FrameException {
    if (sequence != numbers.next()) {
      throw new FrameException(
          type.title()
              + " frame has sequence "
              + sequence
              + " where "
              + numbers.next()
              + " is due");
    }
  }

  private static ByteBuffer payload(ByteBuffer frame) {
    return frame.slice(Frame.HEADER_BYTES, frame.position() - Frame.HEADER_BYTES);
  }

  private boolean fillContents() throws IOException, FrameException {
    int behind = 0;
    for (ByteBuffer each : contents) {
      behind += each.remaining();
    }
    for (ByteBuffer each : contents) {
      behind -= each.remaining();
      if (!fill(each, behind)) {
        return false;
      }
    }
    return true;
  }

  /**
   * True once the buffer is full, false if the channel has nothing more for now.
   *
   * @param behind bytes of this part of the frame that come behind this buffer
   */
  private boolean fill(ByteBuffer into, int behind) throws IOException, FrameException {
    while (into.hasRemaining()) {
      int limit = into.limit();
      if (part == Part.CONTENTS) {
        if (pieceLeft <= 0) {
          paused = true;
          return false;
        }
        into.limit(into.position() + Math.min(into.remaining(), pieceLeft));
      }
      int count;
      try {
        count = channel.read(into);
      } finally {
        into.limit(limit);
      }
      pieceLeft -= count;
      if (count == 0) {
        return false;
      }
      if (count < 0) {
        if (part == Part.HEADER && into.position() == 0) {
          ended = true;
          return false;
        }
        throw new FrameException(
            "stream ends inside of a frame: "
                + (into.remaining() + behind)
                + (part == Part.HEADER ? " header" : " payload")
                + " bytes are missing");
      }
      bytesRead += count;
    }
    return true;
  }
}
