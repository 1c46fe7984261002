package landfall.workload;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The serial line of one host, shared by all clients. */
public final class SerialConsole implements Closeable {

  /** Is told what the guest says, on the reading thread. */
  public interface Listener {
    /** A reply, to whatever request, also a late one. */
    void replied(Reply reply);

    /** A line that nobody asked for; it begins with {@code !}. */
    void said(String line, long atNanos);
  }

  private static final Pattern REPLY = Pattern.compile("=(\\d+) (.*) s(\\d+) \\*([0-9a-f]{4})");
  private static final int LINE_MAX = 4096;

  private final SocketChannel channel;
  private final AtomicLong ids;
  private final Listener listener;
  private final Map<Long, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
  private volatile long lastReplyNanos = Long.MIN_VALUE;
  private volatile boolean open = true;

  /**
   * Connects.
   *
   * @param ids gives request numbers that are unique over both hosts
   */
  public SerialConsole(Path socket, AtomicLong ids, Listener listener) throws IOException {
    this.ids = ids;
    this.listener = listener;
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    var reader = new Thread(this::read, "serial-console");
    reader.setDaemon(true);
    reader.start();
  }

  /** True if the guest has ever answered here. */
  public boolean hasAnswered() {
    return lastReplyNanos != Long.MIN_VALUE;
  }

  /** True if the guest has answered here within the last so many milliseconds. */
  public boolean answeredWithin(long millis) {
    long last = lastReplyNanos;
    return last != Long.MIN_VALUE && System.nanoTime() - last <= millis * 1_000_000;
  }

  public boolean isOpen() {
    return open;
  }

  /** A request that is under way. */
  public final class Request {
    private final long id = ids.incrementAndGet();
    private final CompletableFuture<Reply> reply = new CompletableFuture<>();

    private Request() {
      waiting.put(id, reply);
    }

    /** Waits for the reply; nothing if none came in time or the line is gone. */
    public Optional<Reply> await(long millis) {
      try {
        return Optional.of(reply.get(millis, TimeUnit.MILLISECONDS));
      } catch (TimeoutException | ExecutionException silence) {
        return Optional.empty();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      } finally {
        waiting.remove(id);
      }
    }
  }

  /** Sends a request such as {@code r 3}. */
  public Request send(String operation) {
    var request = new Request();
    String text = "@" + request.id + " " + operation;
    String line = text + " *" + Crc16.hexOf(text) + "\n";
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1));
    synchronized (channel) {
      try {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      } catch (IOException gone) {
        open = false;
        request.reply.completeExceptionally(gone);
      }
    }
    return request;
  }

  private void read() {
    ByteBuffer input = ByteBuffer.allocate(1 << 16);
    var line = new ByteArrayOutputStream();
    try {
      while (channel.read(input.clear()) >= 0) {
        input.flip();
        while (input.hasRemaining()) {
          byte each = input.get();
          if (each == '\n') {
            take(line.toString(StandardCharsets.ISO_8859_1).strip());
            line.reset();
          } else if (line.size() < LINE_MAX) {
            line.write(each);
          }
        }
      }
    } catch (IOException gone) {
      // The same as the end of the stream.
    }
    open = false;
    var end = new IOException("the serial line was closed");
    waiting.values().forEach(reply -> reply.completeExceptionally(end));
  }

  private void take(String line) {
    long now = System.nanoTime();
    // A host that dies in the middle of a line leaves half of it; what matters begins at the sign.
    int start = Math.max(line.lastIndexOf('='), 0);
    Matcher matcher = REPLY.matcher(line.substring(start));
    if (matcher.matches()) {
      String covered = line.substring(start, line.length() - 6);
      if (Crc16.hexOf(covered).equals(matcher.group(4))) {
        var reply =
            new Reply(
                Long.parseLong(matcher.group(1)),
                matcher.group(2),
                Long.parseLong(matcher.group(3)),
                now);
        lastReplyNanos = now;
        listener.replied(reply);
        CompletableFuture<Reply> waits = waiting.remove(reply.id());
        if (waits != null) {
          waits.complete(reply);
        }
        return;
      }
    }
    int bang = line.indexOf('!');
    if (bang >= 0) {
      listener.said(line.substring(bang), now);
    }
  }

  @Override
  public void close() {
    open = false;
    try {
      channel.close();
    } catch (IOException alreadyGone) {
      // Nothing is left to be done.
    }
  }
}
