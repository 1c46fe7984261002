package landfall.qemustream;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import landfall.qemustream.StreamEntry.What;

/** What a destination sends back: messages of a type, a length, and so many bytes. */
final class ReturnPathDecoder extends Decoder {
  private static final int HEAD_BYTES = 4;
  private static final int SHUT = 1;
  private static final int PONG = 2;
  private static final int REQUEST_IN_BLOCK = 3;
  private static final int REQUEST = 4;
  private static final int BITMAP = 5;
  private static final int RESUME_ACK = 6;
  private static final int SWITCHOVER_ACK = 7;

  /** Where and how much, of a request for pages. */
  private static final int REQUEST_BYTES = 12;

  private static final int PAGE_BYTES = 4096;
  private static final int NAME_MAX = 256;
  private static final int PART_BYTES = 4096;

  /** The end of a bitmap. */
  private static final long BITMAP_END = 0x0123456789abcdefL;

  /** A bitmap with more runs is not kept. */
  private static final int RUNS_MAX = 50_000;

  private final Function<String, int[]> blocks;
  private int type;

  /** The block of the requests that name none. */
  private String block = "";

  // The bitmap that comes: first its length, then its bytes, then its end.
  private boolean bitmapComes;
  private boolean bitmapBegan;
  private String bitmapOf = "";
  private long bitmapOffset;
  private int[] bitmapBlock;
  private long bitmapLeft;
  private int bitmapPage;
  private long bitmapPages;
  private List<int[]> runs = new ArrayList<>();

  /**
   * @param blocks the number of a block and how many pages it has, by its name; null if there is
   *     none
   */
  ReturnPathDecoder(Sink sink, Function<String, int[]> blocks) {
    super(sink, HEAD_BYTES);
    this.blocks = blocks;
  }

  @Override
  void piece(Piece piece) {
    if (bitmapBegan) {
      bitmapPart(piece);
    } else if (bitmapComes) {
      bitmapLength(piece);
    } else if (type != 0) {
      int found = type;
      type = 0;
      next(HEAD_BYTES);
      body(found, piece);
    } else {
      head(piece);
    }
  }

  private void head(Piece piece) {
    int found = piece.u16(0);
    int length = piece.u16(2);
    boolean possible =
        switch (found) {
          case SHUT, PONG, RESUME_ACK -> length == 4;
          case REQUEST -> length == REQUEST_BYTES;
          case REQUEST_IN_BLOCK ->
              length > REQUEST_BYTES + 1 && length <= REQUEST_BYTES + 1 + NAME_MAX;
          case BITMAP -> length > 1 && length <= 1 + NAME_MAX;
          case SWITCHOVER_ACK -> length == 0;
          default -> false;
        };
    if (!possible) {
      unreadable(
          piece.offset(),
          "message " + found + " of " + length + " bytes",
          "1 (shut), 2 (pong) or 6 (resumes) of 4 bytes, 3 or 4 (a request for pages) of 12 and a"
              + " name, 5 (bitmap) of a name, or 7 (switchover may begin) of 0");
    } else if (length == 0) {
      next(HEAD_BYTES);
    } else {
      type = found;
      next(length);
    }
  }

  private void body(int found, Piece piece) {
    long at = piece.offset() - HEAD_BYTES;
    switch (found) {
      case SHUT -> entry(at, What.SHUT, "", piece.i32(0));
      case PONG -> entry(at, What.PONG, "", piece.i32(0));
      case RESUME_ACK -> entry(at, What.RESUMES, "", piece.i32(0));
      case BITMAP -> {
        bitmapOf = piece.text(1, piece.length() - 1);
        bitmapOffset = at;
        bitmapComes = true;
        next(Long.BYTES);
      }
      default -> {
        if (found == REQUEST_IN_BLOCK) {
          block = piece.text(REQUEST_BYTES + 1, piece.length() - REQUEST_BYTES - 1);
        }
        request(at, piece.i64(0) / PAGE_BYTES, Integer.toUnsignedLong(piece.i32(Long.BYTES)));
      }
    }
  }

  private void request(long at, long first, long bytes) {
    int[] of = blocks.apply(block);
    long last = first + Math.max(1, bytes / PAGE_BYTES) - 1;
    if (of == null || first < 0 || last >= of[1]) {
      unreadable(
          at,
          "a request for pages " + first + " to " + last + " of " + block,
          of == null ? "a block that was named at the beginning" : "pages below " + of[1]);
    } else {
      int[] run = {of[0], (int) first, (int) last};
      sink.entry(at, What.REQUEST, block, first, List.of(run));
    }
  }

  private void bitmapLength(Piece piece) {
    bitmapComes = false;
    bitmapLeft = piece.i64(0);
    bitmapBlock = blocks.apply(bitmapOf);
    if (bitmapBlock == null || bitmapLeft != (bitmapBlock[1] + 63) / 64 * 8L) {
      unreadable(
          piece.offset(),
          "a bitmap of " + bitmapLeft + " bytes of " + bitmapOf,
          bitmapBlock == null
              ? "a block that was named at the beginning"
              : "a bit for each of its " + bitmapBlock[1] + " pages");
      return;
    }
    bitmapBegan = true;
    bitmapPage = 0;
    bitmapPages = 0;
    runs = new ArrayList<>();
    nextPart();
  }

  private void nextPart() {
    next(bitmapLeft == 0 ? Long.BYTES : (int) Math.min(bitmapLeft, PART_BYTES));
  }

  /** The first page is the lowest bit of the first byte. */
  private void bitmapPart(Piece piece) {
    if (bitmapLeft == 0) {
      bitmapEnd(piece);
      return;
    }
    for (int bit = 0; bit < piece.length() * Byte.SIZE; bit++) {
      int page = bitmapPage + bit;
      if (page >= bitmapBlock[1] || (piece.u8(bit / Byte.SIZE) >> bit % Byte.SIZE & 1) == 0) {
        continue;
      }
      bitmapPages++;
      int[] last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
      if (last != null && last[2] == page - 1) {
        last[2] = page;
      } else if (runs.size() == RUNS_MAX) {
        unreadable(
            piece.offset(),
            "a bitmap of more than " + RUNS_MAX + " runs of pages",
            "at most so many");
        return;
      } else {
        runs.add(new int[] {bitmapBlock[0], page, page});
      }
    }
    bitmapPage += piece.length() * Byte.SIZE;
    bitmapLeft -= piece.length();
    nextPart();
  }

  private void bitmapEnd(Piece piece) {
    bitmapBegan = false;
    if (piece.i64(0) != BITMAP_END) {
      unreadable(
          piece.offset(),
          "0x" + Long.toHexString(piece.i64(0)),
          "the end of a bitmap, 0x" + Long.toHexString(BITMAP_END));
      return;
    }
    sink.entry(bitmapOffset, What.BITMAP, bitmapOf, bitmapPages, runs);
    runs = new ArrayList<>();
    next(HEAD_BYTES);
  }
}
