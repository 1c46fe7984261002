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
      } else if (direction == Direction.BACK) {
        chosen = QemuBackDecoder.isReturnPath(magic) ? new QemuBackDecoder() : new Opaque();
      } else if (magic == QemuDecoder.MAGIC) {
        chosen = new QemuDecoder(false);
      } else if (magic == QemuDecoder.ASKS_FOR_BITMAP) {
        chosen = new QemuDecoder(true);
      } else if (magic == MultifdDecoder.MAGIC) {
        chosen = new MultifdDecoder();
      } else if (Encrypted.begins(magic)) {
        chosen = new Encrypted();
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

  @Override
  public boolean isEncrypted() {
    return chosen != null && chosen.isEncrypted();
  }

  /** A stream that is encrypted: what is in it is told by nobody here. */
  static final class Encrypted implements StreamDecoder {
    private boolean begun;

    /** The record of a handshake, of TLS 1.0 and later. */
    static boolean begins(int magic) {
      return magic >>> 16 == 0x1603;
    }

    @Override
    public Piece next(ByteBuffer bytes) {
      if (!bytes.hasRemaining()) {
        return null;
      }
      Beginning first =
          begun ? null : new Beginning(StreamPhase.CONNECTED, StreamEvent.ENCRYPTED, 0);
      begun = true;
      return new Piece(bytes.remaining(), first);
    }

    @Override
    public boolean isEncrypted() {
      return true;
    }

    @Override
    public long pages() {
      return 0;
    }
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
