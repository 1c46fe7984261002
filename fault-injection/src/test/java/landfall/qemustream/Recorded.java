package landfall.qemustream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * A migration of QEMU 7.2 with the return path, as it passed: {@code qemu-system-riscv64 -M virt -m
 * 16}, with the witness guest writing to two hot pages.
 */
public final class Recorded {
  /** What the source sent. */
  public static final byte[] FORWARD = read("qemu-7.2-riscv64.stream.gz");

  /** What the destination sent: the pong of its ping 1, and that it runs the guest. */
  public static final byte[] BACK = {0, 2, 0, 4, 0, 0, 0, 1, 0, 1, 0, 4, 0, 0, 0, 0};

  /**
   * A migration of the same guest by post-copy, whose link the operator broke while pages followed:
   * what the source sent on the first connection and on the one in its place. Contents of pages are
   * zeros.
   */
  public static final List<byte[]> POST_COPY =
      List.of(
          read("qemu-7.2-riscv64-postcopy-1.stream.gz"),
          read("qemu-7.2-riscv64-postcopy-2.stream.gz"));

  /** What the destination said on these two. */
  public static final List<byte[]> POST_COPY_BACK =
      List.of(
          read("qemu-7.2-riscv64-postcopy-1.back.gz"), read("qemu-7.2-riscv64-postcopy-2.back.gz"));

  /**
   * Migrations of a like guest by post-copy after two or three rounds, everything in the order in
   * which the proxy saw it. Of the first two the operator broke the link while pages followed, and
   * recovered it. Contents of pages are zeros.
   */
  public static final List<String> POST_COPIES =
      List.of(
          "qemu-7.2-riscv64-postcopy-recovered",
          "qemu-10.0-riscv64-postcopy-recovered",
          "qemu-10.0-riscv64-postcopy");

  /** Two channels of a migration with multifd. Contents of pages are zeros. */
  public static final List<byte[]> MULTIFD =
      List.of(
          read("qemu-7.2-riscv64-multifd-2.stream.gz"),
          read("qemu-7.2-riscv64-multifd-3.stream.gz"));

  /**
   * Whole migrations of a like guest with multifd, on two connections besides the first one. In 7.2
   * a sync ends each section, in 10.0 each round. Contents of pages are zeros.
   */
  public static final List<String> MULTIFDS =
      List.of("qemu-7.2-riscv64-multifd", "qemu-10.0-riscv64-multifd");

  private static final int CHUNK = 4_096;

  private Recorded() {}

  private static byte[] read(String name) {
    try (var in = new GZIPInputStream(Recorded.class.getResourceAsStream(name))) {
      return in.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /**
   * The index of the whole migration: a chunk a millisecond, and the answers of the destination.
   */
  public static List<StreamEntry> whole() {
    return index(FORWARD, CHUNK, BACK);
  }

  /** The index of the migration by post-copy that was recovered. */
  public static List<StreamEntry> postCopy() {
    return conversation(POST_COPIES.get(0));
  }

  /**
   * The index of what passed on several connections, recorded in chunks: connection, direction (0
   * forward, 1 back), microseconds and length, and so many bytes; none at the end of a direction.
   */
  public static List<StreamEntry> conversation(String name) {
    var log = new StreamLog(0);
    Map<Integer, StreamLog.Connection> connections = new HashMap<>();
    ByteBuffer recorded = ByteBuffer.wrap(read(name + ".conversation.gz"));
    while (recorded.hasRemaining()) {
      StreamLog.Connection connection =
          connections.computeIfAbsent((int) recorded.get(), log::connection);
      boolean forward = recorded.get() == 0;
      long nanos = 1_000L * recorded.getInt();
      ByteBuffer bytes = recorded.slice(recorded.position() + 4, recorded.getInt());
      recorded.position(recorded.position() + bytes.capacity());
      if (bytes.hasRemaining()) {
        connection.passed(forward, bytes, nanos);
      } else {
        connection.ended(forward, false, nanos);
      }
    }
    return log.entries();
  }

  /** What was sent on one connection of those. */
  static byte[] forward(String name, int connection) {
    ByteBuffer recorded = ByteBuffer.wrap(read(name + ".conversation.gz"));
    var sent = new ByteArrayOutputStream();
    while (recorded.hasRemaining()) {
      boolean its = recorded.get() == connection;
      its &= recorded.get() == 0;
      recorded.getInt();
      byte[] bytes = new byte[recorded.getInt()];
      recorded.get(bytes);
      if (its) {
        sent.writeBytes(bytes);
      }
    }
    return sent.toByteArray();
  }

  static List<StreamEntry> index(byte[] forward, int chunk, byte[] back) {
    var log = new StreamLog(0);
    StreamLog.Connection connection = log.connection(1);
    long nanos = 1_000_000;
    for (int at = 0; at < forward.length; at += chunk) {
      connection.passed(
          true, ByteBuffer.wrap(forward, at, Math.min(chunk, forward.length - at)), nanos);
      if (at == 0 && back.length >= 8) {
        connection.passed(false, ByteBuffer.wrap(back, 0, 8), nanos + 500_000);
      }
      nanos += 1_000_000;
    }
    connection.ended(true, false, nanos);
    if (back.length > 8) {
      connection.passed(false, ByteBuffer.wrap(back, 8, back.length - 8), nanos + 500_000);
    }
    connection.ended(false, false, nanos + 600_000);
    return log.entries();
  }

  /** Entries of some kinds. */
  static List<StreamEntry> of(List<StreamEntry> entries, StreamEntry.What... kinds) {
    List<StreamEntry> found = new ArrayList<>(entries);
    found.removeIf(entry -> !List.of(kinds).contains(entry.what()));
    return found;
  }
}
