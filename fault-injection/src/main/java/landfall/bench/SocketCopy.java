package landfall.bench;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import landfall.processes.ChildProcess;

/**
 * A plain copy of memory to memory over TCP on loopback, with or without TLS 1.3, from this process
 * to another, over one socket or several with a thread each: what a migration would take if it did
 * nothing but move its bytes. Each byte comes from a place of its own and goes to one, as a guest's
 * does; to send one warm buffer again and again would measure the processor's cache. Both processes
 * live as long as this does, and have copied all of it twice before anything is measured.
 */
public final class SocketCopy implements Closeable {
  /** Bytes of one call; more gains nothing on loopback, less costs calls. */
  private static final int CHUNK_BYTES = 512 << 10;

  /** After so many copies the compilers have nothing more to gain. */
  private static final int UNCOUNTED = 2;

  private final ServerSocketChannel server;
  private final Optional<Path> keys;
  private final List<ByteBuffer> chunks;
  private final long bytes;
  private final int sockets;
  private final Process sink;

  /**
   * Starts the other process and copies until both are warm.
   *
   * @param sink the command of a process that calls {@link #sink}; it is given port, bytes, and the
   *     folder of the keys if there is one
   * @param keys the folder of {@link BenchPair#makeKeys}, or nothing for copies without TLS
   * @param sockets over which the bytes go, each of them part of the way
   */
  SocketCopy(long bytes, List<String> sink, Optional<Path> keys, int sockets) throws IOException {
    this.keys = keys;
    this.sockets = sockets;
    this.bytes = bytes;
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    List<String> command = new ArrayList<>(sink);
    command.add(Integer.toString(server.socket().getLocalPort()));
    command.add(Long.toString(bytes));
    keys.map(Path::toString).ifPresent(command::add);
    command.add("--sockets");
    command.add(Integer.toString(sockets));
    chunks = chunks(bytes);
    byte[] noise = new byte[CHUNK_BYTES];
    new Random(1).nextBytes(noise);
    chunks.forEach(chunk -> chunk.put(noise, 0, chunk.remaining()));
    this.sink =
        ChildProcess.start(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
    try {
      for (int i = 0; i < UNCOUNTED; i++) {
        measure();
      }
    } catch (IOException | RuntimeException failed) {
      close();
      throw failed;
    }
  }

  /**
   * One copy, to the receiver's word that all is there. TLS handshakes are part of it, as they are
   * of a migration's total time.
   */
  Figures measure() throws IOException {
    chunks.forEach(ByteBuffer::rewind);
    try (var accepted = new Sockets()) {
      List<SocketChannel> plain = new ArrayList<>();
      for (int i = 0; i < sockets; i++) {
        SocketChannel socket = accepted.add(server.accept());
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        plain.add(socket);
      }
      Duration processor = processor();
      long start = System.nanoTime();
      List<ByteChannel> channels = new ArrayList<>();
      for (SocketChannel each : plain) {
        channels.add(secured(each, keys, true));
      }
      onEach(channels, chunks, SocketCopy::send);
      double millis = (System.nanoTime() - start) / 1e6;
      return new Figures(bytes, millis, processor().minus(processor).toMillis());
    }
  }

  /** What is closed together. */
  private static final class Sockets implements Closeable {
    private final List<SocketChannel> all = new ArrayList<>();

    SocketChannel add(SocketChannel socket) {
      all.add(socket);
      return socket;
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel each : all) {
        each.close();
      }
    }
  }

  /** One end of one socket. */
  private interface Part {
    void copy(List<ByteBuffer> chunks, ByteChannel channel) throws IOException;
  }

  /** Deals the chunks out, and has each socket's part done by a thread of its own. */
  private static void onEach(List<ByteChannel> channels, List<ByteBuffer> chunks, Part part)
      throws IOException {
    List<FutureTask<Void>> parts = new ArrayList<>();
    for (int i = 0; i < channels.size(); i++) {
      List<ByteBuffer> own = new ArrayList<>();
      for (int chunk = i; chunk < chunks.size(); chunk += channels.size()) {
        own.add(chunks.get(chunk));
      }
      ByteChannel channel = channels.get(i);
      parts.add(
          new FutureTask<>(
              () -> {
                part.copy(own, channel);
                return null;
              }));
    }
    for (FutureTask<Void> each : parts.subList(1, parts.size())) {
      new Thread(each, "socket-copy").start();
    }
    parts.get(0).run();
    for (FutureTask<Void> each : parts) {
      try {
        each.get();
      } catch (ExecutionException failed) {
        throw failed.getCause() instanceof IOException broken
            ? broken
            : new IOException(failed.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted in the middle of a socket copy", e);
      }
    }
  }

  private static void send(List<ByteBuffer> chunks, ByteChannel channel) throws IOException {
    for (ByteBuffer chunk : chunks) {
      while (chunk.hasRemaining()) {
        channel.write(chunk);
      }
    }
    if (channel.read(ByteBuffer.allocate(8)) < 1) {
      throw new IOException("the receiver of the socket copy did not confirm");
    }
  }

  private Duration processor() throws IOException {
    return BenchPair.processorTime(ProcessHandle.current(), sink.toHandle());
  }

  private static ByteChannel secured(SocketChannel socket, Optional<Path> keys, boolean server)
      throws IOException {
    return keys.isPresent() ? new TlsSocket(socket, keys.get(), server) : socket;
  }

  @Override
  public void close() throws IOException {
    server.close();
    sink.destroyForcibly();
  }

  /** The receiving end: reads so many bytes, says so, and again on the next connections. */
  public static void sink(int port, long bytes, Optional<Path> keys, int sockets)
      throws IOException {
    List<ByteBuffer> chunks = chunks(bytes);
    boolean copied = false;
    while (true) {
      try (var connected = new Sockets()) {
        List<ByteChannel> channels = new ArrayList<>();
        for (int i = 0; i < sockets; i++) {
          SocketChannel socket =
              connected.add(
                  SocketChannel.open(
                      new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
          channels.add(secured(socket, keys, false));
        }
        chunks.forEach(ByteBuffer::rewind);
        onEach(channels, chunks, SocketCopy::receive);
      } catch (ConnectException over) {
        return;
      } catch (IOException broken) {
        if (copied) {
          return; // The other end is over while this one waits for it.
        }
        throw broken;
      }
      copied = true;
    }
  }

  private static void receive(List<ByteBuffer> chunks, ByteChannel channel) throws IOException {
    for (ByteBuffer chunk : chunks) {
      while (chunk.hasRemaining()) {
        if (channel.read(chunk) < 0) {
          throw new IOException("the socket copy ended early");
        }
      }
    }
    channel.write(ByteBuffer.wrap("done".getBytes(StandardCharsets.US_ASCII)));
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
