package landfall.transport;

import landfall.wire.Frame;
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
   * A frame has arrived. Its payload is there until this returns.
   *
   * @throws landfall.wire.FrameException if it is out of place; the link then ends as after any
   *     other bad frame
   */
  void received(Link link, Frame frame) throws landfall.wire.FrameException;

  /**
   * The connection is over, and was not closed by this side. Told at most once, as the last.
   *
   * @param cause for a person to read
   * @param refused true if the other side sent something that is no frame, or out of place
   */
  void lost(Link link, String cause, boolean refused);
}
