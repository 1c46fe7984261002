package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients of the control protocol can cost a host, whatever they do. */
class QmpLimitsTest {
  private static final int CLIENTS = 4;
  private static final int UNSENT = 1 << 18;

  @TempDir Path folder;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final CountDownLatch slow = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger acceptFailures = new AtomicInteger();
  private final AtomicInteger acceptsTried = new AtomicInteger();
  private Path socket;
  private QmpServer server;

  @BeforeEach
  void chooseSocket() {
    socket = folder.resolve("qmp");
  }

  @AfterEach
  void closeAll() throws Exception {
    slow.countDown();
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private void serve(int idleMillis) throws IOException {
    ServerSocketChannel listening = HostAddress.parse("unix:" + socket).listen();
    open.add(listening);
    QmpServer.Acceptor acceptor =
        () -> {
          acceptsTried.incrementAndGet();
          if (acceptFailures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IOException("Too many open files");
          }
          return listening.accept();
        };
    server =
        new QmpServer(
            listening,
            acceptor,
            this::execute,
            new QmpServer.Limits(CLIENTS, 1 << 12, UNSENT, idleMillis));
    server.start();
  }

  private Object execute(String command, JsonNode arguments) throws IOException {
    return switch (command) {
      case "slow" -> {
        try {
          slow.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        yield Map.of();
      }
      case "broken" -> throw new ArithmeticException("overflow");
      case "exhausted" -> throw new OutOfMemoryError("planted");
      case "quit" -> new QmpServer.Last(ended::countDown);
      case "long" -> Map.of("text", "x".repeat(1 << 12));
      default -> Map.of();
    };
  }

  private Operator connect() throws Exception {
    var operator = new Operator(socket);
    open.add(operator);
    return operator;
  }

  private Operator negotiated() throws Exception {
    Operator operator = connect();
    operator.execute("qmp_capabilities");
    return operator;
  }

  @Test
  void aClientTooManyIsRefusedAndSaysWhy() throws Exception {
    serve(60_000);
    for (int i = 0; i < CLIENTS; i++) {
      negotiated();
    }
    try (SocketChannel late = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      assertEquals(
          "4 clients are connected, more are not accepted",
          new ObjectMapper().readTree(readAll(late)).at("/error/desc").asText());
    }
  }

  @Test
  void strangersWhoSayNothingKeepNobodyOut() throws Exception {
    serve(60_000);
    List<Operator> strangers = new ArrayList<>();
    for (int i = 0; i < 3 * CLIENTS; i++) {
      strangers.add(connect());
    }
    Operator operator = negotiated();
    for (int i = 0; i < 3 * CLIENTS; i++) {
      strangers.add(connect());
    }
    operator.execute("anything");
    Conditions.await(
        "the places of strangers are given away",
        () -> strangers.stream().filter(stranger -> !stranger.cutOff).count() < CLIENTS);
  }

  @Test
  void thereAreNoMoreThreadsThanClientsHoweverManyConnect() throws Exception {
    serve(60_000);
    Operator operator = negotiated();
    int before = Thread.activeCount();
    List<SocketChannel> crowd = new ArrayList<>();
    try {
      for (int i = 0; i < 500; i++) {
        SocketChannel one = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        crowd.add(one);
        one.write(ByteBuffer.wrap("{\"execute\":\"qmp_ca".getBytes(StandardCharsets.US_ASCII)));
      }
      operator.execute("anything");
      assertTrue(Thread.activeCount() <= before + CLIENTS, () -> "now " + Thread.activeCount());
    } finally {
      for (SocketChannel one : crowd) {
        one.close();
      }
    }
  }

  @Test
  void anEndlessRequestIsRefusedAndEndsTheConnection() throws Exception {
    serve(60_000);
    Operator endless = negotiated();
    Operator other = negotiated();
    try {
      endless.say("[" + "1,".repeat(1 << 20));
    } catch (IOException cutOffMeanwhile) {
      // As it should be.
    }
    assertEquals(
        "a request is longer than 4096 bytes", endless.answer().at("/error/desc").asText());
    Conditions.await("the end of the connection", () -> endless.cutOff);
    other.execute("anything");
  }

  @Test
  void aHalfRequestIsForgottenInTheEndAndTheConnectionStays() throws Exception {
    serve(300);
    Operator operator = negotiated();
    operator.say("{\"execute\":");
    assertEquals(
        "a request was not finished within 300 ms", operator.answer().at("/error/desc").asText());
    operator.execute("anything");
  }

  @Test
  void aClientThatDoesNotNegotiateIsCutOffAndOneThatHasIsNot() throws Exception {
    serve(300);
    Operator idle = negotiated();
    Operator stranger = connect();
    Conditions.await("the stranger is cut off", () -> stranger.cutOff);
    assertFalse(idle.cutOff);
    idle.execute("anything");
  }

  @Test
  void aSlowCommandHoldsUpItsOwnClientOnly() throws Exception {
    serve(60_000);
    Operator waiting = negotiated();
    waiting.say("{\"execute\":\"slow\",\"id\":1}{\"execute\":\"anything\",\"id\":2}\n");
    Operator other = negotiated();
    other.execute("anything");
    slow.countDown();
    assertEquals(1, waiting.answer().get("id").asInt());
    assertEquals(2, waiting.answer().get("id").asInt());
  }

  @Test
  void slowCommandsOfClientsWhoLeftAreBounded() throws Exception {
    serve(60_000);
    for (int i = 0; i < CLIENTS; i++) {
      try (var hurried = new Operator(socket)) {
        hurried.execute("qmp_capabilities");
        hurried.say("{\"execute\":\"slow\"}\n");
      }
    }
    Operator operator = connect();
    Conditions.await(
        "a refusal",
        () ->
            operator
                .ask("{\"execute\":\"qmp_capabilities\"}")
                .at("/error/desc")
                .asText()
                .equals("4 commands are being carried out"));
    slow.countDown();
    Conditions.await(
        "an answer", () -> operator.ask("{\"execute\":\"qmp_capabilities\"}").has("return"));
  }

  @Test
  void aClientThatDoesNotReadIsCutOffAndCostsNoMoreThanItsShare() throws Exception {
    serve(60_000);
    Operator other = negotiated();
    try (SocketChannel deaf = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      deaf.write(
          ByteBuffer.wrap(
              ("{\"execute\":\"qmp_capabilities\"}" + "{\"execute\":\"long\"}".repeat(200))
                  .getBytes(StandardCharsets.US_ASCII)));
      String text = "y".repeat(1 << 12);
      Conditions.await(
          "the deaf client is cut off",
          () -> {
            server.emit("STOP", Map.of("text", text));
            // Nobody else misses an answer for it.
            other.execute("anything");
            return deaf.isOpen() && isGone(deaf);
          });
    }
  }

  /** True if the other side has closed: nothing more can be written. */
  private static boolean isGone(SocketChannel channel) {
    try {
      channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
      return false;
    } catch (IOException gone) {
      return true;
    }
  }

  @Test
  void aFaultOfTheHostIsToldAndTheConnectionStays() throws Exception {
    serve(60_000);
    Operator operator = negotiated();
    for (String command : List.of("broken", "exhausted")) {
      String refusal = operator.refusal("{\"execute\":\"" + command + "\"}");
      assertTrue(refusal.startsWith("the host failed in " + command), refusal);
    }
    operator.execute("anything");
  }

  @Test
  void aLackOfDescriptorsIsSurvived() throws Exception {
    acceptFailures.set(5);
    serve(60_000);
    negotiated().execute("anything");
    assertTrue(acceptsTried.get() < 20, () -> acceptsTried + " tries: the host does not back off");
    acceptFailures.set(2);
    negotiated().execute("anything");
  }

  @Test
  void whoQuitsHasTheAnswerBeforeTheHostEnds() throws Exception {
    serve(60_000);
    Operator operator = negotiated();
    assertTrue(operator.ask("{\"execute\":\"quit\"}").has("return"));
    assertTrue(ended.await(10, TimeUnit.SECONDS));
    Conditions.await("the end of the connection", () -> operator.cutOff);
  }

  @Test
  void whoQuitsAndLeavesAtOnceEndsTheHostNevertheless() throws Exception {
    serve(60_000);
    negotiated().say("{\"execute\":\"quit\"}\n");
    open.remove(open.size() - 1).close();
    assertTrue(ended.await(10, TimeUnit.SECONDS));
  }

  private static String readAll(SocketChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 12);
    while (channel.read(bytes) >= 0) {
      assertTrue(bytes.hasRemaining());
    }
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
  }
}
