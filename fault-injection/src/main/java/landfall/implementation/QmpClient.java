package landfall.implementation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A client of the QEMU machine protocol (QEMU, docs/interop/qmp-spec). Any thread. What the other
 * side sends is not trusted: lines that are no answer are ignored, lines that are too long are
 * dropped, and silence ends in a {@link QmpException}, also if the other side reads nothing.
 */
public final class QmpClient implements Closeable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LINE_MAX = 1 << 20;
  private static final int REASON_MAX = 300;
  private static final String CLOSED = "the control connection was closed";

  private final SocketLine line;
  private final Consumer<JsonNode> onEvent;
  private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final CompletableFuture<JsonNode> greeting = new CompletableFuture<>();
  private final AtomicLong ids = new AtomicLong();

  /** A server that takes commands out of band reads no further after eight others. */
  private static final int UNANSWERED_MAX = 6;

  private static final String OUT_OF_BAND = "oob";

  /** Numbers of commands that wait for their turn at the server. */
  private final Set<Long> unanswered = ConcurrentHashMap.newKeySet();

  private volatile boolean outOfBand;

  private QmpClient(SocketLine line, Consumer<JsonNode> onEvent) {
    this.line = line;
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
    var client = new QmpClient(new SocketLine(socket), onEvent);
    try {
      var reader = new Thread(client::read, "qmp-client");
      reader.setDaemon(true);
      reader.start();
      JsonNode offered = client.await(client.greeting, "the greeting", limit);
      boolean offers = false;
      for (JsonNode each : offered.path("QMP").path("capabilities")) {
        offers |= each.asText().equals(OUT_OF_BAND);
      }
      client.execute(
          "qmp_capabilities", offers ? Map.of("enable", List.of(OUT_OF_BAND)) : Map.of(), limit);
      client.outOfBand = offers;
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
    if (outOfBand && unanswered.size() >= UNANSWERED_MAX) {
      throw new QmpException(
          command + " was not sent: " + UNANSWERED_MAX + " commands before it are unanswered",
          true);
    }
    return execute("execute", command, arguments, limit);
  }

  /**
   * The same, ahead of all commands that wait, where the server can do that: its main thread may be
   * waiting for what this command brings about.
   */
  public JsonNode executeAtOnce(String command, Map<String, ?> arguments, Duration limit)
      throws IOException {
    return execute(outOfBand ? "exec-oob" : "execute", command, arguments, limit);
  }

  private JsonNode execute(String how, String command, Map<String, ?> arguments, Duration limit)
      throws IOException {
    var answer = new CompletableFuture<JsonNode>();
    ObjectNode request = JSON.createObjectNode().put(how, command);
    if (!arguments.isEmpty()) {
      request.set("arguments", JSON.valueToTree(arguments));
    }
    long id = ids.incrementAndGet();
    waiting.put(id, answer);
    if (how.equals("execute")) {
      unanswered.add(id);
    }
    request.put("id", id);
    byte[] bytes = (JSON.writeValueAsString(request) + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      send(bytes, command, limit);
      JsonNode response = await(answer, command, limit);
      if (response.has("error")) {
        String reason = response.get("error").path("desc").asText("no reason");
        throw new QmpException(
            command + " was refused: " + reason.substring(0, Math.min(REASON_MAX, reason.length())),
            false);
      }
      return response.path("return");
    } finally {
      waiting.remove(id);
    }
  }

  private void send(byte[] bytes, String command, Duration limit) throws QmpException {
    try {
      if (!line.send(bytes, limit.toMillis())) {
        throw new QmpException(command + " was not read within " + limit.toMillis() + " ms", true);
      }
    } catch (QmpException silence) {
      throw silence;
    } catch (IOException gone) {
      throw new QmpException(command + " was not answered: " + CLOSED, true);
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
    line.read(LINE_MAX, StandardCharsets.UTF_8, this::take);
    var end = new IOException(CLOSED);
    greeting.completeExceptionally(end);
    waiting.values().forEach(answer -> answer.completeExceptionally(end));
  }

  private void take(String text) {
    JsonNode message;
    try {
      message = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return;
    }
    if (message.has("QMP")) {
      greeting.complete(message);
    } else if (message.has("event")) {
      onEvent.accept(message);
    } else {
      long id = message.path("id").asLong(-1);
      unanswered.remove(id);
      CompletableFuture<JsonNode> answer = waiting.get(id);
      if (answer != null) {
        answer.complete(message);
      }
    }
  }

  @Override
  public void close() {
    line.close();
    // Whoever waits is not to wait for the reading thread to notice.
    waiting.values().forEach(answer -> answer.completeExceptionally(new IOException(CLOSED)));
  }
}
