package landfall.linearizability;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Searches for an order that explains a history, depth first, remembering configurations (after
 * Wing and Gong 1993, and Lowe, "Testing for linearizability", 2017).
 *
 * <p>A configuration is the set of calls ordered so far and the state they led to. Two facts keep
 * the search small. A completed read that fits the present state may be ordered at once without
 * trying otherwise, since it changes nothing. And the set of ordered calls is all calls up to some
 * point but for a short window, so a configuration is stored in a few words, however long the
 * history.
 */
final class Search {

  /** What a search found. */
  enum Result {
    LINEARIZABLE,
    NOT_LINEARIZABLE,
    OUT_OF_BUDGET
  }

  /** Ordered calls (all required ones below {@code base}, and {@code window} from there), state. */
  private static final class Configuration {
    private final int base;
    private final long[] window;
    private final long[] optional;
    private final Object state;
    private final int hash;

    Configuration(int base, long[] window, long[] optional, Object state) {
      this.base = base;
      this.window = window;
      this.optional = optional;
      this.state = state;
      this.hash =
          ((base * 31 + Arrays.hashCode(window)) * 31 + Arrays.hashCode(optional)) * 31
              + Objects.hashCode(state);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Configuration that
          && hash == that.hash
          && base == that.base
          && Arrays.equals(window, that.window)
          && Arrays.equals(optional, that.optional)
          && Objects.equals(state, that.state);
    }
  }

  /** A choice that can be taken back. A forced one is the only choice worth trying there. */
  private record Choice(int call, Object stateBefore, boolean forced) {}

  private final Model model;
  private final Spending spending;
  private final Call[] calls;

  // Events in order of time as a linked list: event 2i is the invocation of call i, event 2i + 1
  // its completion. `head` is a sentinel before, `head + 1` one after all events.
  private final int[] next;
  private final int[] previous;
  private final int head;

  /** Index among the required calls, or among the optional ones, in order of invocation. */
  private final int[] rank;

  /**
   * For an optional call the one before it that does the same, or -1. The earlier one can stand
   * wherever the later one can, so they are used in order, and k of them cost k choices, not 2^k.
   */
  private final int[] twinBefore;

  private final BitSet requiredDone = new BitSet();
  private final BitSet optionalDone = new BitSet();
  private int base;
  private int requiredLeft;

  private Search(List<Call> history, Model model, Spending spending) {
    this.model = model;
    this.spending = spending;
    this.calls = history.toArray(Call[]::new);
    Arrays.sort(calls, Comparator.comparingInt(Call::invokedAt));
    int count = calls.length;
    head = 2 * count;
    next = new int[2 * count + 2];
    previous = new int[2 * count + 2];
    rank = new int[count];
    twinBefore = new int[count];
    Map<List<Object>, Integer> lastTwin = new HashMap<>();
    int optionalCount = 0;
    for (int i = 0; i < count; i++) {
      twinBefore[i] = -1;
      if (calls[i].optional()) {
        List<Object> effect =
            Arrays.asList(calls[i].kind(), calls[i].observed(), calls[i].written());
        Integer twin = lastTwin.put(effect, i);
        twinBefore[i] = twin == null ? -1 : twin;
      }
      rank[i] = calls[i].optional() ? optionalCount++ : requiredLeft++;
    }
    int last = head;
    for (int event : eventsInOrder()) {
      next[last] = event;
      previous[event] = last;
      last = event;
    }
    next[last] = head + 1;
    previous[head + 1] = last;
  }

  static Result run(List<Call> history, Model model, Spending spending) {
    return new Search(history, model, spending).run();
  }

  private int[] eventsInOrder() {
    var keyed = new long[2 * calls.length];
    int count = 0;
    for (int i = 0; i < calls.length; i++) {
      keyed[count++] = ((long) calls[i].invokedAt() << 32) | (2 * i);
      if (!calls[i].optional()) {
        keyed[count++] = ((long) calls[i].completedAt() << 32) | (2 * i + 1);
      }
    }
    Arrays.sort(keyed, 0, count);
    var events = new int[count];
    for (int i = 0; i < count; i++) {
      events[i] = (int) keyed[i];
    }
    return events;
  }

