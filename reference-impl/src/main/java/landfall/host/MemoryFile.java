package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import landfall.machine.Machine;
import landfall.machine.Memory;

/**
 * A stretch of guest-physical memory that is written to a file, as {@code pmemsave} asks.
 *
 * <p>It is written on the caller's thread and never holds up the guest: a guest that runs goes on
 * writing, and the file then has some pages older than others, as with QEMU. Of a guest that stands
 * the file is exact.
 *
 * @param memory the guest's
 * @param firstPage where it begins
 * @param pages its length
 */
record MemoryFile(Memory memory, int firstPage, int pages) {
  private static final int PAGES_AT_ONCE = 256;

  /**
   * @param address guest-physical
   * @throws IllegalArgumentException if the range is not whole pages of RAM
   */
  static MemoryFile of(Memory memory, long address, long bytes) {
    long ram = memory.sizeBytes();
    long first = address - Machine.RAM_BASE;
    boolean inRam = first >= 0 && first < ram && bytes >= 1 && bytes <= ram - first;
    if (!inRam || first % Memory.PAGE_SIZE != 0 || bytes % Memory.PAGE_SIZE != 0) {
      throw new IllegalArgumentException(
          String.format(
              "pmemsave of 0x%x bytes at 0x%x: whole pages of RAM, 0x%x to 0x%x, are accepted",
              bytes, address, Machine.RAM_BASE, Machine.RAM_BASE + ram - 1));
    }
    return new MemoryFile(
        memory, (int) (first / Memory.PAGE_SIZE), (int) (bytes / Memory.PAGE_SIZE));
  }

  /**
   * Writes it to a new file, or replaces the content of a regular one. What is no regular file is
   * not opened: a pipe would block, and a device could do anything.
   *
   * @param name of a file in the folder or in one within it
   * @throws IOException if that is not possible; the message names the file and the reason
   */
  void save(String name, Path folder) throws IOException {
    Path file;
    try {
      file = folder.resolve(name);
    } catch (InvalidPathException e) {
      throw new IOException("file name '" + name.replace("\0", "\\0") + "': " + e.getReason(), e);
    }
    if (!isWithin(file, folder)) {
      throw new IOException(
          "pmemsave to " + name + ": files in " + folder + " are accepted, by --save-dir");
    }
    boolean isNew = !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    if (!isNew && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(
          "pmemsave to " + file + ": a regular file or a new one is accepted, and this is neither");
    }
    try (FileChannel out =
        FileChannel.open(
            file,
            isNew ? StandardOpenOption.CREATE_NEW : StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS)) {
      write(out);
    } catch (IOException e) {
      String why =
          e.getMessage().equals(file.toString()) ? e.getClass().getSimpleName() : e.getMessage();
      throw new IOException("pmemsave to " + file + ": " + why, e);
    }
  }

  /** By what the folders really are: a link out of the folder, or two dots, lead nowhere. */
  private static boolean isWithin(Path file, Path folder) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    return parent != null
        && Files.isDirectory(parent)
        && parent.toRealPath().startsWith(folder.toRealPath());
  }

  private void write(FileChannel out) throws IOException {
    int page = firstPage;
    int end = firstPage + pages;
    while (page < end) {
      ByteBuffer view = memory.readOnlyView(page, Math.min(end - page, PAGES_AT_ONCE));
      page += view.remaining() / Memory.PAGE_SIZE;
      while (view.hasRemaining()) {
        out.write(view);
      }
    }
  }
}
