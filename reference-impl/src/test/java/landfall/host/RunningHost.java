package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import landfall.machine.BlockStorage;
import landfall.precopy.Mutant;

/** A host in this process, with an operator and a client of its guest. */
final class RunningHost implements Closeable {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  final Operator operator;
  final GuestLine guest;
  final Path trace;
  final Path control;
  final InetSocketAddress incoming;

  private RunningHost(
      HostOptions options, Optional<BlockStorage> storage, InetSocketAddress incoming)
      throws Exception {
    if (storage.isPresent()) {
      Host.start(options, storage.get());
    } else {
      Host.start(options);
    }
    control = Path.of(options.qmp().text().substring(5));
    operator = new Operator(control);
    operator.execute("qmp_capabilities");
    guest = new GuestLine(Path.of(options.serial().text().substring(5)));
    trace = options.trace().orElseThrow();
    this.incoming = incoming;
  }

  /** The options of a host, all but its name and what is said here usual. */
  static final class Builder {
    private final Path folder;
    private int ramMib = 4;
    private boolean paused;
    private int deadlineMillis = 5_000;
    private List<TlsObject> objects = List.of();
    private Optional<Path> lock = Optional.empty();
    private Optional<Path> disk = Optional.empty();
    private Optional<BlockStorage> storage = Optional.empty();
    private Optional<String> name = Optional.empty();
    private Optional<HostAddress> lease = Optional.empty();
    private Optional<HostAddress> store = Optional.empty();
    private Set<landfall.lease.Mutant> leaseMutants = Set.of();
    private Set<Mutant> mutants = Set.of();
    private Set<landfall.postcopy.Mutant> postCopyMutants = Set.of();
    private Set<landfall.checkpoint.Mutant> checkpointMutants = Set.of();
    private Set<landfall.forwardcheckpoint.Mutant> forwardMutants = Set.of();
    private List<Integer> tracked = List.of(16, 20, 90, 1000);

    Builder(Path folder) {
      this.folder = folder;
    }

    Builder ramMib(int mib) {
      ramMib = mib;
      tracked = List.of(16);
      return this;
    }

    Builder paused() {
      paused = true;
      return this;
    }

    Builder deadlineMillis(int millis) {
      deadlineMillis = millis;
      return this;
    }

    /** A name of its own, where there are more hosts than two roles. */
    Builder named(String own) {
      name = Optional.of(own);
      return this;
    }

    Builder mutant(Mutant mutant) {
      mutants = Set.of(mutant);
      return this;
    }

    Builder mutant(landfall.postcopy.Mutant mutant) {
      postCopyMutants = Set.of(mutant);
      return this;
    }

    Builder mutant(landfall.lease.Mutant mutant) {
      leaseMutants = Set.of(mutant);
      return this;
    }

    Builder store(HostAddress address) {
      store = Optional.of(address);
      return this;
    }

    Builder lease(HostAddress grantor) {
      lease = Optional.of(grantor);
      return this;
    }

    Builder mutant(landfall.checkpoint.Mutant mutant) {
      checkpointMutants = Set.of(mutant);
      return this;
    }

    Builder mutant(landfall.forwardcheckpoint.Mutant mutant) {
      forwardMutants = Set.of(mutant);
      return this;
    }

    Builder tracked(List<Integer> pages) {
      tracked = pages;
      return this;
    }

    Builder objects(TlsObject... credentials) {
      objects = List.of(credentials);
      return this;
    }

    Builder lock(Path file) {
      lock = Optional.of(file);
      return this;
    }

    Builder disk(Path image) {
      disk = Optional.of(image);
      return this;
    }

    /** A disk that is no file. */
    Builder disk(BlockStorage own) {
      storage = Optional.of(own);
      return this;
    }

    RunningHost source() throws Exception {
      return start("source", Optional.empty(), false, null);
    }

    /** A destination that is told later where to listen. */
    RunningHost deferred() throws Exception {
      return start("destination", Optional.empty(), true, null);
    }

    RunningHost destination() throws Exception {
      InetSocketAddress free;
      try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        free = (InetSocketAddress) probe.getLocalSocketAddress();
      }
      return start(
          "destination",
          Optional.of(HostAddress.parse("tcp:127.0.0.1:" + free.getPort())),
          true,
          new InetSocketAddress(InetAddress.getLoopbackAddress(), free.getPort()));
    }

    private RunningHost start(
        String role,
        Optional<HostAddress> incoming,
        boolean destination,
        InetSocketAddress listening)
        throws Exception {
      String stem = folder.resolve(role.charAt(0) + "" + NUMBERS.incrementAndGet()).toString();
      return new RunningHost(
          new HostOptions(
              name.orElse(role),
              HostAddress.parse("unix:" + stem + ".qmp"),
              HostAddress.parse("unix:" + stem + ".line"),
              ramMib,
              Optional.empty(),
              incoming,
              destination,
              paused,
              Optional.of(Path.of(stem + ".ndjson")),
              tracked,
              1,
              lock,
              disk,
              deadlineMillis,
              objects,
              false,
              Optional.of(folder),
              lease,
              store,
              leaseMutants,
              mutants,
              postCopyMutants,
              checkpointMutants,
              forwardMutants),
          storage,
          listening);
    }
  }

  static Builder in(Path folder) {
    return new Builder(folder);
  }

  /** Where a source finds this destination. */
  String address() {
    return "tcp:127.0.0.1:" + incoming.getPort();
  }

  SocketChannel connect() throws IOException {
    return SocketChannel.open(incoming);
  }

  /** A guest that has something to send, and goes on writing. */
  void load() throws Exception {
    assertEquals("ok", guest.ask("set wset 400"));
    assertEquals("ok", guest.ask("set fill 1"));
    assertEquals("ok", guest.ask("set rate 200"));
  }

  void bandwidthMax(long bytesPerSecond) throws Exception {
    operator.execute("migrate-set-parameters", Map.of("max-bandwidth", bytesPerSecond));
  }

  @Override
  public void close() throws IOException {
    try {
      // A host lives as long as its process; its guest need not use the processor so long.
      operator.execute("stop");
    } catch (Exception gone) {
      throw new IOException(gone);
    } finally {
      operator.close();
      guest.close();
    }
  }

  /** Closes hosts in the end, the first failure notwithstanding. */
  static void closeAll(List<RunningHost> hosts) throws IOException {
    List<IOException> failures = new ArrayList<>();
    for (RunningHost host : hosts) {
      try {
        host.close();
      } catch (IOException failed) {
        failures.add(failed);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }
}
