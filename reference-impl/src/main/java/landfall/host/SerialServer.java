package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;
import landfall.machine.SerialPort;

/**
 * The guest's serial line on a socket, for one client at a time. Output that nobody listens to, or
 * that the client does not take, is gone, as on a wire. Input waits in the socket while the guest
 * stands.
 */
final class SerialServer {
  private static final int QUEUED_MAX = 1 << 16;
  private static final long BACKOFF_NANOS = 200_000_000;

  private final ServerSocketChannel server;
  private final SerialPort port;
  private final BlockingQueue<Byte> output = new ArrayBlockingQueue<>(QUEUED_MAX);
  private final OutputGate gate;
  private volatile SocketChannel client;

  SerialServer(ServerSocketChannel server, SerialPort port, HeldOutput held, OutputGate gate) {
    this.server = server;
    this.gate = gate;
    this.port = port;
    // On the guest's thread or the loop's: must not wait.
    held.leadTo(
        value -> {
          if (client != null) {
            output.offer(value);
          }
        });
  }

  void start() {
    HostAddress.tell("host", "serial line", server);
    daemon("serial-in", this::acceptAndRead);
    daemon("serial-out", this::write);
  }

  private static void daemon(String name, Runnable work) {
    var thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void acceptAndRead() {
    ByteBuffer input = ByteBuffer.allocate(4096);
    while (server.isOpen()) {
      try (SocketChannel accepted = accept()) {
        output.clear();
        client = accepted;
        while (accepted.read(input.clear()) >= 0) {
          input.flip();
          port.put(input);
        }
      } catch (IOException gone) {
        // The next client may come.
      } catch (InterruptedException stopped) {
        return;
      } finally {
        client = null;
      }
    }
  }

  /** A connection that cannot be taken, for want of descriptors as a rule, is tried again. */
  private SocketChannel accept() throws IOException {
    try {
      return server.accept();
    } catch (IOException e) {
      LockSupport.parkNanos(BACKOFF_NANOS);
      throw e;
    }
  }

  private void write() {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    try {
      while (true) {
        bytes.clear().put(output.take());
        for (Byte next = output.poll(); next != null; next = next(bytes)) {
          bytes.put(next);
        }
        SocketChannel to = client;
        bytes.flip();
        while (to != null && bytes.hasRemaining()) {
          gate.awaitOpen();
          to = send(to, bytes) ? to : null;
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private Byte next(ByteBuffer bytes) {
    return bytes.remaining() > 1 ? output.poll() : null;
  }

  private static boolean send(SocketChannel to, ByteBuffer bytes) {
    try {
      to.write(bytes);
      return true;
    } catch (IOException gone) {
      return false;
    }
  }
}
