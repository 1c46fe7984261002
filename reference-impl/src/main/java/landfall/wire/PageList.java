package landfall.wire;

import java.nio.ByteBuffer;

/**
 * A set of pages in a payload: the number of words, then a bitmap of so many words of 64 pages.
 *
 * @param words bit {@code p & 63} of word {@code p >>> 6} stands for page {@code p}; shared, not
 *     copied
 */
public record PageList(long[] words) {
  /** Guests with more pages than this have no list that fits into a frame. */
  public static final int GUEST_PAGES_MAX = 1 << 22;

  private static final int WORDS_MAX = GUEST_PAGES_MAX / Long.SIZE;

  /** Length of what {@link #write} writes. */
  public int bytes() {
    return Integer.BYTES + Long.BYTES * words.length;
  }

  /** Appends the set to a payload. */
  public void write(ByteBuffer out) {
    out.putInt(words.length);
    for (long word : words) {
      out.putLong(word);
    }
  }

  /** The set alone, as a payload. */
  public byte[] toBytes() {
    ByteBuffer out = ByteBuffer.allocate(bytes());
    write(out);
    return out.array();
  }

  /**
   * Reads a set; what comes behind it is left.
   *
   * @param in moved behind the set
   * @param guestPages pages of the guest; all page numbers are below
   * @throws FrameException if it is not of this form
   */
  public static PageList read(ByteBuffer in, int guestPages, String frame) throws FrameException {
    int count = in.remaining() < Integer.BYTES ? -1 : in.getInt();
    if (count < 0 || count > WORDS_MAX || count > in.remaining() / Long.BYTES) {
      throw new FrameException(frame + " frame does not hold the list of pages that it announces");
    }
    long[] words = new long[count];
    for (int i = 0; i < count; i++) {
      words[i] = in.getLong();
    }
    for (int i = 0; i < count; i++) {
      long beyond =
          i < guestPages / Long.SIZE ? 0 : i > guestPages / Long.SIZE ? -1L : -1L << guestPages;
      if ((words[i] & beyond) != 0) {
        throw new FrameException(
            frame
                + " frame lists a page that is not there: the guest has pages 0 to "
                + (guestPages - 1));
      }
    }
    return new PageList(words);
  }

  /** A payload that is a set and nothing else; otherwise as {@link #read}. */
  public static PageList of(ByteBuffer payload, int guestPages, String frame)
      throws FrameException {
    ByteBuffer in = payload.duplicate();
    PageList list = read(in, guestPages, frame);
    if (in.hasRemaining()) {
      throw new FrameException(
          frame + " frame with " + in.remaining() + " bytes behind its list of pages");
    }
    return list;
  }
}
