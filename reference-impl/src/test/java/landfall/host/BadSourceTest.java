package landfall.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import landfall.machine.Machine;
import landfall.precopy.Mutant;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;
import landfall.wire.Token;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A destination survives whatever a source sends, says why it refuses, and takes the next. */
class BadSourceTest extends HostTest {
  private static final int RAM_BYTES = 4 << 20;
  private static RecordedAttempt good;

  @BeforeAll
  static void recordACorrectAttempt(@TempDir Path folder) throws Exception {
    try (RunningHost source = RunningHost.in(folder).source()) {
      source.load();
      assertEquals("ok", source.guest.ask("w 2 41"));
      good = RecordedAttempt.of(source);
      assertRunsAt(source);
    }
  }

  enum Bad {
    NO_FRAMES_AT_ALL("not a frame: it starts with 0x47455420, not 0x4c46524d") {
      @Override
      void send(Peer to) throws IOException {
        to.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
    },
    ANOTHER_VERSION("frame of version 1: version 3 is accepted") {
      @Override
      void send(Peer to) throws IOException {
        byte[] frame = hello(1);
        frame[4] = 1;
        to.send(frame);
      }
    },
    OVERSIZED("payload of 2147483647 bytes: at most 1048576 are accepted") {
      @Override
      void send(Peer to) throws IOException {
        byte[] frame = hello(1);
        ByteBuffer.wrap(frame).putInt(16, Integer.MAX_VALUE);
        to.send(frame);
      }
    },
    TRUNCATED("stream ends inside of a frame: 1 payload bytes are missing") {
      @Override
      void send(Peer to) throws IOException {
        to.send(java.util.Arrays.copyOf(hello(1), hello(1).length - 1));
        to.end();
      }
    },
    DAMAGED("Hello frame is damaged: its checksum does not match") {
      @Override
      void send(Peer to) throws IOException {
        byte[] frame = hello(1);
        frame[30] ^= 1;
        to.send(frame);
      }
    },
    UNKNOWN_TYPE("frame of unknown type 25: types 1 to 24 are accepted") {
      @Override
      void send(Peer to) throws IOException {
        byte[] frame = hello(1);
        frame[5] = 25;
        to.send(frame);
      }
    },
    PAGES_BEFORE_HELLO("Pages frame of attempt 1 out of place") {
      @Override
      void send(Peer to) throws IOException {
        to.send(FrameType.PAGES, 1, good.payloadOf(FrameType.PAGES));
      }
    },
    HANDOVER_OF_NO_ATTEMPT("Handover frame of attempt 1 out of place") {
      @Override
      void send(Peer to) throws IOException {
        to.send(FrameType.HANDOVER, 1, new byte[0]);
      }
    },
    HELLO_OF_NO_ATTEMPT("Hello frame of attempt 0 out of place") {
      @Override
      void send(Peer to) throws IOException {
        to.send(hello(0));
      }
    },
    PAGE_SIZE_OF_ANOTHER_WORLD(
        "guest with 4194304 bytes of RAM in pages of 8192: 4194304 in pages of 4096 are accepted") {
      @Override
      void send(Peer to) throws IOException {
        to.send(
            FrameType.HELLO, 1, new Hello(new UUID(1, 2), RAM_BYTES, 8192, "elsewhere").toBytes());
      }
    },
    HELLO_TWICE("Hello frame of attempt 1 out of place") {
      @Override
      void send(Peer to) throws Exception {
        begin(to);
        to.send(FrameType.HELLO, 1, good.payloadOf(FrameType.HELLO));
      }
    },
    HANDOVER_BEFORE_DEVICE_STATE("Handover frame of attempt 1 out of place") {
      @Override
      void send(Peer to) throws Exception {
        good.sendBefore(FrameType.DEVICE_STATE, to, 1);
        to.send(FrameType.HANDOVER, 1, new byte[0]);
      }
    },
    WORD_OF_THE_DESTINATION("Ready frame of attempt 1 out of place") {
      @Override
      void send(Peer to) throws Exception {
        begin(to);
        to.send(FrameType.READY, 1, new byte[0]);
      }
    },
    PAGES_OF_ANOTHER_ATTEMPT("Pages frame of attempt 2 out of place") {
      @Override
      void send(Peer to) throws Exception {
        begin(to);
        to.send(FrameType.PAGES, 2, good.payloadOf(FrameType.PAGES));
      }
    },
    PAGE_BEYOND_RAM("Pages frame with page 1024: the guest has pages 0 to 1023") {
      @Override
      void send(Peer to) throws Exception {
        begin(to);
        ByteBuffer payload = ByteBuffer.allocate(12).putInt(1).putInt(1).putInt(1024 | 1 << 31);
        to.send(FrameType.PAGES, 1, payload.array());
      }
    },
    DEVICE_STATE_DAMAGED("device state: device state is malformed: its checksum does not match") {
      @Override
      void send(Peer to) throws Exception {
        good.sendBefore(FrameType.DEVICE_STATE, to, 1);
        byte[] state = good.payloadOf(FrameType.DEVICE_STATE).clone();
        state[state.length / 2] ^= 1;
        to.deviceState(0, 1, state);
      }
    },
    DEVICE_STATE_OF_ANOTHER_MACHINE(
        "device state: device state of a machine with 2097152 bytes of RAM: this one has 4194304") {
      @Override
      void send(Peer to) throws Exception {
        good.sendBefore(FrameType.DEVICE_STATE, to, 1);
        var small = new Machine(2 << 20);
        small.pause();
        to.deviceState(0, 1, small.captureState().toBytes());
      }
    },
    DEVICE_STATE_EMPTY("device state: device state is malformed: it has only 0 bytes") {
      @Override
      void send(Peer to) throws Exception {
        good.sendBefore(FrameType.DEVICE_STATE, to, 1);
        to.deviceState(Frame.FLAG_STOPPED_BY_OPERATOR, 1, new byte[0]);
      }
    },
    NO_PAGES("DeviceState frame after 0 of 1024 pages: each must have come") {
      @Override
      void send(Peer to) throws Exception {
        begin(to);
        to.deviceState(0, 1, good.payloadOf(FrameType.DEVICE_STATE));
      }
    },
    A_FRAME_OF_PAGES_LEFT_OUT(
        "the image that has come, of 1024 pages, is not the one that was sent: its digest does not"
            + " match") {
      @Override
      void send(Peer to) throws Exception {
        // The source has sent a round more, of pages that had been sent before.
        good.sendBefore(FrameType.DEVICE_STATE, to, 1);
        byte[] leftOut = good.payloadOf(FrameType.PAGES);
        byte[] state = good.payloadOf(FrameType.DEVICE_STATE);
        to.send(FrameType.DEVICE_STATE, 1, good.imageWith(leftOut, state));
      }
    },
    DEVICE_STATE_WITHOUT_DIGEST("DeviceState frame does not begin with a digest") {
      @Override
      void send(Peer to) throws Exception {
        good.sendBefore(FrameType.DEVICE_STATE, to, 1);
        to.send(FrameType.DEVICE_STATE, 1, new byte[7]);
      }
    },
    ATTEMPT_BEYOND_ALL("Hello frame of attempt 2147483647: 1 to 1073741824 are accepted") {
      @Override
      void send(Peer to) throws Exception {
        to.send(hello(Integer.MAX_VALUE));
      }
    };

    final String cause;

    Bad(String cause) {
      this.cause = cause;
    }

    abstract void send(Peer to) throws Exception;

    void begin(Peer to) throws IOException {
      to.send(FrameType.HELLO, 1, good.payloadOf(FrameType.HELLO));
    }

    static byte[] hello(int attempt) {
      return Frame.encode(FrameType.HELLO, 0, attempt, 0, good.payloadOf(FrameType.HELLO)).array();
    }
  }

