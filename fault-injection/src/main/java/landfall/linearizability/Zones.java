package landfall.linearizability;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.history.Edn;

/**
 * Decides in n log n whether a history of reads, writes and cas, in which every value is written
 * once, is linearizable (after Gibbons and Korach, "Testing shared memories", 1997, extended by
 * cas).
 *
 * <p>All operations on one value must stand together in any order that explains the history: the
 * write, then its reads. A cas from one value to another joins the two, since nothing may stand
 * between the last read of the old value and the cas. So operations fall into blocks, each begun by
 * a write (or by the initial value), and within a block the order is given up to that of reads of
 * one value.
 *
 * <p>The zone of a block is the time between its first completion and its last invocation. If the
 * first completion comes before the last invocation, the block must be in force throughout that
 * time (a forward zone); otherwise there is a moment at which all its operations are under way, and
 * the block may stand at any moment between the two (a backward zone). The history is linearizable
 * iff every block's own order agrees with time, no two forward zones overlap, and no backward zone
 * lies within a forward one.
 */
final class Zones {

  private static final int NONE = -1;
  private static final int INITIAL = 0;

  private final List<Call> calls;
  private final Object initial;

  /** Numbers of values: 0 is the initial one, the others are those that were written. */
  private final Ids ids;

  // Per value, calls by their index, or NONE.
  private final int[] writer;
  private final int[] cas;
  private final int[] readCompletedFirst;
  private final int[] readInvokedLast;

  // Per block: the value that begins it, and two of its calls.
  private int[] begins = new int[1024];
  private int[] completedFirst = new int[1024];
  private int[] invokedLast = new int[1024];
  private int blocks;

  private Zones(List<Call> calls, Object initial, Ids ids) {
    this.calls = calls;
    this.initial = initial;
    this.ids = ids;
    writer = ids.table();
    cas = ids.table();
    readCompletedFirst = ids.table();
    readInvokedLast = ids.table();
  }

  /**
   * For calls that can be decided: reads, writes and cas, each value written at most once, and none
   * of them the initial one.
   *
   * @param calls without optional calls that nobody saw, so that all of them must have happened
   */
  static Optional<Zones> over(List<Call> calls, Object initial) {
    var ids = new Ids();
    ids.add(initial);
    for (Call call : calls) {
      boolean plain =
          switch (call.kind()) {
            case READ -> true;
            case WRITE, CAS -> ids.add(call.written());
            case APPEND, ADD, ENQUEUE, DEQUEUE, ACQUIRE, RELEASE, TXN -> false;
          };
      if (!plain) {
        return Optional.empty();
      }
    }
    return Optional.of(new Zones(calls, initial, ids));
  }

  /** The first contradiction, or nothing if the calls are linearizable. */
  Optional<Clash> clash() {
    // Values are numbered in the order of their writers.
    int value = INITIAL;
    for (int i = 0; i < calls.size(); i++) {
      if (calls.get(i).kind() != Call.Kind.READ) {
        writer[++value] = i;
      }
    }
    Optional<Clash> unfounded = collectSeers();
    if (unfounded.isPresent()) {
      return unfounded;
    }
    int reached = block(INITIAL);
    for (int id = 1; id < ids.size() && reached >= 0; id++) {
      if (calls.get(writer[id]).kind() == Call.Kind.WRITE) {
        int more = block(id);
        reached = more < 0 ? more : reached + more;
      }
    }
    if (reached < 0) {
      return Optional.of(contradiction);
    }
    if (reached < ids.size()) {
      return circle();
    }
    return overlap();
  }

  /** What the order within a block contradicts, if {@link #block} found it. */
  private Clash contradiction;

