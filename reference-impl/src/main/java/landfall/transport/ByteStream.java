package landfall.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Optional;
import java.util.Set;

/** The two directions of bytes of one socket, as they are or encrypted. Nothing here waits. */
interface ByteStream extends ReadableByteChannel {

  /**
   * Goes on with what must pass before the first byte of a user can.
   *
   * @return true once bytes may be written and read
   * @throws IOException if the other side is not whom it should be, or not what it should speak
   */
  boolean handshake() throws IOException;

  /** Takes what it can of these bytes; nothing before {@link #flush} has succeeded. */
  long write(ByteBuffer[] parts) throws IOException;

  /** Takes what it can of these bytes. */
  default int write(ByteBuffer part) throws IOException {
    return (int) write(new ByteBuffer[] {part});
  }

  /** Sends what was taken; true if the network has taken all of it. */
  boolean flush() throws IOException;

  /** Whether there may be bytes to read that the socket no longer has. */
  boolean holdsBytes();

  /** Whether something is worked out on another thread, so that nothing can pass. */
  boolean isWorking();

  /** What was worked out is there. */
  void worked();

  /**
   * Whether bytes arrive as they were sent, or the stream fails: their checksum shows nothing new.
   */
  boolean guardsBytes();

  /** Names that the other side has shown to be its own; empty if it was not asked. */
  Optional<Set<String>> provenNames();

  /** Says that no more bytes will come from here. */
  void shutdownOutput() throws IOException;
}
