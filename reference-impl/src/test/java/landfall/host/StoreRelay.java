package landfall.host;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Stands between a host and a store, and passes bytes on, or holds them. */
final class StoreRelay implements Closeable {
  private final HostAddress store;
  private final HostAddress address;
  private final ServerSocketChannel server;
  private final List<Connection> connections = new ArrayList<>();
  private boolean refuses;

  /** Guarded by the relay. */
  private static final class Connection {
    private final SocketChannel host;
    private final SocketChannel store;
    private final List<ByteBuffer> heldRequests = new ArrayList<>();
    private boolean holdsRequests;
    private boolean holdsAnswers;

    Connection(SocketChannel host, SocketChannel store) {
      this.host = host;
      this.store = store;
    }
  }

  StoreRelay(HostAddress store, Path socket) throws IOException {
    this.store = store;
    address = HostAddress.parse("unix:" + socket);
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    daemon(this::accept);
  }

  HostAddress address() {
    return address;
  }

  private static void daemon(Runnable work) {
    var thread = new Thread(work, "store-relay");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel host = server.accept();
        synchronized (this) {
          if (refuses) {
            host.close();
            continue;
          }
        }
        var there = SocketChannel.open(StandardProtocolFamily.UNIX);
        there.connect(store.socket());
        var connection = new Connection(host, there);
        synchronized (this) {
          connections.add(connection);
        }
        daemon(() -> pass(connection, host, there, true));
        daemon(() -> pass(connection, there, host, false));
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  private void pass(Connection of, SocketChannel from, SocketChannel to, boolean requests) {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    try {
      while (from.read(bytes.clear()) >= 0) {
        bytes.flip();
        synchronized (this) {
          if (requests && of.holdsRequests) {
            of.heldRequests.add(ByteBuffer.allocate(bytes.limit()).put(bytes).flip());
            continue;
          }
          if (!requests && of.holdsAnswers) {
            continue;
          }
        }
        while (bytes.hasRemaining()) {
          to.write(bytes);
        }
      }
    } catch (IOException closed) {
      // So is the other end, unless what it has sent is held.
    }
    synchronized (this) {
      if (!of.holdsRequests) {
        close(of.host);
        close(of.store);
      }
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException gone) {
      // As it should be.
    }
  }

  /** From now on no answer on the present connections arrives. */
  synchronized void holdAnswers() {
    connections.forEach(each -> each.holdsAnswers = true);
  }

  /** From now on no request on the present connections arrives, until it is late. */
  synchronized void holdRequests() {
    connections.forEach(each -> each.holdsRequests = true);
  }

  synchronized int heldBytes() {
    return connections.stream()
        .flatMap(each -> each.heldRequests.stream())
        .mapToInt(ByteBuffer::remaining)
        .sum();
  }

  /** All connections end, and none is let through. */
  synchronized void cut() {
    refuses = true;
    for (Connection each : connections) {
      close(each.host);
      close(each.store);
    }
    connections.clear();
  }

  /** For the host all connections have ended; the store has not heard of it. */
  synchronized void cutHost() {
    refuses = true;
    connections.forEach(each -> close(each.host));
  }

  synchronized void mend() {
    refuses = false;
  }

  /** What was held arrives, as far as the store still takes it. */
  synchronized void deliverLate() {
    for (Connection each : connections) {
      try {
        for (ByteBuffer bytes : each.heldRequests) {
          while (bytes.hasRemaining()) {
            each.store.write(bytes);
          }
        }
      } catch (IOException refused) {
        // The store has closed the connection.
      }
      each.heldRequests.clear();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    server.close();
    cut();
  }
}
