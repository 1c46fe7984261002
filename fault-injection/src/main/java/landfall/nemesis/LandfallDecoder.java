package landfall.nemesis;

import java.nio.ByteBuffer;

/** The reference protocol, docs/protocol.md, in either direction. */
final class LandfallDecoder implements StreamDecoder {
  static final int MAGIC = 0x4C46524D;

  private static final int HEADER_BYTES = 24;
  private static final int PAGES = 2;
  private static final int PAGES_HEADER_BYTES = 8;
  private static final int FLAG_GUEST_PAUSED = 1;

  /** Of post-copy: the version of a page stands in the place of the round. */
  private static final int FLAG_VERSION = 16;

  /** What post-copy sends after the handover is in no round, and begins no phase. */
  private static final int NO_ROUND = 0;

  private static final int PAYLOAD_BYTES_MAX = 1 << 20;

  private long bodyLeft;
  private int round;
  private boolean finalRound;
  private long pages;
  private boolean lost;

  @Override
  public Piece next(ByteBuffer bytes) {
    if (lost) {
      return bytes.hasRemaining() ? new Piece(bytes.remaining(), null) : null;
    }
    if (bodyLeft > 0) {
      if (!bytes.hasRemaining()) {
        return null;
      }
      int length = (int) Math.min(bodyLeft, bytes.remaining());
      bodyLeft -= length;
      return new Piece(length, null);
    }
    if (bytes.remaining() < HEADER_BYTES) {
      return null;
    }
    int at = bytes.position();
    int type = bytes.get(at + 5);
    int length = bytes.getInt(at + 16);
    if (bytes.getInt(at) != MAGIC || length < 0 || length > PAYLOAD_BYTES_MAX) {
      lost = true;
      return next(bytes);
    }
    if (type == PAGES && length >= PAGES_HEADER_BYTES) {
      if (bytes.remaining() < HEADER_BYTES + PAGES_HEADER_BYTES) {
        return null;
      }
      bodyLeft = length;
      int flags = bytes.getShort(at + 6);
      boolean paused = (flags & FLAG_GUEST_PAUSED) != 0;
      int frameRound = (flags & FLAG_VERSION) != 0 ? NO_ROUND : bytes.getInt(at + HEADER_BYTES);
      return new Piece(
          HEADER_BYTES, pagesBegin(frameRound, bytes.getInt(at + HEADER_BYTES + 4), paused));
    }
    bodyLeft = length;
    return new Piece(HEADER_BYTES, beginning(type));
  }

  private Beginning pagesBegin(int frameRound, int count, boolean paused) {
    pages += Math.max(0, Math.min(count, 128));
    if (frameRound == NO_ROUND) {
      return null;
    }
    boolean turnsFinal = paused && !finalRound;
    if (frameRound == round && !turnsFinal) {
      return null;
    }
    round = frameRound;
    finalRound = paused;
    StreamPhase phase =
        paused
            ? StreamPhase.FINAL_ROUND
            : frameRound <= 1 ? StreamPhase.FIRST_ROUND : StreamPhase.LATER_ROUND;
    return new Beginning(
        phase, "round " + frameRound + (paused ? ", guest paused" : ""), frameRound);
  }

  private static Beginning beginning(int type) {
    return switch (type) {
      case 1 -> new Beginning(StreamPhase.CONNECTED, "Hello", 0);
      case 3 -> new Beginning(StreamPhase.DEVICE_STATE, "DeviceState", 0);
      case 4 -> new Beginning(StreamPhase.READY, "Ready", 0);
      case 5 -> new Beginning(StreamPhase.HANDOVER, "Handover", 0);
      case 6 -> new Beginning(StreamPhase.RESUMED, "Resumed", 0);
      default -> null;
    };
  }

  @Override
  public long pages() {
    return pages;
  }
}
