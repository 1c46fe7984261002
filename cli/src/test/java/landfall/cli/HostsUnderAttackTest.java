package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.spi.ToolProvider;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import landfall.wire.Frame;
import landfall.wire.FrameReader;
import landfall.wire.FrameType;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes of hosts under attack, and in an outage: they cost little, and serve afterwards.
 *
 * <p>{@code -Dlandfall.tests=all} makes the outage 60 s long and the attempts 1,000, {@code
 * -Dlandfall.outage=N} and {@code -Dlandfall.attempts=N} what they say.
 */
class HostsUnderAttackTest {
  private static final int CLIENTS = 1_000;
  private static final int FEW_DESCRIPTORS = 256;

  /** Behind those that Linux gives to connections. */
  private static final AtomicInteger NEXT_PORT = new AtomicInteger(61_000);

  private static final int OUTAGE_SECONDS =
      Integer.getInteger("landfall.outage", AtLength.ASKED ? 60 : 3);
  private static final int ATTEMPTS =
      Integer.getInteger("landfall.attempts", AtLength.ASKED ? 1_000 : 200);
  private static final int FEW = 4;
  private static final long ANSWER_MILLIS = 1_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path jars;
  private static String installed;

  @TempDir private Path folder;

  private final List<Closeable> open = new ArrayList<>();

  @AfterEach
  void endAll() throws Exception {
    for (Closeable each : open) {
      each.close();
    }
  }

  private static void await(BooleanSupplier condition, String what) {
    CommandProcess.await(condition, what);
  }

