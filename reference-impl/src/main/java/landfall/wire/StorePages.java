package landfall.wire;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Payload of a frame with contents of pages, to a store ahead of the request that they belong to,
 * or from it ahead of the answer.
 *
 * @param number of the request
 * @param pages the pages, ascending
 */
public record StorePages(int number, List<CheckpointPages.Page> pages) {

  public StorePages {
    pages = List.copyOf(pages);
  }

  /** The payload. */
  public byte[] toBytes() {
    ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + PageContents.bytes(pages));
    out.putInt(number);
    PageContents.write(out, pages);
    return out.array();
  }

  /**
   * Reads a payload. The contents share its bytes.
   *
   * @param guestPages pages of the guest; all page numbers are below
   * @throws FrameException if it is not of this form
   */
  public static StorePages of(ByteBuffer payload, int guestPages) throws FrameException {
    ByteBuffer in = payload.slice();
    int number = in.remaining() < Integer.BYTES ? -1 : in.getInt();
    if (number < 1) {
      throw new FrameException("StorePages frame does not begin with the number of a request");
    }
    return new StorePages(number, PageContents.read(in, guestPages, "StorePages"));
  }
}
