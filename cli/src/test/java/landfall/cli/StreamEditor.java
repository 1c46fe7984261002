package landfall.cli;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import landfall.wire.ImageDigest;

/**
 * Passes a migration stream of the reference engine on with one page changed, and with checksums
 * and a digest that are right all the same: what the destination would do if it had lost the page
 * itself. The form of the frames is told in docs/protocol.md.
 */
final class StreamEditor {
  /** Is told that something was changed. */
  interface Change {
    void made() throws IOException;
  }

  private static final int HEADER_BYTES = 24;
  private static final int CHECKED_HEADER_BYTES = 20;
  private static final int PAGES = 2;
  private static final int DEVICE_STATE = 3;
  private static final int PAGE_BYTES = 4096;
  private static final int ZERO = 1 << 31;

  /** The guest's RAM has 4,096 pages; it has never written the last ones. */
  private static final int FREE_FROM = 4_000;

  private static final int GUEST_PAGES = 4_096;

  private final Misbehaviour wrong;
  private final Change change;
  private final Map<Integer, Long> sent = new HashMap<>();
  private final ImageDigest digest = new ImageDigest(GUEST_PAGES);
  private boolean changed;

  StreamEditor(Misbehaviour wrong, Change change) {
    this.wrong = wrong;
    this.change = change;
  }

  void pass(DataInputStream in, OutputStream out) throws IOException {
    var header = new byte[HEADER_BYTES];
    try {
      while (true) {
        in.readFully(header);
        ByteBuffer head = ByteBuffer.wrap(header);
        var payload = new byte[head.getInt(16)];
        in.readFully(payload);
        byte[] passed = head.get(5) == PAGES && !changed ? edited(head, payload) : payload;
        if (head.get(5) == PAGES) {
          note(head, ByteBuffer.wrap(passed));
        } else if (head.get(5) == DEVICE_STATE) {
          ByteBuffer image = ByteBuffer.wrap(passed);
          image.putLong(0, digest.valueWith(image.slice(Long.BYTES, passed.length - Long.BYTES)));
        }
        head.putInt(16, passed.length);
        var sum = new CRC32C();
        sum.update(header, 0, CHECKED_HEADER_BYTES);
        sum.update(passed);
        head.putInt(CHECKED_HEADER_BYTES, (int) sum.getValue());
        var frame = new byte[HEADER_BYTES + passed.length];
        System.arraycopy(header, 0, frame, 0, HEADER_BYTES);
        System.arraycopy(passed, 0, frame, HEADER_BYTES, passed.length);
        out.write(frame);
      }
    } catch (EOFException end) {
      // The stream has ended.
    }
  }

  private void note(ByteBuffer head, ByteBuffer batch) {
    for (int i = 0; i < batch.getInt(4); i++) {
      digest.sent(batch.getInt(8 + 4 * i) & ~ZERO, head.getInt(8), head.getInt(12));
    }
  }

  private byte[] edited(ByteBuffer head, byte[] payload) throws IOException {
    boolean paused = (head.getShort(6) & 1) != 0;
    ByteBuffer batch = ByteBuffer.wrap(payload);
    int count = batch.getInt(4);
    int content = 8 + 4 * count;
    for (int i = 0; i < count; i++) {
      int entry = batch.getInt(8 + 4 * i);
      boolean zero = entry < 0;
      if (wrong == Misbehaviour.FLIPS_BIT_OF_LAST_ROUND && paused && !zero) {
        return made(flipped(payload, content));
      }
      if (wrong == Misbehaviour.DROPS_PAGE_OF_LAST_ROUND
          && paused
          && !zero
          && count > 1
          && isNew(entry & ~ZERO, payload, content)) {
        return made(without(payload, i, count, content));
      }
      sent.put(entry & ~ZERO, zero ? 0L : sum(payload, content));
      if (wrong == Misbehaviour.FLIPS_BIT_OF_FREE_MEMORY && (entry & ~ZERO) >= FREE_FROM) {
        return made(zero ? withContent(payload, i, content) : flipped(payload, content));
      }
      content += zero ? 0 : PAGE_BYTES;
    }
    return payload;
  }

  /** A page that was sent before as it is now is not missed. */
  private boolean isNew(int page, byte[] payload, int content) {
    Long before = sent.get(page);
    return before == null || before != sum(payload, content);
  }

  private static long sum(byte[] payload, int content) {
    var sum = new CRC32C();
    sum.update(payload, content, PAGE_BYTES);
    return sum.getValue();
  }

  private byte[] made(byte[] payload) throws IOException {
    changed = true;
    change.made();
    return payload;
  }

  private static byte[] flipped(byte[] payload, int content) {
    payload[content + PAGE_BYTES - 1] ^= 1;
    return payload;
  }

  private static byte[] without(byte[] payload, int index, int count, int content) {
    ByteBuffer less = ByteBuffer.allocate(payload.length - 4 - PAGE_BYTES);
    int entry = 8 + 4 * index;
    less.put(payload, 0, entry);
    less.put(payload, entry + 4, content - entry - 4);
    less.put(payload, content + PAGE_BYTES, payload.length - content - PAGE_BYTES);
    less.putInt(4, count - 1);
    return less.array();
  }

  /** A page that was all zero gets a content in which one bit is set. */
  private static byte[] withContent(byte[] payload, int index, int content) {
    ByteBuffer more = ByteBuffer.allocate(payload.length + PAGE_BYTES);
    more.put(payload, 0, content);
    more.position(content + PAGE_BYTES);
    more.put(payload, content, payload.length - content);
    int entry = 8 + 4 * index;
    more.putInt(entry, more.getInt(entry) & ~ZERO);
    more.put(content, (byte) 1);
    return more.array();
  }
}
