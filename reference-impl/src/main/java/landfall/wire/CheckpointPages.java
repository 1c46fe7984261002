package landfall.wire;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Payload of a frame with pages of a checkpoint: number of a message, position and count, then
 * number and version of each page, then the contents of those that are not all zero.
 *
 * @param message number of the first tracked page among these as a message of a trace
 * @param position of the checkpoint
 * @param pages the pages, ascending
 */
public record CheckpointPages(int message, int position, List<Page> pages) {
  /** Most pages in a frame. */
  public static final int PAGES_MAX = 128;

  private static final int HEAD_BYTES = 8;

  /**
   * One page.
   *
   * @param version the step of the guest that wrote it, as traces count; 0 without traces
   * @param content 4096 bytes from its position on, or null if they are all zero
   */
  public record Page(int number, int version, ByteBuffer content) {}

  public CheckpointPages {
    pages = List.copyOf(pages);
  }

  /** The payload. */
  public byte[] toBytes() {
    ByteBuffer out = ByteBuffer.allocate(bytes());
    write(out);
    return out.array();
  }

  /** Length of the payload. */
  public int bytes() {
    return HEAD_BYTES + PageContents.bytes(pages);
  }

  /** Writes the payload, in the byte order of frames. */
  public void write(ByteBuffer out) {
    out.putInt(message).putInt(position);
    PageContents.write(out, pages);
  }

  /**
   * Reads a payload. The contents share its bytes.
   *
   * @param guestPages pages of the guest; all page numbers are below
   * @throws FrameException if it is not of this form
   */
  public static CheckpointPages of(ByteBuffer payload, int guestPages) throws FrameException {
    ByteBuffer in = payload.slice();
    if (in.remaining() < HEAD_BYTES + Integer.BYTES) {
      throw new FrameException(
          "CheckpointPage frame of "
              + in.remaining()
              + " bytes: it has a head of "
              + (HEAD_BYTES + Integer.BYTES));
    }
    int message = in.getInt();
    int position = in.getInt();
    if (message < 0 || position < 1) {
      throw new FrameException(
          "CheckpointPage frame of message " + message + " at position " + position);
    }
    return new CheckpointPages(
        message, position, PageContents.read(in, guestPages, "CheckpointPage"));
  }
}
