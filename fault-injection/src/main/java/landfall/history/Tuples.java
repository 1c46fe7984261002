package landfall.history;

import java.util.Collection;
import java.util.List;

/**
 * Values {@code [key value]}, and how to tell them from values that are pairs by themselves.
 *
 * <p>A wrong guess makes a wrong verdict: pairs taken for tuples split one register into many, and
 * a stale read holds. So an answer is given only if something in the history can be a tuple alone,
 * and nothing in it cannot be one.
 */
final class Tuples {

  /** What a value can be. */
  private enum Form {
    TUPLE,
    PLAIN,
    EITHER
  }

  private static final String SAY_WHICH =
      "; say with --keys tuple that they are [key value], or with --keys none that they are values";

  private Tuples() {}

  /**
   * Whether the values of a history are tuples.
   *
   * @param asksWithKey whether a request without argument had a value {@code [key nil]}
   * @throws IllegalArgumentException if there is no telling
   */
  static boolean found(List<Operation> operations, boolean asksWithKey) {
    boolean ofLists =
        operations.stream()
            .anyMatch(each -> each.function().equals("append") || each.function().equals("add"));
    Operation tuple = null;
    Operation plain = null;
    Operation either = null;
    for (Operation operation : operations) {
      if (operation.key() != null) {
        return false;
      }
      if (operation.value() != null) {
        switch (form(operation, ofLists)) {
          case TUPLE -> tuple = tuple == null ? operation : tuple;
          case PLAIN -> plain = plain == null ? operation : plain;
          case EITHER -> either = either == null ? operation : either;
        }
      }
    }
    Operation pair = tuple == null ? either : tuple;
    if (pair == null) {
      return false;
    }
    if (plain != null) {
      throw new IllegalArgumentException(
          "some values are pairs, as in "
              + shown(pair)
              + ", and some cannot be [key value], as in "
              + shown(plain)
              + SAY_WHICH);
    }
    if (tuple == null && !asksWithKey) {
      throw new IllegalArgumentException(
          "all values are pairs, as in "
              + shown(pair)
              + ", and nothing tells whether they have keys"
              + SAY_WHICH);
    }
    return true;
  }

  private static Form form(Operation operation, boolean ofLists) {
    List<?> pair = pairOrNull(operation.value());
    if (pair == null) {
      return Form.PLAIN;
    }
    if (operation.value() instanceof Tagged tagged && tagged.tag().endsWith("Tuple")) {
      return Form.TUPLE;
    }
    Object first = pair.get(0);
    Object second = pair.get(1);
    switch (operation.function()) {
      case "cas":
        if (pairOrNull(second) == null) {
          return Form.PLAIN;
        }
        return pairOrNull(first) == null && first != null ? Form.TUPLE : Form.EITHER;
      case "txn":
        return first instanceof List<?> || !(second instanceof List<?>) ? Form.PLAIN : Form.TUPLE;
      case "acquire", "release":
        return Form.TUPLE;
      case "read":
        if (ofLists && second != null && !(second instanceof Collection<?>)) {
          return Form.PLAIN;
        }
        boolean unanswered = operation.outcome() != Operation.Outcome.OK;
        return unanswered && isKeyAlone(operation.value()) ? Form.TUPLE : Form.EITHER;
      default:
        return Form.EITHER;
    }
  }

  /** Whether a value is {@code [key nil]}: what asks for the value of a key. */
  static boolean isKeyAlone(Object value) {
    List<?> pair = pairOrNull(value);
    return pair != null && pair.get(0) != null && pair.get(1) == null;
  }

  /**
   * The operation with its value {@code [key value]} taken apart.
   *
   * @throws IllegalArgumentException if it has none, or a key already
   */
  static Operation takenApart(Operation operation) {
    List<?> pair = pairOrNull(operation.value());
    if (pair == null || operation.key() != null) {
      throw new IllegalArgumentException(
          "with --keys tuple each value must be [key value], and no operation may have a :key; the"
              + " history has "
              + shown(operation));
    }
    return operation.with(pair.get(0), pair.get(1));
  }

  private static String shown(Operation operation) {
    String key = operation.key() == null ? "" : ":key " + Edn.print(operation.key()) + " ";
    String value = Edn.print(operation.value());
    return ":"
        + operation.function()
        + " "
        + key
        + (value.length() <= 40 ? value : value.substring(0, 40) + "...");
  }

  private static List<?> pairOrNull(Object value) {
    Object inner = value instanceof Tagged tagged ? tagged.value() : value;
    return inner instanceof List<?> list && list.size() == 2 ? list : null;
  }
}
