package landfall.transport;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.wire.FrameType;

/**
 * One connection of an attempt, or several that are one to whoever uses them: frames arrive in the
 * order in which they were sent, and what is lost is a suffix. Nothing here waits; all calls are
 * made on the loop's thread.
 */
public interface Link {

  /** Number of the frame that is sent next. */
  int nextSequence();

  /** Sends a frame of few bytes, behind all that was sent before. */
  void send(FrameType type, int flags, int attempt, byte[] payload);

  /** Frames that are {@linkplain #send sent} in this task go to the network in one piece. */
  default void together(Runnable sends) {
    sends.run();
  }

  /**
   * Whether a frame of pages is taken now: all that was sent before is on its way. If not, {@link
   * LinkHandler#drained} tells when it is.
   */
  boolean takesPages();

  /** The buffer in which a frame of pages is made, see {@code PageBatch#begin}. */
  ByteBuffer pagesBuffer();

  /**
   * Seals the frame in {@link #pagesBuffer} and sends what the network takes of it at once. What is
   * left is copied, so that what is elsewhere may change once this returns.
   *
   * @param elsewhere the last bytes of its payload, which must not change meanwhile
   */
  void sendPages(int flags, int attempt, List<ByteBuffer> elsewhere);

  /** Connections that it has, or is to have. */
  default int channels() {
    return 1;
  }

  /** Whether it has, or is to have, a connection for urgent pages beside the others. */
  default boolean hasUrgent() {
    return false;
  }

  /**
   * Where pages are sent that somebody waits for: a connection of their own, whose frames are in
   * order among themselves, and not among those of this link; or this link, if there is none, or
   * none yet.
   */
  default Link urgent() {
    return this;
  }

  /** Names that the other side has shown to be its own, by TLS; empty if it was not asked. */
  Optional<Set<String>> provenNames();

  /** Stops reading, or goes on. What was not read waits in the network. */
  void setReading(boolean reading);

  /**
   * From now on the other side may be silent for so many milliseconds, 0 for as long as it likes.
   * Bytes that it does not take are silence, too, and never allowed for longer than the deadline
   * that the link was made with.
   */
  void setSilenceMillis(long millis);

  /**
   * Closes this end. What was sent before still arrives as far as the network took it; what comes
   * is refused. Once this returns no byte from here reaches any memory.
   */
  void close();

  /**
   * Closes this end once all was sent and the other side has closed its own, or after so many
   * milliseconds. What comes meanwhile is read and dropped: to close with bytes unread would reset
   * the connection, and the other side might never read what was sent last.
   */
  void closeOnceHeard(long millis);
}
