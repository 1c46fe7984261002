package landfall.campaign;

import java.io.IOException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.Judge;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.implementation.Implementation;
import landfall.trial.Mode;

/** Does the campaign catch a known defect? Trials are run until a judge that must see it does. */
public final class MutantHunt {
  /** Who must catch which defect: whoever sees what the defect did to a user. */
  private static final Map<Integer, Set<Judge>> MUST_CATCH =
      Map.ofEntries(
          Map.entry(1, EnumSet.of(Judge.HISTORY, Judge.TRACE)),
          Map.entry(2, EnumSet.of(Judge.HISTORY, Judge.TRACE)),
          Map.entry(13, EnumSet.of(Judge.MEMORY, Judge.HISTORY)),
          Map.entry(14, EnumSet.of(Judge.MEMORY)),
          Map.entry(15, EnumSet.of(Judge.MEMORY)),
          Map.entry(19, EnumSet.of(Judge.LIVENESS, Judge.STATUS, Judge.MEMORY)),
          Map.entry(33, EnumSet.of(Judge.MEMORY, Judge.TRACE)),
          Map.entry(35, EnumSet.of(Judge.MEMORY, Judge.HISTORY)),
          Map.entry(51, EnumSet.of(Judge.HISTORY, Judge.MEMORY)),
          Map.entry(52, EnumSet.of(Judge.LIVENESS, Judge.STATUS)),
          Map.entry(53, EnumSet.of(Judge.HISTORY)));

  private MutantHunt() {}

  /**
   * What became of a mutant.
   *
   * @param trials trials that were run
   * @param judges who saw it, and in which trial first
   * @param must who had to
   */
  public record Kill(int trials, Map<Judge, Integer> judges, Set<Judge> must) {
    public Kill {
      judges = Collections.unmodifiableMap(new TreeMap<>(judges));
      must = Set.copyOf(must);
    }

    /** Whether one of those saw it that had to. */
    public boolean killed() {
      return judges.keySet().stream().anyMatch(must::contains);
    }

    /** Such as {@code history in trial 1, trace in trial 1}. */
    public String words() {
      return judges.entrySet().stream()
          .map(entry -> entry.getKey().word() + " in trial " + entry.getValue())
          .collect(Collectors.joining(", "));
    }
  }

  /**
   * Runs the first trials of the campaign of this seed on a mutant.
   *
   * @param defect its number in the catalogue of defects
   * @param hosts how many a trial has
   * @param mode how guests are moved
   * @param trialsMax give up after so many
   * @param parallel how many run at once; after as many the judges are asked
   * @param finished is told each trial
   */
  public static Kill hunt(
      Implementation mutant,
      int defect,
      long seed,
      int hosts,
      Mode mode,
      int trialsMax,
      EvidenceFolder evidence,
      int parallel,
      Consumer<TrialResult> finished)
      throws IOException, InterruptedException {
    Set<Judge> must = MUST_CATCH.getOrDefault(defect, EnumSet.allOf(Judge.class));
    for (int trials = parallel; ; trials += parallel) {
      int upTo = Math.min(trials, trialsMax);
      List<TrialResult> results =
          new Campaign(List.of(mutant), seed, upTo, hosts, List.of(mode), evidence, parallel)
              .run(finished);
      Map<Judge, Integer> judges = new TreeMap<>();
      for (TrialResult result : results) {
        result
            .verdicts()
            .forEach(
                (judge, verdict) -> {
                  if (verdict instanceof Verdict.Violated) {
                    judges.putIfAbsent(judge, result.id());
                  }
                });
      }
      Kill kill = new Kill(upTo, judges, must);
      if (kill.killed() || upTo == trialsMax) {
        return kill;
      }
    }
  }
}
