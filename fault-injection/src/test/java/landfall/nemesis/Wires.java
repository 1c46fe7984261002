package landfall.nemesis;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** A proxy, and a destination behind it; connections are made by the test. */
final class Wires implements Closeable {
  private final ServerSocketChannel server = ServerSocketChannel.open();
  final MigrationProxy proxy;

  Wires() throws IOException {
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    var address = (InetSocketAddress) server.getLocalAddress();
    proxy = new MigrationProxy(() -> address);
  }

  /** Both ends of one connection. */
  record Ends(SocketChannel source, SocketChannel destination, ProxyConnection through)
      implements Closeable {
    @Override
    public void close() throws IOException {
      source.close();
      destination.close();
    }
  }

  Ends connect() throws Exception {
    int before = proxy.connectionCount();
    SocketChannel source = SocketChannel.open(proxy.address());
    SocketChannel destination = server.accept();
    await("the connection", () -> proxy.connectionCount() > before);
    return new Ends(source, destination, proxy.connections().get(before));
  }

  static void write(SocketChannel to, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      to.write(buffer);
    }
  }

  /** Writes on a thread of its own, and ends the direction. */
  static Thread writeAndEnd(SocketChannel to, byte[] bytes) {
    return Threads.start(
        "writer",
        () -> {
          try {
            write(to, bytes);
            to.shutdownOutput();
          } catch (IOException broken) {
            // The reader sees that something misses.
          }
        });
  }

  static byte[] read(SocketChannel from, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining() && from.read(buffer) >= 0) {
      // On.
    }
    return java.util.Arrays.copyOf(buffer.array(), buffer.position());
  }

  static byte[] readToEnd(SocketChannel from) throws IOException {
    var out = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    while (from.read(buffer.clear()) >= 0) {
      out.write(buffer.array(), 0, buffer.position());
    }
    return out.toByteArray();
  }

  static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + 15_000_000_000L;
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        fail("in vain waited for " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() throws IOException {
    proxy.close();
    server.close();
  }
}
