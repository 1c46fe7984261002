package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import landfall.lease.Mutant;
import landfall.wire.FrameType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hosts whose guest is lent by a grantor, on real sockets and by real clocks. */
@Timeout(120)
class LeaseTest extends HostTest {
  private static final int TERM_MILLIS = 400;
  private static final int DRIFT_MILLIS = 60;

  private HostAddress at;
  private LeaseGrantor grantor;

  @BeforeEach
  void startGrantor() throws Exception {
    at = HostAddress.parse("unix:" + folder.resolve("grantor"));
    grantor = LeaseGrantor.start(at, TERM_MILLIS, DRIFT_MILLIS);
  }

  @AfterEach
  void endGrantor() throws Exception {
    grantor.kill();
  }

  private RunningHost.Builder host(String name) {
    return RunningHost.in(folder).named(name).lease(at).deadlineMillis(700);
  }

  private static void awaitRunning(RunningHost host) throws Exception {
    Conditions.await("the guest to run", () -> host.operator.runState().equals("running"));
  }

  private static void awaitStanding(RunningHost host) throws Exception {
    Conditions.await("the guest to stand", () -> !host.operator.runState().equals("running"));
  }

  @Test
  void theGuestMovesThereAndBackAndTheLeaseGoesWithIt() throws Exception {
    RunningHost a = started(host("A").source());
    RunningHost b = started(host("B").destination());
    awaitRunning(a);
    assertEquals("ok", a.guest.ask("w 5 111"));
    assertEquals("completed", a.operator.migrate(b.address()));
    awaitRunning(b);
    assertEquals("ok 111", b.guest.ask("r 5"));
    assertRunsAt(b);
    assertStandsAt(a);
  }

  @Test
  void postCopyTakesTheLeaseAlong() throws Exception {
    RunningHost a = started(host("A").source());
    RunningHost b = started(host("B").destination());
    awaitRunning(a);
    assertEquals("ok", a.guest.ask("w 5 111"));
    a.load();
    for (RunningHost each : List.of(a, b)) {
      each.operator.execute(
          "migrate-set-capabilities",
          Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", true))));
    }
    // Slow at first, so that the guest has not gone by itself before the operator's word.
    a.bandwidthMax(300_000);
    a.operator.execute("migrate", Map.of("uri", b.address()));
    a.operator.execute("migrate-start-postcopy");
    assertEquals("completed", a.operator.outcome());
    awaitRunning(b);
    assertEquals("ok 111", b.guest.ask("r 5"));
    assertRunsAt(b);
    assertStandsAt(a);
  }

  /** Nobody can be asked for the guest back, and nobody has to be. */
  @Test
  void withoutItsGrantorTheGuestStandsAndNothingLeaves() throws Exception {
    RunningHost a = started(host("A").source());
    awaitRunning(a);
    assertEquals("ok", a.guest.ask("w 5 111"));
    grantor.kill();
    awaitStanding(a);
    assertEquals(Optional.empty(), a.guest.askOnce("ping", 300));
    grantor = LeaseGrantor.start(at, TERM_MILLIS, DRIFT_MILLIS);
    awaitRunning(a);
    assertEquals("ok 111", a.guest.ask("r 5"));
    assertRunsAt(a);
  }

  /**
   * The mistake of a source that takes silence for an end: it runs while the destination does. The
   * lease does not mend it, but nobody sees two guests.
   */
  @Test
  void ofTwoHostsThatBothTakeTheGuestForTheirsOneIsSeen() throws Exception {
    RunningHost a =
        started(host("A").mutant(landfall.precopy.Mutant.RESUME_UNACKNOWLEDGED).source());
    RunningHost b = started(host("B").destination());
    awaitRunning(a);
    assertEquals("ok", a.guest.ask("w 5 111"));
    try (var deaf = new Relay(b.incoming, FrameType.RESUMED, Relay.Loss.SWALLOW)) {
      a.operator.execute("migrate", Map.of("uri", deaf.address()));
      awaitRunning(b);
      Conditions.await(
          "A to take the guest for its own",
          () -> a.operator.execute("x-landfall-status").get("phase").textValue().equals("Running"));
    }
    assertEquals("ok", b.guest.ask("w 5 222"));
    assertEquals(Optional.empty(), a.guest.askOnce("r 5", 2L * TERM_MILLIS));
    assertEquals("ok 222", b.guest.ask("r 5"));
    assertStandsAt(a);
  }

  // ---------------------------------------------------------------- the grantor

  /** A host that does only what it is told. */
  private final class Line implements Closeable {
    private final SocketChannel channel =
        SocketChannel.open(
            UnixDomainSocketAddress.of(Path.of(at.text().substring("unix:".length()))));
    private final BufferedReader in =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.US_ASCII));

