package landfall.transport;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A connection on which both sides say short lines of ASCII. On the loop's thread. Whoever says
 * longer ones, or does not read what is said to it, is closed.
 */
public final class LineLink {
  /** Bytes of a line, its end not counted. */
  public static final int LINE_BYTES_MAX = 1024;

  static final int CONNECTIONS_MAX = 64;
  private static final int UNSENT_BYTES_MAX = 1 << 14;
  private static final long PAUSE_NANOS = 200_000_000;

  private final SocketChannel channel;
  private final Handler handler;
  private final ByteBuffer in = ByteBuffer.allocate(LINE_BYTES_MAX + 1);
  private final ByteBuffer out = ByteBuffer.allocate(UNSENT_BYTES_MAX);
  private SelectionKey key;
  private boolean closed;

  /** Is told what happens on a connection. */
  public interface Handler {
    /** The connection is there: both sides may speak. */
    void opened(LineLink link);

    /** The other side said this. */
    void line(LineLink link, String text);

    /** The connection is over, whoever ended it. Told once. */
    void closed(LineLink link, String why);
  }

  private LineLink(SocketChannel channel, Handler handler) {
    this.channel = channel;
    this.handler = handler;
  }

  /**
   * Begins to take connections in. Of more than 64 the oldest is closed.
   *
   * @param server bound; this owns it from now on
   * @param handlers gives each connection a handler of its own
   * @return closes the socket and all its connections; on the loop's thread
   * @throws IOException if the socket cannot be watched
   */
  public static Closeable listen(
      SelectorLoop loop, ServerSocketChannel server, Supplier<Handler> handlers)
      throws IOException {
    server.configureBlocking(false);
    Set<LineLink> open = new LinkedHashSet<>();
    var key = new SelectionKey[1];
    key[0] =
        loop.register(
            server,
            SelectionKey.OP_ACCEPT,
            () -> {
              try {
                SocketChannel channel = server.accept();
                if (channel != null) {
                  admit(loop, channel, handlers.get(), open);
                }
              } catch (IOException outOfDescriptors) {
                // The connection waits in the backlog. To ask again at once would only spin.
                key[0].interestOps(0);
                loop.after(PAUSE_NANOS, () -> key[0].interestOps(SelectionKey.OP_ACCEPT));
              }
            });
    return () -> {
      server.close();
      List.copyOf(open).forEach(link -> link.close("the server ends"));
    };
  }

  private static void admit(
      SelectorLoop loop, SocketChannel channel, Handler handler, Set<LineLink> open)
      throws IOException {
    open.removeIf(link -> link.closed);
    if (open.size() >= CONNECTIONS_MAX) {
      open.iterator().next().close("there are too many connections");
    }
    var link = new LineLink(channel, handler);
    channel.configureBlocking(false);
    noDelay(channel);
    link.key = loop.register(channel, SelectionKey.OP_READ, link::ready);
    open.add(link);
    handler.opened(link);
  }

  /**
   * Connects. What comes of it the handler is told.
   *
   * @throws IOException if this process cannot even try
   */
  public static LineLink connect(SelectorLoop loop, SocketAddress to, Handler handler)
      throws IOException {
    SocketChannel channel =
        to instanceof UnixDomainSocketAddress
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open();
    var link = new LineLink(channel, handler);
    try {
      channel.configureBlocking(false);
      boolean connected = channel.connect(to);
      link.key = loop.register(channel, SelectionKey.OP_CONNECT, link::ready);
      if (connected) {
        loop.execute(link::connected);
      }
    } catch (IOException failed) {
      channel.close();
      throw failed;
    }
    return link;
  }

  private static void noDelay(SocketChannel channel) throws IOException {
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
  }

  private void connected() {
    if (!closed) {
      key.interestOps(SelectionKey.OP_READ);
      handler.opened(this);
    }
  }

  /**
   * Says a line. It is lost if the connection is over.
   *
   * @param text ASCII, without a line's end
   */
  public void send(String text) {
    if (closed) {
      return;
    }
    byte[] bytes = (text + "\n").getBytes(StandardCharsets.US_ASCII);
    if (out.remaining() < bytes.length) {
      close("the other side does not read");
      return;
    }
    out.put(bytes);
    write();
  }

  /** Ends the connection; what was not sent yet is lost. */
  public void close(String why) {
    if (closed) {
      return;
    }
    closed = true;
    try {
      channel.close();
    } catch (IOException ignored) {
      // Nothing more is said on it either way.
    }
    handler.closed(this, why);
  }

  private void ready() {
    try {
      if (key.isConnectable() && channel.finishConnect()) {
        noDelay(channel);
        connected();
      }
      if (!closed && key.isValid() && key.isWritable()) {
        write();
      }
      if (!closed && key.isValid() && key.isReadable()) {
        read();
      }
    } catch (IOException lost) {
      close(String.valueOf(lost.getMessage()));
    }
  }

  private void read() throws IOException {
    int count = channel.read(in);
    in.flip();
    int start = 0;
    for (int at = 0; at < in.limit() && !closed; at++) {
      if (in.get(at) == '\n') {
        String text = new String(in.array(), start, at - start, StandardCharsets.US_ASCII);
        start = at + 1;
        handler.line(this, text);
      }
    }
    in.position(Math.min(start, in.limit())).compact();
    if (!in.hasRemaining()) {
      close("a line of more than " + LINE_BYTES_MAX + " bytes");
    } else if (count < 0) {
      close("the other side closed it");
    }
  }

  private void write() {
    try {
      out.flip();
      channel.write(out);
      out.compact();
      key.interestOps(
          out.position() == 0
              ? SelectionKey.OP_READ
              : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    } catch (IOException lost) {
      close(String.valueOf(lost.getMessage()));
    }
  }
}
