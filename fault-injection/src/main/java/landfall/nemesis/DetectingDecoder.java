package landfall.nemesis;

import java.nio.ByteBuffer;

/** Chooses the decoder by the first four bytes of the stream. */
final class DetectingDecoder implements StreamDecoder {
  private final Direction direction;
  private StreamDecoder chosen;

  DetectingDecoder(Direction direction) {
    this.direction = direction;
  }

  @Override
  public Piece next(ByteBuffer bytes) {
    if (chosen == null) {
      if (bytes.remaining() < 4) {
        return null;
      }
      int magic = bytes.getInt(bytes.position());
      if (magic == LandfallDecoder.MAGIC) {
        chosen = new LandfallDecoder();
      } else if (magic == QemuDecoder.MAGIC && direction == Direction.FORWARD) {
        chosen = new QemuDecoder();
      } else {
        chosen = new Opaque();
      }
    }
    return chosen.next(bytes);
  }

  @Override
  public long pages() {
    return chosen == null ? 0 : chosen.pages();
  }

  /** A stream that nobody here understands. */
  static final class Opaque implements StreamDecoder {
    @Override
    public Piece next(ByteBuffer bytes) {
      return bytes.hasRemaining() ? new Piece(bytes.remaining(), null) : null;
    }

    @Override
    public long pages() {
      return 0;
    }
  }
}
