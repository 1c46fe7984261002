package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;
import landfall.wire.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody who reaches the migration ports, without TLS: the guest runs once and is not lost. */
class StrangerTest extends HostTest {
  private static final int RAM_BYTES = 4 << 20;

  private static Hello stranger() {
    return new Hello(UUID.randomUUID(), RAM_BYTES, PageBatch.PAGE_BYTES, "source");
  }

  private static boolean inDoubt(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("inDoubt").booleanValue();
  }

  private static void say(
      FrameType type, RunningHost to, int attempt, byte[] payload, String answer) throws Exception {
    try (var peer = new Peer(to.connect())) {
      peer.send(type, attempt, payload);
      assertEquals(answer, peer.failure());
    }
  }

  // ---------------------------------------------------------------- replay

  /** Passes a source's bytes on to several destinations, and the first one's answers back. */
  private record Fork(ServerSocketChannel server, List<RunningHost> to, List<Thread> threads) {
    static Fork to(RunningHost... hosts) throws IOException {
      var fork = new Fork(Peer.listen(), List.of(hosts), new ArrayList<>());
      fork.start(fork::forward);
      return fork;
    }

    private void start(Copy copy) {
      var thread =
          new Thread(
              () -> {
                try {
                  copy.run();
                } catch (IOException over) {
                  // One side has closed.
                }
              });
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }

    private interface Copy {
      void run() throws IOException;
    }

    private void forward() throws IOException {
      SocketChannel source = server.accept();
      List<SocketChannel> targets = new ArrayList<>();
      for (RunningHost each : to) {
        SocketChannel target = each.connect();
        targets.add(target);
        boolean answers = targets.size() == 1;
        start(() -> copy(target, answers ? List.of(source) : List.of()));
      }
      copy(source, targets);
    }

