package landfall.nemesis;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import landfall.wire.Frame;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;

/** One direction of a reference migration, frame by frame. */
final class Frames {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int sequence;

  Frames frame(FrameType type, int flags, byte[] payload) {
    out.writeBytes(Frame.encode(type, flags, 1, sequence++, payload).array());
    return this;
  }

  Frames frame(FrameType type) {
    return frame(type, 0, new byte[type == FrameType.HELLO ? 28 : 0]);
  }

  /** A frame of pages with contents. */
  Frames pages(int round, boolean paused, int count) {
    return pages(round, paused ? Frame.FLAG_GUEST_PAUSED : 0, count);
  }

  Frames pages(int round, int flags, int count) {
    ByteBuffer payload = ByteBuffer.allocate(8 + count * (4 + PageBatch.PAGE_BYTES));
    new Random(round).nextBytes(payload.array());
    payload.putInt(round).putInt(count);
    for (int page = 0; page < count; page++) {
      payload.putInt(page);
    }
    return frame(FrameType.PAGES, flags, payload.array());
  }

  /** What a source sends, from hello to handover. */
  static byte[] wholeMigration() {
    return new Frames()
        .frame(FrameType.HELLO)
        .pages(1, false, 40)
        .pages(1, false, 20)
        .pages(2, false, 10)
        .pages(3, false, 3)
        .pages(3, true, 2)
        .pages(4, true, 1)
        .frame(FrameType.DEVICE_STATE, 0, new byte[300])
        .frame(FrameType.HANDOVER)
        .bytes();
  }

  byte[] bytes() {
    byte[] bytes = out.toByteArray();
    out.reset();
    return bytes;
  }
}
