package landfall.implementation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A client of the QEMU machine protocol (QEMU, docs/interop/qmp-spec). Any thread. What the other
 * side sends is not trusted: lines that are no answer are ignored, and silence ends in a {@link
 * QmpException}.
 */
public final class QmpClient implements Closeable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LINE_MAX = 1 << 20;

  private final SocketChannel channel;
  private final Consumer<JsonNode> onEvent;
  private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final CompletableFuture<JsonNode> greeting = new CompletableFuture<>();
  private long nextId;

  private QmpClient(SocketChannel channel, Consumer<JsonNode> onEvent) {
    this.channel = channel;
    this.onEvent = onEvent;
  }

  /**
   * Connects and negotiates.
   *
   * @param onEvent is told events, on the reading thread
   * @throws IOException if nobody listens there, or nobody that speaks the protocol
   */
  public static QmpClient connect(Path socket, Duration limit, Consumer<JsonNode> onEvent)
      throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    var client = new QmpClient(channel, onEvent);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      var reader = new Thread(client::read, "qmp-client");
      reader.setDaemon(true);
      reader.start();
      client.await(client.greeting, "the greeting", limit);
      client.execute("qmp_capabilities", Map.of(), limit);
      return client;
    } catch (IOException e) {
      client.close();
      throw e;
    }
  }

  /**
   * Executes a command.
   *
   * @return what it returned
   * @throws QmpException if it was refused, or not answered within the limit
   */
  public JsonNode execute(String command, Map<String, ?> arguments, Duration limit)
      throws IOException {
    var answer = new CompletableFuture<JsonNode>();
    ObjectNode request = JSON.createObjectNode().put("execute", command);
    if (!arguments.isEmpty()) {
      request.set("arguments", JSON.valueToTree(arguments));
    }
    long id;
    synchronized (this) {
      id = ++nextId;
      waiting.put(id, answer);
      request.put("id", id);
      ByteBuffer bytes =
          ByteBuffer.wrap(
              (JSON.writeValueAsString(request) + "\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
    try {
      JsonNode response = await(answer, command, limit);
      if (response.has("error")) {
        throw new QmpException(
            command + " was refused: " + response.get("error").path("desc").asText("no reason"),
            false);
      }
      return response.path("return");
    } finally {
      waiting.remove(id);
    }
  }

  private JsonNode await(CompletableFuture<JsonNode> answer, String what, Duration limit)
      throws QmpException {
    try {
      return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new QmpException(what + " was not answered within " + limit.toMillis() + " ms", true);
    } catch (ExecutionException e) {
      throw new QmpException(what + " was not answered: " + e.getCause().getMessage(), true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QmpException(what + ": interrupted", true);
    }
  }

  private void read() {
    try (var lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.length() <= LINE_MAX) {
          take(line);
        }
      }
    } catch (IOException gone) {
      // The same as the end of the stream.
    }
    var end = new IOException("the control connection was closed");
    greeting.completeExceptionally(end);
    waiting.values().forEach(answer -> answer.completeExceptionally(end));
  }

  private void take(String line) {
    JsonNode message;
    try {
      message = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return;
    }
    if (message.has("QMP")) {
      greeting.complete(message);
    } else if (message.has("event")) {
      onEvent.accept(message);
    } else {
      CompletableFuture<JsonNode> answer = waiting.get(message.path("id").asLong(-1));
      if (answer != null) {
        answer.complete(message);
      }
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException alreadyGone) {
      // Nothing is left to be done.
    }
  }
}
