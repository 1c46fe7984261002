package landfall.implementation;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a host of a trial is started with.
 *
 * @param name its own name, which no other host of the trial has; what it is to an attempt, source
 *     or destination, is no part of it
 * @param sockets a folder with a short path, for its sockets
 * @param logs where its output and its trace go
 * @param incomingPort the port of loopback at which it listens for the guest; 0 for the host at
 *     which the guest starts
 * @param paused the guest stays paused where it arrives
 * @param seed for the random choices of the host
 * @param trackedPages pages whose way is traced, if the implementation traces
 * @param storePort the port of loopback at which the host reaches a store beside it; 0 if there is
 *     nothing between the two
 * @param life how often a host of this name was started, from 1
 */
public record HostPlace(
    String name,
    Path sockets,
    Path logs,
    int incomingPort,
    boolean paused,
    long seed,
    List<Integer> trackedPages,
    int storePort,
    int life) {

  /** Below those that Linux (from 32768) and others (from 49152) give to connections. */
  private static final int FIRST_PORT = 20_000;

  private static final int PORTS = 12_000;
  private static final int PORTS_APART = 1_009;

  /** Each process begins elsewhere, so that two at once do not ask for the same. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * PORTS_APART % PORTS));

  public HostPlace {
    trackedPages = List.copyOf(trackedPages);
  }

  /** Of a host that is started for the first time. */
  public HostPlace(
      String name,
      Path sockets,
      Path logs,
      int incomingPort,
      boolean paused,
      long seed,
      List<Integer> trackedPages) {
    this(name, sockets, logs, incomingPort, paused, seed, trackedPages, 0, 1);
  }

  /** The same host, which reaches the store over something that listens at this port. */
  public HostPlace reachingStoreAt(int port) {
    return new HostPlace(name, sockets, logs, incomingPort, paused, seed, trackedPages, port, life);
  }

  /** Of the same host, which is started again and waits for a guest. */
  public HostPlace again(int port) {
    return new HostPlace(
        name, sockets, logs, port, paused, seed, trackedPages, storePort, life + 1);
  }

  /** Whether the guest starts here; otherwise the host waits for one. */
  public boolean hasGuest() {
    return incomingPort == 0;
  }

  /**
   * A port of loopback at which nobody listens now. It is not one of those that systems give to
   * connections, else one might have it before the host does.
   *
   * @throws IOException if there is none
   */
  public static int freePort() throws IOException {
    for (int tries = 0; tries < PORTS; tries++) {
      int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return probe.getLocalPort();
      } catch (BindException taken) {
        // The next one, then.
      }
    }
    throw new IOException(
        "no port of loopback is free from " + FIRST_PORT + " to " + (FIRST_PORT + PORTS - 1));
  }

  /** Socket of the control protocol. */
  public Path qmp() {
    return sockets.resolve(name + ".qmp");
  }

  /** Socket of the guest's serial line. */
  public Path serial() {
    return sockets.resolve(name + ".serial");
  }

  /**
   * The way of this host to the folder that all hosts of the trial share, if the implementation
   * keeps an arbiter there: a link of its own, so that the storage can be lost to one host alone.
   */
  public Path storage() {
    return sockets.resolve(name + ".storage");
  }

  /** The folder that all hosts share, as nobody can lose it. */
  static Path shared(Path sockets) {
    return sockets.resolve("shared");
  }

  /** Lays the way to the shared folder, unless it is there. */
  public void reachStorage() throws IOException {
    Files.createDirectories(shared(sockets));
    if (!Files.isSymbolicLink(storage())) {
      Files.createSymbolicLink(storage(), shared(sockets));
    }
  }

  /** The trace, if the implementation writes one: each life has its own. */
  public Path trace() {
    return logs.resolve("trace-" + name + (life > 1 ? "." + life : "") + ".ndjson");
  }
}
