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
import landfall.wire.Hello;
import landfall.wire.ImageDigest;
import landfall.wire.PageBatch;
import landfall.wire.PageList;
import landfall.wire.Ready;
import landfall.wire.Recover;
import landfall.wire.Token;

/** The other end of a migration connection, in the hands of a test: it may send anything. */
final class Peer implements Closeable {
  private static final Token TOKEN = new Token(11, 12);

  /** What proves that it was this peer that said Ready. */
  static final Token PROOF = new Token(21, 22);

  /** Of guests with 4 MiB, as tests have them. */
  private static final int GUEST_PAGES = 1024;

  private final SocketChannel channel;
  private final FrameReader reader;
  private final ByteBuffer into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
  private final ImageDigest sent = new ImageDigest(GUEST_PAGES);
  private final ImageDigest received = new ImageDigest(GUEST_PAGES);
  private Token token = TOKEN;
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
    if (type == FrameType.PAGES) {
      note(sent, attempt, nextSequence, ByteBuffer.wrap(payload));
    }
    send(Frame.encode(type, flags, attempt, nextSequence++, payload).array());
  }

  Optional<Frame> receive() throws IOException, FrameException {
    Optional<Frame> frame = reader.read(into);
    if (frame.isPresent() && frame.get().type() == FrameType.PAGES) {
      Frame pages = frame.get();
      note(received, pages.attempt(), pages.sequence(), pages.payload());
    }
    return frame;
  }

  private static void note(ImageDigest digest, int attempt, int sequence, ByteBuffer payload) {
    try {
      PageBatch batch = PageBatch.of(payload, payload.remaining(), GUEST_PAGES);
      for (int i = 0; i < batch.count(); i++) {
        digest.sent(batch.page(i), attempt, sequence);
      }
    } catch (FrameException malformed) {
      // Meant to be.
    }
  }

  // ---------------------------------------------------------------- in the place of a source

  /** All 1,024 pages, all zero. */
  void zeroPages(int attempt) throws IOException {
    for (int first = 0; first < GUEST_PAGES; first += PageBatch.PAGES_MAX) {
      ByteBuffer zeros = ByteBuffer.allocate(8 + 4 * PageBatch.PAGES_MAX);
      zeros.putInt(1).putInt(PageBatch.PAGES_MAX);
      for (int page = first; page < first + PageBatch.PAGES_MAX; page++) {
        zeros.putInt(page | 1 << 31);
      }
      send(FrameType.PAGES, attempt, zeros.array());
    }
  }

  /** The device state, with the digest of all that was sent here. */
  void deviceState(int flags, int attempt, byte[] state) throws IOException {
    long digest = sent.valueWith(ByteBuffer.wrap(state));
    ByteBuffer payload = ByteBuffer.allocate(Long.BYTES + state.length).putLong(digest).put(state);
    send(FrameType.DEVICE_STATE, flags, attempt, payload.array());
  }

  /** Reads on until the other side has the whole image. */
  void awaitReady() throws IOException, FrameException {
    token = Ready.of(await(FrameType.READY).payload()).token();
  }

  /** What the other side told with Ready. */
  Token token() {
    return token;
  }

  /** Goes on in the place of a peer that had the word of the other side. */
  Peer with(Token told) {
    token = told;
    return this;
  }

  void handover(int attempt) throws IOException {
    send(FrameType.HANDOVER, attempt, token.toBytes());
  }

  void recover(int flags, int attempt, Hello source) throws IOException {
    send(FrameType.RECOVER, flags, attempt, new Recover(source, token).toBytes());
  }

  // ---------------------------------------------------------------- in the place of a destination

  void ready(int attempt, String host) throws IOException {
    send(FrameType.READY, attempt, new Ready(host, TOKEN, PROOF.seal()).toBytes());
  }

  void resumed(int attempt) throws IOException {
    send(FrameType.RESUMED, attempt, PROOF.toBytes());
  }

  void pageList(int attempt, long... words) throws IOException {
    var list = new PageList(words);
    ByteBuffer payload = ByteBuffer.allocate(Token.BYTES + list.bytes()).put(PROOF.toBytes());
    list.write(payload);
    send(FrameType.PAGE_LIST, attempt, payload.array());
  }

  void complete(int attempt) throws IOException {
    ByteBuffer payload = ByteBuffer.allocate(Long.BYTES).putLong(received.value());
    send(FrameType.COMPLETE, attempt, payload.array());
  }

  /** How many pages have come. */
  int pagesReceived() {
    return received.pages();
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
