package landfall.linearizability;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import landfall.evidence.Verdict;
import landfall.history.History;
import landfall.history.Keys;
import landfall.history.Operation;

/** Checks histories; what {@code landfall history check} and campaigns do. */
public final class HistoryCheck {

  /** The checkers that {@link #check} accepts. */
  public static final List<String> CHECKERS = List.of("wgl", "linear", "knossos");

  /** Keys with more operations get no second opinion in a campaign. */
  private static final int SECOND_OPINION_OPERATIONS_MAX = 5_000;

  private static final Duration SECOND_OPINION_BUDGET = Duration.ofSeconds(5);

  private HistoryCheck() {}

  /**
   * Checks a history file in the form of Jepsen.
   *
   * @param keys where the operations have their keys
   * @param checkers some of {@link #CHECKERS}
   * @throws IllegalArgumentException if a checker or a function of the history is unknown, or if
   *     the keys cannot be told
   * @throws IOException if the file cannot be read or is no history; the message says where
   */
  public static Verdict check(
      Path file, Model model, Keys keys, List<String> checkers, Duration budget)
      throws IOException {
    List<Checker> chosen = checkers.stream().map(name -> named(name, model, budget)).toList();
    return check(History.read(file).keyed(keys), chosen);
  }

  /**
   * Checks a history whose operations have their keys, and asks a second checker about all keys
   * that are small enough for it. If the two disagree, the verdict is broken.
   */
  public static Verdict check(History history, Model model, Duration budget) {
    return secondOpinion(
        history,
        new WglChecker(model, Budget.of(budget)),
        new LinearChecker(model, Budget.of(SECOND_OPINION_BUDGET)));
  }

  static Verdict secondOpinion(History history, Checker first, Checker second) {
    Map<Object, Long> sizes = new HashMap<>();
    for (Operation operation : history.operations()) {
      sizes.merge(operation.key(), 1L, Long::sum);
    }
    List<Operation> small =
        history.operations().stream()
            .filter(each -> sizes.get(each.key()) <= SECOND_OPINION_OPERATIONS_MAX)
            .toList();
    if (small.size() == history.operations().size()) {
      return check(history, List.of(first, second));
    }
    Verdict verdict = first.check(history);
    Verdict ofSmall = check(History.of(small), List.of(first, second));
    return ofSmall instanceof Verdict.Broken ? ofSmall : verdict;
  }

  /** What all checkers say; broken if one says that it holds and one that it is violated. */
  static Verdict check(History history, List<Checker> checkers) {
    Checker holding = null;
    Checker violating = null;
    Verdict holds = null;
    Verdict violated = null;
    Verdict undecided = null;
    for (Checker checker : checkers) {
      Verdict verdict = checker.check(history);
      if (verdict instanceof Verdict.Holds && holds == null) {
        holding = checker;
        holds = verdict;
      } else if (verdict instanceof Verdict.Violated && violated == null) {
        violating = checker;
        violated = verdict;
      } else if (verdict instanceof Verdict.Undecided && undecided == null) {
        undecided = verdict;
      }
    }
    if (holds != null && violated != null) {
      return new Verdict.Broken(
          "the checkers disagree: "
              + holding.name()
              + " says that the history holds, "
              + violating.name()
              + " says: "
              + violated.sentence());
    }
    return Stream.of(violated, holds, undecided)
        .filter(Objects::nonNull)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("a checker is needed"));
  }

  private static Checker named(String name, Model model, Duration budget) {
    return switch (name) {
      case "wgl" -> new WglChecker(model, Budget.of(budget));
      case "linear" -> new LinearChecker(model, Budget.of(budget));
      case "knossos" -> new KnossosChecker(model, Budget.of(budget));
      default ->
          throw new IllegalArgumentException(
              "unknown checker " + name + "; accepted are " + String.join(", ", CHECKERS));
    };
  }
}
