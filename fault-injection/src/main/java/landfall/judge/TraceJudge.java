package landfall.judge;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import landfall.evidence.Verdict;
import landfall.implementation.Implementations;
import landfall.qemustream.StreamLog;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import landfall.tracecheck.TracedProtocol;
import landfall.trial.Schedule;
import landfall.trial.TrialFiles;

/**
 * Is what was seen a behaviour of the specification? Of the protocol's own, where the hosts wrote
 * traces; of {@code DirectPreCopy}, where QEMU's stream passed; and of the abstract machine for
 * every implementation. Takes many trials at once, since each run of the model checker has its
 * price.
 */
public final class TraceJudge {
  private static final String MORE_THAN_TWO =
      "ReverseCheckpoint follows one migration between two hosts, and these are more";

  private TraceJudge() {}

  /**
   * Judges the traces of these trials.
   *
   * @param observedAt where to write what was observed of a trial, in the words of the judge
   * @return a verdict for each
   * @throws IOException if a file is missing, or the model checker cannot be run
   */
  public static Map<TrialFiles, Verdict> judge(
      List<TrialFiles> trials, Function<TrialFiles, Path> observedAt)
      throws IOException, InterruptedException {
    Map<TracedProtocol, List<TraceFiles>> traces = new EnumMap<>(TracedProtocol.class);
    Map<String, Verdict> ofTraces = new HashMap<>();
    List<TraceFiles> observed = new ArrayList<>();
    List<TraceFiles> channels = new ArrayList<>();
    Map<String, String> unreadable = new HashMap<>();
    for (TrialFiles trial : trials) {
      if (!trial.traces().isEmpty()) {
        Schedule schedule = trial.readSchedule();
        if (schedule.mode().returns() && !RoleTrace.hasRoles(trial, schedule)) {
          ofTraces.put(nameOf(trial), new Verdict.Undecided(MORE_THAN_TWO));
        } else {
          traces
              .computeIfAbsent(schedule.mode().protocol(), protocol -> new ArrayList<>())
              .add(
                  new TraceFiles(
                      nameOf(trial),
                      files(trial, schedule, observedAt.apply(trial)),
                      Schedule.trackedPages(schedule.guest()),
                      TrialJudge.hasArbiter(schedule),
                      aHostWasKilled(trial)));
        }
      }
      Path file = observedAt.apply(trial);
      if (Files.exists(trial.qemuStream())) {
        ChannelTrace channel =
            ChannelTrace.of(StreamLog.read(trial.qemuStream()), trial.readObservations());
        Path events = file.resolveSibling(nameOf(trial) + "-channel.ndjson");
        channel.write(events);
        channels.add(new TraceFiles(nameOf(trial), List.of(events), channel.tracked(), false));
        unreadable.put(nameOf(trial), channel.unreadable());
      }
      ObservedTrace.write(trial, file);
      observed.add(TraceFiles.of(nameOf(trial), file));
    }
    for (Map.Entry<TracedProtocol, List<TraceFiles>> each : traces.entrySet()) {
      ofTraces.putAll(TraceCheck.check(each.getValue(), each.getKey()));
    }
    Map<String, Verdict> ofObserved = TraceCheck.checkObserved(observed);
    Map<String, Verdict> ofChannels =
        channels.isEmpty() ? Map.of() : TraceCheck.checkChannel(channels);
    Map<TrialFiles, Verdict> verdicts = new LinkedHashMap<>();
    for (TrialFiles trial : trials) {
      List<Verdict> both = new ArrayList<>();
      if (ofTraces.containsKey(nameOf(trial))) {
        both.add(ofTraces.get(nameOf(trial)));
      }
      both.add(ofObserved.get(nameOf(trial)));
      Verdict ofChannel = ofChannels.get(nameOf(trial));
      if (ofChannel != null) {
        both.add(whereReadable(ofChannel, unreadable.get(nameOf(trial))));
      } else if (Implementations.isQemu(trial.readSchedule().implementation())) {
        both.add(new Verdict.Undecided("no stream of QEMU passed on the channel"));
      }
      verdicts.put(trial, Verdict.worst(both));
    }
    return verdicts;
  }

  private static List<Path> files(TrialFiles trial, Schedule schedule, Path beside)
      throws IOException {
    if (schedule.mode().copiesAhead()) {
      List<Path> all =
          new ArrayList<>(RoleTrace.write(trial, schedule, trial.readObservations(), beside));
      all.addAll(RoleTrace.store(trial, beside));
      return all;
    }
    return schedule.mode().splits()
        ? RoleTrace.write(trial, schedule, trial.readObservations(), beside)
        : CrashTrace.of(
            trial.tracesOfNamedHosts(beside), trial.readObservations(), nameOf(trial), beside);
  }

  /** What could be read decides that something is wrong; that nothing is, only the whole. */
  private static Verdict whereReadable(Verdict verdict, String unreadable) {
    return verdict instanceof Verdict.Violated || unreadable.isEmpty()
        ? verdict
        : new Verdict.Undecided(unreadable);
  }

  private static boolean aHostWasKilled(TrialFiles trial) throws IOException {
    return trial.readObservations().faults().stream().anyMatch(Fate::isKill);
  }

  private static String nameOf(TrialFiles trial) {
    return trial.folder().getFileName().toString();
  }
}
