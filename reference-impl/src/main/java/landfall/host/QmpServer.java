package landfall.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The control protocol of QEMU (QMP), as docs/interop/qmp-spec there defines it: a greeting,
 * capabilities negotiation, then commands and answers, with events in between.
 *
 * <p>One thread reads and writes for all clients. Commands are carried out on others, at most one
 * at a time for a client and so at most as many threads as clients: a command that takes long holds
 * up nobody else. What a client can cost is bounded by {@link Limits}; a client that does not read
 * is not read from, and is cut off if events pile up for it.
 */
final class QmpServer {

  /** Where events go. */
  interface Events {
    /** Tells all clients; never waits for them. */
    void emit(String name, Map<String, ?> data);
  }

  /** Carries out one command. Any thread. */
  interface Commands {
    /**
     * @return the answer, made of plain values; or {@link Last}
     * @throws RefusedException if it cannot be done; the message is the answer
     */
    Object execute(String command, JsonNode arguments) throws RefusedException, IOException;
  }

  /** The answer is empty, and is the last one: what follows is done once the client has it. */
  record Last(Runnable then) {}

  /** A command that returned nothing, and what its client is told. */
  private record Failed(Map<String, Object> answer) {}

  /** How a connection is taken in. */
  interface Acceptor {
    /** A connection, or null if none waits. */
    SocketChannel accept() throws IOException;
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

  /**
   * What clients may cost.
   *
   * @param clients so many at a time. A newcomer takes the place of the oldest one that has not
   *     negotiated or has closed its side; if there is none such, it is refused
   * @param requestBytes longer requests end the connection
   * @param unsentBytes a client for which more waits is cut off
   * @param idleMillis a request must be whole, and capabilities be negotiated, within this time
   */
  record Limits(int clients, int requestBytes, int unsentBytes, int idleMillis) {
    static final Limits USUAL = new Limits(32, 1 << 16, 1 << 20, 30_000);
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NEGOTIATION = "qmp_capabilities";
  private static final Set<String> MEMBERS = Set.of("execute", "arguments", "id");

  /** While more than this waits for a client, nothing is read from it. */
  private static final int UNSENT_BYTES_BEFORE_READING = 1 << 14;

  private static final int READ_BYTES = 1 << 12;
  private static final int PERIOD_MILLIS = 250;
  private static final int LINGER_MILLIS = 2_000;
  private static final int BACKOFF_MILLIS_MIN = 50;
  private static final int BACKOFF_MILLIS_MAX = 1_000;

  private final ServerSocketChannel server;
  private final Acceptor acceptor;
  private final Commands commands;
  private final Limits limits;
  private final Selector selector;
  private final ThreadPoolExecutor workers;

  /** Room for commands: that of one is free again before its client has the answer. */
  private final Semaphore underWay;

  private final ByteBuffer input = ByteBuffer.allocate(READ_BYTES);

  /** Changed by the thread that serves, read by any. */
  private final List<Client> clients = new CopyOnWriteArrayList<>();

  private int backoffMillis;
  private long acceptAgainNanos;

  /**
   * @throws IOException if the host is out of descriptors
   */
  QmpServer(ServerSocketChannel server, Commands commands) throws IOException {
    this(server, server::accept, commands, Limits.USUAL);
  }

  QmpServer(ServerSocketChannel server, Acceptor acceptor, Commands commands, Limits limits)
      throws IOException {
    this.server = server;
    this.acceptor = acceptor;
    this.commands = commands;
    this.limits = limits;
    selector = Selector.open();
    server.configureBlocking(false);
    server.register(selector, SelectionKey.OP_ACCEPT);
    underWay = new Semaphore(limits.clients);
    workers =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            work -> daemon("qmp-command", work));
  }

  void start() {
    HostAddress.tell("host", "QMP", server);
    loadClasses();
    daemon("qmp", this::serve).start();
  }

  /** Tells all clients that have negotiated. */
  void emit(String name, Map<String, ?> data) {
    Map<String, Object> event = event(name, data);
    for (Client client : clients) {
      if (client.negotiated) {
        client.send(event);
      }
    }
  }

