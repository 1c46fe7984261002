package landfall.host;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A client of the witness guest, on the serial line of one host. */
final class GuestLine implements Closeable {
  private static final AtomicLong IDS = new AtomicLong();
  private static final int ASKED_MAX = 60;

  private final SocketChannel channel;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  GuestLine(Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    var reader = new Thread(this::read, "guest-line");
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try (var in = new BufferedReader(Channels.newReader(channel, StandardCharsets.ISO_8859_1))) {
      in.lines().forEach(lines::add);
    } catch (IOException | java.io.UncheckedIOException gone) {
      // The same as the end.
    }
  }

  /**
   * What the guest replies, the step left out; asks again if the line lost something. A late reply
   * to an earlier request is as good.
   */
  String ask(String operation) throws Exception {
    Set<String> asked = new HashSet<>();
    for (int i = 0; i < ASKED_MAX; i++) {
      asked.add(send(operation));
      Optional<String> reply = replyTo(asked, 250);
      if (reply.isPresent()) {
        return reply.get();
      }
    }
    throw new AssertionError("the guest does not answer to " + operation);
  }

  /** Asks once; nothing if there is no reply within so many milliseconds. */
  Optional<String> askOnce(String operation, long millis) throws Exception {
    return replyTo(Set.of(send(operation)), millis);
  }

  /** How the reply to it will begin. */
  private String send(String operation) throws IOException {
    long id = IDS.incrementAndGet();
    String request = "@" + id + " " + operation;
    ByteBuffer bytes =
        ByteBuffer.wrap(
            String.format("%s *%04x\n", request, crc(request))
                .getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    return "=" + id + " ";
  }

  private Optional<String> replyTo(Set<String> asked, long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (true) {
      String line = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (line == null) {
        return Optional.empty();
      }
      assertTrue(!line.contains("!mismatch"), line);
      int step = line.lastIndexOf(" s");
      int star = line.lastIndexOf(" *");
      for (String start : asked) {
        int at = line.indexOf(start);
        if (at >= 0
            && step > at
            && star > step
            && String.format("%04x", crc(line.substring(at, star)))
                .equals(line.substring(star + 2).strip())) {
          return Optional.of(line.substring(at + start.length(), step));
        }
      }
    }
  }

  /** CRC-16/CCITT-FALSE. */
  private static int crc(String text) {
    int crc = 0xffff;
    for (byte each : text.getBytes(StandardCharsets.ISO_8859_1)) {
      crc ^= (each & 0xff) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc << 1 ^ ((crc & 0x8000) != 0 ? 0x1021 : 0)) & 0xffff;
      }
    }
    return crc;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
