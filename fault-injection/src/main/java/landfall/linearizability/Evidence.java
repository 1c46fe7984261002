package landfall.linearizability;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import landfall.history.Edn;
import landfall.history.Operation;

/** Makes the evidence of a violation as small as it gets, and words of it. */
final class Evidence {

  private static final int LINES_MAX = 60;

  private Evidence() {}

  /**
   * The calls that were invoked before the first completion at which the history stopped being
   * linearizable; those under way at that moment are left open.
   *
   * @param violated whether calls are not linearizable. Since every beginning of a linearizable
   *     history is linearizable, the answer changes once, and halving finds the place.
   */
  static List<Call> shortestPrefix(List<Call> calls, Predicate<List<Call>> violated) {
    int[] completions =
        calls.stream()
            .filter(call -> !call.optional())
            .mapToInt(Call::completedAt)
            .sorted()
            .toArray();
    int low = 0;
    int high = completions.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (violated.test(prefix(calls, completions[middle]))) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    List<Call> shortest = prefix(calls, completions[low]);
    return violated.test(shortest) ? shortest : calls;
  }

  private static List<Call> prefix(List<Call> calls, int lastMoment) {
    var prefix = new ArrayList<Call>();
    for (Call call : calls) {
      if (call.completedAt() <= lastMoment) {
        prefix.add(call);
      } else if (call.invokedAt() < lastMoment && call.writes()) {
        prefix.add(call.open());
      }
    }
    return prefix;
  }

  /**
   * Leaves out calls, many at a time and then one by one, while the rest is still not linearizable.
   *
   * <p>Invariant: what is left has no order only if the whole has none. So a call that wrote a
   * value is left out only together with every call that saw this value; leaving out a read, or a
   * write that nobody saw, from an order that explains the whole gives one that explains the rest.
   * An element leaves a queue together with its dequeue, since otherwise it would be in the way of
   * others; what an unanswered dequeue took is not known, so that one stays. Turns of a lock depend
   * on all before them and are left as they are.
   */
  static List<Call> smallest(List<Call> calls, Model model, Predicate<List<Call>> violated) {
    if (model.kind() == Model.Kind.MUTEX
        || (model.kind() == Model.Kind.QUEUE && !model.startsEmpty())) {
      return calls;
    }
    List<Call> left = calls;
    for (int chunk = Math.max(1, left.size() / 2); ; chunk = Math.max(1, chunk / 2)) {
      boolean smaller = false;
      for (int from = 0; from < left.size(); ) {
        List<Call> fewer = without(left, left.subList(from, Math.min(left.size(), from + chunk)));
        if (fewer.size() < left.size() && !fewer.isEmpty() && violated.test(fewer)) {
          left = fewer;
          smaller = true;
        } else {
          from += chunk;
        }
      }
      if (chunk == 1 && !smaller) {
        return left;
      }
    }
  }

  private static List<Call> without(List<Call> calls, List<Call> leaving) {
    Map<Object, List<Call>> seers = new HashMap<>();
    Map<Object, List<Call>> enqueuers = new HashMap<>();
    for (Call call : calls) {
      for (Object value : call.seen()) {
        seers.computeIfAbsent(value, v -> new ArrayList<>()).add(call);
      }
      if (call.kind() == Call.Kind.ENQUEUE) {
        enqueuers.computeIfAbsent(call.written(), v -> new ArrayList<>()).add(call);
      }
    }
    Set<Call> gone = new HashSet<>();
    List<Call> todo = new ArrayList<>(leaving);
    while (!todo.isEmpty()) {
      Call call = todo.remove(todo.size() - 1);
      if (call.observed() == Call.UNKNOWN || !gone.add(call)) {
        continue;
      }
      for (Object value : call.wrote()) {
        todo.addAll(seers.getOrDefault(value, List.of()));
      }
      if (call.kind() == Call.Kind.DEQUEUE) {
        todo.addAll(enqueuers.getOrDefault(call.observed(), List.of()));
      }
    }
    return calls.stream().filter(call -> !gone.contains(call)).toList();
  }

  /** Lines for a person: why, then every operation in order of invocation. */
  static String words(Object key, String why, List<Call> calls, Model model) {
    var text = new StringBuilder();
    if (key != null) {
      text.append("key ").append(Edn.print(key)).append(": ");
    }
    text.append(why).append('\n');
    text.append(
        calls.size() == 1 ? "this operation has" : "these " + calls.size() + " operations have");
    text.append(" no order that one ").append(model.name()).append(" could have answered");
    if (model.kind() == Model.Kind.MUTEX) {
      text.append(" (free before them)");
    } else if (model.kind().isRegister() || !model.startsEmpty()) {
      text.append(" (initial value ").append(Edn.print(model.initialEdn())).append(')');
    }
    text.append(":\n");
    List<Call> ordered = calls.stream().sorted(Comparator.comparingInt(Call::invokedAt)).toList();
    ordered.stream().limit(LINES_MAX).forEach(call -> text.append(line(call)).append('\n'));
    if (ordered.size() > LINES_MAX) {
      text.append("  ... and ").append(ordered.size() - LINES_MAX).append(" more\n");
    }
    return text.toString().stripTrailing();
  }

  private static String line(Call call) {
    Operation operation = call.operation();
    String end;
    if (operation.outcome() == Operation.Outcome.INDETERMINATE) {
      end = "never answered";
    } else if (call.optional()) {
      end = "still under way";
    } else {
      end = "ok at " + moment(operation.completedAt(), operation.completedNanos());
    }
    return String.format(
        Locale.ROOT,
        "  process %s  %s %s  asked at %s, %s",
        Edn.print(operation.process()),
        operation.function(),
        Edn.print(operation.value()),
        moment(operation.invokedAt(), operation.invokedNanos()),
        end);
  }

  private static String moment(int position, long nanos) {
    return nanos == Operation.UNKNOWN
        ? "event " + position
        : String.format(Locale.ROOT, "%.3f ms (event %d)", nanos / 1e6, position);
  }
}
