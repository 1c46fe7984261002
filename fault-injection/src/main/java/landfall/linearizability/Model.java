package landfall.linearizability;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import landfall.history.Edn;
import landfall.history.MalformedEdnException;

/** What one correct copy would answer: its initial value, and what each function does. */
public final class Model {

  /** What sort of state there is. */
  enum Kind {
    REGISTER("read", "write"),
    CAS_REGISTER("read", "write", "cas"),
    MULTI_REGISTER("txn"),
    MUTEX("acquire", "release"),
    SET("add", "read"),
    QUEUE("enqueue", "dequeue"),
    APPEND("append", "read");

    private final Set<String> functions;

    Kind(String... functions) {
      this.functions = Set.of(functions);
    }

    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    boolean isRegister() {
      return this == REGISTER || this == CAS_REGISTER || this == MULTI_REGISTER;
    }

    /** Whether a read may have this answer. */
    boolean mayAnswer(Object value) {
      return switch (this) {
        case REGISTER, CAS_REGISTER -> true;
        case SET -> value instanceof Collection<?>;
        case APPEND -> value instanceof List<?>;
        case MULTI_REGISTER, MUTEX, QUEUE -> false;
      };
    }
  }

  /** A register: {@code read} and {@code write}. Initially nil. */
  public static final Model REGISTER = new Model(Kind.REGISTER, null);

  /** A register with {@code cas}, whose value is a pair of old and new. Initially nil. */
  public static final Model CAS_REGISTER = new Model(Kind.CAS_REGISTER, null);

  /**
   * Registers that a {@code txn} reads and writes at one moment; its value is a list of {@code [:r
   * register value]} and {@code [:w register value]}. Initially each is nil.
   */
  public static final Model MULTI_REGISTER = new Model(Kind.MULTI_REGISTER, new HashMap<>());

  /** A lock: {@code acquire} and {@code release}, by whomever. Initially free. */
  public static final Model MUTEX = new Model(Kind.MUTEX, false);

  /** A set that grows: {@code add}, and {@code read} gives all elements. Initially empty. */
  public static final Model SET = new Model(Kind.SET, Set.of());

  /**
   * A queue, first in, first out: {@code enqueue}, and {@code dequeue} gives the element, or nil if
   * there was none. Initially empty.
   */
  public static final Model QUEUE = new Model(Kind.QUEUE, List.of());

  /** A list: {@code append} adds at the end, {@code read} gives the list. Initially empty. */
  public static final Model APPEND = new Model(Kind.APPEND, null);

  private static final List<Model> ALL =
      List.of(REGISTER, CAS_REGISTER, MULTI_REGISTER, MUTEX, SET, QUEUE, APPEND);

  private final Kind kind;
  private final Object initial;

  private Model(Kind kind, Object initial) {
    this.kind = kind;
    this.initial = initial;
  }

