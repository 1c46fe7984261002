package landfall.transport;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.function.Supplier;

/** Takes connections in on a socket. Running out of descriptors is survived. */
public final class SocketListener {
  private static final long PAUSE_NANOS = 100_000_000;

  private final SelectorLoop loop;
  private final ServerSocketChannel server;
  private final Supplier<LinkHandler> handlers;
  private final long deadlineMillis;
  private final Optional<TlsCredentials> credentials;
  private SelectionKey key;

  private SocketListener(
      SelectorLoop loop,
      ServerSocketChannel server,
      Supplier<LinkHandler> handlers,
      long deadlineMillis,
      Optional<TlsCredentials> credentials) {
    this.loop = loop;
    this.server = server;
    this.handlers = handlers;
    this.deadlineMillis = deadlineMillis;
    this.credentials = credentials;
  }

  /**
   * Begins to take connections in. The loop's thread.
   *
   * @param server bound; this owns it from now on
   * @param handlers gives each connection a handler of its own
   * @param deadlineMillis longest silence of a connection, until it is set otherwise
   * @param credentials of a server, if connections are under TLS
   * @throws IOException if the socket cannot be watched
   */
  public static void start(
      SelectorLoop loop,
      ServerSocketChannel server,
      Supplier<LinkHandler> handlers,
      long deadlineMillis,
      Optional<TlsCredentials> credentials)
      throws IOException {
    server.configureBlocking(false);
    var listener = new SocketListener(loop, server, handlers, deadlineMillis, credentials);
    listener.key = loop.register(server, SelectionKey.OP_ACCEPT, listener::accept);
  }

  private void accept() {
    SocketChannel channel = null;
    try {
      channel = server.accept();
      if (channel != null) {
        SocketLink.accepted(
            loop,
            channel,
            handlers.get(),
            deadlineMillis,
            credentials.map(each -> each.engine("")).orElse(null));
      }
    } catch (IOException outOfDescriptors) {
      closeQuietly(channel);
      if (!server.isOpen()) {
        return;
      }
      // The connection waits in the backlog. To ask again at once would only spin.
      key.interestOps(0);
      loop.after(PAUSE_NANOS, () -> key.interestOps(SelectionKey.OP_ACCEPT));
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException ignored) {
        // It was never used.
      }
    }
  }
}
