package landfall.linearizability;

import clojure.java.api.Clojure;
import clojure.lang.IFn;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import landfall.evidence.Verdict;
import landfall.history.Edn;
import landfall.history.History;
import landfall.history.Operation;

/**
 * The second opinion: just-in-time linearization, written in Clojure (linear.clj). It shares with
 * {@link WglChecker} the operations that were read, and what is too little to judge.
 */
final class LinearChecker implements Checker {

  /** More at one completion are given up. */
  private static final int CONFIGURATIONS_MAX = 100_000;

  private final Model model;
  private final Budget budget;

  LinearChecker(Model model, Budget budget) {
    this.model = model;
    this.budget = budget;
  }

  /** Clojure starts in a second or so, and only when it is asked. */
  private static final class Loaded {
    private static final IFn ANALYSE = load();

    private static IFn load() {
      String namespace = "landfall.linearizability.linear";
      Clojure.var("clojure.core", "require").invoke(Clojure.read(namespace));
      return Clojure.var(namespace, "analyse");
    }
  }

  @Override
  public String name() {
    return "linear";
  }

  @Override
  public Verdict check(History history) {
    Tally tally = Tally.of(history, model);
    long start = System.nanoTime();
    String undecided = null;
    for (Map.Entry<Object, History> entry : history.splitByKey().entrySet()) {
      List<Operation> operations = entry.getValue().operations();
      String key = entry.getKey() == null ? "" : "key " + Edn.print(entry.getKey()) + ": ";
      Map<?, ?> answer =
          (Map<?, ?>)
              Loaded.ANALYSE.invoke(
                  model.name(),
                  model.initialEdn(),
                  operations,
                  start + budget.time().toNanos(),
                  CONFIGURATIONS_MAX);
      Object valid = answer.get(Clojure.read(":valid?"));
      if (Boolean.FALSE.equals(valid)) {
        return new Verdict.Violated(CLAIM, key + evidence(operations, answer));
      }
      if (!Boolean.TRUE.equals(valid)) {
        undecided =
            String.format(
                "%s%d operations: %.1f s or %,d configurations were not enough",
                key, operations.size(), budget.time().toMillis() / 1e3, CONFIGURATIONS_MAX);
      }
    }
    if (undecided != null) {
      return new Verdict.Undecided(undecided);
    }
    Optional<Verdict.Undecided> lack = tally.lack();
    return lack.isPresent() ? lack.get() : new Verdict.Holds(tally.completed());
  }

  private static String evidence(List<Operation> operations, Map<?, ?> answer) {
    int completion = ((Number) answer.get(Clojure.read(":completion"))).intValue();
    Operation last =
        operations.stream()
            .filter(operation -> operation.completedAt() == completion)
            .findFirst()
            .orElseThrow();
    Collection<?> states = (Collection<?>) answer.get(Clojure.read(":states"));
    IFn printed = Clojure.var("clojure.core", "pr-str");
    return "process "
        + Edn.print(last.process())
        + "'s "
        + last.function()
        + " "
        + Edn.print(last.value())
        + ", asked at event "
        + last.invokedAt()
        + " and ok at event "
        + last.completedAt()
        + ", fits no order of all before it; before it could be there: "
        + String.join(" or ", states.stream().map(each -> (String) printed.invoke(each)).toList());
  }
}
