package landfall.trial;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import landfall.evidence.FaultResult;
import landfall.evidence.RoundResult;
import landfall.history.HistoryWriter;
import landfall.implementation.HostPlace;
import landfall.implementation.HostProcess;
import landfall.implementation.Implementation;
import landfall.implementation.Role;
import landfall.nemesis.FaultKind;
import landfall.nemesis.MigrationProxy;
import landfall.nemesis.Nemesis;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamEvent;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.End;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.MemoryComparison;
import landfall.workload.Clients;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;

/** Runs one trial on one implementation and writes down what was seen. */
public final class Trial {
  private static final long POLL_NANOS = 5_000_000;

  /** All waiting is bounded; this bounds what was forgotten. */
  private static final long TRIAL_MILLIS = 90_000;

  private static final long BOOT_MILLIS = 15_000;
  private static final long OPERATIONS_BEFORE = 220;
  private static final long OPERATIONS_AFTER = 120;
  private static final long OPERATIONS_MIN = 240;
  private static final long OPERATIONS_WAIT_MILLIS = 6_000;
  private static final long ATTEMPT_MILLIS = 25_000;
  private static final long AFTER_CRASH_MILLIS = 3_000;
  private static final long HEAL_MILLIS = 6_000;

  /** A guest that is to come back has this long for it, from the moment the last fault is over. */
  private static final long RETURN_MILLIS = 8_000;

  /** After this long an operator accepts a longer downtime. */
  private static final long PATIENCE_MILLIS = 6_000;

  private static final long DOWNTIME_LIMIT_OF_LAST_RESORT_MILLIS = 2_000;
  private static final long REPLY_MILLIS = 2_000;
  private static final long PING_MILLIS = 500;
  private static final Duration SAVE_LIMIT = Duration.ofSeconds(10);
  private static final int PAGE_BYTES = 4096;
  private static final int DIFFERING_SHOWN = 16;

  private final Schedule schedule;
  private final Implementation implementation;
  private final TrialFiles files;
  private final Path kernel;
  private final Recorder recorder = new Recorder();
  private final AtomicLong requestIds = new AtomicLong();
  private final List<Attempt> attempts = new ArrayList<>();

  private Path sockets;
  private HostWatch source;
  private volatile HostWatch destination;
  private SerialConsole sourceConsole;
  private volatile SerialConsole destinationConsole;
  private volatile int destinationPort;
  private MigrationProxy proxy;
  private Nemesis nemesis;
  private MemoryComparison memory;
  private List<RoundResult> rounds = List.of();

  /**
   * @param kernel the guest's executable
   */
  public Trial(Schedule schedule, Implementation implementation, TrialFiles files, Path kernel) {
    this.schedule = schedule;
    this.implementation = implementation;
    this.files = files;
    this.kernel = kernel;
  }

  /**
   * Runs it. All processes have ended when this returns, or throws.
   *
   * @throws IOException if a host does not start or the evidence cannot be written
   * @throws InterruptedException if the run is to end
   */
  public Observations run() throws IOException, InterruptedException {
    deleteBelow(files.folder());
    Files.createDirectories(files.logs());
    files.writeSchedule(schedule);
    sockets = Files.createTempDirectory("landfall");
    String brokenBy = null;
    End end = null;
    try (var limit = new TimeLimit(TRIAL_MILLIS, files.logs().resolve("overdue.txt"))) {
      try (HistoryWriter history = HistoryWriter.create(files.history())) {
        startHosts();
        end = migrate(history);
      } catch (IOException fault) {
        if (source == null || destination == null) {
          throw fault;
        }
        brokenBy = fault.getMessage() == null ? fault.toString() : fault.getMessage();
      } catch (InterruptedException ended) {
        if (!limit.isOver()) {
          throw ended;
        }
      } finally {
        close();
      }
      if (limit.isOver()) {
        brokenBy = "the trial did not end within " + TRIAL_MILLIS + " ms; see log/overdue.txt";
        end = null;
      }
    }
    var observations =
        new Observations(
            attempts,
            nemesis == null ? List.of() : nemesis.results(),
            recorder.timeline(),
            recorder.replies(),
            recorder.witness(),
            passed(),
            rounds,
            memory,
            end,
            brokenBy);
    files.writeObservations(observations);
    writeEvents(observations);
    return observations;
  }

  // ---------------------------------------------------------------- the hosts

