package landfall.qemustream;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import landfall.qemustream.StreamEntry.What;

/**
 * What a source sends. Sections of RAM say themselves how long they are. Device sections do not:
 * they are kept until the description behind them is there; see {@link DeviceSections}. In
 * post-copy they go in a package that says how long it is, without a description: it is passed over
 * up to the command to run with which it ends, and pages follow.
 */
final class ForwardDecoder extends Decoder {
  static final int MAGIC = 0x5145564d;

  private static final int VERSION = 3;
  private static final int PAGE_BYTES = 4096;

  /** More RAM than this is not followed, so that what is kept has a bound: 2 MiB of bits. */
  private static final long RAM_MAX = 64L << 30;

  private static final int BLOCKS_MAX = 256;
  private static final int RUNS_MAX = 50_000;
  private static final int MISSING_MAX = 16;
  private static final int NAME_MAX = 4_096;

  private static final int SECTION_START = 1;
  private static final int SECTION_PART = 2;
  private static final int SECTION_END = 3;
  private static final int SECTION_FULL = 4;
  private static final int SUBSECTION = 5;
  private static final int CONFIGURATION = 7;
  private static final int COMMAND = 8;
  private static final int FOOTER = 0x7e;

  private static final int ZERO = 0x02;
  private static final int MEM_SIZE = 0x04;
  private static final int PAGE = 0x08;
  private static final int END_OF_SECTION = 0x10;
  private static final int SAME_BLOCK = 0x20;
  private static final int XBZRLE = 0x40;
  private static final int COMPRESSED = 0x100;
  private static final int MULTIFD_SYNC = 0x200;

  private static final List<String> COMMANDS =
      List.of(
          "invalid",
          "open return path",
          "ping",
          "post-copy advise",
          "post-copy listen",
          "post-copy run",
          "post-copy discard",
          "packaged",
          "enable colo",
          "post-copy resume",
          "receive bitmap",
          "switchover start");
  private static final int POST_COPY_LISTEN = 4;
  private static final int POST_COPY_RUN = 5;
  private static final int POST_COPY_DISCARD = 6;
  private static final int POST_COPY_RESUME = 9;
  private static final int PACKAGED = 7;
  private static final int ENABLE_COLO = 8;
  private static final int RECEIVE_BITMAP = 10;

  /** The first bytes of a connection in the place of a lost one. */
  static final int ASKS_FOR_BITMAP = COMMAND << 24 | RECEIVE_BITMAP << 8;

  /** The command to listen, with which a package begins, or to run, with which it ends. */
  private static final int BARE_BYTES = 5;

  /** Version, length of the block's name, and its end; then each range has two numbers. */
  private static final int DISCARD_BYTES = 3;

  private static final int RANGE_BYTES = 16;

  /** That pages go on other connections, too, is known by then. */
  private static final int SECTIONS_UNTIL_KNOWN = 8;

  private static final long PACKAGE_MAX = 1L << 28;

  private enum State {
    HEADER,
    TYPE,
    MACHINE_LENGTH,
    MACHINE,
    SUBSECTION_LENGTH,
    SUBSECTION_NAME,
    TARGET_PAGE_BITS,
    UUID,
    CAPABILITY_COUNT,
    CAPABILITY_LENGTH,
    CAPABILITY,
    COMMAND_HEAD,
    COMMAND_DATA,
    PACKAGE_LENGTH,
    PACKAGE_BEGIN,
    PACKAGE_END,
    START_HEAD,
    START_NAME,
    PART_ID,
    FOOTER_TYPE,
    FOOTER_ID,
    BLOCK_LENGTH,
    BLOCK,
    WORD,
    NAME_LENGTH,
    NAME,
    DELTA_HEAD,
    COMPRESSED_HEAD
  }

  /** A block of RAM, and which of its pages were ever sent. */
  private record Block(int number, String name, int pages, BitSet sent) {}

  private final List<Block> blocks = new ArrayList<>();
  private final Map<String, Block> byName = new HashMap<>();
  private DeviceSections devices;
  private State state = State.HEADER;

