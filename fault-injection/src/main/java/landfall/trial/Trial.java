package landfall.trial;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import landfall.evidence.RoundResult;
import landfall.history.HistoryWriter;
import landfall.implementation.Implementation;
import landfall.implementation.Role;
import landfall.nemesis.FaultKind;
import landfall.nemesis.Nemesis;
import landfall.nemesis.PlannedFault;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.End;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.MemoryComparison;
import landfall.workload.Clients;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;

/** Runs one trial on one implementation and writes down what was seen. */
public final class Trial {
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

  private final Schedule schedule;
  private final Implementation implementation;
  private final TrialFiles files;
  private final Path kernel;
  private final Recorder recorder = new Recorder();
  private final List<Attempt> attempts = new ArrayList<>();

  private TrialHosts hosts;
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
    files.begin(schedule);
    hosts = new TrialHosts(schedule, implementation, kernel, files.logs(), recorder);
    String brokenBy = null;
    End end = null;
    try (var limit = new TimeLimit(TRIAL_MILLIS, files.logs().resolve("overdue.txt"))) {
      try (HistoryWriter history = HistoryWriter.create(files.history())) {
        hosts.start();
        end = migrate(history);
      } catch (IOException fault) {
        if (!hosts.areStarted()) {
          throw fault;
        }
        brokenBy = fault.getMessage() == null ? fault.toString() : fault.getMessage();
      } catch (InterruptedException ended) {
        if (!limit.isOver()) {
          throw ended;
        }
      } finally {
        if (nemesis != null) {
          nemesis.close();
        }
        hosts.close();
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
            hosts.passed(),
            rounds,
            memory,
            end,
            brokenBy);
    files.writeObservations(observations);
    return observations;
  }

  // ---------------------------------------------------------------- the course of a trial

  private End migrate(HistoryWriter history) throws IOException, InterruptedException {
    bootGuest();
    var clients =
        new Clients(
            () -> Optional.of(hosts.sourceConsole()),
            () -> Optional.of(hosts.destinationConsole()),
            history,
            recorder.startNanos());
    try {
      clients.start(schedule.seed());
      require(
          Wait.until(BOOT_MILLIS, () -> clients.completed() >= OPERATIONS_BEFORE),
          "the guest does not serve its clients before anything was done to it");
      nemesis = new Nemesis(schedule.faults(), hosts.proxy(), targets(), recorder::millis);
      attempt();
      if (wantsRetry()) {
        Wait.until(HEAL_MILLIS, () -> nemesis.allHealed() || holds());
        if (!implementation.destinationSurvivesFailure()) {
          hosts.renewDestination();
        }
        attempt();
      }
      Wait.until(HEAL_MILLIS, () -> nemesis.allHealed());
      if (schedule.comparesMemory()) {
        compareMemory();
      }
      return awaitReturn(clients);
    } finally {
      clients.stop();
      audit(history);
    }
  }

  private void bootGuest() throws IOException, InterruptedException {
    // What is sent before the guest listens is lost, on some boards: ask until it answers.
    boolean up =
        Wait.until(BOOT_MILLIS, () -> hosts.sourceConsole().send("ping").await(100).isPresent());
    require(up, "the guest does not boot");
    Schedule.GuestLoad load = schedule.guest();
    for (String setting :
        List.of(
            "wset " + load.workingSetPages(),
            "hot " + load.hotPages(),
            "zero " + load.zeroPercent(),
            "fill 1",
            "rate " + load.writesPerSecond())) {
      Optional<Reply> reply = hosts.sourceConsole().send("set " + setting).await(REPLY_MILLIS);
      require(
          reply.isPresent() && reply.get().done(), "the guest does not take 'set " + setting + "'");
    }
    hosts
        .source()
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
        return hosts.source().host().handle();
      }