  private void startHosts() throws IOException {
    var starting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return start(Role.SOURCE, 0);
              } catch (IOException e) {
                throw new CompletionException(e);
              }
            });
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

  private void startDestination() throws IOException {
    destinationPort = freePort();
    destination = new HostWatch(start(Role.DESTINATION, destinationPort), recorder);
    destinationConsole = console(destination.host());
  }

  private HostProcess start(Role role, int port) throws IOException {
    var place =
        new HostPlace(
            role,
            sockets,
            files.logs(),
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

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  // ---------------------------------------------------------------- the course of a trial

  private End migrate(HistoryWriter history) throws IOException, InterruptedException {
    bootGuest();
    var clients =
        new Clients(
            () -> Optional.ofNullable(sourceConsole),
            () -> Optional.ofNullable(destinationConsole),
            history,
            recorder.startNanos());
    try {
      clients.start(schedule.seed());
      require(
          await(BOOT_MILLIS, () -> clients.completed() >= OPERATIONS_BEFORE),
          "the guest does not serve its clients before anything was done to it");
      nemesis = new Nemesis(schedule.faults(), proxy, targets(), recorder::millis);
      attempt();
      if (wantsRetry()) {
        await(HEAL_MILLIS, () -> nemesis.allHealed() || holds());
        renewDestination();
        attempt();
      }
      await(HEAL_MILLIS, () -> nemesis.allHealed());
      if (schedule.comparesMemory()) {
        compareMemory();
      }
      End end = awaitReturn(clients);
      return end;
    } finally {
      clients.stop();
      audit(history);
    }
  }

  private void bootGuest() throws IOException, InterruptedException {
    // What is sent before the guest listens is lost, on some boards: ask until it answers.
    boolean up = await(BOOT_MILLIS, () -> sourceConsole.send("ping").await(100).isPresent());
    require(up, "the guest does not boot");
    Schedule.GuestLoad load = schedule.guest();
    for (String setting :
        List.of(
            "wset " + load.workingSetPages(),
            "hot " + load.hotPages(),
            "zero " + load.zeroPercent(),
            "fill 1",
            "rate " + load.writesPerSecond())) {
      Optional<Reply> reply = sourceConsole.send("set " + setting).await(REPLY_MILLIS);
      require(
          reply.isPresent() && reply.get().done(), "the guest does not take 'set " + setting + "'");
    }
    source
        .host()
        .execute(
            "migrate-set-parameters",
            Map.of(
                "max-bandwidth",
                schedule.bandwidthMax(),
                "downtime-limit",
                schedule.downtimeLimitMillis()));
  }

  private Nemesis.Targets targets() {
    return new Nemesis.Targets() {
      @Override
      public ProcessHandle source() {
        return source.host().handle();
      }

      @Override
      public ProcessHandle destination() {
        return destination.host().handle();
      }

      @Override
      public void cancel() {
        var thread = new Thread(() -> command("migrate_cancel", Map.of()), "cancel");
        thread.setDaemon(true);
        thread.start();
      }

      @Override
      public void began(PlannedFault fault) {
        String host =
            switch (fault.kind()) {
              case KILL_DESTINATION, STOP_DESTINATION -> "destination";
              default -> "source";
            };
        recorder.seen(host, Kind.COMMAND, "fault: " + fault.kind().word());
      }
    };
  }

  private boolean command(String command, Map<String, ?> arguments) {
    try {
      recorder.seen("source", Kind.COMMAND, command);
      source.host().execute(command, arguments);
      return true;
    } catch (IOException refused) {
      recorder.seen("source", Kind.COMMAND, String.valueOf(refused.getMessage()));
      return false;
    }
  }

  private void attempt() throws InterruptedException {
    double began = recorder.millis();
    String uri = "tcp:127.0.0.1:" + proxy.address().getPort();
    boolean accepted = command("migrate", Map.of("uri", uri));
    source.forgetMigration();
    if (accepted) {
      awaitOutcome(began);
    }
    attempts.add(
        new Attempt(
            began, recorder.millis(), source.migration(), source.error(), source.downtimeMillis()));
    rounds = roundsOf(source);
  }

  private void awaitOutcome(double began) throws InterruptedException {
    boolean[] patient = {true};
    double[] crashed = {-1};
    await(
        ATTEMPT_MILLIS,
        () -> {
          double now = recorder.millis();
          if (patient[0] && now - began > PATIENCE_MILLIS && nemesis.allHealed()) {
            patient[0] = false;
            command(
                "migrate-set-parameters",
                Map.of("downtime-limit", DOWNTIME_LIMIT_OF_LAST_RESORT_MILLIS));
          }
          if (crashed[0] < 0 && (!source.host().isAlive() || !destination.host().isAlive())) {
            crashed[0] = now;
          }
          boolean ended =
              Stream.of("completed", "failed", "cancelled").anyMatch(source.migration()::equals);
          return ended || crashed[0] >= 0 && now - crashed[0] > AFTER_CRASH_MILLIS;
        });
  }

  private boolean wantsRetry() {
    boolean failed = Stream.of("failed", "cancelled").anyMatch(source.migration()::equals);
    boolean killed =
        schedule.faults().stream()
            .anyMatch(
                fault ->
                    fault.kind() == FaultKind.KILL_DESTINATION
                        || fault.kind() == FaultKind.KILL_SOURCE);
    return schedule.retry() && failed && !killed && source.host().isAlive();
  }

  private boolean holds() {
    return schedule.faults().stream()
        .anyMatch(fault -> fault.kind() == FaultKind.HOLD_THEN_RELEASE);
  }

  /** Where a destination ends with its attempt, the operator starts another one. */
  private void renewDestination() throws IOException, InterruptedException {
    if (implementation.destinationSurvivesFailure()) {
      return;
    }
    destination.close();
    destination.host().close();
    destinationConsole.close();
    startDestination();
  }

  private List<RoundResult> roundsOf(HostWatch watch) {
    try {
      List<RoundResult> told = new ArrayList<>();
      for (JsonNode round : watch.host().execute("x-landfall-status", Map.of()).path("rounds")) {
        told.add(
            new RoundResult(
                round.path("round").asInt(),
                round.path("pages").asLong(),
                round.path("bytes").asLong(),
                round.path("millis").asDouble(),
                round.path("dirtyPagesPerSecond").asDouble()));
      }
      return told;
    } catch (IOException notOurs) {
      return watch.rounds();
    }
  }

  // ---------------------------------------------------------------- both memories

  private void compareMemory() throws IOException, InterruptedException {
    if (!source.migration().equals("completed")
        || !source.host().isAlive()
        || !destination.host().isAlive()) {
      continueDestination();
      return;
    }
    // The destination says so a moment after the source does.
    require(
        await(HEAL_MILLIS, () -> destination.runState().equals("paused")),
        "the destination was told to hold the guest paused, and does not");
    Path here = sockets.resolve("source.ram");
    Path there = sockets.resolve("destination.ram");
    save(source.host(), here);
    save(destination.host(), there);
    List<Integer> differing = new ArrayList<>();
    int pages = 0;
    try (var left = Files.newInputStream(here);
        var right = Files.newInputStream(there)) {
      byte[] one = left.readNBytes(PAGE_BYTES);
      while (one.length > 0) {
        if (!java.util.Arrays.equals(one, right.readNBytes(PAGE_BYTES))
            && differing.size() < DIFFERING_SHOWN) {
          differing.add(pages);
        }
        pages++;
        one = left.readNBytes(PAGE_BYTES);
      }
    }
    memory = new MemoryComparison(pages, differing);
    continueDestination();
  }

  private void save(HostProcess host, Path file) throws IOException {
    host.execute(
        "pmemsave",
        Map.of(
            "val",
            implementation.ramAddress(),
            "size",
            implementation.ramBytes(),
            "filename",
            file.toString()),
        SAVE_LIMIT);
  }

  private void continueDestination() throws IOException {
    if (destination.host().isAlive()) {
      recorder.seen("destination", Kind.COMMAND, "cont");
      destination.host().execute("cont", Map.of());
    }
  }

  // ---------------------------------------------------------------- the end

  private End awaitReturn(Clients clients) throws InterruptedException {
    long healedNanos = System.nanoTime();
    double healed = recorder.millis();
    boolean hopeless = !source.host().isAlive() && !destination.host().isAlive();
    BooleanSupplier answers =
        () ->
            recorder.answeredSince("source", healedNanos)
                || recorder.answeredSince("destination", healedNanos);
    boolean returned = await(hopeless ? 0 : returnMillis(), answers);
    double answered = returned ? recorder.millis() : -1;
    if (returned) {
      long before = clients.completed();
      await(
          OPERATIONS_WAIT_MILLIS,
          () ->
              clients.completed() >= before + OPERATIONS_AFTER
                  && clients.completed() >= OPERATIONS_MIN);
      // A source in doubt may still learn how it went.
      await(
          AFTER_CRASH_MILLIS,
          () ->
              Stream.of("completed", "failed", "cancelled").anyMatch(source.migration()::equals)
                  || !source.host().isAlive()
                  || !destination.host().isAlive());
    }
    source.refresh();
    destination.refresh();
    List<String> answeredAt = new ArrayList<>();
    for (Role role : Role.values()) {
      if (recorder.answeredSince(role.word(), healedNanos)) {
        answeredAt.add(role.word());
      }
    }
    return new End(
        source.host().isAlive(),
        destination.host().isAlive(),
        source.host().isAlive() ? source.runState() : "",
        destination.host().isAlive() ? destination.runState() : "",
        source.migration(),
        healed,
        answeredAt,
        answered,
        recorder.millis() - healed);
  }

  /** Where a host was killed the guest may be lost, which is soon clear. */
  private long returnMillis() {
    boolean killed = !source.host().isAlive() || !destination.host().isAlive();
    return killed ? AFTER_CRASH_MILLIS : RETURN_MILLIS;
  }

  /** Lets the guest look at all its memory, and one last client at all cells. */
  private void audit(HistoryWriter history) throws IOException {
    int process = 1_000_000;
    for (Role role : Role.values()) {
      SerialConsole console = role == Role.SOURCE ? sourceConsole : destinationConsole;
      if (!console.isOpen() || console.send("ping").await(PING_MILLIS).isEmpty()) {
        continue;
      }
      Optional<Reply> verified = console.send("verify").await(4 * REPLY_MILLIS);
      verified.ifPresent(reply -> recorder.witness(role.word(), "verify " + reply.result()));
      for (int cell = 0; cell < Clients.CELLS; cell++) {
        long now = System.nanoTime() - recorder.startNanos();
        history.append(HistoryWriter.Type.INVOKE, process, "read", cell, null, now);
        Optional<Reply> reply = console.send("r " + cell).await(REPLY_MILLIS);
        history.append(
            reply.isPresent() ? HistoryWriter.Type.OK : HistoryWriter.Type.FAIL,
            process,
            "read",
            cell,
            reply.map(Reply::value).orElse(null),
            System.nanoTime() - recorder.startNanos());
      }
      process++;
    }
  }

  private void close() throws IOException {
    if (nemesis != null) {
      nemesis.close();
    }
    for (HostWatch watch : java.util.Arrays.asList(source, destination)) {
      if (watch != null) {
        watch.close();
        watch.host().close();
      }
    }
    for (SerialConsole console : java.util.Arrays.asList(sourceConsole, destinationConsole)) {
      if (console != null) {
        console.close();
      }
    }
    if (proxy != null) {
      proxy.close();
    }
    deleteBelow(sockets);
    Files.deleteIfExists(sockets);
  }

  private static void deleteBelow(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        if (!each.equals(folder)) {
          Files.deleteIfExists(each);
        }
      }
    }
  }

  private void writeEvents(Observations observations) throws IOException {
    List<Map<String, Object>> lines = new ArrayList<>();
    observations
        .timeline()
        .forEach(
            seen ->
                lines.add(event(seen.atMillis(), seen.host(), seen.kind().name(), seen.text())));
    for (FaultResult fault : observations.faults()) {
      lines.add(
          event(
              fault.atMillis(),
              "channel",
              "FAULT",
              fault.kind() + " at " + fault.phase() + ": " + fault.evidence()));
    }
    observations.stream()
        .forEach(
            passed ->
                lines.add(
                    event(
                        passed.atNanos() / 1e6,
                        "channel",
                        "PASSED",
                        passed.connection() + " " + passed.direction() + " " + passed.label())));
    lines.sort(Comparator.comparingDouble(line -> (Double) line.get("atMillis")));
    try (OutputStream out = Files.newOutputStream(files.events())) {
      for (Map<String, Object> line : lines) {
        out.write(TrialFiles.line(line).getBytes(java.nio.charset.StandardCharsets.UTF_8));
      }
    }
  }

  private static Map<String, Object> event(double atMillis, String host, String kind, String text) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("atMillis", atMillis);
    event.put("host", host);
    event.put("kind", kind);
    event.put("text", text);
    return event;
  }

  /** What passed on the channel, with times since the trial began. */
  private List<StreamEvent> passed() {
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

  // ---------------------------------------------------------------- waiting

  /** Waits until it is so, for this long at most; whether it is. */
  private static boolean await(long millis, BooleanSupplier condition) throws InterruptedException {
    long giveUp = System.nanoTime() + millis * 1_000_000;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > giveUp) {
        return false;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }

  private static void require(boolean condition, String otherwise) throws IOException {
    if (!condition) {
      throw new IOException(otherwise);
    }
  }
}
