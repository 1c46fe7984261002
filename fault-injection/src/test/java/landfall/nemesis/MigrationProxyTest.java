package landfall.nemesis;

import static landfall.nemesis.Wires.await;
import static landfall.nemesis.Wires.read;
import static landfall.nemesis.Wires.readToEnd;
import static landfall.nemesis.Wires.write;
import static landfall.nemesis.Wires.writeAndEnd;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Random;
import landfall.nemesis.Wires.Ends;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class MigrationProxyTest {
  private Wires wires;
  private Ends ends;

  @BeforeEach
  void connect() throws Exception {
    wires = new Wires();
    ends = wires.connect();
  }

  @AfterEach
  void end() throws Exception {
    ends.close();
    wires.close();
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private SocketChannel from(Direction direction) {
    return direction == Direction.FORWARD ? ends.source() : ends.destination();
  }

  private SocketChannel to(Direction direction) {
    return direction == Direction.FORWARD ? ends.destination() : ends.source();
  }

  @Test
  void forwardsBothWaysWithoutAChange() throws Exception {
    byte[] there = random(3_000_001);
    byte[] back = random(1_000_003);
    writeAndEnd(ends.source(), there);
    writeAndEnd(ends.destination(), back);
    assertArrayEquals(there, readToEnd(ends.destination()));
    assertArrayEquals(back, readToEnd(ends.source()));
    assertEquals(there.length, wires.proxy.bytesDelivered());
  }

  @Test
  void forwardsWhatItUnderstandsWithoutAChangeToo() throws Exception {
    byte[] migration = Frames.wholeMigration();
    writeAndEnd(ends.source(), migration);
    assertArrayEquals(migration, readToEnd(ends.destination()));
    assertEquals(76, wires.proxy.pages());
    assertEquals(8, wires.proxy.events().size());
  }

  @Test
  void forwardsAStreamThatEndsInTheMiddleOfAFrame() throws Exception {
    for (int length : new int[] {1, 3, 4, 23, 25, 30, 100}) {
      try (Ends next = wires.connect()) {
        byte[] cut = java.util.Arrays.copyOf(Frames.wholeMigration(), length);
        writeAndEnd(next.source(), cut);
        assertArrayEquals(cut, readToEnd(next.destination()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCutWithholdsAndHealsInOrder(Direction direction) throws Exception {
    byte[] bytes = random(500_000);
    write(from(direction), java.util.Arrays.copyOf(bytes, 1_000));
    assertEquals(1_000, read(to(direction), 1_000).length);
    wires.proxy.cut(direction, true);
    writeAndEnd(from(direction), java.util.Arrays.copyOfRange(bytes, 1_000, bytes.length));
    await("evidence", () -> ends.through().withheld(direction) > 0);
    assertEquals(1_000, ends.through().delivered(direction));

    Direction other = direction == Direction.FORWARD ? Direction.BACK : Direction.FORWARD;
    write(from(other), random(100));
    assertArrayEquals(random(100), read(to(other), 100));
    assertEquals(0, ends.through().withheld(other));

    wires.proxy.cut(direction, false);
    assertArrayEquals(
        java.util.Arrays.copyOfRange(bytes, 1_000, bytes.length), readToEnd(to(direction)));
  }

  @Test
  void aCutHoldsForConnectionsToCome() throws Exception {
    wires.proxy.cut(Direction.FORWARD, true);
    try (Ends next = wires.connect()) {
      write(next.source(), random(100));
      await("evidence", () -> next.through().withheld(Direction.FORWARD) == 100);
      assertEquals(0, next.through().delivered(Direction.FORWARD));
      wires.proxy.cut(Direction.FORWARD, false);
      assertArrayEquals(random(100), read(next.destination(), 100));
    }
  }

  @Test
  void aResetIsAnErrorAtBothEnds() throws Exception {
    // Many times: whoever notices one end first must not close the other one in peace.
    for (int round = 0; round < 200; round++) {
      try (Ends next = wires.connect()) {
        write(next.source(), random(100));
        assertEquals(100, read(next.destination(), 100).length);
        next.through().reset();
        assertThrows(IOException.class, () -> read(next.source(), 1));
        assertThrows(IOException.class, () -> read(next.destination(), 1));
        assertTrue(next.through().isEnded());
      }
    }
  }

  @Test
  void aHalfOpenConnectionSwallowsWhatTheSourceSends() throws Exception {
    write(ends.source(), random(100));
    assertEquals(100, read(ends.destination(), 100).length);
    ends.through().halfOpen();
    assertThrows(IOException.class, () -> read(ends.destination(), 1));
    write(ends.source(), random(5_000));
    await("evidence", () -> ends.through().swallowed() == 5_000);
    ends.source().configureBlocking(false);
    assertEquals(0, ends.source().read(java.nio.ByteBuffer.allocate(1)), "the source's end stands");
  }

  @Test
  void aRateLimitPutsDeliveriesOff() throws Exception {
    ends.through().limit(1_000_000);
    long start = System.nanoTime();
    writeAndEnd(ends.source(), random(200_000));
    assertArrayEquals(random(200_000), readToEnd(ends.destination()));
    assertTrue(System.nanoTime() - start >= 199_000_000);
    assertTrue(ends.through().slowedMillis() >= 199);
  }

  @Test
  void aDelayPutsEachDeliveryOff() throws Exception {
    ends.through().delay(30);
    long start = System.nanoTime();
    for (int i = 101; i <= 103; i++) {
      write(ends.source(), random(i));
      assertArrayEquals(random(i), read(ends.destination(), i));
    }
    assertTrue(System.nanoTime() - start >= 90_000_000);
    assertTrue(ends.through().slowedMillis() >= 90);
  }

  @Test
  void whatWasHeldIsDeliveredAsAWholeWhenItIsReleased() throws Exception {
    byte[] bytes = random(6_000_000);
    ends.through().hold();
    writeAndEnd(ends.source(), bytes);
    await("all to be held", () -> ends.through().heldBytes() == bytes.length);
    assertEquals(0, ends.through().delivered(Direction.FORWARD));
    var release = Threads.start("release", () -> ends.through().release());
    assertArrayEquals(bytes, readToEnd(ends.destination()));
    release.join();
  }

  @Test
  void whatComesDuringAReleaseIsDeliveredBehindWhatWasHeld() throws Exception {
    byte[] bytes = random(9_000_000);
    ends.through().hold();
    writeAndEnd(ends.source(), bytes);
    await("some to be held", () -> ends.through().heldBytes() > 100_000);
    var release = Threads.start("release", () -> ends.through().release());
    assertArrayEquals(bytes, readToEnd(ends.destination()));
    release.join();
  }

  @Test
  void aSourceMayLeaveAndWhatWasHeldComesAllTheSame() throws Exception {
    ends.through().hold();
    write(ends.source(), random(1_000));
    await("it to be held", () -> ends.through().heldBytes() == 1_000);
    ends.source().close();
    assertEquals(1_000, ends.through().release());
    assertArrayEquals(random(1_000), read(ends.destination(), 1_000));
  }

  @Test
  void aDestinationThatLeftTakesNothing() throws Exception {
    ends.through().hold();
    write(ends.source(), random(1_000));
    await("it to be held", () -> ends.through().heldBytes() == 1_000);
    ends.through().reset();
    assertEquals(0, ends.through().release());
    assertEquals(0, ends.through().heldBytes());
  }

  @Test
  void aSourceIsSentAwayIfNobodyListensBehind() throws Exception {
    InetSocketAddress nobody;
    try (var server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      nobody = (InetSocketAddress) server.getLocalAddress();
    }
    try (var proxy = new MigrationProxy(() -> nobody);
        var source = SocketChannel.open(proxy.address())) {
      assertEquals(0, readToEnd(source).length);
      assertEquals(0, proxy.connectionCount());
    }
  }

  @Test
  void aUnixSocketBehindItIsReachedAndReset(@TempDir Path folder) throws Exception {
    var address = UnixDomainSocketAddress.of(folder.resolve("store"));
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
        var proxy = new MigrationProxy(() -> address);
        var source = SocketChannel.open(proxy.address());
        var destination = server.accept()) {
      write(source, random(100));
      assertArrayEquals(random(100), read(destination, 100));
      write(destination, random(50));
      assertArrayEquals(random(50), read(source, 50));
      await("the connection", () -> proxy.connectionCount() == 1);
      proxy.connections().get(0).reset();
      assertThrows(IOException.class, () -> read(source, 1));
      assertEquals(0, readToEnd(destination).length);
    }
  }

  @Test
  void aProxyThatClosesLeavesNobodyWaiting() throws Exception {
    ends.through().delay(0);
    wires.proxy.cut(Direction.FORWARD, true);
    write(ends.source(), random(10));
    await("evidence", () -> ends.through().withheld(Direction.FORWARD) > 0);
    wires.proxy.close();
    assertEquals(0, readToEnd(ends.destination()).length);
  }
}
