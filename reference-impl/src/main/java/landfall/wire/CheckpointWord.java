package landfall.wire;

import java.nio.ByteBuffer;

/**
 * Payload of the frames CheckpointDone, AskOwnership, Granted and Superseded.
 *
 * @param message number of the message in a trace; 0 without traces
 * @param value the position of the checkpoint; with AskOwnership, the digest of all pages; else 0
 */
public record CheckpointWord(int message, long value) {
  private static final int BYTES = 12;

  /** The payload. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(BYTES).putInt(message).putLong(value).array();
  }

  /**
   * Reads a payload.
   *
   * @param frame name of the frame
   * @throws FrameException if it is not of this form
   */
  public static CheckpointWord of(ByteBuffer payload, String frame) throws FrameException {
    if (payload.remaining() != BYTES) {
      throw new FrameException(
          frame + " frame of " + payload.remaining() + " bytes: " + BYTES + " are accepted");
    }
    ByteBuffer in = payload.duplicate();
    int message = in.getInt();
    if (message < 0) {
      throw new FrameException(frame + " frame of message " + message + ": 0 or more is accepted");
    }
    return new CheckpointWord(message, in.getLong());
  }

  /**
   * The value as a position.
   *
   * @throws FrameException if it is none
   */
  public int position() throws FrameException {
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new FrameException("CheckpointDone frame of position " + value);
    }
    return (int) value;
  }
}
