package landfall.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/**
 * TLS 1.3 on a blocking socket, with nothing else to it: several records go in one call, and what
 * comes is decrypted to where it belongs.
 */
final class TlsSocket implements ByteChannel {
  private static final int NETWORK_BYTES = 512 << 10;

  private final SocketChannel channel;
  private final SSLEngine engine;
  private final ByteBuffer in = ByteBuffer.allocateDirect(NETWORK_BYTES).flip();
  private final ByteBuffer out = ByteBuffer.allocateDirect(NETWORK_BYTES);
  private final ByteBuffer rest;

  /** Both sides show the certificate of this folder. */
  TlsSocket(SocketChannel channel, Path keys, boolean server) throws IOException {
    this.channel = channel;
    engine = BenchKeys.context(keys).createSSLEngine();
    engine.setUseClientMode(!server);
    engine.setNeedClientAuth(server);
    rest = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).flip();
    engine.beginHandshake();
    shakeHands();
  }

  private void shakeHands() throws IOException {
    HandshakeStatus status = engine.getHandshakeStatus();
    while (status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED) {
      switch (status) {
        case NEED_TASK -> engine.getDelegatedTask().run();
        case NEED_WRAP -> send(ByteBuffer.allocate(0));
        default -> {
          rest.clear();
          unwrap(rest);
          rest.flip();
        }
      }
      status = engine.getHandshakeStatus();
    }
  }

  private void send(ByteBuffer from) throws IOException {
    int record = engine.getSession().getPacketBufferSize();
    out.clear();
    do {
      engine.wrap(from, out);
    } while (from.hasRemaining() && out.remaining() >= record);
    out.flip();
    while (out.hasRemaining()) {
      channel.write(out);
    }
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int count = from.remaining();
    while (from.hasRemaining()) {
      send(from);
    }
    return count;
  }

  /** Decrypts one record, unless there is no room for it; reads on until it is whole. */
  private SSLEngineResult unwrap(ByteBuffer to) throws IOException {
    while (true) {
      SSLEngineResult result = engine.unwrap(in, to);
      if (result.getStatus() != SSLEngineResult.Status.BUFFER_UNDERFLOW) {
        return result;
      }
      in.compact();
      int count = channel.read(in);
      in.flip();
      if (count < 0) {
        throw new IOException("the TLS copy ended early");
      }
    }
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    int before = to.position();
    while (to.position() == before && to.hasRemaining()) {
      if (!rest.hasRemaining()) {
        SSLEngineResult result = unwrap(to);
        switch (result.getStatus()) {
          case CLOSED -> {
            return -1;
          }
          case BUFFER_OVERFLOW -> {
            rest.clear();
            unwrap(rest);
            rest.flip();
          }
          default -> {
            // Bytes of the peer, or a message of TLS itself.
          }
        }
      }
      while (rest.hasRemaining() && to.hasRemaining()) {
        to.put(rest.get());
      }
    }
    return to.position() - before;
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