  private boolean hasRam;
  private int ramSection;
  private int sectionType;
  private long sectionOffset;
  private int command;
  private int capabilities;
  private long packageBytes;
  private long blockBytesLeft;
  private long pagesInAll;
  private Block block;
  private int flags;
  private long address;
  private boolean memorySent;

  /** The guest was given away, and pages follow. */
  private boolean givenAway;

  /** Pages go on other connections, too, so those that pass here are not all. */
  private boolean otherConnections;

  private long firstSyncOffset = -1;
  private int sections;

  // The section under way.
  private List<int[]> runs = new ArrayList<>();
  private long pagesOfSection;

  ForwardDecoder(Sink sink) {
    super(sink, 8);
  }

  /** Of a connection in the place of a lost one: it goes on with the blocks of that one. */
  ForwardDecoder(Sink sink, ForwardDecoder lost) {
    super(sink, 1);
    state = State.TYPE;
    hasRam = true;
    ramSection = lost.ramSection;
    givenAway = true;
    blocks.addAll(lost.blocks);
    byName.putAll(lost.byName);
  }

  /** Whether the guest was given away on this connection, or before it. */
  boolean isGivenAway() {
    return givenAway;
  }

  /** Whether pages go on other connections, too. */
  void otherConnections() {
    otherConnections = true;
  }

  /** The number of a block and how many pages it has; null if there is none of this name. */
  int[] block(String name) {
    Block found = byName.get(name);
    return found == null ? null : new int[] {found.number(), found.pages()};
  }

  private void await(State next, int length) {
    state = next;
    next(length);
  }

  private void awaitType() {
    await(State.TYPE, 1);
  }

