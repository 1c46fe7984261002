package landfall.wire;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One frame.
 *
 * @param flags see the constants
 * @param attempt number of the attempt it belongs to
 * @param sequence number of the frame in its direction of its link, from 0
 * @param payload from its position to its limit; shares its bytes with the buffer it was read into
 */
public record Frame(FrameType type, int flags, int attempt, int sequence, ByteBuffer payload) {
  /** Length of the header. */
  public static final int HEADER_BYTES = 24;

  /** Longest payload that is accepted. */
  public static final int PAYLOAD_BYTES_MAX = 1 << 20;

  /** On Pages: the guest is paused, these are pages of the last rounds. */
  public static final int FLAG_GUEST_PAUSED = 1;

  /** On DeviceState: the operator had stopped the guest, and it is to stay so where it arrives. */
  public static final int FLAG_STOPPED_BY_OPERATOR = 2;

  /** On Hello and DeviceState: the attempt is one of post-copy. */
  public static final int FLAG_POST_COPY = 4;

  /** On Recover: the source does not know whether the guest runs at the destination. */
  public static final int FLAG_IN_DOUBT = 8;

  /** On Pages of post-copy: one page, whose version stands in the place of the round. */
  public static final int FLAG_VERSION = 16;

  /**
   * On Hello: the destination is to send checkpoints back. On Recover: the source asks what became
   * of a guest of which it has taken checkpoints.
   */
  public static final int FLAG_CHECKPOINTS = 32;

  /** On Hello: these checkpoints carry the writes of the guest's disk that are held. */
  public static final int FLAG_DISK = 64;

  /** On Hello and Recover: a store has a copy of each page, and checkpoints go there. */
  public static final int FLAG_COPIES_AHEAD = 128;

  /** On Hello and Recover: more connections are to carry frames, see {@link Channel}. */
  public static final int FLAG_CHANNELS = 256;

  /** On Hello and Recover: the last connection is for urgent pages, see {@link Channel}. */
  public static final int FLAG_URGENT = 512;

  static final int MAGIC = 0x4C46_524D;
  static final int VERSION = 3;
  static final int CHECKED_HEADER_BYTES = 20;

  /** True if all bits of {@code flag} are set. */
  public boolean has(int flag) {
    return (flags & flag) == flag;
  }

  /** Whether it came on the connection for urgent pages. */
  public boolean isUrgent() {
    return sequence >= FrameNumbers.URGENT;
  }

  /** What is said to who sends this although nobody awaits it now. */
  public FrameException outOfPlace() {
    return FrameException.outOfPlace(type, attempt);
  }

  /** A frame around a payload, encoded and ready to be written. */
  public static ByteBuffer encode(
      FrameType type, int flags, int attempt, int sequence, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + payload.length);
    frame.position(HEADER_BYTES).put(payload);
    seal(frame, type, flags, attempt, sequence);
    return frame;
  }

  /**
   * Writes the header in front of a payload that stands from byte 24 up to the position, and flips
   * the buffer, so that it can be written as it is.
   *
   * @throws IllegalArgumentException if the payload is too long
   */
  public static void seal(ByteBuffer frame, FrameType type, int flags, int attempt, int sequence) {
    seal(frame, type, flags, attempt, sequence, List.of(), PAYLOAD_BYTES_MAX);
  }

  /**
   * The same for a payload of which the last bytes stand elsewhere, and stay as they are until they
   * are sent.
   *
   * @param checkedBytes the checksum covers so much of the payload, or all if it is shorter
   * @throws IllegalArgumentException if the payload is too long
   */
  static void seal(
      ByteBuffer frame,
      FrameType type,
      int flags,
      int attempt,
      int sequence,
      List<ByteBuffer> elsewhere,
      int checkedBytes) {
    int length = frame.position() - HEADER_BYTES;
    for (ByteBuffer each : elsewhere) {
      length += each.remaining();
    }
    if (length < 0 || length > PAYLOAD_BYTES_MAX) {
      throw new IllegalArgumentException("payload of " + length + " bytes: see PAYLOAD_BYTES_MAX");
    }
    frame.flip();
    frame.putInt(0, MAGIC).put(4, (byte) VERSION).put(5, type.number()).putShort(6, (short) flags);
    frame.putInt(8, attempt).putInt(12, sequence).putInt(16, length);
    int here = frame.limit() - HEADER_BYTES;
    ByteBuffer checked = frame.duplicate().limit(HEADER_BYTES + Math.min(here, checkedBytes));
    int checksum = checksum(checked, checkedBytes > here ? elsewhere : List.of());
    frame.putInt(CHECKED_HEADER_BYTES, checksum);
  }

  /**
   * CRC32C over the header before the checksum and the payload: from the buffer, up to its limit,
   * and what of it stands elsewhere.
   */
  static int checksum(ByteBuffer frame, List<ByteBuffer> elsewhere) {
    CRC32C crc = new CRC32C();
    crc.update(frame.duplicate().position(0).limit(CHECKED_HEADER_BYTES));
    crc.update(frame.duplicate().position(HEADER_BYTES));
    for (ByteBuffer each : elsewhere) {
      crc.update(each.duplicate());
    }
    return (int) crc.getValue();
  }
}
