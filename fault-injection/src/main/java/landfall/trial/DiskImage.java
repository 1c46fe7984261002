package landfall.trial;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Optional;
import landfall.workload.Clients;

/**
 * The image of a trial's disk, read with the help of no host. The witness fills a block with words
 * that follow from its number, version and value; see the page of the guest.
 */
final class DiskImage {
  private static final int BLOCK_BYTES = Clients.BLOCK_BYTES;
  private static final int WORDS = BLOCK_BYTES / Long.BYTES;
  private static final long MAGIC = 0x314b_434f_4c42_464cL;

  private final Path file;

  /**
   * What is in a block.
   *
   * @param value null if it was never written, or is wrong
   * @param wrong what is wrong with it; empty if nothing is
   */
  record Content(Long value, String wrong) {}

  private DiskImage(Path file) {
    this.file = file;
  }

  /** Makes an image full of zeros, if there is to be one. */
  static Optional<DiskImage> create(Optional<Path> file) throws IOException {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try (var image = new RandomAccessFile(file.get().toFile(), "rw")) {
      image.setLength((long) (Clients.FIRST_BLOCK + Clients.BLOCKS) * BLOCK_BYTES);
    }
    return Optional.of(new DiskImage(file.get()));
  }

  /**
   * @param block which of the clients' blocks, from 0
   */
  Content read(int block) throws IOException {
    int number = Clients.FIRST_BLOCK + block;
    byte[] bytes = new byte[BLOCK_BYTES];
    try (var image = new RandomAccessFile(file.toFile(), "r")) {
      image.seek((long) number * BLOCK_BYTES);
      image.readFully(bytes);
    }
    LongBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    if (words.mismatch(LongBuffer.allocate(WORDS)) < 0) {
      return new Content(null, "");
    }
    long version = words.get(2);
    long value = words.get(3);
    long next =
        ((version << 32 | number) * 0x9e37_79b9_7f4a_7c15L + 0x632b_e59b_d9b4_e019L) ^ value;
    long sum = follows(words.get(0));
    boolean right = words.get(0) == MAGIC && words.get(1) == number && version > 0;
    for (int i = 1; i < WORDS - 1; i++) {
      if (i > 3) {
        right &= words.get(i) == next;
        next = follows(next);
      }
      sum = follows(sum ^ words.get(i));
    }
    right &= words.get(WORDS - 1) == sum;
    return right
        ? new Content(value, "")
        : new Content(null, "it is neither empty nor one that the guest wrote");
  }

  private static long follows(long word) {
    return word * 6364136223846793005L + 1442695040888963407L;
  }
}
