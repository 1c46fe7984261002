package landfall.trial;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import landfall.implementation.CompanionPlace;
import landfall.implementation.HostException;
import landfall.implementation.HostPlace;
import landfall.implementation.HostProcess;
import landfall.implementation.Implementation;
import landfall.implementation.Preload;
import landfall.implementation.QmpException;
import landfall.nemesis.MigrationProxy;
import landfall.nemesis.Place;
import landfall.processes.ScratchFolder;
import landfall.qemustream.StreamLog;
import landfall.trial.Observations.Kind;
import landfall.workload.SerialConsole;

/** The hosts of a trial, and the lines into them. */
final class TrialHosts implements AutoCloseable {
  private final Schedule schedule;
  private final Implementation implementation;
  private final Path kernel;
  private final Path logs;
  private final Recorder recorder;
  private final Path sockets;

  private final AtomicLong requestIds = new AtomicLong();
  private final StreamLog streamLog;

  /** In the order of their names, which is that of their coming. */
  private final List<TrialHost> hosts = new CopyOnWriteArrayList<>();

  private final List<String> names;

  /** Between each host, by its name, and a store. */
  private final Map<String, MigrationProxy> storeLinks = new ConcurrentHashMap<>();

  /** Those that the implementation needs, by their places. */
  private final Map<Place, Companion> companions = new EnumMap<>(Place.class);

  /** The lines into all hosts that there ever were, in the order of their coming. */
  private final List<SerialConsole> consoles = new CopyOnWriteArrayList<>();

  private volatile boolean closed;

  TrialHosts(
      Schedule schedule, Implementation implementation, Path kernel, Path logs, Recorder recorder)
      throws IOException {
    this.schedule = schedule;
    this.implementation = implementation;
    this.kernel = kernel;
    this.logs = logs;
    this.recorder = recorder;
    streamLog = new StreamLog(recorder.startNanos());
    names = new ArrayList<>(schedule.hosts());
    // Socket paths are short on every system, and folders of evidence are not.
    sockets = ScratchFolder.create("trial");
  }

