package landfall.host;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import landfall.machine.BlockStorage;

/**
 * A raw image: the sectors of a disk one after the other in a regular file. Both hosts of a
 * migration open the same file; only the one at which the guest executes reads and writes it.
 */
final class ImageFile implements BlockStorage {
  private final FileChannel file;
  private final long sectors;

  private ImageFile(FileChannel file, long sectors) {
    this.file = file;
    this.sectors = sectors;
  }

  /**
   * Opens an image; its size is that of the disk as long as the host lives.
   *
   * @throws IOException if there is no such file to read and write
   * @throws IllegalArgumentException if it cannot be an image
   */
  static ImageFile open(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new IOException("disk " + path + ": there is no such file");
    }
    // What is no regular file is not opened: a pipe would block.
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException("disk " + path + ": a regular file is accepted");
    }
    if (!Files.isReadable(path) || !Files.isWritable(path)) {
      throw new IOException("disk " + path + ": this host may not read and write the file");
    }
    long bytes = Files.size(path);
    if (bytes == 0 || bytes % SECTOR_BYTES != 0) {
      throw new IllegalArgumentException(
          "disk "
              + path
              + " of "
              + bytes
              + " bytes: a positive multiple of "
              + SECTOR_BYTES
              + " is accepted");
    }
    var opened = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return new ImageFile(opened, bytes / SECTOR_BYTES);
  }

  @Override
  public long sectors() {
    return sectors;
  }

  @Override
  public void read(long sector, ByteBuffer into) throws IOException {
    long at = sector * SECTOR_BYTES;
    while (into.hasRemaining()) {
      int count = file.read(into, at);
      if (count < 0) {
        throw new EOFException("the image has become shorter than " + sectors + " sectors");
      }
      at += count;
    }
  }

  @Override
  public void write(long sector, ByteBuffer from) throws IOException {
    long at = sector * SECTOR_BYTES;
    while (from.hasRemaining()) {
      at += file.write(from, at);
    }
  }

  @Override
  public void flush() throws IOException {
    file.force(false);
  }
}
