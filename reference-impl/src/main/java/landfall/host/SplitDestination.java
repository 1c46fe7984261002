package landfall.host;

import landfall.precopy.PageSet;
import landfall.transport.Link;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.PageBatch;

/**
 * What takes over from {@link PostCopyDestination} before the guest's first instruction here, if
 * the guest survives the loss of a host from there on.
 */
interface SplitDestination {

  /** Name of the phase of its core. */
  String phaseName();

  /** Pages that are not here. */
  PageSet missing();

  /** Position of the last checkpoint that is known to be safe. */
  int acknowledged();

  /** How many checkpoints were taken. */
  long checkpointsTaken();

  /** Whether contents of pages may arrive now. */
  boolean takesPages();

  /**
   * A frame that is not the first of its connection.
   *
   * @param arriving numbers of the pages in it, if it has pages
   * @param batch these pages, whose contents are in their places
   */
  void received(Link from, Frame frame, PageSet arriving, PageBatch batch) throws FrameException;

  /** The source asks on a new connection what became of the guest. */
  void asked(Link from);

  void lost(Link gone, String cause);

  /** The link takes more. */
  void pump();

  /** The guest waits for a page. */
  void demand(int page);
}
