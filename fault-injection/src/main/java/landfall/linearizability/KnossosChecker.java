package landfall.linearizability;

import clojure.java.api.Clojure;
import clojure.lang.IFn;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashMap;
import clojure.lang.PersistentHashSet;
import clojure.lang.PersistentVector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import landfall.evidence.Verdict;
import landfall.history.Edn;
import landfall.history.History;
import landfall.history.Operation;

/**
 * The real Knossos, if its jars are on the class path; Landfall does not bring them. For Knossos a
 * read of nil fits any value, so nil goes by another name. It knows no dequeue that finds nothing.
 */
final class KnossosChecker implements Checker {

  private static final String NAMESPACE = "knossos/competition.clj";

  private final Model model;
  private final Budget budget;

  /**
   * @throws IllegalArgumentException if Knossos is not there, or does not know the model
   */
  KnossosChecker(Model model, Budget budget) {
    this.model = model;
    this.budget = budget;
    if (Thread.currentThread().getContextClassLoader().getResource(NAMESPACE) == null) {
      throw new IllegalArgumentException(
          "the checker knossos needs Knossos, which is not on the class path; name its jars and"
              + " those it needs, which are on Clojars, in LANDFALL_CLASSPATH");
    }
    boolean known =
        switch (model.kind()) {
          case REGISTER, CAS_REGISTER, MULTI_REGISTER, MUTEX -> true;
          case SET, QUEUE -> model.startsEmpty();
          case APPEND -> false;
        };
    if (!known) {
      throw new IllegalArgumentException(
          "the checker knossos knows neither the model append nor sets and queues that are not"
              + " empty at first; use wgl or linear");
    }
  }

  @Override
  public String name() {
    return "knossos";
  }

  @Override
  public Verdict check(History history) {
    if (history.operations().stream().anyMatch(KnossosChecker::foundNothing)) {
      return new Verdict.Undecided("Knossos knows no dequeue that finds nothing");
    }
    Tally tally = Tally.of(history, model);
    IFn require = Clojure.var("clojure.core", "require");
    require.invoke(Clojure.read("knossos.competition"));
    require.invoke(Clojure.read("knossos.model"));
    require.invoke(Clojure.read("landfall.linearizability.linear"));
    IFn analysis = Clojure.var("knossos.competition", "analysis");
    Object options =
        PersistentArrayMap.createWithCheck(
            new Object[] {Clojure.read(":time-limit"), budget.time().toMillis()});
    String undecided = null;
    for (Map.Entry<Object, History> entry : history.splitByKey().entrySet()) {
      String key = entry.getKey() == null ? "" : "key " + Edn.print(entry.getKey()) + ": ";
      Map<?, ?> answer =
          (Map<?, ?>)
              analysis.invoke(
                  start(entry.getValue().operations()),
                  events(entry.getValue().operations()),
                  options);
      Object valid = answer.get(Clojure.read(":valid?"));
      if (Boolean.FALSE.equals(valid)) {
        Object op = answer.get(Clojure.read(":op"));
        return new Verdict.Violated(CLAIM, key + "Knossos finds no order; it stops at " + text(op));
      }
      if (!Boolean.TRUE.equals(valid)) {
        undecided = key + "Knossos does not know; it says " + text(answer);
      }
    }
    if (undecided != null) {
      return new Verdict.Undecided(undecided);
    }
    Optional<Verdict.Undecided> lack = tally.lack();
    return lack.isPresent() ? lack.get() : new Verdict.Holds(tally.completed());
  }

  private static String text(Object value) {
    String text = (String) Clojure.var("clojure.core", "pr-str").invoke(value);
    return text.length() <= 300 ? text : text.substring(0, 300) + "...";
  }

  private static Object plain(Object value) {
    return Clojure.var("landfall.linearizability.linear", "plain").invoke(value);
  }

  private static boolean foundNothing(Operation operation) {
    return operation.function().equals("dequeue")
        && operation.outcome() == Operation.Outcome.OK
        && operation.value() == null;
  }

  /** Knossos' model of what the operations are about. */
  private Object start(List<Operation> operations) {
    IFn first =
        Clojure.var(
            "knossos.model", model.kind() == Model.Kind.QUEUE ? "fifo-queue" : model.name());
    return switch (model.kind()) {
      case REGISTER, CAS_REGISTER -> first.invoke(named(model.initialEdn()));
      case MULTI_REGISTER -> {
        Map<Object, Object> registers = new HashMap<>();
        for (Operation operation : operations) {
          for (Txn.Access access : Txn.of(operation.value()).accesses()) {
            registers.put(plain(access.register()), NIL);
          }
        }
        ((Map<?, ?>) model.initialEdn())
            .forEach((register, value) -> registers.put(plain(register), named(value)));
        yield first.invoke(PersistentHashMap.create(registers));
      }
      case MUTEX, SET, QUEUE, APPEND -> first.invoke();
    };
  }

  private static final Object NIL = Clojure.read(":landfall/nil");

  /** The value of a register, nil by another name. */
  private static Object named(Object value) {
    return value == null ? NIL : plain(value);
  }

  /** The history as Knossos has it. */
  private Object events(List<Operation> operations) {
    record Event(int at, String type, Operation operation, Object value) {}
    var events = new ArrayList<Event>();
    for (Operation operation : operations) {
      boolean answered = List.of("read", "dequeue").contains(operation.function());
      Object value = value(operation);
      Object asked = answered ? null : value;
      events.add(new Event(operation.invokedAt(), "invoke", operation, asked));
      String type =
          switch (operation.outcome()) {
            case OK -> "ok";
            case FAIL -> "fail";
            case INDETERMINATE -> "info";
          };
      // Operation.NEVER is later than all else.
      Object told = operation.outcome() == Operation.Outcome.OK ? value : asked;
      events.add(new Event(operation.completedAt(), type, operation, told));
    }
    events.sort(Comparator.comparingInt(Event::at));
    var maps = new ArrayList<Object>();
    for (Event event : events) {
      maps.add(
          PersistentArrayMap.createWithCheck(
              new Object[] {
                Clojure.read(":index"), (long) maps.size(),
                Clojure.read(":process"), plain(event.operation().process()),
                Clojure.read(":type"), Clojure.read(":" + event.type()),
                Clojure.read(":f"), Clojure.read(":" + event.operation().function()),
                Clojure.read(":value"), event.value()
              }));
    }
    return PersistentVector.create(maps);
  }

  private Object value(Operation operation) {
    Object value = operation.value();
    return switch (model.kind()) {
      case REGISTER, CAS_REGISTER ->
          operation.function().equals("cas")
              ? PersistentVector.create(
                  ((List<?>) value).stream().map(KnossosChecker::named).toList())
              : named(value);
      case SET -> {
        boolean read = operation.function().equals("read");
        yield read ? PersistentHashSet.create(elements(value)) : plain(value);
      }
      case MULTI_REGISTER -> {
        boolean told = operation.outcome() == Operation.Outcome.OK;
        var accesses = new ArrayList<Object>();
        for (Txn.Access access : Txn.of(value).accesses()) {
          Object register = plain(access.register());
          Object known = told || access.write() ? named(access.value()) : null;
          String what = access.write() ? ":write" : ":read";
          accesses.add(PersistentVector.create(Clojure.read(what), register, known));
        }
        yield PersistentVector.create(accesses);
      }
      case MUTEX, QUEUE, APPEND -> plain(value);
    };
  }

  private static List<?> elements(Object elements) {
    return elements == null
        ? List.of()
        : ((Collection<?>) elements).stream().map(KnossosChecker::plain).toList();
  }
}
