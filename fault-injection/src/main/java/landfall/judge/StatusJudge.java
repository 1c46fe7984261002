package landfall.judge;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import landfall.evidence.Verdict;
import landfall.judge.Fate.Arrival;
import landfall.nemesis.StreamEvent;
import landfall.nemesis.StreamPhase;
import landfall.trial.Mode;
import landfall.trial.Observations;
import landfall.trial.Observations.Attempt;
import landfall.trial.Observations.GuestReply;
import landfall.trial.Observations.HostEnd;
import landfall.trial.Observations.Kind;
import landfall.trial.Observations.Seen;

/**
 * Is what the implementation reports so? "Completed" only if the destination runs the guest and the
 * source never again, "failed" and "cancelled" only if the source runs it; "paused" only if it does
 * nothing until the operator lets it go on; and an outcome at last. Both hosts' reports are judged,
 * each by what others saw.
 */
final class StatusJudge {
  private static final String CLAIM = "StatusTruthful";

  private static final String MIGRATION_EVENT = "MIGRATION ";

  private StatusJudge() {}

  /**
   * @param mode how the guest is moved: where it is on two hosts for a while "completed" says that
   *     it is whole, too, and where it may return it may have answered at the destination before
   */
  static Verdict judge(Observations seen, Mode mode) {
    if (seen.attempts().isEmpty() || seen.timeline().isEmpty()) {
      return new Verdict.Undecided(Incidents.because(seen, "no host reported anything"));
    }
    List<HostEnd> hosts = seen.end().hosts();
    List<String> running =
        hosts.stream()
            .filter(host -> host.runState().equals("running"))
            .map(HostEnd::name)
            .toList();
    if (running.size() > 1) {
      return new Verdict.Violated(
          "AtMostOneEffective",
          "at the end the hosts "
              + String.join(" and ", running)
              + " report that they run the guest");
    }
    List<Attempt> attempts = seen.attempts();
    for (HostEnd host : hosts) {
      for (Seen report : outcomes(seen, host.name(), 0, attempts.get(0).startMillis())) {
        if (report.text().startsWith("completed")) {
          return lie(host.name(), report.text(), report.atMillis(), "nobody had migrated anything");
        }
      }
    }
    Optional<String> undecided = Optional.empty();
    for (Attempt attempt : attempts) {
      Fate fate = Fate.of(seen, attempt);
      Optional<String> lie = sourceLies(seen, attempt, fate, mode);
      // Who went on with pages from elsewhere says so to no source.
      boolean onChannel =
          mode.splits()
              && !(mode.copiesAhead() && Fate.failures(seen) > 0)
              && !(mode.returns() && tookByLock(seen, attempt, fate));
      if (onChannel && lie.isEmpty() && attempt.status().equals("completed") && !fate.whole()) {
        lie = Optional.of("the destination never said that it has every page");
      }
      if (lie.isPresent()) {
        return lie(attempt.from(), attempt.status(), attempt.endMillis(), lie.get());
      }
      double next = seen.nextStart(attempt, attempt.to());
      List<Seen> reports = outcomes(seen, attempt.to(), attempt.startMillis(), next);
      for (int i = 0; i < reports.size(); i++) {
        Seen report = reports.get(i);
        lie = destinationLies(seen, attempt, report, reports.subList(i + 1, reports.size()), fate);
        if (lie.isPresent()) {
          return lie(attempt.to(), report.text(), report.atMillis(), lie.get());
        }
      }
      if (attempt.status().equals("completed")
          && fate.destinationKilled()
          && (fate.arrival() == Arrival.POSSIBLE || fate.arrival() == Arrival.UNKNOWN)) {
        undecided =
            Optional.of(
                "the source reported 'completed', and the destination was killed before it gave"
                    + " any sign that it runs the guest");
      }
    }
    Optional<Verdict> ran = ranWhilePaused(seen);
    if (ran.isPresent()) {
      return ran.get();
    }
    if (Fate.nobodyKilled(seen) && !Fate.mayWaitForEver(seen, mode)) {
      for (HostEnd host : hosts) {
        if (isSourceAtLast(seen, host.name())
            && !Observations.OUTCOMES.contains(host.migration())) {
          return new Verdict.Violated(
              CLAIM,
              "no host was killed and all faults were over, yet host "
                  + host.name()
                  + " still reports '"
                  + host.migration()
                  + "'");
        }
      }
    }
    if (seen.dropped("events") || seen.dropped("reports")) {
      return new Verdict.Undecided(
          "the hosts said so much that not all of it was kept: " + seen.dropped());
    }
    Optional<String> unknown = KnownWords.firstUnknown(seen);
    if (unknown.isPresent()) {
      return new Verdict.Undecided(unknown.get());
    }
    return undecided.isPresent()
        ? new Verdict.Undecided(undecided.get())
        : new Verdict.Holds(seen.timeline().size());
  }

