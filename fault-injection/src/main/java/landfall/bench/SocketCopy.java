package landfall.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import landfall.processes.ChildProcess;

/**
 * A plain copy of memory to memory over TCP on loopback, with or without TLS 1.3, from this process
 * to another: what a migration would take if it did nothing but move its bytes. Each byte comes
 * from a place of its own and goes to one, as a guest's does; to send one warm buffer again and
 * again would measure the processor's cache.
 */
public final class SocketCopy {
  /** Bytes of one call; more gains nothing on loopback, less costs calls. */
  private static final int CHUNK_BYTES = 512 << 10;

  private SocketCopy() {}

  /**
   * Sends so many bytes to a new process and waits for its word that they are there.
   *
   * @param sink the command of a process that calls {@link #sink}; it is given port, bytes, and the
   *     folder of the keys if there is one
   * @param keys the folder of {@link BenchKeys}, or nothing for a copy without TLS
   * @return seconds
   */
  static double secondsFor(long bytes, List<String> sink, Optional<Path> keys) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      List<String> command = new ArrayList<>(sink);
      command.add(Integer.toString(server.socket().getLocalPort()));
      command.add(Long.toString(bytes));
      keys.map(Path::toString).ifPresent(command::add);
      List<ByteBuffer> chunks = chunks(bytes);
      byte[] noise = new byte[CHUNK_BYTES];
      new Random(1).nextBytes(noise);
      chunks.forEach(chunk -> chunk.put(noise, 0, chunk.remaining()).flip());
      Process process =
          ChildProcess.start(
              new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
      try {
        send(chunks, server, keys); // Not counted: the hosts beside which it stands are warm too.
        return send(chunks, server, keys);
      } finally {
        process.destroyForcibly();
      }
    }
  }

  /** Seconds to the receiver's word. */
  private static double send(
      List<ByteBuffer> chunks, ServerSocketChannel server, Optional<Path> keys) throws IOException {
    chunks.forEach(ByteBuffer::rewind);
    try (SocketChannel socket = server.accept()) {
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      ByteChannel channel = secured(socket, keys, true);
      long start = System.nanoTime();
      for (ByteBuffer chunk : chunks) {
        while (chunk.hasRemaining()) {
          channel.write(chunk);
        }
      }
      if (channel.read(ByteBuffer.allocate(8)) < 1) {
        throw new IOException("the receiver of the socket copy did not confirm");
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private static ByteChannel secured(SocketChannel socket, Optional<Path> keys, boolean server)
      throws IOException {
    return keys.isPresent() ? new TlsSocket(socket, keys.get(), server) : socket;
  }

  /** The receiving end: twice reads so many bytes, each time on a new connection, and says so. */
  public static void sink(int port, long bytes, Optional<Path> keys) throws IOException {
    List<ByteBuffer> chunks = chunks(bytes);
    receive(chunks, port, keys);
    receive(chunks, port, keys);
  }

  private static void receive(List<ByteBuffer> chunks, int port, Optional<Path> keys)
      throws IOException {
    chunks.forEach(ByteBuffer::rewind);
    try (SocketChannel socket =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
      ByteChannel channel = secured(socket, keys, false);
      for (ByteBuffer chunk : chunks) {
        while (chunk.hasRemaining()) {
          if (channel.read(chunk) < 0) {
            throw new IOException("the socket copy ended early");
          }
        }
      }
      channel.write(ByteBuffer.wrap("done".getBytes(StandardCharsets.US_ASCII)));
    }
  }

  /** Memory for so many bytes, all of it touched. */
  private static List<ByteBuffer> chunks(long bytes) {
    List<ByteBuffer> chunks = new ArrayList<>();
    for (long left = bytes; left > 0; left -= CHUNK_BYTES) {
      chunks.add(ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, left)));
    }
    return chunks;
  }
}
