package landfall.wire;

import java.nio.ByteBuffer;

/**
 * Payload of a Pages frame: page numbers, then the contents of those that are not all zero. A view;
 * nothing is copied.
 */
public final class PageBatch {
  /** Most pages of one frame. */
  public static final int PAGES_MAX = 128;

  /** Bytes of a page. */
  public static final int PAGE_BYTES = 4096;

  /** Longest encoded frame of this type, its header included. */
  public static final int FRAME_BYTES_MAX = Frame.HEADER_BYTES + 8 + PAGES_MAX * (4 + PAGE_BYTES);

  private static final int ZERO = 1 << 31;

  private final ByteBuffer payload;
  private final int count;

  private PageBatch(ByteBuffer payload, int count) {
    this.payload = payload;
    this.count = count;
  }

  /**
   * Reads a payload.
   *
   * @param guestPages pages of the guest; all page numbers are below
   * @throws FrameException if it is not of this form
   */
  public static PageBatch of(ByteBuffer payload, int guestPages) throws FrameException {
    int length = payload.remaining();
    if (length < 8) {
      throw new FrameException("Pages frame with " + length + " bytes: 8 or more are accepted");
    }
    ByteBuffer view = payload.slice();
    int count = view.getInt(4);
    if (count < 1 || count > PAGES_MAX) {
      throw new FrameException(
          "Pages frame with "
              + Integer.toUnsignedString(count)
              + " pages: 1 to "
              + PAGES_MAX
              + " are accepted");
    }
    if (length < 8 + 4 * count) {
      throw new FrameException("Pages frame of " + length + " bytes for " + count + " pages");
    }
    int expected = 8 + 4 * count;
    for (int i = 0; i < count; i++) {
      int entry = view.getInt(8 + 4 * i);
      int page = entry & ~ZERO;
      if (page >= guestPages) {
        throw new FrameException(
            "Pages frame with page " + page + ": the guest has pages 0 to " + (guestPages - 1));
      }
      expected += (entry & ZERO) == 0 ? PAGE_BYTES : 0;
    }
    if (length != expected) {
      throw new FrameException(
          "Pages frame of " + length + " bytes where its page list makes " + expected);
    }
    return new PageBatch(view, count);
  }

  /** Number of the round that the pages were sent in. */
  public int round() {
    return payload.getInt(0);
  }

  /** How many pages there are. */
  public int count() {
    return count;
  }

  /** Number of the page at an index below {@link #count}. */
  public int page(int index) {
    return payload.getInt(8 + 4 * index) & ~ZERO;
  }

  /** True if the page at this index is all zero and has no content here. */
  public boolean isZero(int index) {
    return payload.getInt(8 + 4 * index) < 0;
  }

  /** The contents of the pages that are not zero, in the order of the list. */
  public ByteBuffer contents() {
    int start = 8 + 4 * count;
    return payload.slice(start, payload.limit() - start);
  }

  /**
   * Builds the frame of a batch in one buffer: first {@link #begin}, then {@link #list} for each
   * page, then the contents are put behind one another, then {@link Frame#seal}.
   */
  public static void begin(ByteBuffer frame, int round, int count) {
    frame.clear().position(Frame.HEADER_BYTES);
    frame.putInt(round).putInt(count);
  }

  /** Lists a page; see {@link #begin}. */
  public static void list(ByteBuffer frame, int page, boolean zero) {
    frame.putInt(zero ? page | ZERO : page);
  }
}
