package landfall.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * What one side knows of an image: which pages were sent, and by which frame each was sent last.
 * The source keeps one of what it sends and the destination one of what it receives; if they
 * differ, frames are missing, or came twice or in another order. Contents are not in it: each frame
 * has a checksum of its own.
 *
 * <p>Pages are summed up, so that one that is sent again costs a subtraction and an addition.
 */
public final class ImageDigest {
  // Invariant: `sum` is the sum of mixed(page, versions[page]) over all pages with a version, and
  // `pages` the number of them. A version of 0 means that the page has not come.
  private final int[] versions;
  private long sum;
  private int pages;

  public ImageDigest(int guestPages) {
    versions = new int[guestPages];
  }

  /** Nothing was sent: a new attempt begins. */
  public void clear() {
    Arrays.fill(versions, 0);
    sum = 0;
    pages = 0;
  }

  /** A page went with a frame: this is the last version of it. */
  public void sent(int page, int attempt, int sequence) {
    int before = versions[page];
    // Never 0, and another one for each frame of each connection.
    int version = attempt * 0x9E37_79B1 + sequence << 1 | 1;
    versions[page] = version;
    sum += mixed(page, version);
    if (before == 0) {
      pages++;
    } else {
      sum -= mixed(page, before);
    }
  }

  /** How many pages were sent. */
  public int pages() {
    return pages;
  }

  /** The digest of the pages alone. */
  public long value() {
    return mixed(pages, 0) ^ sum;
  }

  /** The digest of the pages and of the bytes that make an image of them. */
  public long valueWith(ByteBuffer state) {
    CRC32C crc = new CRC32C();
    crc.update(state.duplicate());
    return value() ^ mixed(state.remaining(), (int) crc.getValue());
  }

  /** The finisher of SplitMix64, which lets every bit of both numbers change every other. */
  private static long mixed(int high, int low) {
    long x = ((long) high << 32 | low & 0xffff_ffffL) + 0x9E37_79B9_7F4A_7C15L;
    x = (x ^ x >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    x = (x ^ x >>> 27) * 0x94D0_49BB_1331_11EBL;
    return x ^ x >>> 31;
  }
}
