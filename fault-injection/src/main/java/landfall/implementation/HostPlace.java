package landfall.implementation;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;

/**
 * What a host of a trial is started with.
 *
 * @param role which of the two
 * @param sockets a folder with a short path, for its sockets
 * @param logs where its output and its trace go
 * @param incomingPort the port of loopback at which a destination listens; 0 for a source
 * @param paused the guest stays paused where it arrives
 * @param seed for the random choices of the host
 * @param trackedPages pages whose way is traced, if the implementation traces
 * @param life which host of this role it is, from 1: a killed one may get a successor
 */
public record HostPlace(
    Role role,
    Path sockets,
    Path logs,
    int incomingPort,
    boolean paused,
    long seed,
    List<Integer> trackedPages,
    int life) {

  public HostPlace {
    trackedPages = List.copyOf(trackedPages);
  }

  /** The first host of its role. */
  public HostPlace(
      Role role,
      Path sockets,
      Path logs,
      int incomingPort,
      boolean paused,
      long seed,
      List<Integer> trackedPages) {
    this(role, sockets, logs, incomingPort, paused, seed, trackedPages, 1);
  }

  /**
   * A port of loopback at which nobody listens now.
   *
   * @throws IOException if there is none
   */
  public static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  /** Socket of the control protocol. */
  public Path qmp() {
    return sockets.resolve(role.word() + ".qmp");
  }

  /** Socket of the guest's serial line. */
  public Path serial() {
    return sockets.resolve(role.word() + ".serial");
  }

  /** The trace, if the implementation writes one. */
  public Path trace() {
    return logs.resolve("trace-" + role.word() + (life > 1 ? "-" + life : "") + ".ndjson");
  }
}
