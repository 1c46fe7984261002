package landfall.wire;

import java.nio.ByteBuffer;

/**
 * Payload of the first frame of a connection that takes the place of a lost one.
 *
 * @param source as in the Hello of the attempt
 * @param token what the destination told with Ready
 */
public record Recover(Hello source, Token token) {

  /** The payload. */
  public byte[] toBytes() {
    byte[] hello = source.toBytes();
    return ByteBuffer.allocate(Token.BYTES + hello.length).put(token.toBytes()).put(hello).array();
  }

  /**
   * Reads a payload.
   *
   * @throws FrameException if it is not of this form
   */
  public static Recover of(ByteBuffer payload) throws FrameException {
    ByteBuffer in = payload.duplicate();
    Token token = Token.read(in, "Recover");
    return new Recover(Hello.of(in), token);
  }
}
