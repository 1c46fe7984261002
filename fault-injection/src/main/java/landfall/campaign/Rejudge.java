package landfall.campaign;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.judge.TraceJudge;
import landfall.judge.TrialJudge;
import landfall.processes.ScratchFolder;
import landfall.trial.TrialFiles;

/** Judges the trials of a sealed run again, offline, and compares with what is recorded. */
public final class Rejudge {
  private Rejudge() {}

  /**
   * One trial judged again.
   *
   * @param recorded what the run said
   * @param now what the judges say now
   */
  public record Pair(TrialResult recorded, TrialResult now) {
    /**
     * Whether every judge that has spoken says the same word again. In a run that was interrupted
     * the trace judge may not have been asked yet.
     */
    public boolean agree() {
      return recorded.verdicts().entrySet().stream()
          .allMatch(
              entry ->
                  now.verdicts().containsKey(entry.getKey())
                      && entry.getValue().word().equals(now.verdicts().get(entry.getKey()).word()));
    }
  }

  /**
   * Judges all finished trials again. Nothing in the folder is changed.
   *
   * @throws IOException if evidence is missing or malformed; the message says where
   */
  public static List<Pair> rejudge(EvidenceFolder evidence)
      throws IOException, InterruptedException {
    List<TrialFiles> files = new ArrayList<>();
    for (int trial : evidence.finishedTrials()) {
      files.add(new TrialFiles(evidence.trial(trial)));
    }
    if (files.isEmpty()) {
      return List.of();
    }
    Map<TrialFiles, Verdict> verdicts = judgeTraces(files);
    List<Pair> pairs = new ArrayList<>();
    for (TrialFiles each : files) {
      TrialResult recorded =
          evidence.readTrial(Integer.parseInt(each.folder().getFileName().toString()));
      pairs.add(new Pair(recorded, TrialJudge.judge(each, verdicts.get(each))));
    }
    return pairs;
  }

  // The evidence may be read-only, and is not ours to change.
  private static Map<TrialFiles, Verdict> judgeTraces(List<TrialFiles> trials)
      throws IOException, InterruptedException {
    Path scratch = ScratchFolder.create("judge");
    try {
      return TraceJudge.judge(
          trials, trial -> scratch.resolve(trial.folder().getFileName() + ".ndjson"));
    } finally {
      try (var files = Files.list(scratch)) {
        for (Path file : files.toList()) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(scratch);
    }
  }
}
