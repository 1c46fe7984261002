package landfall.judge;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import landfall.evidence.Verdict;
import landfall.tracecheck.TraceCheck;
import landfall.tracecheck.TraceFiles;
import landfall.trial.Schedule;
import landfall.trial.TrialFiles;

/**
 * Is what was seen a behaviour of the specification? Of the protocol's own, where the hosts wrote
 * traces, and of the abstract machine for every implementation. Takes many trials at once, since
 * each run of the model checker has its price.
 */
public final class TraceJudge {
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
    List<TraceFiles> traces = new ArrayList<>();
    List<TraceFiles> observed = new ArrayList<>();
    for (TrialFiles trial : trials) {
      if (!trial.traces().isEmpty()) {
        Schedule schedule = trial.readSchedule();
        traces.add(
            new TraceFiles(
                nameOf(trial),
                trial.traces(),
                Schedule.trackedPages(schedule.guest()),
                TrialJudge.hasArbiter(schedule)));
      }
      Path file = observedAt.apply(trial);
      ObservedTrace.write(trial, file);
      observed.add(TraceFiles.of(nameOf(trial), file));
    }
    Map<String, Verdict> ofTraces = traces.isEmpty() ? Map.of() : TraceCheck.check(traces);
    Map<String, Verdict> ofObserved = TraceCheck.checkObserved(observed);
    Map<TrialFiles, Verdict> verdicts = new LinkedHashMap<>();
    for (TrialFiles trial : trials) {
      List<Verdict> both = new ArrayList<>();
      if (ofTraces.containsKey(nameOf(trial))) {
        both.add(ofTraces.get(nameOf(trial)));
      }
      both.add(ofObserved.get(nameOf(trial)));
      verdicts.put(trial, Verdict.worst(both));
    }
    return verdicts;
  }

  private static String nameOf(TrialFiles trial) {
    return trial.folder().getFileName().toString();
  }
}
