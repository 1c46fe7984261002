package landfall.nemesis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A further connection of QEMU that carries pages (multifd), without compression: a greeting, then
 * packets of a head, a list of pages, and their contents. A round begins on each of these
 * connections by itself, where the place of a page is not behind that of the page before. Source:
 * migration/multifd.c of QEMU.
 */
final class MultifdDecoder implements StreamDecoder {
  static final int MAGIC = 0x11223344;

  private static final int GREETING_BYTES = 64;
  private static final int HEAD_BYTES = 320;
  private static final int LIST_BYTES = 128 * Long.BYTES;
  private static final int PAGES_MAX = 128;
  private static final int PAGE_BYTES = 4096;
  private static final int NORMAL_AT = 16;
  private static final int ZERO_AT = 32;
  private static final int NAME_AT = 64;

  private boolean greeted;
  private boolean lost;
  private long skip;
  private long pages;
  private int round;
  private String block = "";
  private long last = Long.MAX_VALUE;

  @Override
  public Piece next(ByteBuffer bytes) {
    if (!bytes.hasRemaining()) {
      return null;
    }
    if (lost || skip > 0) {
      int length = lost ? bytes.remaining() : (int) Math.min(skip, bytes.remaining());
      skip -= lost ? 0 : length;
      return new Piece(length, null);
    }
    int at = bytes.position();
    if (!greeted) {
      if (bytes.remaining() < GREETING_BYTES) {
        return null;
      }
      greeted = true;
      return new Piece(
          GREETING_BYTES, new Beginning(StreamPhase.CONNECTED, "channel of multifd", 0));
    }
    if (bytes.remaining() < HEAD_BYTES + LIST_BYTES) {
      return null;
    }
    int normal = bytes.getInt(at + NORMAL_AT);
    int zero = bytes.getInt(at + ZERO_AT);
    if (bytes.getInt(at) != MAGIC
        || normal < 0
        || zero < 0
        || normal > PAGES_MAX
        || zero > PAGES_MAX - normal) {
      lost = true;
      return next(bytes);
    }
    skip = (long) normal * PAGE_BYTES;
    pages += normal + zero;
    return new Piece(
        HEAD_BYTES + LIST_BYTES, normal + zero == 0 ? null : place(bytes, normal, zero));
  }

  /** Of a packet the pages with content come first, each kind in the order of their places. */
  private Beginning place(ByteBuffer bytes, int normal, int zero) {
    int at = bytes.position();
    var name = new byte[HEAD_BYTES - NAME_AT];
    for (int i = 0; i < name.length; i++) {
      name[i] = bytes.get(at + NAME_AT + i);
    }
    String of = new String(name, StandardCharsets.ISO_8859_1);
    long first = Long.MAX_VALUE;
    long end = 0;
    for (int i = 0; i < normal + zero; i++) {
      long place = bytes.getLong(at + HEAD_BYTES + i * Long.BYTES);
      first = Math.min(first, place);
      end = Math.max(end, place);
    }
    boolean back = round == 0 || of.equals(block) && first <= last;
    block = of;
    last = end;
    if (!back) {
      return null;
    }
    round++;
    return new Beginning(
        round == 1 ? StreamPhase.FIRST_ROUND : StreamPhase.LATER_ROUND, "round " + round, round);
  }

  @Override
  public long pages() {
    return pages;
  }
}