      @Override
      public ProcessHandle destination() {
        return hosts.destination().host().handle();
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
      hosts.source().host().execute(command, arguments);
      return true;
    } catch (IOException refused) {
      recorder.seen("source", Kind.COMMAND, String.valueOf(refused.getMessage()));
      return false;
    }
  }

  private void attempt() throws InterruptedException {
    double began = recorder.millis();
    String uri = "tcp:127.0.0.1:" + hosts.proxy().address().getPort();
    boolean accepted = command("migrate", Map.of("uri", uri));
    hosts.source().forgetMigration();
    if (accepted) {
      awaitOutcome(began);
    }
    attempts.add(
        new Attempt(
            began,
            recorder.millis(),
            hosts.source().migration(),
            hosts.source().error(),
            hosts.source().downtimeMillis()));
    rounds = roundsOf(hosts.source());
  }

  private void awaitOutcome(double began) throws InterruptedException {
    boolean[] patient = {true};
    double[] crashed = {-1};
    Wait.until(
        ATTEMPT_MILLIS,
        () -> {
          double now = recorder.millis();
          if (patient[0] && now - began > PATIENCE_MILLIS && nemesis.allHealed()) {
            patient[0] = false;
            command(
                "migrate-set-parameters",
                Map.of("downtime-limit", DOWNTIME_LIMIT_OF_LAST_RESORT_MILLIS));
          }
          if (crashed[0] < 0
              && (!hosts.source().host().isAlive() || !hosts.destination().host().isAlive())) {
            crashed[0] = now;
          }
          return hosts.source().hasOutcome()
              || crashed[0] >= 0 && now - crashed[0] > AFTER_CRASH_MILLIS;
        });
  }

  private boolean wantsRetry() {
    boolean failed = hosts.source().hasOutcome() && !hosts.source().migration().equals("completed");
    boolean killed =
        schedule.faults().stream()
            .anyMatch(
                fault ->
                    fault.kind() == FaultKind.KILL_DESTINATION
                        || fault.kind() == FaultKind.KILL_SOURCE);
    return schedule.retry() && failed && !killed && hosts.source().host().isAlive();
  }

  private boolean holds() {
    return schedule.faults().stream()
        .anyMatch(fault -> fault.kind() == FaultKind.HOLD_THEN_RELEASE);
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
    boolean bothHoldIt =
        hosts.source().migration().equals("completed")
            && hosts.source().host().isAlive()
            && hosts.destination().host().isAlive();
    if (bothHoldIt) {
      // The destination says so a moment after the source does.
      require(
          Wait.until(HEAL_MILLIS, () -> hosts.destination().runState().equals("paused")),
          "the destination was told to hold the guest paused, and does not");
      memory =
          SavedMemory.compare(
              implementation, hosts.source().host(), hosts.destination().host(), hosts.sockets());
    }
    if (hosts.destination().host().isAlive()) {
      recorder.seen("destination", Kind.COMMAND, "cont");
      hosts.destination().host().execute("cont", Map.of());
    }
  }

  // ---------------------------------------------------------------- the end

  private End awaitReturn(Clients clients) throws InterruptedException {
    long healedNanos = System.nanoTime();
    double healed = recorder.millis();
    boolean hopeless = !hosts.source().host().isAlive() && !hosts.destination().host().isAlive();
    BooleanSupplier answers =
        () ->
            recorder.answeredSince("source", healedNanos)
                || recorder.answeredSince("destination", healedNanos);
    boolean returned = Wait.until(hopeless ? 0 : returnMillis(), answers);
    double answered = returned ? recorder.millis() : -1;
    if (returned) {
      long before = clients.completed();
      Wait.until(
          OPERATIONS_WAIT_MILLIS,
          () ->
              clients.completed() >= before + OPERATIONS_AFTER
                  && clients.completed() >= OPERATIONS_MIN);
      // A source in doubt may still learn how it went.
      Wait.until(
          AFTER_CRASH_MILLIS,
          () ->
              hosts.source().hasOutcome()
                  || !hosts.source().host().isAlive()
                  || !hosts.destination().host().isAlive());
    }
    hosts.source().refresh();
    hosts.destination().refresh();
    List<String> answeredAt = new ArrayList<>();
    for (Role role : Role.values()) {
      if (recorder.answeredSince(role.word(), healedNanos)) {
        answeredAt.add(role.word());
      }
    }
    return new End(
        hosts.source().host().isAlive(),
        hosts.destination().host().isAlive(),
        hosts.source().host().isAlive() ? hosts.source().runState() : "",
        hosts.destination().host().isAlive() ? hosts.destination().runState() : "",
        hosts.source().migration(),
        healed,
        answeredAt,
        answered,
        recorder.millis() - healed);
  }

  /** Where a host was killed the guest may be lost, which is soon clear. */
  private long returnMillis() {
    boolean killed = !hosts.source().host().isAlive() || !hosts.destination().host().isAlive();
    return killed ? AFTER_CRASH_MILLIS : RETURN_MILLIS;
  }

  /** Lets the guest look at all its memory, and one last client at all cells. */
  private void audit(HistoryWriter history) throws IOException {
    int process = 1_000_000;
    for (Role role : Role.values()) {
      SerialConsole console =
          role == Role.SOURCE ? hosts.sourceConsole() : hosts.destinationConsole();
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

  private static void require(boolean condition, String otherwise) throws IOException {
    if (!condition) {
      throw new IOException(otherwise);
    }
  }
}
