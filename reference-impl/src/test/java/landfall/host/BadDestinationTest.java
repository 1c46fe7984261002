package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a destination answers before the handover, the guest goes on at the source. */
class BadDestinationTest extends HostTest {
  private static final byte[] NOTHING = new byte[0];

  enum Bad {
    NO_FRAMES_AT_ALL("not a frame: it starts with 0x48545450, not 0x4c46524d") {
      @Override
      void answer(Peer to) throws Exception {
        to.send("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        to.await(FrameType.FAILURE);
      }
    },
    ANOTHER_VERSION("frame of version 7: version 3 is accepted") {
      @Override
      void answer(Peer to) throws Exception {
        to.await(FrameType.DEVICE_STATE);
        byte[] ready = Frame.encode(FrameType.READY, 0, 1, 0, NOTHING).array();
        ready[4] = 7;
        to.send(ready);
        assertEquals(cause, to.failure());
      }
    },
    OVERSIZED("payload of 4294967295 bytes: at most 1048576 are accepted") {
      @Override
      void answer(Peer to) throws Exception {
        byte[] ready = Frame.encode(FrameType.READY, 0, 1, 0, NOTHING).array();
        ByteBuffer.wrap(ready).putInt(16, -1);
        to.send(ready);
        to.await(FrameType.FAILURE);
      }
    },
    READY_TOO_EARLY("Ready frame of attempt 1 out of place") {
      @Override
      void answer(Peer to) throws Exception {
        to.await(FrameType.HELLO);
        to.ready(1, "elsewhere");
        to.await(FrameType.FAILURE);
      }
    },
    LONGEST_IN_THE_MIDST_OF_A_ROUND("Ready frame does not hold the host name that it announces") {
      @Override
      void answer(Peer to) throws Exception {
        to.await(FrameType.HELLO);
        to.send(FrameType.READY, 1, new byte[Frame.PAYLOAD_BYTES_MAX]);
        to.await(FrameType.FAILURE);
      }
    },
    READY_OF_ANOTHER_ATTEMPT("Ready frame of attempt 2 out of place") {
      @Override
      void answer(Peer to) throws Exception {
        to.await(FrameType.DEVICE_STATE);
        to.ready(2, "elsewhere");
        assertEquals(cause, to.failure());
      }
    },
    RESUMED_WITHOUT_HANDOVER("Resumed frame of attempt 1 out of place") {
      @Override
      void answer(Peer to) throws Exception {
        to.await(FrameType.DEVICE_STATE);
        to.resumed(1);
        assertEquals(cause, to.failure());
      }
    },
    GIVES_UP("the destination gave up: no room") {
      @Override
      void answer(Peer to) throws Exception {
        to.await(FrameType.HELLO);
        to.send(FrameType.FAILURE, 1, new Failure("no room").toBytes());
        while (to.receive().isPresent()) {
          // It may be in the middle of something.
        }
      }
    },
    TRUNCATED("stream ends inside of a frame: 4 header bytes are missing") {
      @Override
      void answer(Peer to) throws Exception {
        to.await(FrameType.DEVICE_STATE);
        byte[] ready = Frame.encode(FrameType.READY, 0, 1, 0, NOTHING).array();
        to.send(java.util.Arrays.copyOf(ready, 20));
        to.end();
        to.await(FrameType.FAILURE);
      }
    },
    CLOSES("the destination closed the connection") {
      @Override
      void answer(Peer to) throws Exception {
        to.await(FrameType.DEVICE_STATE);
      }
    },
    RESETS("Connection reset") {
      @Override
      void answer(Peer to) throws Exception {
        to.await(FrameType.DEVICE_STATE);
        to.reset();
      }
    },
    FALLS_SILENT("no progress of the destination for 400 ms") {
      @Override
      void answer(Peer to) throws Exception {
        to.await(FrameType.DEVICE_STATE);
        assertTrue(to.receive().isEmpty());
      }
    };

    final String cause;

    Bad(String cause) {
      this.cause = cause;
    }

    abstract void answer(Peer to) throws Exception;
  }

  @ParameterizedTest
  @EnumSource
  void leavesTheGuestAtTheSourceWhichSaysWhy(Bad bad) throws Exception {
    RunningHost source = started(RunningHost.in(folder).deadlineMillis(400).source());
    source.load();
    assertEquals("ok", source.guest.ask("w 9 1"));
    // Slow enough that the first word of the destination comes while pages are sent.
    source.bandwidthMax(8_000_000);
    try (var server = Peer.listen()) {
      source.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      try (var peer = new Peer(server.accept())) {
        bad.answer(peer);
      }
    }
    assertEquals("failed", source.operator.outcome());
    assertEquals(bad.cause, source.operator.error());
    assertEquals("ok 1", source.guest.ask("r 9"));
    assertRunsAt(source);

    source.bandwidthMax(0);
    RunningHost destination = destination();
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertEquals("ok 1", destination.guest.ask("r 9"));
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  @Test
  void neverAnsweringOneMayBeCancelledAtWhateverMoment() throws Exception {
    RunningHost source = source();
    source.load();
    var random = new Random(11);
    try (var server = Peer.listen()) {
      String address = Peer.address(server);
      for (int i = 0; i < 120; i++) {
        source.operator.execute("migrate", Map.of("uri", address));
        try (var peer = new Peer(server.accept())) {
          var drain = new Thread(() -> drain(peer));
          drain.setDaemon(true);
          drain.start();
          LockSupport.parkNanos(random.nextInt(5_000_000));
          source.operator.execute("migrate_cancel");
          assertEquals("cancelled", source.operator.outcome());
          assertEquals("running", source.operator.runState());
          drain.join();
        }
      }
    }
    assertRunsAt(source);
    RunningHost destination = destination();
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertRunsAt(destination);
  }

  private static void drain(Peer peer) {
    try {
      while (peer.receive().isPresent()) {
        // On.
      }
    } catch (IOException | FrameException over) {
      // The source has closed, perhaps in the middle of a frame.
    }
  }

  @Test
  void whereNobodyListensTheSourceSaysSo() throws Exception {
    RunningHost source = source();
    String nobody;
    try (var server = Peer.listen()) {
      nobody = Peer.address(server);
    }
    assertEquals("failed", source.operator.migrate(nobody));
    assertTrue(
        source.operator.error().matches("cannot connect to .*: Connection refused"),
        source.operator.error());
    assertEquals("failed", source.operator.migrate("unix:" + folder.resolve("none")));
    assertTrue(
        source.operator.error().startsWith("cannot connect to " + folder), source.operator.error());
    assertRunsAt(source);
  }

  @Test
  void aSourceWhoseDestinationAcceptsNobodyMayCancel() throws Exception {
    RunningHost source = source();
    try (var server = java.nio.channels.ServerSocketChannel.open()) {
      server.bind(new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), 0));
      source.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      assertEquals(
          "a migration is under way",
          source
              .operator
              .refusal(
                  "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\""
                      + Peer.address(server)
                      + "\"}}")
              .replaceFirst(" \\(.*", ""));
      source.operator.execute("migrate_cancel");
      assertEquals("cancelled", source.operator.outcome());
    }
    assertRunsAt(source);
  }
}
