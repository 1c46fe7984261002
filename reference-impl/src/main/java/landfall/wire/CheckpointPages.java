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

  private static final int HEAD_BYTES = 12;
  private static final int ENTRY_BYTES = 8;
  private static final int ZERO = 1 << 31;

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
    int contents = (int) pages.stream().filter(page -> page.content() != null).count();
    ByteBuffer out =
        ByteBuffer.allocate(
            HEAD_BYTES + ENTRY_BYTES * pages.size() + PageBatch.PAGE_BYTES * contents);
    out.putInt(message).putInt(position).putInt(pages.size());
    for (Page page : pages) {
      out.putInt(page.content() == null ? page.number() | ZERO : page.number());
      out.putInt(page.version());
    }
    for (Page page : pages) {
      if (page.content() != null) {
        out.put(page.content().duplicate());
      }
    }
    return out.array();
  }

  /**
   * Reads a payload. The contents share its bytes.
   *
   * @param guestPages pages of the guest; all page numbers are below
   * @throws FrameException if it is not of this form
   */
  public static CheckpointPages of(ByteBuffer payload, int guestPages) throws FrameException {
    ByteBuffer in = payload.slice();
    if (in.remaining() < HEAD_BYTES) {
      throw new FrameException(
          "CheckpointPage frame of " + in.remaining() + " bytes: it has a head of " + HEAD_BYTES);
    }
    int message = in.getInt();
    int position = in.getInt();
    int count = in.getInt();
    if (message < 0 || position < 1) {
      throw new FrameException(
          "CheckpointPage frame of message " + message + " at position " + position);
    }
    if (count < 1 || count > PAGES_MAX || in.remaining() < count * ENTRY_BYTES) {
      throw new FrameException(
          "CheckpointPage frame with " + count + " pages: 1 to " + PAGES_MAX + " are accepted");
    }
    int contentAt = HEAD_BYTES + count * ENTRY_BYTES;
    Page[] pages = new Page[count];
    int last = -1;
    for (int i = 0; i < count; i++) {
      int entry = in.getInt();
      int number = entry & ~ZERO;
      int version = in.getInt();
      if (number >= guestPages || number <= last || version < 0) {
        throw new FrameException(
            "CheckpointPage frame with page "
                + number
                + " of version "
                + version
                + " behind page "
                + last
                + ": the guest has pages 0 to "
                + (guestPages - 1)
                + ", and they must ascend");
      }
      last = number;
      ByteBuffer content = null;
      if ((entry & ZERO) == 0) {
        if (in.limit() - contentAt < PageBatch.PAGE_BYTES) {
          throw new FrameException("CheckpointPage frame lacks contents that it lists");
        }
        content = in.slice(contentAt, PageBatch.PAGE_BYTES);
        contentAt += PageBatch.PAGE_BYTES;
      }
      pages[i] = new Page(number, version, content);
    }
    if (contentAt != in.limit()) {
      throw new FrameException(
          "CheckpointPage frame with "
              + (in.limit() - contentAt)
              + " bytes behind the contents that it lists");
    }
    return new CheckpointPages(message, position, List.of(pages));
  }
}
