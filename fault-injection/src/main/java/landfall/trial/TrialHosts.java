package landfall.trial;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import landfall.implementation.HostPlace;
import landfall.implementation.HostProcess;
import landfall.implementation.Implementation;
import landfall.implementation.Role;
import landfall.nemesis.MigrationProxy;
import landfall.nemesis.StreamEvent;
import landfall.trial.Observations.Kind;
import landfall.workload.SerialConsole;

/** The two hosts of a trial, the proxy between them, and the lines into both. */
final class TrialHosts implements AutoCloseable {
  private final Schedule schedule;
  private final Implementation implementation;
  private final Path kernel;
  private final Path logs;
  private final Recorder recorder;
  private final Path sockets;
  private final AtomicLong requestIds = new AtomicLong();

  private HostWatch source;
  private volatile HostWatch destination;
  private SerialConsole sourceConsole;
  private volatile SerialConsole destinationConsole;
  private volatile int destinationPort;
  private MigrationProxy proxy;

  TrialHosts(
      Schedule schedule, Implementation implementation, Path kernel, Path logs, Recorder recorder)
      throws IOException {
    this.schedule = schedule;
    this.implementation = implementation;
    this.kernel = kernel;
    this.logs = logs;
    this.recorder = recorder;
    // Socket paths are short on every system, and folders of evidence are not.
    sockets = Files.createTempDirectory("landfall");
  }

  /** Starts both side by side. */
  void start() throws IOException {
    // On a thread of its own: the common pool has but one on a small machine.
    var starting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return start(Role.SOURCE, 0);
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            },
            work -> new Thread(work, "start-source").start());
    IOException failed = null;
    try {
      startDestination();
    } catch (IOException e) {
      failed = e;
    }
    try {
      source = new HostWatch(starting.join(), recorder);
    } catch (CompletionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
    if (failed != null) {
      throw failed;
    }
    sourceConsole = console(source.host());
    proxy =
        new MigrationProxy(
            () -> new InetSocketAddress(InetAddress.getLoopbackAddress(), destinationPort));
  }

  boolean areStarted() {
    return proxy != null;
  }

  HostWatch source() {
    return source;
  }

  HostWatch destination() {
    return destination;
  }

  SerialConsole sourceConsole() {
    return sourceConsole;
  }

  SerialConsole destinationConsole() {
    return destinationConsole;
  }

  MigrationProxy proxy() {
    return proxy;
  }

  /** A folder with a short path that is gone at the end. */
  Path sockets() {
    return sockets;
  }

  /** Where a destination ends with its attempt, the operator starts another one. */
  void renewDestination() throws IOException {
    destination.close();
    destination.host().close();
    destinationConsole.close();
    startDestination();
  }

  /** What passed on the channel, with times since the trial began. */
  List<StreamEvent> passed() {
    return proxy == null
        ? List.of()
        : proxy.events().stream()
            .map(
                event ->
                    new StreamEvent(
                        event.connection(),
                        event.direction(),
                        event.phase(),
                        event.label(),
                        event.round(),
                        event.atNanos() - recorder.startNanos()))
            .toList();
  }

  private void startDestination() throws IOException {
    destinationPort = HostPlace.freePort();
    destination = new HostWatch(start(Role.DESTINATION, destinationPort), recorder);
    destinationConsole = console(destination.host());
  }

  private HostProcess start(Role role, int port) throws IOException {
    var place =
        new HostPlace(
            role,
            sockets,
            logs,
            port,
            role == Role.DESTINATION && schedule.comparesMemory(),
            schedule.seed(),
            Schedule.trackedPages(schedule.guest()));
    HostProcess host =
        HostProcess.start(
            implementation,
            place,
            kernel,
            event -> recorder.seen(role.word(), Kind.EVENT, text(event)));
    try {
      List<Map<String, Object>> capabilities = new ArrayList<>();
      capabilities.add(Map.of("capability", "events", "state", true));
      schedule
          .capabilities()
          .forEach(name -> capabilities.add(Map.of("capability", name, "state", true)));
      host.execute("migrate-set-capabilities", Map.of("capabilities", capabilities));
      return host;
    } catch (IOException e) {
      host.close();
      throw e;
    }
  }

  private SerialConsole console(HostProcess host) throws IOException {
    return new SerialConsole(
        host.place().serial(), requestIds, recorder.listener(host.place().role().word()));
  }

  private static String text(JsonNode event) {
    JsonNode data = event.path("data");
    String detail = data.has("status") ? data.get("status").asText() : data.path("pass").asText();
    String name = event.path("event").asText();
    return detail.isEmpty() ? name : name + " " + detail;
  }

  /** Ends whatever was started. */
  @Override
  public void close() throws IOException {
    for (HostWatch watch : Arrays.asList(source, destination)) {
      if (watch != null) {
        watch.close();
        watch.host().close();
      }
    }
    for (SerialConsole console : Arrays.asList(sourceConsole, destinationConsole)) {
      if (console != null) {
        console.close();
      }
    }
    if (proxy != null) {
      proxy.close();
    }
    TrialFiles.deleteBelow(sockets);
    Files.deleteIfExists(sockets);
  }
}
