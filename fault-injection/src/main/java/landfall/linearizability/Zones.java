package landfall.linearizability;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import landfall.history.Edn;

/**
 * Decides in n log n whether a history of reads and writes, in which every value is written once,
 * is linearizable (after Gibbons and Korach, "Testing shared memories", 1997).
 *
 * <p>All operations on one value must stand together in any order that explains the history: the
 * write, then its reads. The zone of a value is the time between its first completion and its last
 * invocation. If the first completion comes before the last invocation, the value must be in force
 * throughout that time (a forward zone); otherwise there is a moment at which all its operations
 * are under way, and they may stand at any moment between the two (a backward zone). The history is
 * linearizable iff no value is read before its write began, no two forward zones overlap, and no
 * backward zone lies within a forward one.
 */
final class Zones {

  /** Values that contradict each other. {@code calls} alone are not linearizable. */
  record Clash(String why, List<Call> calls) {}

  /** All operations on one value. The initial value has no write. */
  private static final class Zone {
    private final Object value;
    private final Call write;
    private Call completedFirst;
    private Call invokedLast;

    Zone(Object value, Call write) {
      this.value = value;
      this.write = write;
      this.completedFirst = write;
      this.invokedLast = write;
    }

    void add(Call read) {
      if (write != null && read.completedAt() < completedFirst.completedAt()) {
        completedFirst = read;
      }
      if (invokedLast == null || read.invokedAt() > invokedLast.invokedAt()) {
        invokedLast = read;
      }
    }

    /** When the first operation completed; before all else for the initial value. */
    int completedFirst() {
      return write == null ? -1 : completedFirst.completedAt();
    }

    int invokedLast() {
      return invokedLast == null ? -1 : invokedLast.invokedAt();
    }

    boolean forward() {
      return completedFirst() < invokedLast();
    }

    List<Call> witnesses() {
      var calls = new ArrayList<Call>();
      for (Call call : new Call[] {write, completedFirst, invokedLast}) {
        if (call != null && !calls.contains(call)) {
          calls.add(call);
        }
      }
      return calls;
    }
  }

  private Zones() {}

  /** Whether {@link #clash} can decide: reads and writes only, each value written at most once. */
  static boolean canDecide(List<Call> calls, Object initial) {
    Set<Object> written = new java.util.HashSet<>();
    written.add(initial);
    for (Call call : calls) {
      boolean plain =
          switch (call.kind()) {
            case READ -> true;
            case WRITE -> written.add(call.written());
            case CAS, APPEND -> false;
          };
      if (!plain) {
        return false;
      }
    }
    return true;
  }

  /** The first contradiction, or nothing if the calls are linearizable. */
  static Optional<Clash> clash(List<Call> calls, Object initial) {
    Map<Object, Zone> zones = new HashMap<>(calls.size());
    zones.put(initial, new Zone(initial, null));
    for (Call call : calls) {
      if (call.writes()) {
        zones.put(call.written(), new Zone(call.written(), call));
      }
    }
    for (Call call : calls) {
      if (call.writes() || call.optional()) {
        continue;
      }
      Zone zone = zones.get(call.observed());
      if (zone == null) {
        return Optional.of(
            new Clash(
                "the value "
                    + Edn.print(call.observed())
                    + " was read, but nothing had written it by then",
                List.of(call)));
      }
      if (zone.write != null && call.completedAt() < zone.write.invokedAt()) {
        return Optional.of(
            new Clash(
                "the value "
                    + Edn.print(zone.value)
                    + " was read, but nothing had written it by then",
                List.of(call, zone.write)));
      }
      zone.add(call);
    }
    return overlap(zones);
  }

  private static Optional<Clash> overlap(Map<Object, Zone> zones) {
    var forward = new ArrayList<Zone>();
    var backward = new ArrayList<Zone>();
    for (Zone zone : zones.values()) {
      if (zone.write == null && zone.invokedLast == null) {
        continue;
      }
      // A write that nobody read and that never completed may as well not have happened.
      if (zone.write != null && zone.write.optional() && zone.completedFirst == zone.write) {
        continue;
      }
      (zone.forward() ? forward : backward).add(zone);
    }
    forward.sort(Comparator.comparingInt(Zone::completedFirst));
    for (int i = 1; i < forward.size(); i++) {
      Zone earlier = forward.get(i - 1);
      Zone later = forward.get(i);
      if (later.completedFirst() < earlier.invokedLast()) {
        return Optional.of(
            clash(
                "the values "
                    + Edn.print(earlier.value)
                    + " and "
                    + Edn.print(later.value)
                    + " would both have to be in force at one time",
                earlier,
                later));
      }
    }
    // From here on the forward zones are disjoint, so their ends ascend as their beginnings do.
    for (Zone zone : backward) {
      int at = lastBeginningBefore(forward, zone.invokedLast());
      if (at >= 0 && zone.completedFirst() < forward.get(at).invokedLast()) {
        Zone around = forward.get(at);
        return Optional.of(
            clash(
                "the value "
                    + Edn.print(zone.value)
                    + " came and went while "
                    + Edn.print(around.value)
                    + " had to be in force",
                around,
                zone));
      }
    }
    return Optional.empty();
  }

  /** Index of the last forward zone that begins before {@code moment}, or -1. */
  private static int lastBeginningBefore(List<Zone> forward, int moment) {
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

  private static Clash clash(String why, Zone one, Zone other) {
    var calls = new ArrayList<>(one.witnesses());
    other.witnesses().stream().filter(call -> !calls.contains(call)).forEach(calls::add);
    calls.removeIf(Objects::isNull);
    return new Clash(why, calls);
  }
}
