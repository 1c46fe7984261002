package landfall.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host that does one thing wrong: a good host of the reference engine in the same process, with
 * relays on its control protocol, its serial line and its migration channel. Run as a process:
 * {@code MISBEHAVIOUR NAME SHOWN_FOLDER HIDDEN_FOLDER SHOWN_PORT HIDDEN_PORT MARK -- OPTIONS..},
 * the options being those of the good host. It makes the file MARK when it does the wrong thing.
 */
final class BadHost {
  private static final Pattern REQUEST = Pattern.compile("@(\\d+) (\\w+)(.*) \\*[0-9a-f]{4}");
  private static final Pattern STEP = Pattern.compile(" s(\\d+) \\*[0-9a-f]{4}$");
  private static final Pattern ID = Pattern.compile("\"id\" ?: ?(\\d+)");
  private static final Pattern COMMAND = Pattern.compile("\"execute\" ?: ?\"([\\w-]+)\"");
  private static final Pattern SAVED = Pattern.compile("\"size\" ?: ?(\\d+)");
  private static final int GARBAGE_MAX = 20;
  private static final int FLOOD_LINES = 200_000;

  /** Reads of a cell after which somebody must have noticed that it lost a write. */
  private static final int READS_THAT_SHOW = 5;

  private final Misbehaviour wrong;
  private final boolean source;
  private final String name;
  private final Path shown;
  private final Path hidden;
  private final Path mark;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  private final AtomicLong lastStep = new AtomicLong();
  private final ConcurrentLinkedQueue<String> unanswered = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean began = new AtomicBoolean();
  private final AtomicInteger garbage = new AtomicInteger();
  private final Map<String, String> cached = new HashMap<>();
  private String losingCell = "";
  private int readsOfIt;
  private long lost;
  private volatile OutputStream clients;
  private volatile boolean guestIsOurs;
  private volatile boolean frozen;
  private volatile boolean migrates;
  private volatile boolean wasAskedForMigration;
  private volatile String previous = "{}";

  private BadHost(
      Misbehaviour wrong, boolean source, String name, Path shown, Path hidden, Path mark) {
    this.wrong = wrong;
    this.source = source;
    this.name = name;
    this.shown = shown;
    this.hidden = hidden;
    this.mark = mark;
  }

  public static void main(String[] args) throws Exception {
    // The host that listens for nobody has the guest.
    boolean source = args[4].equals("0");
    var host =
        new BadHost(
            Misbehaviour.valueOf(args[0]),
            source,
            args[1],
            Path.of(args[2]),
            Path.of(args[3]),
            Path.of(args[6]));
    if (host.is(Misbehaviour.DIES_AT_START, true)) {
      host.didIt();
      System.exit(3);
    }
    Files.createDirectories(host.hidden);
    List<String> options = Arrays.asList(args).subList(8, args.length);
    thread("good-host", () -> System.exit(Main.execute(options.toArray(new String[0]))));
    host.relayLines("serial", host::fromClient, host::fromGuest);
    if (!source) {
      host.relayMigration(Integer.parseInt(args[4]), Integer.parseInt(args[5]));
    }
    host.relayLines("qmp", host::fromOperator, host::fromHost);
    if (host.wrong == Misbehaviour.FLOODS_OUTPUT) {
      host.didIt();
      for (int i = 0; i < FLOOD_LINES; i++) {
        System.out.println("nobody wants to know that, and it is said again and again: " + i);
      }
    }
  }

  private boolean is(Misbehaviour one, boolean atSource) {
    return wrong == one && source == atSource;
  }

  private void didIt() throws IOException {
    Files.writeString(mark, wrong.name());
  }

  private interface Work {
    void run() throws Exception;
  }

  private static void thread(String name, Work work) {
    new Thread(
            () -> {
              try {
                work.run();
              } catch (Exception gone) {
                // The other side has gone, which ends the relay.
              }
            },
            name)
        .start();
  }

  private void later(long millis, Work work) {
    timer.schedule(
        () -> {
          try {
            work.run();
          } catch (Exception gone) {
            // Whom it was for has gone.
          }
        },
        millis,
        TimeUnit.MILLISECONDS);
  }

  private static void signalSelf(String signal) throws IOException {
    new ProcessBuilder("kill", signal, Long.toString(ProcessHandle.current().pid())).start();
  }

  // ---------------------------------------------------------------- lines

  private interface Hook {
    /** Passes a line on, or something else, or nothing. */
    void pass(String line, OutputStream to, OutputStream back) throws IOException;
  }