  @Override
  void piece(Piece piece) {
    switch (state) {
      case HEADER -> header(piece);
      case TYPE -> type(piece);
      case MACHINE_LENGTH -> {
        int length = piece.i32(0);
        if (length < 1 || length > NAME_MAX) {
          unreadable(
              piece.offset(), "a machine's name of " + length + " bytes", "1 to " + NAME_MAX);
        } else {
          await(State.MACHINE, length);
        }
      }
      case MACHINE -> {
        entry(piece.offset(), What.MACHINE, piece.text(0, piece.length()), 0);
        awaitType();
      }
      case SUBSECTION_LENGTH -> await(State.SUBSECTION_NAME, piece.u8(0) + 4);
      case SUBSECTION_NAME -> subsection(piece);
      case TARGET_PAGE_BITS -> {
        if (piece.i32(0) != 12) {
          unreadable(piece.offset(), "pages of 2^" + piece.i32(0) + " bytes", "4096 bytes");
        } else {
          awaitType();
        }
      }
      case UUID -> awaitType();
      case CAPABILITY_COUNT -> {
        capabilities = piece.i32(0);
        if (capabilities < 0 || capabilities > BLOCKS_MAX) {
          unreadable(piece.offset(), capabilities + " capabilities", "at most " + BLOCKS_MAX);
        } else {
          nextCapability();
        }
      }
      case CAPABILITY_LENGTH -> {
        if (piece.u8(0) == 0) {
          unreadable(piece.offset(), "a capability without a name", "a name");
        } else {
          await(State.CAPABILITY, piece.u8(0));
        }
      }
      case CAPABILITY -> {
        String name = piece.text(0, piece.length());
        if (name.equals("x-ignore-shared") || name.equals("mapped-ram")) {
          unreadable(piece.offset(), "the capability " + name, "pages on the stream");
        } else {
          nextCapability();
        }
      }
      case COMMAND_HEAD -> command(piece);
      case COMMAND_DATA -> {
        if (command == POST_COPY_DISCARD) {
          discard(piece);
        } else {
          commandSeen(piece.offset() - 5, piece.i32(0));
          awaitType();
        }
      }
      case PACKAGE_LENGTH -> {
        packageBytes = Integer.toUnsignedLong(piece.i32(0));
        if (packageBytes < 2 * BARE_BYTES || packageBytes > PACKAGE_MAX) {
          unreadable(
              piece.offset(),
              "a package of " + packageBytes + " bytes",
              2 * BARE_BYTES + " to " + PACKAGE_MAX + " bytes");
        } else {
          entry(piece.offset() - 5, What.PACKAGE, "", packageBytes);
          await(State.PACKAGE_BEGIN, BARE_BYTES);
        }
      }
      case PACKAGE_BEGIN -> {
        if (!isBare(piece, POST_COPY_LISTEN)) {
          unreadable(
              piece.offset(),
              "no command to listen",
              "the command to listen at the begin of the package");
        } else {
          entry(piece.offset(), What.LISTEN, "", 0);
          state = State.PACKAGE_END;
          nextAfter(packageBytes - 2 * BARE_BYTES, BARE_BYTES);
        }
      }
      case PACKAGE_END -> {
        if (!isBare(piece, POST_COPY_RUN)) {
          unreadable(
              piece.offset(), "no command to run", "the command to run at the end of the package");
        } else {
          givenAway = true;
          entry(piece.offset(), What.RUN, "", 0);
          awaitType();
        }
      }
      case START_HEAD -> {
        ramSection = sectionType == SECTION_START ? piece.i32(0) : ramSection;
        await(State.START_NAME, piece.u8(4) + 8);
      }
      case START_NAME -> start(piece);
      case PART_ID -> part(piece);
      case FOOTER_TYPE -> {
        if (piece.u8(0) != FOOTER) {
          unreadable(piece.offset(), hex(piece.u8(0)), "the footer of a section, 0x7e");
        } else {
          await(State.FOOTER_ID, 4);
        }
      }
      case FOOTER_ID -> footer(piece);
      case BLOCK_LENGTH -> await(State.BLOCK, piece.u8(0) + 8);
      case BLOCK -> block(piece);
      case WORD -> word(piece);
      case NAME_LENGTH -> {
        if (piece.u8(0) == 0) {
          unreadable(piece.offset(), "a block without a name", "the name of a block");
        } else {
          await(State.NAME, piece.u8(0));
        }
      }
      case NAME -> {
        block = byName.get(piece.text(0, piece.length()));
        if (block == null) {
          unreadable(
              piece.offset(),
              "the block " + piece.text(0, piece.length()),
              "a block that was named at the beginning");
        } else {
          page(piece);
        }
      }
      case DELTA_HEAD -> {
        if (piece.u8(0) != 1) {
          unreadable(piece.offset(), "the delta encoding " + piece.u8(0), "1, XBZRLE");
        } else {
          await(State.WORD, 8);
          nextAfter(piece.u16(1), 8);
        }
      }
      case COMPRESSED_HEAD -> {
        int length = piece.i32(0);
        if (length < 1 || length > 2 * PAGE_BYTES) {
          unreadable(
              piece.offset(),
              "a compressed page of " + length + " bytes",
              "1 to " + 2 * PAGE_BYTES);
        } else {
          await(State.WORD, 8);
          nextAfter(length, 8);
        }
      }
    }
  }

  private void header(Piece piece) {
    if (piece.i32(0) != MAGIC || piece.i32(4) != VERSION) {
      unreadable(
          piece.offset(),
          hex(piece.i32(0)) + " and version " + piece.i32(4),
          hex(MAGIC) + " and version " + VERSION);
    } else {
      entry(piece.offset(), What.HEADER, "", VERSION);
      awaitType();
    }
  }

  // ---------------------------------------------------------------- sections

