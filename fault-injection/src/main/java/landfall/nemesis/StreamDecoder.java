package landfall.nemesis;

import java.nio.ByteBuffer;

/**
 * Understands one direction of one connection piece by piece. It never changes a byte, never throws
 * on foreign bytes, and gives up quietly on what it does not understand: then the rest is one piece
 * without meaning.
 */
interface StreamDecoder {
  /**
   * What the bytes from the buffer's position on are.
   *
   * @param length bytes of the piece, at least 1
   * @param begins the phase or round that begins with the piece's first byte, or null
   */
  record Piece(int length, Beginning begins) {}

  /** A phase, or a further round, that begins. */
  record Beginning(StreamPhase phase, String label, int round) {}

  /** The next piece, or null if more bytes are needed to tell. The buffer is left as it is. */
  Piece next(ByteBuffer bytes);

  /** Pages seen so far, with or without content. */
  long pages();

  /** The bytes that are known to be guest memory, so that a migration can be said to have begun. */
  default boolean carriedMemory() {
    return pages() > 0;
  }

  /** Whether the stream turned out to be encrypted. */
  default boolean isEncrypted() {
    return false;
  }

  /** A decoder that finds out from the first bytes which stream it is. */
  static StreamDecoder of(Direction direction) {
    return new DetectingDecoder(direction);
  }
}
