package landfall.linearizability;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Decides in n log n whether a history of a lock is linearizable.
 *
 * <p>Acquires and releases take turns. Calls of one kind differ only in when they must be done, so
 * the one that must be done first is the best choice whenever its kind has its turn. And a call
 * need not be done before it completes, unless another one that completes needs it to: what can be
 * done early can be done later, with more to choose from. So it is enough to go through the
 * completions in order, and to do at each of them what must be done by then.
 */
final class LockTurns {

  private LockTurns() {}

  /** The first contradiction, or nothing if the calls are linearizable. */
  static Optional<Clash> clash(List<Call> calls) {
    Comparator<Integer> mostUrgent = Comparator.comparingInt(i -> calls.get(i).completedAt());
    var acquires = new PriorityQueue<Integer>(mostUrgent);
    var releases = new PriorityQueue<Integer>(mostUrgent);
    var done = new boolean[calls.size()];
    boolean held = false;
    int underWay = 0;
    int cut = 0;
    for (long event : events(calls)) {
      int index = (int) event >> 1;
      Call call = calls.get(index);
      boolean acquire = call.kind() == Call.Kind.ACQUIRE;
      if ((event & 1) == 0) {
        if (underWay == 0 && !held) {
          cut = call.invokedAt();
        }
        underWay++;
        (acquire ? acquires : releases).add(index);
        continue;
      }
      underWay--;
      while (!done[index]) {
        Integer chosen = (held ? releases : acquires).poll();
        if (chosen == null) {
          return Optional.of(contradiction(calls, call, cut));
        }
        done[chosen] = true;
        held = !held;
      }
    }
    return Optional.empty();
  }

  /** Events in order of time, as {@code time << 32 | index << 1}, plus 1 for completions. */
  private static long[] events(List<Call> calls) {
    var events = new long[2 * calls.size()];
    int count = 0;
    for (int i = 0; i < calls.size(); i++) {
      events[count++] = ((long) calls.get(i).invokedAt() << 32) | (2L * i);
      if (!calls.get(i).optional()) {
        events[count++] = ((long) calls.get(i).completedAt() << 32) | (2L * i + 1);
      }
    }
    events = Arrays.copyOf(events, count);
    Arrays.sort(events);
    return events;
  }

  /**
   * The calls up to a completion.
   *
   * @param from when last the lock was free and nobody asked: what was before does not matter
   */
  private static Clash contradiction(List<Call> calls, Call last, int from) {
    var involved = new ArrayList<Call>();
    for (Call call : calls) {
      if (call.invokedAt() >= from && call.invokedAt() < last.completedAt()) {
        involved.add(call.completedAt() <= last.completedAt() ? call : call.open());
      }
    }
    return new Clash(
        last.kind() == Call.Kind.ACQUIRE
            ? "the lock was acquired while it was held"
            : "the lock was released while it was free",
        involved);
  }
}
