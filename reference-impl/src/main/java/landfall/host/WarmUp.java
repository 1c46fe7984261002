package landfall.host;

import com.fasterxml.jackson.core.JsonParseException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import landfall.machine.Machine;
import landfall.machine.Memory;
import landfall.precopy.Protocol;
import landfall.trace.TraceWriter;
import landfall.transport.SelectorLoop;
import landfall.transport.TlsCredentials;

/**
 * Migrations of a small guest within this process. What a host did often before it has a guest is
 * compiled by then; otherwise the compilers run while its guest is moved, and take the processors
 * away from both sides and from the guest. What the guest is like must be as varied as guests are:
 * a compiler leaves out what it has never seen happen, and begins anew when it does.
 */
final class WarmUp {
  private static final int RAM_MIB = 2;

  /** Under TLS: it takes more than a thousand full records before all of it is compiled. */
  private static final int ENCRYPTED_RAM_MIB = 16;

  private static final long LIMIT_NANOS = 10_000_000_000L;
  private static final long POLL_NANOS = 100_000;
  private static final long UNLIMITED_BYTES_PER_SECOND = 1L << 40;
  private static final int PAGES_WITHOUT_ZERO = 7;
  private static final List<Integer> TRACKED = List.of(0, 1, 100);
  private static final int WAIT_FOR_INTERRUPT = 0x1050_0073;
  private static final int JUMP_BACK = 0xffdf_f06f;

  private final SelectorLoop loop;
  private final AtomicReference<Throwable> failure;
  private final Optional<TlsCredentials> sending;
  private final Optional<TlsCredentials> waiting;
  private final int ramMib;

  /** Long enough for a machine that does much else: this guest is in no hurry. */
  private static final int DEADLINE_MILLIS = 30_000;

  private WarmUp(
      SelectorLoop loop, AtomicReference<Throwable> failure, Optional<TlsCredentials> keys)
      throws IOException {
    this.loop = loop;
    this.failure = failure;
    sending = keys.isPresent() ? Optional.of(keys.get().withItself(false)) : keys;
    waiting = keys.isPresent() ? Optional.of(keys.get().withItself(true)) : keys;
    ramMib = keys.isPresent() ? ENCRYPTED_RAM_MIB : RAM_MIB;
  }

  /**
   * Does it so many times.
   *
   * @param objects credentials of this host: if there are some, its guests will be moved under TLS
   * @throws IOException if a guest did not arrive, or the credentials cannot be read
   */
  static void perform(int migrations, List<TlsObject> objects) throws IOException {
    Optional<TlsCredentials> keys = Optional.empty();
    if (migrations > 0 && !objects.isEmpty()) {
      keys = Optional.of(TlsCredentials.read(objects.get(0).folder(), objects.get(0).server()));
    }
    loadLateSubclasses();
    var failure = new AtomicReference<Throwable>();
    try (var loop = SelectorLoop.start("warm-up", failure::set)) {
      var warmUp = new WarmUp(loop, failure, keys);
      for (int i = 0; i < migrations; i++) {
        // Both ways, with and without a limit, in turn.
        warmUp.migrate(i % 2 == 1, i / 2 % 2 == 1);
      }
    }
  }

  /**
   * Compiled code relies on it that a class has no subclass yet, and is thrown away when one is
   * loaded. These would be loaded by the first guest and the first command of an operator.
   */
  private static void loadLateSubclasses() {
    ByteBuffer.allocate(0).asReadOnlyBuffer();
    new ArrayList<>().listIterator();
    new JsonParseException(null, "");
  }

  private void migrate(boolean postCopy, boolean limited) throws IOException {
    var from = new Machine((long) ramMib << 20);
    var to = new Machine((long) ramMib << 20);
    for (int page = 0; page < from.memory().pages(); page++) {
      if (page % (PAGES_WITHOUT_ZERO + 1) < PAGES_WITHOUT_ZERO) {
        from.memory().store((long) page * Memory.PAGE_SIZE, 4, WAIT_FOR_INTERRUPT);
      }
    }
    from.memory().store(4, 4, JUMP_BACK);
    var settings = new Settings();
    settings.postCopy = postCopy;
    settings.migrationEvents = true;
    settings.bandwidthMax = limited ? UNLIMITED_BYTES_PER_SECOND : 0;
    var source = new EngineSide(engine(guest(from, false), settings, false));
    var destination = new EngineSide(engine(guest(to, true), settings, true));
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      destination.listen(server, waiting);
      var address = new HostAddress("warm-up", server.getLocalAddress());
      if (postCopy) {
        source.split(address);
      } else {
        source.migrate(address);
      }
      awaitCompletion(source);
    } catch (Side.RefusedException impossible) {
      throw new IllegalStateException(impossible);
    } finally {
      from.stop();
      to.stop();
    }
  }

  private Engine engine(Guest guest, Settings settings, boolean waits) throws IOException {
    HostOptions options = options(waits ? "to" : "from", waits);
    return new Engine(
        loop,
        options,
        new Protocol(ramMib << 8, false, Set.of()),
        guest,
        settings,
        Network.within(options, settings, waits ? waiting : sending),
        new Trace(TraceWriter.discarding(), TRACKED),
        QmpServer::rehearse,
        null,
        null,
        new Random(0));
  }

  private HostOptions options(String name, boolean waits) {
    return new HostOptions(
        name,
        null,
        null,
        ramMib,
        Optional.empty(),
        Optional.empty(),
        waits,
        true,
        Optional.empty(),
        List.of(),
        0,
        Optional.empty(),
        Optional.empty(),
        DEADLINE_MILLIS,
        List.of(),
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Set.of(),
        Set.of(),
        Set.of(),
        Set.of(),
        Set.of());
  }

  /** It waits for interrupts that never come, as an idle guest does, and is told of as any is. */
  private static Guest guest(Machine machine, boolean heldByMigration) {
    var guest =
        new Guest(
            machine,
            false,
            heldByMigration,
            () -> QmpServer.rehearse("STOP", Map.of()),
            () -> QmpServer.rehearse("RESUME", Map.of()));
    guest.start(halt -> {});
    return guest;
  }

  private void awaitCompletion(Side source) throws IOException {
    long giveUp = System.nanoTime() + LIMIT_NANOS;
    Map<String, Object> answer = source.queryMigrate();
    while (!"completed".equals(answer.get("status"))) {
      if (System.nanoTime() > giveUp
          || "failed".equals(answer.get("status"))
          || failure.get() != null) {
        throw new IOException("the warm-up did not end well: " + answer, failure.get());
      }
      LockSupport.parkNanos(POLL_NANOS);
      answer = source.queryMigrate();
    }
  }
}
