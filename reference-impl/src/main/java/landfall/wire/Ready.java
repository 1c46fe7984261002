package landfall.wire;

import java.nio.ByteBuffer;

/**
 * Payload of the frame by which a destination says that it holds the whole image.
 *
 * @param host identity of the destination: the guest is given away to this host and no other
 */
public record Ready(String host) {

  /** The payload. */
  public byte[] toBytes() {
    return Text.encode(host);
  }

  /**
   * Reads a payload.
   *
   * @throws FrameException if it is not of this form
   */
  public static Ready of(ByteBuffer payload) throws FrameException {
    ByteBuffer in = payload.duplicate();
    String host = Text.decode(in, "Ready");
    if (in.hasRemaining()) {
      throw new FrameException("Ready frame with " + in.remaining() + " bytes behind its host");
    }
    return new Ready(host);
  }
}
