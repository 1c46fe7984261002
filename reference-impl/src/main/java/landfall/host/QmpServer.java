package landfall.host;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The control protocol of QEMU (QMP), as docs/interop/qmp-spec there defines it: a greeting,
 * capabilities negotiation, then commands and answers, with events in between. Any number of
 * clients.
 */
final class QmpServer {

  /** Where events go. */
  interface Events {
    /** Tells all clients; never waits for them. */
    void emit(String name, Map<String, ?> data);
  }

  /** Carries out one command. */
  interface Commands {
    /**
     * @return the answer, made of plain values
     * @throws RefusedException if it cannot be done; the message is the answer
     */
    Object execute(String command, JsonNode arguments) throws RefusedException, IOException;
  }

  /** The answer is an error. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final String errorClass;

    RefusedException(String errorClass, String description) {
      super(description);
      this.errorClass = errorClass;
    }

    static RefusedException generic(String description) {
      return new RefusedException("GenericError", description);
    }
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int QUEUED_MAX = 10_000;

  /** Behind the last message to a client. */
  private static final Object END = new Object();

  private final ServerSocketChannel server;
  private final Commands commands;
  private final List<Client> clients = new CopyOnWriteArrayList<>();

  QmpServer(ServerSocketChannel server, Commands commands) {
    this.server = server;
    this.commands = commands;
  }

  void start() {
    daemon("qmp", this::accept);
  }

  /** Tells all clients that have negotiated. */
  void emit(String name, Map<String, ?> data) {
    long micros = System.currentTimeMillis() * 1000;
    Map<String, Object> event = new LinkedHashMap<>();
    event.put(
        "timestamp", Map.of("seconds", micros / 1_000_000, "microseconds", micros % 1_000_000));
    event.put("event", name);
    if (!data.isEmpty()) {
      event.put("data", data);
    }
    for (Client client : clients) {
      if (client.negotiated) {
        client.send(event);
      }
    }
  }

  private void accept() {
    while (true) {
      try {
        Client client = new Client(server.accept());
        clients.add(client);
        daemon("qmp-out", client::drain);
        daemon("qmp-in", client::serve);
      } catch (IOException closed) {
        return;
      }
    }
  }

  private static void daemon(String name, Runnable work) {
    var thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private final class Client {
    private final SocketChannel channel;
    private final BlockingQueue<Object> queue = new LinkedBlockingQueue<>(QUEUED_MAX);
    private volatile boolean negotiated;

    Client(SocketChannel channel) {
      this.channel = channel;
    }

    /** A client that does not read is cut off, so that it cannot hold the host up. */
    void send(Object message) {
      if (!queue.offer(message)) {
        close();
      }
    }

    void drain() {
      try {
        for (Object message = queue.take(); message != END; message = queue.take()) {
          byte[] line =
              (JSON.writeValueAsString(message) + "\r\n").getBytes(StandardCharsets.UTF_8);
          ByteBuffer bytes = ByteBuffer.wrap(line);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        }
      } catch (IOException | InterruptedException gone) {
        // Closed below, as at the end.
      }
      close();
    }

    void serve() {
      send(Map.of("QMP", Map.of("version", Control.version(), "capabilities", List.of())));
      // The parser is not closed here: that would close the channel before the last answer is out.
      try {
        JsonParser parser =
            JSON.getFactory().createParser(Channels.newReader(channel, StandardCharsets.UTF_8));
        MappingIterator<JsonNode> requests = JSON.readerFor(JsonNode.class).readValues(parser);
        while (requests.hasNextValue()) {
          answer(requests.nextValue());
        }
      } catch (JsonProcessingException malformed) {
        send(error(null, "GenericError", "not JSON: " + malformed.getOriginalMessage()));
      } catch (IOException gone) {
        // The client has left, or was cut off.
      }
      send(END);
    }

    private void answer(JsonNode request) {
      JsonNode id = request.get("id");
      if (!request.isObject() || !request.path("execute").isTextual()) {
        send(error(id, "GenericError", "a command needs the member 'execute', a string"));
        return;
      }
      String command = request.get("execute").textValue();
      JsonNode arguments =
          request.has("arguments")
              ? request.get("arguments")
              : JsonNodeFactory.instance.objectNode();
      if (!arguments.isObject()) {
        send(error(id, "GenericError", "'arguments' must be an object"));
        return;
      }
      if (!negotiated && !command.equals("qmp_capabilities")) {
        send(
            error(
                id,
                "CommandNotFound",
                "Expecting capabilities negotiation with 'qmp_capabilities'"));
        return;
      }
      try {
        Object result = commands.execute(command, arguments);
        negotiated = true;
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("return", result);
        if (id != null) {
          answer.put("id", id);
        }
        send(answer);
      } catch (RefusedException refused) {
        send(error(id, refused.errorClass, refused.getMessage()));
      } catch (IOException | IllegalArgumentException failed) {
        send(error(id, "GenericError", failed.getMessage()));
      }
    }

    private Map<String, Object> error(JsonNode id, String errorClass, String description) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("error", Map.of("class", errorClass, "desc", String.valueOf(description)));
      if (id != null) {
        answer.put("id", id);
      }
      return answer;
    }

    private void close() {
      clients.remove(this);
      try {
        channel.close();
      } catch (IOException alreadyGone) {
        // Nothing is left to be done.
      }
    }
  }
}
