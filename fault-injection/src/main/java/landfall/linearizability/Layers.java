package landfall.linearizability;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.history.Edn;

/**
 * Decides in n log n, n counting the elements of all answers, whether a history of a set or a list
 * is linearizable, if every element is added once and each read gives everything.
 *
 * <p>Of two reads one must have seen all that the other saw. So reads and the elements in them fall
 * into layers that follow each other: what the smallest read saw, this read, what the next read saw
 * beyond that, and so on; at last what nobody saw. Calls of one layer may come in any order. So the
 * history is linearizable iff no call completed before one of an earlier layer was invoked.
 */
final class Layers {

  private static final int NONE = -1;

  private final List<Call> calls;
  private final boolean list;

  /** Numbers of elements, in the order of the calls that added them. */
  private final Ids ids;

  // Per element: the call that added it, its layer, and the smallest read that saw it, or NONE.
  private final int[] adder;
  private final int[] layer;
  private final int[] seenFirstBy;

  private Layers(List<Call> calls, boolean list, Ids ids) {
    this.calls = calls;
    this.list = list;
    this.ids = ids;
    adder = ids.table();
    layer = ids.table();
    seenFirstBy = ids.table();
  }

  /**
   * For calls that can be decided: reads, and each element added once, to what is empty at first.
   *
   * @param calls without optional calls that nobody saw, so that all of them must have happened
   */
  static Optional<Layers> over(List<Call> calls, Model model) {
    var ids = new Ids();
    if (!model.startsEmpty()) {
      return Optional.empty();
    }
    for (Call call : calls) {
      if (call.kind() != Call.Kind.READ && !ids.add(call.written())) {
        return Optional.empty();
      }
    }
    return Optional.of(new Layers(calls, model.kind() == Model.Kind.APPEND, ids));
  }

  /** The first contradiction, or nothing if the calls are linearizable. */
  Optional<Clash> clash() {
    int element = 0;
    for (int i = 0; i < calls.size(); i++) {
      if (calls.get(i).kind() != Call.Kind.READ) {
        adder[element++] = i;
      }
    }
    var readLayer = new int[calls.size()];
    long[] reads = readsBySize();
    int before = NONE;
    int size = 0;
    for (long each : reads) {
      int read = (int) each;
      Optional<Clash> alone = place(read, before, size);
      if (alone.isPresent()) {
        return alone;
      }
      size = (int) (each >> 32);
      readLayer[read] = 2 * size;
      before = read;
    }
    return againstTime(readLayer, 2 * size + 1);
  }

  /** Reads as {@code size << 32 | index of the call}, the smallest first. */
  private long[] readsBySize() {
    var reads = new long[calls.size()];
    int count = 0;
    for (int i = 0; i < calls.size(); i++) {
      if (calls.get(i).kind() == Call.Kind.READ) {
        reads[count++] = ((long) elements(i).size() << 32) | i;
      }
    }
    reads = Arrays.copyOf(reads, count);
    Arrays.sort(reads);
    return reads;
  }

  private Collection<?> elements(int read) {
    Object observed = calls.get(read).observed();
    if (observed == null) {
      return List.of();
    }
    Collection<?> elements = (Collection<?>) observed;
    return list || elements instanceof Set<?> ? elements : new HashSet<>(elements);
  }

  /**
   * Gives what a read saw beyond the one before it their layers.
   *
   * @param before the read before it, or NONE
   * @param size how many elements that one saw
   */
  private Optional<Clash> place(int read, int before, int size) {
    Collection<?> elements = elements(read);
    int fresh = 0;
    int position = 0;
    for (Object element : elements) {
      int id = ids.of(element);
      if (id < 0) {
        return found(
            "the element " + Edn.print(element) + " was read, but nobody had added it", read);
      }
      position++;
      if (list && layer[id] != NONE && layer[id] != 2 * position - 1) {
        return seenFirstBy[id] == read
            ? found("the element " + Edn.print(element) + " was read twice in one list", read)
            : found("two reads have the same elements in different order", read, seenFirstBy[id]);
      }
      if (layer[id] == NONE) {
        fresh++;
        layer[id] = 2 * (list ? position : elements.size()) - 1;
        seenFirstBy[id] = read;
      }
    }
    return fresh == elements.size() - size
        ? Optional.empty()
        : found("of two reads neither saw all that the other saw", read, before);
  }

  private Optional<Clash> againstTime(int[] readLayer, int unseen) {
    var ordered = new long[calls.size()];
    int element = 0;
    for (int i = 0; i < ordered.length; i++) {
      int at = readLayer[i];
      if (calls.get(i).kind() != Call.Kind.READ) {
        at = layer[element] == NONE ? unseen : layer[element];
        element++;
      }
      ordered[i] = ((long) at << 32) | i;
    }
    Arrays.sort(ordered);
    // The call invoked last in the layers before the present one, and up to the present one.
    int lastBefore = NONE;
    int last = NONE;
    for (int i = 0; i < ordered.length; i++) {
      int call = (int) ordered[i];
      if (i > 0 && ordered[i] >> 32 != ordered[i - 1] >> 32) {
        lastBefore = last;
      }
      if (lastBefore != NONE && calls.get(call).completedAt() < calls.get(lastBefore).invokedAt()) {
        return found(why(calls.get(lastBefore), calls.get(call)), lastBefore, call);
      }
      if (last == NONE || calls.get(call).invokedAt() > calls.get(last).invokedAt()) {
        last = call;
      }
    }
    return Optional.empty();
  }

  /** Why one call, which must come first, cannot: the other completed before it was invoked. */
  private String why(Call first, Call second) {
    boolean firstReads = first.kind() == Call.Kind.READ;
    if (second.kind() == Call.Kind.READ) {
      return firstReads
          ? "a later read did not see all that an earlier one saw"
          : "the element " + Edn.print(first.written()) + " was read before it was added";
    }
    return firstReads
        ? "the element "
            + Edn.print(second.written())
            + " was added, but a later read did not see it"
        : "the element "
            + Edn.print(second.written())
            + " was added before "
            + Edn.print(first.written())
            + ", but a read saw the latter first";
  }

  /**
   * The clash with what its calls need to stand by themselves: who added what was read, and who
   * read what was added.
   */
  private Optional<Clash> found(String why, int... witnesses) {
    Set<Call> needed = new LinkedHashSet<>();
    for (int witness : witnesses) {
      Call call = calls.get(witness);
      needed.add(call);
      if (call.kind() != Call.Kind.READ && seenFirstBy[ids.of(call.written())] != NONE) {
        needed.add(calls.get(seenFirstBy[ids.of(call.written())]));
      }
    }
    for (Call call : new ArrayList<>(needed)) {
      if (call.kind() == Call.Kind.READ && call.observed() != null) {
        for (Object element : (Collection<?>) call.observed()) {
          int id = ids.of(element);
          if (id >= 0) {
            needed.add(calls.get(adder[id]));
          }
        }
      }
    }
    return Optional.of(new Clash(why, List.copyOf(needed)));
  }
}