    Line() throws Exception {
      assertTrue(in.readLine().startsWith("term 20 drift "));
    }

    void say(String text) throws Exception {
      channel.write(java.nio.ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.US_ASCII)));
    }

    /** Null if the other side has closed the connection, with something unread or not. */
    String hear() {
      try {
        return in.readLine();
      } catch (IOException reset) {
        return null;
      }
    }

    boolean hearsNothing() throws Exception {
      return !in.ready();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  @Test
  void itLendsTheGuestAgainWhenTheTermOfASilentHostIsOver() throws Exception {
    try (var first = new Line();
        var second = new Line()) {
      first.say("ask A 1");
      assertEquals("granted 1", first.hear());
      long lent = System.nanoTime();
      second.say("ask B 7");
      assertEquals("granted 7", second.hear());
      long waited = System.nanoTime() - lent;
      // Less a tick in which it was lent, and the way of the answer to this thread.
      assertTrue(
          waited > TimeUnit.MILLISECONDS.toNanos(TERM_MILLIS + DRIFT_MILLIS - 2 * TERM_MILLIS / 20),
          () -> "after " + waited + " ns");
    }
  }

  @Test
  void whatIsGivenBackIsLentAtOnce() throws Exception {
    try (var first = new Line();
        var second = new Line()) {
      first.say("ask A 1");
      assertEquals("granted 1", first.hear());
      second.say("ask B 1");
      first.say("ask A 2");
      assertEquals("granted 2", first.hear());
      assertTrue(second.hearsNothing());
      first.say("release A 3");
      assertEquals("granted 1", second.hear());
    }
  }

  @Test
  void aNewConnectionOfAHostTakesThePlaceOfTheOneBefore() throws Exception {
    try (var first = new Line();
        var again = new Line()) {
      first.say("ask A 1");
      assertEquals("granted 1", first.hear());
      again.say("ask A 1");
      assertEquals("granted 1", again.hear());
      assertEquals(null, first.hear());
    }
  }

  @Test
  void whoSaysNoRequestIsClosedAndTheOthersAreServed() throws Exception {
    for (String wrong :
        new String[] {"", "ask", "ask A", "ask A x", "lend A 1", "ask ../A 1", "A".repeat(2000)}) {
      try (var stranger = new Line()) {
        stranger.say(wrong);
        assertEquals(null, stranger.hear(), wrong);
      }
    }
    try (var host = new Line()) {
      host.say("ask A 1");
      assertEquals("granted 1", host.hear());
      host.say("ask B 1");
      assertEquals(null, host.hear());
    }
  }

  @Test
  void aRestartedGrantorThatForgetsLendsTheGuestTwice() throws Exception {
    try (var first = new Line()) {
      first.say("ask A 1");
      assertEquals("granted 1", first.hear());
    }
    grantor.kill();
    grantor = LeaseGrantor.start(at, 3_600_000, DRIFT_MILLIS, Set.of(Mutant.RESTARTED_FORGETS));
    try (var second = new Line()) {
      // It would have to wait for an hour.
      second.say("ask B 1");
      assertEquals("granted 1", second.hear());
    }
  }

  @Test
  void whatIsNoTermIsRefused() {
    for (int[] terms : new int[][] {{19, 1}, {3_600_001, 1}, {100, 0}, {100, 100}}) {
      assertThrows(
          IllegalArgumentException.class, () -> LeaseGrantor.start(at, terms[0], terms[1]));
    }
  }
}
