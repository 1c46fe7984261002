package landfall.linearizability;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import landfall.evidence.Verdict;
import landfall.history.Edn;
import landfall.history.History;
import landfall.history.Operation;

/**
 * Checks linearizability key by key: in n log n where there is a shortcut, which asks that every
 * value is written once, by memoised search otherwise.
 */
final class WglChecker implements Checker {

  /** In longer histories the first moment of a violation is not looked for, which takes long. */
  private static final int PREFIX_CALLS_MAX = 200_000;

  private final Model model;
  private final Budget budget;
  private final boolean shortcutsAllowed;

  /** A checker that may be used many times; each check spends the whole budget at most. */
  WglChecker(Model model, Budget budget) {
    this(model, budget, true);
  }

  /** With {@code shortcutsAllowed} false every key is searched, to compare the two ways. */
  WglChecker(Model model, Budget budget, boolean shortcutsAllowed) {
    this.model = Objects.requireNonNull(model);
    this.budget = Objects.requireNonNull(budget);
    this.shortcutsAllowed = shortcutsAllowed;
  }

  @Override
  public String name() {
    return "wgl";
  }

  @Override
  public Verdict check(History history) {
    var spending = new Spending(budget);
    List<Verdict.Violated> violations = new ArrayList<>();
    String undecided = null;
    var tally = new Tally();
    // Reducing every violated key would cost much and tell little more.
    final int reducedMax = 5;
    int violatedKeys = 0;
    for (Map.Entry<Object, History> entry : history.splitByKey().entrySet()) {
      List<Call> calls = callsOf(entry.getValue());
      for (Call call : calls) {
        if (!call.optional()) {
          tally.count(call);
        }
      }
      switch (decide(calls, spending)) {
        case LINEARIZABLE -> {}
        case NOT_LINEARIZABLE -> {
          violatedKeys++;
          if (violations.size() < reducedMax) {
            violations.add(violation(entry.getKey(), calls));
          }
        }
        case OUT_OF_BUDGET -> {
          if (undecided == null) {
            undecided =
                (entry.getKey() == null ? "the history" : "key " + Edn.print(entry.getKey()))
                    + " of "
                    + calls.size()
                    + " operations: "
                    + spending.spent();
          }
        }
      }
    }
    if (!violations.isEmpty()) {
      return shortest(violations, violatedKeys);
    }
    if (undecided != null) {
      return new Verdict.Undecided(undecided);
    }
    Optional<Verdict.Undecided> lack = tally.lack();
    return lack.isPresent() ? lack.get() : new Verdict.Holds(tally.completed());
  }

  private static Verdict shortest(List<Verdict.Violated> violations, int violatedKeys) {
    Verdict.Violated shortest = violations.get(0);
    for (Verdict.Violated violated : violations) {
      if (violated.evidence().lines().count() < shortest.evidence().lines().count()) {
        shortest = violated;
      }
    }
    return violatedKeys == 1
        ? shortest
        : new Verdict.Violated(
            CLAIM,
            shortest.evidence()
                + "\n("
                + violatedKeys
                + " keys are violated; this is one of them)");
  }

  /** The calls that matter: what failed did not happen, and an unanswered read tells nothing. */
  List<Call> callsOf(History history) {
    var calls = new ArrayList<Call>();
    for (Operation operation : history.operations()) {
      Call call = Call.of(operation, model);
      boolean matters =
          switch (operation.outcome()) {
            case OK -> true;
            case FAIL -> false;
            case INDETERMINATE -> call.writes();
          };
      if (matters) {
        calls.add(call);
      }
    }
    return withoutUnseen(calls);
  }

