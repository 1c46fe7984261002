package landfall.judge;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import landfall.evidence.Verdict;
import landfall.judge.Fate.Arrival;
import landfall.nemesis.Direction;
import landfall.nemesis.StreamPhase;
import landfall.trial.Mode;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.HostEnd;
import landfall.trial.Observations.Silence;

/**
 * Does the guest run again, within the bound, after the last fault is over, and does it go on? It
 * may be gone only with a host that was killed while it had the only complete copy, or, without an
 * arbiter, while it alone knew whose the guest is; or, where a guest is on two hosts for a while,
 * with either of them meanwhile, if its pages are nowhere else; and where they are at a store, with
 * no single failure. That the source says that it gave the guest away does not show that it did.
 */
final class LivenessJudge {
  private static final String CLAIM = "EventuallyRuns";

  private static final double AT_LAST_MILLIS = 500;

  private static final String ENCRYPTED =
      "the %s was killed, and since the stream is encrypted nobody can tell how much of the guest"
          + " the destination had by then";

  private LivenessJudge() {}

  /**
   * @param arbiter whether the hosts share one, which tells the source that the destination never
   *     took the guest
   * @param mode how the guest was moved
   */
  static Verdict judge(Observations seen, boolean arbiter, Mode mode) {
    Observations.End end = seen.end();
    if (seen.attempts().isEmpty()) {
      return new Verdict.Undecided(Incidents.because(seen, "no migration was started"));
    }
    if (!Fate.carriedMemory(seen)) {
      return new Verdict.Undecided(
          Incidents.because(seen, "no page of the guest was seen on the migration channel"));
    }
    boolean nobodyKilled = Fate.nobodyKilled(seen) && !Fate.mayWaitForEver(seen, mode);
    if (!end.answeredAt().isEmpty() && nobodyKilled || !isGone(end)) {
      return goesOn(seen, end);
    }
    if (nobodyKilled) {
      return violated(end, "no host was killed");
    }
    Attempt attempt = decisive(seen);
    Fate fate = Fate.of(seen, attempt);
    boolean sourceKilled = isKilledInTheEnd(seen, attempt, attempt.from());
    boolean destinationKilled = isKilledInTheEnd(seen, attempt, attempt.to());
    if (sourceKilled && destinationKilled || mode.copiesAhead() && Fate.failures(seen) > 1) {
      return new Verdict.Holds(1);
    }
    if (destinationKilled) {
      return mode.returns()
          ? withoutOwner(seen, end, fate, arbiter)
          : withoutDestination(end, fate, arbiter);
    }
    return sourceKilled
        ? arbiter && mode.returns()
            ? withoutGrantor(end, fate)
            : withoutSource(seen, end, attempt, fate, mode.splits() && !mode.copiesAhead())
        : violated(end, "neither host that had the guest was killed");
  }

  /**
   * The last attempt by which the guest may have gone to another host: after it, whatever else was
   * tried, it was at one of the two. The last one of all, if there is none.
   */
  private static Attempt decisive(Observations seen) {
    List<Attempt> attempts = seen.attempts();
    for (int i = attempts.size() - 1; i >= 0; i--) {
      Fate fate = Fate.of(seen, attempts.get(i));
      if (fate.arrival() != Arrival.IMPOSSIBLE || fate.handedOver()) {
        return attempts.get(i);
      }
    }
    return attempts.get(attempts.size() - 1);
  }

  /**
   * Whether this host was killed after the attempt began. A successor of the same name, as older
   * evidence has it, is another host.
   */
  private static boolean isKilledInTheEnd(Observations seen, Attempt attempt, String host) {
    return seen.faults().stream()
        .anyMatch(fault -> Fate.killed(fault, host) && fault.atMillis() >= attempt.startMillis());
  }

  /** Whether the guest answers nowhere at the end of a trial. */
  static boolean isGone(Observations.End end) {
    return end.answeredAt().isEmpty() || isSilentAtLast(end);
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

  // The source had checkpoints of the guest. It may not go on from one only if it has given the
  // guest up, which an outsider cannot tell from that it was asked to; with an arbiter, only if the
  // destination had taken the guest. The lock can deny that; that it says so shows nothing.
  private static Verdict withoutOwner(
      Observations seen, Observations.End end, Fate fate, boolean arbiter) {
    boolean asked =
        seen.stream().stream()
            .anyMatch(
                event ->
                    event.phase() == StreamPhase.OWNERSHIP
                        && event.direction() == Direction.BACK
                        && event.deliveredNanos() > 0);
    if (arbiter && fate.neverTaken()) {
      return violated(
          end, "the destination was killed before the lock said that it had taken the guest");
    }
    if (asked && fate.handedOver()) {
      return new Verdict.Holds(1);
    }
    return arbiter
        ? new Verdict.Undecided(
            "the destination was killed, and only the lock says that it had taken the guest")
        : violated(end, "the destination was killed, and the source had the last checkpoint");
  }

  // A destination that has every page needs the lock, and not the source.
  private static Verdict withoutGrantor(Observations.End end, Fate fate) {
    if (!fate.saidWhole()) {
      return new Verdict.Holds(1);
    }
    return fate.sourceOwns()
        ? new Verdict.Undecided(
            "the source was killed, and the lock says that the guest was its own")
        : violated(end, "the destination had every page when the source was killed");
  }

  private static Verdict withoutDestination(Observations.End end, Fate fate, boolean arbiter) {
    if (fate.arrival() == Arrival.SEEN) {
      return new Verdict.Holds(1);
    }
    if (fate.arrival() == Arrival.UNKNOWN) {
      return new Verdict.Undecided(ENCRYPTED.formatted("destination"));
    }
    if (arbiter && fate.arrival() == Arrival.POSSIBLE) {
      if (fate.neverTaken()) {
        return violated(
            end, "the destination was killed before the lock said that it had taken the guest");
      }
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

  // A destination that was given the guest must run, if it was given all of it; one that was not
  // may not.
  private static Verdict withoutSource(
      Observations seen, Observations.End end, Attempt attempt, Fate fate, boolean splits) {
    boolean saidCompleted =
        seen.attempts().stream()
            .anyMatch(
                each -> each.from().equals(attempt.from()) && each.status().equals("completed"));
    if (!saidCompleted && fate.arrival() == Arrival.UNKNOWN) {
      return new Verdict.Undecided(ENCRYPTED.formatted("source"));
    }
    boolean given = splits ? fate.whole() : fate.arrival() != Arrival.IMPOSSIBLE;
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
                + " nowhere; %s",
            why,
            end.healedMillis(),
            end.waitedMillis(),
            end.hosts().stream().map(LivenessJudge::said).collect(Collectors.joining(", "))));
  }

  private static String said(HostEnd host) {
    String name = "host " + host.name();
    if (!host.alive()) {
      return name + " is dead";
    }
    return host.runState().isEmpty()
        ? name + " says nothing"
        : "%s says '%s' and of the migration '%s'"
            .formatted(name, host.runState(), host.migration());
  }
}
