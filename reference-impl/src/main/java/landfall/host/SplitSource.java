package landfall.host;

import landfall.precopy.PageSet;
import landfall.transport.Link;
import landfall.wire.Frame;
import landfall.wire.FrameException;

/**
 * What takes over from {@link PostCopySource} at the switchover, if the guest survives the loss of
 * a host from there on. The connection and its events are then this one's.
 */
interface SplitSource {

  /** Name of the phase of its core. */
  String phaseName();

  /** Pages that are still to be sent. */
  PageSet pending();

  /** Position of the last checkpoint that this host has. */
  int stored();

  /** Somebody else knows who has the guest, and has not said it yet. */
  boolean inDoubt();

  void received(Link from, Frame frame) throws FrameException;

  void drained(Link drained);

  void lost(Link gone, String cause, boolean refused);
}
