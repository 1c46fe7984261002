package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import landfall.wire.Frame;
import landfall.wire.FrameType;

/**
 * All frames that a real source sent up to the device state, so that a test can send them again,
 * under another number, and change some.
 */
record RecordedAttempt(List<Sent> frames) {

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
          byte[] payload = new byte[frame.payload().remaining()];
          frame.payload().get(payload);
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

  /** Sends it up to the first frame of this type, which is left out. */
  void sendBefore(FrameType type, Peer to, int attempt) throws Exception {
    for (Sent each : frames) {
      if (each.type() == type) {
        return;
      }
      to.send(each.type(), each.flags(), attempt, each.payload());
    }
  }

  /** Sends all of it and gives the guest away; returns once the other side says that it runs. */
  void complete(Peer to, int attempt) throws Exception {
    sendBefore(FrameType.FAILURE, to, attempt);
    to.await(FrameType.READY);
    to.send(FrameType.HANDOVER, attempt, new byte[0]);
    to.await(FrameType.RESUMED);
  }
}
