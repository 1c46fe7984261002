package landfall.linearizability;

import java.util.ArrayList;
import java.util.List;
import landfall.history.Edn;
import landfall.history.Operation;

/**
 * An operation as the checkers see it.
 *
 * @param kind what it does to the state
 * @param observed the value it saw: a read's answer, a cas's old value
 * @param written the value it left: a write's, a cas's new one, an append's element
 * @param completedAt {@link Operation#NEVER} if it may take effect at any later time, or never
 */
record Call(
    Operation operation,
    Kind kind,
    Object observed,
    Object written,
    int invokedAt,
    int completedAt) {

  enum Kind {
    READ,
    WRITE,
    CAS,
    APPEND
  }

  boolean optional() {
    return completedAt == Operation.NEVER;
  }

  /**
   * The values that this call tells were there. A list counts as itself and as its elements, which
   * is right for registers that hold lists as well as for lists.
   */
  List<Object> seen() {
    return switch (kind) {
      case READ, CAS -> {
        var seen = new ArrayList<Object>();
        seen.add(observed);
        if (observed instanceof List<?> list) {
          seen.addAll(list);
        }
        yield seen;
      }
      case WRITE, APPEND -> List.of();
    };
  }

  /** Whether this call tells that {@code value} was there. */
  boolean sees(Object value) {
    return seen().contains(value);
  }

  boolean writes() {
    return kind != Kind.READ;
  }

  /** The same call, not seen to complete. */
  Call open() {
    return new Call(operation, kind, observed, written, invokedAt, Operation.NEVER);
  }

  /**
   * The call of an operation.
   *
   * @throws IllegalArgumentException if the model does not know it
   */
  static Call of(Operation operation, Model model) {
    if (!model.knows(operation.function())) {
      throw new IllegalArgumentException(
          "the model "
              + model.name()
              + " knows "
              + String.join(", ", model.functions())
              + "; the history has :"
              + operation.function());
    }
    int from = operation.invokedAt();
    int to = operation.completedAt();
    Object value = operation.value();
    switch (operation.function()) {
      case "read":
        if (model == Model.APPEND && value != null && !(value instanceof List<?>)) {
          throw new IllegalArgumentException(
              "a read of a list has a list as its value; the history has " + Edn.print(value));
        }
        return new Call(operation, Kind.READ, value, null, from, to);
      case "write":
        return new Call(operation, Kind.WRITE, null, value, from, to);
      case "append":
        return new Call(operation, Kind.APPEND, null, value, from, to);
      case "cas":
        if (value instanceof List<?> pair && pair.size() == 2) {
          return new Call(operation, Kind.CAS, pair.get(0), pair.get(1), from, to);
        }
        throw new IllegalArgumentException(
            "a cas has a pair [old new] as its value; the history has " + Edn.print(value));
      default:
        throw new IllegalArgumentException("no model knows :" + operation.function());
    }
  }
}
