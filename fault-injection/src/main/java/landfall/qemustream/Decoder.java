package landfall.qemustream;

import java.nio.ByteBuffer;
import java.util.List;

/** One direction of one connection. It takes bytes in chunks of any size and never throws. */
abstract class Decoder {
  /** Is told what was decoded. */
  interface Sink {
    void entry(long offset, StreamEntry.What what, String text, long number, List<int[]> pages);
  }

  /** The longest piece that is looked at as a whole: a section's name, a command. */
  private static final int PIECE_MAX = 1 << 16;

  final Sink sink;
  private byte[] piece = new byte[512];
  private int have;
  private int need;
  private long skip;
  private long offset;
  private long pieceOffset;
  private boolean failed;

  Decoder(Sink sink, int firstNeed) {
    this.sink = sink;
    this.need = firstNeed;
  }

  /** Takes all bytes of the chunk. */
  final void take(ByteBuffer chunk) {
    ByteBuffer bytes = chunk.duplicate();
    while (bytes.hasRemaining() && !failed) {
      if (skip > 0) {
        int length = (int) Math.min(skip, bytes.remaining());
        bytes.position(bytes.position() + length);
        skip -= length;
        offset += length;
        continue;
      }
      if (need == 0) {
        offset += tail(bytes);
        continue;
      }
      if (have == 0) {
        pieceOffset = offset;
      }
      int length = Math.min(need - have, bytes.remaining());
      bytes.get(piece, have, length);
      have += length;
      offset += length;
      if (have == need) {
        have = 0;
        piece(new Piece(piece, need, pieceOffset));
      }
    }
    offset += bytes.remaining();
  }

  /** Bytes taken so far. */
  final long bytes() {
    return offset;
  }

  final boolean hasFailed() {
    return failed;
  }

  /** Reads the piece that was asked for, and asks for the next one. */
  abstract void piece(Piece piece);

  /** Takes bytes after {@link #takeTail}; gives how many. */
  int tail(ByteBuffer bytes) {
    throw new IllegalStateException("there is no tail");
  }

  /** The next piece has so many bytes. */
  final void next(int length) {
    if (length < 1 || length > PIECE_MAX) {
      throw new IllegalStateException("a piece of " + length + " bytes");
    }
    if (length > piece.length) {
      piece = new byte[length];
    }
    need = length;
  }

  /** The next piece has so many bytes, and comes after so many that do not matter. */
  final void nextAfter(long skipped, int length) {
    skip = skipped;
    next(length);
  }

  final void takeTail() {
    need = 0;
  }

  final void unreadable(long at, String found, String expected) {
    failed = true;
    sink.entry(
        at,
        StreamEntry.What.UNREADABLE,
        "at offset " + at + " found " + found + "; expected " + expected,
        0,
        List.of());
  }

  final void entry(long at, StreamEntry.What what, String text, long number) {
    sink.entry(at, what, text, number, List.of());
  }

  /** Bytes that belong together. */
  record Piece(byte[] bytes, int length, long offset) {
    int u8(int at) {
      return bytes[at] & 0xff;
    }

    int u16(int at) {
      return u8(at) << 8 | u8(at + 1);
    }

    int i32(int at) {
      return u16(at) << 16 | u16(at + 2);
    }

    long i64(int at) {
      return (long) i32(at) << 32 | Integer.toUnsignedLong(i32(at + 4));
    }

    /** As ASCII; what is not printable becomes a question mark. */
    String text(int at, int count) {
      var text = new StringBuilder();
      for (int i = at; i < at + count; i++) {
        text.append(bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char) bytes[i] : '?');
      }
      return text.toString();
    }
  }
}