  @ParameterizedTest
  @EnumSource
  void isToldWhyAndTheNextAttemptIsTaken(Bad bad) throws Exception {
    RunningHost destination = destination();
    try (var peer = new Peer(destination.connect())) {
      bad.send(peer);
      assertEquals(bad.cause, peer.failure());
    }
    assertEquals("inmigrate", destination.operator.runState());
    assertFalse(destination.operator.execute("x-landfall-status").get("inDoubt").booleanValue());
    try (var peer = new Peer(destination.connect())) {
      peer.send(FrameType.HANDOVER, 1, new byte[0]);
      assertEquals("Handover frame of attempt 1 out of place", peer.failure());
    }
    assertEquals("inmigrate", destination.operator.runState());

    try (var peer = new Peer(destination.connect())) {
      good.complete(peer, 2);
    }
    assertEquals("ok 41", destination.guest.ask("r 2"));
    assertRunsAt(destination);
  }

  @Test
  void thatGivesUpIsReportedWithItsCause() throws Exception {
    RunningHost destination = destination();
    try (var peer = new Peer(destination.connect())) {
      good.sendBefore(FrameType.DEVICE_STATE, peer, 1);
      peer.send(FrameType.FAILURE, 1, new Failure("out of patience").toBytes());
      Conditions.await("the failure", () -> destination.operator.migration().equals("failed"));
    }
    assertEquals("the source gave up: out of patience", destination.operator.error());
  }

