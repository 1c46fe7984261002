package landfall.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import landfall.wire.Frame;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LinkTest {
  private static final long DEADLINE_MILLIS = 10_000;
  private static final int FRAMES_MAX = 1_000;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private SelectorLoop loop;
  private ServerSocketChannel server;

  @BeforeEach
  void start() throws Exception {
    loop = SelectorLoop.start("test", failure::set);
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void stop() throws Exception {
    loop.close();
    server.close();
    assertEquals(null, failure.get());
  }

  private <T> T onLoop(java.util.concurrent.Callable<T> work) throws Exception {
    var done = new CompletableFuture<T>();
    loop.execute(
        () -> {
          try {
            done.complete(work.call());
          } catch (Exception failed) {
            done.completeExceptionally(failed);
          }
        });
    return done.get(20, TimeUnit.SECONDS);
  }

  private Link connect(Told told, long deadlineMillis) throws Exception {
    onLoop(() -> SocketLink.connect(loop, server.getLocalAddress(), told, deadlineMillis));
    return told.opened.get(20, TimeUnit.SECONDS);
  }

  /**
   * Nobody reads until the network takes no more, so that a frame is left in part; from then on
   * what it was sent from may change.
   */
  @Test
  void aFrameArrivesAsItWasWhenItWasSentHoweverLittleTheNetworkTookAtOnce() throws Exception {
    var sender = new Told();
    Link source = connect(sender, DEADLINE_MILLIS);
    var peer = server.accept();
    ByteBuffer ram = ByteBuffer.allocateDirect(64 * PageBatch.PAGE_BYTES);
    int frames = 0;
    while (onLoop(source::takesPages)) {
      assertTrue(frames < FRAMES_MAX, "the network takes everything");
      int number = frames;
      fill(ram, number);
      onLoop(
          () -> {
            ByteBuffer frame = source.pagesBuffer();
            frame.clear().position(Frame.HEADER_BYTES);
            frame.putInt(number);
            source.sendPages(
                0, 1, List.of(ram.slice(0, 4096), ram.slice(8192, ram.limit() - 8192)));
            return null;
          });
      frames++;
    }
    fill(ram, -1);
    var reader = new landfall.wire.FrameReader(peer);
    ByteBuffer into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
    for (int i = 0; i < frames; i++) {
      ByteBuffer payload = reader.read(into).orElseThrow().payload();
      int first = payload.position();
      assertEquals(i, payload.getInt(first));
      assertEquals((byte) i, payload.get(first + 4));
      assertEquals((byte) i, payload.get(payload.limit() - 1));
      assertEquals(4 + ram.limit() - 4096, payload.remaining());
    }
    assertEquals(true, sender.drained.poll(20, TimeUnit.SECONDS));
    assertTrue(onLoop(source::takesPages));
  }

  private static void fill(ByteBuffer ram, int value) {
    for (int i = 0; i < ram.limit(); i++) {
      ram.put(i, (byte) value);
    }
  }

  @Test
  void aSilentOtherSideIsLostAfterTheDeadlineAndOneThatMayBeSilentIsNot() throws Exception {
    var impatient = new Told();
    connect(impatient, 50);
    server.accept();
    assertEquals(
        "no progress of the other side for 50 ms", impatient.lost.poll(20, TimeUnit.SECONDS));
    var patient = new Told();
    Link link = connect(patient, 50);
    onLoop(
        () -> {
          link.setSilenceMillis(0);
          return null;
        });
    var peer = server.accept();
    // Longer than the other one's patience, measured by another that gives up.
    var measure = new Told();
    connect(measure, 200);
    assertTrue(measure.lost.poll(20, TimeUnit.SECONDS) != null);
    assertEquals(List.of(), List.copyOf(patient.lost));
    peer.close();
    assertEquals("the other side closed the connection", patient.lost.poll(20, TimeUnit.SECONDS));
  }

  @Test
  void aConnectionThatIsRefusedIsTold() throws Exception {
    var address = server.getLocalAddress();
    server.close();
    var told = new Told();
    onLoop(() -> SocketLink.connect(loop, address, told, DEADLINE_MILLIS));
    assertEquals(
        "cannot connect to " + address + ": Connection refused",
        told.lost.poll(20, TimeUnit.SECONDS));
  }

  @Test
  void whatWasSentLastIsReadAlthoughMoreComesThatIsNot() throws Exception {
    var told = new Told();
    Link link = connect(told, DEADLINE_MILLIS);
    var peer = server.accept();
    peer.write(Frame.encode(FrameType.READY, 0, 1, 0, new byte[100]));
    onLoop(
        () -> {
          link.setReading(false);
          link.send(FrameType.FAILURE, 0, 1, new byte[2]);
          link.closeOnceHeard(DEADLINE_MILLIS);
          return null;
        });
    peer.write(Frame.encode(FrameType.READY, 0, 1, 1, new byte[100]));
    var reader = new landfall.wire.FrameReader(peer);
    ByteBuffer into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
    assertEquals(FrameType.FAILURE, reader.read(into).orElseThrow().type());
    assertTrue(reader.read(into).isEmpty());
    peer.close();
  }
}
