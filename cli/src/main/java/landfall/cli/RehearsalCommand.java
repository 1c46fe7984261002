package landfall.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import landfall.implementation.CompanionPlace;
import landfall.implementation.HostPlace;
import landfall.implementation.Implementation;
import landfall.implementation.Implementations;
import landfall.implementation.QmpClient;
import landfall.processes.ScratchFolder;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;
import picocli.CommandLine.Command;

/**
 * {@code landfall rehearsal}: migrations of each kind between two hosts, all in this process, so
 * that the launcher can keep the classes that hosts need. A host that loads them while its guest is
 * moved costs that guest tens of milliseconds of downtime.
 */
@Command(name = "rehearsal", hidden = true, description = "Moves small guests within this process.")
final class RehearsalCommand implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long POLL_NANOS = 5_000_000;
  private static final long BOOT_MILLIS = 50;
  private static final int RAM_MIB = 2;
  private static final long DISK_BYTES = 1 << 20;

  /** So slow that the guest goes before its pages have. */
  private static final int BYTES_PER_SECOND = 2_000_000;

  private static final String POST_COPY = "postcopy-ram";
  private static final String CHECKPOINTS = "x-landfall-checkpoints";

  /** What clients and audits of trials ask of a guest. */
  private static final List<String> OPERATIONS =
      List.of("set wset 100", "set fill 1", "status", "w 1 5", "c 1 5 6", "r 1", "dw 3 7", "dr 3");

  /**
   * One migration.
   *
   * @param implementation which says what there is beside the hosts
   */
  private record Scene(String implementation, List<String> capabilities) {}

  private static final List<Scene> SCENES =
      List.of(
          new Scene("reference", List.of()),
          new Scene("reference", List.of(POST_COPY, CHECKPOINTS)),
          new Scene("reference-arbiter", List.of()),
          new Scene("reference-lease", List.of(POST_COPY)),
          new Scene("reference-store", List.of(POST_COPY, CHECKPOINTS, "x-landfall-copies-ahead")));

  @Override
  public Integer call() throws IOException {
    var implementations = new Implementations(List.of("host"), Version.number(), RAM_MIB);
    for (Scene scene : SCENES) {
      play(scene, implementations.named(scene.implementation()).get(0));
    }
    return 0;
  }

  private static void play(Scene scene, Implementation hosts) throws IOException {
    // Removed when this process ends.
    Path folder = ScratchFolder.create("rehearsal");
    Path kernel = hosts.putGuest(folder);
    Optional<Path> disk = hosts.disk(folder);
    if (disk.isPresent()) {
      try (var image = new RandomAccessFile(disk.get().toFile(), "rw")) {
        image.setLength(DISK_BYTES);
      }
    }
    hosts
        .companion(new CompanionPlace(folder, folder, List.of(0), 1))
        .ifPresent(command -> run("companion", command));
    var from = place("A", folder, 0);
    var to = place("B", folder, HostPlace.freePort());
    if (hosts.arbiter(folder).isPresent()) {
      from.reachStorage();
      to.reachStorage();
    }
    try (QmpClient destination = start(hosts, to, kernel);
        QmpClient source = start(hosts, from, kernel)) {
      var numbers = new AtomicLong();
      try (var console = new SerialConsole(from.serial(), numbers, new Deaf())) {
        // What comes before the guest listens is lost.
        await(
            "the guest does not start", () -> console.send("ping").await(BOOT_MILLIS).isPresent());
        OPERATIONS.forEach(each -> console.send(each).await(LIMIT.toMillis()));
      }
      prepare(destination, scene);
      prepare(source, scene);
      String uri = "tcp:127.0.0.1:" + to.incomingPort();
      source.execute("migrate", Map.of("uri", uri), LIMIT);
      if (scene.capabilities().contains(POST_COPY)) {
        source.execute("migrate-start-postcopy", Map.of(), LIMIT);
      }
      await("the migration does not end", () -> isCompleted(source));
      try (var console = new SerialConsole(to.serial(), numbers, new Deaf())) {
        console.send("verify").await(LIMIT.toMillis());
      }
      source.execute("quit", Map.of(), LIMIT);
      destination.execute("quit", Map.of(), LIMIT);
    }
  }

  private static HostPlace place(String name, Path folder, int port) {
    return new HostPlace(name, folder, folder, port, false, 1, List.of(0));
  }

  private static QmpClient start(Implementation hosts, HostPlace place, Path kernel)
      throws IOException {
    Thread host = run(place.name(), hosts.command(place, kernel));
    await(
        "host " + place.name() + " does not start",
        () -> Files.exists(place.qmp()) || !host.isAlive());
    return QmpClient.connect(place.qmp(), LIMIT, event -> {});
  }

  private static Thread run(String name, List<String> command) {
    var words = new ArrayList<>(command);
    var thread = new Thread(() -> Main.execute(words.toArray(String[]::new)), name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void prepare(QmpClient host, Scene scene) throws IOException {
    List<Map<String, Object>> capabilities = new ArrayList<>();
    capabilities.add(Map.of("capability", "events", "state", true));
    scene
        .capabilities()
        .forEach(each -> capabilities.add(Map.of("capability", each, "state", true)));
    host.execute("migrate-set-capabilities", Map.of("capabilities", capabilities), LIMIT);
    host.execute("migrate-set-parameters", Map.of("max-bandwidth", BYTES_PER_SECOND), LIMIT);
  }

  private static boolean isCompleted(QmpClient source) {
    try {
      source.execute("query-status", Map.of(), LIMIT);
      String status = source.execute("query-migrate", Map.of(), LIMIT).path("status").asText();
      return status.equals("completed");
    } catch (IOException silent) {
      return false;
    }
  }

  private static void await(String otherwise, BooleanSupplier condition) throws IOException {
    long giveUp = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > giveUp) {
        throw new IOException(otherwise);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /** Nobody looks at what the guest says. */
  private static final class Deaf implements SerialConsole.Listener {
    @Override
    public void replied(Reply reply) {
      // Read by whoever asked.
    }

    @Override
    public void said(String line, long atNanos) {
      // Of no weight here.
    }
  }
}
