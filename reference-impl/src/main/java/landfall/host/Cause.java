package landfall.host;

import java.util.Map;
import landfall.machine.DeviceState;
import landfall.transport.Link;
import landfall.wire.PageBatch;

/**
 * What a step of a host is caused by, beyond its action.
 *
 * @param args what the trace tells of it
 * @param link the connection on which answers go; null if it is that of the latest attempt, or none
 * @param frame number of the frame that was read, or -1
 * @param pages the pages it brought, or null
 * @param deviceState the device state it brought, checked, or null
 * @param stopped whether the operator had stopped the guest where it comes from
 */
record Cause(
    Map<String, Object> args,
    Link link,
    int frame,
    PageBatch pages,
    DeviceState deviceState,
    boolean stopped) {

  /** An event of this host itself. */
  static Cause of(Object... namesAndValues) {
    return new Cause(Trace.args(namesAndValues), null, -1, null, null, false);
  }

  /** A frame without content that was read on a connection. */
  static Cause on(Link link, int frame, Object... namesAndValues) {
    return new Cause(Trace.args(namesAndValues), link, frame, null, null, false);
  }
}