  /**
   * Starts all side by side; the guest is at the first one.
   *
   * @throws HostException if one of them does not come up
   * @throws IOException if it cannot be started at all
   */
  void start() throws IOException, InterruptedException {
    startBeside(Place.COMPANION, implementation::companion);
    startBeside(Place.GRANTOR, implementation::grantor);
    // On threads of their own: the common pool has but one on a small machine.
    List<CompletableFuture<TrialHost>> starting = new ArrayList<>();
    for (String name : names) {
      int port = starting.isEmpty() ? 0 : HostPlace.freePort();
      starting.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return start(place(name, port));
                } catch (IOException e) {
                  throw new CompletionException(e);
                }
              },
              work -> new Thread(work, "start-" + name).start()));
    }
    IOException failed = null;
    for (CompletableFuture<TrialHost> each : starting) {
      try {
        add(each.join());
      } catch (CompletionException e) {
        IOException cause =
            e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        failed = failed == null ? cause : failed;
      }
    }
    if (failed != null) {
      throw failed;
    }
    for (Companion each : companions.values()) {
      each.awaitReady();
    }
  }

  private void startBeside(Place which, Function<CompanionPlace, Optional<List<String>>> command)
      throws IOException {
    List<Integer> tracked = Schedule.trackedPages(schedule.guest());
    IntFunction<Optional<List<String>>> ofLife =
        life -> command.apply(new CompanionPlace(sockets, logs, tracked, life));
    if (ofLife.apply(1).isPresent()) {
      companions.put(
          which,
          new Companion(
              which.word(),
              life -> ofLife.apply(life).orElseThrow(),
              preloads(each -> each == which),
              sockets,
              logs));
    }
  }

  /** Processes are started as anybody starts them unless a fault needs it otherwise. */
  private Set<Preload> preloads(Predicate<Place> where) {
    return schedule.faults().stream()
        .map(fault -> fault.kind().traits())
        .filter(traits -> where.test(traits.place()))
        .flatMap(traits -> traits.prepared().stream())
        .map(place -> place == Place.CLOCK ? Preload.CLOCK : Preload.CALLS)
        .filter(Preload::isInstalled)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The process beside the hosts that has this place; empty if there is none. */
  Optional<Companion> companion(Place which) {
    return Optional.ofNullable(companions.get(which));
  }

  /** All hosts that have come up. */
  List<TrialHost> all() {
    return hosts;
  }

  /** Whether none has come up. */
  boolean isEmpty() {
    return hosts.isEmpty();
  }

  TrialHost named(String name) {
    return hosts.stream()
        .filter(host -> host.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("there is no host " + name));
  }

  boolean allAlive() {
    return hosts.stream().allMatch(TrialHost::isAlive);
  }

  boolean allDead() {
    return hosts.stream().noneMatch(TrialHost::isAlive);
  }

  /** The lines into all hosts. */
  List<SerialConsole> consoles() {
    return consoles;
  }

  /** How many requests were sent to the guest, at either host. */
  long requests() {
    return requestIds.get();
  }

  /** What passes on the channels in the words of QEMU; nothing if another protocol does. */
  StreamLog streamLog() {
    return streamLog;
  }

  /** A folder with a short path that is gone at the end. */
  Path sockets() {
    return sockets;
  }

  /**
   * Where a destination is dead, or ends with its attempt, the operator starts another host, of a
   * name of its own.
   */
  TrialHost successor() throws IOException {
    String name = String.valueOf((char) ('A' + names.size()));
    while (names.contains(name)) {
      name += "-2";
    }
    TrialHost host = start(place(name, HostPlace.freePort()));
    names.add(name);
    add(host);
    return host;
  }

  /** A host that is dead is started again, and waits for a guest; it takes the place of itself. */
  TrialHost restart(TrialHost dead) throws IOException {
    TrialHost host = start(dead.process().place().again(HostPlace.freePort()));
    synchronized (this) {
      if (closed) {
        host.close();
        throw new HostException("the trial was over when it had come up");
      }
      hosts.set(hosts.indexOf(dead), host);
      consoles.add(host.console());
    }
    dead.close();
    return host;
  }

  private synchronized void add(TrialHost host) {
    hosts.add(host);
    consoles.add(host.console());
  }

  /** What the arbiter's file says; null if the hosts share none, or it cannot be read. */
  String lock() {
    Path file = implementation.arbiter(sockets).orElse(null);
    try {
      return file == null || !Files.isRegularFile(file)
          ? null
          : Recorder.cut(Files.readString(file));
    } catch (IOException unreadable) {
      return null;
    }
  }

  private HostPlace place(String name, int port) throws IOException {
    var place =
        new HostPlace(
            name,
            sockets,
            logs,
            port,
            port != 0 && schedule.comparesMemory(),
            schedule.seed(),
            Schedule.trackedPages(schedule.guest()));
    Path store = implementation.store(sockets).orElse(null);
    if (store == null) {
      return place;
    }
    var link = new MigrationProxy(() -> UnixDomainSocketAddress.of(store));
    storeLinks.put(name, link);
    return place.reachingStoreAt(link.address().getPort());
  }

  /** The relay between this host and a store beside the hosts; empty if there is none. */
  Optional<MigrationProxy> storeLink(String host) {
    return Optional.ofNullable(storeLinks.get(host));
  }

  private TrialHost start(HostPlace place) throws IOException {
    String name = place.name();
    HostProcess host =
        HostProcess.start(
            implementation,
            place,
            kernel,
            preloads(struck -> !companions.containsKey(struck)),
            event -> told(name, text(event)));
    try {
      prepare(host);
      return new TrialHost(host, console(host), recorder);
    } catch (IOException e) {
      host.close();
      throw e;
    }
  }

  /** Sets what both hosts need, and has a destination listen. */
  private void prepare(HostProcess host) throws IOException {
    List<Map<String, Object>> capabilities = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of("events"));
    names.addAll(schedule.mode().capabilities());
    names.addAll(implementation.capabilities());
    if (schedule.mode().hasUrgentConnection(implementation)) {
      names.add("postcopy-preempt");
    }
    names.addAll(schedule.capabilities());
    names.forEach(each -> capabilities.add(Map.of("capability", each, "state", true)));
    String name = host.place().name();
    execute(name, host, "migrate-set-capabilities", Map.of("capabilities", capabilities));
    Map<String, Object> parameters = implementation.parameters(host.place().hasGuest());
    if (!parameters.isEmpty()) {
      execute(name, host, "migrate-set-parameters", parameters);
    }
    if (!host.place().hasGuest() && implementation.listensWhenTold()) {
      String uri = "tcp:127.0.0.1:" + host.place().incomingPort();
      execute(name, host, "migrate-incoming", Map.of("uri", uri));
    }
  }

  /** What it refuses is its own, with its own reason. */
  private static void execute(
      String name, HostProcess host, String command, Map<String, ?> arguments) throws IOException {
    try {
      host.execute(command, arguments);
    } catch (QmpException refused) {
      throw new HostException(
          "host "
              + name
              + " refused '"
              + command
              + "' with "
              + arguments
              + ": "
              + refused.getMessage());
    }
  }

  private void told(String name, String event) {
    recorder.seen(name, Kind.EVENT, event);
    hosts.stream().filter(host -> host.name().equals(name)).forEach(host -> host.told(event));
  }

  private SerialConsole console(HostProcess host) throws IOException {
    String name = host.place().name();
    try {
      return new SerialConsole(host.place().serial(), requestIds, recorder.listener(name));
    } catch (IOException refused) {
      throw new HostException(
          "host " + name + " has no serial line: " + String.valueOf(refused.getMessage()));
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
    synchronized (this) {
      closed = true;
    }
    hosts.forEach(TrialHost::close);
    storeLinks.values().forEach(MigrationProxy::close);
    for (Companion each : companions.values()) {
      each.close();
    }
    TrialFiles.deleteBelow(sockets);
    Files.deleteIfExists(sockets);
  }
}
