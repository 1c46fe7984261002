package landfall.qemustream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * A migration of QEMU 7.2 with the return path, as it passed: {@code qemu-system-riscv64 -M virt -m
 * 16}, with the witness guest writing to two hot pages.
 */
public final class Recorded {
  /** What the source sent. */
  public static final byte[] FORWARD = read();

  /** What the destination sent: the pong of its ping 1, and that it runs the guest. */
  public static final byte[] BACK = {0, 2, 0, 4, 0, 0, 0, 1, 0, 1, 0, 4, 0, 0, 0, 0};

  private static final int CHUNK = 4_096;

  private Recorded() {}

  private static byte[] read() {
    try (var in =
        new GZIPInputStream(Recorded.class.getResourceAsStream("qemu-7.2-riscv64.stream.gz"))) {
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
