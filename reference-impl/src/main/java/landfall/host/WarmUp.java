package landfall.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import landfall.machine.Machine;
import landfall.machine.Memory;
import landfall.precopy.Protocol;
import landfall.trace.TraceWriter;

/**
 * One migration of a guest of a few pages within this process. What a host did often before it has
 * a guest is compiled by then; otherwise the compilers run while its guest is moved, and take the
 * processors away from both sides and from the guest.
 */
final class WarmUp {
  private static final int RAM_MIB = 2;
  private static final long LIMIT_NANOS = 10_000_000_000L;
  private static final long POLL_NANOS = 100_000;

  private static final HostOptions OPTIONS =
      new HostOptions(
          "warm-up",
          null,
          null,
          RAM_MIB,
          null,
          Optional.empty(),
          false,
          true,
          Optional.empty(),
          List.of(),
          0,
          Optional.empty(),
          1000,
          Set.of());

  private WarmUp() {}

  /**
   * Does it so many times.
   *
   * @throws IOException if a guest did not arrive
   */
  static void perform(int migrations) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      for (int i = 0; i < migrations; i++) {
        migrate(server);
      }
    }
  }

  private static void migrate(ServerSocketChannel server) throws IOException {
    var protocol = new Protocol(RAM_MIB << 8, false, Set.of());
    var trace = new Trace(TraceWriter.discarding(), List.of());
    var settings = new Settings();
    QmpServer.Events nobody = (name, data) -> {};
    Guest guest = guest(false);
    for (int page = 0; page < guest.memory().pages(); page++) {
      guest.memory().store((long) page * Memory.PAGE_SIZE, 1, 1);
    }
    var id = new UUID(0, 0);
    var source = new SourceSide(OPTIONS, protocol, guest, settings, trace, nobody, null, id);
    var destination =
        new DestinationSide(OPTIONS, protocol, guest(true), settings, trace, nobody, null);
    var thread = new Thread(() -> serve(destination, server), "warm-up");
    thread.setDaemon(true);
    thread.start();
    try {
      source.migrate(new HostAddress("warm-up", server.getLocalAddress()));
    } catch (Side.RefusedException impossible) {
      throw new IllegalStateException(impossible);
    }
    awaitCompletion(source);
  }

  private static void serve(DestinationSide destination, ServerSocketChannel server) {
    try {
      destination.serve(server.accept());
    } catch (IOException nobodyCame) {
      // The source could not connect, and says so.
    }
  }

  /** It executes nothing: the operator has stopped it, here and there. */
  private static Guest guest(boolean heldByMigration) {
    var machine = new Machine((long) RAM_MIB << 20);
    return new Guest(machine, true, heldByMigration, () -> {}, () -> {});
  }

  private static void awaitCompletion(SourceSide source) throws IOException {
    long giveUp = System.nanoTime() + LIMIT_NANOS;
    Map<String, Object> answer = source.queryMigrate();
    while (!answer.get("status").equals("completed")) {
      if (System.nanoTime() > giveUp || answer.get("status").equals("failed")) {
        throw new IOException("the warm-up did not end well: " + answer);
      }
      LockSupport.parkNanos(POLL_NANOS);
      answer = source.queryMigrate();
    }
  }
}
