package landfall.judge;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import landfall.evidence.Verdict;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.GuestReply;

/**
 * Is what the implementation reports so? "Completed" only if the destination runs the guest and the
 * source never again, "failed" and "cancelled" only if the source runs it; and an outcome at last.
 */
final class StatusJudge {
  private static final String CLAIM = "StatusTruthful";

  /** A report is asked for now and then, so the guest may be that much ahead of it. */
  private static final double LAG_MILLIS = 100;

  private StatusJudge() {}

  static Verdict judge(Observations seen) {
    if (seen.attempts().isEmpty() || seen.timeline().isEmpty()) {
      return new Verdict.Undecided("no host reported anything");
    }
    Fate fate = Fate.of(seen);
    Observations.End end = seen.end();
    if (end.sourceRunState().equals("running") && end.destinationRunState().equals("running")) {
      return new Verdict.Violated(
          "AtMostOneEffective", "at the end both hosts report that they run the guest");
    }
    List<Attempt> attempts = seen.attempts();
    for (int i = 0; i < attempts.size(); i++) {
      Attempt attempt = attempts.get(i);
      double next = i + 1 < attempts.size() ? attempts.get(i + 1).startMillis() : Double.MAX_VALUE;
      Optional<String> lie =
          switch (attempt.status()) {
            case "completed" -> afterCompleted(seen, attempt, fate);
            case "failed", "cancelled" -> afterFailed(seen, attempt, next, fate);
            default -> Optional.empty();
          };
      if (lie.isPresent()) {
        return new Verdict.Violated(
            CLAIM,
            String.format(
                Locale.ROOT,
                "the source reported '%s' at %.0f ms, but %s",
                attempt.status(),
                attempt.endMillis(),
                lie.get()));
      }
    }
    boolean outcome = Observations.OUTCOMES.contains(end.sourceMigration());
    if (fate.nobodyKilled() && !outcome) {
      return new Verdict.Violated(
          CLAIM,
          "no host was killed and all faults were over, yet the source still reports '"
              + end.sourceMigration()
              + "'");
    }
    return new Verdict.Holds(seen.timeline().size());
  }

  private static Optional<String> afterCompleted(Observations seen, Attempt attempt, Fate fate) {
    Optional<GuestReply> late = firstReply(seen, "source", attempt.endMillis() + LAG_MILLIS);
    if (late.isPresent()) {
      return Optional.of(
          String.format(Locale.ROOT, "the guest answered there at %.0f ms", late.get().atMillis()));
    }
    if (firstReply(seen, "destination", 0).isEmpty() && !fate.destinationKilled()) {
      return Optional.of("the guest never answered at the destination");
    }
    return Optional.empty();
  }

  private static Optional<String> afterFailed(
      Observations seen, Attempt attempt, double next, Fate fate) {
    Optional<GuestReply> there =
        firstReply(seen, "destination", 0).filter(reply -> reply.atMillis() < next);
    if (there.isPresent()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "the guest answered at the destination at %.0f ms",
              there.get().atMillis()));
    }
    if (firstReply(seen, "source", attempt.endMillis()).isEmpty() && !fate.sourceKilled()) {
      return Optional.of("the guest never answered at the source after that");
    }
    return Optional.empty();
  }

  private static Optional<GuestReply> firstReply(Observations seen, String host, double after) {
    return seen.replies().stream()
        .filter(reply -> reply.host().equals(host) && reply.atMillis() > after)
        .findFirst();
  }
}