  /**
   * Whether the destination says that the guest is its own, which is judged as well, and the lock
   * does not deny it. Who took the guest in the lock says so to no source.
   */
  private static boolean tookByLock(Observations seen, Attempt attempt, Fate fate) {
    double next = seen.nextStart(attempt, attempt.to());
    return seen.lock() != null
        && !fate.neverTaken()
        && outcomes(seen, attempt.to(), attempt.startMillis(), next).stream()
            .anyMatch(report -> status(report).equals("completed"));
  }

  /** Whether the last attempt in which this host has a part is one from it. */
  private static boolean isSourceAtLast(Observations seen, String host) {
    boolean source = false;
    for (Attempt attempt : seen.attempts()) {
      source = attempt.involves(host) ? attempt.from().equals(host) : source;
    }
    return source;
  }

  private static Verdict lie(String host, String status, double atMillis, String why) {
    return new Verdict.Violated(
        CLAIM,
        String.format(
            Locale.ROOT, "host %s reported '%s' at %.0f ms, but %s", host, status, atMillis, why));
  }

  // ---------------------------------------------------------------- a paused guest

  /**
   * A guest that the operator has paused does nothing until he lets it go on, wherever it is moved
   * meanwhile. It is paused once its host says so; and it was there, since nothing that gives it
   * away had passed by then.
   */
  private static Optional<Verdict> ranWhilePaused(Observations seen) {
    for (Seen stop : told(seen, Kind.COMMAND, "stop").toList()) {
      String host = stop.host();
      double began = lastStart(seen, stop);
      // One that was given before the pause counts, too: the host may act on it later.
      double letGoOn =
          told(seen, Kind.COMMAND, "cont")
              .mapToDouble(Seen::atMillis)
              .filter(at -> at >= began)
              .min()
              .orElse(Double.MAX_VALUE);
      Optional<Seen> paused =
          told(seen, Kind.RUN_STATE, "paused")
              .filter(each -> each.host().equals(host) && each.atMillis() > stop.atMillis())
              .findFirst();
      if (paused.isEmpty() || mayHaveLeft(seen, host, began, paused.get().atMillis())) {
        continue;
      }
      Optional<GuestReply> ran =
          seen.replies().stream()
              .filter(reply -> !reply.mayBeFrom(paused.get().atMillis()))
              .filter(reply -> reply.atMillis() < letGoOn)
              .findFirst();
      if (ran.isPresent()) {
        return Optional.of(
            new Verdict.Violated(
                "StaysPaused",
                String.format(
                    Locale.ROOT,
                    "the operator paused the guest, host %s reported 'paused' at %.0f ms, and nobody"
                        + " let the guest go on, but %s",
                    host,
                    paused.get().atMillis(),
                    answered(ran.get()))));
      }
    }
    return Optional.empty();
  }

  private static Stream<Seen> told(Observations seen, Kind kind, String text) {
    return seen.timeline().stream().filter(each -> each.kind() == kind && each.text().equals(text));
  }

  /** When the attempt began in which the operator said this. */
  private static double lastStart(Observations seen, Seen command) {
    return seen.attempts().stream()
        .mapToDouble(Attempt::startMillis)
        .filter(at -> at < command.atMillis())
        .max()
        .orElse(0);
  }

  /** Whether something passed from this host that may have given the guest away. */
  private static boolean mayHaveLeft(
      Observations seen, String host, double fromMillis, double toMillis) {
    return seen.stream().stream()
        .filter(event -> seen.route(event.connection()).from().equals(host))
        .filter(event -> event.atNanos() / 1e6 >= fromMillis && event.atNanos() / 1e6 < toMillis)
        .anyMatch(
            event ->
                event.phase() == StreamPhase.DEVICE_STATE
                    || event.label().equals(StreamEvent.ENCRYPTED));
  }

  // ---------------------------------------------------------------- the source

  private static Optional<String> sourceLies(
      Observations seen, Attempt attempt, Fate fate, Mode mode) {
    return switch (attempt.status()) {
      case "completed" -> afterCompleted(seen, attempt, fate);
      case "failed", "cancelled" -> afterFailed(seen, attempt, fate, mode);
      default -> Optional.empty();
    };
  }

