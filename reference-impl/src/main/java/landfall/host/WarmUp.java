package landfall.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
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

/**
 * One migration of a guest of a few pages within this process. What a host did often before it has
 * a guest is compiled by then; otherwise the compilers run while its guest is moved, and take the
 * processors away from both sides and from the guest.
 */
final class WarmUp {
  private static final int RAM_MIB = 2;
  private static final long LIMIT_NANOS = 10_000_000_000L;
  private static final long POLL_NANOS = 100_000;
  private static final int WAIT_FOR_INTERRUPT = 0x1050_0073;
  private static final int JUMP_BACK = 0xffdf_f06f;

  private static HostOptions options(String name, boolean waits) {
    return new HostOptions(
        name,
        null,
        null,
        RAM_MIB,
        null,
        Optional.empty(),
        waits,
        true,
        Optional.empty(),
        List.of(),
        0,
        Optional.empty(),
        Optional.empty(),
        1000,
        List.of(),
        false,
        Optional.empty(),
        Optional.empty(),
        Set.of(),
        Set.of(),
        Set.of(),
        Set.of());
  }

  private WarmUp() {}

  /**
   * Does it so many times.
   *
   * @throws IOException if a guest did not arrive
   */
  static void perform(int migrations) throws IOException {
    var failure = new AtomicReference<Throwable>();
    try (var loop = SelectorLoop.start("warm-up", failure::set)) {
      for (int i = 0; i < migrations; i++) {
        // Both ways, one after the other.
        migrate(loop, failure, i % 2 == 1);
      }
    }
  }

  private static void migrate(
      SelectorLoop loop, AtomicReference<Throwable> failure, boolean postCopy) throws IOException {
    var from = new Machine((long) RAM_MIB << 20);
    var to = new Machine((long) RAM_MIB << 20);
    for (int page = 0; page < from.memory().pages(); page++) {
      from.memory().store((long) page * Memory.PAGE_SIZE, 4, WAIT_FOR_INTERRUPT);
    }
    from.memory().store(4, 4, JUMP_BACK);
    var settings = new Settings();
    settings.postCopy = postCopy;
    settings.migrationEvents = true;
    var source = new EngineSide(engine(loop, guest(from, false), settings, "from", false));
    var destination = new EngineSide(engine(loop, guest(to, true), settings, "to", true));
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      destination.listen(server, Optional.empty());
      var address = new HostAddress("warm-up", server.getLocalAddress());
      if (postCopy) {
        source.split(address);
      } else {
        source.migrate(address);
      }
      awaitCompletion(source, failure);
    } catch (Side.RefusedException impossible) {
      throw new IllegalStateException(impossible);
    } finally {
      from.stop();
      to.stop();
    }
  }

  private static Engine engine(
      SelectorLoop loop, Guest guest, Settings settings, String name, boolean waits)
      throws IOException {
    HostOptions options = options(name, waits);
    return new Engine(
        loop,
        options,
        new Protocol(RAM_MIB << 8, false, Set.of()),
        guest,
        settings,
        new Network(options, settings),
        new Trace(TraceWriter.discarding(), List.of()),
        QmpServer::rehearse,
        null,
        null,
        new Random(0));
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

  private static void awaitCompletion(Side source, AtomicReference<Throwable> failure)
      throws IOException {
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
