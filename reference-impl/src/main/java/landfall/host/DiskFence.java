package landfall.host;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which destination may write to an image while the guest is on two hosts: a record in a file
 * beside the image. The source admits the destination of an attempt before it gives the guest away,
 * and takes the disk from it before it goes on itself. A destination writes only while it is named,
 * and keeps an exclusive lock of the file meanwhile.
 *
 * <p>So a write that has begun ends before the disk is taken: who takes it waits as long as that
 * write hangs, and nobody goes on in between. The lock of a process that has died is free. Whether
 * a lock means anything on a network file system is a matter of that: one that frees the lock of a
 * client which is only cut off lets a write that hangs there arrive afterwards.
 *
 * <p>The record is written in place, shorter than any block of storage, and survives its writer.
 * Calls may wait for the storage.
 */
final class DiskFence {
  private static final int BYTES = 256;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One monitor for each file: the JVM refuses a second lock of a file within the process. */
  private static final Map<Path, Object> MONITORS = new ConcurrentHashMap<>();

  private final Path file;

  private DiskFence(Path file) {
    this.file = file;
  }

  /** The fence of an image. */
  static DiskFence of(Path image) {
    return new DiskFence(image.resolveSibling(image.getFileName() + ".fence"));
  }

  /** The disk was taken from who wanted to write. */
  static final class TakenException extends Exception {
    private static final long serialVersionUID = 1;

    TakenException() {
      super("the disk was taken from this host");
    }
  }

  /** What is done while the disk cannot be taken. */
  interface Work {
    void perform() throws IOException;
  }

  /**
   * @param guest whose disk it is
   * @param attempt by which it went to the destination
   * @param taken whether that destination may write no more
   * @param written the newest step of the guest whose write is on the disk, as traces count
   */
  private record Entry(UUID guest, int attempt, boolean taken, int written) {
    boolean isOf(UUID someGuest, int someAttempt) {
      return guest.equals(someGuest) && attempt == someAttempt;
    }
  }

  /** From now on the destination of this attempt may write, and no other. */
  void admit(UUID guest, int attempt) throws IOException {
    locked(
        channel -> {
          write(channel, new Entry(guest, attempt, false, 0));
          channel.force(false);
          return null;
        });
  }

  /**
   * From now on nobody may write but who takes the disk.
   *
   * @return the newest step of the guest whose write is on the disk, as the destination counts; 0
   *     if there is none
   */
  int take(UUID guest, int attempt) throws IOException {
    return locked(
        channel -> {
          Entry now = read(channel);
          int written = now != null && now.isOf(guest, attempt) ? now.written() : 0;
          write(channel, new Entry(guest, attempt, true, written));
          channel.force(false);
          return written;
        });
  }

  /** What {@link #take} would return. Takes nothing, and does not wait for who writes. */
  int written(UUID guest, int attempt) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      Entry now = read(channel);
      return now != null && now.isOf(guest, attempt) ? now.written() : 0;
    }
  }

  /**
   * Writes as the destination of an attempt, if it may.
   *
   * @param written the newest step whose write is on the disk when it is done
   * @param done called then, before anybody can take the disk
   * @throws TakenException if it may not: nothing was done
   * @throws IOException if the work or the record failed: some of it may be done
   */
  void perform(UUID guest, int attempt, int written, Work work, Runnable done)
      throws IOException, TakenException {
    boolean admitted =
        locked(
            channel -> {
              Entry now = read(channel);
              if (now == null || !now.isOf(guest, attempt) || now.taken()) {
                return false;
              }
              work.perform();
              write(channel, new Entry(guest, attempt, false, Math.max(written, now.written())));
              done.run();
              return true;
            });
    if (!admitted) {
      throw new TakenException();
    }
  }

  private interface Change<T> {
    T make(FileChannel channel) throws IOException;
  }

  private <T> T locked(Change<T> change) throws IOException {
    synchronized (MONITORS.computeIfAbsent(file.toAbsolutePath(), path -> new Object())) {
      try (FileChannel channel =
              FileChannel.open(
                  file,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE);
          var held = channel.lock()) {
        if (!held.isValid()) {
          throw new IOException("the lock of " + file + " was lost");
        }
        return change.make(channel);
      }
    }
  }

  /** Null if nothing is there that is understood: then nobody is admitted. */
  private static Entry read(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {
      // A record is short: it comes at once, or the file ends.
    }
    try {
      JsonNode node =
          JSON.readTree(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
      return new Entry(
          UUID.fromString(node.path("guest").asText()),
          node.path("attempt").asInt(),
          node.path("taken").asBoolean(true),
          node.path("written").asInt());
    } catch (JsonProcessingException | IllegalArgumentException malformed) {
      return null;
    }
  }

  private static void write(FileChannel channel, Entry entry) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("guest", entry.guest().toString());
    fields.put("attempt", entry.attempt());
    fields.put("taken", entry.taken());
    fields.put("written", entry.written());
    byte[] text = JSON.writeValueAsString(fields).getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(text, BYTES);
    Arrays.fill(padded, text.length, BYTES - 1, (byte) ' ');
    padded[BYTES - 1] = '\n';
    ByteBuffer bytes = ByteBuffer.wrap(padded);
    while (bytes.hasRemaining()) {
      channel.write(bytes, bytes.position());
    }
  }
}
