package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import landfall.wire.Frame;
import landfall.wire.FrameType;
import landfall.wire.ImageDigest;
import landfall.wire.PageBatch;

/**
 * All frames that a real source sent up to the device state, so that a test can send them again,
 * under another number, and change some.
 */
record RecordedAttempt(List<Sent> frames) {
  private static final int GUEST_PAGES = 1024;

  record Sent(FrameType type, int flags, byte[] payload) {}

  /** Lets a source run into a destination that leaves once it has the image. */
  static RecordedAttempt of(RunningHost source) throws Exception {
    List<Sent> frames = new ArrayList<>();
    try (var server = Peer.listen()) {
      source.operator.execute("migrate", java.util.Map.of("uri", Peer.address(server)));
      try (var peer = new Peer(server.accept())) {
        FrameType last;
        do {
          Frame frame = peer.receive().orElseThrow();
          ByteBuffer content = frame.payload();
          if (frame.type() == FrameType.DEVICE_STATE) {
            // The digest is made anew for each connection.
            content.getLong();
          }
          byte[] payload = new byte[content.remaining()];
          content.get(payload);
          frames.add(new Sent(frame.type(), frame.flags(), payload));
          last = frame.type();
        } while (last != FrameType.DEVICE_STATE);
      }
    }
    assertEquals("failed", source.operator.outcome());
    return new RecordedAttempt(frames);
  }

  byte[] payloadOf(FrameType type) {
    return frames.stream().filter(each -> each.type() == type).findFirst().orElseThrow().payload();
  }

  /** The device state of the first attempt as if one more frame of pages had been sent. */
  byte[] imageWith(byte[] pages, byte[] state) throws Exception {
    var digest = new ImageDigest(GUEST_PAGES);
    int sequence = 0;
    for (Sent each : frames) {
      if (each.type() == FrameType.PAGES) {
        note(digest, sequence, each.payload());
      }
      sequence++;
    }
    note(digest, sequence, pages);
    return ByteBuffer.allocate(Long.BYTES + state.length)
        .putLong(digest.valueWith(ByteBuffer.wrap(state)))
        .put(state)
        .array();
  }

  private static void note(ImageDigest digest, int sequence, byte[] payload) throws Exception {
    PageBatch batch = PageBatch.of(ByteBuffer.wrap(payload), payload.length, GUEST_PAGES);
    for (int i = 0; i < batch.count(); i++) {
      digest.sent(batch.page(i), 1, sequence);
    }
  }

  /** Sends it up to the first frame of this type, which is left out. */
  void sendBefore(FrameType type, Peer to, int attempt) throws Exception {
    for (Sent each : frames) {
      if (each.type() == type) {
        return;
      }
      send(each, to, attempt);
    }
  }

  static void send(Sent frame, Peer to, int attempt) throws Exception {
    if (frame.type() == FrameType.DEVICE_STATE) {
      to.deviceState(frame.flags(), attempt, frame.payload());
    } else {
      to.send(frame.type(), frame.flags(), attempt, frame.payload());
    }
  }

  /** Sends all of it and gives the guest away; returns once the other side says that it runs. */
  void complete(Peer to, int attempt) throws Exception {
    sendBefore(FrameType.FAILURE, to, attempt);
    to.awaitReady();
    to.handover(attempt);
    to.await(FrameType.RESUMED);
  }
}
