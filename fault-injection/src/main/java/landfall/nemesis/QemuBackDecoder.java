package landfall.nemesis;

import java.nio.ByteBuffer;

/**
 * What a destination of QEMU says on the return path. Only in post-copy is it told apart: pongs are
 * the answers to pings at known places of the stream, and the last word is that every page is
 * there. In pre-copy nothing in it begins a phase.
 */
final class QemuBackDecoder implements StreamDecoder {
  private static final int HEAD_BYTES = 4;
  private static final int SHUT = 1;
  private static final int PONG = 2;
  private static final int BITMAP = 5;
  private static final int RESUME_ACK = 6;
  private static final int TYPE_MAX = 7;
  private static final int LENGTH_MAX = 512;

  /** The answer to the ping within the package: all before the command to run was loaded. */
  private static final int LOADED = 3;

  /** The answer to the ping behind the package. */
  private static final int RUNS = 4;

  private long skip;
  private boolean lost;
  private boolean postCopy;
  private boolean recoverBegun;

  /** Bytes of a bitmap of which only the length is known once it is there. */
  private boolean bitmapComes;

  /** Whether a direction that begins like this is a return path. */
  static boolean isReturnPath(int firstBytes) {
    int type = firstBytes >>> 16;
    return type >= SHUT && type <= TYPE_MAX && (firstBytes & 0xffff) <= LENGTH_MAX;
  }

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
    if (bitmapComes) {
      if (bytes.remaining() < Long.BYTES) {
        return null;
      }
      bitmapComes = false;
      skip = Math.max(0, bytes.getLong(at)) + Long.BYTES;
      return new Piece(Long.BYTES, null);
    }
    if (bytes.remaining() < HEAD_BYTES) {
      return null;
    }
    int type = bytes.getShort(at);
    int length = bytes.getShort(at + 2) & 0xffff;
    if (!isReturnPath(bytes.getInt(at))) {
      lost = true;
      return next(bytes);
    }
    if (bytes.remaining() < HEAD_BYTES + length) {
      return null;
    }
    bitmapComes = type == BITMAP;
    return new Piece(HEAD_BYTES + length, beginning(type, length < 4 ? 0 : bytes.getInt(at + 4)));
  }

  private Beginning beginning(int type, int value) {
    postCopy |= type > PONG && type < TYPE_MAX || type == PONG && value >= LOADED;
    if (type == PONG && value == LOADED) {
      return new Beginning(StreamPhase.READY, "pong 3, loaded", 0);
    }
    if (type == PONG && value == RUNS) {
      return new Beginning(StreamPhase.RESUMED, "pong 4, runs", 0);
    }
    if (type == BITMAP && !recoverBegun) {
      recoverBegun = true;
      return new Beginning(StreamPhase.RECOVER, "bitmap", 0);
    }
    if (type == RESUME_ACK) {
      return new Beginning(StreamPhase.RECOVER, "resumes", 0);
    }
    return type == SHUT && value == 0 && postCopy
        ? new Beginning(StreamPhase.COMPLETE, "shut, every page is there", 0)
        : null;
  }

  @Override
  public long pages() {
    return 0;
  }
}
