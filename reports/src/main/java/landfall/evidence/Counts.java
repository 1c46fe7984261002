package landfall.evidence;

import java.util.List;

/**
 * What a run rests on.
 *
 * @param trials trials that ended with verdicts
 * @param withFaultSeen trials with faults, of which every one was seen to take effect
 * @param operations client operations over all trials
 * @param events trace events over all trials
 */
public record Counts(long trials, long withFaultSeen, long operations, long events) {
  public Counts {
    Require.notNegative("trials", trials);
    Require.notNegative("withFaultSeen", withFaultSeen);
    Require.notNegative("operations", operations);
    Require.notNegative("events", events);
    if (withFaultSeen > trials) {
      throw new IllegalArgumentException(
          "withFaultSeen (" + withFaultSeen + ") must not exceed trials (" + trials + ")");
    }
  }

  /** The counts of these trials. */
  public static Counts of(List<TrialResult> trials) {
    return new Counts(
        trials.size(),
        trials.stream().filter(TrialResult::faultsSeen).count(),
        trials.stream().mapToLong(TrialResult::operations).sum(),
        trials.stream().mapToLong(TrialResult::events).sum());
  }
}
