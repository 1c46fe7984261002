package landfall.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Payload of the first frame from a host to a store. The attempt is that of the frame.
 *
 * @param guest which guest it is, as in {@link Hello}
 * @param pages of the guest's RAM
 * @param keepsCheckpoints whether checkpoints go to the store, and not to the source
 * @param source whether the host is the source of the attempt, and not its destination
 * @param host identity of the host
 */
public record StoreHello(
    UUID guest, int pages, boolean keepsCheckpoints, boolean source, String host) {
  /** Guests with more pages than this have no list that fits into a frame. */
  public static final int PAGES_MAX = PageList.GUEST_PAGES_MAX - 1;

  private static final int FIXED_BYTES = 21;
  private static final int KEEPS_CHECKPOINTS = 1;
  private static final int SOURCE = 2;

  /** The payload. */
  public byte[] toBytes() {
    var out = new ByteArrayOutputStream();
    int bits = (keepsCheckpoints ? KEEPS_CHECKPOINTS : 0) | (source ? SOURCE : 0);
    out.writeBytes(
        ByteBuffer.allocate(FIXED_BYTES)
            .putLong(guest.getMostSignificantBits())
            .putLong(guest.getLeastSignificantBits())
            .putInt(pages)
            .put((byte) bits)
            .array());
    out.writeBytes(Text.encode(host));
    return out.toByteArray();
  }

  /**
   * Reads a payload.
   *
   * @throws FrameException if it is not of this form
   */
  public static StoreHello of(ByteBuffer payload) throws FrameException {
    if (payload.remaining() <= FIXED_BYTES) {
      throw new FrameException(
          "StoreHello frame of "
              + payload.remaining()
              + " bytes: "
              + FIXED_BYTES
              + " and a host name are accepted");
    }
    ByteBuffer in = payload.duplicate();
    var guest = new UUID(in.getLong(), in.getLong());
    int pages = in.getInt();
    int bits = in.get();
    if (pages < 1 || pages > PAGES_MAX) {
      throw new FrameException(
          "StoreHello frame for a guest of "
              + pages
              + " pages: 1 to "
              + PAGES_MAX
              + " are accepted");
    }
    if ((bits & ~(KEEPS_CHECKPOINTS | SOURCE)) != 0) {
      throw new FrameException("StoreHello frame with bits that have no meaning: " + (bits & 0xff));
    }
    String host = Text.decode(in, "StoreHello");
    if (in.hasRemaining()) {
      throw new FrameException(
          "StoreHello frame with " + in.remaining() + " bytes behind its host name");
    }
    return new StoreHello(
        guest, pages, (bits & KEEPS_CHECKPOINTS) != 0, (bits & SOURCE) != 0, host);
  }
}
