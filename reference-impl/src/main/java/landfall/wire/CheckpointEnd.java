package landfall.wire;

import java.nio.ByteBuffer;

/**
 * Payload of the frame that ends a checkpoint: number of a message, position, version, the list of
 * its pages and the machine's state. To a checkpoint the state is one more page, whose number is
 * that behind the last of RAM; and so are the writes of the disk that came before this frame, with
 * the number behind that. This frame stands for their messages and for that of the end.
 *
 * @param message number of the first of these, the state, as a message of a trace
 * @param position of the checkpoint
 * @param version of the state, as of a page
 * @param pages all that belongs to the checkpoint, the state's own number included
 * @param state the machine's state, opaque
 */
public record CheckpointEnd(int message, int position, int version, PageList pages, byte[] state) {
  private static final int HEAD_BYTES = 12;

  /** The payload. */
  public byte[] toBytes() {
    ByteBuffer out = ByteBuffer.allocate(HEAD_BYTES + pages.bytes() + state.length);
    out.putInt(message).putInt(position).putInt(version);
    pages.write(out);
    return out.put(state).array();
  }

  /**
   * Reads a payload.
   *
   * @param allPages pages of the guest, and what counts as one more: the state, and a disk
   * @throws FrameException if it is not of this form
   */
  public static CheckpointEnd of(ByteBuffer payload, int allPages) throws FrameException {
    ByteBuffer in = payload.duplicate();
    if (in.remaining() < HEAD_BYTES) {
      throw new FrameException(
          "CheckpointEnd frame of " + in.remaining() + " bytes: it has a head of " + HEAD_BYTES);
    }
    int message = in.getInt();
    int position = in.getInt();
    int version = in.getInt();
    if (message < 0 || position < 1 || version < 0) {
      throw new FrameException(
          "CheckpointEnd frame of message "
              + message
              + " and version "
              + version
              + " at position "
              + position);
    }
    PageList pages = PageList.read(in, allPages, "CheckpointEnd");
    byte[] state = new byte[in.remaining()];
    in.get(state);
    return new CheckpointEnd(message, position, version, pages, state);
  }
}
