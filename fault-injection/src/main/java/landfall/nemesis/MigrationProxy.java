package landfall.nemesis;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import landfall.qemustream.StreamLog;

/**
 * A proxy on the migration channel, or between a host and its store, on loopback. It forwards each
 * connection to the destination, unchanged, and tells a {@link Watcher} what passes, in the
 * forwarding thread and before the bytes are delivered, so that what the watcher does falls exactly
 * there.
 */
public final class MigrationProxy implements Closeable {

  /** Is told what passes. Called in the forwarding threads. */
  interface Watcher {
    /** A phase or round is about to pass. */
    void begins(ProxyConnection connection, StreamEvent event);

    /** So many bytes of the connection's phase in this direction are about to pass. */
    void passes(ProxyConnection connection, Direction direction, long bytesOfPhase);
  }

  /** A stream of an implementation that means ill has as many rounds as it likes. */
  private static final int EVENTS_MAX = 10_000;

  private static final int CONNECTIONS_MAX = 1_024;

  private final ServerSocketChannel server;
  private final Supplier<? extends SocketAddress> destination;
  private final StreamLog log;
  private final List<ProxyConnection> connections = new CopyOnWriteArrayList<>();
  private final List<StreamEvent> events = new ArrayList<>();
  private final Set<Direction> cut = EnumSet.noneOf(Direction.class);
  private long delayMillis;
  private volatile Watcher watcher;
  private volatile boolean closed;
  private long eventsDropped;

  /**
   * Listens on a free port of loopback.
   *
   * @param destination where to forward, asked anew for each connection
   */
  public MigrationProxy(Supplier<? extends SocketAddress> destination) throws IOException {
    this(destination, new StreamLog(System.nanoTime()));
  }

  /**
   * The same.
   *
   * @param log takes down what passes
   */
  public MigrationProxy(Supplier<? extends SocketAddress> destination, StreamLog log)
      throws IOException {
    this.destination = destination;
    this.log = log;
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Threads.start("proxy-accept", this::accept);
  }

  /** Where the source must connect to. */
  public InetSocketAddress address() {
    try {
      return (InetSocketAddress) server.getLocalAddress();
    } catch (IOException e) {
      throw new IllegalStateException("the proxy is closed", e);
    }
  }

  /** What passed so far, in order. */
  public List<StreamEvent> events() {
    synchronized (events) {
      return List.copyOf(events);
    }
  }

  /** How much of what passed is not among {@link #events}, because it was too much. */
  public long eventsDropped() {
    synchronized (events) {
      return eventsDropped;
    }
  }

  /** What became of each connection so far. */
  public List<ConnectionSeen> connectionsSeen() {
    return connections.stream().map(ProxyConnection::seen).toList();
  }

  /** Pages that were seen to pass, over all connections. */
  public long pages() {
    return connections.stream().mapToLong(ProxyConnection::pages).sum();
  }

  /** Bytes delivered to the destination, over all connections. */
  public long bytesDelivered() {
    return connections.stream().mapToLong(c -> c.delivered(Direction.FORWARD)).sum();
  }

  /** Number of connections accepted. */
  public int connectionCount() {
    return connections.size();
  }

  /** Cuts or heals the link in one direction, for the connections there are and those to come. */
  void cut(Direction direction, boolean on) {
    synchronized (cut) {
      if (on) {
        cut.add(direction);
      } else {
        cut.remove(direction);
      }
      connections.forEach(connection -> connection.cut(direction, on));
    }
  }

  /** Delivers everything so late, on the connections there are and on those to come. */
  void delay(long millis) {
    synchronized (cut) {
      delayMillis = millis;
      connections.forEach(connection -> connection.delay(millis));
    }
  }

  void watch(Watcher watching) {
    watcher = watching;
  }

  List<ProxyConnection> connections() {
    return connections;
  }

  /** Gives the number by which {@link #delivered} knows the event; negative if it is not kept. */
  int begins(ProxyConnection connection, StreamEvent event) {
    int number = -1;
    synchronized (events) {
      if (events.size() < EVENTS_MAX) {
        number = events.size();
        events.add(event);
      } else {
        eventsDropped++;
      }
    }
    Watcher watching = watcher;
    if (watching != null) {
      watching.begins(connection, event);
    }
    return number;
  }

  void delivered(int number, long nanos) {
    if (number >= 0) {
      synchronized (events) {
        events.set(number, events.get(number).deliveredAt(nanos));
      }
    }
  }

  void passes(ProxyConnection connection, Direction direction, long bytesOfPhase) {
    Watcher watching = watcher;
    if (watching != null) {
      watching.passes(connection, direction, bytesOfPhase);
    }
  }

  private void accept() {
    while (!closed) {
      SocketChannel source;
      try {
        source = server.accept();
      } catch (IOException e) {
        return;
      }
      if (connections.size() >= CONNECTIONS_MAX) {
        Threads.closeQuietly(source);
        continue;
      }
      try {
        SocketChannel forward = SocketChannel.open(destination.get());
        int number = connections.size() + 1;
        var connection = new ProxyConnection(this, number, source, forward, log.connection(number));
        synchronized (cut) {
          cut.forEach(direction -> connection.cut(direction, true));
          connection.delay(delayMillis);
          connections.add(connection);
        }
        connection.start();
      } catch (IOException | RuntimeException refused) {
        // As the destination would have refused the source.
        Threads.closeQuietly(source);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    Threads.closeQuietly(server);
    connections.forEach(ProxyConnection::close);
  }
}
