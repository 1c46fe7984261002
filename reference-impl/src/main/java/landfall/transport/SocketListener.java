package landfall.transport;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Takes connections in on a socket. Running out of descriptors is survived. A connection is a
 * stranger's until its first frame was one that this host takes; there are few at a time, and a
 * newcomer takes the place of the oldest, so that nobody who says nothing keeps a source out.
 */
public final class SocketListener {
  /** So many strangers at a time; each costs a descriptor and some KiB. */
  static final int STRANGERS_MAX = 64;

  private static final long PAUSE_NANOS_MIN = 50_000_000;
  private static final long PAUSE_NANOS_MAX = 1_000_000_000;

  private final SelectorLoop loop;
  private final ServerSocketChannel server;
  private final Supplier<LinkHandler> handlers;
  private final long deadlineMillis;
  private final Optional<TlsCredentials> credentials;
  private final Set<SocketLink> strangers = new LinkedHashSet<>();
  private SelectionKey key;
  private long pauseNanos = PAUSE_NANOS_MIN;

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
   * @param deadlineMillis within which the first frame must have come, and longest silence of a
   *     connection until it is set otherwise
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
      pauseNanos = PAUSE_NANOS_MIN;
      if (channel != null) {
        admit(channel);
      }
    } catch (IOException outOfDescriptors) {
      closeQuietly(channel);
      if (!server.isOpen()) {
        return;
      }
      if (pauseNanos == PAUSE_NANOS_MIN) {
        System.err.println(
            "landfall: "
                + address()
                + ": the port takes no connection for now: "
                + outOfDescriptors.getMessage());
      }
      // The connection waits in the backlog. To ask again at once would only spin.
      key.interestOps(0);
      loop.after(pauseNanos, this::acceptAgain);
      pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
    }
  }

  private String address() {
    try {
      return String.valueOf(server.getLocalAddress());
    } catch (IOException closed) {
      return "closed";
    }
  }

  private void acceptAgain() {
    if (key.isValid()) {
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void admit(SocketChannel channel) throws IOException {
    if (strangers.size() >= STRANGERS_MAX) {
      Iterator<SocketLink> oldestFirst = strangers.iterator();
      oldestFirst.next().close();
    }
    SocketLink link =
        SocketLink.accepted(
            loop,
            channel,
            handlers.get(),
            deadlineMillis,
            credentials.map(each -> each.engine("")).orElse(null));
    strangers.add(link);
    link.watch(() -> strangers.remove(link), () -> strangers.remove(link));
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
