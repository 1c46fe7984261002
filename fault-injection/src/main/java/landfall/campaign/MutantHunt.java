package landfall.campaign;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.Judge;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.implementation.Implementation;

/** Does the campaign catch a known defect? Trials are run until one is violated. */
public final class MutantHunt {
  private static final int STEP = 4;

  private MutantHunt() {}

  /**
   * What became of a mutant.
   *
   * @param trials trials that were run
   * @param killedIn number of the first violated trial; 0 if it survived
   * @param judges which judges saw it there, and what each said
   */
  public record Kill(int trials, int killedIn, Map<Judge, Verdict> judges) {
    public boolean killed() {
      return killedIn > 0;
    }

    /** The judges' words, such as {@code history, trace}. */
    public String judgeWords() {
      return judges.keySet().stream().map(Judge::word).collect(Collectors.joining(", "));
    }
  }

  /**
   * Runs the first trials of the campaign of this seed on a mutant.
   *
   * @param trialsMax give up after so many
   * @param finished is told each trial
   */
  public static Kill hunt(
      Implementation mutant,
      long seed,
      int trialsMax,
      EvidenceFolder evidence,
      int parallel,
      Consumer<TrialResult> finished)
      throws IOException, InterruptedException {
    for (int trials = STEP; ; trials += STEP) {
      int upTo = Math.min(trials, trialsMax);
      List<TrialResult> results =
          new Campaign(List.of(mutant), seed, upTo, evidence, parallel).run(finished);
      for (TrialResult result : results) {
        if (result.verdict() instanceof Verdict.Violated) {
          Map<Judge, Verdict> violated =
              result.verdicts().entrySet().stream()
                  .filter(entry -> entry.getValue() instanceof Verdict.Violated)
                  .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
          return new Kill(upTo, result.id(), new java.util.TreeMap<>(violated));
        }
      }
      if (upTo == trialsMax) {
        return new Kill(upTo, 0, Map.of());
      }
    }
  }
}
