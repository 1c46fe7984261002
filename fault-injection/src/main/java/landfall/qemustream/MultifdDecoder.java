package landfall.qemustream;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import landfall.qemustream.StreamEntry.What;

/**
 * A connection that carries pages for another one, without compression: a greeting, then packets of
 * a head, a list of pages, and their contents. Pages of all zeros are listed from version 9 on.
 */
final class MultifdDecoder extends Decoder {
  static final int MAGIC = 0x11223344;

  private static final int VERSION = 1;
  private static final int GREETING_BYTES = 64;
  private static final int NUMBER_AT = 24;
  private static final int HEAD_BYTES = 320;
  private static final int FLAGS_AT = 8;
  private static final int SYNC = 1;
  private static final int NORMAL_AT = 16;
  private static final int PACKET_AT = 24;
  private static final int ZERO_AT = 32;
  private static final int NAME_AT = 64;
  private static final int PAGES_MAX = 128;
  private static final int PAGE_BYTES = 4096;

  /** Its name is all that is known of it. */
  private static final int UNKNOWN_BLOCK = -1;

  private static final long PAGES_OF_BLOCK_MAX = 1L << 24;

  private final Function<String, int[]> blocks;
  private boolean greeted;

  /**
   * @param blocks the number of a block and how many pages it has, by its name; null if the
   *     connection that names the blocks has not named it yet. Runs of its pages have -1 for its
   *     number then
   */
  MultifdDecoder(Sink sink, Function<String, int[]> blocks) {
    super(sink, GREETING_BYTES);
    this.blocks = blocks;
  }

  @Override
  void piece(Piece piece) {
    if (piece.i32(0) != MAGIC || piece.i32(4) != VERSION) {
      unreadable(
          piece.offset(),
          "0x" + Integer.toHexString(piece.i32(0)) + " and version " + piece.i32(4),
          "0x" + Integer.toHexString(MAGIC) + " and version " + VERSION);
    } else if (!greeted) {
      greeted = true;
      entry(piece.offset(), What.CHANNEL, "multifd", piece.u8(NUMBER_AT));
      next(HEAD_BYTES + PAGES_MAX * Long.BYTES);
    } else {
      packet(piece);
    }
  }

  private void packet(Piece piece) {
    int normal = piece.i32(NORMAL_AT);
    int zero = piece.i32(ZERO_AT);
    if (normal < 0 || zero < 0 || normal > PAGES_MAX || zero > PAGES_MAX - normal) {
      unreadable(
          piece.offset(),
          "a packet of " + normal + " and " + zero + " pages",
          "at most " + PAGES_MAX);
      return;
    }
    if (normal + zero > 0) {
      String name = piece.text(NAME_AT, HEAD_BYTES - NAME_AT).replaceAll("[?]+$", "");
      int[] block = blocks.apply(name);
      List<int[]> runs = new ArrayList<>();
      for (int i = 0; i < normal + zero; i++) {
        long page = piece.i64(HEAD_BYTES + i * Long.BYTES) / PAGE_BYTES;
        // What the other connection says of the block may be on its way.
        long pages = block == null ? PAGES_OF_BLOCK_MAX : block[1];
        if (page < 0 || page >= pages) {
          unreadable(piece.offset(), "page " + page + " of " + name, "a page below " + pages);
          return;
        }
        int[] last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
        if (last != null && last[2] == page - 1) {
          last[2]++;
        } else {
          runs.add(new int[] {block == null ? UNKNOWN_BLOCK : block[0], (int) page, (int) page});
        }
      }
      sink.entry(piece.offset(), What.PAGES, name, normal + zero, runs);
    }
    // Pages of the same packet are before it.
    if ((piece.i32(FLAGS_AT) & SYNC) != 0) {
      entry(piece.offset(), What.SYNC, "", piece.i64(PACKET_AT));
    }
    nextAfter((long) normal * PAGE_BYTES, HEAD_BYTES + PAGES_MAX * Long.BYTES);
  }
}
