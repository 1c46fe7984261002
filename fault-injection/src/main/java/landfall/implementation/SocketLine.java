package landfall.implementation;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A Unix socket on which lines go both ways. Nothing is expected of the other side: it may read
 * nothing, never end a line, and write bytes that are no text. Any thread may send; one reads.
 */
public final class SocketLine implements Closeable {
  private static final int INPUT_BYTES = 1 << 16;
  private static final long RETRY_NANOS = 1_000_000;

  private final SocketChannel channel;
  private final Selector selector;

  /** The rest of a line of which the socket has taken the beginning. Guarded by {@code channel}. */
  private ByteBuffer rest = ByteBuffer.allocate(0);

  /**
   * Connects.
   *
   * @throws IOException if nobody listens there
   */
  public SocketLine(Path socket) throws IOException {
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Sends a line, with its end.
   *
   * @param millis how long to wait for the other side to read; 0 to send now or not at all
   * @return false if the other side does not read; nothing of the line is sent then
   * @throws IOException if the line is closed
   */
  public boolean send(byte[] line, long millis) throws IOException {
    long giveUp = System.nanoTime() + millis * 1_000_000;
    while (true) {
      synchronized (channel) {
        channel.write(rest);
        if (!rest.hasRemaining()) {
          rest = ByteBuffer.wrap(line);
          channel.write(rest);
          return true;
        }
      }
      if (System.nanoTime() >= giveUp || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  /**
   * Reads until the line is closed by either side.
   *
   * @param lineMax bytes of a line that are kept; the rest of a longer one is dropped
   * @param charset bytes that mean nothing in it become replacement characters
   * @param take is told each line, without its end and blanks around it
   */
  public void read(int lineMax, Charset charset, Consumer<String> take) {
    ByteBuffer input = ByteBuffer.allocate(INPUT_BYTES);
    var line = new ByteArrayOutputStream();
    try {
      while (true) {
        selector.select(ready -> {});
        int length = channel.read(input.clear());
        if (length < 0) {
          return;
        }
        input.flip();
        while (input.hasRemaining()) {
          byte each = input.get();
          if (each == '\n') {
            take.accept(line.toString(charset).strip());
            line.reset();
          } else if (line.size() < lineMax) {
            line.write(each);
          }
        }
      }
    } catch (IOException | ClosedSelectorException gone) {
      // The same as the end of the stream.
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
      selector.close();
    } catch (IOException alreadyGone) {
      // Nothing is left to be done.
    }
  }
}
