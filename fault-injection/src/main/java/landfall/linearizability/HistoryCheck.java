package landfall.linearizability;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import landfall.evidence.Verdict;
import landfall.history.History;
import landfall.history.Keys;

/** Checks histories; what {@code landfall history check} and campaigns do. */
public final class HistoryCheck {

  /** The checkers that {@link #check} accepts. */
  public static final List<String> CHECKERS = List.of("wgl");

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

  /** Checks a history whose operations have their keys. */
  public static Verdict check(History history, Model model, Duration budget) {
    return check(history, List.of(named("wgl", model, budget)));
  }

  private static Verdict check(History history, List<Checker> checkers) {
    return checkers.get(0).check(history);
  }

  private static Checker named(String name, Model model, Duration budget) {
    return switch (name) {
      case "wgl" -> new WglChecker(model, Budget.of(budget));
      default ->
          throw new IllegalArgumentException(
              "unknown checker " + name + "; accepted are " + String.join(", ", CHECKERS));
    };
  }
}
