package landfall.workload;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.implementation.SocketLine;

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

  /** Of older requests it is forgotten when they were sent. */
  private static final int SENT_MAX = 10_000;

  private static final long PATIENCE_NANOS = 100_000_000;

  private final SocketLine line;
  private final AtomicLong ids;
  private final Listener listener;
  private final Map<Long, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<Long, Long> sentNanos = new ConcurrentSkipListMap<>();
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
    line = new SocketLine(socket);
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
      sentNanos.put(id, System.nanoTime());
      while (sentNanos.size() > SENT_MAX) {
        sentNanos.pollFirstEntry();
      }
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
   * Sends a request such as {@code r 3}, and does not wait for anything. A host that has not
   * answered for long is asked only now and then, and one that does not read is not asked at all.
   */
  public Request send(String operation) {
    var request = new Request();
    String text = "@" + request.id + " " + operation;
    byte[] bytes = (text + " *" + Crc16.hexOf(text) + "\n").getBytes(StandardCharsets.ISO_8859_1);
    synchronized (line) {
      long now = System.nanoTime();
      if (unanswered.incrementAndGet() > UNANSWERED_MAX && now - lastSentNanos < PATIENCE_NANOS) {
        return request;
      }
      lastSentNanos = now;
    }
    try {
      line.send(bytes, 0);
    } catch (IOException gone) {
      open = false;
      request.reply.completeExceptionally(gone);
    }
    return request;
  }

  private void read() {
    line.read(LINE_MAX, StandardCharsets.ISO_8859_1, this::take);
    open = false;
    var end = new IOException("the serial line was closed");
    waiting.values().forEach(reply -> reply.completeExceptionally(end));
  }

  private void take(String text) {
    long now = System.nanoTime();
    // A host that dies in the middle of a line leaves half of it in front of the next one.
    for (int start = text.lastIndexOf('='); start >= 0; start = text.lastIndexOf('=', start - 1)) {
      Optional<Reply> reply = reply(text.substring(start), now);
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
    int bang = text.indexOf('!');
    if (bang >= 0) {
      listener.said(text.substring(bang), now);
    }
  }

  private Optional<Reply> reply(String line, long now) {
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
            sentNanos.get(Long.parseLong(matcher.group(1))),
            now));
  }

  @Override
  public void close() {
    open = false;
    line.close();
  }
}
