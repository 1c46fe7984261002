package landfall.campaign;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.explorer.Behaviour;
import landfall.implementation.Implementation;
import landfall.judge.TrialJudge;
import landfall.nemesis.PlannedFault;
import landfall.processes.ScratchFolder;
import landfall.report.Coverage;
import landfall.trial.Mode;
import landfall.trial.Schedule;
import landfall.trial.Trial;
import landfall.trial.TrialFiles;

/** A campaign: trials under the schedules of a seed, each judged from its files. */
public final class Campaign {
  private final Map<String, Implementation> implementations = new HashMap<>();
  private final List<Schedule> schedules;
  private final EvidenceFolder evidence;
  private final int parallel;

  /**
   * @param implementations what is tested, taking turns; not empty
   * @param seed decides all schedules
   * @param trials how many
   * @param hosts 2 or 3 in each trial; 0 for what suits the implementation
   * @param modes how guests are moved, taking turns; none for all that suit the implementation
   * @param evidence where they go; trials that are finished there are not repeated
   * @param parallel how many run at once
   */
  public Campaign(
      List<Implementation> implementations,
      long seed,
      int trials,
      int hosts,
      List<Mode> modes,
      EvidenceFolder evidence,
      int parallel) {
    this(
        implementations,
        Schedules.of(implementations, seed, trials, hosts, modes),
        evidence,
        parallel);
  }

  private Campaign(
      List<Implementation> implementations,
      List<Schedule> schedules,
      EvidenceFolder evidence,
      int parallel) {
    implementations.forEach(each -> this.implementations.put(each.name(), each));
    this.schedules = List.copyOf(schedules);
    this.evidence = evidence;
    this.parallel = parallel;
  }

  /**
   * As a campaign of this seed, but every trial has the faults of a behaviour that the model
   * checker found.
   *
   * @throws IllegalArgumentException if nothing is done to the migration in this behaviour
   */
  public static Campaign along(
      Behaviour behaviour,
      List<Implementation> implementations,
      long seed,
      int trials,
      EvidenceFolder evidence,
      int parallel) {
    List<PlannedFault> faults = FaultsOfModel.of(behaviour);
    List<Schedule> schedules =
        Schedules.of(implementations, seed, trials).stream()
            .map(schedule -> schedule.withFaults(faults))
            .toList();
    return new Campaign(implementations, schedules, evidence, parallel);
  }

  /** Where the faults of these trials are to fall. */
  public Set<Coverage.Point> points() {
    return schedules.stream()
        .flatMap(
            schedule ->
                schedule.migrations().stream()
                    .flatMap(migration -> migration.faults().stream())
                    .map(
                        fault ->
                            new Coverage.Point(
                                schedule.way(), fault.at().phase().word(), fault.kind().word())))
        .collect(Collectors.toSet());
  }

  /** The trials of both, those of this one first; they go where those of this one go. */
  public Campaign and(Campaign other) {
    List<Schedule> both = new ArrayList<>(schedules);
    other.schedules.forEach(each -> both.add(each.asTrial(both.size() + 1)));
    List<Implementation> all = new ArrayList<>(implementations.values());
    all.addAll(other.implementations.values());
    return new Campaign(all, both, evidence, parallel);
  }

  /**
   * The same trials, and in every other one the wall clock of a process jumps as well. Where clocks
   * cannot be moved these faults are not seen.
   */
  public Campaign withClockJumps() {
    List<Implementation> all = List.copyOf(implementations.values());
    return new Campaign(all, ClockSchedules.withJumps(schedules, all), evidence, parallel);
  }

  /**
   * The same trials, and in every other one the storage of the guest's disk fills up or fails as
   * well, wherever the guest hears of it. Where calls cannot be made to fail these faults are not
   * seen.
   */
  public Campaign withDiskFailures() {
    List<Implementation> all = List.copyOf(implementations.values());
    return new Campaign(all, DiskSchedules.withFailures(schedules, all), evidence, parallel);
  }

  /** The same schedule so many times, one trial after the other. */
  public static Campaign repeating(
      Implementation implementation, Schedule schedule, int times, EvidenceFolder evidence) {
    List<Schedule> again = new ArrayList<>();
    for (int i = 1; i <= times; i++) {
      again.add(schedule.asTrial(i));
    }
    return new Campaign(List.of(implementation), again, evidence, 1);
  }

  /**
   * Runs what is not finished yet. The trace judge looks at trials while others run, and at the
   * rest of them in the end.
   *
   * @param finished is told each trial as it ends, without its trace verdict; one at a time
   * @return the trials in the order of their numbers
   * @throws IOException if hosts cannot be started or evidence cannot be written
   * @throws InterruptedException if the run is to end; what is finished is in the evidence
   */
  public List<TrialResult> run(Consumer<TrialResult> finished)
      throws IOException, InterruptedException {
    Path guests = ScratchFolder.create("guests");
    ExecutorService pool = Executors.newFixedThreadPool(parallel);
    var traces = new TracesOfTrials(evidence);
    try {
      Map<String, Path> kernels = new HashMap<>();
      for (Implementation each : implementations.values()) {
        kernels.put(each.name(), each.putGuest(guests));
      }
      Set<Integer> done = new HashSet<>(evidence.finishedTrials());
      done.forEach(traces::ended);
      List<Future<?>> running = new ArrayList<>();
      for (Schedule schedule : schedules) {
        if (!done.contains(schedule.trial())) {
          running.add(
              pool.submit(
                  () -> {
                    TrialResult result = runOne(schedule, kernels);
                    traces.ended(schedule.trial());
                    synchronized (finished) {
                      finished.accept(result);
                    }
                    return null;
                  }));
        }
      }
      for (Future<?> each : running) {
        each.get();
      }
      return traces.judged(schedules.stream().map(Schedule::trial).toList());
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (failed.getCause() instanceof InterruptedException cause) {
        throw cause;
      }
      throw new IllegalStateException(failed.getCause());
    } finally {
      traces.close();
      pool.shutdownNow();
      pool.awaitTermination(30, java.util.concurrent.TimeUnit.SECONDS);
      try (var files = Files.list(guests)) {
        for (Path file : files.toList()) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(guests);
    }
  }

  private TrialResult runOne(Schedule schedule, Map<String, Path> kernels)
      throws IOException, InterruptedException {
    var files = new TrialFiles(evidence.trial(schedule.trial()));
    Implementation implementation = implementations.get(schedule.implementation());
    new Trial(schedule, implementation, files, kernels.get(schedule.implementation())).run();
    TrialResult result = TrialJudge.judge(files, null);
    evidence.writeTrial(result);
    return result;
  }

  /**
   * Whether enough faults took effect for the campaign to say anything.
   *
   * @return undecided if not
   */
  public static Verdict coverage(List<TrialResult> trials) {
    long seen = trials.stream().filter(TrialResult::faultsSeen).count();
    long planned = trials.stream().filter(trial -> !trial.faults().isEmpty()).count();
    return seen * 2 < planned || seen == 0
        ? new Verdict.Undecided(
            "only in "
                + seen
                + " of "
                + trials.size()
                + " trials was every fault seen to take effect")
        : new Verdict.Holds(seen);
  }
}
