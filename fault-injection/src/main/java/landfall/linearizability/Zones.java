package landfall.linearizability;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  /** Operations that contradict each other, by themselves. */
  record Clash(String why, List<Call> calls) {}

  /** A write, what follows from it by cas, and all reads of these values. */
  private static final class Block {
    private final List<Object> values = new ArrayList<>();
    private Call completedFirst;
    private Call invokedLast;

    /** The initial value was there before all else. */
    private final boolean initial;

    Block(boolean initial) {
      this.initial = initial;
    }

    void add(Call call) {
      if (completedFirst == null || call.completedAt() < completedFirst.completedAt()) {
        completedFirst = call;
      }
      if (invokedLast == null || call.invokedAt() > invokedLast.invokedAt()) {
        invokedLast = call;
      }
    }

    boolean empty() {
      return invokedLast == null;
    }

    int completedFirst() {
      return initial ? -1 : completedFirst.completedAt();
    }

    int invokedLast() {
      return invokedLast.invokedAt();
    }

    boolean forward() {
      return completedFirst() < invokedLast();
    }

    @Override
    public String toString() {
      return values.size() == 1
          ? "the value " + Edn.print(values.get(0))
          : "the chain of cas from "
              + Edn.print(values.get(0))
              + " to "
              + Edn.print(values.get(values.size() - 1));
    }
  }

  private final List<Call> calls;
  private final Object initial;
  private final Map<Object, Call> writerOf = new HashMap<>();
  private final Map<Object, Call> casOf = new HashMap<>();
  private final Map<Object, List<Call>> readsOf = new HashMap<>();

  private Zones(List<Call> calls, Object initial) {
    this.calls = calls;
    this.initial = initial;
  }

  /** Whether {@link #clash} can decide: no lists, each value written at most once. */
  static boolean canDecide(List<Call> calls, Object initial) {
    Set<Object> written = new HashSet<>();
    written.add(initial);
    for (Call call : calls) {
      boolean plain =
          switch (call.kind()) {
            case READ -> true;
            case WRITE, CAS -> written.add(call.written());
            case APPEND -> false;
          };
      if (!plain) {
        return false;
      }
    }
    return true;
  }

  /**
   * The first contradiction, or nothing if the calls are linearizable.
   *
   * @param calls without optional calls that nobody saw, so that all of them must have happened
   */
  static Optional<Clash> clash(List<Call> calls, Object initial) {
    return new Zones(calls, initial).clash();
  }

  private Optional<Clash> clash() {
    for (Call call : calls) {
      if (call.writes()) {
        writerOf.put(call.written(), call);
      }
    }
    for (Call call : calls) {
      switch (call.kind()) {
        case READ -> readsOf.computeIfAbsent(call.observed(), v -> new ArrayList<>()).add(call);
        case CAS -> {
          Call other = casOf.put(call.observed(), call);
          if (other != null) {
            return found(
                "2 cas succeeded on the value "
                    + Edn.print(call.observed())
                    + ", which was there once",
                other,
                call);
          }
        }
        case WRITE, APPEND -> {
          continue;
        }
      }
      if (!Objects.equals(call.observed(), initial) && !writerOf.containsKey(call.observed())) {
        return found(unwritten(call), call);
      }
    }
    var blocks = new ArrayList<Block>();
    Optional<Clash> within = block(null, blocks);
    for (Call call : calls) {
      if (within.isEmpty() && call.kind() == Call.Kind.WRITE) {
        within = block(call, blocks);
      }
    }
    if (within.isPresent()) {
      return within;
    }
    int joined = blocks.stream().mapToInt(block -> block.values.size()).sum() - 1;
    if (joined < writerOf.size()) {
      Set<Object> reached = new HashSet<>();
      blocks.forEach(block -> reached.addAll(block.values));
      return found(
          "a circle of cas, none of whose values was there before",
          writerOf.values().stream()
              .filter(call -> !reached.contains(call.written()))
              .toArray(Call[]::new));
    }
    return overlap(blocks);
  }

  private static String unwritten(Call call) {
    return "the value "
        + Edn.print(call.observed())
        + (call.kind() == Call.Kind.READ ? " was read" : " was replaced by a cas")
        + ", but nothing had written it by then";
  }

  /** Follows the block that a write begins (null: the initial value), and checks its own order. */
  private Optional<Clash> block(Call write, List<Block> blocks) {
    var block = new Block(write == null);
    blocks.add(block);
    Call link = write;
    Object value = write == null ? initial : write.written();
    // Invariant: everything added so far must stand before everything yet to come.
    Call invokedLast = null;
    while (true) {
      block.values.add(value);
      if (link != null) {
        if (invokedLast != null && link.completedAt() < invokedLast.invokedAt()) {
          return found(
              "the value "
                  + Edn.print(link.observed())
                  + " was still there after a cas had replaced it",
              link,
              invokedLast);
        }
        block.add(link);
        invokedLast = later(invokedLast, link);
      }
      Call lastBefore = invokedLast;
      for (Call read : readsOf.getOrDefault(value, List.of())) {
        if (lastBefore != null && read.completedAt() < lastBefore.invokedAt()) {
          return found(
              lastBefore == link
                  ? unwritten(read)
                  : "the value "
                      + Edn.print(read.observed())
                      + " was read before one that it replaced was gone",
              read,
              lastBefore);
        }
        block.add(read);
        invokedLast = later(invokedLast, read);
      }
      link = casOf.get(value);
      if (link == null) {
        return Optional.empty();
      }
      value = link.written();
    }
  }

  private static Call later(Call one, Call other) {
    return one == null || other.invokedAt() > one.invokedAt() ? other : one;
  }

  private Optional<Clash> overlap(List<Block> blocks) {
    var forward = new ArrayList<Block>();
    var backward = new ArrayList<Block>();
    for (Block block : blocks) {
      if (!block.empty()) {
        (block.forward() ? forward : backward).add(block);
      }
    }
    forward.sort(Comparator.comparingInt(Block::completedFirst));
    for (int i = 1; i < forward.size(); i++) {
      Block earlier = forward.get(i - 1);
      Block later = forward.get(i);
      if (later.completedFirst() < earlier.invokedLast()) {
        return between(
            earlier + " and " + later + " would both have to be in force at one time",
            earlier,
            later);
      }
    }
    // From here on the forward zones are disjoint, so their ends ascend as their beginnings do.
    for (Block block : backward) {
      int at = lastBeginningBefore(forward, block.invokedLast());
      if (at >= 0 && block.completedFirst() < forward.get(at).invokedLast()) {
        Block around = forward.get(at);
        return between(
            block + " came and went while " + around + " had to be in force", around, block);
      }
    }
    return Optional.empty();
  }

  /** Index of the last forward zone that begins before {@code moment}, or -1. */
  private static int lastBeginningBefore(List<Block> forward, int moment) {
    int low = 0;
    int high = forward.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (forward.get(middle).completedFirst() < moment) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  private Optional<Clash> between(String why, Block one, Block other) {
    var witnesses = new ArrayList<Call>();
    for (Block block : List.of(one, other)) {
      if (!block.initial) {
        witnesses.add(block.completedFirst);
      }
      witnesses.add(block.invokedLast);
    }
    return found(why, witnesses.toArray(Call[]::new));
  }

  /**
   * The clash with what its calls need to stand by themselves: who wrote what they saw, and so on.
   */
  private Optional<Clash> found(String why, Call... witnesses) {
    Set<Call> needed = new LinkedHashSet<>();
    Deque<Call> todo = new ArrayDeque<>(List.of(witnesses));
    while (!todo.isEmpty()) {
      Call call = todo.pop();
      if (!needed.add(call)) {
        continue;
      }
      if (call.kind() != Call.Kind.WRITE && writerOf.containsKey(call.observed())) {
        todo.push(writerOf.get(call.observed()));
      }
      // An optional call must have happened only because someone saw its value.
      if (call.optional() && call.writes()) {
        List<Call> reads = readsOf.getOrDefault(call.written(), List.of());
        if (!reads.isEmpty()) {
          todo.push(reads.get(0));
        } else if (casOf.containsKey(call.written())) {
          todo.push(casOf.get(call.written()));
        }
      }
    }
    return Optional.of(new Clash(why, List.copyOf(needed)));
  }
}
