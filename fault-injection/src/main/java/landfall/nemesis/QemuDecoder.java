package landfall.nemesis;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The stream of QEMU to the destination, version 3, as far as an outsider must know it: rounds of
 * pages, the section that is sent while the guest is paused, and the device state. Device sections
 * carry no length, so nothing behind the first of them is told apart, except in post-copy: there
 * they go in a package of known length, whose last command makes the destination run the guest, and
 * pages follow. A connection that takes the place of a lost one begins with commands. Source:
 * docs/devel/migration of QEMU, and its migration/ram.c and savevm.c.
 */
final class QemuDecoder implements StreamDecoder {
  static final int MAGIC = 0x5145564d;

  /** The first bytes of a connection in the place of a lost one: which pages are there? */
  static final int ASKS_FOR_BITMAP = 0x08000a00;

  private static final int PACKAGED = 7;
  private static final int RECEIVE_BITMAP = 10;

  /** The command to run, with which a package ends. */
  private static final byte[] RUN = {8, 0, 5, 0, 0};

  private static final int PAGE_BYTES = 4096;
  private static final int ZERO = 0x02;
  private static final int MEM_SIZE = 0x04;
  private static final int PAGE = 0x08;
  private static final int END_OF_SECTION = 0x10;
  private static final int SAME_BLOCK = 0x20;
  private static final int XBZRLE = 0x40;
  private static final int MULTIFD_FLUSH = 0x200;
  private static final Charset LATIN_1 = StandardCharsets.ISO_8859_1;

  private enum State {
    FILE_HEADER,
    SECTION,
    RAM_RECORD,
    RAM_BLOCKS,
    PACKAGE,
    OPAQUE
  }

  private State state;
  private final boolean recovers;
  private int ramSection = -1;
  private long packageBytesLeft;
  private boolean recoverBegun;

  /** The guest was given away on this connection, or before it. */
  private boolean givenAway;

  private boolean pushBegun;
  private boolean lastPagesBegun;
  private boolean ramEnds;
  private long skip;
  private long blockBytesLeft;
  private long pages;

  private final Map<String, Integer> blocks = new HashMap<>();
  private int block;
  private long lastPlace = Long.MAX_VALUE;
  private int round;
  private boolean finalBegun;

  /**
   * @param recovers whether the connection takes the place of a lost one
   */
  QemuDecoder(boolean recovers) {
    this.recovers = recovers;
    givenAway = recovers;
    state = recovers ? State.SECTION : State.FILE_HEADER;
  }

  @Override
  public Piece next(ByteBuffer bytes) {
    if (!bytes.hasRemaining()) {
      return null;
    }
    if (skip > 0) {
      int length = (int) Math.min(skip, bytes.remaining());
      skip -= length;
      return new Piece(length, null);
    }
    Cursor at = new Cursor(bytes);
    Piece piece =
        switch (state) {
          case FILE_HEADER -> fileHeader(at);
          case SECTION -> section(at);
          case RAM_RECORD -> ramRecord(at);
          case RAM_BLOCKS -> ramBlock(at);
          case PACKAGE -> inPackage(at);
          case OPAQUE -> new Piece(bytes.remaining(), null);
        };
    return piece;
  }

  private Piece fileHeader(Cursor at) {
    if (!at.has(8)) {
      return null;
    }
    state = State.SECTION;
    return new Piece(8, new Beginning(StreamPhase.CONNECTED, "migration stream", 0));
  }

  private Piece section(Cursor at) {
    int type = at.u8(0);
    switch (type) {
      case 1: // start
      case 4: // full
        if (!at.has(6)) {
          return null;
        }
        int nameLength = at.u8(5);
        int length = 6 + nameLength + 8;
        if (!at.has(length)) {
          return null;
        }
        if (at.text(6, nameLength).equals("ram")) {
          ramSection = at.i32(1);
          state = State.RAM_RECORD;
          return new Piece(length, null);
        }
        // A device section: from here on lengths are unknown.
        state = State.OPAQUE;
        return new Piece(
            length,
            ramEnds
                ? new Beginning(StreamPhase.DEVICE_STATE, StreamEvent.ALL_OF_DEVICE_STATE, 0)
                : null);
      case 2: // part
      case 3: // end
        if (!at.has(5)) {
          return null;
        }
        if (recovers && ramSection < 0) {
          ramSection = at.i32(1);
        }
        if (at.i32(1) != ramSection) {
          return giveUp(at);
        }
        state = State.RAM_RECORD;
        ramEnds = type == 3;
        return new Piece(5, ramEnds && givenAway ? lastPages() : null);
      case 7: // configuration
        if (!at.has(5)) {
          return null;
        }
        skip = Integer.toUnsignedLong(at.i32(1));
        return new Piece(5, null);
      case 8: // command
        if (!at.has(5)) {
          return null;
        }
        return command(at);
      case 0x7e: // footer
        return at.has(5) ? new Piece(5, null) : null;
      default:
        return giveUp(at);
    }
  }

