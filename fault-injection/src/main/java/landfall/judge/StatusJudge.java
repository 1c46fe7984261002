package landfall.judge;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import landfall.evidence.Verdict;
import landfall.judge.Fate.Arrival;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.GuestReply;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.Seen;

/**
 * Is what the implementation reports so? "Completed" only if the destination runs the guest and the
 * source never again, "failed" and "cancelled" only if the source runs it; and an outcome at last.
 * Both hosts' reports are judged, each by what others saw.
 */
final class StatusJudge {
  private static final String CLAIM = "StatusTruthful";

  /** A report is asked for now and then, so the guest may be that much ahead of it. */
  private static final double LAG_MILLIS = 100;

  private static final String MIGRATION_EVENT = "MIGRATION ";

  private StatusJudge() {}

  static Verdict judge(Observations seen) {
    if (seen.attempts().isEmpty() || seen.timeline().isEmpty()) {
      return new Verdict.Undecided(Incidents.because(seen, "no host reported anything"));
    }
    Observations.End end = seen.end();
    if (end.sourceRunState().equals("running") && end.destinationRunState().equals("running")) {
      return new Verdict.Violated(
          "AtMostOneEffective", "at the end both hosts report that they run the guest");
    }
    List<Attempt> attempts = seen.attempts();
    for (Seen report : outcomes(seen, 0, attempts.get(0).startMillis())) {
      if (report.text().startsWith("completed")) {
        return lie("destination", report.text(), report.atMillis(), "nobody had migrated anything");
      }
    }
    Optional<String> undecided = Optional.empty();
    for (int i = 0; i < attempts.size(); i++) {
      Attempt attempt = attempts.get(i);
      double next = i + 1 < attempts.size() ? attempts.get(i + 1).startMillis() : Double.MAX_VALUE;
      Fate fate = Fate.of(seen, attempt.startMillis(), next);
      Optional<String> lie = sourceLies(seen, attempt, next, fate);
      if (lie.isPresent()) {
        return lie("source", attempt.status(), attempt.endMillis(), lie.get());
      }
      List<Seen> reports = outcomes(seen, attempt.startMillis(), next);
      for (Seen report : reports) {
        boolean last = report.equals(reports.get(reports.size() - 1));
        lie = destinationLies(seen, report, last, next, fate);
        if (lie.isPresent()) {
          return lie("destination", report.text(), report.atMillis(), lie.get());
        }
      }
      if (attempt.status().equals("completed")
          && fate.destinationKilled()
          && fate.arrival() == Arrival.POSSIBLE) {
        undecided =
            Optional.of(
                "the source reported 'completed', and the destination was killed before it gave"
                    + " any sign that it runs the guest");
      }
    }
    boolean outcome = Observations.OUTCOMES.contains(end.sourceMigration());
    if (Fate.of(seen).nobodyKilled() && !outcome) {
      return new Verdict.Violated(
          CLAIM,
          "no host was killed and all faults were over, yet the source still reports '"
              + end.sourceMigration()
              + "'");
    }
    if (seen.dropped("events") || seen.dropped("reports")) {
      return new Verdict.Undecided(
          "the hosts said so much that not all of it was kept: " + seen.dropped());
    }
    return undecided.isPresent()
        ? new Verdict.Undecided(undecided.get())
        : new Verdict.Holds(seen.timeline().size());
  }

  private static Verdict lie(String host, String status, double atMillis, String why) {
    return new Verdict.Violated(
        CLAIM,
        String.format(
            Locale.ROOT, "the %s reported '%s' at %.0f ms, but %s", host, status, atMillis, why));
  }

  // ---------------------------------------------------------------- the source

  private static Optional<String> sourceLies(
      Observations seen, Attempt attempt, double next, Fate fate) {
    return switch (attempt.status()) {
      case "completed" -> afterCompleted(seen, attempt, next, fate);
      case "failed", "cancelled" -> afterFailed(seen, attempt, next, fate);
      default -> Optional.empty();
    };
  }

  private static Optional<String> afterCompleted(
      Observations seen, Attempt attempt, double next, Fate fate) {
    Optional<GuestReply> late = firstReply(seen, "source", attempt.endMillis() + LAG_MILLIS, next);
    if (late.isPresent()) {
      return Optional.of(answered(late.get(), "there"));
    }
    if (fate.destinationKilled()) {
      return fate.arrival() == Arrival.IMPOSSIBLE
          ? Optional.of("the destination was killed before it had got all of the guest")
          : Optional.empty();
    }
    return firstReply(seen, "destination", attempt.startMillis(), next).isEmpty()
        ? Optional.of("the guest never answered at the destination")
        : Optional.empty();
  }

  private static Optional<String> afterFailed(
      Observations seen, Attempt attempt, double next, Fate fate) {
    Optional<GuestReply> there = firstReply(seen, "destination", attempt.startMillis(), next);
    if (there.isPresent()) {
      return Optional.of(answered(there.get(), "at the destination"));
    }
    if (firstReply(seen, "source", attempt.endMillis(), Double.MAX_VALUE).isEmpty()
        && !fate.sourceKilled()) {
      return Optional.of("the guest never answered at the source after that");
    }
    return Optional.empty();
  }

  // ---------------------------------------------------------------- the destination

  /** What the destination said of the migration, asked or unasked. */
  private static List<Seen> outcomes(Observations seen, double fromMillis, double toMillis) {
    return seen.timeline().stream()
        .filter(
            each ->
                each.host().equals("destination")
                    && (each.kind() == Kind.MIGRATION
                        || each.kind() == Kind.EVENT && each.text().startsWith(MIGRATION_EVENT))
                    && each.atMillis() >= fromMillis
                    && each.atMillis() < toMillis)
        .map(
            each ->
                new Seen(
                    each.atMillis(),
                    each.host(),
                    each.kind(),
                    each.text().replaceFirst("^" + MIGRATION_EVENT, "")))
        .toList();
  }

  /**
   * @param last whether it is the destination's last word until the next attempt: that an attempt
   *     failed may be said a moment after the next one has begun
   */
  private static Optional<String> destinationLies(
      Observations seen, Seen report, boolean last, double next, Fate fate) {
    String status = report.text().replaceFirst(":.*", "");
    if (status.equals("completed")) {
      Optional<GuestReply> atSource =
          firstReply(seen, "source", report.atMillis() + LAG_MILLIS, next);
      if (atSource.isPresent()) {
        return Optional.of(answered(atSource.get(), "at the source"));
      }
      return firstReply(seen, "destination", 0, next).isEmpty() && !fate.destinationKilled()
          ? Optional.of("the guest never answered there")
          : Optional.empty();
    }
    if (last && (status.equals("failed") || status.equals("cancelled"))) {
      return firstReply(seen, "destination", report.atMillis() + LAG_MILLIS, next)
          .map(reply -> answered(reply, "there"));
    }
    return Optional.empty();
  }

  private static String answered(GuestReply reply, String where) {
    return String.format(Locale.ROOT, "the guest answered %s at %.0f ms", where, reply.atMillis());
  }

  private static Optional<GuestReply> firstReply(
      Observations seen, String host, double afterMillis, double beforeMillis) {
    return seen.replies().stream()
        .filter(
            reply ->
                reply.host().equals(host)
                    && reply.atMillis() > afterMillis
                    && reply.atMillis() < beforeMillis)
        .findFirst();
  }
}
