package landfall.wire;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Payload of the first frame of an attempt.
 *
 * @param migrationId the same for all attempts of one source process
 * @param ramBytes size of the guest's RAM
 * @param pageSize bytes of a page
 */
public record Hello(UUID migrationId, long ramBytes, int pageSize) {
  private static final int BYTES = 28;

  /** The payload. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(BYTES)
        .putLong(migrationId.getMostSignificantBits())
        .putLong(migrationId.getLeastSignificantBits())
        .putLong(ramBytes)
        .putInt(pageSize)
        .array();
  }

  /**
   * Reads a payload.
   *
   * @throws FrameException if it is not of this form
   */
  public static Hello of(ByteBuffer payload) throws FrameException {
    if (payload.remaining() != BYTES) {
      throw new FrameException(
          "Hello with " + payload.remaining() + " bytes of payload: " + BYTES + " are accepted");
    }
    ByteBuffer in = payload.duplicate();
    return new Hello(new UUID(in.getLong(), in.getLong()), in.getLong(), in.getInt());
  }
}
