package landfall.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import landfall.transport.TestCertificates.Identity;
import landfall.transport.TestCertificates.Purpose;
import landfall.wire.Frame;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Links under TLS: what passes, and who is refused. */
@Timeout(60)
class TlsLinkTest {
  private static final long DEADLINE_MILLIS = 10_000;
  private static final String B = "host-b";
  private static final int PAGES = Told.PAGES;
  private static final int FRAMES = 128;

  @TempDir private Path folder;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private SelectorLoop loop;
  private ServerSocketChannel server;
  private TestCertificates authority;
  private Path source;
  private Path destination;

  @BeforeEach
  void start() throws Exception {
    loop = SelectorLoop.start("test", failure::set);
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    authority = new TestCertificates("authority");
    source = folder.resolve("a");
    destination = folder.resolve("b");
    write(authority, source, "host-a");
    write(authority, destination, B);
  }

  @AfterEach
  void stop() throws Exception {
    loop.close();
    server.close();
    assertEquals(null, failure.get());
  }

  private static void write(TestCertificates by, Path place, String name) throws Exception {
    by.write(place, by.issue(name, Purpose.SERVER), by.issue(name, Purpose.CLIENT));
  }

  /** One end: it has RAM of its own, and answers. */
  private static final class End extends Told {
    final BlockingQueue<byte[]> payloads = new LinkedBlockingQueue<>();
    final BlockingQueue<byte[]> pages = new LinkedBlockingQueue<>();
    final ByteBuffer ram = ByteBuffer.allocate(PAGES * PageBatch.PAGE_BYTES);
    final CompletableFuture<Optional<Set<String>>> peer = new CompletableFuture<>();

    @Override
    public void received(Link link, Frame frame) {
      peer.complete(link.provenNames());
      if (frame.type() == FrameType.PAGES) {
        pages.add(ram.array().clone());
        return;
      }
      byte[] payload = new byte[frame.payload().remaining()];
      frame.payload().get(payload);
      payloads.add(payload);
      if (payload.length == 1) {
        link.send(FrameType.READY, 0, 1, new byte[] {2});
      }
    }

    @Override
    public List<ByteBuffer> contents(int attempt, PageBatch pages) {
      return List.of(ram.clear());
    }
  }

  private String lost(End end) throws InterruptedException {
    String cause = end.lost.poll(20, TimeUnit.SECONDS);
    assertNotNull(cause, "the connection stands");
    return cause;
  }

