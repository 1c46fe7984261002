package landfall.trial;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import landfall.evidence.FaultResult;
import landfall.evidence.RoundResult;
import landfall.implementation.HostException;
import landfall.implementation.Preload;
import landfall.nemesis.ConnectionSeen;
import landfall.nemesis.FaultTraits;
import landfall.nemesis.MigrationProxy;
import landfall.nemesis.Nemesis;
import landfall.nemesis.Place;
import landfall.nemesis.PlannedFault;
import landfall.nemesis.StreamEvent;
import landfall.nemesis.StreamPhase;
import landfall.qemustream.StreamLog;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.Route;

/**
 * One migration of a trial: the attempts at it, the proxy between its hosts, and what is done to it
 * there. Its faults stay in force after it, until they are over.
 */
final class Leg implements AutoCloseable {
  private static final long ATTEMPT_MILLIS = 25_000;
  private static final long AFTER_CRASH_MILLIS = 3_000;

  /** After this long an operator accepts a longer downtime. */
  private static final long PATIENCE_MILLIS = 6_000;

  private static final long DOWNTIME_LIMIT_OF_LAST_RESORT_MILLIS = 2_000;
  private static final int ROUNDS_MAX = 1_000;

  /** An operator looks at what a recovery did before the next one. */
  private static final long BETWEEN_RECOVERIES_MILLIS = 100;

  /** Pages that follow a guest go at this part of the bandwidth, so that much can meet them. */
  private static final int PUSH_PART = 4;

  /** Commands by which an operator reaches a host that waits for pages. */
  private static final Set<String> AT_ONCE = Set.of("migrate-recover", "migrate-pause");

  private static final String PAUSED = "postcopy-paused";

  private final Schedule.Migration plan;
  private final TrialHost from;
  private final Processes processes;
  private volatile boolean closed;
  private final Recorder recorder;
  private final MigrationProxy proxy;
  private final Nemesis nemesis;
  private final List<Route> routes = new ArrayList<>();

  /** The hosts that faults were done to. */
  private final Map<PlannedFault, String> struck =
      Collections.synchronizedMap(new IdentityHashMap<>());

  private volatile TrialHost to;

  /** That of the last attempt, which may be started again since. */
  private TrialHost goal;

  private volatile int port;
  private List<RoundResult> rounds = List.of();

  /** The processes of a trial, as far as faults are done to them. */
  interface Processes {
    /**
     * Starts a dead host again.
     *
     * @throws IOException if it does not come up
     */
    TrialHost restart(TrialHost dead) throws IOException;

    /** The one beside the hosts that has this place; null if there is none. */
    ProcessHandle companion(Place which);

    /** The guest's disk as this host has it; null if there is none. */
    Nemesis.Disk disk(TrialHost host);

    /** The link by which this host finds the folder of the arbiter; empty if there is none. */
    Optional<Path> storage(TrialHost host);

    /** The relay between this host and a store beside the hosts; empty if there is none. */
    Optional<MigrationProxy> storeLink(TrialHost host);

    /** The file that moves the wall clock of the process beside the hosts; empty if none does. */
    Optional<Path> companionClock();

    /**
     * Starts one of those beside the hosts again, which is dead.
     *
     * @throws IOException if it does not come up
     */
    ProcessHandle restartCompanion(Place which) throws IOException, InterruptedException;
  }

