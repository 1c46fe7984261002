package landfall.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A statically linked ELF64 little-endian executable for RISC-V.
 *
 * @param entry address of the first instruction
 * @param segments what is to be loaded, in the order of the file
 * @param toHost address of the symbol {@code tohost}, if the file has it
 * @param fromHost address of the symbol {@code fromhost}, if the file has it
 * @param compressed true if the header says that compressed instructions are used
 */
public record ElfFile(
    long entry,
    List<Segment> segments,
    OptionalLong toHost,
    OptionalLong fromHost,
    boolean compressed) {
  /** Files above this size are refused unread. */
  public static final long FILE_BYTES_MAX = 512L << 20;

  private static final int MACHINE_RISCV = 243;
  private static final int TYPE_EXECUTABLE = 2;
  private static final int SEGMENT_LOAD = 1;
  private static final int SECTION_SYMBOLS = 2;
  private static final int HEADER_BYTES = 64;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int SECTION_HEADER_BYTES = 64;
  private static final int SYMBOL_BYTES = 24;
  private static final int FLAG_COMPRESSED = 1;

  /**
   * One stretch of memory.
   *
   * @param physicalAddress where it goes
   * @param data its first bytes, read-only; the rest is zeros
   * @param memoryBytes its length in memory, at least that of the data
   */
  public record Segment(long physicalAddress, ByteBuffer data, long memoryBytes) {
    /** Keeps a read-only view. */
    public Segment {
      data = data.asReadOnlyBuffer();
    }

    /** The first bytes, as a view with a position of its own. */
    @Override
    public ByteBuffer data() {
      return data.duplicate();
    }
  }

  /** Keeps a copy of the list. */
  public ElfFile {
    segments = List.copyOf(segments);
  }

  /**
   * Reads and parses a file.
   *
   * @throws IOException if it cannot be read
   * @throws ElfFormatException if it is not such an executable
   */
  public static ElfFile read(Path file) throws IOException, ElfFormatException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException(file + ": it is no regular file");
    }
    long size = Files.size(file);
    if (size > FILE_BYTES_MAX) {
      throw new ElfFormatException(
          "the file has " + size + " bytes: at most " + FILE_BYTES_MAX + " are accepted");
    }
    return parse(Files.readAllBytes(file));
  }

  /**
   * Parses the bytes of a file.
   *
   * @throws ElfFormatException if they are not such an executable
   */
  public static ElfFile parse(byte[] bytes) throws ElfFormatException {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < HEADER_BYTES || file.getInt(0) != 0x464c_457f) {
      throw new ElfFormatException("not an ELF file: it does not start with an ELF header");
    }
    require(file.get(4) == 2, "class", file.get(4), "2 (64 bit)");
    require(file.get(5) == 1, "data encoding", file.get(5), "1 (little-endian)");
    require(file.getShort(16) == TYPE_EXECUTABLE, "type", file.getShort(16), "2 (executable)");
    require(file.getShort(18) == MACHINE_RISCV, "machine", file.getShort(18), "243 (RISC-V)");
    long entry = file.getLong(24);
    require((entry & 3) == 0, "entry address", entry, "a multiple of 4 (no compressed code)");
    return new ElfFile(
        entry,
        segments(file),
        find("tohost", file),
        find("fromhost", file),
        (file.getInt(48) & FLAG_COMPRESSED) != 0);
  }

  /** The same, taken at its word that its compressed instructions are not executed. */
  public ElfFile withoutCompressedMark() {
    return new ElfFile(entry, segments, toHost, fromHost, false);
  }

  private static List<Segment> segments(ByteBuffer file) throws ElfFormatException {
    int count = file.getShort(56) & 0xffff;
    int entryBytes = file.getShort(54) & 0xffff;
    require(
        count == 0 || entryBytes == PROGRAM_HEADER_BYTES, "program header size", entryBytes, "56");
    ByteBuffer headers =
        range(file, file.getLong(32), (long) count * PROGRAM_HEADER_BYTES, "program headers");
    List<Segment> segments = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int at = i * PROGRAM_HEADER_BYTES;
      long memoryBytes = headers.getLong(at + 40);
      if (headers.getInt(at) != SEGMENT_LOAD || memoryBytes == 0) {
        continue;
      }
      long fileBytes = headers.getLong(at + 32);
      if (memoryBytes < 0 || fileBytes > memoryBytes) {
        throw new ElfFormatException(
            "segment " + i + " has " + fileBytes + " bytes for " + memoryBytes + " in memory");
      }
      ByteBuffer data = range(file, headers.getLong(at + 8), fileBytes, "segment " + i);
      segments.add(new Segment(headers.getLong(at + 24), data, memoryBytes));
    }
    if (segments.isEmpty()) {
      throw new ElfFormatException("the file has nothing to load (no PT_LOAD segment)");
    }
    return segments;
  }

  private static OptionalLong find(String name, ByteBuffer file) throws ElfFormatException {
    byte[] wanted = (name + "\0").getBytes(StandardCharsets.US_ASCII);
    long start = file.getLong(40);
    int count = file.getShort(60) & 0xffff;
    if (start == 0 || count == 0) {
      return OptionalLong.empty();
    }
    int entryBytes = file.getShort(58) & 0xffff;
    require(entryBytes == SECTION_HEADER_BYTES, "section header size", entryBytes, "64");
    ByteBuffer headers = range(file, start, (long) count * SECTION_HEADER_BYTES, "section headers");
    for (int i = 0; i < count; i++) {
      int at = i * SECTION_HEADER_BYTES;
      if (headers.getInt(at + 4) != SECTION_SYMBOLS) {
        continue;
      }
      ByteBuffer symbols =
          range(file, headers.getLong(at + 24), headers.getLong(at + 32), "symbol table");
      long link = headers.getInt(at + 40) & 0xffff_ffffL;
      require(link < count, "string section of the symbol table", link, "below " + count);
      int linkAt = (int) link * SECTION_HEADER_BYTES;
      ByteBuffer names =
          range(file, headers.getLong(linkAt + 24), headers.getLong(linkAt + 32), "symbol names");
      for (int symbol = 0; symbol <= symbols.limit() - SYMBOL_BYTES; symbol += SYMBOL_BYTES) {
        if (isAt(symbols.getInt(symbol), wanted, names) && symbols.getShort(symbol + 6) != 0) {
          return OptionalLong.of(symbols.getLong(symbol + 8));
        }
      }
    }
    return OptionalLong.empty();
  }

  private static boolean isAt(int at, byte[] wanted, ByteBuffer names) {
    if (at < 0 || at > names.limit() - wanted.length) {
      return false;
    }
    return names.slice(at, wanted.length).mismatch(ByteBuffer.wrap(wanted)) < 0;
  }

  private static ByteBuffer range(ByteBuffer file, long start, long length, String what)
      throws ElfFormatException {
    if (start < 0 || length < 0 || start > file.limit() || length > file.limit() - start) {
      throw new ElfFormatException(
          String.format(
              "%s: %d bytes at %d reach beyond the file's %d bytes",
              what, length, start, file.limit()));
    }
    return file.slice((int) start, (int) length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void require(boolean holds, String what, long given, String accepted)
      throws ElfFormatException {
    if (!holds) {
      throw new ElfFormatException(what + " is " + given + ": " + accepted + " is accepted");
    }
  }
}
