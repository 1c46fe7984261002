package landfall.implementation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class QmpClientTest {
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(150);
  private static final String GREETING = "{\"QMP\":{\"version\":{},\"capabilities\":[]}}";

  @TempDir Path folder;
  private Path socket;
  private ServerSocketChannel listening;
  private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();

  /** What a test makes of a request; the second line of a pair it may answer with. */
  private interface Script {
    void serve(Server server) throws Exception;
  }

  /** The other side. */
  private static final class Server {
    private final SocketChannel channel;
    private final BufferedReader requests;

    Server(SocketChannel channel) {
      this.channel = channel;
      requests = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    void say(String text) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap((text + "\r\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    void sayBytes(byte[] bytes) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    JsonNode request() throws IOException {
      String line = requests.readLine();
      return line == null ? null : new ObjectMapper().readTree(line);
    }

    void answer(JsonNode request, String members) throws IOException {
      say("{" + members + ",\"id\":" + request.get("id") + "}");
    }

    void negotiate() throws IOException {
      say(GREETING);
      answer(request(), "\"return\":{}");
    }
  }

  @BeforeEach
  void listen() throws IOException {
    socket = folder.resolve("qmp");
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket));
  }

  @AfterEach
  void end() throws IOException {
    listening.close();
  }

  private CompletableFuture<Void> serve(Script script) {
    return CompletableFuture.runAsync(
        () -> {
          try (SocketChannel channel = listening.accept()) {
            script.serve(new Server(channel));
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        QmpClientTest::onItsOwnThread);
  }

  // The common pool has but one thread on a small machine.
  private static void onItsOwnThread(Runnable work) {
    new Thread(work, "test-server").start();
  }

  private QmpClient connect() throws IOException {
    return QmpClient.connect(socket, LONG, events::add);
  }

  @Test
  void anAnswerIsWhatTheCommandReturns() throws Exception {
    CompletableFuture<Void> server =
        serve(
            each -> {
              each.negotiate();
              JsonNode request = each.request();
              assertEquals("migrate", request.get("execute").textValue());
              assertEquals("tcp:x", request.at("/arguments/uri").textValue());
              each.answer(request, "\"return\":{\"status\":\"active\"}");
              assertFalse(each.request().has("arguments"));
            });
    try (QmpClient client = connect()) {
      JsonNode answer = client.execute("migrate", Map.of("uri", "tcp:x"), LONG);
      assertEquals("active", answer.get("status").textValue());
      assertThrows(IOException.class, () -> client.execute("stop", Map.of(), LONG));
    }
    server.join();
  }

  /** A destination whose main thread waits for a page answers nothing else. */
  @Test
  void aServerThatCanIsGivenACommandAheadOfThoseThatWait() throws Exception {
    CompletableFuture<Void> server =
        serve(
            each -> {
              each.say("{\"QMP\":{\"version\":{},\"capabilities\":[\"oob\"]}}");
              JsonNode negotiated = each.request();
              assertEquals("[\"oob\"]", negotiated.at("/arguments/enable").toString());
              each.answer(negotiated, "\"return\":{}");
              for (int i = 0; i < 6; i++) {
                assertEquals("query-status", each.request().get("execute").textValue());
              }
              JsonNode ahead = each.request();
              assertEquals("migrate-recover", ahead.get("exec-oob").textValue());
              each.answer(ahead, "\"return\":{}");
              each.request();
            });
    try (QmpClient client = connect()) {
      Duration soon = Duration.ofMillis(1);
      for (int i = 0; i < 6; i++) {
        assertThrows(QmpException.class, () -> client.execute("query-status", Map.of(), soon));
      }
      // Two more, and the server would read nothing any more.
      QmpException full =
          assertThrows(QmpException.class, () -> client.execute("query-status", Map.of(), LONG));
      assertEquals(
          "query-status was not sent: 6 commands before it are unanswered", full.getMessage());
      client.executeAtOnce("migrate-recover", Map.of(), LONG);
    }
    server.join();
  }

  @Test
  void anErrorIsARefusalWithItsReasonAndNoSilence() throws Exception {
    serve(
        each -> {
          each.negotiate();
          each.answer(
              each.request(), "\"error\":{\"class\":\"GenericError\",\"desc\":\"no room\"}");
          each.answer(each.request(), "\"error\":{}");
          each.request();
        });
    try (QmpClient client = connect()) {
      QmpException refused =
          assertThrows(QmpException.class, () -> client.execute("migrate", Map.of(), LONG));
      assertEquals("migrate was refused: no room", refused.getMessage());
      assertFalse(refused.isSilence());
      QmpException bare =
          assertThrows(QmpException.class, () -> client.execute("cont", Map.of(), LONG));
      assertEquals("cont was refused: no reason", bare.getMessage());
    }
  }

  @Test
  void silenceEndsAtItsLimitAndALateAnswerIsNotTakenForTheNext() throws Exception {
    serve(
        each -> {
          each.negotiate();
          JsonNode first = each.request();
          JsonNode second = each.request();
          each.answer(first, "\"return\":\"late\"");
          each.answer(second, "\"return\":\"in time\"");
          each.request();
        });
    try (QmpClient client = connect()) {
      long start = System.nanoTime();
      QmpException silence =
          assertThrows(QmpException.class, () -> client.execute("stop", Map.of(), SHORT));
      long millis = (System.nanoTime() - start) / 1_000_000;
      assertTrue(millis >= SHORT.toMillis() && millis < 5_000, millis + " ms");
      assertEquals("stop was not answered within 150 ms", silence.getMessage());
      assertTrue(silence.isSilence());
      assertEquals("in time", client.execute("query-status", Map.of(), LONG).textValue());
    }
  }

  @Test
  void whatIsNoAnswerIsIgnored() throws Exception {
    serve(
        each -> {
          each.negotiate();
          JsonNode request = each.request();
          for (String garbage :
              new String[] {
                "",
                "garbage",
                "{",
                "[]",
                "null",
                "17",
                "\"text\"",
                "{}",
                "{\"return\":\"of nobody\"}",
                "{\"return\":\"of another\",\"id\":99}",
                "{\"return\":\"of text\",\"id\":\"x\"}",
                "\u0000\u0001\ufffd",
                "x".repeat(100_000)
              }) {
            each.say(garbage);
          }
          each.answer(request, "\"return\":\"right\"");
          each.request();
        });
    try (QmpClient client = connect()) {
      assertEquals("right", client.execute("query-status", Map.of(), LONG).textValue());
    }
    assertTrue(events.isEmpty());
  }

  @Test
  void eventsAreDeliveredInOrderAlsoBetweenRequestAndAnswer() throws Exception {
    serve(
        each -> {
          each.negotiate();
          JsonNode request = each.request();
          each.say("{\"event\":\"STOP\"}");
          each.say("{\"event\":\"RESUME\",\"data\":{\"a\":1}}");
          each.answer(request, "\"return\":{}");
          each.request();
        });
    try (QmpClient client = connect()) {
      client.execute("stop", Map.of(), LONG);
      assertEquals("STOP", events.poll(5, TimeUnit.SECONDS).get("event").textValue());
      assertEquals(1, events.poll(5, TimeUnit.SECONDS).at("/data/a").intValue());
    }
  }

  @Test
  void aConnectionThatIsClosedEndsTheWait() throws Exception {
    serve(
        each -> {
          each.negotiate();
          each.request();
        });
    try (QmpClient client = connect()) {
      QmpException closed =
          assertThrows(QmpException.class, () -> client.execute("migrate", Map.of(), LONG));
      assertEquals(
          "migrate was not answered: the control connection was closed", closed.getMessage());
      assertTrue(closed.isSilence());
    }
  }

  @Test
  void aClientThatIsClosedWhileItWaitsWaitsNoLonger() throws Exception {
    var asked = new CompletableFuture<Void>();
    serve(
        each -> {
          each.negotiate();
          each.request();
          asked.complete(null);
          each.request();
        });
    QmpClient client = connect();
    CompletableFuture<QmpException> waiting =
        CompletableFuture.supplyAsync(
            () -> assertThrows(QmpException.class, () -> client.execute("migrate", Map.of(), LONG)),
            QmpClientTest::onItsOwnThread);
    asked.get(5, TimeUnit.SECONDS);
    client.close();
    assertTrue(waiting.get(5, TimeUnit.SECONDS).isSilence());
  }

  @Test
  void bytesThatAreNoTextEndNothing() throws Exception {
    serve(
        each -> {
          each.negotiate();
          JsonNode request = each.request();
          each.sayBytes(new byte[] {(byte) 0xff, '{', (byte) 0xc3, '\n'});
          each.sayBytes("{\"event\":\"A".getBytes(StandardCharsets.US_ASCII));
          each.sayBytes(new byte[] {(byte) 0xfe});
          each.say("\"}");
          each.answer(request, "\"return\":1");
          each.answer(each.request(), "\"return\":2");
          each.request();
        });
    try (QmpClient client = connect()) {
      assertEquals(1, client.execute("query-status", Map.of(), LONG).intValue());
      assertEquals("A\ufffd", events.poll(5, TimeUnit.SECONDS).get("event").textValue());
      assertEquals(2, client.execute("query-status", Map.of(), LONG).intValue());
    }
  }

  @Test
  void ofALineWithoutAnEndOnlyTheBeginningIsKept() throws Exception {
    serve(
        each -> {
          each.negotiate();
          JsonNode request = each.request();
          byte[] endless = new byte[1 << 20];
          java.util.Arrays.fill(endless, (byte) 'x');
          for (int i = 0; i < 64; i++) {
            each.sayBytes(endless);
          }
          each.say("");
          each.answer(request, "\"return\":\"right\"");
          each.request();
        });
    try (QmpClient client = connect()) {
      assertEquals("right", client.execute("query-status", Map.of(), LONG).textValue());
    }
  }

  @Test
  void aHostThatReadsNothingCostsTheLimitAndNoMore() throws Exception {
    var done = new CompletableFuture<Void>();
    serve(
        each -> {
          each.negotiate();
          done.get(15, TimeUnit.SECONDS);
        });
    try (QmpClient client = connect()) {
      String reason = "";
      Map<String, String> large = Map.of("uri", "x".repeat(100_000));
      for (int i = 0; i < 20 && !reason.contains("was not read"); i++) {
        reason =
            assertThrows(QmpException.class, () -> client.execute("migrate", large, SHORT))
                .getMessage();
      }
      assertEquals("migrate was not read within 150 ms", reason);
    } finally {
      done.complete(null);
    }
  }

  @Test
  void whoSendsNoGreetingDoesNotSpeakTheProtocol() {
    serve(each -> each.request());
    QmpException silence =
        assertThrows(QmpException.class, () -> QmpClient.connect(socket, SHORT, events::add));
    assertEquals("the greeting was not answered within 150 ms", silence.getMessage());
  }

  @Test
  void whereNobodyListensThereIsNoConnection() {
    assertThrows(
        IOException.class, () -> QmpClient.connect(folder.resolve("none"), LONG, events::add));
  }
}
