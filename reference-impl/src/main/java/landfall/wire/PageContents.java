package landfall.wire;

import java.nio.ByteBuffer;
import java.util.List;
import landfall.wire.CheckpointPages.Page;

/**
 * Pages with their contents at the end of a payload: their count, then number and version of each
 * page, then the contents of those that are not all zero.
 */
final class PageContents {
  private static final int ENTRY_BYTES = 8;
  private static final int ZERO = 1 << 31;

  private PageContents() {}

  /** Length of what {@link #write} writes. */
  static int bytes(List<Page> pages) {
    int contents = (int) pages.stream().filter(page -> page.content() != null).count();
    return Integer.BYTES + ENTRY_BYTES * pages.size() + PageBatch.PAGE_BYTES * contents;
  }

  static void write(ByteBuffer out, List<Page> pages) {
    out.putInt(pages.size());
    for (Page page : pages) {
      out.putInt(page.content() == null ? page.number() | ZERO : page.number());
      out.putInt(page.version());
    }
    for (Page page : pages) {
      if (page.content() != null) {
        out.put(page.content().duplicate());
      }
    }
  }

  /**
   * Reads them. The contents share the bytes of the payload.
   *
   * @param in the rest of the payload, from the count on
   * @param guestPages pages of the guest; all page numbers are below
   * @throws FrameException if it is not of this form
   */
  static List<Page> read(ByteBuffer in, int guestPages, String frame) throws FrameException {
    int count = in.remaining() < Integer.BYTES ? -1 : in.getInt();
    if (count < 1 || count > CheckpointPages.PAGES_MAX || in.remaining() < count * ENTRY_BYTES) {
      throw new FrameException(
          frame
              + " frame with "
              + count
              + " pages: 1 to "
              + CheckpointPages.PAGES_MAX
              + " are accepted");
    }
    int contentAt = in.position() + count * ENTRY_BYTES;
    Page[] pages = new Page[count];
    int last = -1;
    for (int i = 0; i < count; i++) {
      int entry = in.getInt();
      int number = entry & ~ZERO;
      int version = in.getInt();
      if (number >= guestPages || number <= last || version < 0) {
        throw new FrameException(
            frame
                + " frame with page "
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
          throw new FrameException(frame + " frame lacks contents that it lists");
        }
        content = in.slice(contentAt, PageBatch.PAGE_BYTES);
        contentAt += PageBatch.PAGE_BYTES;
      }
      pages[i] = new Page(number, version, content);
    }
    if (contentAt != in.limit()) {
      throw new FrameException(
          frame
              + " frame with "
              + (in.limit() - contentAt)
              + " bytes behind the contents that it lists");
    }
    return List.of(pages);
  }
}
