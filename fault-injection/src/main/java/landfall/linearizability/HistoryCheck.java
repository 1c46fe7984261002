package landfall.linearizability;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import landfall.evidence.Verdict;
import landfall.history.History;

/** Checks a history file; what {@code landfall history check} does. */
public final class HistoryCheck {

  /** The checkers that {@link #check} accepts. */
  public static final List<String> CHECKERS = List.of("wgl");

  private HistoryCheck() {}

  /**
   * Checks a history in the form of Jepsen. Histories of several keys have them as {@code :key}, or
   * in values {@code [key value]}, which is recognised.
   *
   * @param model one of {@link Model#names}
   * @param checker one of {@link #CHECKERS}
   * @throws IllegalArgumentException if model, checker or a function of the history is unknown
   * @throws IOException if the file cannot be read or is no history; the message says where
   */
  public static Verdict check(Path file, String model, String checker, Duration budget)
      throws IOException {
    Model wanted = Model.named(model);
    if (!CHECKERS.contains(checker)) {
      throw new IllegalArgumentException(
          "unknown checker " + checker + "; accepted are " + String.join(", ", CHECKERS));
    }
    History history = History.read(file);
    if (history.hasTupleValues()) {
      history = history.withTupleKeys();
    }
    return new WglChecker(wanted, Budget.of(budget)).check(history);
  }
}
