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
import java.util.concurrent.atomic.AtomicInteger;
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

  private static final Pattern REPLY =
      Pattern.compile("=(\\d{1,18}) (.*) s(\\d{1,18}) \\*([0-9a-f]{4})");
  private static final int LINE_MAX = 4096;

  private static final int UNANSWERED_MAX = 200;
  private static final long PATIENCE_NANOS = 100_000_000;

  private final SocketChannel channel;
  private final AtomicLong ids;
  private final Listener listener;
  private final Map<Long, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
  private final AtomicInteger unanswered = new AtomicInteger();
  private long lastSentNanos;
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

  /**
   * Sends a request such as {@code r 3}. A host that has not answered for long is asked only now
   * and then: what it does not read must not fill the socket, or this would wait for it.
   */
  public Request send(String operation) {
    var request = new Request();
    String text = "@" + request.id + " " + operation;
    String line = text + " *" + Crc16.hexOf(text) + "\n";
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1));
    synchronized (channel) {
      long now = System.nanoTime();
      if (unanswered.incrementAndGet() > UNANSWERED_MAX && now - lastSentNanos < PATIENCE_NANOS) {
        return request;
      }
      lastSentNanos = now;
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
    // A host that dies in the middle of a line leaves half of it in front of the next one.
    for (int start = line.lastIndexOf('='); start >= 0; start = line.lastIndexOf('=', start - 1)) {
      Optional<Reply> reply = reply(line.substring(start), now);
      if (reply.isPresent()) {
        lastReplyNanos = now;
        unanswered.set(0);
        listener.replied(reply.get());
        CompletableFuture<Reply> waits = waiting.remove(reply.get().id());
        if (waits != null) {
          waits.complete(reply.get());
        }
        return;
      }
    }
    int bang = line.indexOf('!');
    if (bang >= 0) {
      listener.said(line.substring(bang), now);
    }
  }

  private static Optional<Reply> reply(String line, long now) {
    Matcher matcher = REPLY.matcher(line);
    if (!matcher.matches()
        || !Crc16.hexOf(line.substring(0, matcher.end(3))).equals(matcher.group(4))) {
      return Optional.empty();
    }
    return Optional.of(
        new Reply(
            Long.parseLong(matcher.group(1)),
            matcher.group(2),
            Long.parseLong(matcher.group(3)),
            now));
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