  private Result run() {
    Deque<Choice> choices = new ArrayDeque<>();
    Set<Configuration> seen = new HashSet<>();
    Object state = model.initial();
    int from = next[head];
    boolean fresh = true;
    while (requiredLeft > 0) {
      if (!spending.step(seen.size())) {
        return Result.OUT_OF_BUDGET;
      }
      Choice choice = fresh ? fittingRead(state) : null;
      boolean deadEnd = false;
      if (choice != null) {
        order(choice.call());
        deadEnd = !seen.add(configuration(state));
        choices.push(choice);
      } else {
        choice = tryFrom(from, state, seen);
        if (choice == null) {
          deadEnd = true;
        } else {
          choices.push(choice);
          state = model.apply(state, calls[choice.call()]);
        }
      }
      if (!deadEnd) {
        from = next[head];
        fresh = true;
        continue;
      }
      // Back to the last choice that had another one beside it.
      while (true) {
        if (choices.isEmpty()) {
          return Result.NOT_LINEARIZABLE;
        }
        Choice last = choices.pop();
        takeBack(last.call());
        state = last.stateBefore();
        if (!last.forced()) {
          from = next[2 * last.call()];
          fresh = false;
          break;
        }
      }
    }
    return Result.LINEARIZABLE;
  }

  /** A completed read that may come next and fits the state, if there is one. */
  private Choice fittingRead(Object state) {
    // Invocations are even and completions odd, as is the sentinel at the end: beyond the first
    // completion nothing may come next.
    for (int event = next[head]; (event & 1) == 0; event = next[event]) {
      Call call = calls[event >> 1];
      if (call.kind() == Call.Kind.READ && model.apply(state, call) != Model.IMPOSSIBLE) {
        return new Choice(event >> 1, state, true);
      }
    }
    return null;
  }

  /** Orders the first call at or after an event that may come next and leads somewhere new. */
  private Choice tryFrom(int from, Object state, Set<Configuration> seen) {
    for (int event = from; (event & 1) == 0; event = next[event]) {
      int index = event >> 1;
      Call call = calls[index];
      int twin = twinBefore[index];
      if (call.kind() == Call.Kind.READ || (twin >= 0 && !optionalDone.get(rank[twin]))) {
        continue;
      }
      Object after = model.apply(state, call);
      if (after == Model.IMPOSSIBLE) {
        continue;
      }
      order(index);
      if (seen.add(configuration(after))) {
        return new Choice(index, state, false);
      }
      takeBack(index);
    }
    return null;
  }

  private void order(int index) {
    unlink(2 * index);
    if (calls[index].optional()) {
      optionalDone.set(rank[index]);
    } else {
      unlink(2 * index + 1);
      requiredDone.set(rank[index]);
      requiredLeft--;
      base = requiredDone.nextClearBit(base);
    }
  }

  private void takeBack(int index) {
    if (calls[index].optional()) {
      optionalDone.clear(rank[index]);
    } else {
      relink(2 * index + 1);
      requiredDone.clear(rank[index]);
      requiredLeft++;
      base = Math.min(base, rank[index]);
    }
    relink(2 * index);
  }

  private void unlink(int event) {
    next[previous[event]] = next[event];
    previous[next[event]] = previous[event];
  }

  private void relink(int event) {
    next[previous[event]] = event;
    previous[next[event]] = event;
  }

  private Configuration configuration(Object state) {
    int length = requiredDone.length();
    long[] window = length <= base ? NOTHING : requiredDone.get(base, length).toLongArray();
    long[] optional = optionalDone.isEmpty() ? NOTHING : optionalDone.toLongArray();
    return new Configuration(base, window, optional, state);
  }

  private static final long[] NOTHING = {};
}
