package landfall.trial;

import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import landfall.implementation.HostPlace;
import landfall.implementation.HostProcess;
import landfall.trial.Observations.HostEnd;
import landfall.workload.SerialConsole;

/** A host of a trial: its process, what it says of itself, and the line into its guest. */
final class TrialHost implements AutoCloseable {
  private final HostProcess process;
  private final HostWatch watch;
  private final SerialConsole console;

  /** Where it listens for the guest; 0 if it does not yet. */
  private int incomingPort;

  private static final String MIGRATION = "MIGRATION ";

  /** What its last event about the migration said. */
  private volatile String migrationSaid = "";

  /** Is told its QMP events. */
  private volatile Consumer<String> listener = event -> {};

  TrialHost(HostProcess process, SerialConsole console, Recorder recorder) {
    this.process = process;
    this.console = console;
    incomingPort = process.place().incomingPort();
    watch = new HostWatch(process, recorder);
  }

  String name() {
    return process.place().name();
  }

  HostProcess process() {
    return process;
  }

  HostWatch watch() {
    return watch;
  }

  SerialConsole console() {
    return console;
  }

  /** The host said something unasked. */
  void told(String event) {
    if (event.startsWith(MIGRATION)) {
      migrationSaid = event.substring(MIGRATION.length());
    }
    watch.look();
    listener.accept(event);
  }

  /**
   * What it says of the migration now. One whose guest waits for a page that does not come may
   * answer nothing: then what it said unasked stands.
   */
  String migrationNow() {
    String answered = watch.migrationNow();
    return answered.isEmpty() ? migrationSaid : answered;
  }

  void listener(Consumer<String> onEvent) {
    listener = onEvent;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Whether it was started so that it holds a guest that arrives paused. */
  boolean holdsPaused() {
    return process.place().paused();
  }

  /**
   * The port of loopback at which it listens for the guest. A host at which the guest started is
   * told to listen when the guest is to come back.
   *
   * @throws IOException if it does not take the command
   */
  int incomingPort() throws IOException {
    if (incomingPort == 0) {
      int port = HostPlace.freePort();
      process.execute("migrate-incoming", Map.of("uri", "tcp:127.0.0.1:" + port));
      incomingPort = port;
    }
    return incomingPort;
  }

  HostEnd end() {
    return new HostEnd(name(), isAlive(), isAlive() ? watch.runStateNow() : "", watch.migration());
  }

  @Override
  public void close() {
    watch.close();
    process.close();
    console.close();
  }
}
