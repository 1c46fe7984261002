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
import landfall.implementation.HostException;
import landfall.implementation.Implementation;
import landfall.implementation.Role;
import landfall.nemesis.FaultKind;
import landfall.nemesis.Nemesis;
import landfall.nemesis.PlannedFault;
import landfall.qemustream.StreamLog;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.End;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.MemoryComparison;
import landfall.trial.Observations.Silence;
import landfall.workload.Clients;
import landfall.workload.Reply;
import landfall.workload.SerialConsole;

/**
 * Runs one trial on one implementation and writes down what was seen. Whatever a host does or does
 * not do costs a stated time and becomes evidence; the trial goes on with what is left.
 */
public final class Trial {
  /** All waiting is bounded; this bounds what was forgotten. */
  private static final long TRIAL_MILLIS = 300_000;

  private static final long BOOT_MILLIS = 15_000;
  private static final long BOOT_ASK_MILLIS = 100;

  /** Long for a guest, and just enough for one on a machine that does much else. */
  private static final long WARM_MILLIS = 40_000;

  private static final long OPERATIONS_BEFORE = 220;
  private static final long OPERATIONS_AFTER = 120;
  private static final long OPERATIONS_MIN = 240;
  private static final long OPERATIONS_WAIT_MILLIS = 6_000;
  private static final long ATTEMPT_MILLIS = 25_000;
  private static final long AFTER_CRASH_MILLIS = 3_000;
  private static final long HEAL_MILLIS = 6_000;

  /** A guest that is to come back has this long for it, from the moment the last fault is over. */
  private static final long RETURN_MILLIS = 8_000;

  /** A guest that has come back is watched for so long, from the moment the last fault is over. */
  private static final long QUIET_MILLIS = 2_500;

  /** A reply that was on its way is read within this time. */
  private static final long IN_FLIGHT_MILLIS = 200;

  /** A guest that answered within this time is not silent. */
  private static final long HEARD_MILLIS = 250;

  /** A guest that falls silent at the end is given so long to answer again. */
  private static final long SILENCE_MILLIS = Observations.SILENCE_MAX_MILLIS + 500;

  /** After this long an operator accepts a longer downtime. */
  private static final long PATIENCE_MILLIS = 6_000;

