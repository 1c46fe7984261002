package landfall.trial;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import landfall.evidence.FaultResult;
import landfall.history.HistoryWriter;
import landfall.implementation.HostException;
import landfall.implementation.Implementation;
import landfall.nemesis.ConnectionSeen;
import landfall.nemesis.FaultTraits;
import landfall.nemesis.MigrationProxy;
import landfall.nemesis.Nemesis;
import landfall.nemesis.Place;
import landfall.nemesis.StreamEvent;
import landfall.qemustream.StreamLog;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.End;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.MemoryComparison;
import landfall.trial.Observations.Route;
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
  private static final long AFTER_CRASH_MILLIS = 3_000;
  private static final long HEAL_MILLIS = 6_000;

  /** A guest that has come back is watched for so long, from the moment the last fault is over. */
  private static final long QUIET_MILLIS = 2_500;

  /** A reply that was on its way is read within this time. */
  private static final long IN_FLIGHT_MILLIS = 200;

  /** A guest that answered within this time is not silent. */
  private static final long HEARD_MILLIS = 250;

  /** A guest that falls silent at the end is given so long to answer again. */
  private static final long SILENCE_MILLIS = Observations.SILENCE_MAX_MILLIS + 500;

  private static final long REPLY_MILLIS = 2_000;
  private static final long PING_MILLIS = 500;
  private static final long AUDIT_MILLIS = 10_000;

  /** Clients do so much at a host before the guest is sent on from there. */
  private static final long OPERATIONS_BETWEEN = 40;

  private static final long OPERATIONS_BETWEEN_MILLIS = 2_000;

  private static final int CALM_WRITES_PER_SECOND = 100;

  /** Of a guest that its host stopped since the storage of its disk refused a write. */
  private static final String STOPPED_FOR_STORAGE = "io-error";

  /** Of a guest that went to another host. */
  private static final String LEFT = "postmigrate";

  /** Of a guest that does nothing where it has arrived, and was told to. */
  private static final Set<String> HELD = Set.of("paused", STOPPED_FOR_STORAGE);

  private final Schedule schedule;
  private final Implementation implementation;
  private final TrialFiles files;
  private final Path kernel;
  private final Recorder recorder = new Recorder();
  private final List<Attempt> attempts = new ArrayList<>();

  /** The migrations that the operator has asked for, by their place in the plan. */
  private final Map<Integer, Leg> legs = new TreeMap<>();

  private final List<Leg> settled = new ArrayList<>();

  private TrialHosts hosts;
  private Optional<DiskImage> image = Optional.empty();
  private Clients clients;
  private Leg last;
  private MemoryComparison memory;

  /**
   * @param kernel the guest's executable
   */
  public Trial(Schedule schedule, Implementation implementation, TrialFiles files, Path kernel) {
    this.schedule = schedule;
    this.implementation = schedule.mode().of(implementation);
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
    image = DiskImage.create(implementation.disk(hosts.sockets()));
    String brokenBy = null;
    End end = null;
    String lock;
    try (var limit = new TimeLimit(TRIAL_MILLIS, files.logs().resolve("overdue.txt"))) {
      try (HistoryWriter history = HistoryWriter.create(files.history())) {
        end = course(history);
      } catch (InterruptedException ended) {
        if (!limit.isOver()) {
          throw ended;
        }
      } catch (IOException ours) {
        if (hosts.isEmpty()) {
          throw ours;
        }
        brokenBy = ours.getMessage() == null ? ours.toString() : ours.getMessage();
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError ours) {
        brokenBy = ours.toString();
      } finally {
        lock = hosts.lock();
        legs.values().forEach(Leg::close);
        hosts.close();
      }
      if (limit.isOver()) {
        brokenBy = "the trial did not end within " + TRIAL_MILLIS + " ms; see log/overdue.txt";
        end = null;
      }
    }
    Observations observations = observations(end, lock, brokenBy);
    files.writeObservations(observations);
    StreamLog.write(hosts.streamLog().entries(), files.qemuStream());
    return observations;
  }

  private Observations observations(End end, String lock, String brokenBy) {
    List<FaultResult> faults = new ArrayList<>();
    List<StreamEvent> passed = new ArrayList<>();
    List<ConnectionSeen> connections = new ArrayList<>();
    List<Route> routes = new ArrayList<>();
    Map<String, Long> dropped = recorder.dropped();
    int before = 0;
    for (int i = 0; i < schedule.migrations().size(); i++) {
      Leg leg = legs.get(i);
      if (leg == null) {
        faults.addAll(Leg.resultsWithout(schedule.migrations().get(i)));
        continue;
      }
      faults.addAll(leg.results());
      passed.addAll(leg.passed(before));
      connections.addAll(leg.connections(before));
      routes.addAll(leg.routes(before));
      before += leg.connectionCount();
      if (leg.eventsDropped() > 0) {
        dropped.merge("messages", leg.eventsDropped(), Long::sum);
      }
    }
    return new Observations(
        attempts,
        faults,
        recorder.timeline(),
        recorder.replies(),
        recorder.witness(),
        passed,
        last == null ? List.of() : last.rounds(),
        connections,
        memory,
        end,
        recorder.incidents(),
        dropped,
        hosts.requests(),
        routes,
        lock,
        brokenBy);
  }

  // ---------------------------------------------------------------- the course of a trial

  private End course(HistoryWriter history) throws IOException, InterruptedException {
    String first = schedule.hosts().get(0);
    try {
      hosts.start();
      bootGuest(hosts.named(first));
    } catch (HostException theirs) {
      recorder.incident(first, theirs.getMessage());
      return endWithoutGuest();
    }
    clients = new Clients(hosts::consoles, history, recorder.startNanos(), image.isPresent());
    try {
      clients.start(schedule.seed());
      if (!Wait.until(WARM_MILLIS, () -> clients.completed() >= OPERATIONS_BEFORE)) {
        recorder.incident(
            first,
            "before anything was done to it the guest answered "
                + clients.completed()
                + " operations of clients in "
                + WARM_MILLIS
                + " ms");
        return endWithoutGuest();
      }
      travel();
      Wait.until(HEAL_MILLIS, this::allHealed);
      if (last != null) {
        settle(last);
      }
      letGoOnWhereStopped();
      return awaitReturn();
    } finally {
      clients.stop();
      audit(history);
    }
  }

  private boolean allHealed() {
    return legs.values().stream().allMatch(Leg::allHealed);
  }

  /** Sends the guest from host to host, as planned, as far as it goes. */
  private void travel() throws IOException, InterruptedException {
    List<Schedule.Migration> plan = schedule.migrations();
    String guestAt = plan.get(0).from();
    for (int i = 0; i < plan.size(); i++) {
      Schedule.Migration next = plan.get(i);
      if (!next.from().equals(guestAt)) {
        continue;
      }
      if (last != null) {
        if (last.isCompleted()) {
          Wait.until(HEAL_MILLIS, last::allHealed);
          settle(last);
        }
        if (!isServed(next.from())) {
          continue;
        }
      }
      Leg leg;
      try {
        leg =
            new Leg(
                next,
                hosts.named(next.from()),
                hosts.named(next.to()),
                processes(),
                recorder,
                hosts.streamLog());
      } catch (HostException theirs) {
        recorder.incident(next.to(), theirs.getMessage());
        continue;
      }
      legs.put(i, leg);
      last = leg;
      attempts.add(leg.attempt(schedule));
      boolean goesElsewhere = i + 1 < plan.size() && plan.get(i + 1).from().equals(next.from());
      if (schedule.retry() && leg.hasFailed() && !goesElsewhere) {
        Wait.until(HEAL_MILLIS, () -> leg.allHealed() || leg.has(FaultTraits::awaitsNextAttempt));
        letGoOnWhereStopped();
        if (hasDestinationForRetry(leg)) {
          attempts.add(leg.attempt(schedule));
        }
      }
      guestAt = leg.isCompleted() ? leg.to().name() : guestAt;
    }
  }

  private Leg.Processes processes() {
    return new Leg.Processes() {
      @Override
      public TrialHost restart(TrialHost dead) throws IOException {
        TrialHost again = hosts.restart(dead);
        clients.probe(again.console());
        return again;
      }

      @Override
      public ProcessHandle companion(Place which) {
        return hosts.companion(which).map(Companion::handle).orElse(null);
      }

      @Override
      public Nemesis.Disk disk(TrialHost host) {
        return image.isEmpty() ? null : diskOf(host);
      }

      @Override
      public Optional<Path> storage(TrialHost host) {
        return implementation
            .arbiter(hosts.sockets())
            .map(file -> host.process().place().storage());
      }

      @Override
      public Optional<MigrationProxy> storeLink(TrialHost host) {
        return hosts.storeLink(host.name());
      }

      @Override
      public Optional<Path> companionClock() {
        return hosts.companion(Place.COMPANION).flatMap(Companion::clock);
      }

      @Override
      public ProcessHandle restartCompanion(Place which) throws IOException, InterruptedException {
        return hosts.companion(which).orElseThrow().restart();
      }
    };
  }

  private Nemesis.Disk diskOf(TrialHost host) {
    return new Nemesis.Disk() {
      @Override
      public long beginsAt() {
        return (long) Clients.FIRST_BLOCK * Clients.BLOCK_BYTES;
      }

      @Override
      public long writesRefused() {
        return clients.writesRefused(host.console());
      }

      @Override
      public long guestStopped() {
        return stoppedForStorage(host.name());
      }
    };
  }

  /** Whether clients are served at this host, before the guest is sent on from there. */
  private boolean isServed(String name) throws InterruptedException {
    long asked = System.nanoTime();
    boolean served =
        Wait.until(Observations.RETURN_MAX_MILLIS, () -> recorder.answeredSince(name, asked));
    if (!served) {
      recorder.incident(name, "no guest answers there, so it was not sent on from there");
      return false;
    }
    long before = clients.completed();
    Wait.until(OPERATIONS_BETWEEN_MILLIS, () -> clients.completed() >= before + OPERATIONS_BETWEEN);
    return true;
  }

  /** What the operator does where a guest is to have arrived. */
  private void settle(Leg leg) throws IOException, InterruptedException {
    if (settled.contains(leg)) {
      return;
    }
    settled.add(leg);
    // An operator who lets the guest go on there overrules the wish to hold it.
    if (leg.goal().holdsPaused() && !leg.has(FaultTraits::continuesArrival)) {
      compareMemory(leg);
    }
    // A guest that was paused is so where it arrives, too.
    if (leg.goal().holdsPaused() || leg.has(FaultTraits::pausesGuest)) {
      letGoOn(leg.goal());
    }
  }

  /** Of a trial in which nothing could be tried. */
  private End endWithoutGuest() {
    double now = recorder.millis();
    return end(now, List.of(), -1, null);
  }

  private End end(double healed, List<String> answeredAt, double answered, Silence silence) {
    return new End(
        hosts.all().stream().map(TrialHost::end).toList(),
        healed,
        answeredAt,
        answered,
        recorder.millis() - healed,
        silence);
  }

  private void bootGuest(TrialHost first) throws IOException, InterruptedException {
    SerialConsole console = first.console();
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
  }

  private boolean hasDestinationForRetry(Leg leg) throws IOException {
    if (schedule.mode().returns() && !leg.to().isAlive()) {
      // ReverseCheckpoint knows two hosts: a trace of three could not be judged.
      return false;
    }
    if (implementation.destinationSurvivesFailure() && leg.to().isAlive()) {
      return true;
    }
    try {
      TrialHost fresh = hosts.successor();
      clients.probe(fresh.console());
      leg.goTo(fresh);
      return true;
    } catch (HostException theirs) {
      recorder.incident(leg.to().name(), "no other host took its place: " + theirs.getMessage());
      return false;
    }
  }

  // ---------------------------------------------------------------- both memories

  private void compareMemory(Leg leg) throws IOException, InterruptedException {
    TrialHost from = leg.from();
    TrialHost to = leg.goal();
    if (!leg.isCompleted() || !from.isAlive() || !to.isAlive()) {
      return;
    }
    // The destination says so a moment after the source does.
    to.watch().attemptUnderWay(true);
    boolean paused =
        Wait.until(HEAL_MILLIS, () -> HELD.contains(to.watch().runState()) || !to.isAlive());
    to.watch().attemptUnderWay(false);
    MemoryComparison compared =
        paused && to.isAlive()
            ? SavedMemory.compare(implementation, from.process(), to.process(), hosts.sockets())
            : MemoryComparison.failed(
                "the destination was told to hold the guest paused, and "
                    + (to.isAlive() ? "says '" + to.watch().runState() + "'" : "died"));
    memory = memory == null ? compared : memory.and(compared);
  }

  /**
   * What an operator does once storage is well again, at one host only: who lets a guest go on at
   * two runs it twice. He believes a source that says that the migration failed, also if it takes a
   * guest that stood for one that has left.
   */
  private void letGoOnWhereStopped() {
    if (last == null) {
      return;
    }
    boolean stayed = last.hasFailed();
    TrialHost host = stayed ? last.from() : last.goal();
    if (!host.isAlive() || stoppedForStorage(host.name()) == 0) {
      return;
    }
    String state = host.watch().runStateNow();
    if (state.equals(STOPPED_FOR_STORAGE) || stayed && state.equals(LEFT)) {
      letGoOn(host);
    }
  }

  /** So often this host has said that it stopped the guest for that. */
  private long stoppedForStorage(String host) {
    return recorder.timeline().stream()
        .filter(each -> each.kind() == Kind.RUN_STATE && each.host().equals(host))
        .filter(each -> each.text().equals(STOPPED_FOR_STORAGE))
        .count();
  }

  private void letGoOn(TrialHost host) {
    if (host.isAlive()) {
      recorder.seen(host.name(), Kind.COMMAND, "cont");
      try {
        host.process().execute("cont", Map.of());
      } catch (IOException refused) {
        recorder.incident(host.name(), refused.getMessage());
      }
    }
  }

  // ---------------------------------------------------------------- the end

  private End awaitReturn() throws InterruptedException {
    double healed = recorder.millis();
    // What a guest said before it was lost may be read a moment later.
    long healedNanos = System.nanoTime() + IN_FLIGHT_MILLIS * 1_000_000;
    BooleanSupplier answers =
        () ->
            hosts.all().stream().anyMatch(host -> recorder.answeredSince(host.name(), healedNanos));
    boolean returned = Wait.until(hosts.allDead() ? 0 : returnMillis(), answers);
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
      hosts.consoles().stream()
          .filter(console -> console.answeredWithin(HEARD_MILLIS))
          .forEach(console -> console.send("set rate " + CALM_WRITES_PER_SECOND));
      Wait.until(QUIET_MILLIS, () -> recorder.millis() - healed >= QUIET_MILLIS);
      // A source in doubt may still learn how it went.
      Wait.until(
          AFTER_CRASH_MILLIS,
          () ->
              last == null
                  || last.from().watch().hasOutcome()
                  || !last.from().isAlive()
                  || !last.to().isAlive());
      Wait.until(SILENCE_MILLIS, () -> recorder.silentMillis() < HEARD_MILLIS);
      Silence longest = recorder.longestSilence();
      silence =
          new Silence(longest.fromMillis(), longest.millis(), clients.longestOwnPauseMillis());
    }
    List<String> answeredAt = new ArrayList<>();
    for (TrialHost host : hosts.all()) {
      if (recorder.answeredSince(host.name(), healedNanos)) {
        answeredAt.add(host.name());
      }
    }
    return end(healed, answeredAt, answered, silence);
  }

  /** Where a host is dead the guest may be lost, which is soon clear. */
  private long returnMillis() {
    return hosts.allAlive() ? Observations.RETURN_MAX_MILLIS : AFTER_CRASH_MILLIS;
  }

  /** Lets the guest look at all its memory, and one last client at all cells. */
  private void audit(HistoryWriter history) throws IOException {
    int process = 1_000_000;
    for (TrialHost host : hosts.all()) {
      SerialConsole console = host.console();
      if (!console.isOpen()) {
        continue;
      }
      // A guest that was heard just now may be slow; one that was not is not waited for.
      long patience = console.answeredWithin(REPLY_MILLIS) ? REPLY_MILLIS : PING_MILLIS;
      if (console.send("ping").await(patience).isEmpty()) {
        continue;
      }
      long giveUp = System.nanoTime() + AUDIT_MILLIS * 1_000_000;
      Optional<Reply> verified = console.send("verify").await(4 * REPLY_MILLIS);
      verified.ifPresent(reply -> recorder.witness(host.name(), "verify " + reply.result()));
      if (verified.isEmpty()) {
        // It waits for a page that nobody has any more, or for ever.
        continue;
      }
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
    if (image.isPresent()) {
      readImage(image.get(), history, process);
    }
  }

  /** Whatever became of the guest: each block as it is in the file, in the words of a client. */
  private void readImage(DiskImage disk, HistoryWriter history, int process) throws IOException {
    for (int block = 0; block < Clients.BLOCKS; block++) {
      int key = Clients.DISK + block;
      long now = System.nanoTime() - recorder.startNanos();
      history.append(HistoryWriter.Type.INVOKE, process, "read", key, null, now);
      DiskImage.Content content = disk.read(block);
      if (!content.wrong().isEmpty()) {
        recorder.witness("none", "!mismatch image block=" + block + ": " + content.wrong());
      }
      history.append(
          content.wrong().isEmpty() ? HistoryWriter.Type.OK : HistoryWriter.Type.FAIL,
          process,
          "read",
          key,
          content.value(),
          System.nanoTime() - recorder.startNanos());
    }
  }
}
