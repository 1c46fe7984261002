package landfall.transport;

import java.nio.ByteBuffer;
import java.util.List;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import landfall.wire.PageMemory;

/** Told of what happens to a {@link Link}, on its loop's thread. */
public interface LinkHandler extends PageMemory {

  /** What the other side is called in messages, such as "the source". */
  String otherSide();

  /** The connection stands. Told once, and of an accepted connection not at all. */
  void opened(Link link);

  /** The link takes pages again; see {@link Link#takesPages}. */
  void drained(Link link);

  /**
   * As {@link #contents}, for a frame that comes on the connection for urgent pages. A frame of
   * another connection may be half read meanwhile.
   */
  default List<ByteBuffer> urgentContents(int attempt, PageBatch pages) throws FrameException {
    throw FrameException.outOfPlace(FrameType.PAGES, attempt);
  }

  /** What a connection for urgent pages is worth at the moment. */
  enum Urgency {
    /** No page may come on it yet. */
    NONE,
    /** Some may come. */
    SOME,
    /** Somebody waits for one. */
    HIGH
  }

  /**
   * Between two pieces of what is read on a link that has a connection for urgent pages: a frame
   * may be half read.
   */
  default Urgency between() {
    return Urgency.NONE;
  }

  /**
   * A frame has arrived. Its payload is there until this returns.
   *
   * @throws FrameException if it is out of place; the link then ends as after any other bad frame
   */
  void received(Link link, Frame frame) throws FrameException;

  /**
   * The connection is over, and was not closed by this side. Told at most once, as the last.
   *
   * @param cause for a person to read
   * @param refused true if the other side sent something that is no frame, or out of place
   */
  void lost(Link link, String cause, boolean refused);
}
