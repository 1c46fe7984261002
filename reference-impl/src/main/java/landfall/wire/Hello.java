package landfall.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Payload of the first frame of an attempt.
 *
 * @param migrationId which guest it is: the same for all attempts to move it, from whatever host
 * @param ramBytes size of the guest's RAM
 * @param pageSize bytes of a page
 * @param host identity of the source
 */
public record Hello(UUID migrationId, long ramBytes, int pageSize, String host) {
  private static final int FIXED_BYTES = 28;

  /** The payload. */
  public byte[] toBytes() {
    var out = new ByteArrayOutputStream();
    out.writeBytes(
        ByteBuffer.allocate(FIXED_BYTES)
            .putLong(migrationId.getMostSignificantBits())
            .putLong(migrationId.getLeastSignificantBits())
            .putLong(ramBytes)
            .putInt(pageSize)
            .array());
    out.writeBytes(Text.encode(host));
    return out.toByteArray();
  }

  /**
   * Reads a payload.
   *
   * @throws FrameException if it is not of this form
   */
  public static Hello of(ByteBuffer payload) throws FrameException {
    if (payload.remaining() <= FIXED_BYTES) {
      throw new FrameException(
          "Hello with "
              + payload.remaining()
              + " bytes of payload: "
              + FIXED_BYTES
              + " and a host name are accepted");
    }
    ByteBuffer in = payload.duplicate();
    var id = new UUID(in.getLong(), in.getLong());
    long ramBytes = in.getLong();
    int pageSize = in.getInt();
    String host = Text.decode(in, "Hello");
    if (in.hasRemaining()) {
      throw new FrameException("Hello with " + in.remaining() + " bytes behind its host name");
    }
    return new Hello(id, ramBytes, pageSize, host);
  }
}
