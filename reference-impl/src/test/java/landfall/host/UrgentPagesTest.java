package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import landfall.machine.Machine;
import landfall.transport.TestCertificates;
import landfall.transport.TestCertificates.Purpose;
import landfall.wire.Channel;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameNumbers;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;
import landfall.wire.PageList;
import landfall.wire.SplitState;
import landfall.wire.Token;
import org.junit.jupiter.api.Test;

/** Pages that a guest waits for have a connection of their own. */
class UrgentPagesTest extends SplitGuestTest {
  private static final String PREEMPT = "postcopy-preempt";
  private static final Token TOKEN = new Token(5, 6);
  private static final int RAM_BYTES = 4 << 20;
  private static final int GUEST_PAGES = 1024;

  private void twoHosts(String... capabilities) throws Exception {
    source = source();
    destination = destination();
    allowPostCopy(source, capabilities);
    allowPostCopy(destination, capabilities);
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
    assertEquals("ok", source.guest.ask("w 1 1"));
  }

  /** The guest is at the destination, and one page was pushed: no other one will be. */
  private void splitWithoutPush(String address) throws Exception {
    pushMax(1);
    startPostCopy(address);
    assertEquals("ok 1", destination.guest.ask("r 1"));
    awaitStatus(source, "postcopy-active");
  }

  private static long missing(RunningHost host) throws Exception {
    return number(host, "pagesMissing");
  }

  @Test
  void aPageThatTheGuestWaitsForArrivesWhileThePushIsHeldUp() throws Exception {
    twoHosts(PREEMPT);
    try (var cable = new Cable(destination.incoming)) {
      splitWithoutPush(cable.address());
      assertEquals(2, cable.connections());
      cable.hold(0);
      // Reads and writes pages that were not pushed.
      assertEquals("ok -77", destination.guest.ask("r 3"));
      assertEquals("ok", destination.guest.ask("w 60 5"));
      assertTrue(missing(destination) > 0, "all had come");
      cable.release();
      pushMax(0);
      assertWhole();
      assertEquals("ok 5", destination.guest.ask("r 60"));
    }
  }

  @Test
  void withoutSuchAConnectionItWaitsForThePush() throws Exception {
    twoHosts();
    try (var cable = new Cable(destination.incoming)) {
      split(cable.address());
      cable.hold(0);
      assertEquals(Optional.empty(), destination.guest.askOnce("r 3", 200));
      cable.release();
      pushMax(0);
      assertWhole();
    }
  }

  @Test
  void whereItIsCutTheTransferPausesAndARecoveryMakesAnother() throws Exception {
    twoHosts(PREEMPT);
    try (var cable = new Cable(destination.incoming)) {
      splitWithoutPush(cable.address());
      cable.cutOne(1);
      awaitStatus(source, "postcopy-paused");
      awaitStatus(destination, "postcopy-paused");
      assertTrue(missing(destination) > 0, "nothing was left to push");
      destination.operator.execute("migrate-recover", Map.of("uri", destination.address()));
      source.operator.execute("migrate", Map.of("uri", cable.address(), "resume", true));
      awaitStatus(source, "postcopy-active");
      awaitStatus(destination, "postcopy-active");
      Conditions.await("the connections of the recovery", () -> cable.connections() == 4);
      // What it waited for on the connection that was lost comes with the push.
      pushMax(0);
      assertWhole();
    }
  }

  @Test
  void itStandsBesideTheChannelsOfMultifd() throws Exception {
    twoHosts(PREEMPT, "multifd");
    try (var cable = new Cable(destination.incoming)) {
      splitWithoutPush(cable.address());
      assertEquals(3, cable.connections());
      cable.hold(1);
      assertEquals("ok", destination.guest.ask("w 60 5"));
      cable.release();
      pushMax(0);
      assertWhole();
    }
  }

