package landfall.linearizability;

import java.util.Optional;
import landfall.evidence.Verdict;
import landfall.history.History;
import landfall.history.Operation;

/** Counts what a history shows, so that too little of it does not pass. */
final class Tally {

  /** Fewer completed operations than this show nothing. */
  static final int OPERATIONS_MIN = 4;

  private long completed;
  private boolean told;

  /**
   * Of all operations of a history.
   *
   * @throws IllegalArgumentException if one has a function or value that the model does not know
   */
  static Tally of(History history, Model model) {
    var tally = new Tally();
    for (Operation operation : history.operations()) {
      Call call = Call.of(operation, model);
      if (operation.outcome() == Operation.Outcome.OK) {
        tally.count(call);
      }
    }
    return tally;
  }

  /** Counts a call that completed. */
  void count(Call call) {
    completed++;
    told |= call.tells();
  }

  long completed() {
    return completed;
  }

  /** Why no verdict can be given, if it cannot. */
  Optional<Verdict.Undecided> lack() {
    if (completed < OPERATIONS_MIN) {
      return Optional.of(
          new Verdict.Undecided(
              "a history of "
                  + completed
                  + " completed operations shows nothing; at least "
                  + OPERATIONS_MIN
                  + " are needed"));
    }
    return told
        ? Optional.empty()
        : Optional.of(
            new Verdict.Undecided(
                "none of "
                    + completed
                    + " completed operations saw anything, so none can be wrong"));
  }
}