  private void type(Piece piece) {
    sectionType = piece.u8(0);
    sectionOffset = piece.offset();
    switch (sectionType) {
      case SECTION_START -> {
        if (hasRam) {
          unreadable(piece.offset(), "a further section that starts", "no other than that of RAM");
        } else {
          await(State.START_HEAD, 5);
        }
      }
      case SECTION_PART, SECTION_END -> {
        if (!hasRam || memorySent) {
          unreadable(
              piece.offset(),
              "a part of a section of pages",
              memorySent
                  ? "a device section, after the last pages"
                  : "the section that starts first");
        } else {
          await(State.PART_ID, 4);
        }
      }
      case SECTION_FULL -> {
        if (!memorySent) {
          unreadable(piece.offset(), "a device section", "the last section of RAM before it");
        } else {
          entry(piece.offset(), What.DEVICES, "", 0);
          devices = new DeviceSections(sink, piece.offset());
          takeTail();
        }
      }
      case CONFIGURATION -> await(State.MACHINE_LENGTH, 4);
      case SUBSECTION -> await(State.SUBSECTION_LENGTH, 1);
      case COMMAND -> await(State.COMMAND_HEAD, 4);
      case 0 -> {
        if (givenAway && memorySent) {
          entry(piece.offset(), What.OVER, "", 0);
          awaitType();
        } else {
          unreadable(piece.offset(), hex(0), "the end of the stream after the last pages only");
        }
      }
      default ->
          unreadable(
              piece.offset(),
              hex(sectionType),
              "the type of a section: 1 to 5, 7 or 8" + (memorySent ? "; 4 at this place" : ""));
    }
  }

  @Override
  int tail(ByteBuffer bytes) {
    int length = bytes.remaining();
    devices.take(bytes);
    String wrong = devices.wrong();
    if (wrong != null) {
      unreadable(devices.wrongOffset(), wrong, devices.expected());
    }
    return length;
  }

  /** What is known of the device state when no more bytes come. */
  void closed() {
    if (hasFailed()) {
      return;
    }
    if (devices != null) {
      devices.closed();
    } else {
      // A section that has no end.
      endOfPages();
    }
  }

  private void subsection(Piece piece) {
    String name = piece.text(0, piece.length() - 4);
    switch (name) {
      case "configuration/target-page-bits" -> await(State.TARGET_PAGE_BITS, 4);
      case "configuration/uuid" -> await(State.UUID, 16);
      case "configuration/capabilities" -> await(State.CAPABILITY_COUNT, 4);
      default ->
          unreadable(
              piece.offset(),
              "the subsection " + name,
              "configuration/target-page-bits, configuration/uuid or configuration/capabilities");
    }
  }

  private void nextCapability() {
    if (capabilities-- > 0) {
      await(State.CAPABILITY_LENGTH, 1);
    } else {
      awaitType();
    }
  }

  private void command(Piece piece) {
    command = piece.u16(0);
    int length = piece.u16(2);
    if (!isKnown(command)) {
      unreadable(
          piece.offset(),
          "command " + command + (command < COMMANDS.size() ? ", " + COMMANDS.get(command) : ""),
          "a command of pre-copy or post-copy: 1 to 3, 6, 7 or 9 to 11");
    } else if (command == PACKAGED && length == 4) {
      await(State.PACKAGE_LENGTH, 4);
    } else if (length >= 4) {
      await(State.COMMAND_DATA, length);
    } else {
      commandSeen(piece.offset() - 1, 0);
      awaitType();
      if (length > 0) {
        nextAfter(length, 1);
      }
    }
  }

  /** Whether it is this command, which has no data. */
  private static boolean isBare(Piece piece, int expected) {
    return piece.u8(0) == COMMAND && piece.u16(1) == expected && piece.u16(3) == 0;
  }

