package landfall.nemesis;

import java.nio.ByteBuffer;

/** The reference protocol, docs/protocol.md, in either direction. */
final class LandfallDecoder implements StreamDecoder {
  static final int MAGIC = 0x4C46524D;

  private static final int HEADER_BYTES = 24;
  private static final int PAGES = 2;
  private static final int PAGES_HEADER_BYTES = 8;
  private static final int FLAG_GUEST_PAUSED = 1;

  private static final int FLAG_POST_COPY = 4;

  /** Of post-copy: the version of a page stands in the place of the round. */
  private static final int FLAG_VERSION = 16;

  /** What post-copy sends after the handover is in no round. */
  private static final int NO_ROUND = 0;

  /** In a device state of post-copy: behind a digest and a position. */
  private static final int LIST_AT = Long.BYTES + Integer.BYTES;

  private static final int DEVICE_STATE = 3;
  private static final int HANDOVER = 5;
  private static final int RECOVER = 8;
  private static final int CHECKPOINT_END = 13;
  private static final int CHECKPOINT_DONE = 14;
  private static final int CHANNEL = 24;

  /** A longer list of pages is not waited for: then it is not known which page is the last. */
  private static final int LIST_BYTES_MAX = 64 << 10;

  private static final int PAYLOAD_BYTES_MAX = 1 << 20;

  private long bodyLeft;
  private int round;
  private boolean finalRound;
  private long pages;
  private boolean lost;

  /** The guest was given away on this connection, or before it. */
  private boolean handedOver;

  /** This connection carries pages beside others, of which one tells of the handover. */
  private boolean further;

  private boolean pushing;

  /** The first of its kind on this connection has passed. */
  private boolean checkpointed;

  private boolean committed;

  /** Pages that follow a guest which was given away; unknown if negative. */
  private long lacking = -1;

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
      boolean versioned = (flags & FLAG_VERSION) != 0;
      int frameRound = versioned ? NO_ROUND : bytes.getInt(at + HEADER_BYTES);
      handedOver |= further && !versioned && frameRound == NO_ROUND;
      return new Piece(
          HEADER_BYTES, pagesBegin(frameRound, bytes.getInt(at + HEADER_BYTES + 4), paused));
    }
    if (type == DEVICE_STATE && (bytes.getShort(at + 6) & FLAG_POST_COPY) != 0) {
      int needed = HEADER_BYTES + Math.min(length, listBytes(bytes, at + HEADER_BYTES));
      if (bytes.remaining() < needed) {
        return null;
      }
      lacking = listed(bytes, at + HEADER_BYTES, length);
    }
    handedOver |= type == HANDOVER || type == RECOVER;
    further |= type == CHANNEL;
    bodyLeft = length;
    boolean again = type == CHECKPOINT_END && checkpointed || type == CHECKPOINT_DONE && committed;
    checkpointed |= type == CHECKPOINT_END;
    committed |= type == CHECKPOINT_DONE;
    return new Piece(HEADER_BYTES, again ? null : beginning(type));
  }

  /** Bytes of a device state of post-copy up to the end of its list of stale pages. */
  private static int listBytes(ByteBuffer bytes, int at) {
    int head = LIST_AT + Integer.BYTES;
    if (bytes.limit() < at + head) {
      return head;
    }
    int words = bytes.getInt(at + LIST_AT);
    return words < 0 || words > LIST_BYTES_MAX / Long.BYTES ? head : head + words * Long.BYTES;
  }

  private static long listed(ByteBuffer bytes, int at, int length) {
    int end = listBytes(bytes, at);
    int words = end > length || end > bytes.limit() - at ? -1 : bytes.getInt(at + LIST_AT);
    if (words < 0 || words > LIST_BYTES_MAX / Long.BYTES) {
      return -1;
    }
    long pages = 0;
    for (int i = 0; i < words; i++) {
      pages += Long.bitCount(bytes.getLong(at + LIST_AT + Integer.BYTES + i * Long.BYTES));
    }
    return pages;
  }

  /** A frame of pages that follow a guest which was given away. */
  private Beginning pushBegins(int count) {
    boolean known = lacking > 0;
    lacking -= count;
    if (!pushing) {
      pushing = true;
      return new Beginning(StreamPhase.PUSH, "push", 0);
    }
    return known && lacking <= 0 ? new Beginning(StreamPhase.LAST_PAGES, "last pages", 0) : null;
  }

  private Beginning pagesBegin(int frameRound, int count, boolean paused) {
    int known = Math.max(0, Math.min(count, 128));
    pages += known;
    if (handedOver) {
      return pushBegins(known);
    }
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
      case DEVICE_STATE -> new Beginning(StreamPhase.DEVICE_STATE, "DeviceState", 0);
      case 4 -> new Beginning(StreamPhase.READY, "Ready", 0);
      case HANDOVER -> new Beginning(StreamPhase.HANDOVER, "Handover", 0);
      case 6 -> new Beginning(StreamPhase.RESUMED, "Resumed", 0);
      case RECOVER -> new Beginning(StreamPhase.RECOVER, "Recover", 0);
      case 9 -> new Beginning(StreamPhase.RECOVER, "PageList", 0);
      case 11 -> new Beginning(StreamPhase.COMPLETE, "Complete", 0);
      case CHECKPOINT_END -> new Beginning(StreamPhase.CHECKPOINT, "CheckpointEnd", 0);
      case CHECKPOINT_DONE -> new Beginning(StreamPhase.COMMIT, "CheckpointDone", 0);
      case 15 -> new Beginning(StreamPhase.OWNERSHIP, "AskOwnership", 0);
      case 16 -> new Beginning(StreamPhase.GRANTED, "Granted", 0);
      default -> null;
    };
  }

  @Override
  public long pages() {
    return pages;
  }
}
