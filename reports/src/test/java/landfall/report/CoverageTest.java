package landfall.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Set;
import landfall.evidence.FaultResult;
import landfall.evidence.Judge;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import org.junit.jupiter.api.Test;

class CoverageTest {
  private static TrialResult trial(String mode, FaultResult... faults) {
    return new TrialResult(
        1,
        1,
        mode,
        "a plan",
        List.of(faults),
        "completed",
        Map.of(Judge.LIVENESS, new Verdict.Holds(1)),
        null,
        null,
        List.of(),
        240,
        10,
        "again",
        List.of(),
        List.of());
  }

  private static FaultResult fault(String kind, String phase, double atMillis, boolean seen) {
    return new FaultResult(kind, phase, atMillis, seen, "as the test says");
  }

  @Test
  void eachModeHasATableInWhichOnlyWhatWasSeenCounts() {
    List<Coverage> modes =
        Coverage.of(
            List.of(
                trial(
                    "hybrid", fault("reset", "push", 30, true), fault("cancel", "ready", 0, false)),
                trial(null, fault("reset", "ready", 20, true)),
                trial(
                    "hybrid", fault("reset", "push", 31, false), fault("reset", "ready", 9, true)),
                trial("postcopy")));
    assertEquals(
        List.of("hybrid  ready   push", "cancel  0 of 1  .", "reset   1       1 of 2"),
        modes.get(0).lines());
    assertEquals(List.of("precopy  ready", "reset    1"), modes.get(1).lines());
    assertEquals(2, modes.size());
  }

  @Test
  void whatWasNotDrawnAndWhatWasNotSeenIsCountedBesideWhatWasHit() {
    List<TrialResult> trials =
        List.of(
            trial("hybrid", fault("reset", "push", 30, true), fault("cancel", "ready", 0, false)),
            trial("hybrid", fault("reset", "push", 31, false), fault("reset", "ready", 9, true)));
    var points =
        Set.of(
            new Coverage.Point("hybrid", "push", "reset"),
            new Coverage.Point("hybrid", "ready", "cancel"),
            new Coverage.Point("hybrid", "push", "cancel"),
            new Coverage.Point("postcopy", "push", "reset"));
    Coverage.Reach reach = Coverage.reach(trials, points);
    assertEquals(new Coverage.Reach(2, 1, 5), reach);
    assertEquals(
        "mode x phase x fault: 2 of 5 points were hit with evidence, 1 were aimed at in vain,"
            + " 2 were not drawn",
        reach.words());
  }
}
