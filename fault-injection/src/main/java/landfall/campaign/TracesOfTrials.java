package landfall.campaign;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.judge.TraceJudge;
import landfall.judge.TrialJudge;
import landfall.trial.TrialFiles;

/**
 * Lets the trace judge look at the trials of a campaign, many at once, since each run of the model
 * checker has its price: at so many while others run, and at the rest in the end. So a long
 * campaign does not end with all of its traces.
 */
final class TracesOfTrials implements AutoCloseable {
  /** More than {@code landfall verify} has, whose models take the processors meanwhile. */
  private static final int AT_ONCE = 60;

  private final EvidenceFolder evidence;
  private final ExecutorService judge = Executors.newSingleThreadExecutor();
  private final List<Future<List<TrialResult>>> batches = new ArrayList<>();
  private final List<Integer> waiting = new ArrayList<>();

  TracesOfTrials(EvidenceFolder evidence) {
    this.evidence = evidence;
  }

  /** All evidence of this trial is there. */
  synchronized void ended(int trial) {
    waiting.add(trial);
    if (waiting.size() == AT_ONCE) {
      judgeWaiting();
    }
  }

  private void judgeWaiting() {
    List<Integer> trials = List.copyOf(waiting);
    waiting.clear();
    batches.add(judge.submit(() -> judge(trials)));
  }

  /** The final results of these trials, which have all ended, in this order. */
  synchronized List<TrialResult> judged(List<Integer> trials)
      throws IOException, InterruptedException {
    if (!waiting.isEmpty()) {
      judgeWaiting();
    }
    Map<Integer, TrialResult> results = new HashMap<>();
    try {
      for (Future<List<TrialResult>> batch : batches) {
        batch.get().forEach(result -> results.put(result.id(), result));
      }
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(failed.getCause());
    }
    return trials.stream().map(results::get).toList();
  }

  /** Judges the traces of these trials and writes their final verdicts. */
  private List<TrialResult> judge(List<Integer> trials) throws IOException, InterruptedException {
    List<TrialFiles> files = new ArrayList<>();
    for (int trial : trials) {
      files.add(new TrialFiles(evidence.trial(trial)));
    }
    Map<TrialFiles, Verdict> verdicts = TraceJudge.judge(files, TrialFiles::observed);
    List<TrialResult> results = new ArrayList<>();
    for (TrialFiles each : files) {
      TrialResult result = TrialJudge.judge(each, verdicts.get(each));
      evidence.writeTrial(result);
      results.add(result);
    }
    return results;
  }

  @Override
  public void close() {
    judge.shutdownNow();
  }
}