  @Test
  void itIsUnderTlsAsTheOtherIs() throws Exception {
    var authority = new TestCertificates("authority");
    for (boolean server : new boolean[] {false, true}) {
      String name = server ? "host-b" : "host-a";
      var as = authority.issue(name, server ? Purpose.SERVER : Purpose.CLIENT);
      authority.write(folder.resolve(name), as, as);
      var host =
          RunningHost.in(folder)
              .named(name)
              .deadlineMillis(20_000)
              .objects(new TlsObject("tls0", folder.resolve(name), server));
      if (server) {
        destination = started(host.deferred());
      } else {
        source = started(host.source());
      }
    }
    String address = "unix:" + folder.resolve("migration");
    destination.operator.execute("migrate-set-parameters", Map.of("tls-creds", "tls0"));
    destination.operator.execute("migrate-incoming", Map.of("uri", address));
    source.operator.execute(
        "migrate-set-parameters", Map.of("tls-creds", "tls0", "tls-hostname", "host-b"));
    allowPostCopy(source, PREEMPT);
    allowPostCopy(destination, PREEMPT);
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
    pushMax(100_000);
    source.operator.execute("migrate", Map.of("uri", address));
    source.operator.execute("migrate-start-postcopy");
    assertEquals("ok", destination.guest.ask("w 60 5"));
    pushMax(0);
    assertWhole();
  }

  @Test
  void hostsOfWhichOneHasItRefuse() throws Exception {
    twoHosts();
    String must =
        " connection for urgent pages: the capability 'postcopy-preempt' must be the same at both"
            + " hosts";
    allowPostCopy(destination, PREEMPT);
    assertEquals("failed", source.operator.migrate(destination.address()));
    assertTrue(
        source.operator.error().endsWith("the source has no" + must), source.operator.error());
    for (RunningHost each : List.of(source, destination)) {
      each.operator.execute(
          "migrate-set-capabilities",
          Map.of("capabilities", List.of(Map.of("capability", PREEMPT, "state", each == source))));
    }
    assertEquals("failed", source.operator.migrate(destination.address()));
    assertTrue(
        source.operator.error().endsWith("the source has a" + must), source.operator.error());
    assertRunsAt(source);
    allowPostCopy(destination, PREEMPT);
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertRunsAt(destination);
  }

