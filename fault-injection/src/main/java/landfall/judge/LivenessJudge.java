package landfall.judge;

import java.util.Locale;
import landfall.evidence.Verdict;
import landfall.trial.Observations;

/**
 * Does the guest run again, within the bound, after the last fault is over? It may be gone only
 * with a host that was killed while it had the only complete copy, or, without an arbiter, while it
 * alone knew whose the guest is.
 */
final class LivenessJudge {
  private static final String CLAIM = "EventuallyRuns";

  private LivenessJudge() {}

  /**
   * @param speaksHandover whether the message that gives the guest away can be seen
   * @param arbiter whether the hosts share one, which tells the source that the destination never
   *     took the guest
   */
  static Verdict judge(Observations seen, boolean speaksHandover, boolean arbiter) {
    Observations.End end = seen.end();
    if (seen.attempts().isEmpty()) {
      return new Verdict.Undecided("no migration was started");
    }
    Fate fate = Fate.of(seen);
    if (!fate.carriedMemory()) {
      return new Verdict.Undecided("no page of the guest was seen on the migration channel");
    }
    if (!end.answeredAt().isEmpty()) {
      long replies =
          seen.replies().stream().filter(reply -> reply.atMillis() > end.healedMillis()).count();
      return new Verdict.Holds(Math.max(1, replies));
    }
    if (fate.nobodyKilled()) {
      return violated(end, "no host was killed");
    }
    if (fate.sourceKilled() && fate.destinationKilled()) {
      return new Verdict.Holds(1);
    }
    boolean completed =
        seen.attempts().stream().anyMatch(each -> each.status().equals("completed"));
    if (fate.destinationKilled()) {
      boolean givenAway = completed || fate.handedOver() && !arbiter;
      return givenAway
          ? new Verdict.Holds(1)
          : violated(end, "the destination was killed before it had taken the guest");
    }
    // The source was killed. A destination that was told so must run; one that was not may not.
    if (speaksHandover ? fate.handedOver() : completed) {
      return violated(
          end, "the guest had been given to the destination when the source was killed");
    }
    return new Verdict.Holds(1);
  }

  private static Verdict violated(Observations.End end, String why) {
    return new Verdict.Violated(
        CLAIM,
        String.format(
            Locale.ROOT,
            "%s, all faults were over at %.0f ms, and for %.0f ms after that the guest answered"
                + " nowhere; the source %s, the destination %s, the migration is '%s'",
            why,
            end.healedMillis(),
            end.waitedMillis(),
            said(end.sourceAlive(), end.sourceRunState()),
            said(end.destinationAlive(), end.destinationRunState()),
            end.sourceMigration()));
  }

  private static String said(boolean alive, String state) {
    return alive ? "says '" + state + "'" : "is dead";
  }
}
