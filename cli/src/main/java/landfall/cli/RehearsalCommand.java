package landfall.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import landfall.implementation.HostPlace;
import landfall.implementation.Implementation;
import landfall.implementation.Implementations;
import landfall.implementation.QmpClient;
import landfall.processes.ScratchFolder;
import picocli.CommandLine.Command;

/**
 * {@code landfall rehearsal}: one migration between two hosts, both in this process, so that a JVM
 * which keeps its classes keeps all that a host needs. A host that loads them while its guest is
 * moved costs that guest tens of milliseconds of downtime.
 */
@Command(
    name = "rehearsal",
    hidden = true,
    description = "Moves a small guest within this process.")
final class RehearsalCommand implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long POLL_NANOS = 5_000_000;
  private static final int RAM_MIB = 2;

  @Override
  public Integer call() throws IOException {
    // Removed when this process ends.
    Path folder = ScratchFolder.create("rehearsal");
    int port = HostPlace.freePort();
    Implementation hosts =
        new Implementations(List.of("host"), Version.number(), RAM_MIB).named("reference").get(0);
    Path kernel = hosts.putGuest(folder);
    try (QmpClient destination = start(hosts, "B", folder, port, kernel);
        QmpClient source = start(hosts, "A", folder, 0, kernel)) {
      source.execute("migrate", Map.of("uri", "tcp:127.0.0.1:" + port), LIMIT);
      awaitCompletion(source);
      source.execute("quit", Map.of(), LIMIT);
      destination.execute("quit", Map.of(), LIMIT);
    }
    return 0;
  }

  private static QmpClient start(
      Implementation hosts, String name, Path folder, int port, Path kernel) throws IOException {
    var place = new HostPlace(name, folder, folder, port, false, 1, List.of(0));
    List<String> command = new ArrayList<>(hosts.command(place, kernel));
    var host = new Thread(() -> Main.execute(command.toArray(String[]::new)), name);
    host.setDaemon(true);
    host.start();
    long giveUp = System.nanoTime() + LIMIT.toNanos();
    while (!Files.exists(place.qmp())) {
      if (System.nanoTime() > giveUp || !host.isAlive()) {
        throw new IOException("host " + name + " does not start");
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return QmpClient.connect(place.qmp(), LIMIT, event -> {});
  }

  private static void awaitCompletion(QmpClient source) throws IOException {
    long giveUp = System.nanoTime() + LIMIT.toNanos();
    String status = "";
    while (!status.equals("completed")) {
      if (System.nanoTime() > giveUp) {
        throw new IOException("the migration does not end: " + status);
      }
      LockSupport.parkNanos(POLL_NANOS);
      status = source.execute("query-migrate", Map.of(), LIMIT).path("status").asText();
    }
  }
}