  /**
   * Leaves out indeterminate calls whose value nobody saw: neither a completed call, nor an
   * indeterminate one that is itself kept. In an order that contains such calls, no kept call
   * between one of them and the next write depends on it, so the order without them explains as
   * much. This is what keeps the many unanswered requests of a crash from exploding the search.
   */
  static List<Call> withoutUnseen(List<Call> calls) {
    Map<Object, List<Call>> optionalWriters = new HashMap<>();
    for (Call call : calls) {
      if (call.optional() && call.mattersOnlyIfSeen()) {
        for (Object value : call.wrote()) {
          optionalWriters.computeIfAbsent(value, v -> new ArrayList<>()).add(call);
        }
      }
    }
    if (optionalWriters.isEmpty()) {
      return calls;
    }
    Set<Call> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Call call : calls) {
      if (!call.optional() || !call.mattersOnlyIfSeen()) {
        keepWriters(call, optionalWriters, kept);
      }
    }
    return calls.stream()
        .filter(call -> !call.optional() || !call.mattersOnlyIfSeen() || kept.contains(call))
        .toList();
  }

  private static void keepWriters(
      Call first, Map<Object, List<Call>> optionalWriters, Set<Call> kept) {
    Deque<Call> seers = new ArrayDeque<>(List.of(first));
    while (!seers.isEmpty()) {
      for (Object value : seers.pop().seen()) {
        List<Call> writers = optionalWriters.remove(value);
        if (writers != null) {
          kept.addAll(writers);
          seers.addAll(writers);
        }
      }
    }
  }

  private Search.Result decide(List<Call> calls, Spending spending) {
    for (List<Call> part : parts(calls)) {
      Optional<Shortcuts.Decision> decision =
          shortcutsAllowed ? Shortcuts.decide(model, part) : Optional.empty();
      Search.Result result =
          decision.isPresent() ? decision.get().result() : Search.run(part, model, spending);
      if (result != Search.Result.LINEARIZABLE) {
        return result;
      }
    }
    return Search.Result.LINEARIZABLE;
  }

  /** Calls that have nothing to do with each other apart: transactions on different registers. */
  private List<List<Call>> parts(List<Call> calls) {
    return model.kind() == Model.Kind.MULTI_REGISTER ? Txn.apart(calls) : List.of(calls);
  }

  private Optional<Clash> clash(List<Call> calls) {
    return parts(calls).stream()
        .flatMap(part -> Shortcuts.decide(model, part).stream())
        .flatMap(decision -> decision.clash().stream())
        .findFirst();
  }

  private Verdict.Violated violation(Object key, List<Call> calls) {
    List<Call> few = reduced(calls);
    return new Verdict.Violated(CLAIM, Evidence.words(key, why(few), few, model));
  }

  /** Few calls of these that by themselves have no order. */
  List<Call> reduced(List<Call> calls) {
    // Finding the violation may have spent all; making its evidence small gets a budget of its own.
    var spending = new Spending(budget);
    Predicate<List<Call>> violated =
        some -> decide(withoutUnseen(some), spending) == Search.Result.NOT_LINEARIZABLE;
    List<Call> few = calls;
    boolean prefixFirst = model.kind().isRegister() && calls.size() <= PREFIX_CALLS_MAX;
    Optional<Clash> clash = Optional.empty();
    if (!prefixFirst) {
      clash = clash(few).filter(found -> violated.test(found.calls()));
    }
    if (clash.isEmpty()) {
      few = withoutUnseen(Evidence.shortestPrefix(calls, violated));
      clash = clash(few).filter(found -> violated.test(found.calls()));
    }
    return Evidence.smallest(clash.map(Clash::calls).orElse(few), model, violated);
  }

  /** The contradiction in words. */
  private String why(List<Call> calls) {
    Optional<Clash> clash = clash(calls);
    if (clash.isPresent()) {
      return clash.get().why();
    }
    for (Call call : calls) {
      if (call.kind() == Call.Kind.CAS) {
        Object value = call.observed();
        long winners =
            calls.stream()
                .filter(c -> c.kind() == Call.Kind.CAS && !c.optional() && c.sees(value))
                .count();
        long writes =
            calls.stream().filter(c -> c.writes() && Objects.equals(c.written(), value)).count()
                + (Objects.equals(model.initial(), value) ? 1 : 0);
        if (winners > 1 && writes <= 1) {
          return winners
              + " cas succeeded on the value "
              + Edn.print(value)
              + ", which was there once";
        }
        if (winners == 1 && writes == 0) {
          return "a cas succeeded on the value " + Edn.print(value) + ", which was never there";
        }
      }
    }
    return NOT_LINEARIZABLE;
  }

  private static final String NOT_LINEARIZABLE = "not linearizable";
}
