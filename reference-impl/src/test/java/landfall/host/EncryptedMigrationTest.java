package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import landfall.transport.Link;
import landfall.transport.LinkHandler;
import landfall.transport.SelectorLoop;
import landfall.transport.SocketLink;
import landfall.transport.TestCertificates;
import landfall.transport.TestCertificates.Identity;
import landfall.transport.TestCertificates.Purpose;
import landfall.transport.TlsCredentials;
import landfall.wire.Channel;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;
import landfall.wire.Token;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests that are moved under TLS, and hosts that are not let in. */
class EncryptedMigrationTest extends HostTest {
  private static final String PARAMETERS = "migrate-set-parameters";

  @TempDir private Path credentials;
  private TestCertificates authority;

  @BeforeEach
  void certify() throws Exception {
    authority = new TestCertificates("authority");
  }

  private TlsObject object(String host, boolean server) throws Exception {
    Path place = credentials.resolve(host);
    Identity as = authority.issue(host, server ? Purpose.SERVER : Purpose.CLIENT);
    authority.write(place, as, as);
    return new TlsObject("tls0", place, server);
  }

  private RunningHost a() throws Exception {
    return started(
        RunningHost.in(folder).named("host-a").objects(object("host-a", false)).source());
  }

  private RunningHost b() throws Exception {
    RunningHost b =
        started(RunningHost.in(folder).named("host-b").objects(object("host-b", true)).deferred());
    b.operator.execute(PARAMETERS, Map.of("tls-creds", "tls0"));
    return b;
  }

  private String listening(RunningHost destination) throws Exception {
    String address = "unix:" + credentials.resolve("migration");
    destination.operator.execute("migrate-incoming", Map.of("uri", address));
    return address;
  }

  private static void encrypt(RunningHost source, String peer) throws Exception {
    source.operator.execute(PARAMETERS, Map.of("tls-creds", "tls0", "tls-hostname", peer));
  }

  @Test
  void aGuestArrivesUnderTls() throws Exception {
    RunningHost a = a();
    RunningHost b = b();
    String address = listening(b);
    assertEquals("ok", a.guest.ask("w 3 -77"));
    encrypt(a, "host-b");
    assertEquals("completed", a.operator.migrate(address));
    Conditions.await("the guest", () -> b.operator.runState().equals("running"));
    assertEquals("ok -77", b.guest.ask("r 3"));
    assertStandsAt(a);
  }

