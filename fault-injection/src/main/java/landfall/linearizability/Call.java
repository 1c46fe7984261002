package landfall.linearizability;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import landfall.history.Edn;
import landfall.history.Operation;

/**
 * An operation as the checkers see it.
 *
 * @param kind what it does to the state
 * @param observed what it saw: a read's answer, a cas's old value, a dequeued element (null: there
 *     was none, {@link #UNKNOWN}: nobody was told), a {@link Txn}
 * @param written the value it left: a write's, a cas's new one, an element added
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
    APPEND,
    ADD,
    ENQUEUE,
    DEQUEUE,
    ACQUIRE,
    RELEASE,
    TXN
  }

  /** What an unanswered dequeue took. */
  static final Object UNKNOWN = new Object();

  boolean optional() {
    return completedAt == Operation.NEVER;
  }

  /**
   * The values that this call tells were there. A collection counts as itself and as its elements,
   * which is right for registers that hold lists as well as for lists, sets and queues.
   */
  List<Object> seen() {
    return switch (kind) {
      case READ, CAS, DEQUEUE -> {
        if (!(observed instanceof Collection<?> elements)) {
          yield single(observed);
        }
        var seen = new ArrayList<Object>(elements.size() + 1);
        seen.add(observed);
        seen.addAll(elements);
        yield seen;
      }
      case TXN -> ((Txn) observed).entriesRead();
      case WRITE, APPEND, ADD, ENQUEUE, ACQUIRE, RELEASE -> List.of();
    };
  }

  /** The values that this call put there, each in the form in which {@link #seen} has it. */
  List<Object> wrote() {
    return switch (kind) {
      case WRITE, CAS, APPEND, ADD, ENQUEUE -> single(written);
      case TXN -> ((Txn) observed).entriesWritten();
      case READ, DEQUEUE, ACQUIRE, RELEASE -> List.of();
    };
  }

  private static List<Object> single(Object value) {
    return Collections.singletonList(value);
  }

  /** Whether this call tells that {@code value} was there. */
  boolean sees(Object value) {
    return seen().contains(value);
  }

  /** Whether it tells something about the state before it, so that it can be wrong. */
  boolean tells() {
    return switch (kind) {
      case READ, CAS, DEQUEUE, ACQUIRE, RELEASE -> true;
      case TXN -> ((Txn) observed).reads();
      case WRITE, APPEND, ADD, ENQUEUE -> false;
    };
  }

  /** Whether it may change the state. */
  boolean writes() {
    return switch (kind) {
      case READ -> false;
      case TXN -> ((Txn) observed).writes();
      case WRITE, CAS, APPEND, ADD, ENQUEUE, DEQUEUE, ACQUIRE, RELEASE -> true;
    };
  }

  /** Whether it can be left out when it was not answered and nobody saw what it wrote. */
  boolean mattersOnlyIfSeen() {
    return switch (kind) {
      case WRITE, CAS, APPEND, ADD, ENQUEUE, TXN -> true;
      case READ, DEQUEUE, ACQUIRE, RELEASE -> false;
    };
  }

  /** The same call, not seen to complete; it still does what it is known to have done. */
  Call open() {
    return new Call(operation, kind, observed, written, invokedAt, Operation.NEVER);
  }

  /**
   * The call of an operation.
   *
   * @throws IllegalArgumentException if the model does not know it
   */
  static Call of(Operation operation, Model model) {
    String function = operation.function();
    if (!model.knows(function)) {
      throw new IllegalArgumentException(
          "the model "
              + model.name()
              + " knows "
              + String.join(", ", model.functions())
              + "; the history has :"
              + function);
    }
    Object value = operation.value();
    return switch (function) {
      case "read" -> {
        if (value != null && !model.kind().mayAnswer(value)) {
          throw new IllegalArgumentException(
              "a read of the model "
                  + model.name()
                  + " has a list "
                  + (model.kind() == Model.Kind.SET ? "or set " : "")
                  + "as its value; the history has "
                  + Edn.print(value));
        }
        yield call(operation, Kind.READ, value, null);
      }
      case "write" -> call(operation, Kind.WRITE, null, value);
      case "append" -> call(operation, Kind.APPEND, null, value);
      case "add" -> call(operation, Kind.ADD, null, value);
      case "enqueue" -> {
        if (value == null) {
          throw new IllegalArgumentException(
              "the history has an enqueue of nil, which a dequeue cannot tell from an empty queue");
        }
        yield call(operation, Kind.ENQUEUE, null, value);
      }
      case "dequeue" -> {
        boolean told = operation.outcome() == Operation.Outcome.OK;
        yield call(operation, Kind.DEQUEUE, told ? value : UNKNOWN, null);
      }
      case "acquire" -> call(operation, Kind.ACQUIRE, null, null);
      case "release" -> call(operation, Kind.RELEASE, null, null);
      case "txn" -> {
        Txn txn = Txn.of(value);
        boolean told = operation.outcome() == Operation.Outcome.OK;
        yield call(operation, Kind.TXN, told ? txn : txn.withoutReads(), null);
      }
      case "cas" -> {
        if (!(value instanceof List<?> pair && pair.size() == 2)) {
          throw new IllegalArgumentException(
              "a cas has a pair [old new] as its value; the history has " + Edn.print(value));
        }
        yield call(operation, Kind.CAS, pair.get(0), pair.get(1));
      }
      default -> throw new IllegalArgumentException("no model knows :" + function);
    };
  }

  private static Call call(Operation operation, Kind kind, Object observed, Object written) {
    return new Call(
        operation, kind, observed, written, operation.invokedAt(), operation.completedAt());
  }
}
