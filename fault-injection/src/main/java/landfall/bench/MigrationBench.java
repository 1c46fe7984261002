package landfall.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import landfall.implementation.HostPlace;
import landfall.implementation.HostProcess;
import landfall.implementation.Implementation;
import landfall.processes.ScratchFolder;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;

/** One undisturbed migration of an idle guest whose pages are full of noise. */
public final class MigrationBench {
  private static final Pattern PAGES_MAX = Pattern.compile("wsetmax=(\\d+)");
  private static final long UNLIMITED_BYTES_PER_SECOND = 1L << 40;
  // The source measures; who asks it more often only takes the processors away from it.
  private static final long POLL_NANOS = 100_000_000;
  private static final long BOOT_TRIES = 200;
  private static final long FILL_MILLIS = 120_000;
  private static final long MIGRATION_NANOS = 120_000_000_000L;

  private MigrationBench() {}

  /**
   * What a migration took.
   *
   * @param bytes sent, as the source counts
   * @param totalMillis as the source counts
   * @param downtimeMillis as the source counts
   */
  public record Result(long bytes, double totalMillis, double downtimeMillis) {
    public double bytesPerSecond() {
      return bytes / (totalMillis / 1e3);
    }
  }

  /**
   * Migrates a guest whose RAM is filled.
   *
   * @throws IOException if a host fails; the message says how
   */
  public static Result migrate(Implementation implementation) throws IOException {
    Path folder = ScratchFolder.create("bench");
    try {
      Path kernel = implementation.putGuest(folder);
      int port = HostPlace.freePort();
      try (HostProcess source = start(implementation, "A", folder, 0, kernel);
          HostProcess destination = start(implementation, "B", folder, port, kernel)) {
        fill(source);
        Result result = migrate(source, port);
        if (!destination.isAlive()) {
          throw new IOException("the destination ended although the migration is 'completed'");
        }
        return result;
      }
    } finally {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(each);
        }
      }
    }
  }

  /** Seconds of a plain socket copy of so many bytes; see {@link SocketCopy}. */
  public static double socketCopySeconds(long bytes, List<String> sink) throws IOException {
    return SocketCopy.secondsFor(bytes, sink);
  }

  private static HostProcess start(
      Implementation implementation, String name, Path folder, int port, Path kernel)
      throws IOException {
    var place = new HostPlace(name, folder, folder, port, false, 1, List.of(0));
    return HostProcess.start(implementation, place, kernel, event -> {});
  }

  private static void fill(HostProcess source) throws IOException {
    SerialConsole.Listener nobody =
        new SerialConsole.Listener() {
          @Override
          public void replied(Reply reply) {
            // Whoever asked is told.
          }

          @Override
          public void said(String line, long atNanos) {
            // Nothing is expected.
          }
        };
    try (var console = new SerialConsole(source.place().serial(), new AtomicLong(), nobody)) {
      Optional<Reply> status = Optional.empty();
      for (int i = 0; i < BOOT_TRIES && status.isEmpty(); i++) {
        status = console.send("status").await(100);
      }
      Matcher pages = PAGES_MAX.matcher(status.map(Reply::result).orElse(""));
      if (!pages.find()) {
        throw new IOException("the guest does not tell its size");
      }
      for (String setting : List.of("rate 0", "wset " + pages.group(1), "fill 1")) {
        if (console.send("set " + setting).await(FILL_MILLIS).filter(Reply::done).isEmpty()) {
          throw new IOException("the guest does not take 'set " + setting + "'");
        }
      }
    }
  }

  private static Result migrate(HostProcess source, int port) throws IOException {
    source.execute("migrate-set-parameters", Map.of("max-bandwidth", UNLIMITED_BYTES_PER_SECOND));
    source.execute("migrate", Map.of("uri", "tcp:127.0.0.1:" + port));
    long giveUp = System.nanoTime() + MIGRATION_NANOS;
    while (System.nanoTime() < giveUp) {
      JsonNode answer = source.execute("query-migrate", Map.of());
      String state = answer.path("status").asText();
      // For a moment the status can be there before the figures.
      if (state.equals("completed") && answer.path("total-time").asLong() > 0) {
        return new Result(
            answer.path("ram").path("transferred").asLong(),
            answer.path("total-time").asDouble(),
            answer.path("downtime").asDouble());
      }
      if (state.equals("failed")) {
        throw new IOException("the migration failed: " + answer.path("error-desc").asText());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    throw new IOException("the migration did not end");
  }
}