  @Test
  void thatFallsSilentIsGivenUp() throws Exception {
    RunningHost destination = started(RunningHost.in(folder).deadlineMillis(200).destination());
    try (var peer = new Peer(destination.connect())) {
      good.sendBefore(FrameType.DEVICE_STATE, peer, 1);
      Conditions.await("the failure", () -> destination.operator.migration().equals("failed"));
    }
    assertEquals("no progress of the source for 200 ms", destination.operator.error());
  }

  @Test
  void thatIsResetAfterReadyLeavesTheImageInDoubtUntilItAsksAgain() throws Exception {
    RunningHost destination = destination();
    Token told;
    try (var peer = new Peer(destination.connect())) {
      good.sendBefore(FrameType.FAILURE, peer, 1);
      peer.awaitReady();
      told = peer.token();
      peer.reset();
    }
    Conditions.await("doubt", () -> destination.operator.error().startsWith("in doubt"));
    assertEquals("inmigrate", destination.operator.runState());
    for (int i = 0; i < 2; i++) {
      try (var peer = new Peer(destination.connect())) {
        peer.with(told).handover(1);
        peer.await(FrameType.RESUMED);
      }
    }
    assertEquals("ok 41", destination.guest.ask("r 2"));
  }

  @Test
  void cannotTouchAGuestThatRuns() throws Exception {
    RunningHost destination = destination();
    Token told;
    try (var peer = new Peer(destination.connect())) {
      good.complete(peer, 1);
      told = peer.token();
      peer.send(FrameType.PAGES, 1, good.payloadOf(FrameType.PAGES));
      assertEquals("Pages frame of attempt 1 out of place", peer.failure());
    }
    try (var peer = new Peer(destination.connect())) {
      peer.send(FrameType.HELLO, 2, good.payloadOf(FrameType.HELLO));
      assertEquals("Hello frame of attempt 2 out of place", peer.failure());
    }
    try (var peer = new Peer(destination.connect())) {
      peer.with(told).handover(1);
      peer.await(FrameType.RESUMED);
      peer.deviceState(Frame.FLAG_STOPPED_BY_OPERATOR, 1, good.payloadOf(FrameType.DEVICE_STATE));
      assertEquals("DeviceState frame of attempt 1 out of place", peer.failure());
    }
    assertRunsAt(destination);
    assertEquals("completed", destination.operator.migration());
  }

  @Test
  void whoseLastAttemptWasOfAStoppedGuestMaySendARunningOne() throws Exception {
    RunningHost destination = destination();
    try (var peer = new Peer(destination.connect())) {
      good.sendBefore(FrameType.DEVICE_STATE, peer, 1);
      peer.deviceState(Frame.FLAG_STOPPED_BY_OPERATOR, 1, good.payloadOf(FrameType.DEVICE_STATE));
      peer.awaitReady();
    }
    try (var peer = new Peer(destination.connect())) {
      good.complete(peer, 2);
    }
    assertRunsAt(destination);
  }

  @Test
  void whoseOlderConnectionIsStillOpenIsReadOnTheNewerOneOnly() throws Exception {
    RunningHost destination = destination();
    try (var older = new Peer(destination.connect());
        var newer = new Peer(destination.connect())) {
      good.sendBefore(FrameType.DEVICE_STATE, older, 1);
      Conditions.await(
          "the older attempt",
          () -> destination.operator.execute("x-landfall-status").get("accepted").intValue() == 1);
      good.complete(newer, 2);
      boolean closed;
      try {
        closed = older.receive().isEmpty();
      } catch (IOException reset) {
        closed = true;
      }
      assertTrue(closed);
    }
    assertEquals("ok 41", destination.guest.ask("r 2"));
    assertRunsAt(destination);
  }