  /**
   * The class path of an installed host: jars alone, which stay open. A class in a folder takes a
   * descriptor when it is first needed, and a host without descriptors has none for it.
   */
  private String installed() throws IOException {
    if (installed == null) {
      ToolProvider jar = ToolProvider.findFirst("jar").orElseThrow();
      var paths = new StringJoiner(File.pathSeparator);
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
        if (Files.isDirectory(Path.of(entry))) {
          Path archive = Files.createTempDirectory(jars, "classes").resolve("classes.jar");
          String[] make = {"--create", "--file", archive.toString(), "-C", entry, "."};
          assertEquals(0, jar.run(System.out, System.err, make));
          paths.add(archive.toString());
        } else {
          paths.add(entry);
        }
      }
      installed = paths.toString();
    }
    return installed;
  }

  private ControlledHost start(String name, String... more) throws Exception {
    ControlledHost host =
        ControlledHost.start(
            folder,
            List.of("sh", "-c", "ulimit -n " + FEW_DESCRIPTORS + "; exec \"$@\"", "host"),
            installed(),
            name,
            more);
    open.add(host);
    return host;
  }

  /**
   * A port that is given to nobody else while nobody listens there, neither to a connection nor to
   * a host of another test: a source that asks again and again would talk to that one.
   */
  private static int freePort() throws IOException {
    for (int port = NEXT_PORT.getAndIncrement();
        port < 1 << 16;
        port = NEXT_PORT.getAndIncrement()) {
      try (var probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return probe.getLocalPort();
      } catch (BindException taken) {
        // The next one, then.
      }
    }
    throw new IOException("no port is free");
  }

  private static SocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static void write(SocketChannel to, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      to.write(buffer);
    }
  }

  /** So many clients of this address that say this and no more. */
  private void crowd(SocketAddress address, String says) throws IOException {
    for (int i = 0; i < CLIENTS; i++) {
      SocketChannel one = SocketChannel.open(address);
      open.add(one);
      try {
        write(one, says.getBytes(StandardCharsets.US_ASCII));
      } catch (IOException refusedAlready) {
        // As it should be.
      }
    }
  }

  // ---------------------------------------------------------------- memory

  @Test
  @AtLength
  void crowdsOfSlowClientsCostLittleAndKeepNobodyOut() throws Exception {
    int port = freePort();
    ControlledHost destination = start("destination", "--incoming", "tcp:127.0.0.1:" + port);
    ControlledHost source = start("source");
    crowd(loopback(port), "L");
    crowd(UnixDomainSocketAddress.of(destination.control()), "{\"execute\":\"query");
    crowd(UnixDomainSocketAddress.of(source.control()), "[[[[");
    endlessRequest(destination.control());
    source.migrate(port);
    source.awaitMigration("completed");
    assertEquals("running", destination.state());
    destination.requireLittleMemory();
    source.requireLittleMemory();
  }

  private static void endlessRequest(Path control) throws IOException {
    byte[] many = "1,".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII);
    try (SocketChannel endless = SocketChannel.open(UnixDomainSocketAddress.of(control))) {
      write(endless, new byte[] {'['});
      for (int i = 0; i < 1 << 10; i++) {
        write(endless, many);
      }
      throw new AssertionError("128 MiB of one request were taken");
    } catch (IOException cutOff) {
      // As it should be.
    }
  }

  @Test
  @Sampled
  void attemptsThatComeToNothingLeaveNothingBehind() throws Exception {
    int port = freePort();
    ControlledHost destination = start("destination", "--incoming", "tcp:127.0.0.1:" + port);
    ControlledHost source = start("source");
    source.execute("migrate-set-parameters", Map.of("max-bandwidth", 20_000));
    long before = source.descriptors();
    int closed = freePort();
    for (int i = 0; i < ATTEMPTS; i++) {
      source.migrate(i % 2 == 0 ? port : closed);
      if (i % 2 == 0) {
        await(() -> !source.migration().equals("setup"), "an attempt");
        source.execute("migrate_cancel", Map.of());
      } else {
        source.awaitMigration("failed");
      }
      assertEquals("running", source.state());
    }
    await(() -> descriptors(source) <= before, "descriptors that are free again");
    source.execute("migrate-set-parameters", Map.of("max-bandwidth", 0));
    source.migrate(port);
    source.awaitMigration("completed");
    assertEquals("running", destination.state());
    destination.requireLittleMemory();
    source.requireLittleMemory();
  }

  private static long descriptors(ControlledHost host) {
    try {
      return host.descriptors();
    } catch (IOException gone) {
      return Long.MAX_VALUE;
    }
  }

  // ---------------------------------------------------------------- the serial line

  private SerialConsole console(ControlledHost host) throws IOException {
    SerialConsole console = host.console();
    open.add(console);
    return console;
  }

  /** Whether the guest answers this client, at the latest when it has read the rest of a line. */
  private static void requireAnswer(SerialConsole console) {
    await(
        () -> console.send("status").await(ANSWER_MILLIS).filter(Reply::done).isPresent(),
        "an answer of the guest");
  }

  /** Clients that connect if they are let, say something, and neither read nor go. */
  private List<SocketChannel> silentCrowd(SocketAddress address) throws IOException {
    List<SocketChannel> crowd = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      SocketChannel one = SocketChannel.open(StandardProtocolFamily.UNIX);
      open.add(one);
      crowd.add(one);
      one.configureBlocking(false);
      try {
        if (one.connect(address)) {
          one.write(ByteBuffer.wrap("7 sta".getBytes(StandardCharsets.US_ASCII)));
        }
      } catch (IOException refused) {
        // So many wait at most.
      }
    }
    return crowd;
  }

  /**
   * The line has one client; others wait until it goes, in the order in which they came, and as
   * many as the system lets wait.
   */
  @Test
  void theSerialLineBelongsToItsFirstClientAndACrowdBehindItCostsNothing() throws Exception {
    ControlledHost source = start("source");
    SerialConsole first = console(source);
    requireAnswer(first);
    long descriptors = source.descriptors();
    long threads = source.threads();
    List<SocketChannel> crowd = silentCrowd(UnixDomainSocketAddress.of(folder.resolve("source.s")));
    requireAnswer(first);
    assertTrue(source.descriptors() <= descriptors + FEW, () -> descriptors(source) + "");
    assertTrue(source.threads() <= threads + FEW, "threads for clients that wait");
    first.close();
    // The next in the row has the line now, and keeps it while it is silent. The host does not
    // mind.
    assertEquals("running", source.state());
    assertTrue(source.descriptors() <= descriptors + FEW, () -> descriptors(source) + "");
    for (SocketChannel each : crowd) {
      each.close();
    }
    requireAnswer(console(source));
    source.requireLittleMemory();
  }

  @Test
  void aFloodOnTheSerialLineHoldsUpNeitherTheGuestNorItsMigration() throws Exception {
    int port = freePort();
    ControlledHost destination = start("destination", "--incoming", "tcp:127.0.0.1:" + port);
    ControlledHost source = start("source");
    SocketChannel flood =
        SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("source.s")));
    open.add(flood);
    // Each line is a command that the guest answers, and nobody reads the answers.
    byte[] lines = "1 status\n".repeat(1 << 12).getBytes(StandardCharsets.US_ASCII);
    var sent = new AtomicLong();
    thread(
        () -> {
          while (true) {
            write(flood, lines);
            sent.addAndGet(lines.length);
          }
        });
    await(() -> sent.get() > lines.length, "a flood");
    assertEquals("running", source.state());
    source.migrate(port);
    source.awaitMigration("completed");
    assertEquals("running", destination.state());
    requireAnswer(console(destination));
    destination.requireLittleMemory();
    source.requireLittleMemory();
  }

  // ---------------------------------------------------------------- an outage

  /**
   * Stands between the hosts until the destination says that the guest runs there. With that the
   * network is gone, until it is healed.
   */
  private final class Outage implements Closeable {
    private final int port = freePort();
    private final int destination;
    private ServerSocketChannel server;
    private volatile boolean begun;
    private volatile boolean healed;

    Outage(int destination) throws IOException {
      this.destination = destination;
      listen();
    }

    private void listen() throws IOException {
      server = ServerSocketChannel.open();
      server.bind(loopback(port));
      ServerSocketChannel mine = server;
      thread(
          () -> {
            while (true) {
              SocketChannel from = mine.accept();
              SocketChannel to = SocketChannel.open(loopback(destination));
              thread(() -> copy(from, to));
              thread(() -> copy(to, from));
            }
          });
    }

    private void copy(SocketChannel from, SocketChannel to) throws Exception {
      ByteBuffer into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
      var reader = new FrameReader(from);
      try (from;
          to) {
        for (var frame = reader.read(into); frame.isPresent(); frame = reader.read(into)) {
          if (frame.get().type() == FrameType.RESUMED && !healed) {
            server.close();
            begun = true;
            return;
          }
          into.position(0);
          while (into.hasRemaining()) {
            to.write(into);
          }
        }
      }
    }

    void heal() throws IOException {
      healed = true;
      listen();
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private static void thread(Work work) {
    var thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Exception over) {
                // One side has closed.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  @Test
  @Sampled
  void afterAnOutageWithFewDescriptorsTheGuestRunsOnce() throws Exception {
    int port = freePort();
    ControlledHost destination = start("destination", "--incoming", "tcp:127.0.0.1:" + port);
    ControlledHost source = start("source");
    var outage = new Outage(port);
    open.add(outage);
    long before = source.descriptors();
    source.migrate(outage.port);
    await(() -> outage.begun, "the outage");
    assertEquals("running", destination.state());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(OUTAGE_SECONDS);
    await(
        () -> {
          // The source asks again and again, and no try costs a descriptor for good: it has one
          // for this try, and that of the last one until its loop looks at the network again.
          assertTrue(descriptors(source) <= before + 2, () -> descriptors(source) + " descriptors");
          assertEquals("finish-migrate", source.state());
          return System.nanoTime() > end;
        },
        "the end of the outage");
    outage.heal();
    source.awaitMigration("completed");
    assertEquals("running", destination.state());
    assertEquals("postmigrate", source.state());
  }

  @Test
  @AtLength
  void aMigrationPortThatRanOutOfDescriptorsTakesAGuestAfterwards() throws Exception {
    int port = freePort();
    ControlledHost destination =
        start("destination", "--incoming", "tcp:127.0.0.1:" + port, "--deadline-millis", "500");
    ControlledHost source = start("source");
    long few = destination.descriptors() + 3;
    Process limit =
        new ProcessBuilder(
                "prlimit", "--pid", Long.toString(destination.process().pid()), "--nofile=" + few)
            .start();
    assertEquals(0, limit.waitFor());
    for (int i = 0; i < 20; i++) {
      open.add(SocketChannel.open(loopback(port)));
    }
    await(
        () ->
            !destination.process().isAlive()
                || destination.said().contains("port takes no connection for now"),
        "the last descriptor");
    await(
        () -> {
          try {
            assertTrue(
                destination.process().isAlive(),
                () -> "the destination has ended: " + destination.said());
            source.migrate(port);
            await(() -> List.of("completed", "failed").contains(source.migration()), "an outcome");
            return source.migration().equals("completed");
          } catch (IOException gone) {
            throw new AssertionError(gone);
          }
        },
        "a migration that completes");
    assertEquals("running", destination.state());
  }
}
