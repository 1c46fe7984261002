package landfall.linearizability;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.history.Edn;

/**
 * Decides in n log n whether a history of a queue, in which every element is enqueued once, is
 * linearizable (after Henzinger, Sezgin and Vafeiadis, "Aspect-oriented linearizability proofs",
 * 2013, and Bouajjani et al., "On reducing linearizability to state reachability", 2015).
 *
 * <p>It is not iff one of these is there: an element dequeued that was not enqueued before, or
 * twice; an element b dequeued although a, which was enqueued earlier, was asked for only later or
 * never; a dequeue that found nothing although at each moment of it some element must have been
 * there.
 */
final class QueueOrder {

  private static final int NONE = -1;
  private static final int NEVER = Integer.MAX_VALUE;

  private final List<Call> calls;

  /** Numbers of elements, in the order of the calls that enqueued them. */
  private final Ids ids;

  // Per element, calls by their index, or NONE.
  private final int[] enqueue;
  private final int[] dequeue;

  private QueueOrder(List<Call> calls, Ids ids) {
    this.calls = calls;
    this.ids = ids;
    enqueue = ids.table();
    dequeue = ids.table();
  }

  /**
   * For calls that can be decided: each element enqueued once, into a queue that is empty at first.
   *
   * @param calls without optional enqueues that nobody saw; optional dequeues are taken as if they
   *     had not happened
   */
  static Optional<QueueOrder> over(List<Call> calls, Model model) {
    var ids = new Ids();
    if (!model.startsEmpty()) {
      return Optional.empty();
    }
    for (Call call : calls) {
      if (call.kind() == Call.Kind.ENQUEUE && !ids.add(call.written())) {
        return Optional.empty();
      }
    }
    return Optional.of(new QueueOrder(calls, ids));
  }

  /** The first contradiction, or nothing if the calls are linearizable. */
  Optional<Clash> clash() {
    int element = 0;
    for (int i = 0; i < calls.size(); i++) {
      if (calls.get(i).kind() == Call.Kind.ENQUEUE) {
        enqueue[element++] = i;
      }
    }
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      if (call.kind() != Call.Kind.DEQUEUE || call.optional() || call.observed() == null) {
        continue;
      }
      int id = ids.of(call.observed());
      if (id < 0 || call.completedAt() < calls.get(enqueue[id]).invokedAt()) {
        String why = "it was dequeued, but nobody had enqueued it by then";
        return id < 0
            ? found(call.observed(), why, i)
            : found(call.observed(), why, i, enqueue[id]);
      }
      if (dequeue[id] != NONE) {
        return found(call.observed(), "it was dequeued twice", enqueue[id], dequeue[id], i);
      }
      dequeue[id] = i;
    }
    Optional<Clash> order = outOfOrder();
    return order.isPresent() ? order : foundNothing();
  }

  private int dequeueInvoked(int id) {
    return dequeue[id] == NONE ? NEVER : calls.get(dequeue[id]).invokedAt();
  }

  /** An element dequeued although one that was there before it stayed. */
  private Optional<Clash> outOfOrder() {
    int count = ids.size();
    var byInvocation = new long[count];
    var byCompletion = new long[count];
    for (int id = 0; id < count; id++) {
      byInvocation[id] = ((long) calls.get(enqueue[id]).invokedAt() << 32) | id;
      byCompletion[id] = ((long) calls.get(enqueue[id]).completedAt() << 32) | id;
    }
    Arrays.sort(byInvocation);
    Arrays.sort(byCompletion);
    int next = 0;
    // Of the elements whose enqueue completed so far, the one that was asked for last.
    int stayed = NONE;
    for (long each : byInvocation) {
      int id = (int) each;
      while (next < count && byCompletion[next] >> 32 < each >> 32) {
        int before = (int) byCompletion[next++];
        if (stayed == NONE || dequeueInvoked(before) > dequeueInvoked(stayed)) {
          stayed = before;
        }
      }
      if (stayed != NONE
          && dequeue[id] != NONE
          && calls.get(dequeue[id]).completedAt() < dequeueInvoked(stayed)) {
        return found(
            calls.get(enqueue[id]).written(),
            "it was dequeued before "
                + Edn.print(calls.get(enqueue[stayed]).written())
                + ", which was enqueued earlier",
            enqueue[stayed],
            enqueue[id],
            dequeue[id],
            dequeue[stayed]);
      }
    }
    return Optional.empty();
  }

  /** A dequeue that found nothing although something must have been there all the time. */
  private Optional<Clash> foundNothing() {
    // Times in which an element must be there, by their beginning.
    var times = new long[ids.size()];
    int count = 0;
    for (int id = 0; id < ids.size(); id++) {
      int from = calls.get(enqueue[id]).completedAt();
      if (from < dequeueInvoked(id)) {
        times[count++] = ((long) from << 32) | id;
      }
    }
    times = Arrays.copyOf(times, count);
    Arrays.sort(times);
    // Overlapping times joined: when each stretch begins and ends, and its first time.
    var begins = new int[count];
    var ends = new int[count];
    var firsts = new int[count];
    int stretches = 0;
    for (int i = 0; i < count; i++) {
      int from = (int) (times[i] >> 32);
      int to = dequeueInvoked((int) times[i]);
      if (stretches > 0 && from < ends[stretches - 1]) {
        ends[stretches - 1] = Math.max(ends[stretches - 1], to);
      } else {
        begins[stretches] = from;
        ends[stretches] = to;
        firsts[stretches++] = i;
      }
    }
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      if (call.kind() == Call.Kind.DEQUEUE && !call.optional() && call.observed() == null) {
        int at = Arrays.binarySearch(begins, 0, stretches, call.invokedAt());
        int stretch = at >= 0 ? at - 1 : -at - 2;
        if (stretch >= 0 && call.completedAt() < ends[stretch]) {
          return covered(i, times, firsts[stretch]);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Few elements whose times cover an empty-handed dequeue, each time beginning in the one before.
   */
  private Optional<Clash> covered(int empty, long[] times, int first) {
    var witnesses = new ArrayList<Integer>(List.of(empty));
    int reached = calls.get(empty).invokedAt();
    int next = first;
    while (reached <= calls.get(empty).completedAt()) {
      int best = NONE;
      while (next < times.length && times[next] >> 32 < reached) {
        int id = (int) times[next++];
        if (best == NONE || dequeueInvoked(id) > dequeueInvoked(best)) {
          best = id;
        }
      }
      reached = dequeueInvoked(best);
      witnesses.add(enqueue[best]);
      witnesses.add(dequeue[best]);
    }
    return found(
        null,
        "a dequeue found nothing, although something was there all the time",
        witnesses.stream().mapToInt(Integer::intValue).toArray());
  }

  private Optional<Clash> found(Object element, String why, int... witnesses) {
    Set<Call> needed = new LinkedHashSet<>();
    for (int witness : witnesses) {
      if (witness != NONE) {
        needed.add(calls.get(witness));
      }
    }
    String words = element == null ? why : "the element " + Edn.print(element) + ": " + why;
    return Optional.of(new Clash(words, List.copyOf(needed)));
  }
}