  private static final long DOWNTIME_LIMIT_OF_LAST_RESORT_MILLIS = 2_000;
  private static final long REPLY_MILLIS = 2_000;
  private static final long PING_MILLIS = 500;
  private static final long AUDIT_MILLIS = 10_000;
  private static final int ROUNDS_MAX = 1_000;
  private static final int CALM_WRITES_PER_SECOND = 100;

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
   * @throws IOException if hosts cannot be started at all, or the evidence cannot be written
   * @throws InterruptedException if the run is to end
   */
  public Observations run() throws IOException, InterruptedException {
    files.begin(schedule);
    hosts = new TrialHosts(schedule, implementation, kernel, files.logs(), recorder);
    String brokenBy = null;
    End end = null;
    try (var limit = new TimeLimit(TRIAL_MILLIS, files.logs().resolve("overdue.txt"))) {
      try (HistoryWriter history = HistoryWriter.create(files.history())) {
        end = course(history);
      } catch (InterruptedException ended) {
        if (!limit.isOver()) {
          throw ended;
        }
      } catch (IOException ours) {
        if (hosts.source() == null) {
          throw ours;
        }
        brokenBy = ours.getMessage() == null ? ours.toString() : ours.getMessage();
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError ours) {
        brokenBy = ours.toString();
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
    Map<String, Long> dropped = recorder.dropped();
    if (hosts.proxy() != null && hosts.proxy().eventsDropped() > 0) {
      dropped.put("messages", hosts.proxy().eventsDropped());
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
            hosts.connections(),
            memory,
            end,
            recorder.incidents(),
            dropped,
            hosts.requests(),
            brokenBy);
    files.writeObservations(observations);
    StreamLog.write(hosts.streamEntries(), files.qemuStream());
    return observations;
  }

  // ---------------------------------------------------------------- the course of a trial

  private End course(HistoryWriter history) throws IOException, InterruptedException {
    try {
      hosts.start();
      bootGuest();
    } catch (HostException theirs) {
      recorder.incident("source", theirs.getMessage());
      return endWithoutGuest();
    }
    var clients =
        new Clients(
            () -> hosts.console(Role.SOURCE),
            () -> hosts.console(Role.DESTINATION),
            history,
            recorder.startNanos());
    try {
      clients.start(schedule.seed());
      if (!Wait.until(WARM_MILLIS, () -> clients.completed() >= OPERATIONS_BEFORE)) {
        recorder.incident(
            "source",
            "before anything was done to it the guest answered "
                + clients.completed()
                + " operations of clients in "
                + WARM_MILLIS
                + " ms");
        return endWithoutGuest();
      }
      nemesis = new Nemesis(schedule.faults(), hosts.proxy(), targets(), recorder::millis);
      attempt();
      if (wantsRetry()) {
        Wait.until(HEAL_MILLIS, () -> nemesis.allHealed() || has(FaultKind.HOLD_THEN_RELEASE));
        if (hasDestinationForRetry()) {
          attempt();
        }
      }
      Wait.until(HEAL_MILLIS, () -> nemesis.allHealed());
      if (schedule.comparesMemory()) {
        compareMemory();
      }
      // A guest that was paused is so where it arrives, too.
      if (schedule.comparesMemory() || has(FaultKind.PAUSE_GUEST)) {
        continueDestination();
      }
      return awaitReturn(clients);
    } finally {
      clients.stop();
      audit(history);
    }
  }

  /** Of a trial in which nothing could be tried. */
  private End endWithoutGuest() {
    double now = recorder.millis();
    return end(now, List.of(), -1, null);
  }

  private End end(double healed, List<String> answeredAt, double answered, Silence silence) {
    return new End(
        hosts.isAlive(Role.SOURCE),
        hosts.isAlive(Role.DESTINATION),
        hosts.isAlive(Role.SOURCE) ? hosts.source().runStateNow() : "",
        hosts.isAlive(Role.DESTINATION) ? hosts.destination().runStateNow() : "",
        hosts.source() == null ? "" : hosts.source().migration(),
        healed,
        answeredAt,
        answered,
        recorder.millis() - healed,
        silence);
  }

  private void bootGuest() throws IOException, InterruptedException {
    SerialConsole console = hosts.console(Role.SOURCE).orElseThrow();
    // What is sent before the guest listens is lost, on some boards: ask until it answers, however
    // late.
    long giveUp = System.nanoTime() + BOOT_MILLIS * 1_000_000;
    while (!console.hasAnswered()) {
      if (System.nanoTime() > giveUp) {
        throw new HostException("the guest answered nothing within " + BOOT_MILLIS + " ms");
      }
      console.send("ping");
      Wait.until(BOOT_ASK_MILLIS, console::hasAnswered);
    }
    Schedule.GuestLoad load = schedule.guest();
    for (String setting :
        List.of(
            "wset " + load.workingSetPages(),
            "hot " + load.hotPages(),
            "zero " + load.zeroPercent(),
            "fill 1",
            "rate " + load.writesPerSecond())) {
      Optional<Reply> reply = console.send("set " + setting).await(REPLY_MILLIS);
      if (reply.isEmpty() || !reply.get().done()) {
        throw new HostException(
            "the guest did not do 'set " + setting + "' within " + REPLY_MILLIS + " ms");
      }
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
      public void operate(String command) {
        Map<String, ?> arguments = command.equals("migrate") ? Map.of("uri", uri()) : Map.of();
        var thread = new Thread(() -> command(command, arguments), "operator");
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

  private String uri() {
    return "tcp:127.0.0.1:" + hosts.proxy().address().getPort();
  }

  private void attempt() throws InterruptedException {
    double began = recorder.millis();
    boolean accepted = command("migrate", Map.of("uri", uri()));
    hosts.source().forgetMigration();
    hosts.source().attemptUnderWay(true);
    hosts.destination().attemptUnderWay(true);
    if (accepted) {
      awaitOutcome(began);
    } else {
      recorder.incident("source", "it did not take the command to migrate");
    }
    hosts.source().attemptUnderWay(false);
    hosts.destination().attemptUnderWay(false);
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
          if (crashed[0] < 0 && (!hosts.isAlive(Role.SOURCE) || !hosts.isAlive(Role.DESTINATION))) {
            crashed[0] = now;
          }
          // A dead source says nothing more; a source whose destination died may.
          return hosts.source().hasOutcome()
              || !hosts.isAlive(Role.SOURCE)
              || crashed[0] >= 0 && now - crashed[0] > AFTER_CRASH_MILLIS;
        });
  }

  /** The operator tries again wherever the source says that it still has the guest. */
  private boolean wantsRetry() {
    boolean failed = hosts.source().hasOutcome() && !hosts.source().migration().equals("completed");
    return schedule.retry() && failed && hosts.isAlive(Role.SOURCE);
  }

  private boolean hasDestinationForRetry() throws IOException {
    if (implementation.destinationSurvivesFailure() && hosts.isAlive(Role.DESTINATION)) {
      return true;
    }
    try {
      hosts.renewDestination();
      return true;
    } catch (HostException theirs) {
      recorder.incident("destination", theirs.getMessage());
      return false;
    }
  }

  private boolean has(FaultKind kind) {
    return schedule.faults().stream().anyMatch(fault -> fault.kind() == kind);
  }

  private List<RoundResult> roundsOf(HostWatch watch) {
    try {
      List<RoundResult> told = new ArrayList<>();
      for (JsonNode round : watch.host().execute("x-landfall-status", Map.of()).path("rounds")) {
        if (told.size() < ROUNDS_MAX) {
          told.add(
              new RoundResult(
                  Math.max(0, round.path("round").asInt()),
                  Math.max(0, round.path("pages").asLong()),
                  Math.max(0, round.path("bytes").asLong()),
                  HostWatch.figure(round.path("millis"), 0),
                  HostWatch.figure(round.path("dirtyPagesPerSecond"), 0)));
        }
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
            && hosts.isAlive(Role.SOURCE)
            && hosts.isAlive(Role.DESTINATION);
    if (bothHoldIt) {
      // The destination says so a moment after the source does.
      hosts.destination().attemptUnderWay(true);
      boolean paused =
          Wait.until(
              HEAL_MILLIS,
              () ->
                  hosts.destination().runState().equals("paused")
                      || !hosts.isAlive(Role.DESTINATION));
      hosts.destination().attemptUnderWay(false);
      memory =
          paused && hosts.isAlive(Role.DESTINATION)
              ? SavedMemory.compare(
                  implementation,
                  hosts.source().host(),
                  hosts.destination().host(),
                  hosts.sockets())
              : MemoryComparison.failed(
                  "the destination was told to hold the guest paused, and "
                      + (hosts.isAlive(Role.DESTINATION)
                          ? "says '" + hosts.destination().runState() + "'"
                          : "died"));
    }
  }

  private void continueDestination() {
    if (hosts.isAlive(Role.DESTINATION)) {
      recorder.seen("destination", Kind.COMMAND, "cont");
      try {
        hosts.destination().host().execute("cont", Map.of());
      } catch (IOException refused) {
        recorder.incident("destination", refused.getMessage());
      }
    }
  }

  // ---------------------------------------------------------------- the end

  private End awaitReturn(Clients clients) throws InterruptedException {
    double healed = recorder.millis();
    // What a guest said before it was lost may be read a moment later.
    long healedNanos = System.nanoTime() + IN_FLIGHT_MILLIS * 1_000_000;
    boolean hopeless = !hosts.isAlive(Role.SOURCE) && !hosts.isAlive(Role.DESTINATION);
    BooleanSupplier answers =
        () ->
            recorder.answeredSince("source", healedNanos)
                || recorder.answeredSince("destination", healedNanos);
    boolean returned = Wait.until(hopeless ? 0 : returnMillis(), answers);
    double answered = returned ? recorder.millis() : -1;
    Silence silence = null;
    if (returned) {
      clients.forgetOwnPauses();
      recorder.listen();
      long before = clients.completed();
      Wait.until(
          OPERATIONS_WAIT_MILLIS,
          () ->
              clients.completed() >= before + OPERATIONS_AFTER
                  && clients.completed() >= OPERATIONS_MIN);
      clients.calmDown();
      // What it writes from here on is of no weight, and costs time on a busy machine.
      for (Role role : Role.values()) {
        hosts
            .console(role)
            .filter(console -> console.answeredWithin(HEARD_MILLIS))
            .ifPresent(console -> console.send("set rate " + CALM_WRITES_PER_SECOND));
      }
      Wait.until(QUIET_MILLIS, () -> recorder.millis() - healed >= QUIET_MILLIS);
      // A source in doubt may still learn how it went.
      Wait.until(
          AFTER_CRASH_MILLIS,
          () ->
              hosts.source().hasOutcome()
                  || !hosts.isAlive(Role.SOURCE)
                  || !hosts.isAlive(Role.DESTINATION));
      Wait.until(SILENCE_MILLIS, () -> recorder.silentMillis() < HEARD_MILLIS);
      Silence longest = recorder.longestSilence();
      silence =
          new Silence(longest.fromMillis(), longest.millis(), clients.longestOwnPauseMillis());
    }
    List<String> answeredAt = new ArrayList<>();
    for (Role role : Role.values()) {
      if (recorder.answeredSince(role.word(), healedNanos)) {
        answeredAt.add(role.word());
      }
    }
    return end(healed, answeredAt, answered, silence);
  }

  /** Where a host is dead the guest may be lost, which is soon clear. */
  private long returnMillis() {
    return hosts.isAlive(Role.SOURCE) && hosts.isAlive(Role.DESTINATION)
        ? RETURN_MILLIS
        : AFTER_CRASH_MILLIS;
  }

  /** Lets the guest look at all its memory, and one last client at all cells. */
  private void audit(HistoryWriter history) throws IOException {
    int process = 1_000_000;
    for (Role role : Role.values()) {
      Optional<SerialConsole> line = hosts.console(role).filter(SerialConsole::isOpen);
      if (line.isEmpty()) {
        continue;
      }
      SerialConsole console = line.get();
      // A guest that was heard just now may be slow; one that was not is not waited for.
      long patience = console.answeredWithin(REPLY_MILLIS) ? REPLY_MILLIS : PING_MILLIS;
      if (console.send("ping").await(patience).isEmpty()) {
        continue;
      }
      long giveUp = System.nanoTime() + AUDIT_MILLIS * 1_000_000;
      Optional<Reply> verified = console.send("verify").await(4 * REPLY_MILLIS);
      verified.ifPresent(reply -> recorder.witness(role.word(), "verify " + reply.result()));
      for (int cell = 0; cell < Clients.CELLS && System.nanoTime() < giveUp; cell++) {
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
}
