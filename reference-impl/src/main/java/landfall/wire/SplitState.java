package landfall.wire;

import java.nio.ByteBuffer;

/**
 * Payload of the frame DeviceState of post-copy: what makes a guest of the pages that have come and
 * those that will.
 *
 * @param position how many steps the guest has done, as traces count them; 0 without traces
 * @param discard pages that are stale at the destination
 * @param state the machine's state, opaque
 */
public record SplitState(int position, PageList discard, byte[] state) {

  /** The payload. */
  public byte[] toBytes() {
    ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + discard.bytes() + state.length);
    out.putInt(position);
    discard.write(out);
    return out.put(state).array();
  }

  /**
   * Reads a payload.
   *
   * @param guestPages pages of the guest
   * @throws FrameException if it is not of this form
   */
  public static SplitState of(ByteBuffer payload, int guestPages) throws FrameException {
    ByteBuffer in = payload.duplicate();
    int position = in.remaining() < Integer.BYTES ? -1 : in.getInt();
    if (position < 0) {
      throw new FrameException("DeviceState frame does not begin with the number of a step");
    }
    PageList discard = PageList.read(in, guestPages, "DeviceState");
    byte[] state = new byte[in.remaining()];
    in.get(state);
    return new SplitState(position, discard, state);
  }
}
