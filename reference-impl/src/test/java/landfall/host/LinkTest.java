package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import landfall.wire.Frame;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LinkTest {
  private static final long DEADLINE_MILLIS = 10_000;
  private static final int FRAMES_MAX = 1_000;

  /**
   * Nobody reads until the network takes no more, so that a frame is left in part; from then on
   * what it was sent from may change.
   */
  @Test
  void aFrameArrivesAsItWasWhenItWasStartedHoweverLittleTheNetworkTookAtOnce() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Link source = Link.connect(server.getLocalAddress(), DEADLINE_MILLIS);
      Link destination = Link.accepted(server.accept(), DEADLINE_MILLIS);
      ByteBuffer frame = ByteBuffer.allocateDirect(PageBatch.FRAME_BYTES_MAX);
      ByteBuffer ram = ByteBuffer.allocateDirect(64 * PageBatch.PAGE_BYTES);
      int frames = 0;
      while (!frame.hasRemaining() || frames == 0) {
        assertTrue(frames < FRAMES_MAX, "the network takes everything");
        fill(ram, frames);
        frame.clear().position(Frame.HEADER_BYTES);
        frame.putInt(frames);
        List<ByteBuffer> elsewhere =
            List.of(ram.slice(0, 4096), ram.slice(8192, ram.limit() - 8192));
        source.start(FrameType.PAGES, 0, 1, frame, elsewhere);
        frames++;
      }
      fill(ram, -1);
      int sent = frames;
      var received = CompletableFuture.supplyAsync(() -> receive(destination, sent));
      source.write(frame);
      assertEquals(sent, received.get(20, TimeUnit.SECONDS).size());
      for (int i = 0; i < sent; i++) {
        assertEquals(List.of(i, (byte) i, (byte) i, 4 + ram.limit() - 4096), received.get().get(i));
      }
      source.close();
      destination.close();
    }
  }

  private static void fill(ByteBuffer ram, int value) {
    for (int i = 0; i < ram.limit(); i++) {
      ram.put(i, (byte) value);
    }
  }

  /** Of each frame: its number, its first and its last byte of content, and its length. */
  private static List<List<Object>> receive(Link from, int frames) {
    List<List<Object>> received = new ArrayList<>();
    try {
      for (int i = 0; i < frames; i++) {
        ByteBuffer payload = from.receive().orElseThrow().payload();
        int first = payload.position();
        received.add(
            List.of(
                payload.getInt(first),
                payload.get(first + 4),
                payload.get(payload.limit() - 1),
                payload.remaining()));
      }
    } catch (Exception broken) {
      throw new AssertionError(broken);
    }
    return received;
  }
}
