package landfall.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A short name on the wire: its length in one byte, then as many bytes of UTF-8. */
final class Text {
  private static final int BYTES_MAX = 255;

  private Text() {}

  static byte[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length < 1 || bytes.length > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a name of " + bytes.length + " bytes: 1 to " + BYTES_MAX + " are accepted");
    }
    return ByteBuffer.allocate(1 + bytes.length).put((byte) bytes.length).put(bytes).array();
  }

  /** Reads a name; what comes behind it is left. */
  static String decode(ByteBuffer in, String frame) throws FrameException {
    int length = in.hasRemaining() ? in.get() & 0xff : 0;
    if (length == 0 || length > in.remaining()) {
      throw new FrameException(frame + " frame does not hold the host name that it announces");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (text.chars().anyMatch(c -> Character.isISOControl(c) || Character.isWhitespace(c))) {
      throw new FrameException(frame + " frame with a host name that has blanks or controls");
    }
    return text;
  }
}