  /** Ranges of pages of one block, in bytes. */
  private void discard(Piece piece) {
    int name = piece.length() < 2 ? 0 : piece.u8(1);
    int ranges = piece.length() - DISCARD_BYTES - name;
    Block of = ranges < 0 ? null : byName.get(piece.text(2, name));
    if (of == null || piece.u8(0) != 0 || piece.u8(2 + name) != 0 || ranges % RANGE_BYTES != 0) {
      unreadable(
          piece.offset(),
          "a list of stale pages of " + piece.length() + " bytes",
          "version 0, a block that was named at the beginning, and ranges of " + RANGE_BYTES);
      return;
    }
    long pages = 0;
    List<int[]> stale = new ArrayList<>();
    for (int at = DISCARD_BYTES + name; at < piece.length(); at += RANGE_BYTES) {
      long first = piece.i64(at) / PAGE_BYTES;
      long count = piece.i64(at + Long.BYTES) / PAGE_BYTES;
      if (first < 0 || count < 1 || count > of.pages() || first > of.pages() - count) {
        unreadable(
            piece.offset(),
            count + " stale pages from " + first + " on of " + of.name(),
            "pages below " + of.pages());
        return;
      }
      pages += count;
      stale.add(new int[] {of.number(), (int) first, (int) (first + count - 1)});
    }
    sink.entry(piece.offset() - 5, What.DISCARD, of.name(), pages, stale);
    awaitType();
  }

  /** Listen and run are within a package alone. */
  private static boolean isKnown(int command) {
    return command > 0
        && command < COMMANDS.size()
        && command != POST_COPY_LISTEN
        && command != POST_COPY_RUN
        && command != ENABLE_COLO;
  }

  private void commandSeen(long offset, int value) {
    if (command == POST_COPY_RESUME) {
      // Pages that were sent, and came with the lost connection, are sent again.
      memorySent = false;
    }
    entry(offset, What.COMMAND, COMMANDS.get(command), value);
  }

  private void start(Piece piece) {
    String name = piece.text(0, piece.length() - 8);
    if (!name.equals("ram")) {
      unreadable(piece.offset(), "the section " + name, "ram, the only one that is followed");
      return;
    }
    if (piece.i32(piece.length() - 4) != 4) {
      unreadable(
          piece.offset(), "version " + piece.i32(piece.length() - 4) + " of section ram", "4");
      return;
    }
    hasRam = true;
    await(State.WORD, 8);
  }

  private void part(Piece piece) {
    if (piece.i32(0) != ramSection) {
      unreadable(
          piece.offset(), "section " + piece.i32(0), "section " + ramSection + ", that of RAM");
      return;
    }
    if (sectionType == SECTION_END && !givenAway) {
      entry(sectionOffset, What.FINAL, "", 0);
    }
    await(State.WORD, 8);
  }

  private void footer(Piece piece) {
    if (piece.i32(0) != ramSection) {
      unreadable(
          piece.offset(), "the footer of section " + piece.i32(0), "that of section " + ramSection);
      return;
    }
    endOfPages();
    sections++;
    if (otherConnections || sections <= SECTIONS_UNTIL_KNOWN) {
      entry(piece.offset(), What.SYNC, "section", 0);
    }
    if (sectionType == SECTION_END && firstSyncOffset >= 0 && !otherConnections) {
      unreadable(
          firstSyncOffset,
          "a sync of multifd: pages go on other connections",
          "pages on this connection");
      return;
    }
    if (sectionType == SECTION_END) {
      memorySent = true;
      if (!otherConnections && !givenAway) {
        missing();
      }
    }
    awaitType();
  }

  /** Tells of the pages of the section that is over, or cut short. */
  private void endOfPages() {
    if (pagesOfSection > 0) {
      sink.entry(sectionOffset, What.PAGES, "", pagesOfSection, runs);
    }
    runs = new ArrayList<>();
    pagesOfSection = 0;
  }

  private void missing() {
    long missing = 0;
    List<int[]> first = new ArrayList<>();
    for (Block each : blocks) {
      missing += each.pages() - each.sent().cardinality();
      for (int page = each.sent().nextClearBit(0);
          page < each.pages() && first.size() < MISSING_MAX;
          page = each.sent().nextClearBit(page + 1)) {
        first.add(new int[] {each.number(), page, page});
      }
    }
    sink.entry(sectionOffset, What.MEMORY_SENT, "", missing, first);
  }

  // ---------------------------------------------------------------- pages

