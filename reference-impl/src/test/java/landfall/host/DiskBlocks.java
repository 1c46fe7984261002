package landfall.host;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The blocks of an image as the witness writes them, read by nobody's help but the file system's.
 */
final class DiskBlocks {
  static final long BYTES = 4096;

  private static final int WORDS = (int) BYTES / Long.BYTES;
  private static final long MAGIC = 0x314b_434f_4c42_464cL;

  private DiskBlocks() {}

  /** A new image of so many blocks. */
  static Path image(Path folder, int blocks) throws IOException {
    Path file = Files.createTempFile(folder, "disk", ".raw");
    try (var opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(blocks * BYTES);
    }
    return file;
  }

  /** The value in a block; nothing if it was never written. */
  static Optional<Long> value(Path image, int block) throws IOException {
    byte[] bytes = new byte[(int) BYTES];
    try (var file = new RandomAccessFile(image.toFile(), "r")) {
      file.seek(block * BYTES);
      file.readFully(bytes);
    }
    var words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    if (words.equals(ByteBuffer.allocate((int) BYTES).asLongBuffer())) {
      return Optional.empty();
    }
    long version = words.get(2);
    long value = words.get(3);
    long expected =
        ((version << 32 | block) * 0x9e37_79b9_7f4a_7c15L + 0x632b_e59b_d9b4_e019L) ^ value;
    long sum = 0;
    for (int i = 0; i < WORDS - 1; i++) {
      boolean right =
          switch (i) {
            case 0 -> words.get(0) == MAGIC;
            case 1 -> words.get(1) == block;
            case 2 -> version > 0;
            case 3 -> true;
            default -> words.get(i) == expected;
          };
      if (!right) {
        throw new AssertionError("block " + block + " is wrong at word " + i);
      }
      if (i > 3) {
        expected = next(expected);
      }
      sum = next(sum ^ words.get(i));
    }
    if (words.get(WORDS - 1) != sum) {
      throw new AssertionError("block " + block + " has another checksum");
    }
    return Optional.of(value);
  }

  private static long next(long word) {
    return word * 6364136223846793005L + 1442695040888963407L;
  }
}
