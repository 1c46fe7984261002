package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameReader;
import landfall.wire.FrameType;

/** The other end of a migration connection, in the hands of a test: it may send anything. */
final class Peer implements Closeable {
  private final SocketChannel channel;
  private final FrameReader reader;
  private final ByteBuffer into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
  private int nextSequence;

  Peer(SocketChannel channel) {
    this.channel = channel;
    reader = new FrameReader(channel);
  }

  /** Listens on a free port of loopback, for a source. */
  static ServerSocketChannel listen() throws IOException {
    var server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return server;
  }

  static String address(ServerSocketChannel server) throws IOException {
    return "tcp:127.0.0.1:" + ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  void send(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  void send(FrameType type, int attempt, byte[] payload) throws IOException {
    send(type, 0, attempt, payload);
  }

  void send(FrameType type, int flags, int attempt, byte[] payload) throws IOException {
    send(Frame.encode(type, flags, attempt, nextSequence++, payload).array());
  }

  Optional<Frame> receive() throws IOException, FrameException {
    return reader.read(into);
  }

  /** Reads on until a frame of this type. */
  Frame await(FrameType type) throws IOException, FrameException {
    Frame frame = receive().orElseThrow(() -> new IOException("closed before " + type));
    while (frame.type() != type) {
      frame = receive().orElseThrow(() -> new IOException("closed before " + type));
    }
    return frame;
  }

  /** The cause that the other side gives before it closes. */
  String failure() throws IOException, FrameException {
    Frame frame = receive().orElseThrow(() -> new IOException("closed without a word"));
    assertEquals(FrameType.FAILURE, frame.type());
    String cause = Failure.of(frame.payload()).cause();
    assertEquals(Optional.empty(), receive());
    return cause;
  }

  void end() throws IOException {
    channel.shutdownOutput();
  }

  void reset() throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.close();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
