package landfall.qemustream;

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
  private static final long BITMAP_MAX = 64L << 20;

  private int type;

  /** A bitmap comes: its length is next. */
  private boolean bitmapComes;

  /** The block of the requests that name none. */
  private String block = "";

  ReturnPathDecoder(Sink sink) {
    super(sink, HEAD_BYTES);
  }

  @Override
  void piece(Piece piece) {
    if (bitmapComes) {
      bitmap(piece);
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
        entry(at, What.BITMAP, piece.text(1, piece.length() - 1), 0);
        bitmapComes = true;
        next(Long.BYTES);
      }
      default -> {
        if (found == REQUEST_IN_BLOCK) {
          block = piece.text(REQUEST_BYTES + 1, piece.length() - REQUEST_BYTES - 1);
        }
        entry(at, What.REQUEST, block, piece.i64(0) / PAGE_BYTES);
      }
    }
  }

  /** How long it is; and then its end mark, which is looked at by nobody. */
  private void bitmap(Piece piece) {
    bitmapComes = false;
    long bytes = piece.i64(0);
    if (bytes < 0 || bytes > BITMAP_MAX) {
      unreadable(piece.offset(), "a bitmap of " + bytes + " bytes", "0 to " + BITMAP_MAX);
    } else {
      nextAfter(bytes + Long.BYTES, HEAD_BYTES);
    }
  }
}