  @Test
  void whosePagesStillPourInWhenItsNextAttemptBeginsDoesNotReachTheNewImage() throws Exception {
    RunningHost destination = destination();
    int unused = 1000;
    byte[] page = new byte[8 + 4 + PageBatch.PAGE_BYTES];
    Arrays.fill(page, (byte) 0xff);
    ByteBuffer.wrap(page).putInt(1).putInt(1).putInt(unused);
    int attempts = 8;
    List<Thread> pouring = new ArrayList<>();
    for (int attempt = 1; attempt < attempts; attempt++) {
      int number = attempt;
      var older = new Peer(destination.connect());
      older.send(FrameType.HELLO, number, good.payloadOf(FrameType.HELLO));
      var thread =
          new Thread(
              () -> {
                try (older) {
                  while (true) {
                    older.send(FrameType.PAGES, number, page);
                  }
                } catch (IOException closed) {
                  // The newer attempt has begun.
                }
              });
      thread.start();
      pouring.add(thread);
      Conditions.await(
          "pages of attempt " + number,
          () -> {
            JsonNode status = destination.operator.execute("x-landfall-status");
            return status.get("accepted").intValue() == number;
          });
    }
    try (var newer = new Peer(destination.connect())) {
      good.complete(newer, attempts);
    }
    for (Thread each : pouring) {
      each.join();
    }
    assertArrayEquals(new byte[PageBatch.PAGE_BYTES], saved(destination, unused));
    assertEquals("ok 41", destination.guest.ask("r 2"));
  }

  @Test
  void whoseImageLacksPagesFindsZerosThereAndNothingOfAnImageBefore() throws Exception {
    // Without its digest, or the destination would refuse such an image.
    RunningHost destination =
        started(RunningHost.in(folder).mutant(Mutant.MISS_PAGES_AT_START).destination());
    int unused = 1000;
    byte[] page = new byte[8 + 4 + PageBatch.PAGE_BYTES];
    Arrays.fill(page, (byte) 0xff);
    ByteBuffer.wrap(page).putInt(1).putInt(1).putInt(unused);
    try (var peer = new Peer(destination.connect())) {
      peer.send(FrameType.HELLO, 1, good.payloadOf(FrameType.HELLO));
      peer.send(FrameType.PAGES, 1, page);
      peer.send(FrameType.FAILURE, 1, new Failure("out of patience").toBytes());
      Conditions.await("the failure", () -> destination.operator.migration().equals("failed"));
    }
    assertTrue(saved(destination, unused)[0] != 0, "the page has come");
    // One more attempt that brings nothing: what was there is still to be cleared.
    try (var peer = new Peer(destination.connect())) {
      peer.send(FrameType.HELLO, 2, good.payloadOf(FrameType.HELLO));
      peer.send(FrameType.FAILURE, 2, new Failure("out of patience").toBytes());
      Conditions.await(
          "the next attempt",
          () -> destination.operator.execute("x-landfall-status").get("accepted").intValue() == 2);
    }
    try (var peer = new Peer(destination.connect())) {
      peer.send(FrameType.HELLO, 3, good.payloadOf(FrameType.HELLO));
      peer.send(FrameType.PAGES, 3, good.payloadOf(FrameType.PAGES));
      peer.deviceState(0, 3, good.payloadOf(FrameType.DEVICE_STATE));
      peer.awaitReady();
      assertArrayEquals(new byte[PageBatch.PAGE_BYTES], saved(destination, unused));
    }
  }

  private byte[] saved(RunningHost host, int page) throws Exception {
    Path saved = folder.resolve("page");
    host.operator.execute(
        "pmemsave",
        Map.of(
            "val",
            0x8000_0000L + page * 4096L,
            "size",
            PageBatch.PAGE_BYTES,
            "filename",
            saved.toString()));
    return Files.readAllBytes(saved);
  }
}
