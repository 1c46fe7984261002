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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import landfall.implementation.HostException;
import landfall.implementation.HostPlace;
import landfall.implementation.HostProcess;
import landfall.implementation.Implementation;
import landfall.implementation.Role;
import landfall.nemesis.ConnectionSeen;
import landfall.nemesis.MigrationProxy;
import landfall.nemesis.StreamEvent;
import landfall.processes.ScratchFolder;
import landfall.qemustream.StreamEntry;
import landfall.qemustream.StreamLog;
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
  private final StreamLog streamLog;

  private volatile HostWatch source;
  private volatile HostWatch destination;
  private volatile SerialConsole sourceConsole;
  private volatile SerialConsole destinationConsole;
  private volatile int destinationPort;
  private int destinations;
  private MigrationProxy proxy;

  TrialHosts(
      Schedule schedule, Implementation implementation, Path kernel, Path logs, Recorder recorder)
      throws IOException {
    this.schedule = schedule;
    this.implementation = implementation;
    this.kernel = kernel;
    this.logs = logs;
    this.recorder = recorder;
    streamLog = new StreamLog(recorder.startNanos());
    // Socket paths are short on every system, and folders of evidence are not.
    sockets = ScratchFolder.create("trial");
  }

  /**
   * Starts both side by side.
   *
   * @throws HostException if one of them does not come up
   * @throws IOException if it cannot be started at all
   */
  void start() throws IOException {
    proxy =
        new MigrationProxy(
            () -> new InetSocketAddress(InetAddress.getLoopbackAddress(), destinationPort),
            streamLog);
    // On a thread of its own: the common pool has but one on a small machine.
    var starting =
        CompletableFuture.runAsync(
            () -> {
              try {
                HostProcess host = start(Role.SOURCE, 0, 1);
                source = new HostWatch(host, recorder);
                sourceConsole = console(host);
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
      starting.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
    if (failed != null) {
      throw failed;
    }
  }

  /** The source; null before it has come up. */
  HostWatch source() {
    return source;
  }

  /** The destination; null before it has come up. */
  HostWatch destination() {
    return destination;
  }

  /** The watch of a role; null before its host has come up. */
  HostWatch watch(Role role) {
    return role == Role.SOURCE ? source : destination;
  }

  boolean isAlive(Role role) {
    HostWatch watch = watch(role);
    return watch != null && watch.host().isAlive();
  }

  /** The line into a host, if there is one now. */
  Optional<SerialConsole> console(Role role) {
    return Optional.ofNullable(role == Role.SOURCE ? sourceConsole : destinationConsole);
  }

  /** How many requests were sent to the guest, at either host. */
  long requests() {
    return requestIds.get();
  }

  MigrationProxy proxy() {
    return proxy;
  }

  /** What passed on the channel in the words of QEMU; nothing if another protocol did. */
  List<StreamEntry> streamEntries() {
    return streamLog.entries();
  }

  /** A folder with a short path that is gone at the end. */
  Path sockets() {
    return sockets;
  }

  /** Where a destination is dead, or ends with its attempt, the operator starts another one. */
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
                        event.atNanos() - recorder.startNanos(),
                        event.deliveredNanos() == 0
                            ? 0
                            : event.deliveredNanos() - recorder.startNanos()))
            .toList();
  }

  /** What became of the connections, with times since the trial began. */
  List<ConnectionSeen> connections() {
    return proxy == null
        ? List.of()
        : proxy.connectionsSeen().stream()
            .map(
                each ->
                    new ConnectionSeen(
                        each.number(),
                        each.bytesDelivered(),
                        each.ended(),
                        each.ended() ? each.endedNanos() - recorder.startNanos() : 0))
            .toList();
  }

  private void startDestination() throws IOException {
    destinationPort = HostPlace.freePort();
    HostProcess host = start(Role.DESTINATION, destinationPort, ++destinations);
    destination = new HostWatch(host, recorder);
    destinationConsole = console(host);
  }

  private HostProcess start(Role role, int port, int life) throws IOException {
    var place =
        new HostPlace(
            role,
            sockets,
            logs,
            port,
            role == Role.DESTINATION && schedule.comparesMemory(),
            schedule.seed(),
            Schedule.trackedPages(schedule.guest()),
            life);
    HostProcess host =
        HostProcess.start(implementation, place, kernel, event -> told(role, text(event)));
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

  private void told(Role role, String event) {
    recorder.seen(role.word(), Kind.EVENT, event);
    HostWatch watch = watch(role);
    if (watch != null) {
      watch.look();
    }
  }

  private SerialConsole console(HostProcess host) throws IOException {
    String role = host.place().role().word();
    try {
      return new SerialConsole(host.place().serial(), requestIds, recorder.listener(role));
    } catch (IOException refused) {
      throw new HostException(
          "the " + role + " has no serial line: " + String.valueOf(refused.getMessage()));
    }
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
