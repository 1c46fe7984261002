package landfall.history;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the clients of one trial asked and were told, in the order in which it happened. */
public final class History {

  private static final Keyword PROCESS = new Keyword("process");
  private static final Keyword TYPE = new Keyword("type");
  private static final Keyword FUNCTION = new Keyword("f");
  private static final Keyword VALUE = new Keyword("value");
  private static final Keyword KEY = new Keyword("key");
  private static final Keyword TIME = new Keyword("time");
  private static final Keyword INDEX = new Keyword("index");

  private final List<Operation> operations;

  private History(List<Operation> operations) {
    this.operations = List.copyOf(operations);
  }

  /** The history of these operations. */
  public static History of(List<Operation> operations) {
    return new History(operations);
  }

  /**
   * Reads a history in the form of Jepsen: one vector (or list) of operation maps, or one map after
   * the other. Lines of the nemesis are left out.
   *
   * @throws MalformedEdnException if it is no such history, naming file, line and column
   * @throws IOException if the file cannot be read
   */
  public static History read(Path file) throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new MalformedEdnException(file + ": expected UTF-8 text, found other bytes");
    } catch (NoSuchFileException e) {
      throw new NoSuchFileException(file + " does not exist");
    } catch (AccessDeniedException e) {
      throw new AccessDeniedException(file + " cannot be read: permission denied");
    } catch (IOException e) {
      String reason = Files.isDirectory(file) ? "it is a folder, give a file" : e.getMessage();
      throw new IOException(file + " cannot be read: " + reason, e);
    }
    return parse(file.toString(), text);
  }

  /**
   * Reads a history from text, as {@link #read} does.
   *
   * @param name of the source, for messages
   */
  public static History parse(String name, String text) throws MalformedEdnException {
    var reader = new EdnReader(name, text);
    var parser = new Parser(reader);
    if (!reader.hasNext()) {
      return new History(List.of());
    }
    if (reader.nextIs('[') || reader.nextIs('(')) {
      char close = reader.nextIs('[') ? ']' : ')';
      reader.skip();
      while (reader.hasNext() && !reader.nextIs(close)) {
        parser.readEvent();
      }
      if (!reader.nextIs(close)) {
        throw reader.malformed(
            reader.position(), "expected '" + close + "' to close the history, found the end");
      }
      reader.skip();
      if (reader.hasNext()) {
        throw reader.malformed(
            reader.position(), "expected nothing after the history's '" + close + "', found more");
      }
    } else {
      while (reader.hasNext()) {
        parser.readEvent();
      }
    }
    return new History(parser.finish());
  }

  /** The operations in order of invocation. */
  public List<Operation> operations() {
    return operations;
  }

  /** One history per key, in order of first appearance; operations without key are under null. */
  public Map<Object, History> splitByKey() {
    Map<Object, List<Operation>> split = new LinkedHashMap<>();
    for (Operation operation : operations) {
      split.computeIfAbsent(operation.key(), key -> new ArrayList<>()).add(operation);
    }
    Map<Object, History> histories = new LinkedHashMap<>();
    split.forEach((key, some) -> histories.put(key, new History(some)));
    return histories;
  }

  /**
   * Whether values look like Jepsen's independent tuples {@code [key value]}: every value is a
   * pair, there is a read, and every cas has a pair within its pair.
   */
  public boolean hasTupleValues() {
    boolean read = false;
    for (Operation operation : operations) {
      List<?> pair = pairOrNull(operation.value());
      if (pair == null || operation.key() != null) {
        return false;
      }
      if (operation.function().equals("cas") && pairOrNull(pair.get(1)) == null) {
        return false;
      }
      read |= operation.function().equals("read");
    }
    return read;
  }

  /**
   * The same history with every value {@code [key value]} taken apart into key and value.
   *
   * @throws IllegalArgumentException if a value is no pair
   */
  public History withTupleKeys() {
    var split = new ArrayList<Operation>();
    for (Operation operation : operations) {
      List<?> pair = pairOrNull(operation.value());
      if (pair == null) {
        throw new IllegalArgumentException(
            "expected values [key value], found " + Edn.print(operation.value()));
      }
      split.add(operation.with(pair.get(0), pair.get(1)));
    }
    return new History(split);
  }

  private static List<?> pairOrNull(Object value) {
    Object inner = value instanceof Tagged tagged ? tagged.value() : value;
    return inner instanceof List<?> list && list.size() == 2 ? list : null;
  }

  /** Joins invocations with completions. */
  private static final class Parser {

    /** An invocation that waits for its completion. {@code slot} is its place in the order. */
    private record Invocation(
        int slot, String function, Object key, Object value, int position, long nanos) {}

    private final EdnReader reader;
    private final ArrayList<Operation> operations = new ArrayList<>();
    private final Map<Object, Invocation> underWay = new HashMap<>();
    private int position;
    private long lastIndex = Long.MIN_VALUE;

    Parser(EdnReader reader) {
      this.reader = reader;
    }

    void readEvent() throws MalformedEdnException {
      int at = reader.position();
      Object form = reader.read();
      while (form instanceof Tagged tagged) {
        form = tagged.value();
      }
      if (!(form instanceof Map<?, ?> event)) {
        throw reader.malformed(
            at, "expected an operation map {:process .. :type ..}, found " + shown(form));
      }
      Object process = event.get(PROCESS);
      if (process == null) {
        throw reader.malformed(at, "expected the key :process in the operation, found none");
      }
      if (HistoryWriter.NEMESIS.equals(process)) {
        return;
      }
      checkIndex(event, at);
      if (!(event.get(TYPE) instanceof Keyword type)) {
        throw reader.malformed(
            at, "expected :type :invoke, :ok, :fail or :info, found " + shown(event.get(TYPE)));
      }
      switch (type.name()) {
        case "invoke" -> invoke(event, process, at);
        case "ok" -> complete(event, process, Operation.Outcome.OK, at);
        case "fail" -> complete(event, process, Operation.Outcome.FAIL, at);
        case "info" -> complete(event, process, Operation.Outcome.INDETERMINATE, at);
        default ->
            throw reader.malformed(
                at, "expected :type :invoke, :ok, :fail or :info, found " + type);
      }
      position++;
    }

    List<Operation> finish() {
      underWay.forEach(
          (process, invocation) ->
              operations.set(
                  invocation.slot(),
                  operation(
                      process,
                      invocation,
                      invocation.value(),
                      Operation.Outcome.INDETERMINATE,
                      Operation.UNKNOWN)));
      underWay.clear();
      return operations;
    }

    private void checkIndex(Map<?, ?> event, int at) throws MalformedEdnException {
      if (event.get(INDEX) instanceof Long index) {
        // Order is everything here; a file sorted otherwise must not be judged as if it were not.
        if (index < lastIndex) {
          throw reader.malformed(
              at, "expected an :index of at least " + lastIndex + ", found " + index);
        }
        lastIndex = index;
      }
    }

    private void invoke(Map<?, ?> event, Object process, int at) throws MalformedEdnException {
      if (underWay.containsKey(process)) {
        throw reader.malformed(
            at,
            "expected the completion of the operation under way of process "
                + Edn.print(process)
                + ", found another :invoke");
      }
      underWay.put(
          process,
          new Invocation(
              operations.size(),
              functionOf(event, at),
              event.get(KEY),
              event.get(VALUE),
              position,
              nanosOf(event)));
      operations.add(null);
    }

    private void complete(Map<?, ?> event, Object process, Operation.Outcome outcome, int at)
        throws MalformedEdnException {
      Invocation invocation = underWay.remove(process);
      if (invocation == null) {
        throw reader.malformed(
            at, "expected an :invoke of process " + Edn.print(process) + " before, found none");
      }
      String function = functionOf(event, at);
      if (!function.equals(invocation.function())) {
        throw reader.malformed(
            at,
            "expected the completion of :"
                + invocation.function()
                + " by process "
                + Edn.print(process)
                + ", found :"
                + function);
      }
      // A read's answer stands in its completion; the arguments of anything else in its invocation.
      boolean answered = outcome == Operation.Outcome.OK && function.equals("read");
      Object value = answered || invocation.value() == null ? event.get(VALUE) : invocation.value();
      operations.set(
          invocation.slot(), operation(process, invocation, value, outcome, nanosOf(event)));
    }

    private Operation operation(
        Object process,
        Invocation invocation,
        Object value,
        Operation.Outcome outcome,
        long completedNanos) {
      return new Operation(
          process,
          invocation.function(),
          invocation.key(),
          value,
          outcome,
          invocation.position(),
          outcome == Operation.Outcome.INDETERMINATE ? Operation.NEVER : position,
          invocation.nanos(),
          completedNanos);
    }

    private String functionOf(Map<?, ?> event, int at) throws MalformedEdnException {
      Object function = event.get(FUNCTION);
      if (function instanceof Keyword keyword) {
        return keyword.name();
      }
      if (function instanceof String string && !string.isBlank()) {
        return string;
      }
      throw reader.malformed(
          at, "expected :f with a keyword such as :read, found " + shown(function));
    }

    private static long nanosOf(Map<?, ?> event) {
      return event.get(TIME) instanceof Long time && time >= 0 ? time : Operation.UNKNOWN;
    }

    private static String shown(Object form) {
      String text = Edn.print(form);
      return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }
  }
}