  @Test
  void aHostWarmsUpWithItsOwnCertificateWhicheverEndItIsGoodFor() throws Exception {
    for (TlsCredentials each :
        List.of(TlsCredentials.read(source, false), TlsCredentials.read(destination, true))) {
      long passed = each.warmUpHere();
      assertTrue(passed > 0, "nothing was encrypted");
      assertEquals(0, passed % TlsWarmUp.ROUND_BYTES, "a round was cut short: " + passed);
    }
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

  private End listen() throws Exception {
    var end = new End();
    TlsCredentials credentials = TlsCredentials.read(destination, true);
    onLoop(
        () -> {
          SocketListener.start(loop, server, () -> end, DEADLINE_MILLIS, Optional.of(credentials));
          return null;
        });
    return end;
  }

  private End connect(String peer) throws Exception {
    var end = new End();
    TlsCredentials credentials = TlsCredentials.read(source, false);
    onLoop(
        () ->
            SocketLink.connect(
                loop, server.getLocalAddress(), end, DEADLINE_MILLIS, credentials, peer));
    return end;
  }

  @Test
  void framesPassBothWaysAndEachSideKnowsTheOther() throws Exception {
    End there = listen();
    End here = connect(B);
    Link link = here.opened.get(20, TimeUnit.SECONDS);
    onLoop(
        () -> {
          link.send(FrameType.HELLO, 0, 1, new byte[] {1});
          return null;
        });
    assertEquals(1, there.payloads.poll(20, TimeUnit.SECONDS)[0]);
    assertEquals(2, here.payloads.poll(20, TimeUnit.SECONDS)[0]);
    assertEquals(Optional.of(Set.of("host-a")), there.peer.get());
    assertEquals(Optional.of(Set.of(B)), here.peer.get());
  }

  /** 32 MiB: records are left in part in every buffer on the way, many times. */
  @Test
  void manyPagesArriveInOrderAndWhole() throws Exception {
    End there = listen();
    End here = connect(B);
    Link link = here.opened.get(20, TimeUnit.SECONDS);
    for (int i = 0; i < FRAMES; i++) {
      byte[] ram = ram(i);
      while (!onLoop(link::takesPages)) {
        here.drained.poll(1, TimeUnit.SECONDS);
      }
      onLoop(
          () -> {
            ByteBuffer frame = link.pagesBuffer();
            PageBatch.begin(frame, 1, PAGES);
            for (int page = 0; page < PAGES; page++) {
              PageBatch.list(frame, page, false);
            }
            link.sendPages(0, 1, List.of(ByteBuffer.wrap(ram)));
            return null;
          });
    }
    for (int i = 0; i < FRAMES; i++) {
      byte[] arrived = there.pages.poll(20, TimeUnit.SECONDS);
      assertTrue(Arrays.equals(ram(i), arrived), "frame " + i);
    }
  }

  private static byte[] ram(int frame) {
    byte[] bytes = new byte[PAGES * PageBatch.PAGE_BYTES];
    new Random(frame).nextBytes(bytes);
    return bytes;
  }

  // ---------------------------------------------------------------- who is refused

  private interface Change {
    void make() throws Exception;
  }

  /** Neither side gets a link over which a frame passes. */
  private void refused(Change change, String peer) throws Exception {
    change.make();
    End there = listen();
    End here = connect(peer);
    here.opened.thenAccept(
        link -> loop.execute(() -> link.send(FrameType.HELLO, 0, 1, new byte[] {1})));
    String cause = lost(here);
    assertFalse(cause.isEmpty());
    lost(there);
    assertEquals(0, there.payloads.size(), "a frame has passed");
  }

  private void client(TestCertificates by, Identity client) throws IOException {
    var authorities = Files.readAllBytes(source.resolve("ca-cert.pem"));
    by.write(source, client, client);
    Files.write(source.resolve("ca-cert.pem"), authorities);
  }

  private void server(TestCertificates by, Identity identity) throws IOException {
    var authorities = Files.readAllBytes(destination.resolve("ca-cert.pem"));
    by.write(destination, identity, identity);
    Files.write(destination.resolve("ca-cert.pem"), authorities);
  }

  @Test
  void aClientOfAnotherAuthority() throws Exception {
    var other = new TestCertificates("authority");
    refused(() -> client(other, other.issue("host-a", Purpose.CLIENT)), B);
  }

  @Test
  void aServerOfAnotherAuthority() throws Exception {
    var other = new TestCertificates("authority");
    refused(() -> server(other, other.issue(B, Purpose.SERVER)), B);
  }

  @Test
  void aClientWhoseTimeIsOver() throws Exception {
    refused(
        () ->
            client(
                authority,
                authority.issue(
                    "host-a",
                    Purpose.CLIENT,
                    TestCertificates.days(-30),
                    TestCertificates.days(-1))),
        B);
  }

  @Test
  void aClientWhoseTimeHasNotCome() throws Exception {
    refused(
        () ->
            client(
                authority,
                authority.issue(
                    "host-a", Purpose.CLIENT, TestCertificates.days(1), TestCertificates.days(9))),
        B);
  }

  @Test
  void aServerWhoseTimeIsOver() throws Exception {
    refused(
        () ->
            server(
                authority,
                authority.issue(
                    B, Purpose.SERVER, TestCertificates.days(-30), TestCertificates.days(-1))),
        B);
  }

  @Test
  void aServerOfAnotherName() throws Exception {
    refused(() -> {}, "host-c");
  }

  @Test
  void aClientThatWasCertifiedAsAServer() throws Exception {
    refused(() -> client(authority, authority.issue("host-a", Purpose.SERVER)), B);
  }

  @Test
  void aServerThatWasCertifiedAsAClient() throws Exception {
    refused(() -> server(authority, authority.issue(B, Purpose.CLIENT)), B);
  }

  @Test
  void aClientWhoseCertificateWasRevoked() throws Exception {
    Identity client = authority.issue("host-a", Purpose.CLIENT);
    refused(
        () -> {
          client(authority, client);
          authority.revoke(destination, client);
        },
        B);
  }

  @Test
  void aServerWhoseCertificateWasRevoked() throws Exception {
    Identity identity = authority.issue(B, Purpose.SERVER);
    refused(
        () -> {
          server(authority, identity);
          authority.revoke(source, identity);
        },
        B);
  }

  @Test
  void whoWasNotRevokedPasses() throws Exception {
    authority.revoke(destination, authority.issue("host-z", Purpose.CLIENT));
    listen();
    connect(B).opened.get(20, TimeUnit.SECONDS);
  }

  @Test
  void whoSpeaksNoTls() throws Exception {
    End there = listen();
    try (var plain = SocketChannel.open(server.getLocalAddress())) {
      ByteBuffer frame = Frame.encode(FrameType.HELLO, 0, 1, 0, new byte[] {1});
      plain.write(frame);
      assertTrue(lost(there).contains("no TLS"));
      assertEquals(0, there.payloads.size());
    }
  }

  @Test
  void whoSpeaksTlsToAHostThatDoesNot() throws Exception {
    var there = new End();
    onLoop(
        () -> {
          SocketListener.start(loop, server, () -> there, DEADLINE_MILLIS, Optional.empty());
          return null;
        });
    End here = connect(B);
    assertTrue(lost(there).contains("not a frame"));
    assertFalse(here.opened.isDone());
  }

  // ---------------------------------------------------------------- files

  private String message(Change change) throws Exception {
    change.make();
    return assertThrows(IOException.class, () -> TlsCredentials.read(source, false)).getMessage();
  }

  @Test
  void aFileThatIsMissingIsNamed() throws Exception {
    for (String name : List.of("ca-cert.pem", "client-cert.pem", "client-key.pem")) {
      byte[] before = Files.readAllBytes(source.resolve(name));
      String said = message(() -> Files.delete(source.resolve(name)));
      assertTrue(said.contains(name), said);
      Files.write(source.resolve(name), before);
    }
  }

  @Test
  void aFileThatIsSomethingElseIsNamed() throws Exception {
    for (String name : List.of("ca-cert.pem", "client-cert.pem", "client-key.pem", "ca-crl.pem")) {
      Path file = source.resolve(name);
      byte[] before = Files.exists(file) ? Files.readAllBytes(file) : null;
      String said = message(() -> Files.writeString(file, "nothing of this kind"));
      assertTrue(said.contains(name), said);
      Files.delete(file);
      if (before != null) {
        Files.write(file, before);
      }
    }
  }

  @Test
  void theKeyOfAnotherIsNamed() throws Exception {
    String said =
        message(
            () ->
                TestCertificates.pem(
                    source.resolve("client-key.pem"),
                    "PRIVATE KEY",
                    TestCertificates.keys().getPrivate().getEncoded()));
    assertTrue(said.contains("not the key of"), said);
  }

  /** Some tools write RSA keys as PKCS #1: the innermost string of octets of PKCS #8. */
  @Test
  void aKeyInPkcs1IsRead() throws Exception {
    var generator = java.security.KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    byte[] pkcs8 = generator.generateKeyPair().getPrivate().getEncoded();
    Path file = source.resolve("client-key.pem");
    TestCertificates.pem(file, "RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, 26, pkcs8.length));
    // It is read, so that what is wrong is that it belongs to no certificate here.
    String said = message(() -> {});
    assertTrue(said.contains("not the key of"), said);
  }
}
