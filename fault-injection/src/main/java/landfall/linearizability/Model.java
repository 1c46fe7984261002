package landfall.linearizability;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** What one correct copy would answer: its initial value, and what each function does. */
public final class Model {

  /** A register: {@code read} and {@code write}. Initially nil. */
  public static final Model REGISTER = new Model("register", Set.of("read", "write"), null);

  /** A register with {@code cas}, whose value is a pair of old and new. Initially nil. */
  public static final Model CAS_REGISTER =
      new Model("cas-register", Set.of("read", "write", "cas"), null);

  /** A list: {@code append} adds at the end, {@code read} gives the list. Initially empty. */
  public static final Model APPEND = new Model("append", Set.of("append", "read"), null);

  private static final List<Model> ALL = List.of(REGISTER, CAS_REGISTER, APPEND);

  private final String name;
  private final Set<String> functions;
  private final Object initial;

  private Model(String name, Set<String> functions, Object initial) {
    this.name = name;
    this.functions = functions;
    this.initial = initial;
  }

  /**
   * The model of this name.
   *
   * @throws IllegalArgumentException naming the accepted ones
   */
  public static Model named(String name) {
    return ALL.stream()
        .filter(model -> model.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown model " + name + "; accepted are " + String.join(", ", names())));
  }

  /** The names that {@link #named} accepts. */
  public static List<String> names() {
    return ALL.stream().map(Model::name).toList();
  }

  /** The same register with another initial value. */
  public Model withInitial(Object value) {
    if (functions.contains("append")) {
      throw new IllegalArgumentException("a list is initially empty");
    }
    return new Model(name, functions, value);
  }

  /** Such as {@code cas-register}. */
  public String name() {
    return name;
  }

  Object initial() {
    return initial;
  }

  /** The functions it knows, for messages. */
  Set<String> functions() {
    return new TreeSet<>(functions);
  }

  boolean knows(String function) {
    return functions.contains(function);
  }

  /** The state after a call, or {@link #IMPOSSIBLE} if a correct copy in this state cannot. */
  Object apply(Object state, Call call) {
    return switch (call.kind()) {
      case READ -> reads(state, call.observed()) ? state : IMPOSSIBLE;
      case WRITE -> call.written();
      case CAS -> Objects.equals(state, call.observed()) ? call.written() : IMPOSSIBLE;
      case APPEND -> new Appended((Appended) state, call.written());
    };
  }

  /** No state. */
  static final Object IMPOSSIBLE = new Object();

  private boolean reads(Object state, Object observed) {
    if (!functions.contains("append")) {
      return Objects.equals(state, observed);
    }
    return Appended.equalsList((Appended) state, observed == null ? List.of() : (List<?>) observed);
  }

  /** A list that shares all but its last element with the list it was made from; null is empty. */
  private static final class Appended {
    private final Appended before;
    private final Object last;
    private final int size;
    private final int hash;

    Appended(Appended before, Object last) {
      this.before = before;
      this.last = last;
      this.size = before == null ? 1 : before.size + 1;
      this.hash = (before == null ? 1 : before.hash) * 31 + Objects.hashCode(last);
    }

    static boolean equalsList(Appended appended, List<?> list) {
      if ((appended == null ? 0 : appended.size) != list.size()) {
        return false;
      }
      Appended at = appended;
      for (int i = list.size() - 1; i >= 0; i--) {
        if (!Objects.equals(at.last, list.get(i))) {
          return false;
        }
        at = at.before;
      }
      return true;
    }

    @Override
    public boolean equals(Object other) {
      if (!(other instanceof Appended that) || hash != that.hash || size != that.size) {
        return false;
      }
      Appended a = this;
      Appended b = that;
      while (a != b) {
        if (!Objects.equals(a.last, b.last)) {
          return false;
        }
        a = a.before;
        b = b.before;
      }
      return true;
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
