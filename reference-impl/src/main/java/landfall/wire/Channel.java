package landfall.wire;

import java.nio.ByteBuffer;

/**
 * What binds the connections of an attempt together. It is the payload of a Channel frame, and
 * stands in front of that of a Hello or Recover with {@link Frame#FLAG_CHANNELS}.
 *
 * @param number of the channel, from 0; in Hello and Recover how many there are, without one for
 *     urgent pages, which has the number behind the last
 * @param token made up by the source for this link
 */
public record Channel(int number, Token token) {
  /** Most channels of a link. */
  public static final int CHANNELS_MAX = 16;

  private static final int BYTES = 1 + Token.BYTES;

  /** The payload. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(BYTES).put((byte) number).put(token.toBytes()).array();
  }

  /** The same in front of another payload. */
  public byte[] before(byte[] payload) {
    return ByteBuffer.allocate(BYTES + payload.length).put(toBytes()).put(payload).array();
  }

  /**
   * Reads the payload of a Channel frame.
   *
   * @throws FrameException if it is not of this form
   */
  public static Channel of(ByteBuffer payload) throws FrameException {
    ByteBuffer in = payload.duplicate();
    Channel channel = read(in, "Channel");
    if (in.hasRemaining()) {
      throw new FrameException("Channel frame with " + in.remaining() + " bytes behind its token");
    }
    return channel;
  }

  /**
   * Reads how many channels there are to be.
   *
   * @param in moved behind it
   * @param urgent whether one more than that is for urgent pages
   * @throws FrameException if it does not begin with that, or the number is none of these
   */
  public static Channel announced(ByteBuffer in, String frame, boolean urgent)
      throws FrameException {
    Channel all = read(in, frame);
    int fewest = urgent ? 1 : 2;
    if (all.number < fewest || all.number > CHANNELS_MAX) {
      throw new FrameException(
          frame
              + " frame of a link of "
              + all.number
              + " channels: "
              + fewest
              + " to "
              + CHANNELS_MAX
              + " are accepted");
    }
    return all;
  }

  private static Channel read(ByteBuffer in, String frame) throws FrameException {
    if (in.remaining() < BYTES) {
      throw new FrameException(
          frame
              + " frame with "
              + in.remaining()
              + " bytes: the number and the token of a channel have "
              + BYTES);
    }
    return new Channel(in.get() & 0xff, Token.read(in, frame));
  }
}