  private static Optional<String> afterCompleted(Observations seen, Attempt attempt, Fate fate) {
    Optional<GuestReply> late =
        firstProof(
            seen, attempt.from(), attempt.endMillis(), seen.nextStart(attempt, attempt.from()));
    if (late.isPresent()) {
      return Optional.of(answered(late.get()));
    }
    if (fate.destinationKilled()) {
      if (fate.arrival() == Arrival.IMPOSSIBLE) {
        return Optional.of("the destination was killed before it had got all of the guest");
      }
      return fate.arrival() == Arrival.POSSIBLE && fate.neverTaken()
          ? Optional.of(
              "the destination was killed before the lock said that it had taken the guest")
          : Optional.empty();
    }
    double next = seen.nextStart(attempt, attempt.to());
    return firstReply(seen, attempt.to(), attempt.startMillis(), next).isEmpty()
        ? Optional.of("the guest never answered at the destination")
        : Optional.empty();
  }

  private static Optional<String> afterFailed(
      Observations seen, Attempt attempt, Fate fate, Mode mode) {
    Optional<GuestReply> there =
        firstReply(
            seen, attempt.to(), attempt.startMillis(), seen.nextStart(attempt, attempt.to()));
    // What a superseded destination may still say is what the source remembers: that is for the
    // judges of the history and of the trace to see.
    if (there.isPresent() && !mode.returns()) {
      return Optional.of(answered(there.get()));
    }
    double movedOn = seen.nextStart(attempt, attempt.from()) - attempt.endMillis();
    // A guest that the operator moves on while it may yet come back need not have answered: it may
    // stand because nobody lends it. Where it was then, the next attempt shows, which is judged
    // too.
    if (movedOn > Observations.RETURN_MAX_MILLIS
        && !fate.sourceKilled()
        && firstReply(seen, attempt.from(), attempt.endMillis(), Double.MAX_VALUE).isEmpty()) {
      return Optional.of("the guest never answered at the source after that");
    }
    return Optional.empty();
  }

  // ---------------------------------------------------------------- the destination

  /** What a host said of the migration, asked or unasked. */
  private static List<Seen> outcomes(
      Observations seen, String host, double fromMillis, double toMillis) {
    return seen.timeline().stream()
        .filter(
            each ->
                each.host().equals(host)
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
   * @param later what the destination said after it until its next attempt: how an attempt ended
   *     may be said a moment after the next one has begun
   */
  private static Optional<String> destinationLies(
      Observations seen, Attempt attempt, Seen report, List<Seen> later, Fate fate) {
    String status = status(report);
    double next = seen.nextStart(attempt, attempt.to());
    if (status.equals("completed")) {
      Optional<GuestReply> atSource =
          firstProof(
              seen,
              attempt.from(),
              report.atMillis(),
              Math.min(next, seen.nextStart(attempt, attempt.from())));
      if (atSource.isPresent()) {
        return Optional.of(answered(atSource.get()));
      }
      if (firstReply(seen, attempt.to(), attempt.startMillis(), next).isEmpty()
          && !fate.destinationKilled()) {
        return Optional.of("the guest never answered there");
      }
      return takesBack(report, later) && !hadArrived(seen, attempt)
          ? Optional.of("it said that it was under way after that, and no guest had arrived before")
          : Optional.empty();
    }
    if (later.isEmpty() && (status.equals("failed") || status.equals("cancelled"))) {
      return firstProof(seen, attempt.to(), report.atMillis(), next).map(StatusJudge::answered);
    }
    return Optional.empty();
  }

  /** Events of a host come in the order in which it told them; answers may be older. */
  private static boolean takesBack(Seen report, List<Seen> later) {
    return report.kind() == Kind.EVENT
        && later.stream()
            .anyMatch(
                each -> each.kind() == Kind.EVENT && !Observations.OUTCOMES.contains(status(each)));
  }

  /** Whether an attempt before this one has brought a guest to the same host: it answered there. */
  private static boolean hadArrived(Observations seen, Attempt attempt) {
    return firstReply(seen, attempt.to(), 0, attempt.startMillis()).isPresent();
  }

  private static String status(Seen report) {
    return report.text().replaceFirst(":.*", "");
  }

  private static String answered(GuestReply reply) {
    return String.format(
        Locale.ROOT, "the guest answered at host %s at %.0f ms", reply.host(), reply.atMillis());
  }

  /** The first answer that the guest can only have given after that. */
  private static Optional<GuestReply> firstProof(
      Observations seen, String host, double afterMillis, double beforeMillis) {
    return seen.replies().stream()
        .filter(
            reply ->
                reply.host().equals(host)
                    && !reply.mayBeFrom(afterMillis)
                    && reply.atMillis() < beforeMillis)
        .findFirst();
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
