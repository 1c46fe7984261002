package landfall.host;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A place to listen at or to connect to, written {@code unix:PATH} or {@code tcp:HOST:PORT}.
 *
 * @param text as it was given
 * @param socket where that is
 */
public record HostAddress(String text, SocketAddress socket) {

  /** Reads an address; {@code IllegalArgumentException} names what is accepted. */
  public static HostAddress parse(String text) {
    if (text.startsWith("unix:") && text.length() > 5) {
      try {
        return new HostAddress(text, UnixDomainSocketAddress.of(text.substring(5)));
      } catch (InvalidPathException e) {
        throw refused(text);
      }
    }
    int colon = text.lastIndexOf(':');
    if (!text.startsWith("tcp:") || colon <= 4) {
      throw refused(text);
    }
    String host = text.substring(4, colon);
    InetSocketAddress address;
    try {
      address = new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (IllegalArgumentException e) {
      throw refused(text);
    }
    if (address.isUnresolved()) {
      throw new IllegalArgumentException(
          "address '" + text + "': no address is known for the host name " + host);
    }
    return new HostAddress(text, address);
  }

  /** True if only processes on this machine reach it. */
  public boolean isLocal() {
    return !(socket instanceof InetSocketAddress internet)
        || internet.getAddress().isLoopbackAddress();
  }

  /** Tells where a TCP server listens, which is news if the port was left to the system. */
  static void tell(String process, String what, ServerSocketChannel server) {
    try {
      if (server.getLocalAddress() instanceof InetSocketAddress internet) {
        System.err.println(
            "landfall "
                + process
                + ": "
                + what
                + " at tcp:"
                + internet.getAddress().getHostAddress()
                + ":"
                + internet.getPort());
      }
    } catch (IOException closed) {
      // Then nobody can connect, and there is nothing to tell.
    }
  }

  private static IllegalArgumentException refused(String text) {
    return new IllegalArgumentException(
        "address '" + text + "': unix:PATH or tcp:HOST:PORT is accepted");
  }

  /**
   * Listens there.
   *
   * @throws IOException if that is not possible; the message names the address and the reason
   */
  ServerSocketChannel listen() throws IOException {
    ServerSocketChannel server;
    if (socket instanceof UnixDomainSocketAddress unix) {
      removeStale(unix.getPath());
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    } else {
      server = ServerSocketChannel.open();
      server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
    }
    try {
      server.bind(socket);
      return server;
    } catch (IOException e) {
      server.close();
      String why = e instanceof BindException ? "it is taken or not ours" : e.getMessage();
      throw new IOException("cannot listen at " + text + ": " + why, e);
    }
  }

  // The socket of a process that died is in the way of the next; that of a live one is not touched.
  private static void removeStale(Path path) throws IOException {
    if (!Files.exists(path) || Files.isRegularFile(path) || Files.isDirectory(path)) {
      return;
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException nobody) {
      Files.deleteIfExists(path);
    }
  }
}
