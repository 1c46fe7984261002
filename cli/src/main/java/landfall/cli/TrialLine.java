package landfall.cli;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import landfall.evidence.Judge;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;

/** A trial in one line. */
final class TrialLine {
  private TrialLine() {}

  static String of(TrialResult trial) {
    long unseen = trial.faults().stream().filter(fault -> !fault.seen()).count();
    String seen =
        trial.faultsSeen() || trial.faults().isEmpty()
            ? "seen"
            : trial.faults().size() == 1
                ? "not seen to take effect"
                : unseen + " of " + trial.faults().size() + " not seen to take effect";
    return String.format(
        Locale.ROOT,
        "%-38s %s, %s, %d operations: %s",
        trial.plan(),
        seen,
        trial.outcome(),
        trial.operations(),
        verdicts(trial));
  }

  private static String verdicts(TrialResult trial) {
    Verdict verdict = trial.verdict();
    if (verdict instanceof Verdict.Holds) {
      return "holds";
    }
    return trial.verdicts().entrySet().stream()
        .filter(entry -> !(entry.getValue() instanceof Verdict.Holds))
        .map(TrialLine::sentence)
        .collect(Collectors.joining("; "));
  }

  private static String sentence(Map.Entry<Judge, Verdict> entry) {
    return entry.getKey().word()
        + ": "
        + entry.getValue().sentence().lines().findFirst().orElse("");
  }
}
