package landfall.judge;

import java.util.Locale;
import landfall.evidence.Verdict;
import landfall.judge.Fate.Arrival;
import landfall.trial.Observations;
import landfall.trial.Observations.Silence;

/**
 * Does the guest run again, within the bound, after the last fault is over, and does it go on? It
 * may be gone only with a host that was killed while it had the only complete copy, or, without an
 * arbiter, while it alone knew whose the guest is. That the source says that it gave the guest away
 * does not show that it did.
 */
final class LivenessJudge {
  private static final String CLAIM = "EventuallyRuns";

  private static final double AT_LAST_MILLIS = 500;

  private LivenessJudge() {}

  /**
   * @param arbiter whether the hosts share one, which tells the source that the destination never
   *     took the guest
   */
  static Verdict judge(Observations seen, boolean arbiter) {
    Observations.End end = seen.end();
    if (seen.attempts().isEmpty()) {
      return new Verdict.Undecided(Incidents.because(seen, "no migration was started"));
    }
    Fate fate = Fate.of(seen);
    if (!fate.carriedMemory()) {
      return new Verdict.Undecided(
          Incidents.because(seen, "no page of the guest was seen on the migration channel"));
    }
    if (!end.answeredAt().isEmpty() && (fate.nobodyKilled() || !isSilentAtLast(end))) {
      return goesOn(seen, end);
    }
    if (fate.nobodyKilled()) {
      return violated(end, "no host was killed");
    }
    if (fate.sourceKilled() && fate.destinationKilled()) {
      return new Verdict.Holds(1);
    }
    return fate.destinationKilled()
        ? withoutDestination(end, fate, arbiter)
        : withoutSource(seen, end, fate);
  }

  /** What seemed to be an answer after the faults was, where a host was killed, one before them. */
  private static boolean isSilentAtLast(Observations.End end) {
    Silence silence = end.silence();
    return silence != null
        && silence.millis() > Observations.SILENCE_MAX_MILLIS
        && silence.fromMillis() + silence.millis()
            > end.healedMillis() + end.waitedMillis() - AT_LAST_MILLIS;
  }

  private static Verdict goesOn(Observations seen, Observations.End end) {
    Silence silence = end.silence();
    if (silence == null) {
      return new Verdict.Undecided(
          "the guest was not listened to for long enough after the faults");
    }
    if (silence.millis() > Observations.SILENCE_MAX_MILLIS + silence.ownMillis()) {
      return new Verdict.Violated(
          CLAIM,
          String.format(
              Locale.ROOT,
              "all faults were over at %.0f ms and the guest answered after that, at %.0f ms; from"
                  + " %.0f ms on it answered nowhere for %.0f ms (%d ms are allowed)",
              end.healedMillis(),
              end.answeredMillis(),
              silence.fromMillis(),
              silence.millis(),
              Observations.SILENCE_MAX_MILLIS));
    }
    long replies =
        seen.replies().stream().filter(reply -> reply.atMillis() > end.healedMillis()).count();
    return new Verdict.Holds(Math.max(1, replies));
  }

  private static Verdict withoutDestination(Observations.End end, Fate fate, boolean arbiter) {
    if (fate.arrival() == Arrival.SEEN) {
      return new Verdict.Holds(1);
    }
    if (arbiter && fate.arrival() == Arrival.POSSIBLE) {
      return new Verdict.Undecided(
          "the destination was killed between the message that gives it the guest and any sign that"
              + " it took it");
    }
    // Without an arbiter nobody can know what became of a message that was sent.
    boolean inDoubt = !arbiter && (fate.handedOver() || fate.arrival() == Arrival.POSSIBLE);
    return inDoubt
        ? new Verdict.Holds(1)
        : violated(end, "the destination was killed before it had taken the guest");
  }

  // A destination that was given the guest must run; one that was not may not.
  private static Verdict withoutSource(Observations seen, Observations.End end, Fate fate) {
    boolean saidCompleted =
        seen.attempts().stream().anyMatch(each -> each.status().equals("completed"));
    boolean given = fate.arrival() != Arrival.IMPOSSIBLE;
    return given || saidCompleted
        ? violated(end, "the guest had been given to the destination when the source was killed")
        : new Verdict.Holds(1);
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
    return !alive ? "is dead" : state.isEmpty() ? "says nothing" : "says '" + state + "'";
  }
}