  private void relayLines(String name, Hook fromUser, Hook fromHost) throws IOException {
    String file = this.name + "." + name;
    var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(shown.resolve(file)));
    thread(
        name,
        () -> {
          while (true) {
            SocketChannel user = server.accept();
            thread(name, () -> relay(user, connect(hidden.resolve(file)), fromUser, fromHost));
          }
        });
  }

  private static void relay(SocketChannel user, SocketChannel host, Hook fromUser, Hook fromHost)
      throws IOException {
    OutputStream toUser = output(user);
    OutputStream toHost = output(host);
    thread(
        "from-host",
        () -> {
          try (user) {
            pass(host, toUser, toHost, fromHost);
          }
        });
    try (host) {
      pass(user, toHost, toUser, fromUser);
    }
  }

  private static SocketChannel connect(Path socket) throws Exception {
    while (true) {
      try {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        return channel;
      } catch (IOException notYet) {
        Thread.sleep(5);
      }
    }
  }

  /** Writes whole arrays, one at a time. */
  private static OutputStream output(SocketChannel channel) {
    return new OutputStream() {
      @Override
      public void write(int each) throws IOException {
        write(new byte[] {(byte) each}, 0, 1);
      }

      @Override
      public synchronized void write(byte[] bytes, int from, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, from, length);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
    };
  }

  private static void pass(SocketChannel from, OutputStream to, OutputStream back, Hook hook)
      throws IOException {
    var in = new BufferedInputStream(Channels.newInputStream(from));
    var line = new ByteArrayOutputStream();
    for (int each = in.read(); each >= 0; each = in.read()) {
      if (each == '\n') {
        hook.pass(line.toString(StandardCharsets.ISO_8859_1).strip(), to, back);
        line.reset();
      } else {
        line.write(each);
      }
    }
  }

  private static void write(OutputStream to, String line) throws IOException {
    to.write((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
  }

  // ---------------------------------------------------------------- the guest's line

  private void fromClient(String line, OutputStream to, OutputStream back) throws IOException {
    clients = back;
    if (is(Misbehaviour.READS_NOTHING, true) && migrates) {
      didIt();
      blockForEver();
    }
    if (frozen) {
      return;
    }
    if (wrong == Misbehaviour.FLOODS_SERIAL_LINE && began.compareAndSet(false, true)) {
      didIt();
      thread(
          "flood",
          () -> {
            for (int i = 0; i < FLOOD_LINES; i++) {
              write(back, "!noise " + i);
            }
          });
    }
    Matcher request = REQUEST.matcher(line);
    if (guestIsOurs && request.matches()) {
      answer(line);
      return;
    }
    if (is(Misbehaviour.LOSES_WRITES, false) && request.matches() && losesIt(request)) {
      answerLost(request, "ok", back);
      return;
    }
    if (is(Misbehaviour.LOSES_DISK_WRITES, false) && request.matches()) {
      Optional<String> answer = answerOfDisk(request);
      if (answer.isPresent()) {
        answerLost(request, answer.get(), back);
        return;
      }
    }
    unanswered.add(line);
    write(to, line);
  }

  private void answerLost(Matcher request, String result, OutputStream back) throws IOException {
    synchronized (lastStep) {
      lost++;
      write(
          back, checked("=" + request.group(1) + " " + result + " s" + lastStep.incrementAndGet()));
    }
  }

  /** As a cache that is never written back; nothing if the guest is to answer. */
  private synchronized Optional<String> answerOfDisk(Matcher request) throws IOException {
    String[] words = request.group(3).strip().split(" ");
    if (request.group(2).equals("dw") && lastStep.get() > 0) {
      cached.put(words[0], words[1]);
      didIt();
      return Optional.of("ok");
    }
    return request.group(2).equals("dr")
        ? Optional.ofNullable(cached.get(words[0])).map(value -> "ok " + value)
        : Optional.empty();
  }

  private boolean losesSomething() {
    return is(Misbehaviour.LOSES_WRITES, false) || is(Misbehaviour.LOSES_DISK_WRITES, false);
  }

  /** Every write to the cell that the guest is first asked to write here. */
  private synchronized boolean losesIt(Matcher request) throws IOException {
    String[] words = request.group(3).strip().split(" ");
    if (request.group(2).equals("w") && lastStep.get() > 0) {
      losingCell = losingCell.isEmpty() ? words[0] : losingCell;
      return words[0].equals(losingCell);
    }
    if (request.group(2).equals("r") && words[0].equals(losingCell)) {
      readsOfIt++;
      if (readsOfIt == READS_THAT_SHOW) {
        didIt();
      }
    }
    return false;
  }

  private void fromGuest(String line, OutputStream to, OutputStream back) throws IOException {
    if (frozen || guestIsOurs) {
      return;
    }
    Matcher step = STEP.matcher(line);
    if (line.startsWith("=") && step.find()) {
      if (!losesSomething()) {
        lastStep.set(Long.parseLong(step.group(1)));
      }
      String request = "@" + line.substring(1, line.indexOf(' ')) + " ";
      unanswered.removeIf(each -> each.startsWith(request));
    }
    if (losesSomething()) {
      // As if the guest had served what was lost.
      synchronized (lastStep) {
        Matcher own = STEP.matcher(line);
        if (line.startsWith("=") && own.find()) {
          lastStep.set(Long.parseLong(own.group(1)) + lost);
          write(to, checked(line.substring(0, own.start()) + " s" + lastStep.get()));
          return;
        }
      }
    }
    if (wrong == Misbehaviour.CONSOLE_150_MS_LATE) {
      didIt();
      later(150, () -> write(to, line));
    } else {
      write(to, line);
    }
  }

  /** As the guest would have answered that is not here any more. */
  private void answer(String line) throws IOException {
    Matcher request = REQUEST.matcher(line);
    if (request.matches() && clients != null) {
      didIt();
      write(clients, checked("=" + request.group(1) + " ok s" + lastStep.incrementAndGet()));
    }
  }

  private void resume(long millis) throws IOException {
    guestIsOurs = true;
    for (String line = unanswered.poll(); line != null; line = unanswered.poll()) {
      answer(line);
    }
    if (millis > 0) {
      later(millis, () -> guestIsOurs = false);
    }
  }

  private static String checked(String text) {
    int crc = 0xffff;
    for (byte each : text.getBytes(StandardCharsets.ISO_8859_1)) {
      crc ^= (each & 0xff) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
      }
      crc &= 0xffff;
    }
    return text + String.format(" *%04x", crc);
  }

  private static void blockForEver() {
    synchronized (Misbehaviour.class) {
      while (true) {
        try {
          Misbehaviour.class.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  // ---------------------------------------------------------------- the control protocol

  private void fromOperator(String line, OutputStream to, OutputStream back) throws IOException {
    Matcher command = COMMAND.matcher(line);
    String name = command.find() ? command.group(1) : "";
    if (is(Misbehaviour.READS_NOTHING, true) && migrates) {
      blockForEver();
    }
    if (name.equals("migrate")) {
      migrates = true;
      wasAskedForMigration = true;
      if (is(Misbehaviour.SOURCE_SAYS_COMPLETED, true)
          || is(Misbehaviour.ACCEPTS_AND_DOES_NOTHING, true)) {
        didIt();
        write(back, "{\"return\":{},\"id\":" + idOf(line) + "}");
        return;
      }
    }
    if (name.equals("query-migrate") && wasAskedForMigration) {
      if (is(Misbehaviour.SOURCE_SAYS_COMPLETED, true)) {
        write(back, "{\"return\":{\"status\":\"completed\"},\"id\":" + idOf(line) + "}");
        return;
      }
      if (is(Misbehaviour.ANSWERS_WITH_WRONG_TYPES, true)) {
        didIt();
        write(
            back,
            "{\"return\":{\"status\":17,\"downtime\":-1e999,\"ram\":[{}],\"error-desc\":{}},\"id\":"
                + idOf(line)
                + "}");
        return;
      }
    }
    if (name.equals("cont") && !source) {
      if (wrong == Misbehaviour.FREEZES_AFTER_300_MS) {
        freezeAfter(300);
      } else if (wrong == Misbehaviour.FREEZES_AFTER_2_S) {
        freezeAfter(2_000);
      }
    }
    if (name.equals("pmemsave") && is(Misbehaviour.SAVES_HALF_OF_ITS_MEMORY, true)) {
      didIt();
      Matcher size = SAVED.matcher(line);
      write(
          to,
          size.find() ? size.replaceFirst("\"size\":" + Long.parseLong(size.group(1)) / 2) : line);
      return;
    }
    if (name.equals("qmp_capabilities") && wrong == Misbehaviour.FLOODS_WITH_EVENTS) {
      didIt();
      thread(
          "flood",
          () -> {
            for (int i = 0; i < FLOOD_LINES; i++) {
              write(
                  back,
                  "{\"event\":\"NOISE\",\"data\":{\"status\":\"again and again " + i + "\"}}");
            }
          });
    }
    write(to, line);
  }

  private void freezeAfter(long millis) {
    later(
        millis,
        () -> {
          didIt();
          frozen = true;
        });
  }

  private void fromHost(String line, OutputStream to, OutputStream back) throws IOException {
    boolean isEvent = line.contains("\"event\"");
    boolean saysCompleted = line.contains("\"completed\"");
    if (source && saysCompleted && began.compareAndSet(false, true)) {
      if (wrong == Misbehaviour.RESUMES_SOURCE_FOR_30_MS) {
        resume(30);
      } else if (wrong == Misbehaviour.RESUMES_SOURCE_FOR_EVER) {
        resume(0);
      }
    }
    if (is(Misbehaviour.HANGS_BEFORE_COMPLETING, true) && isEvent && line.contains("\"STOP\"")) {
      didIt();
      signalSelf("-STOP");
    }
    if (!source && isEvent && saysCompleted) {
      if (wrong == Misbehaviour.HANGS_AFTER_COMPLETING) {
        didIt();
        signalSelf("-STOP");
      } else if (wrong == Misbehaviour.DIES_AFTER_COMPLETING) {
        didIt();
        // Once the source has its acknowledgement.
        later(100, () -> signalSelf("-KILL"));
      } else if (wrong == Misbehaviour.RUNS_PAUSED_GUEST) {
        didIt();
        write(back, "{\"execute\":\"cont\"}");
      }
    }
    if (is(Misbehaviour.DESTINATION_SAYS_COMPLETED, false) && line.contains("\"failed\"")) {
      didIt();
      write(to, line.replace("\"failed\"", "\"completed\""));
      return;
    }
    if (wrong == Misbehaviour.PRINTS_GARBAGE && garbage.incrementAndGet() <= GARBAGE_MAX) {
      didIt();
      to.write(new byte[] {(byte) 0xff, (byte) 0xc3, '{', 0, '\n'});
      write(to, "no JSON at all");
      write(to, "[[[[[[[[");
      write(to, "{\"event\":17,\"data\":[]}");
      write(to, "{\"return\":{},\"id\":\"of nobody\"}");
      to.write("{\"event\":\"NOISE\",\"data\":{\"status\":\"".getBytes(StandardCharsets.US_ASCII));
      to.write(new byte[] {(byte) 0xff, (byte) 0xfe});
      write(to, "\"}}");
      write(to, "x".repeat(100_000));
    }
    Matcher id = ID.matcher(line);
    if (is(Misbehaviour.ANSWERS_THE_PREVIOUS_QUESTION, true) && wasAskedForMigration && id.find()) {
      didIt();
      String now = ID.matcher(previous).replaceFirst("\"id\":" + id.group(1));
      previous = line;
      write(to, now);
      return;
    }
    previous = line;
    if (wrong == Misbehaviour.ANSWERS_300_MS_LATE || wrong == Misbehaviour.ANSWERS_5_S_LATE) {
      didIt();
      later(wrong == Misbehaviour.ANSWERS_5_S_LATE ? 5_000 : 300, () -> write(to, line));
    } else {
      write(to, line);
    }
  }

  private static String idOf(String line) {
    Matcher id = ID.matcher(line);
    return id.find() ? id.group(1) : "0";
  }

  // ---------------------------------------------------------------- the migration channel

  private void relayMigration(int shownPort, int hiddenPort) throws IOException {
    var server = new ServerSocket(shownPort, 8, InetAddress.getLoopbackAddress());
    thread(
        "migration",
        () -> {
          while (true) {
            Socket from = server.accept();
            thread("migration", () -> relay(from, connect(hiddenPort)));
          }
        });
  }

  private static Socket connect(int port) throws Exception {
    while (true) {
      try {
        return new Socket(InetAddress.getLoopbackAddress(), port);
      } catch (IOException notYet) {
        Thread.sleep(5);
      }
    }
  }

  private void relay(Socket from, Socket to) throws IOException {
    from.setTcpNoDelay(true);
    to.setTcpNoDelay(true);
    thread(
        "migration-back",
        () -> {
          try (from) {
            to.getInputStream().transferTo(from.getOutputStream());
          }
        });
    try (to) {
      var editor = new StreamEditor(wrong, this::didIt);
      editor.pass(new DataInputStream(from.getInputStream()), to.getOutputStream());
    }
  }
}
