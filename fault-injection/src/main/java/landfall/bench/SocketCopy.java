package landfall.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A plain copy of bytes over TCP on loopback, from this process to another. */
public final class SocketCopy {
  /** Bytes of one write; more gains nothing on loopback, less costs calls. */
  private static final int CHUNK_BYTES = 512 << 10;

  private SocketCopy() {}

  /**
   * Sends so many bytes to a new process and waits for its word that they are there.
   *
   * @param sink the command of a process that calls {@link #sink}; it is given the port
   * @return seconds
   */
  static double secondsFor(long bytes, List<String> sink) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      List<String> command = new ArrayList<>(sink);
      command.add(Integer.toString(server.socket().getLocalPort()));
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try (SocketChannel channel = server.accept()) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        byte[] noise = new byte[CHUNK_BYTES];
        new Random(1).nextBytes(noise);
        chunk.put(noise);
        ByteBuffer word = ByteBuffer.allocate(8).putLong(0, bytes);
        long start = System.nanoTime();
        channel.write(word);
        for (long sent = 0; sent < bytes; ) {
          chunk.clear().limit((int) Math.min(CHUNK_BYTES, bytes - sent));
          while (chunk.hasRemaining()) {
            sent += channel.write(chunk);
          }
        }
        if (channel.read(word.clear()) < 1) {
          throw new IOException("the receiver of the socket copy did not confirm");
        }
        return (System.nanoTime() - start) / 1e9;
      } finally {
        process.destroyForcibly();
      }
    }
  }

  /** The receiving end: reads as many bytes as it is told, then says so. */
  public static void sink(int port) throws IOException {
    try (SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
      ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
      chunk.limit(8);
      while (chunk.hasRemaining() && channel.read(chunk) >= 0) {
        continue;
      }
      long bytes = chunk.getLong(0);
      for (long received = 0; received < bytes; ) {
        int count = channel.read(chunk.clear());
        if (count < 0) {
          throw new IOException("the socket copy ended after " + received + " bytes");
        }
        received += count;
      }
      channel.write(ByteBuffer.wrap("done".getBytes(StandardCharsets.US_ASCII)));
    }
  }
}
