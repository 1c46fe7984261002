package landfall.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import landfall.evidence.ImplementationVersion;
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

  private static final String SOURCE = "A";
  private static final String DESTINATION = "B";
  private static final String TLS = "tls0";

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
   * @param keys the folder of {@link #makeKeys} for a migration under TLS 1.3, or nothing
   * @throws IOException if a host fails; the message says how
   */
  public static Result migrate(Implementation implementation, Optional<Path> keys)
      throws IOException {
    Path folder = ScratchFolder.create("bench");
    try {
      Path kernel = implementation.putGuest(folder);
      int port = HostPlace.freePort();
      Implementation started = keys.map(at -> encrypted(implementation, at)).orElse(implementation);
      try (HostProcess source = start(started, SOURCE, folder, 0, kernel);
          HostProcess destination = start(started, DESTINATION, folder, port, kernel)) {
        if (keys.isPresent()) {
          encrypt(source, destination, port);
        }
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

  /** Makes the keys and the certificate for migrations and copies under TLS 1.3. */
  public static void makeKeys(Path folder) throws IOException {
    BenchKeys.make(folder, List.of(SOURCE, DESTINATION));
  }

  /** Seconds of a plain socket copy of so many bytes; see {@link SocketCopy}. */
  public static double socketCopySeconds(long bytes, List<String> sink, Optional<Path> keys)
      throws IOException {
    return SocketCopy.secondsFor(bytes, keys.isPresent() ? withAllCompilers(sink) : sink, keys);
  }

  /** The same implementation with credentials; where it waits for a guest is said later. */
  private static Implementation encrypted(Implementation plain, Path keys) {
    return new Implementation() {
      @Override
      public List<String> command(HostPlace place, Path kernel) {
        List<String> command = withAllCompilers(plain.command(place, kernel));
        int incoming = command.indexOf("--incoming");
        if (incoming >= 0) {
          command.set(incoming + 1, "defer");
        }
        int deadline = command.indexOf("--deadline-millis");
        if (deadline >= 0) {
          command.set(deadline + 1, "30000"); // The first bytes under TLS are slow: code is cold.
        }
        String endpoint = incoming >= 0 ? "server" : "client";
        command.add("--object");
        command.add("tls-creds-x509,id=%s,dir=%s,endpoint=%s".formatted(TLS, keys, endpoint));
        return command;
      }

      @Override
      public String name() {
        return plain.name();
      }

      @Override
      public ImplementationVersion version() throws IOException {
        return plain.version();
      }

      @Override
      public String guest() {
        return plain.guest();
      }

      @Override
      public long ramAddress() {
        return plain.ramAddress();
      }

      @Override
      public long ramBytes() {
        return plain.ramBytes();
      }

      @Override
      public boolean traces() {
        return plain.traces();
      }

      @Override
      public boolean destinationSurvivesFailure() {
        return plain.destinationSurvivesFailure();
      }
    };
  }

  /**
   * The quick compiler does not know the processor's instructions for AES: with it alone, TLS is
   * fifty times slower. The launcher starts hosts with all compilers.
   */
  private static List<String> withAllCompilers(List<String> command) {
    List<String> other = new ArrayList<>(command);
    other.remove("-XX:TieredStopAtLevel=1");
    return other;
  }

  private static void encrypt(HostProcess source, HostProcess destination, int port)
      throws IOException {
    destination.execute("migrate-set-parameters", Map.of("tls-creds", TLS));
    destination.execute("migrate-incoming", Map.of("uri", "tcp:127.0.0.1:" + port));
    source.execute("migrate-set-parameters", Map.of("tls-creds", TLS, "tls-hostname", DESTINATION));
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
