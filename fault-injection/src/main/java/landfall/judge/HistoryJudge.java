package landfall.judge;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import landfall.evidence.Verdict;
import landfall.history.History;
import landfall.history.Operation;
import landfall.linearizability.HistoryCheck;
import landfall.linearizability.Model;
import landfall.trial.Observations;
import landfall.trial.Observations.GuestReply;
import landfall.workload.Clients;

/**
 * Did the clients talk to one guest? Two questions: was any step of the guest answered twice, which
 * needs two guests; and is the history linearizable, cell by cell? Blocks of the disk are
 * registers, too, and the last read of each is that of the image: a write that was acknowledged
 * must be there.
 */
final class HistoryJudge {
  /** Fewer answered operations decide nothing. */
  static final int OPERATIONS_MIN = 200;

  private static final Duration BUDGET = Duration.ofSeconds(20);

  private HistoryJudge() {}

  static long completed(Path file) throws IOException {
    return History.read(file).operations().stream().filter(HistoryJudge::answered).count();
  }

  /** The guest counts what it serves; it cannot have served more than it was asked for. */
  static boolean countsTooMuch(Observations seen, GuestReply reply) {
    return seen.requests() > 0 && reply.step() > seen.requests();
  }

  private static boolean answered(Operation operation) {
    return operation.outcome() == Operation.Outcome.OK;
  }

  static Verdict judge(Path file, Observations seen) throws IOException {
    for (GuestReply reply : seen.replies()) {
      if (countsTooMuch(seen, reply)) {
        return new Verdict.Violated(
            "ConsistentImage",
            String.format(
                "at host %s, at %.1f ms, the guest says that it has served %d commands; it was asked"
                    + " for %d in all",
                reply.host(), reply.atMillis(), reply.step(), seen.requests()));
      }
    }
    Verdict verdict = judge(file, seen.replies());
    if (verdict instanceof Verdict.Holds && seen.dropped("replies of the guest")) {
      return new Verdict.Undecided(
          "the guest replied so much that not all of it was kept: " + seen.dropped());
    }
    return verdict instanceof Verdict.Undecided undecided
        ? new Verdict.Undecided(Incidents.because(seen, undecided.budgetSpent()))
        : verdict;
  }

  static Verdict judge(Path file, List<GuestReply> replies) throws IOException {
    Map<Long, GuestReply> byStep = new HashMap<>();
    for (GuestReply reply : replies) {
      GuestReply before = byStep.putIfAbsent(reply.step(), reply);
      if (before != null && before.id() != reply.id()) {
        return new Verdict.Violated(
            "AtMostOneEffective",
            String.format(
                "step %d of the guest was answered twice:%n"
                    + "  to request %d, at host %s, at %.1f ms%n"
                    + "  to request %d, at host %s, at %.1f ms",
                reply.step(),
                before.id(),
                before.host(),
                before.atMillis(),
                reply.id(),
                reply.host(),
                reply.atMillis()));
      }
    }
    History history = History.read(file);
    long answered = history.operations().stream().filter(HistoryJudge::answered).count();
    Verdict verdict =
        Verdict.worst(
            check(history, Model.REGISTER, cell -> !isComparedAndSet(cell)),
            check(history, Model.CAS_REGISTER, HistoryJudge::isComparedAndSet));
    if (verdict instanceof Verdict.Holds && answered < OPERATIONS_MIN) {
      return new Verdict.Undecided(
          answered + " operations were answered, " + OPERATIONS_MIN + " are needed to decide");
    }
    return verdict instanceof Verdict.Holds ? new Verdict.Holds(answered) : verdict;
  }

  private static boolean isComparedAndSet(long key) {
    return key >= Clients.REGISTERS && key < Clients.DISK;
  }

  private static Verdict check(History history, Model model, Predicate<Long> cells) {
    List<Operation> chosen =
        history.operations().stream()
            .filter(each -> cells.test(((Number) each.key()).longValue()))
            .toList();
    return HistoryCheck.check(History.of(chosen), model, BUDGET);
  }
}