  @Test
  void itNeedsPostCopyAndNoCheckpoints() throws Exception {
    source = source();
    String set =
        "{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":["
            + "{\"capability\":\"postcopy-preempt\",\"state\":true}%s]}}";
    assertEquals(
        "capability 'postcopy-preempt' needs the capability 'postcopy-ram'",
        source.operator.refusal(String.format(set, "")));
    allowCheckpoints(source);
    assertEquals(
        "capability 'postcopy-preempt' is not possible with 'x-landfall-checkpoints'",
        source.operator.refusal(String.format(set, "")));
  }

  // ---------------------------------------------------------------- strangers

  private static Peer first(RunningHost host, int attempt) throws Exception {
    var peer = new Peer(host.connect());
    var hello = new Hello(new UUID(8, 9), RAM_BYTES, PageBatch.PAGE_BYTES, "elsewhere");
    peer.send(
        FrameType.HELLO,
        Frame.FLAG_POST_COPY | Frame.FLAG_CHANNELS | Frame.FLAG_URGENT,
        attempt,
        new Channel(1, TOKEN).before(hello.toBytes()));
    assertEquals(new Channel(0, TOKEN), Channel.of(peer.await(FrameType.CHANNEL).payload()));
    return peer;
  }

  private static Peer urgent(RunningHost host, int attempt) throws Exception {
    var peer = new Peer(host.connect());
    peer.send(FrameType.CHANNEL, attempt, new Channel(1, TOKEN).toBytes());
    assertEquals(1, Channel.of(peer.await(FrameType.CHANNEL).payload()).number());
    return peer;
  }

  private static byte[] pages(int... numbers) {
    ByteBuffer list = ByteBuffer.allocate(8 + 4 * numbers.length);
    list.putInt(0).putInt(numbers.length);
    for (int page : numbers) {
      list.putInt(page | 1 << 31);
    }
    return list.array();
  }

  private static byte[] frame(FrameType type, int attempt, int number, byte[] payload) {
    return Frame.encode(type, 0, attempt, FrameNumbers.URGENT + number, payload).array();
  }

  /** A guest that runs at the host, of which all pages but the first have come. */
  private static void resume(Peer first, int attempt) throws Exception {
    first.zeroPages(attempt);
    var discard = new long[GUEST_PAGES / Long.SIZE];
    discard[0] = 1;
    byte[] device = new Machine(RAM_BYTES).captureState().toBytes();
    first.deviceState(
        Frame.FLAG_POST_COPY, attempt, new SplitState(0, new PageList(discard), device).toBytes());
    first.awaitReady();
    first.handover(attempt);
    first.await(FrameType.RESUMED);
  }

  private static void refused(RunningHost host, int attempt, int number, String cause)
      throws Exception {
    try (var peer = new Peer(host.connect())) {
      peer.send(FrameType.CHANNEL, attempt, new Channel(number, TOKEN).toBytes());
      assertEquals(cause, peer.failure());
    }
  }

  @Test
  void onlyTheConnectionThatWasAnnouncedIsTakenInAndOnlyUrgentPagesOnIt() throws Exception {
    destination = destination();
    allowPostCopy(destination, PREEMPT);
    try (Peer first = first(destination, 1)) {
      refused(destination, 1, 2, "Channel frame of channel 2: 1 to 1 are accepted");
      refused(destination, 2, 1, "Channel frame of attempt 2: its token is of attempt 1");
      try (Peer urgent = urgent(destination, 1)) {
        refused(destination, 1, 1, "Channel frame of channel 1, which is there already");
        urgent.send(frame(FrameType.PAGES, 1, 0, pages(0)));
        assertEquals("urgent Pages frame before the guest runs here (channel 1)", first.failure());
      }
    }
    // Numbers of the other frames are not taken there, nor are these numbers elsewhere.
    try (Peer first = first(destination, 2);
        Peer urgent = urgent(destination, 2)) {
      first.send(frame(FrameType.PAGES, 2, 0, pages(0)));
      assertEquals("Pages frame has sequence 1073741824 where 1 is due", first.failure());
      assertEquals(Optional.empty(), urgent.receive());
    }
    try (Peer first = first(destination, 3);
        Peer urgent = urgent(destination, 3)) {
      urgent.send(frame(FrameType.HANDOVER, 3, 0, TOKEN.toBytes()));
      assertEquals(
          "Handover frame is accepted on the first channel only (channel 1)", first.failure());
    }
  }

  @Test
  void aPageComesOnOneOfBothConnections() throws Exception {
    destination = destination();
    allowPostCopy(destination, PREEMPT);
    try (Peer first = first(destination, 1);
        Peer urgent = urgent(destination, 1)) {
      resume(first, 1);
      // A frame, and behind it what comes before the content of another one.
      long before = number(destination, "pagesReceived");
      byte[] page = Frame.encode(FrameType.PAGES, 0, 1, 11, pages(7)).array();
      byte[] content = ByteBuffer.allocate(12 + PageBatch.PAGE_BYTES).putInt(0).putInt(1).array();
      byte[] half = Frame.encode(FrameType.PAGES, 0, 1, 12, content).array();
      first.send(
          ByteBuffer.allocate(page.length + Frame.HEADER_BYTES + 12)
              .put(page)
              .put(half, 0, Frame.HEADER_BYTES + 12)
              .array());
      Conditions.await("the frame", () -> number(destination, "pagesReceived") > before);
      urgent.send(frame(FrameType.PAGES, 1, 0, pages(0)));
      assertEquals(
          "Pages frame with pages that are arriving on another connection (channel 1)",
          Failure.of(first.await(FrameType.FAILURE).payload()).cause());
    }
  }
}
