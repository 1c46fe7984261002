package landfall.linearizability;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import landfall.history.Edn;
import landfall.history.Keyword;

/** Reads and writes of several registers that take effect at one moment, in this order. */
record Txn(List<Access> accesses) {

  /** Reads or writes one register. */
  record Access(boolean write, Object register, Object value) {
    /** The register with its value, to tell equal values of different registers apart. */
    private List<Object> entry() {
      return Arrays.asList(register, value);
    }
  }

  /**
   * Takes a value such as {@code [[:r :x 1] [:w :y 2]]}.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Txn of(Object value) {
    var accesses = new ArrayList<Access>();
    if (value instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof List<?> three
            && three.size() == 3
            && three.get(0) instanceof Keyword what) {
          switch (what.name()) {
            case "r", "read" -> accesses.add(new Access(false, three.get(1), three.get(2)));
            case "w", "write" -> accesses.add(new Access(true, three.get(1), three.get(2)));
            default -> throw refused(value);
          }
        } else {
          throw refused(value);
        }
      }
      return new Txn(List.copyOf(accesses));
    }
    throw refused(value);
  }

  private static IllegalArgumentException refused(Object value) {
    return new IllegalArgumentException(
        "a txn has a list of [:r register value] and [:w register value] as its value; the history"
            + " has "
            + Edn.print(value));
  }

  /** The registers after it, or {@link Model#IMPOSSIBLE} if it reads what is not there. */
  Object applyTo(Map<?, ?> registers) {
    Map<Object, Object> after = new HashMap<>(registers);
    for (Access access : accesses) {
      if (access.write()) {
        after.put(access.register(), access.value());
      } else if (!Objects.equals(after.get(access.register()), access.value())) {
        return Model.IMPOSSIBLE;
      }
    }
    return after;
  }

  /** The same transaction, of which nobody was told what it read. */
  Txn withoutReads() {
    return new Txn(accesses.stream().filter(Access::write).toList());
  }

  boolean writes() {
    return accesses.stream().anyMatch(Access::write);
  }

  boolean reads() {
    return accesses.stream().anyMatch(access -> !access.write());
  }

  List<Object> entriesRead() {
    return entries(false);
  }

  List<Object> entriesWritten() {
    return entries(true);
  }

  private List<Object> entries(boolean written) {
    var entries = new ArrayList<Object>();
    for (Access access : accesses) {
      if (access.write() == written) {
        entries.add(access.entry());
      }
    }
    return entries;
  }

  /**
   * Takes calls apart into parts that have no register in common. Each is linearizable by itself
   * iff the whole is.
   */
  static List<List<Call>> apart(List<Call> calls) {
    Map<Object, Object> parents = new HashMap<>();
    for (Call call : calls) {
      Object first = null;
      boolean any = false;
      for (Access access : ((Txn) call.observed()).accesses()) {
        Object root = root(parents, access.register());
        if (any) {
          parents.put(root, root(parents, first));
        }
        first = access.register();
        any = true;
      }
    }
    Map<Object, List<Call>> parts = new LinkedHashMap<>();
    for (Call call : calls) {
      List<Access> accesses = ((Txn) call.observed()).accesses();
      // A transaction of nothing is right at any time.
      if (!accesses.isEmpty()) {
        parts
            .computeIfAbsent(root(parents, accesses.get(0).register()), r -> new ArrayList<>())
            .add(call);
      }
    }
    return List.copyOf(parts.values());
  }

  private static Object root(Map<Object, Object> parents, Object register) {
    Object at = register;
    while (parents.containsKey(at) && !Objects.equals(parents.get(at), at)) {
      at = parents.get(at);
    }
    parents.put(register, at);
    return at;
  }
}
