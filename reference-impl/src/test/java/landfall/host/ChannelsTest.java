package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import landfall.machine.Machine;
import landfall.transport.TestCertificates;
import landfall.transport.TestCertificates.Identity;
import landfall.transport.TestCertificates.Purpose;
import landfall.wire.Channel;
import landfall.wire.Frame;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;
import landfall.wire.Token;
import org.junit.jupiter.api.Test;

/** Guests that move over several connections, and connections that are not among them. */
class ChannelsTest extends HostTest {
  private static final Token TOKEN = new Token(5, 6);
  private static final Token WRONG = new Token(5, 7);
  private static final int RAM_BYTES = 4 << 20;

  private static RunningHost over(int channels, RunningHost host) throws Exception {
    host.operator.execute("migrate-set-parameters", Map.of("multifd-channels", channels));
    capability(host, "multifd");
    return host;
  }

  private static void capability(RunningHost host, String name) throws Exception {
    host.operator.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", name, "state", true))));
  }

  // ---------------------------------------------------------------- guests

  /** With what a client wrote at the source. */
  private static void assertArrived(RunningHost source, RunningHost destination) throws Exception {
    assertEquals("ok -77", destination.guest.ask("r 3"));
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  @Test
  void aGuestArrivesOverFourChannels() throws Exception {
    RunningHost source = over(4, source());
    RunningHost destination = over(4, destination());
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
    try (var cable = new Cable(destination.incoming)) {
      assertEquals("completed", source.operator.migrate(cable.address()));
      assertEquals(4, cable.connections());
    }
    assertArrived(source, destination);
    assertEquals(
        4, source.operator.execute("query-migrate-parameters").get("multifd-channels").intValue());
  }

  @Test
  void aGuestArrivesOverFourChannelsUnderTlsOnAUnixSocket() throws Exception {
    var authority = new TestCertificates("authority");
    var hosts = new ArrayList<RunningHost>();
    for (boolean server : new boolean[] {false, true}) {
      String name = server ? "host-b" : "host-a";
      Identity as = authority.issue(name, server ? Purpose.SERVER : Purpose.CLIENT);
      authority.write(folder.resolve(name), as, as);
      var builder =
          RunningHost.in(folder)
              .named(name)
              .objects(new TlsObject("tls0", folder.resolve(name), server));
      hosts.add(over(4, started(server ? builder.deferred() : builder.source())));
    }
    RunningHost a = hosts.get(0);
    RunningHost b = hosts.get(1);
    String address = "unix:" + folder.resolve("migration");
    b.operator.execute("migrate-set-parameters", Map.of("tls-creds", "tls0"));
    b.operator.execute("migrate-incoming", Map.of("uri", address));
    a.operator.execute(
        "migrate-set-parameters", Map.of("tls-creds", "tls0", "tls-hostname", "host-b"));
    a.load();
    assertEquals("ok", a.guest.ask("w 3 -77"));
    assertEquals("completed", a.operator.migrate(address));
    assertArrived(a, b);
  }

  @Test
  void aGuestArrivesByPostCopyOverThreeChannelsAndRecoversOnThreeNewOnes() throws Exception {
    RunningHost source = over(3, source());
    RunningHost destination = over(3, destination());
    for (RunningHost each : List.of(source, destination)) {
      capability(each, "postcopy-ram");
    }
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
    try (var cable = new Cable(destination.incoming)) {
      source.operator.execute(
          "migrate-set-parameters",
          Map.of("max-bandwidth", 300_000, "max-postcopy-bandwidth", 300_000));
      source.operator.execute("migrate", Map.of("uri", cable.address()));
      source.operator.execute("migrate-start-postcopy");
      Conditions.await(
          "both hosts have it",
          () ->
              destination.operator.migration().equals("postcopy-active")
                  && source.operator.migration().equals("postcopy-active"));
      cable.cutOne(2);
      for (RunningHost each : List.of(source, destination)) {
        Conditions.await("the pause", () -> each.operator.migration().equals("postcopy-paused"));
      }
      destination.operator.execute("migrate-recover", Map.of("uri", destination.address()));
      source.operator.execute("migrate-set-parameters", Map.of("max-postcopy-bandwidth", 0));
      source.operator.execute("migrate", Map.of("uri", cable.address(), "resume", true));
      assertEquals("completed", source.operator.outcome());
      assertEquals(6, cable.connections());
    }
    assertArrived(source, destination);
  }

  @Test
  void aGuestThatSendsCheckpointsBackArrivesOverThreeChannels() throws Exception {
    RunningHost source = over(3, source());
    RunningHost destination = over(3, destination());
    for (RunningHost each : List.of(source, destination)) {
      capability(each, "postcopy-ram");
      capability(each, "x-landfall-checkpoints");
    }
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
    source.operator.execute("migrate", Map.of("uri", destination.address()));
    source.operator.execute("migrate-start-postcopy");
    assertEquals("completed", source.operator.outcome());
    assertArrived(source, destination);
  }

  @Test
  void aChannelThatIsCutEndsTheAttemptAndTheGuestGoesOnAtTheSource() throws Exception {
    RunningHost source = over(4, source());
    RunningHost destination = over(4, destination());
    source.load();
    for (int cut = 0; cut < 4; cut++) {
      try (var cable = new Cable(destination.incoming)) {
        source.bandwidthMax(1_000_000);
        source.operator.execute("migrate", Map.of("uri", cable.address()));
        long before = pagesReceived(destination);
        Conditions.await("pages", () -> pagesReceived(destination) > before);
        cable.cutOne(cut);
        assertEquals("failed", source.operator.outcome());
        assertRunsAt(source);
        Conditions.await("the word", () -> destination.operator.migration().equals("failed"));
        assertEquals("inmigrate", destination.operator.runState());
      }
    }
    source.bandwidthMax(0);
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  private static long pagesReceived(RunningHost host) throws Exception {
    return host.operator.execute("x-landfall-status").get("pagesReceived").longValue();
  }

  @Test
  void hostsThatDoNotWantTheSameNumberOfChannelsRefuse() throws Exception {
    RunningHost source = source();
    RunningHost destination = destination();
    String must =
        "; the capability 'multifd' and the parameter 'multifd-channels' must be the same at both";
    over(2, destination);
    assertEquals("failed", source.operator.migrate(destination.address()));
    assertTrue(
        source.operator.error().endsWith("channels of the source: 1, of this host: 2" + must),
        source.operator.error());
    over(3, source);
    assertEquals("failed", source.operator.migrate(destination.address()));
    assertTrue(
        source.operator.error().endsWith("channels of the source: 3, of this host: 2" + must),
        source.operator.error());
    assertRunsAt(source);
    over(3, destination);
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertRunsAt(destination);
  }

  // ---------------------------------------------------------------- strangers

  private static byte[] hello(int channels) {
    var hello = new Hello(new UUID(8, 9), RAM_BYTES, PageBatch.PAGE_BYTES, "elsewhere");
    return new Channel(channels, TOKEN).before(hello.toBytes());
  }

  private static void refused(RunningHost host, int attempt, byte[] payload, String cause)
      throws Exception {
    assertEquals(cause, answer(host, attempt, payload));
  }

  private static String answer(RunningHost host, int attempt, byte[] payload) throws Exception {
    try (var peer = new Peer(host.connect())) {
      peer.send(FrameType.CHANNEL, attempt, payload);
      return peer.failure();
    }
  }

  private static Peer channel(RunningHost host, int attempt, int number) throws Exception {
    var peer = new Peer(host.connect());
    peer.send(FrameType.CHANNEL, attempt, new Channel(number, TOKEN).toBytes());
    assertEquals(number, Channel.of(peer.await(FrameType.CHANNEL).payload()).number());
    return peer;
  }

  private static Peer first(RunningHost host, int attempt, int channels) throws Exception {
    var peer = new Peer(host.connect());
    peer.send(FrameType.HELLO, Frame.FLAG_CHANNELS, attempt, hello(channels));
    assertEquals(new Channel(0, TOKEN), Channel.of(peer.await(FrameType.CHANNEL).payload()));
    return peer;
  }

  @Test
  void onlyTheChannelsThatTheFirstOneToldOfAreTakenIn() throws Exception {
    RunningHost host = over(3, destination());
    String unknown = "Channel frame with a token of no link that is here";
    refused(host, 1, new Channel(1, TOKEN).toBytes(), unknown);
    try (Peer first = first(host, 1, 3)) {
      refused(host, 1, new Channel(1, WRONG).toBytes(), unknown);
      refused(
          host,
          2,
          new Channel(1, TOKEN).toBytes(),
          "Channel frame of attempt 2: its token is of attempt 1");
      for (int number : new int[] {0, 3, 255}) {
        refused(
            host,
            1,
            new Channel(number, TOKEN).toBytes(),
            "Channel frame of channel " + number + ": 1 to 2 are accepted");
      }
      refused(
          host,
          1,
          new byte[3],
          "Channel frame with 3 bytes: the number and the token of a channel have 17");
      try (Peer second = channel(host, 1, 2)) {
        refused(
            host,
            1,
            new Channel(2, TOKEN).toBytes(),
            "Channel frame of channel 2, which is there already");
        try (Peer third = channel(host, 1, 1)) {
          // None of them has harmed the attempt.
          first.zeroPages(1);
          Conditions.await("all pages", () -> pagesReceived(host) == 1024);
          first.deviceState(0, 1, new byte[1]);
          assertTrue(first.failure().startsWith("device state: "));
          assertClosed(second);
          assertClosed(third);
        }
      }
    }
    refused(host, 1, new Channel(1, TOKEN).toBytes(), unknown);
  }

  private static void assertClosed(Peer peer) throws Exception {
    assertEquals(Optional.empty(), peer.receive());
  }

  @Test
  void afterTheGuestWasGivenOverNoChannelIsTakenIn() throws Exception {
    RunningHost host = over(2, destination());
    try (Peer first = first(host, 1, 2);
        Peer second = channel(host, 1, 1)) {
      first.zeroPages(1);
      first.deviceState(0, 1, new Machine(RAM_BYTES).captureState().toBytes());
      first.awaitReady();
      first.handover(1);
      first.await(FrameType.RESUMED);
      refused(
          host,
          1,
          new Channel(1, TOKEN).toBytes(),
          "Channel frame of channel 1, which is there already");
      assertEquals("running", host.operator.runState());
      second.end();
    }
    Conditions.await(
        "the end of the link",
        () ->
            answer(host, 1, new Channel(1, TOKEN).toBytes())
                .equals("Channel frame with a token of no link that is here"));
    assertEquals("running", host.operator.runState());
  }

  @Test
  void noPagesAreTakenBeforeAllChannelsAreThere() throws Exception {
    RunningHost host = over(3, destination());
    try (Peer first = first(host, 1, 3);
        Peer second = channel(host, 1, 1)) {
      first.zeroPages(1);
      assertEquals("Pages frame before all 3 channels are there", first.failure());
      assertClosed(second);
    }
    try (Peer first = first(over(2, host), 2, 2)) {
      first.deviceState(0, 2, new byte[1]);
      assertEquals("DeviceState frame before all 2 channels are there", first.failure());
    }
  }

  @Test
  void whatIsOnNoChannelAndWhatIsOnTheWrongOneEndsTheLink() throws Exception {
    RunningHost host = over(2, destination());
    try (Peer first = first(host, 1, 2);
        Peer second = channel(host, 1, 1)) {
      first.send(Frame.encode(FrameType.ALIVE, 0, 1, 5, new byte[0]).array());
      second.send(Frame.encode(FrameType.PAGES, 0, 1, 6, new byte[8]).array());
      assertEquals("the next frame is on no channel", first.failure());
      assertClosed(second);
    }
    try (Peer first = first(host, 2, 2);
        Peer second = channel(host, 2, 1)) {
      second.send(Frame.encode(FrameType.HANDOVER, 0, 2, 1, TOKEN.toBytes()).array());
      assertEquals(
          "Handover frame is accepted on the first channel only (channel 1)", first.failure());
      assertClosed(second);
    }
    for (int channels : new int[] {0, 1, 17}) {
      try (var peer = new Peer(host.connect())) {
        peer.send(FrameType.HELLO, Frame.FLAG_CHANNELS, 1, hello(channels));
        assertEquals(
            "Hello frame of a link of " + channels + " channels: 2 to 16 are accepted",
            peer.failure());
      }
    }
  }
}