  private Optional<Clash> collectSeers() {
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      if (call.kind() == Call.Kind.WRITE) {
        continue;
      }
      int value = ids.of(call.observed());
      if (value < 0) {
        return Optional.of(found(unwritten(call), call));
      }
      if (call.kind() == Call.Kind.CAS) {
        if (cas[value] != NONE) {
          return Optional.of(
              found(
                  "2 cas succeeded on the value "
                      + Edn.print(call.observed())
                      + ", which was there once",
                  calls.get(cas[value]),
                  call));
        }
        cas[value] = i;
      } else {
        int first = readCompletedFirst[value];
        if (first == NONE || call.completedAt() < calls.get(first).completedAt()) {
          readCompletedFirst[value] = i;
        }
        int last = readInvokedLast[value];
        if (last == NONE || call.invokedAt() > calls.get(last).invokedAt()) {
          readInvokedLast[value] = i;
        }
      }
    }
    return Optional.empty();
  }

  private static String unwritten(Call call) {
    return "the value "
        + Edn.print(call.observed())
        + (call.kind() == Call.Kind.READ ? " was read" : " was replaced by a cas")
        + ", but nothing had written it by then";
  }

  /**
   * Follows the block that a value begins, checks its own order, and notes it.
   *
   * @return how many values it has; -1 if there is a {@link #contradiction}
   */
  private int block(int beginning) {
    int value = beginning;
    int link = writer[value];
    int length = 0;
    // Invariant: everything added so far must stand before everything yet to come.
    int last = NONE;
    int first = NONE;
    while (true) {
      length++;
      if (link != NONE) {
        Call call = calls.get(link);
        if (last != NONE && call.completedAt() < calls.get(last).invokedAt()) {
          contradiction =
              found(
                  "the value "
                      + Edn.print(call.observed())
                      + " was still there after a cas had replaced it",
                  call,
                  calls.get(last));
          return -1;
        }
        first = earlierCompleted(first, link);
        last = laterInvoked(last, link);
      }
      int read = readCompletedFirst[value];
      if (read != NONE) {
        Call call = calls.get(read);
        if (last != NONE && call.completedAt() < calls.get(last).invokedAt()) {
          contradiction =
              found(
                  last == link
                      ? unwritten(call)
                      : "the value "
                          + Edn.print(call.observed())
                          + " was read before one that it replaced was gone",
                  call,
                  calls.get(last));
          return -1;
        }
        first = earlierCompleted(first, read);
        last = laterInvoked(last, readInvokedLast[value]);
      }
      link = cas[value];
      if (link == NONE) {
        note(beginning, first, last);
        return length;
      }
      value = valueWrittenBy(link);
    }
  }

  private int valueWrittenBy(int link) {
    return ids.of(calls.get(link).written());
  }

  private int earlierCompleted(int one, int other) {
    return one == NONE || calls.get(other).completedAt() < calls.get(one).completedAt()
        ? other
        : one;
  }

  private int laterInvoked(int one, int other) {
    return one == NONE || calls.get(other).invokedAt() > calls.get(one).invokedAt() ? other : one;
  }

  private void note(int beginning, int first, int last) {
    if (last == NONE) {
      return;
    }
    if (blocks == begins.length) {
      begins = Arrays.copyOf(begins, 2 * blocks);
      completedFirst = Arrays.copyOf(completedFirst, 2 * blocks);
      invokedLast = Arrays.copyOf(invokedLast, 2 * blocks);
    }
    begins[blocks] = beginning;
    completedFirst[blocks] = first;
    invokedLast[blocks] = last;
    blocks++;
  }

  private Optional<Clash> circle() {
    var reached = new boolean[ids.size()];
    for (int id = 0; id < ids.size(); id++) {
      if (id == INITIAL || calls.get(writer[id]).kind() == Call.Kind.WRITE) {
        for (int value = id; ; value = valueWrittenBy(cas[value])) {
          reached[value] = true;
          if (cas[value] == NONE) {
            break;
          }
        }
      }
    }
    var circle = new ArrayList<Call>();
    for (int id = 0; id < ids.size(); id++) {
      if (!reached[id]) {
        circle.add(calls.get(writer[id]));
      }
    }
    return Optional.of(
        found(
            "a circle of cas, none of whose values was there before", circle.toArray(Call[]::new)));
  }

  /** When a block is first known to be in force; the initial value was there before all else. */
  private int from(int block) {
    return begins[block] == INITIAL ? -1 : calls.get(completedFirst[block]).completedAt();
  }

  private int to(int block) {
    return calls.get(invokedLast[block]).invokedAt();
  }

  private Optional<Clash> overlap() {
    var beginnings = new long[blocks];
    int count = 0;
    for (int block = 0; block < blocks; block++) {
      if (from(block) < to(block)) {
        beginnings[count++] = ((long) from(block) << 32) | block;
      }
    }
    long[] forward = Arrays.copyOf(beginnings, count);
    Arrays.sort(forward);
    for (int i = 1; i < count; i++) {
      int earlier = (int) forward[i - 1];
      int later = (int) forward[i];
      if (from(later) < to(earlier)) {
        return between(
            words(earlier) + " and " + words(later) + " would both have to be in force at one time",
            earlier,
            later);
      }
    }
    // From here on the forward zones are disjoint, so their ends ascend as their beginnings do.
    for (int block = 0; block < blocks; block++) {
      if (from(block) >= to(block)) {
        int at = lastBeginningBefore(forward, to(block));
        if (at >= 0 && from(block) < to((int) forward[at])) {
          int around = (int) forward[at];
          return between(
              words(block) + " came and went while " + words(around) + " had to be in force",
              around,
              block);
        }
      }
    }
    return Optional.empty();
  }

  /** Index of the last forward zone that begins before {@code moment}, or -1. */
  private static int lastBeginningBefore(long[] forward, int moment) {
    int low = 0;
    int high = forward.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if ((forward[middle] >> 32) < moment) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  private Object valueOf(int id) {
    return id == INITIAL ? initial : calls.get(writer[id]).written();
  }

  private String words(int block) {
    int begin = begins[block];
    int end = begin;
    while (cas[end] != NONE) {
      end = valueWrittenBy(cas[end]);
    }
    return begin == end
        ? "the value " + Edn.print(valueOf(begin))
        : "the chain of cas from " + Edn.print(valueOf(begin)) + " to " + Edn.print(valueOf(end));
  }

  private Optional<Clash> between(String why, int one, int other) {
    var witnesses = new ArrayList<Call>();
    for (int block : new int[] {one, other}) {
      if (begins[block] != INITIAL) {
        witnesses.add(calls.get(completedFirst[block]));
      }
      witnesses.add(calls.get(invokedLast[block]));
    }
    return Optional.of(found(why, witnesses.toArray(Call[]::new)));
  }

  /**
   * The clash with what its calls need to stand by themselves: who wrote what they saw, and so on.
   */
  private Clash found(String why, Call... witnesses) {
    Set<Call> needed = new LinkedHashSet<>();
    Deque<Call> todo = new ArrayDeque<>(List.of(witnesses));
    while (!todo.isEmpty()) {
      Call call = todo.pop();
      if (!needed.add(call)) {
        continue;
      }
      int observed = call.kind() == Call.Kind.WRITE ? NONE : ids.of(call.observed());
      if (observed > INITIAL) {
        todo.push(calls.get(writer[observed]));
      }
      // An optional call must have happened only because someone saw its value.
      if (call.optional() && call.writes()) {
        int written = ids.of(call.written());
        if (readCompletedFirst[written] != NONE) {
          todo.push(calls.get(readCompletedFirst[written]));
        } else if (cas[written] != NONE) {
          todo.push(calls.get(cas[written]));
        }
      }
    }
    return new Clash(why, List.copyOf(needed));
  }
}