  @Test
  void aGuestArrivesByPostCopyUnderTls() throws Exception {
    RunningHost a = a();
    RunningHost b = b();
    String address = listening(b);
    assertEquals("ok", a.guest.ask("w 3 -77"));
    encrypt(a, "host-b");
    for (RunningHost each : List.of(a, b)) {
      each.operator.execute(
          "migrate-set-capabilities",
          Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", true))));
    }
    // Slow at first, so that the guest has not gone by itself before the operator's word.
    a.bandwidthMax(300_000);
    a.operator.execute("migrate", Map.of("uri", address));
    a.operator.execute("migrate-start-postcopy");
    Conditions.await("the pages", () -> a.operator.migration().equals("completed"));
    assertEquals("ok -77", b.guest.ask("r 3"));
    assertStandsAt(a);
  }

  @Test
  void theWrongHostAtTheAddressGetsNothing() throws Exception {
    RunningHost a = a();
    RunningHost b = b();
    encrypt(a, "host-c");
    assertEquals("failed", a.operator.migrate(listening(b)));
    assertRunsAt(a);
    assertEquals(0, b.operator.execute("x-landfall-status").get("pagesReceived").asInt());
  }

  @Test
  void aHostThatSpeaksNoTlsIsNotLetIn() throws Exception {
    RunningHost a = a();
    RunningHost b = b();
    assertEquals("failed", a.operator.migrate(listening(b)));
    assertRunsAt(a);
    assertEquals("inmigrate", b.operator.runState());
  }

  /** Its certificate is good, and is that of another. */
  @Test
  void aHostThatCallsItselfWhatItIsNotIsNotLetIn() throws Exception {
    RunningHost liar =
        started(RunningHost.in(folder).named("host-z").objects(object("host-a", false)).source());
    RunningHost b = b();
    encrypt(liar, "host-b");
    assertEquals("failed", liar.operator.migrate(listening(b)));
    String why = liar.operator.execute("query-migrate").get("error-desc").asText();
    assertTrue(why.contains("host-z") && why.contains("host-a"), why);
    assertRunsAt(liar);
  }

  /** Its certificate is good, and it speaks for the source on a connection of its own. */
  @Test
  void nobodyElseGivesTheGuestAway() throws Exception {
    RunningHost a = a();
    RunningHost b = b();
    String address = listening(b);
    encrypt(a, "host-b");
    assertEquals("completed", a.operator.migrate(address));
    // With the right name, but without what the destination told the source.
    assertEquals(
        "Handover frame with 0 bytes: a token has 16", answerToHandover("host-a", address));
    String refused = answerToHandover("host-c", address);
    assertTrue(refused.contains("host-a") && refused.contains("host-c"), refused);
  }

  /** The token is the right one, and so is the authority of the certificate. */
  @Test
  void aChannelUnderTheCertificateOfAnotherHostIsNotTakenIn() throws Exception {
    RunningHost b = b();
    b.operator.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", "multifd", "state", true))));
    String address = listening(b);
    var hello = new Hello(new UUID(1, 2), 4 << 20, PageBatch.PAGE_BYTES, "host-a");
    byte[] announcing = new Channel(2, new Token(3, 4)).before(hello.toBytes());
    byte[] second = new Channel(1, new Token(3, 4)).toBytes();
    var taken = new CompletableFuture<String>();
    String refusal =
        "Channel frame under the certificate of another host than that of the first channel";
    TlsObject object = object("host-a", false);
    var loop = SelectorLoop.start("first", taken::completeExceptionally);
    try {
      ask(
          loop,
          object,
          address,
          taken,
          link -> link.send(FrameType.HELLO, Frame.FLAG_CHANNELS, 1, announcing));
      assertEquals("Channel", taken.get(20, TimeUnit.SECONDS));
      assertEquals(
          refusal, answer("host-c", address, link -> link.send(FrameType.CHANNEL, 0, 1, second)));
      assertEquals(
          "Channel", answer("host-a", address, link -> link.send(FrameType.CHANNEL, 0, 1, second)));
    } finally {
      loop.close();
    }
  }

  /** What a host answers if one with this certificate asks again for the first attempt. */
  private String answerToHandover(String certified, String address) throws Exception {
    return answer(certified, address, link -> link.send(FrameType.HANDOVER, 0, 1, new byte[0]));
  }

  private static void ask(
      SelectorLoop loop,
      TlsObject object,
      String address,
      CompletableFuture<String> answer,
      Consumer<Link> says) {
    loop.execute(
        () -> {
          try {
            SocketLink.connect(
                loop,
                HostAddress.parse(address).socket(),
                new Asking(answer, says),
                5_000,
                TlsCredentials.read(object.folder(), false),
                "host-b");
          } catch (IOException failed) {
            answer.completeExceptionally(failed);
          }
        });
  }

  /** What a host answers to the first frame of one with this certificate. */
  private String answer(String certified, String address, Consumer<Link> says) throws Exception {
    var answer = new CompletableFuture<String>();
    TlsObject object = object(certified, false);
    var loop = SelectorLoop.start("asking", answer::completeExceptionally);
    try {
      ask(loop, object, address, answer, says);
      return answer.get(20, TimeUnit.SECONDS);
    } finally {
      loop.close();
    }
  }

  /** Sends something, and tells what comes back. */
  private record Asking(CompletableFuture<String> answer, Consumer<Link> says)
      implements LinkHandler {
    @Override
    public void opened(Link link) {
      says.accept(link);
    }

    @Override
    public void received(Link link, Frame frame) throws FrameException {
      answer.complete(
          frame.type() == FrameType.FAILURE
              ? Failure.of(frame.payload()).cause()
              : frame.type().title());
    }

    @Override
    public void lost(Link link, String cause, boolean refused) {
      answer.complete(cause);
    }

    @Override
    public void drained(Link link) {
      // It sends no pages.
    }

    @Override
    public String otherSide() {
      return "the destination";
    }

    @Override
    public int guestPages() {
      return 0;
    }

    @Override
    public List<ByteBuffer> contents(int attempt, PageBatch pages) throws FrameException {
      throw new FrameException("no pages are wanted");
    }
  }

  @Test
  void whatDoesNotFitIsRefusedAndNamed() throws Exception {
    RunningHost a = a();
    assertTrue(
        a.operator
            .refusal("{'execute':'migrate-set-parameters','arguments':{'tls-creds':'tls9'}}")
            .contains("no TLS credentials with id 'tls9', there are [tls0]"));
    String toOthers =
        a.operator.refusal("{'execute':'migrate','arguments':{'uri':'tcp:192.0.2.1:4444'}}");
    assertTrue(toOthers.contains("tls-creds") && toOthers.contains("--insecure"), toOthers);
    a.operator.execute(PARAMETERS, Map.of("tls-creds", "tls0"));
    assertTrue(
        a.operator
            .refusal("{'execute':'migrate','arguments':{'uri':'unix:/nowhere'}}")
            .contains("tls-hostname"));
    assertTrue(
        a.operator
            .refusal("{'execute':'migrate-incoming','arguments':{'uri':'unix:/nowhere'}}")
            .contains("needed are those of a server"));
    assertRunsAt(a);
  }

  @Test
  void objectsOfOtherFormsAreRefused() {
    for (String each :
        List.of(
            "",
            "tls-creds-psk,id=a,dir=b,endpoint=client",
            "tls-creds-x509",
            "tls-creds-x509,id=a,endpoint=client",
            "tls-creds-x509,id=a,dir=b,endpoint=both",
            "tls-creds-x509,id=a,dir=b,endpoint=client,verify-peer=no",
            "tls-creds-x509,id=a,dir=b,endpoint=client,priority=NORMAL",
            "tls-creds-x509,id=a,id=b,dir=b,endpoint=client")) {
      String why =
          assertThrows(IllegalArgumentException.class, () -> TlsObject.parse(each)).getMessage();
      assertTrue(why.contains("accepted is tls-creds-x509,id=ID"), why);
    }
    assertEquals(
        new TlsObject("a", Path.of("b"), true),
        TlsObject.parse("tls-creds-x509,id=a,dir=b,endpoint=server,verify-peer=yes"));
  }
}