  /**
   * The model of this name.
   *
   * @throws IllegalArgumentException naming the accepted ones
   */
  public static Model named(String name) {
    return ALL.stream()
        .filter(model -> model.name().equals(name))
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

  /**
   * The same model with another initial value, given in EDN: any value for a register, a map for a
   * multi-register, a set or list for all else.
   *
   * @throws IllegalArgumentException if the text is no EDN, or no such value
   */
  public Model startingAt(String edn) {
    try {
      return withInitial(Edn.read(edn));
    } catch (MalformedEdnException e) {
      throw new IllegalArgumentException(
          "the initial value must be EDN, such as 0 or \"a\"; " + e.getMessage(), e);
    }
  }

  /**
   * The same model with another initial value.
   *
   * @throws IllegalArgumentException if the model has no such value
   */
  public Model withInitial(Object value) {
    return switch (kind) {
      case REGISTER, CAS_REGISTER -> new Model(kind, value);
      case MULTI_REGISTER -> {
        if (value instanceof Map<?, ?> map) {
          yield new Model(kind, new HashMap<>(map));
        }
        throw refused("a map of registers to values", value);
      }
      case MUTEX ->
          throw new IllegalArgumentException("a mutex is initially free; it takes no other value");
      case SET -> new Model(kind, new HashSet<>(elements(value)));
      case QUEUE -> new Model(kind, elements(value));
      case APPEND -> {
        Appended list = null;
        for (Object element : elements(value)) {
          list = new Appended(list, element);
        }
        yield new Model(kind, list);
      }
    };
  }

  private List<?> elements(Object value) {
    if (value instanceof Collection<?> elements) {
      return new ArrayList<>(elements);
    }
    throw refused("a list or set of elements", value);
  }

  private IllegalArgumentException refused(String expected, Object value) {
    return new IllegalArgumentException(
        "the initial value of the model "
            + name()
            + " must be "
            + expected
            + "; it was "
            + Edn.print(value));
  }

  /** Such as {@code cas-register}. */
  public String name() {
    return kind.word();
  }

  Kind kind() {
    return kind;
  }

  Object initial() {
    return initial;
  }

  /** The initial value as EDN has it. */
  Object initialEdn() {
    if (kind == Kind.APPEND) {
      var elements = new ArrayList<Object>();
      for (Appended at = (Appended) initial; at != null; at = at.before) {
        elements.add(0, at.last);
      }
      return elements;
    }
    return initial;
  }

  boolean startsEmpty() {
    return initial == null || (initial instanceof Collection<?> elements && elements.isEmpty());
  }

  /** The functions it knows, for messages. */
  Set<String> functions() {
    return new TreeSet<>(kind.functions);
  }

  boolean knows(String function) {
    return kind.functions.contains(function);
  }

  /** The state after a call, or {@link #IMPOSSIBLE} if a correct copy in this state cannot. */
  Object apply(Object state, Call call) {
    return switch (call.kind()) {
      case READ -> reads(state, call.observed()) ? state : IMPOSSIBLE;
      case WRITE -> call.written();
      case CAS -> Objects.equals(state, call.observed()) ? call.written() : IMPOSSIBLE;
      case APPEND -> new Appended((Appended) state, call.written());
      case ADD -> added((Set<?>) state, call.written());
      case ENQUEUE -> enqueued((List<?>) state, call.written());
      case DEQUEUE -> dequeued((List<?>) state, call.observed());
      case ACQUIRE -> (Boolean) state ? IMPOSSIBLE : (Object) true;
      case RELEASE -> (Boolean) state ? (Object) false : IMPOSSIBLE;
      case TXN -> ((Txn) call.observed()).applyTo((Map<?, ?>) state);
    };
  }

  /** No state. */
  static final Object IMPOSSIBLE = new Object();

  private boolean reads(Object state, Object observed) {
    return switch (kind) {
      case SET ->
          observed instanceof Collection<?> elements
              ? state.equals(new HashSet<>(elements))
              : ((Set<?>) state).isEmpty();
      case APPEND ->
          Appended.equalsList((Appended) state, observed == null ? List.of() : (List<?>) observed);
      case REGISTER, CAS_REGISTER, MULTI_REGISTER, MUTEX, QUEUE -> Objects.equals(state, observed);
    };
  }

  private static Set<Object> added(Set<?> state, Object element) {
    Set<Object> after = new HashSet<>(state);
    after.add(element);
    return after;
  }

  private static List<Object> enqueued(List<?> state, Object element) {
    Object[] after = state.toArray(new Object[state.size() + 1]);
    after[state.size()] = element;
    return Arrays.asList(after);
  }

  private static Object dequeued(List<?> state, Object element) {
    if (element == null) {
      return state.isEmpty() ? state : IMPOSSIBLE;
    }
    if (state.isEmpty() || (element != Call.UNKNOWN && !element.equals(state.get(0)))) {
      return IMPOSSIBLE;
    }
    return Arrays.asList(state.subList(1, state.size()).toArray());
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
