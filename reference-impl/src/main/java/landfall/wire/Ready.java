package landfall.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * Payload of the frame by which a destination says that it holds the whole image.
 *
 * @param host identity of the destination: the guest is given away to this host and no other
 * @param token what the source must show with Handover: a stream that was recorded elsewhere has
 *     another one
 * @param seal {@link Token#seal} of what the destination shows once the guest runs
 */
public record Ready(String host, Token token, byte[] seal) {

  /** The payload. */
  public byte[] toBytes() {
    byte[] name = Text.encode(host);
    return ByteBuffer.allocate(name.length + Token.BYTES + Token.SEAL_BYTES)
        .put(name)
        .put(token.toBytes())
        .put(seal)
        .array();
  }

  /**
   * Reads a payload.
   *
   * @throws FrameException if it is not of this form
   */
  public static Ready of(ByteBuffer payload) throws FrameException {
    ByteBuffer in = payload.duplicate();
    String host = Text.decode(in, "Ready");
    Token token = Token.read(in, "Ready");
    if (in.remaining() != Token.SEAL_BYTES) {
      throw new FrameException(
          "Ready frame with "
              + in.remaining()
              + " bytes behind its token: a seal has "
              + Token.SEAL_BYTES);
    }
    byte[] seal = new byte[Token.SEAL_BYTES];
    in.get(seal);
    return new Ready(host, token, seal);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Ready ready
        && host.equals(ready.host)
        && token.equals(ready.token)
        && Arrays.equals(seal, ready.seal);
  }

  @Override
  public int hashCode() {
    return Objects.hash(host, token, Arrays.hashCode(seal));
  }

  @Override
  public String toString() {
    return "Ready[host=" + host + "]";
  }
}
