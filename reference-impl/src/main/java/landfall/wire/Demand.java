package landfall.wire;

import java.nio.ByteBuffer;

/**
 * Payload of the frame by which a destination asks for a page.
 *
 * @param page its number
 */
public record Demand(int page) {

  /** The payload. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(Integer.BYTES).putInt(page).array();
  }

  /**
   * Reads a payload.
   *
   * @param guestPages pages of the guest; the number is below
   * @throws FrameException if it is not of this form
   */
  public static Demand of(ByteBuffer payload, int guestPages) throws FrameException {
    if (payload.remaining() != Integer.BYTES) {
      throw new FrameException("Demand frame of " + payload.remaining() + " bytes: 4 are accepted");
    }
    int page = payload.getInt(payload.position());
    if (page < 0 || page >= guestPages) {
      throw new FrameException(
          "Demand frame for page "
              + Integer.toUnsignedString(page)
              + ": the guest has pages 0 to "
              + (guestPages - 1));
    }
    return new Demand(page);
  }
}