  private void block(Piece piece) {
    String name = piece.text(0, piece.length() - 8);
    long bytes = piece.i64(piece.length() - 8);
    if (bytes <= 0 || bytes > blockBytesLeft || blocks.size() >= BLOCKS_MAX) {
      unreadable(
          piece.offset(),
          "block " + (blocks.size() + 1) + ", " + name + ", of " + bytes + " bytes",
          "at most " + BLOCKS_MAX + " blocks with " + blockBytesLeft + " bytes together");
      return;
    }
    var found =
        new Block(blocks.size(), name, (int) ((bytes + PAGE_BYTES - 1) / PAGE_BYTES), new BitSet());
    if (byName.put(name, found) != null) {
      unreadable(piece.offset(), "a second block " + name, "blocks of different names");
      return;
    }
    blocks.add(found);
    pagesInAll += found.pages();
    entry(piece.offset() - 1, What.BLOCK, name, found.pages());
    blockBytesLeft -= bytes;
    if (blockBytesLeft > 0) {
      await(State.BLOCK_LENGTH, 1);
    } else {
      entry(sectionOffset, What.SETUP, "", pagesInAll);
      await(State.WORD, 8);
    }
  }

  private void word(Piece piece) {
    long word = piece.i64(0);
    address = word & -PAGE_BYTES;
    flags = (int) (word & (PAGE_BYTES - 1));
    if (flags == MEM_SIZE && sectionType == SECTION_START && blocks.isEmpty()) {
      if (address <= 0 || address > RAM_MAX) {
        unreadable(piece.offset(), address + " bytes of RAM", "1 to " + RAM_MAX);
      } else {
        blockBytesLeft = address;
        await(State.BLOCK_LENGTH, 1);
      }
    } else if (flags == END_OF_SECTION) {
      await(State.FOOTER_TYPE, 1);
    } else if (flags == MULTIFD_SYNC) {
      // The other connections may be heard a little later.
      firstSyncOffset = firstSyncOffset < 0 ? piece.offset() : firstSyncOffset;
      entry(piece.offset(), What.SYNC, "flush", 0);
      await(State.WORD, 8);
    } else if (isPage(flags & ~SAME_BLOCK) && !blocks.isEmpty()) {
      if ((flags & SAME_BLOCK) == 0) {
        await(State.NAME_LENGTH, 1);
      } else if (block == null) {
        unreadable(piece.offset(), "a page of the block before", "the name of a block first");
      } else {
        page(piece);
      }
    } else {
      unreadable(
          piece.offset(),
          "flags " + hex(flags) + " of a page",
          "a page (0x2, 0x8, 0x40 or 0x100, with or without 0x20) or the end of the section (0x10)");
    }
  }

  private static boolean isPage(int kind) {
    return kind == ZERO || kind == PAGE || kind == XBZRLE || kind == COMPRESSED;
  }

  private void page(Piece piece) {
    long number = address / PAGE_BYTES;
    if (number < 0 || number >= block.pages()) {
      unreadable(
          piece.offset(),
          "page " + number + " of " + block.name(),
          "a page below " + block.pages());
      return;
    }
    sent((int) number);
    switch (flags & ~SAME_BLOCK) {
      case ZERO -> {
        await(State.WORD, 8);
        nextAfter(1, 8);
      }
      case PAGE -> {
        await(State.WORD, 8);
        nextAfter(PAGE_BYTES, 8);
      }
      case XBZRLE -> await(State.DELTA_HEAD, 3);
      default -> await(State.COMPRESSED_HEAD, 4);
    }
  }

  private void sent(int page) {
    block.sent().set(page);
    pagesOfSection++;
    int[] last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
    if (last != null && last[0] == block.number() && last[2] == page - 1) {
      last[2] = page;
      return;
    }
    if (runs.size() == RUNS_MAX) {
      // A section may have as many pages as its source likes; they are told in parts.
      sink.entry(sectionOffset, What.PAGES, "", pagesOfSection - 1, runs);
      runs = new ArrayList<>();
      pagesOfSection = 1;
    }
    runs.add(new int[] {block.number(), page, page});
  }

  private static String hex(int number) {
    return "0x" + Integer.toHexString(number);
  }
}
