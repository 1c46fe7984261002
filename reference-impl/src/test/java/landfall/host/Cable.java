package landfall.host;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A way to a place that a test can cut and mend: cut, every connection over it is reset; frozen,
 * nothing passes any more, and nobody is told.
 */
final class Cable implements Closeable {
  private final ServerSocketChannel server = Peer.listen();
  private InetSocketAddress target;
  private final List<SocketChannel> ends = new ArrayList<>();
  private boolean cut;
  private volatile boolean frozen;
  private volatile boolean dropsAnswers;

  /** The connection of which nothing arrives at the target, or -1. Guarded by itself. */
  private final AtomicInteger held = new AtomicInteger(-1);

  Cable(InetSocketAddress target) throws IOException {
    this.target = target;
    daemon(this::accept);
  }

  String address() throws IOException {
    return Peer.address(server);
  }

  InetSocketAddress socketAddress() throws IOException {
    return (InetSocketAddress) server.getLocalAddress();
  }

  synchronized void cut() {
    cut = true;
    ends.forEach(Cable::reset);
    ends.clear();
  }

  /** Connections that are made from now on end somewhere else. */
  synchronized void leadTo(InetSocketAddress other) {
    target = other;
  }

  synchronized void mend() {
    cut = false;
    frozen = false;
    dropsAnswers = false;
  }

  /** What is asked arrives, and no answer, until the cable is mended. */
  void dropAnswers() {
    dropsAnswers = true;
  }

  /** What is on its way, and what comes, is kept from the other side until the cable is cut. */
  void freeze() {
    frozen = true;
  }

  /** What one connection carries to the target is kept until it is {@link #release released}. */
  void hold(int connection) {
    held.set(connection);
  }

  void release() {
    synchronized (held) {
      held.set(-1);
      held.notifyAll();
    }
  }

  private void awaitRelease(int connection) {
    synchronized (held) {
      while (held.get() == connection) {
        try {
          held.wait();
        } catch (InterruptedException ended) {
          return;
        }
      }
    }
  }

  private static void daemon(Runnable work) {
    var thread = new Thread(work, "cable");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        connect(server.accept());
      } catch (IOException nobody) {
        // Nobody is at the other end, or the cable is no more.
      }
    }
  }

  /** Connections that were made over it and not reset since. */
  synchronized int connections() {
    return ends.size() / 2;
  }

  /** Only one connection is reset, the first being 0; more may be made. */
  synchronized void cutOne(int connection) {
    reset(ends.get(2 * connection));
    reset(ends.get(2 * connection + 1));
  }

  private synchronized void connect(SocketChannel from) throws IOException {
    if (cut) {
      from.close();
      return;
    }
    SocketChannel to;
    try {
      to = SocketChannel.open(target);
    } catch (IOException nobody) {
      from.close();
      throw nobody;
    }
    ends.add(from);
    ends.add(to);
    int number = ends.size() / 2 - 1;
    daemon(() -> forward(from, to, number, false));
    daemon(() -> forward(to, from, number, true));
  }

  private void forward(SocketChannel from, SocketChannel to, int number, boolean answers) {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    try {
      while (from.read(bytes) >= 0) {
        bytes.flip();
        if (frozen) {
          return;
        }
        if (!answers) {
          awaitRelease(number);
        }
        while (bytes.hasRemaining() && !(answers && dropsAnswers)) {
          to.write(bytes);
        }
        bytes.clear();
      }
      if (!frozen) {
        to.shutdownOutput();
      }
    } catch (IOException over) {
      if (!frozen) {
        close(from);
        close(to);
      }
    }
  }

  private static void reset(SocketChannel end) {
    try {
      end.setOption(StandardSocketOptions.SO_LINGER, 0);
      end.close();
    } catch (IOException gone) {
      // One of its hosts was first.
    }
  }

  private static void close(SocketChannel end) {
    try {
      end.close();
    } catch (IOException gone) {
      // As it was to be.
    }
  }

  @Override
  public void close() throws IOException {
    cut();
    release();
    server.close();
  }
}
