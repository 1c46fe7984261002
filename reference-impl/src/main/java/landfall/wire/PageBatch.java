package landfall.wire;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Payload of a Pages frame up to its contents: which pages it brings, and which of them are all
 * zero. A view; nothing is copied. The contents of the others follow it in the order of the list.
 */
public final class PageBatch {
  /** Most pages of one frame. */
  public static final int PAGES_MAX = 128;

  /** Bytes of a page. */
  public static final int PAGE_BYTES = 4096;

  /** Longest encoded frame of this type, its header included. */
  public static final int FRAME_BYTES_MAX = Frame.HEADER_BYTES + 8 + PAGES_MAX * (4 + PAGE_BYTES);

  /** Bytes before the list. */
  static final int HEAD_BYTES = 8;

  private static final int ZERO = 1 << 31;

  private final ByteBuffer list;
  private final int count;

  private PageBatch(ByteBuffer list, int count) {
    this.list = list;
    this.count = count;
  }

  /**
   * Length of the list, with what is before it.
   *
   * @param head the first {@link #HEAD_BYTES} bytes of a payload, or all of it if it is shorter
   * @param payloadBytes length of the whole payload
   * @throws FrameException if no payload of this length can have such a list
   */
  static int listBytes(ByteBuffer head, int payloadBytes) throws FrameException {
    if (payloadBytes < HEAD_BYTES) {
      throw new FrameException(
          "Pages frame with " + payloadBytes + " bytes: 8 or more are accepted");
    }
    int count = head.getInt(head.position() + 4);
    if (count < 1 || count > PAGES_MAX) {
      throw new FrameException(
          "Pages frame with "
              + Integer.toUnsignedString(count)
              + " pages: 1 to "
              + PAGES_MAX
              + " are accepted");
    }
    int listBytes = HEAD_BYTES + 4 * count;
    if (payloadBytes < listBytes) {
      throw new FrameException("Pages frame of " + payloadBytes + " bytes for " + count + " pages");
    }
    return listBytes;
  }

  /**
   * Reads a list.
   *
   * @param payload the payload, its contents may be missing
   * @param payloadBytes length of the payload with its contents
   * @param guestPages pages of the guest; all page numbers are below
   * @throws FrameException if it is not of this form
   */
  public static PageBatch of(ByteBuffer payload, int payloadBytes, int guestPages)
      throws FrameException {
    ByteBuffer list = payload.slice();
    int contents = payloadBytes - listBytes(list, payloadBytes);
    int count = list.getInt(4);
    int expected = 0;
    int last = -1;
    for (int i = 0; i < count; i++) {
      int entry = list.getInt(HEAD_BYTES + 4 * i);
      int page = entry & ~ZERO;
      if (page >= guestPages) {
        throw new FrameException(
            "Pages frame with page " + page + ": the guest has pages 0 to " + (guestPages - 1));
      }
      if (page <= last) {
        throw new FrameException(
            "Pages frame with page " + page + " behind page " + last + ": they must ascend");
      }
      last = page;
      expected += (entry & ZERO) == 0 ? PAGE_BYTES : 0;
    }
    if (contents != expected) {
      throw new FrameException(
          "Pages frame of "
              + payloadBytes
              + " bytes where its page list makes "
              + (payloadBytes - contents + expected));
    }
    return new PageBatch(list, count);
  }

  /** Number of the round that the pages were sent in. */
  public int round() {
    return list.getInt(0);
  }

  /** How many pages there are. */
  public int count() {
    return count;
  }

  /** Number of the page at an index below {@link #count}. */
  public int page(int index) {
    return list.getInt(8 + 4 * index) & ~ZERO;
  }

  /** True if the page at this index is all zero and has no content here. */
  public boolean isZero(int index) {
    return list.getInt(8 + 4 * index) < 0;
  }

  /**
   * Builds the frame of a batch in one buffer: first {@link #begin}, then {@link #list} for each
   * page, then the contents are put behind one another, then {@link #seal}.
   */
  public static void begin(ByteBuffer frame, int round, int count) {
    frame.clear().position(Frame.HEADER_BYTES);
    frame.putInt(round).putInt(count);
  }

  /** Lists a page; see {@link #begin}. */
  public static void list(ByteBuffer frame, int page, boolean zero) {
    frame.putInt(zero ? page | ZERO : page);
  }

  /**
   * Writes the header; see {@link #begin}.
   *
   * @param elsewhere contents that were not put into the frame, the last ones
   * @param checksContents whether the checksum covers contents
   */
  public static void seal(
      ByteBuffer frame,
      int flags,
      int attempt,
      int sequence,
      List<ByteBuffer> elsewhere,
      boolean checksContents) {
    int listBytes = HEAD_BYTES + 4 * frame.getInt(Frame.HEADER_BYTES + 4);
    int checked = checksContents ? Frame.PAYLOAD_BYTES_MAX : listBytes;
    Frame.seal(frame, FrameType.PAGES, flags, attempt, sequence, elsewhere, checked);
  }
}
