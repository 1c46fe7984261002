package landfall.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.implementation.HostPlace;
import landfall.implementation.HostProcess;
import landfall.implementation.Implementation;
import landfall.processes.ScratchFolder;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;

/**
 * A guest whose pages are full of noise, idle on one of two hosts that live as long as this does,
 * and moved from the one to the other and back.
 */
public final class MigrationBench implements Closeable {
  private static final Pattern PAGES_MAX = Pattern.compile("wsetmax=(\\d+)");
  private static final long UNLIMITED_BYTES_PER_SECOND = 1L << 40;
  // The source measures; to ask it more often only takes the processors away from it.
  private static final long POLL_NANOS = 100_000_000;
  private static final long BOOT_TRIES = 200;
  private static final long FILL_MILLIS = 120_000;
  private static final long MIGRATION_NANOS = 120_000_000_000L;

  private static final String CLIENT = "client";
  private static final String SERVER = "server";

  private final Path folder;
  private final boolean encrypted;
  private final int portThere;
  private final int portBack;
  private final HostProcess there;
  private HostProcess here;
  private HostProcess other;

  /**
   * What a migration took.
   *
   * @param downtimeMillis as the source counts
   */
  public record Moved(Figures figures, double downtimeMillis) {}

  /**
   * Starts two hosts and fills the guest's RAM.
   *
   * @param keys the folder of {@link #makeKeys} for migrations under TLS 1.3, or nothing
   * @throws IOException if a host fails; the message says how
   */
  public MigrationBench(Implementation implementation, Optional<Path> keys) throws IOException {
    folder = ScratchFolder.create("bench");
    encrypted = keys.isPresent();
    portThere = HostPlace.freePort();
    portBack = HostPlace.freePort();
    Path kernel = implementation.putGuest(folder);
    HostProcess started = null;
    try {
      here = start(implementation, "A", 0, kernel, keys);
      started = start(implementation, "B", portThere, kernel, keys);
      other = started;
      if (encrypted || implementation.listensWhenTold()) {
        listen(other, portThere);
      }
      fill(here);
    } catch (IOException | RuntimeException failed) {
      close();
      throw failed;
    }
    there = started;
  }

  private HostProcess start(
      Implementation implementation, String name, int port, Path kernel, Optional<Path> keys)
      throws IOException {
    var place = new HostPlace(name, folder, folder, port, false, 1, List.of(0));
    Implementation asked =
        keys.<Implementation>map(at -> new WithCredentials(implementation, at))
            .orElse(implementation);
    return HostProcess.start(asked, place, kernel, event -> {});
  }

  /** Makes the keys and the certificate for migrations and copies under TLS 1.3. */
  public static void makeKeys(Path folder) throws IOException {
    BenchKeys.make(folder, List.of("A", "B"));
  }

  @Override
  public void close() throws IOException {
    try {
      if (here != null) {
        here.close();
      }
    } finally {
      if (other != null) {
        other.close();
      }
      ScratchFolder.delete(folder);
    }
  }

  private void listen(HostProcess host, int port) throws IOException {
    if (encrypted) {
      host.execute("migrate-set-parameters", Map.of("tls-creds", SERVER));
    }
    host.execute("migrate-incoming", Map.of("uri", "tcp:127.0.0.1:" + port));
  }

  /** Lets the host that the guest came from take it back: QEMU's cannot. */
  public void allowReturn() throws IOException {
    listen(here, portBack);
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

  /** Moves the guest to the other host. */
  public Moved migrate() throws IOException {
    if (encrypted) {
      here.execute(
          "migrate-set-parameters",
          Map.of("tls-creds", CLIENT, "tls-hostname", other.place().name()));
    }
    here.execute("migrate-set-parameters", Map.of("max-bandwidth", UNLIMITED_BYTES_PER_SECOND));
    int port = other == there ? portThere : portBack;
    Duration before = processorTime(here.handle(), other.handle());
    here.execute("migrate", Map.of("uri", "tcp:127.0.0.1:" + port));
    JsonNode answer = awaitCompletion();
    Duration used = processorTime(here.handle(), other.handle()).minus(before);
    if (!other.isAlive()) {
      throw new IOException("the destination ended although the migration is 'completed'");
    }
    HostProcess left = here;
    here = other;
    other = left;
    return new Moved(
        new Figures(
            answer.path("ram").path("transferred").asLong(),
            answer.path("total-time").asDouble(),
            used.toMillis()),
        answer.path("downtime").asDouble());
  }

  private JsonNode awaitCompletion() throws IOException {
    long giveUp = System.nanoTime() + MIGRATION_NANOS;
    while (System.nanoTime() < giveUp) {
      LockSupport.parkNanos(POLL_NANOS);
      JsonNode answer = here.execute("query-migrate", Map.of());
      String state = answer.path("status").asText();
      // For a moment the status can be there before the figures.
      if (state.equals("completed") && answer.path("total-time").asLong() > 0) {
        return answer;
      }
      if (state.equals("failed")) {
        throw new IOException("the migration failed: " + answer.path("error-desc").asText());
      }
    }
    throw new IOException("the migration did not end");
  }

  /**
   * What both processes have used of the processors so far.
   *
   * @throws IOException if one of them has ended, or this system does not tell
   */
  static Duration processorTime(ProcessHandle one, ProcessHandle other) throws IOException {
    Duration sum = Duration.ZERO;
    for (ProcessHandle each : List.of(one, other)) {
      sum =
          sum.plus(
              each.info()
                  .totalCpuDuration()
                  .orElseThrow(
                      () ->
                          new IOException(
                              "the processor time of process " + each.pid() + " is not known")));
    }
    return sum;
  }
}