    private static void copy(SocketChannel from, List<SocketChannel> to) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
      while (from.read(bytes.clear()) >= 0) {
        bytes.flip();
        for (SocketChannel each : to) {
          ByteBuffer copy = bytes.duplicate();
          while (copy.hasRemaining()) {
            each.write(copy);
          }
        }
      }
      for (SocketChannel each : to) {
        each.close();
      }
    }
  }

  @Test
  void aStreamThatIsPassedOnToTwoDestinationsMakesOneGuest() throws Exception {
    RunningHost source = source();
    RunningHost first = destination();
    RunningHost second = destination();
    assertEquals("ok", source.guest.ask("w 1 7"));
    Fork fork = Fork.to(first, second);
    assertEquals("completed", source.operator.migrate(Peer.address(fork.server)));
    assertEquals("ok 7", first.guest.ask("r 1"));
    assertRunsAt(first);
    Conditions.await(
        "the second destination has refused Handover",
        () -> second.operator.error().startsWith("in doubt"));
    assertEquals("inmigrate", second.operator.runState());
    assertStandsAt(second);
    assertStandsAt(source);
    fork.server.close();
  }

  @Test
  void aRecordedStreamThatIsReplayedMakesNoGuest() throws Exception {
    RunningHost source = source();
    RunningHost first = destination();
    RunningHost second = destination();
    var recorded = new ByteArrayOutputStream();
    try (ServerSocketChannel server = Peer.listen()) {
      source.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      try (SocketChannel from = server.accept();
          SocketChannel to = first.connect()) {
        var back = new Thread(() -> copyQuietly(to, from, null));
        back.start();
        copyQuietly(from, to, recorded);
        back.join();
      }
    }
    assertEquals("completed", source.operator.outcome());
    for (RunningHost each : List.of(first, second)) {
      try (var peer = new Peer(each.connect())) {
        peer.send(recorded.toByteArray());
        if (each == second) {
          peer.await(FrameType.READY);
          assertEquals(
              "Handover frame with a token that this host did not give for this attempt",
              peer.failure());
        } else {
          assertEquals("Hello frame of attempt 1 out of place", peer.failure());
        }
      }
    }
    assertRunsAt(first);
    assertStandsAt(second);
    assertStandsAt(source);
  }

  private static void copyQuietly(
      SocketChannel from, SocketChannel to, ByteArrayOutputStream also) {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    try {
      while (from.read(bytes.clear()) >= 0) {
        bytes.flip();
        if (also != null) {
          also.write(bytes.array(), 0, bytes.limit());
        }
        while (bytes.hasRemaining()) {
          to.write(bytes);
        }
      }
      to.shutdownOutput();
    } catch (IOException over) {
      // One side has closed.
    }
  }

  // ---------------------------------------------------------------- to a destination

  @Test
  void aStrangersHelloDoesNotDiscardAnImageThatMayBeTheGuest() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    assertEquals("ok", source.guest.ask("w 1 9"));
    try (var relay = new Relay(destination.incoming, FrameType.HANDOVER)) {
      source.operator.execute("migrate", Map.of("uri", relay.address()));
      Conditions.await("doubt", () -> inDoubt(source) && inDoubt(destination));
      for (int attempt : new int[] {1, 2, 3, 1 << 30}) {
        say(
            FrameType.HELLO,
            destination,
            attempt,
            stranger().toBytes(),
            "Hello frame of another guest: this host keeps an image that may be its guest by now");
      }
      // Nor is it run by somebody who was not told by this host that it may.
      say(
          FrameType.HANDOVER,
          destination,
          1,
          new Token(1, 2).toBytes(),
          "Handover frame with a token that this host did not give for this attempt");
      assertStandsAt(destination);
      relay.heal();
      assertEquals("completed", source.operator.outcome());
    }
    assertEquals("ok 9", destination.guest.ask("r 1"));
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStrangersLargeNumberKeepsNobodyOut(boolean stays) throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    for (int attempt : new int[] {Integer.MAX_VALUE, (1 << 30) + 1}) {
      say(
          FrameType.HELLO,
          destination,
          attempt,
          stranger().toBytes(),
          "Hello frame of attempt " + attempt + ": 1 to 1073741824 are accepted");
    }
    try (var peer = new Peer(destination.connect())) {
      peer.send(FrameType.HELLO, 1 << 30, stranger().toBytes());
      Conditions.await("the stranger", () -> destination.operator.migration().equals("active"));
      if (!stays) {
        peer.end();
        Conditions.await("its end", () -> destination.operator.migration().equals("failed"));
      }
      assertEquals("completed", source.operator.migrate(destination.address()));
    }
    assertRunsAt(destination);
    assertStandsAt(source);
    // The guest leaves, and a stranger's attempt at its old host keeps nobody out either.
    RunningHost next = started(RunningHost.in(folder).named("next").destination());
    assertEquals("completed", destination.operator.migrate(next.address()));
    try (var peer = new Peer(destination.connect())) {
      peer.send(FrameType.HELLO, 1000, stranger().toBytes());
      Conditions.await("it", () -> destination.operator.migration().equals("active"));
    }
    Conditions.await("its end", () -> destination.operator.migration().equals("failed"));
    assertEquals("completed", next.operator.migrate(destination.address()));
    assertRunsAt(destination);
  }

  @Test
  void nobodyElseGivesAGuestAwayThatItsSourceTakesBack() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    try (var relay = new Relay(destination.incoming, FrameType.READY)) {
      assertEquals("failed", source.operator.migrate(relay.address()));
      assertRunsAt(source);
      assertTrue(inDoubt(destination));
      say(
          FrameType.HANDOVER,
          destination,
          1,
          Peer.PROOF.toBytes(),
          "Handover frame with a token that this host did not give for this attempt");
      assertStandsAt(destination);
      relay.heal();
      assertEquals("completed", source.operator.migrate(relay.address()));
    }
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  // ---------------------------------------------------------------- to a source

  /** It answers in the place of a destination that is gone: the guest would be lost. */
  @Test
  void nobodyElseSaysThatTheGuestArrived() throws Exception {
    RunningHost source = source();
    try (ServerSocketChannel server = Peer.listen()) {
      source.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.DEVICE_STATE);
        peer.ready(1, "elsewhere");
        peer.await(FrameType.HANDOVER);
      }
      try (var liar = new Peer(server.accept())) {
        Token shown = Token.of(liar.await(FrameType.HANDOVER).payload(), "Handover");
        liar.send(FrameType.RESUMED, 1, shown.toBytes());
        assertEquals("Resumed frame that is not from the host that said Ready", liar.failure());
      }
      assertTrue(inDoubt(source));
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.HANDOVER);
        peer.resumed(1);
        assertEquals("completed", source.operator.outcome());
      }
      assertFalse(inDoubt(source));
    }
  }
}
