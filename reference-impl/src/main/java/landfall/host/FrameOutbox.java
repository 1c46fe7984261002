package landfall.host;

import java.util.ArrayDeque;
import java.util.function.Supplier;
import landfall.transport.Link;
import landfall.wire.FrameType;

/**
 * Frames for one link, in order. It is given the next one when the network has taken those before,
 * so that many pages that are sent at once take no more room than one frame of them. On the loop's
 * thread.
 */
final class FrameOutbox {
  private record Waiting(FrameType type, Supplier<byte[]> payload) {}

  private final int attempt;
  private final ArrayDeque<Waiting> frames = new ArrayDeque<>();

  FrameOutbox(int attempt) {
    this.attempt = attempt;
  }

  void add(FrameType type, byte[] payload) {
    add(type, () -> payload);
  }

  /**
   * Adds a frame whose payload is made when it is sent.
   *
   * @param payload must not depend on what happens until then
   */
  void add(FrameType type, Supplier<byte[]> payload) {
    frames.add(new Waiting(type, payload));
  }

  boolean isEmpty() {
    return frames.isEmpty();
  }

  void clear() {
    frames.clear();
  }

  /** Sends what the link takes now; {@code drained} of its handler is the time to call again. */
  void sendOver(Link link) {
    while (!frames.isEmpty() && link.takesPages()) {
      sendNext(link);
    }
  }

  /** Sends one frame, and says how many bytes of payload it has. */
  int sendNext(Link link) {
    Waiting next = frames.poll();
    byte[] payload = next.payload().get();
    link.send(next.type(), 0, attempt, payload);
    return payload.length;
  }
}