  /** Does what it takes to tell a client of an event, but has none to tell. */
  static void rehearse(String name, Map<String, ?> data) {
    line(event(name, data));
  }

  private static Map<String, Object> event(String name, Map<String, ?> data) {
    long micros = System.currentTimeMillis() * 1000;
    Map<String, Object> event = new LinkedHashMap<>();
    event.put(
        "timestamp", Map.of("seconds", micros / 1_000_000, "microseconds", micros % 1_000_000));
    event.put("event", name);
    if (!data.isEmpty()) {
      event.put("data", data);
    }
    return event;
  }

  /**
   * Does once what serving a client needs: a class that is first needed while the process is out of
   * descriptors cannot be loaded, neither then nor later.
   */
  private void loadClasses() {
    var reader = new RequestReader(limits.requestBytes);
    for (byte value : "{'execute':'x','arguments':{},'id':[1.5,true,null]}}\n".getBytes(UTF_8)) {
      reader
          .next(value)
          .map(request -> error(request.value(), "GenericError", request.wrong()))
          .ifPresent(QmpServer::line);
    }
    var refusal = RefusedException.generic("");
    var last = new Last(() -> new Failed(error(null, refusal.errorClass, refusal.getMessage())));
    workers.execute(last.then);
  }

  private static byte[] line(Object message) {
    try {
      return (JSON.writeValueAsString(message) + "\r\n").getBytes(UTF_8);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Thread daemon(String name, Runnable work) {
    var thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  // ---------------------------------------------------------------- the thread that serves

  private void serve() {
    while (server.isOpen()) {
      try {
        selector.select(PERIOD_MILLIS);
      } catch (IOException e) {
        System.err.println("landfall host: QMP: " + e.getMessage());
      }
      for (SelectionKey key : selector.selectedKeys()) {
        serve(key);
      }
      selector.selectedKeys().clear();
      long now = System.nanoTime();
      clients.forEach(client -> guarded(client, () -> client.settle(now)));
      acceptAgain(now);
    }
  }

  private void serve(SelectionKey key) {
    try {
      if (key.attachment() instanceof Client client) {
        if (key.isReadable()) {
          guarded(client, client::read);
        }
      } else if (key.isAcceptable()) {
        accept();
      }
    } catch (CancelledKeyException gone) {
      // Closed meanwhile.
    }
  }

  /** A fault of ours in serving one client costs that client alone. */
  private static void guarded(Client client, Runnable work) {
    try {
      work.run();
    } catch (CancelledKeyException gone) {
      client.close();
    } catch (RuntimeException ours) {
      ours.printStackTrace();
      client.close();
    }
  }

  private void accept() {
    try {
      SocketChannel channel = acceptor.accept();
      backoffMillis = 0;
      if (channel != null) {
        admit(channel);
      }
    } catch (IOException e) {
      backOff(e);
    }
  }

  /**
   * A connection that cannot be taken, for want of descriptors as a rule, is left waiting for a
   * while; it would be reported again at once.
   */
  private void backOff(IOException why) {
    if (backoffMillis == 0) {
      System.err.println("landfall host: QMP takes no connection for now: " + why.getMessage());
    }
    backoffMillis = Math.min(Math.max(2 * backoffMillis, BACKOFF_MILLIS_MIN), BACKOFF_MILLIS_MAX);
    acceptAgainNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(backoffMillis);
    listenForConnections(0);
  }

  private void acceptAgain(long now) {
    if (backoffMillis > 0 && now - acceptAgainNanos >= 0) {
      listenForConnections(SelectionKey.OP_ACCEPT);
    }
  }

  private void listenForConnections(int operations) {
    SelectionKey key = server.keyFor(selector);
    if (key != null && key.isValid()) {
      key.interestOps(operations);
    }
  }

  private void admit(SocketChannel channel) throws IOException {
    if (clients.size() >= limits.clients) {
      clients.stream()
          .filter(client -> !client.negotiated || client.isEnding())
          .min(Comparator.comparingLong(client -> client.sinceNanos))
          .ifPresent(Client::close);
    }
    channel.configureBlocking(false);
    var client = new Client(channel);
    if (clients.size() >= limits.clients) {
      client.send(
          error(
              null,
              "GenericError",
              limits.clients + " clients are connected, more are not accepted"));
      client.write();
      client.close();
      return;
    }
    client.register();
    clients.add(client);
    client.send(Map.of("QMP", Map.of("version", Control.version(), "capabilities", List.of())));
  }

  private static Map<String, Object> error(JsonNode id, String errorClass, String description) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("error", Map.of("class", errorClass, "desc", String.valueOf(description)));
    if (id != null) {
      answer.put("id", id);
    }
    return answer;
  }

  // ---------------------------------------------------------------- one client

  /** All but sending is for the thread that serves. */
  private final class Client {
    private final SocketChannel channel;
    private final RequestReader reader = new RequestReader(limits.requestBytes);
    private final Deque<RequestReader.Request> waiting = new ArrayDeque<>();
    private final long sinceNanos = System.nanoTime();

    // Guarded by this.
    private final Deque<ByteBuffer> output = new ArrayDeque<>();
    private int unsent;
    private boolean flooded;
    private boolean ending;
    private long endingNanos;
    private boolean closed;
    private Runnable afterwards = () -> {};

    private volatile boolean negotiated;

    /** A command is being carried out. */
    private volatile boolean busy;

    private long insideNanos;

    Client(SocketChannel channel) {
      this.channel = channel;
    }

    void register() throws IOException {
      channel.register(selector, SelectionKey.OP_READ, this);
    }

    /** Any thread. */
    void send(Object message) {
      byte[] line = line(message);
      synchronized (this) {
        flooded |= unsent + line.length > limits.unsentBytes;
        if (!flooded) {
          output.add(ByteBuffer.wrap(line));
          unsent += line.length;
        }
      }
      selector.wakeup();
    }

    void read() {
      if (isEnding()) {
        return;
      }
      try {
        if (channel.read(input.clear()) < 0) {
          end();
          return;
        }
      } catch (IOException gone) {
        close();
        return;
      }
      input.flip();
      while (input.hasRemaining() && !isEnding()) {
        boolean wasInside = reader.isInside();
        Optional<RequestReader.Request> request = reader.next(input.get());
        request.ifPresent(waiting::add);
        if (reader.isTooLong()) {
          end();
        }
        if (reader.isInside() && (!wasInside || request.isPresent())) {
          insideNanos = System.nanoTime();
        }
      }
    }

    private synchronized boolean isEnding() {
      return ending;
    }

    /** Nothing more is read. What was asked before is answered, and then the connection ends. */
    private synchronized void end() {
      if (!ending) {
        ending = true;
        endingNanos = System.nanoTime();
      }
    }

    /** Any thread. The same, and what is to be done afterwards is done, come what may. */
    private void endThen(Runnable then) {
      synchronized (this) {
        if (!closed) {
          afterwards = then;
          end();
          return;
        }
      }
      then.run();
    }

    /** Does what is due, and says what to wait for. */
    void settle(long now) {
      long idleNanos = TimeUnit.MILLISECONDS.toNanos(limits.idleMillis);
      if (reader.isInside() && now - insideNanos > idleNanos) {
        reader.reset();
        waiting.add(
            new RequestReader.Request(
                null, "a request was not finished within " + limits.idleMillis + " ms"));
      }
      while (!busy && !waiting.isEmpty() && unsent() < UNSENT_BYTES_BEFORE_READING) {
        answer(waiting.remove());
        if (!write()) {
          return;
        }
      }
      if (!write()) {
        return;
      }
      boolean silent = !negotiated && now - sinceNanos > idleNanos;
      boolean ended = isEnding() && !busy && (waiting.isEmpty() && unsent() == 0 || lingers(now));
      if (silent || ended) {
        close();
        return;
      }
      boolean reads = !isEnding() && waiting.isEmpty() && unsent() < UNSENT_BYTES_BEFORE_READING;
      SelectionKey key = channel.keyFor(selector);
      if (key != null && key.isValid()) {
        key.interestOps(
            (reads ? SelectionKey.OP_READ : 0) | (unsent() > 0 ? SelectionKey.OP_WRITE : 0));
      }
    }

    private synchronized boolean lingers(long now) {
      return now - endingNanos > TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS);
    }

    private synchronized int unsent() {
      return unsent;
    }

    /** Sends what the socket takes; false if the client is gone. */
    synchronized boolean write() {
      try {
        while (!flooded && !output.isEmpty()) {
          ByteBuffer next = output.element();
          unsent -= channel.write(next);
          if (next.hasRemaining()) {
            return true;
          }
          output.remove();
        }
      } catch (IOException gone) {
        flooded = true;
      }
      if (flooded) {
        close();
      }
      return !flooded;
    }

    private void answer(RequestReader.Request request) {
      if (request.value() == null) {
        send(error(null, "GenericError", request.wrong()));
        return;
      }
      JsonNode id = request.value().get("id");
      try {
        String command = command(request.value());
        JsonNode arguments =
            request.value().has("arguments")
                ? request.value().get("arguments")
                : JsonNodeFactory.instance.objectNode();
        if (!underWay.tryAcquire()) {
          send(error(id, "GenericError", limits.clients + " commands are being carried out"));
          return;
        }
        busy = true;
        workers.execute(() -> carryOut(command, arguments, id));
      } catch (RefusedException refused) {
        send(error(id, refused.errorClass, refused.getMessage()));
      }
    }

    /** The name of the command that a well-formed request asks for. */
    private String command(JsonNode request) throws RefusedException {
      if (!request.isObject() || !request.path("execute").isTextual()) {
        throw RefusedException.generic("a command needs the member 'execute', a string");
      }
      List<String> members = new ArrayList<>();
      request.fieldNames().forEachRemaining(members::add);
      members.removeAll(MEMBERS);
      if (!members.isEmpty()) {
        throw RefusedException.generic("QMP input member '" + members.get(0) + "' is unexpected");
      }
      if (request.has("arguments") && !request.get("arguments").isObject()) {
        throw RefusedException.generic("'arguments' must be an object");
      }
      String command = request.get("execute").textValue();
      if (!negotiated && !command.equals(NEGOTIATION)) {
        throw new RefusedException(
            "CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'");
      }
      if (negotiated && command.equals(NEGOTIATION)) {
        throw new RefusedException(
            "CommandNotFound", "Capabilities negotiation is already complete, command ignored");
      }
      return command;
    }

    /** On a thread of its own. */
    private void carryOut(String command, JsonNode arguments, JsonNode id) {
      try {
        Object result = outcome(command, arguments, id);
        // First: a client that has the answer may ask again, and cannot be driven out any more.
        underWay.release();
        if (result instanceof Failed failed) {
          send(failed.answer);
          return;
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("return", result instanceof Last ? Map.of() : result);
        if (id != null) {
          answer.put("id", id);
        }
        negotiated = true;
        send(answer);
        if (result instanceof Last last) {
          endThen(last.then);
        }
      } finally {
        busy = false;
        selector.wakeup();
      }
    }

    /** What the command returns, or {@link Failed}. */
    private Object outcome(String command, JsonNode arguments, JsonNode id) {
      try {
        return commands.execute(command, arguments);
      } catch (RefusedException refused) {
        return new Failed(error(id, refused.errorClass, refused.getMessage()));
      } catch (IOException | IllegalArgumentException failed) {
        return new Failed(error(id, "GenericError", failed.getMessage()));
      } catch (RuntimeException | Error ours) {
        // A fault of this host: the client is told, and the host lives.
        ours.printStackTrace();
        return new Failed(error(id, "GenericError", "the host failed in " + command + ": " + ours));
      }
    }

    void close() {
      clients.remove(this);
      try {
        channel.close();
      } catch (IOException alreadyGone) {
        // Nothing is left to be done.
      }
      Runnable then;
      synchronized (this) {
        closed = true;
        then = afterwards;
        afterwards = () -> {};
      }
      then.run();
    }
  }
}
