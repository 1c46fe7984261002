package landfall.implementation;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** A host that runs. Closing ends it, whatever state it is in. */
public final class HostProcess implements Closeable {
  private static final Duration START_LIMIT = Duration.ofSeconds(20);
  private static final Duration COMMAND_LIMIT = Duration.ofSeconds(3);
  private static final long POLL_NANOS = 10_000_000;

  private final HostPlace place;
  private final Process process;
  private final QmpClient qmp;

  private HostProcess(HostPlace place, Process process, QmpClient qmp) {
    this.place = place;
    this.process = process;
    this.qmp = qmp;
  }

  /**
   * Starts a host and waits until it can be controlled.
   *
   * @param onEvent is told its QMP events
   * @throws IOException if it ends or does not answer; the message has what it said
   */
  public static HostProcess start(
      Implementation implementation, HostPlace place, Path kernel, Consumer<JsonNode> onEvent)
      throws IOException {
    Path log = place.logs().resolve(place.role().word() + ".log");
    var builder =
        new ProcessBuilder(implementation.command(place, kernel))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.environment().put("LANDFALL_MUTANTS", "allowed");
    Files.deleteIfExists(place.qmp());
    Files.deleteIfExists(place.serial());
    Process process = builder.start();
    long giveUp = System.nanoTime() + START_LIMIT.toNanos();
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
        throw new IOException(
            implementation.name()
                + ": the "
                + place.role().word()
                + (dead ? " ended at start with status " + exitOf(process) : " does not answer")
                + ": "
                + lastLines(log));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private static String exitOf(Process process) {
    return Integer.toString(process.exitValue());
  }

  private static String lastLines(Path log) throws IOException {
    String text = Files.readString(log).strip();
    return text.isEmpty() ? "it said nothing" : text.substring(Math.max(0, text.length() - 400));
  }

  public HostPlace place() {
    return place;
  }

  /** The process, for signals. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  public boolean isAlive() {
    return process.isAlive();
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

  /** Ends the process. */
  @Override
  public void close() {
    qmp.close();
    process.destroyForcibly();
    try {
      process.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
