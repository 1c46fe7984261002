package landfall.implementation;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import landfall.processes.ChildProcess;

/** A host that runs. Closing ends it, whatever state it is in. */
public final class HostProcess implements Closeable {
  private static final Duration COMMAND_LIMIT = Duration.ofSeconds(3);
  private static final long POLL_NANOS = 10_000_000;
  private static final int LOG_BYTES_MAX = 1 << 20;
  private static final int LAST_WORDS_MAX = 400;

  private final HostPlace place;
  private final Process process;
  private final QmpClient qmp;

  HostProcess(HostPlace place, Process process, QmpClient qmp) {
    this.place = place;
    this.process = process;
    this.qmp = qmp;
  }

  /**
   * Starts a host and waits until it can be controlled.
   *
   * @param onEvent is told its QMP events
   * @throws HostException if it ends or does not answer; the message has what it said
   * @throws IOException if it cannot be started at all
   */
  public static HostProcess start(
      Implementation implementation, HostPlace place, Path kernel, Consumer<JsonNode> onEvent)
      throws IOException {
    return start(implementation, place, kernel, Set.of(), onEvent);
  }

  /**
   * The same, and what these allow can be done to the host.
   *
   * @param preloads none for a host as anybody starts it
   */
  public static HostProcess start(
      Implementation implementation,
      HostPlace place,
      Path kernel,
      Set<Preload> preloads,
      Consumer<JsonNode> onEvent)
      throws IOException {
    Path log = place.logs().resolve(place.name() + ".log");
    var builder =
        new ProcessBuilder(implementation.command(place, kernel)).redirectErrorStream(true);
    builder.environment().put("LANDFALL_MUTANTS", "allowed");
    for (Preload each : preloads) {
      each.give(builder, place.sockets(), place.name());
    }
    Files.deleteIfExists(place.qmp());
    Files.deleteIfExists(place.serial());
    if (implementation.arbiter(place.sockets()).isPresent()) {
      place.reachStorage();
    }
    Process process = ChildProcess.start(builder);
    Thread keeper = keepOutput(process, log);
    long giveUp = System.nanoTime() + implementation.startLimit().toNanos();
    while (true) {
      try {
        if (Files.exists(place.qmp())) {
          QmpClient qmp = QmpClient.connect(place.qmp(), COMMAND_LIMIT, onEvent);
          return new HostProcess(place, process, qmp);
        }
      } catch (IOException notYet) {
        // It binds its socket a moment before it listens.
      }
      boolean dead = !process.isAlive();
      if (dead || System.nanoTime() > giveUp || Thread.currentThread().isInterrupted()) {
        process.destroyForcibly();
        throw new HostException(
            implementation.name()
                + ": host "
                + place.name()
                + (dead
                    ? " ended at start with status " + process.exitValue()
                    : " does not answer within " + implementation.startLimit().toSeconds() + " s")
                + ": "
                + lastWords(log, keeper));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Keeps the beginning of what the process says; the rest is read and dropped. */
  private static Thread keepOutput(Process process, Path log) throws IOException {
    OutputStream out =
        Files.newOutputStream(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    var keeper =
        new Thread(
            () -> {
              try (out;
                  InputStream in = process.getInputStream()) {
                var buffer = new byte[8192];
                long said = 0;
                for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                  int kept = (int) Math.max(0, Math.min(length, LOG_BYTES_MAX - said));
                  out.write(buffer, 0, kept);
                  out.flush();
                  said += length;
                }
                if (said > LOG_BYTES_MAX) {
                  String dropped = "\n... and " + (said - LOG_BYTES_MAX) + " bytes more\n";
                  out.write(dropped.getBytes(StandardCharsets.UTF_8));
                }
              } catch (IOException unwritable) {
                // What it says is of no weight; it must only not fill the pipe.
              }
            },
            "output-of-host");
    keeper.setDaemon(true);
    keeper.start();
    return keeper;
  }

  private static String lastWords(Path log, Thread keeper) throws IOException {
    try {
      keeper.join(TimeUnit.SECONDS.toMillis(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip();
    return text.isEmpty()
        ? "it said nothing"
        : text.substring(Math.max(0, text.length() - LAST_WORDS_MAX));
  }

  public HostPlace place() {
    return place;
  }

  /** The file by which what this allows is done to the host; it may not be there. */
  public Path file(Preload preload) {
    return preload.file(place.sockets(), place.name());
  }

  /** The process, for signals. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  /**
   * Whether it runs. {@link Process} hears of a death up to milliseconds after the handle by which
   * a fault sees that its kill took effect; whoever asks after that fault must not be told
   * otherwise.
   */
  public boolean isAlive() {
    return process.isAlive() && process.toHandle().isAlive();
  }

  /** Executes a command; see {@link QmpClient#execute}. */
  public JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
    return qmp.execute(command, arguments, COMMAND_LIMIT);
  }

  /** Executes a command that may be answered late, or that nobody waits for long. */
  public JsonNode execute(String command, Map<String, ?> arguments, Duration limit)
      throws IOException {
    return qmp.execute(command, arguments, limit);
  }

  /** Executes a command ahead of others; see {@link QmpClient#executeAtOnce}. */
  public JsonNode executeAtOnce(String command, Map<String, ?> arguments) throws IOException {
    return qmp.executeAtOnce(command, arguments, COMMAND_LIMIT);
  }

  /** Ends the process. */
  @Override
  public void close() {
    qmp.close();
    process.destroyForcibly();
    try {
      process.waitFor(5, TimeUnit.SECONDS);
      Preload.forget(process.pid());
    } catch (IOException stays) {
      // A file of a few bytes that nobody uses.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
