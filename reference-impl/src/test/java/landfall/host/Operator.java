package landfall.host;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client of a host's control protocol. */
final class Operator implements Closeable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long LIMIT_SECONDS = 10;

  private final SocketChannel channel;
  private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
  final List<JsonNode> events = new CopyOnWriteArrayList<>();
  volatile boolean cutOff;

  /** Connects, and has the greeting; nothing is negotiated yet. */
  Operator(Path socket) throws Exception {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    var reader = new Thread(this::read, "operator");
    reader.setDaemon(true);
    reader.start();
    JsonNode greeting = answer();
    assertTrue(greeting.path("QMP").has("version"), greeting::toString);
  }

  private void read() {
    try (var lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode message = JSON.readTree(line);
        if (message.has("event")) {
          events.add(message);
        } else {
          answers.add(message);
        }
      }
    } catch (IOException gone) {
      // The same as the end.
    }
    cutOff = true;
  }

  /** Sends bytes as they are. */
  void say(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** The next answer. */
  JsonNode answer() throws InterruptedException {
    JsonNode answer = answers.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
    assertTrue(answer != null, "no answer came");
    return answer;
  }

  JsonNode ask(String request) throws Exception {
    say(request + "\n");
    return answer();
  }

  /** What a command returns. */
  JsonNode execute(String command, Map<String, ?> arguments) throws Exception {
    JsonNode answer =
        ask(JSON.writeValueAsString(Map.of("execute", command, "arguments", arguments)));
    assertTrue(answer.has("return"), answer::toString);
    return answer.get("return");
  }

  JsonNode execute(String command) throws Exception {
    return execute(command, Map.of());
  }

  /** The description of the error with which a request is answered. */
  String refusal(String request) throws Exception {
    JsonNode answer = ask(request);
    assertTrue(answer.has("error"), answer::toString);
    return answer.get("error").get("desc").textValue();
  }

  String runState() throws Exception {
    return execute("query-status").get("status").textValue();
  }

  String migration() throws Exception {
    return execute("query-migrate").path("status").asText("none");
  }

  String error() throws Exception {
    return execute("query-migrate").path("error-desc").asText();
  }

  /** Gives the guest away and waits for the outcome. */
  String migrate(String address) throws Exception {
    execute("migrate", Map.of("uri", address));
    return outcome();
  }

  /** The outcome of the attempt. */
  String outcome() throws Exception {
    List<String> last = List.of("completed", "failed", "cancelled");
    Conditions.await("an outcome of the migration", () -> last.contains(migration()));
    return migration();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
