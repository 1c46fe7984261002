package landfall.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;

/**
 * A client that asks the guest a thousand times a second on the serial lines of all hosts, since it
 * does not know where the guest is, and keeps the longest time that passed between two answers.
 */
final class PingingClient implements Closeable {
  private static final long PERIOD_NANOS = 1_000_000;
  private static final long NEVER = Long.MIN_VALUE;

  private final List<SerialConsole> lines = new ArrayList<>();
  private final Thread thread;
  private long lastAnswerNanos = NEVER;
  private long longestNanos;
  private volatile boolean closed;

  /**
   * Connects, and asks from now on.
   *
   * @param ids gives request numbers that no other client uses
   */
  PingingClient(List<Path> serials, AtomicLong ids) throws IOException {
    thread = new Thread(this::run, "pinging-client");
    thread.setDaemon(true);
    for (Path serial : serials) {
      lines.add(new SerialConsole(serial, ids, listener(this::answered)));
    }
    thread.start();
  }

  /** The serial line of one host, of which nobody is told anything but who asks. */
  static SerialConsole console(Path serial, AtomicLong ids) throws IOException {
    return new SerialConsole(serial, ids, listener(reply -> {}));
  }

  private static SerialConsole.Listener listener(java.util.function.Consumer<Reply> onReply) {
    return new SerialConsole.Listener() {
      @Override
      public void replied(Reply reply) {
        onReply.accept(reply);
      }

      @Override
      public void said(String line, long atNanos) {
        // Nothing is expected.
      }
    };
  }

  private synchronized void answered(Reply reply) {
    if (lastAnswerNanos != NEVER) {
      longestNanos = Math.max(longestNanos, reply.atNanos() - lastAnswerNanos);
    }
    lastAnswerNanos = reply.atNanos();
  }

  /**
   * So far.
   *
   * @throws IOException if the guest has never answered
   */
  synchronized double longestSilenceMillis() throws IOException {
    if (longestNanos == 0) {
      throw new IOException("the guest has not answered a client");
    }
    return longestNanos / 1e6;
  }

  private void run() {
    while (!closed) {
      for (SerialConsole line : lines) {
        line.send("ping");
      }
      LockSupport.parkNanos(PERIOD_NANOS);
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    lines.forEach(SerialConsole::close);
  }
}
