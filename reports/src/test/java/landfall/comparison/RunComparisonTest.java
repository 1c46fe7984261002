package landfall.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import landfall.evidence.Judge;
import landfall.evidence.RoundResult;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import org.junit.jupiter.api.Test;

class RunComparisonTest {

  private static final Verdict HOLDS = new Verdict.Holds(100);
  private static final Verdict VIOLATED = new Verdict.Violated("Linearizable", "a stale read");

  /** Trials of which the last ones have another verdict. */
  private static List<TrialResult> run(
      long seed, int trials, double downtime, int others, Verdict other) {
    var random = new Random(seed);
    List<TrialResult> results = new ArrayList<>();
    for (int id = 1; id <= trials; id++) {
      results.add(
          new TrialResult(
              id,
              id,
              "precopy",
              "delay at handover",
              List.of(),
              "completed",
              Map.of(Judge.HISTORY, id > trials - others ? other : HOLDS),
              downtime * (1 + random.nextDouble()),
              100 + random.nextDouble(),
              List.of(new RoundResult(1, 250, 1_000_000, 10 + random.nextDouble(), 0)),
              100,
              10,
              "landfall replay",
              List.of(),
              List.of()));
    }
    return results;
  }

  @Test
  void twoRunsOfOneKindAreNoWorse() {
    var compared = RunComparison.of(run(1, 40, 10, 0, HOLDS), run(2, 40, 10, 0, HOLDS));
    assertEquals(new Verdict.Holds(80), compared.verdict());
    assertEquals(40, compared.sameSchedules());
    assertEquals(3, compared.figures().size());
    assertEquals(95, compared.figures().get(2).firstMedian(), 3, "1 MB in 10 to 11 ms");
  }

  @Test
  void moreViolationsAreWorse() {
    var compared = RunComparison.of(run(1, 40, 10, 0, HOLDS), run(2, 40, 10, 8, VIOLATED));
    Verdict.Violated verdict = assertInstanceOf(Verdict.Violated.class, compared.verdict());
    assertEquals("trials violated: 8 of 40, before 0 of 40", verdict.evidence());
    var back = RunComparison.of(run(2, 40, 10, 8, VIOLATED), run(1, 40, 10, 0, HOLDS));
    assertEquals("holds", back.verdict().word(), "fewer are better");
  }

  @Test
  void longerDowntimesAreWorseAndHaveASize() {
    var compared = RunComparison.of(run(1, 40, 10, 0, HOLDS), run(2, 40, 20, 0, HOLDS));
    assertTrue(compared.verdict().sentence().contains("downtime: median"), "downtime is named");
    assertEquals(1, compared.figures().get(0).delta(), "each of B is above each of A");
    assertEquals(1, compared.figures().get(1).p(), "the total time is the same");
  }

  @Test
  void tooLittleIsUndecided() {
    var compared = RunComparison.of(run(1, 40, 10, 0, HOLDS), run(2, 19, 10, 0, HOLDS));
    assertEquals(
        "undecided: a run of 19 trials is too small to compare, 20 are needed",
        compared.verdict().sentence());
    assertEquals("undecided", RunComparison.of(List.of(), List.of()).verdict().word());
  }

  /** One p value of 0.04 among five is chance: with one cause, few of many runs may differ. */
  @Test
  void chanceAloneRarelyMakesADifference() {
    int worse = 0;
    for (int pair = 0; pair < 200; pair++) {
      var compared =
          RunComparison.of(run(2 * pair, 30, 10, 0, HOLDS), run(2 * pair + 1, 30, 10, 0, HOLDS));
      worse += compared.verdict() instanceof Verdict.Violated ? 1 : 0;
    }
    // 5 % of differences in either direction are 5 of worse ones; 15 of 200 comes once in 1,000.
    assertTrue(worse < 15, worse + " of 200 pairs of runs with one cause called different");
  }
}
