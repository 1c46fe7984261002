package landfall.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Payload of the frame that ends an attempt.
 *
 * @param cause for a person to read; cut to what fits into 1024 bytes
 */
public record Failure(String cause) {
  private static final int CAUSE_BYTES_MAX = 1024;

  /** The payload. */
  public byte[] toBytes() {
    byte[] text = cause.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, CAUSE_BYTES_MAX);
    return ByteBuffer.allocate(2 + length).putShort((short) length).put(text, 0, length).array();
  }

  /**
   * Reads a payload. Bytes that are not UTF-8 are replaced, control characters become blanks: the
   * text goes into logs and reports.
   *
   * @throws FrameException if it is not of this form
   */
  public static Failure of(ByteBuffer payload) throws FrameException {
    ByteBuffer in = payload.duplicate();
    int length = in.remaining() < 2 ? -1 : in.getShort() & 0xffff;
    if (length != in.remaining()) {
      throw new FrameException("Failure frame does not hold the text that it announces");
    }
    byte[] text = new byte[Math.min(length, CAUSE_BYTES_MAX)];
    in.get(text);
    return new Failure(new String(text, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " "));
  }
}