  /**
   * Opens the channel between the hosts, and arms the faults.
   *
   * @throws HostException if the destination does not listen
   * @throws IOException if there is no proxy to be had
   */
  Leg(
      Schedule.Migration plan,
      TrialHost from,
      TrialHost to,
      Processes processes,
      Recorder recorder,
      StreamLog streamLog)
      throws IOException {
    this.plan = plan;
    this.processes = processes;
    this.from = from;
    this.recorder = recorder;
    goTo(to);
    proxy =
        new MigrationProxy(
            () -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port), streamLog);
    nemesis = new Nemesis(plan.faults(), proxy, targets(), recorder::millis);
    from.listener(event -> phaseSaid(event).ifPresent(nemesis::told));
  }

  /** Where an event of QEMU says that its migration is. */
  private static Optional<StreamPhase> phaseSaid(String event) {
    return switch (event) {
      case "MIGRATION_PASS 1" -> Optional.of(StreamPhase.FIRST_ROUND);
      case "STOP" -> Optional.of(StreamPhase.FINAL_ROUND);
      default ->
          event.startsWith("MIGRATION_PASS ")
              ? Optional.of(StreamPhase.LATER_ROUND)
              : Optional.empty();
    };
  }

  /** From now on the migration is to this host. */
  synchronized void goTo(TrialHost other) throws HostException {
    try {
      port = other.incomingPort();
    } catch (IOException refused) {
      throw new HostException(
          "it does not listen for the guest: " + String.valueOf(refused.getMessage()));
    }
    to = other;
  }

  /** Another host may have taken its place meanwhile. */
  private synchronized void goToInPlaceOf(TrialHost dead, TrialHost again) throws HostException {
    if (to == dead) {
      goTo(again);
    }
  }

  TrialHost from() {
    return from;
  }

  TrialHost to() {
    return to;
  }

  /** The host that was to get the guest by the last attempt; once it is dead it stays so. */
  TrialHost goal() {
    return goal;
  }

  /** Whether every fault that has begun is over. */
  boolean allHealed() {
    return nemesis.allHealed();
  }

  /** Whether one of its faults is such. */
  boolean has(Predicate<FaultTraits> such) {
    return plan.faults().stream().anyMatch(fault -> such.test(fault.kind().traits()));
  }

  boolean isCompleted() {
    return from.watch().migration().equals("completed");
  }

  /** The source says that it still has the guest. */
  boolean hasFailed() {
    return from.watch().hasOutcome() && !isCompleted() && from.isAlive();
  }

  /** Rounds of the last attempt. */
  List<RoundResult> rounds() {
    return rounds;
  }

  // ---------------------------------------------------------------- what it left behind

  int connectionCount() {
    return proxy.connectionCount();
  }

  long eventsDropped() {
    return proxy.eventsDropped();
  }

  /**
   * Final after {@link #close}.
   *
   * @param before how many connections the migrations before had
   */
  List<Route> routes(int before) {
    return routes.stream()
        .map(each -> new Route(each.firstConnection() + before, each.from(), each.to()))
        .toList();
  }

  List<FaultResult> results() {
    List<FaultResult> results = new ArrayList<>();
    List<FaultResult> ofNemesis = nemesis.results();
    for (int i = 0; i < ofNemesis.size(); i++) {
      results.add(ofNemesis.get(i).at(struck.get(plan.faults().get(i))));
    }
    return results;
  }

  /** Of a migration that the operator never asked for. */
  static List<FaultResult> resultsWithout(Schedule.Migration plan) {
    return plan.faults().stream()
        .map(
            fault ->
                new FaultResult(
                    fault.kind().word(),
                    fault.at().phase().word(),
                    0,
                    false,
                    "the guest was not at " + plan.from() + ", so it was not sent on from there"))
        .toList();
  }

  /** What passed on the channel, with times since the trial began. */
  List<StreamEvent> passed(int before) {
    return proxy.events().stream()
        .map(
            event ->
                new StreamEvent(
                    event.connection() + before,
                    event.direction(),
                    event.phase(),
                    event.label(),
                    event.round(),
                    sinceStart(event.atNanos()),
                    event.deliveredNanos() == 0 ? 0 : sinceStart(event.deliveredNanos())))
        .toList();
  }

  /** What became of the connections, with times since the trial began. */
  List<ConnectionSeen> connections(int before) {
    return proxy.connectionsSeen().stream()
        .map(
            each ->
                new ConnectionSeen(
                    each.number() + before,
                    each.bytesDelivered(),
                    each.ended(),
                    each.ended() ? sinceStart(each.endedNanos()) : 0))
        .toList();
  }

  private long sinceStart(long nanos) {
    return nanos - recorder.startNanos();
  }

  // ---------------------------------------------------------------- an attempt

  /** Asks for the migration, and waits for what the source says of it. */
  Attempt attempt(Schedule schedule) throws InterruptedException {
    goal = to;
    setParameters(schedule);
    double began = recorder.millis();
    routes.add(new Route(proxy.connectionCount() + 1, from.name(), to.name()));
    boolean accepted = command(from, "migrate", Map.of("uri", uri()));
    from.watch().forgetMigration();
    from.watch().attemptUnderWay(true);
    to.watch().attemptUnderWay(true);
    if (accepted) {
      awaitOutcome(schedule.mode(), began);
    } else {
      recorder.incident(from.name(), "it did not take the command to migrate");
    }
    from.watch().attemptUnderWay(false);
    to.watch().attemptUnderWay(false);
    rounds = roundsOf(from.watch());
    return new Attempt(
        from.name(),
        to.name(),
        began,
        recorder.millis(),
        from.watch().migration(),
        from.watch().error(),
        from.watch().downtimeMillis());
  }

  private void setParameters(Schedule schedule) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("max-bandwidth", schedule.bandwidthMax());
    parameters.put("downtime-limit", schedule.downtimeLimitMillis());
    if (schedule.mode().splits()) {
      parameters.put("max-postcopy-bandwidth", schedule.bandwidthMax() / PUSH_PART);
    }
    if (schedule.mode() == Mode.FORWARD) {
      // The copies are there before the pages are, so that there is something to lose.
      parameters.put("x-landfall-store-bandwidth", 0);
    }
    try {
      from.process().execute("migrate-set-parameters", parameters);
    } catch (IOException refused) {
      recorder.incident(from.name(), String.valueOf(refused.getMessage()));
    }
  }

  private void awaitOutcome(Mode mode, double began) throws InterruptedException {
    boolean[] patient = {true};
    boolean[] staysWhole = {!mode.splits()};
    double[] recovered = {began};
    double[] crashed = {-1};
    Wait.until(
        ATTEMPT_MILLIS,
        () -> {
          double now = recorder.millis();
          if (patient[0] && now - began > PATIENCE_MILLIS && nemesis.allHealed()) {
            patient[0] = false;
            command(
                from,
                "migrate-set-parameters",
                Map.of("downtime-limit", DOWNTIME_LIMIT_OF_LAST_RESORT_MILLIS));
          }
          if (!staysWhole[0] && hasBegun(mode.switchover())) {
            staysWhole[0] = true;
            command(from, "migrate-start-postcopy", Map.of());
          }
          // Where the guest may return the source asks again by itself.
          if (!mode.returns()
              && from.watch().migration().equals(PAUSED)
              && now - recovered[0] > BETWEEN_RECOVERIES_MILLIS
              && nemesis.allHealed()) {
            recover();
            recovered[0] = recorder.millis();
          }
          if (crashed[0] < 0 && !(from.isAlive() && to.isAlive())) {
            crashed[0] = now;
          }
          // A dead source says nothing more; a source whose destination died may.
          return from.watch().hasOutcome()
              || !from.isAlive()
              || crashed[0] >= 0 && now - crashed[0] > AFTER_CRASH_MILLIS;
        });
  }

  /** Whether this phase has begun in the attempt that was asked for last. */
  private boolean hasBegun(StreamPhase phase) {
    int first = routes.get(routes.size() - 1).firstConnection();
    return proxy.events().stream()
        .anyMatch(event -> event.connection() >= first && event.phase() == phase);
  }

  /**
   * What an operator does once both hosts say that the link is lost. A destination that says that
   * it has every page answers at any time; one that says something else has yet to notice.
   */
  private void recover() {
    if (!to.isAlive()) {
      return;
    }
    String there = to.migrationNow();
    boolean listens =
        there.equals("completed")
            || there.equals(PAUSED)
                && command(to, "migrate-recover", Map.of("uri", "tcp:127.0.0.1:" + port));
    if (listens && from.watch().migrationNow().equals(PAUSED)) {
      command(from, "migrate", Map.of("uri", uri(), "resume", true));
    }
  }

  private String uri() {
    return "tcp:127.0.0.1:" + proxy.address().getPort();
  }

  private boolean command(TrialHost host, String command, Map<String, ?> arguments) {
    try {
      recorder.seen(host.name(), Kind.COMMAND, command);
      if (AT_ONCE.contains(command)) {
        host.process().executeAtOnce(command, arguments);
      } else {
        host.process().execute(command, arguments);
      }
      return true;
    } catch (IOException refused) {
      recorder.seen(host.name(), Kind.COMMAND, String.valueOf(refused.getMessage()));
      return false;
    }
  }

  private static List<RoundResult> roundsOf(HostWatch watch) {
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

  // ---------------------------------------------------------------- what is done to it

  private Nemesis.Targets targets() {
    return new Nemesis.Targets() {
      @Override
      public ProcessHandle source() {
        return from.process().handle();
      }

      @Override
      public ProcessHandle destination() {
        return to.process().handle();
      }

      @Override
      public ProcessHandle companion(Place which) {
        return processes.companion(which);
      }

      @Override
      public CompletableFuture<Boolean> operate(String command) {
        Map<String, ?> arguments = command.equals("migrate") ? Map.of("uri", uri()) : Map.of();
        return operate(from, command, arguments);
      }

      @Override
      public CompletableFuture<Boolean> operateDestination(String command) {
        return operate(to, command, Map.of());
      }

      private CompletableFuture<Boolean> operate(
          TrialHost host, String command, Map<String, ?> arguments) {
        var taken = new CompletableFuture<Boolean>();
        var thread =
            new Thread(() -> taken.complete(command(host, command, arguments)), "operator");
        thread.setDaemon(true);
        thread.start();
        return taken;
      }

      @Override
      public CompletableFuture<ProcessHandle> restartDestination() {
        TrialHost dead = to;
        return again(
            dead.name(),
            () -> {
              TrialHost again = processes.restart(dead);
              goToInPlaceOf(dead, again);
              return again.process().handle();
            });
      }

      @Override
      public CompletableFuture<ProcessHandle> restartCompanion(Place which) {
        return again(which.word(), () -> processes.restartCompanion(which));
      }

      private CompletableFuture<ProcessHandle> again(String name, Callable<ProcessHandle> start) {
        var started = new CompletableFuture<ProcessHandle>();
        if (closed) {
          started.completeExceptionally(new HostException("the trial is over"));
          return started;
        }
        recorder.seen(name, Kind.COMMAND, "started again");
        var thread =
            new Thread(
                () -> {
                  try {
                    started.complete(start.call());
                  } catch (Exception refused) {
                    recorder.incident(
                        name, "it did not come up again: " + String.valueOf(refused.getMessage()));
                    started.completeExceptionally(refused);
                  }
                },
                "restart-" + name);
        thread.setDaemon(true);
        thread.start();
        return started;
      }

      @Override
      public Nemesis.Disk disk(Place host) {
        return processes.disk(host(host));
      }

      @Override
      public Optional<Path> storage(Place host) {
        return processes.storage(host(host));
      }

      @Override
      public Optional<MigrationProxy> storeLink(Place host) {
        return processes.storeLink(host(host));
      }

      @Override
      public Optional<Path> clock(Place host) {
        return host == Place.COMPANION
            ? processes.companionClock()
            : Optional.of(host(host).process().file(Preload.CLOCK)).filter(Files::exists);
      }

      @Override
      public Path calls(Place host) {
        return host(host).process().file(Preload.CALLS);
      }

      private TrialHost host(Place place) {
        return place == Place.SOURCE ? from : to;
      }

      @Override
      public String reported() {
        return from.watch().migration();
      }

      @Override
      public void began(PlannedFault fault) {
        Place place = fault.kind().traits().place();
        String host = place == Place.DESTINATION ? to.name() : from.name();
        if (place == Place.SOURCE || place == Place.DESTINATION) {
          struck.put(fault, host);
        }
        recorder.seen(host, Kind.COMMAND, "fault: " + fault.kind().word());
      }
    };
  }

  /** Heals what is still in force, and closes the channel. */
  @Override
  public void close() {
    closed = true;
    from.listener(event -> {});
    nemesis.close();
    proxy.close();
  }
}