  private Piece command(Cursor at) {
    int command = at.u16(1);
    int length = at.u16(3);
    if (command == PACKAGED && length == 4) {
      if (!at.has(9)) {
        return null;
      }
      packageBytesLeft = Integer.toUnsignedLong(at.i32(5));
      state = State.PACKAGE;
      return new Piece(9, new Beginning(StreamPhase.DEVICE_STATE, StreamEvent.PACKAGE, 0));
    }
    skip = length;
    if (command == RECEIVE_BITMAP && !recoverBegun) {
      recoverBegun = true;
      return new Piece(5, new Beginning(StreamPhase.RECOVER, "recover", 0));
    }
    return new Piece(5, null);
  }

  private Piece inPackage(Cursor at) {
    if (packageBytesLeft > RUN.length) {
      int length = (int) Math.min(packageBytesLeft - RUN.length, at.remaining());
      packageBytesLeft -= length;
      return new Piece(length, null);
    }
    int length = (int) packageBytesLeft;
    if (!at.has(length)) {
      return null;
    }
    state = State.SECTION;
    if (length < RUN.length || !at.text(0, length).equals(new String(RUN, LATIN_1))) {
      return length == 0 ? section(at) : new Piece(length, null);
    }
    givenAway = true;
    return new Piece(length, new Beginning(StreamPhase.HANDOVER, "run", 0));
  }

  private Beginning lastPages() {
    if (lastPagesBegun) {
      return null;
    }
    lastPagesBegun = true;
    return new Beginning(StreamPhase.LAST_PAGES, "end of the pages", 0);
  }

  private Piece ramRecord(Cursor at) {
    if (!at.has(8)) {
      return null;
    }
    long word = at.i64(0);
    long address = word & -PAGE_BYTES;
    int flags = (int) (word & (PAGE_BYTES - 1));
    if ((flags & MEM_SIZE) != 0) {
      blockBytesLeft = address;
      state = State.RAM_BLOCKS;
      return new Piece(8, null);
    }
    if ((flags & END_OF_SECTION) != 0) {
      state = State.SECTION;
      return new Piece(8, ramEnds && !givenAway ? guestPaused() : null);
    }
    if (flags == MULTIFD_FLUSH) {
      return new Piece(8, null);
    }
    if ((flags & (ZERO | PAGE | XBZRLE)) == 0) {
      return giveUp(at);
    }
    int length = 8;
    if ((flags & SAME_BLOCK) == 0) {
      if (!at.has(9) || !at.has(9 + at.u8(8))) {
        return null;
      }
      String name = at.text(9, at.u8(8));
      blocks.putIfAbsent(name, blocks.size());
      block = blocks.get(name);
      length = 9 + at.u8(8);
    }
    if ((flags & ZERO) != 0) {
      skip = 1;
    } else if ((flags & PAGE) != 0) {
      skip = PAGE_BYTES;
    } else {
      if (!at.has(length + 3)) {
        return null;
      }
      skip = 3L + at.u16(length + 1);
    }
    pages++;
    return new Piece(length, place(address));
  }

  /** A new round begins where the place of a page is not behind that of the page before. */
  private Beginning place(long address) {
    long place = ((long) block << 48) | address;
    boolean back = place <= lastPlace;
    lastPlace = place;
    if (givenAway) {
      boolean first = !pushBegun;
      pushBegun = true;
      return first ? new Beginning(StreamPhase.PUSH, "push", 0) : null;
    }
    if (ramEnds && !finalBegun) {
      return guestPaused();
    }
    if (!back || finalBegun) {
      return null;
    }
    round++;
    return new Beginning(
        round == 1 ? StreamPhase.FIRST_ROUND : StreamPhase.LATER_ROUND, "round " + round, round);
  }

  /** With the last section of RAM, even if no page is in it, or goes on another connection. */
  private Beginning guestPaused() {
    if (finalBegun) {
      return null;
    }
    finalBegun = true;
    round++;
    return new Beginning(StreamPhase.FINAL_ROUND, "round " + round + ", guest paused", round);
  }

  private Piece ramBlock(Cursor at) {
    if (blockBytesLeft <= 0) {
      state = State.RAM_RECORD;
      return ramRecord(at);
    }
    int nameLength = at.u8(0);
    int length = 1 + nameLength + 8;
    if (!at.has(length)) {
      return null;
    }
    blockBytesLeft -= at.i64(1 + nameLength);
    return new Piece(length, null);
  }

  private Piece giveUp(Cursor at) {
    state = State.OPAQUE;
    return new Piece(at.remaining(), null);
  }

  @Override
  public long pages() {
    return pages;
  }

  /** Reads at offsets from the buffer's position. */
  private record Cursor(ByteBuffer bytes) {
    int remaining() {
      return bytes.remaining();
    }

    boolean has(int length) {
      return bytes.remaining() >= length;
    }

    int u8(int offset) {
      return bytes.get(bytes.position() + offset) & 0xff;
    }

    int u16(int offset) {
      return bytes.getShort(bytes.position() + offset) & 0xffff;
    }

    int i32(int offset) {
      return bytes.getInt(bytes.position() + offset);
    }

    long i64(int offset) {
      return bytes.getLong(bytes.position() + offset);
    }

    String text(int offset, int length) {
      var text = new byte[length];
      bytes.get(bytes.position() + offset, text);
      return new String(text, LATIN_1);
    }
  }
}
