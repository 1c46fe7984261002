package landfall.trial;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import landfall.implementation.HostException;
import landfall.implementation.Preload;
import landfall.processes.ChildProcess;

/** A process beside the hosts of a trial, which all of them need, through all of its lives. */
final class Companion implements AutoCloseable {
  private static final long READY_MILLIS = 10_000;

  private final String name;
  private final IntFunction<List<String>> command;
  private final Set<Preload> preloads;
  private final Path sockets;
  private final Path log;
  private int lives;
  private volatile Process process;
  private volatile boolean closed;

  /**
   * Starts it. Hosts come up beside it, and look for it until it is there.
   *
   * @param command what it is started with, by the number of its life, from 1
   * @throws IOException if it cannot be started
   */
  Companion(
      String name,
      IntFunction<List<String>> command,
      Set<Preload> preloads,
      Path sockets,
      Path logs)
      throws IOException {
    this.name = name;
    this.command = command;
    this.preloads = preloads;
    this.sockets = sockets;
    log = logs.resolve(name + ".log");
    start();
  }

  private void start() throws IOException {
    lives++;
    var builder =
        new ProcessBuilder(command.apply(lives))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("LANDFALL_MUTANTS", "allowed");
    for (Preload each : preloads) {
      each.give(builder, sockets, name);
    }
    process = ChildProcess.start(builder);
  }

  /** The one of its last life, alive or dead. */
  ProcessHandle handle() {
    return process.toHandle();
  }

  /** The file that moves its wall clock; empty if none does. */
  Optional<Path> clock() {
    return Optional.of(Preload.CLOCK.file(sockets, name)).filter(Files::exists);
  }

  /**
   * It is dead, and is started again.
   *
   * @throws HostException if it does not say that it is ready
   */
  ProcessHandle restart() throws IOException, InterruptedException {
    long said = saidReady();
    synchronized (this) {
      if (closed) {
        throw new HostException("the trial was over");
      }
      start();
    }
    await(said);
    return handle();
  }

  /**
   * Waits until it says for the first time that it is ready.
   *
   * @throws HostException if it does not
   */
  void awaitReady() throws IOException, InterruptedException {
    await(0);
  }

  private void await(long said) throws IOException, InterruptedException {
    Process started = process;
    if (!Wait.until(READY_MILLIS, () -> saidReady() > said || !started.isAlive() || closed)) {
      throw new HostException("the " + name + " does not say that it is ready");
    }
  }

  private long saidReady() {
    try {
      return Files.readString(log).lines().filter(each -> each.endsWith("ready")).count();
    } catch (IOException unreadable) {
      return 0;
    }
  }

  /** Ends it. */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      closed = true;
    }
    process.destroyForcibly();
    Preload.forget(process.pid());
  }
}
