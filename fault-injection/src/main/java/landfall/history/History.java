package landfall.history;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What the clients of one trial asked and were told, in the order in which it happened. */
public final class History {

  /** The fields of an event that matter, in the order of the indices below. */
  private static final List<String> FIELDS =
      List.of("process", "type", "f", "value", "key", "time", "index");

  private static final int PROCESS = 0;
  private static final int TYPE = 1;
  private static final int FUNCTION = 2;
  private static final int VALUE = 3;
  private static final int KEY = 4;
  private static final int TIME = 5;
  private static final int INDEX = 6;

  /** A share of the heap that operations may take; the rest is for those who judge them. */
  private static final double HEAP_SHARE_MAX = 0.7;

  private static final int BYTES_PER_OPERATION = 90;

  private final List<Operation> operations;

  /** Whether a request that has no argument named a key, as {@code read [key nil]} does. */
  private final boolean asksWithKey;

  private History(List<Operation> operations, boolean asksWithKey) {
    this.operations = Collections.unmodifiableList(operations);
    this.asksWithKey = asksWithKey;
  }

  /** The history of these operations. */
  public static History of(List<Operation> operations) {
    return new History(new ArrayList<>(operations), false);
  }

  /**
   * Reads a history in the form of Jepsen: one vector (or list) of operation maps, or one map after
   * the other. Lines of the nemesis are left out. The text is read piece by piece, so only the
   * operations must fit into memory.
   *
   * @throws MalformedEdnException if it is no such history, naming file, line and column
   * @throws IOException if the file cannot be read, is no regular file, or has too many operations
   */
  public static History read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + " cannot be read: it is a folder, give a file");
    }
    // A FIFO would be waited for, and a device such as /dev/zero need not end.
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException(file + " cannot be read: it is a device, FIFO or socket, give a file");
    }
    try (var in = Files.newInputStream(file);
        var text = new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder())) {
      return parse(new EdnReader(file.toString(), text));
    } catch (NoSuchFileException e) {
      throw new NoSuchFileException(file + " does not exist");
    } catch (AccessDeniedException e) {
      throw new AccessDeniedException(file + " cannot be read: permission denied");
    } catch (UncheckedIOException e) {
      throw new IOException(file + " cannot be read: " + e.getCause().getMessage(), e);
    }
  }

  /**
   * Reads a history from text, as {@link #read} does.
   *
   * @param name of the source, for messages
   */
  public static History parse(String name, String text) throws MalformedEdnException {
    return parse(new EdnReader(name, text));
  }

  private static History parse(EdnReader reader) throws MalformedEdnException {
    var parser = new Parser(reader);
    if (!reader.hasNext()) {
      return new History(List.of(), false);
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
    return parser.finish();
  }

  /** The operations in order of invocation. */
  public List<Operation> operations() {
    return operations;
  }

  /** One history per key, in order of first appearance; operations without key are under null. */
  public Map<Object, History> splitByKey() {
    if (operations.stream().allMatch(operation -> operation.key() == null)) {
      return operations.isEmpty() ? Map.of() : Collections.singletonMap(null, this);
    }
    Map<Object, List<Operation>> split = new LinkedHashMap<>();
    for (Operation operation : operations) {
      split.computeIfAbsent(operation.key(), key -> new ArrayList<>()).add(operation);
    }
    Map<Object, History> histories = new LinkedHashMap<>();
    split.forEach((key, some) -> histories.put(key, new History(some, asksWithKey)));
    return histories;
  }

  /**
   * The same history with its keys where {@link Operation#key} finds them.
   *
   * @throws IllegalArgumentException if the history does not fit {@code keys}, or if {@link
   *     Keys#AUTO} cannot tell
   */
  public History keyed(Keys keys) {
    if (keys == Keys.NONE || (keys == Keys.AUTO && !Tuples.found(operations, asksWithKey))) {
      return this;
    }
    var split = new ArrayList<Operation>(operations.size());
    for (Operation operation : operations) {
      split.add(Tuples.takenApart(operation));
    }
    return new History(split, asksWithKey);
  }

  /** Joins invocations with completions. */
  private static final class Parser implements EdnReader.Entries {

    /** An invocation that waits for its completion. {@code slot} is its place in the order. */
    private record Invocation(
        int slot, String function, Object key, Object value, int position, long nanos) {}

    /** Functions whose arguments stand in the invocation; all others are answered. */
    private static final Set<String> WITH_ARGUMENTS =
        Set.of("write", "cas", "append", "add", "enqueue");

    private final EdnReader reader;
    private final Keyword[] fields;
    private final ArrayList<Operation> operations = new ArrayList<>();
    private final Map<Object, Invocation> underWay = new HashMap<>();
    private final long operationsMax =
        (long) (Runtime.getRuntime().maxMemory() * HEAP_SHARE_MAX / BYTES_PER_OPERATION);
    private boolean asksWithKey;
    private int position;
    private long lastIndex = Long.MIN_VALUE;

    // The event that is being read: the values of the fields above, and all other keys.
    private final Object[] event = new Object[FIELDS.size()];
    private final boolean[] present = new boolean[FIELDS.size()];
    private final List<Object> others = new ArrayList<>();

    Parser(EdnReader reader) {
      this.reader = reader;
      this.fields = FIELDS.stream().map(reader::keyword).toArray(Keyword[]::new);
    }

    @Override
    public void entry(Object key, Object value, int at) throws MalformedEdnException {
      for (int i = 0; i < fields.length; i++) {
        // The reader has each keyword once.
        if (key == fields[i]) {
          if (present[i]) {
            throw reader.again(key, at);
          }
          present[i] = true;
          event[i] = value;
          return;
        }
      }
      if (others.contains(key)) {
        throw reader.again(key, at);
      }
      others.add(key);
    }

    void readEvent() throws MalformedEdnException {
      reader.release();
      int at = reader.position();
      while (reader.skipTag()) {
        // #jepsen.history.Op{..} is the map without its tag.
      }
      if (!reader.nextIs('{')) {
        throw reader.malformed(
            at, "expected an operation map {:process .. :type ..}, found " + shown(reader.read()));
      }
      Arrays.fill(event, null);
      Arrays.fill(present, false);
      others.clear();
      reader.readEntries(this);
      Object process = event[PROCESS];
      if (process == null) {
        throw reader.malformed(at, "expected the key :process in the operation, found none");
      }
      if (HistoryWriter.NEMESIS.equals(process)) {
        return;
      }
      checkIndex(at);
      if (!(event[TYPE] instanceof Keyword type)) {
        throw reader.malformed(
            at, "expected :type :invoke, :ok, :fail or :info, found " + shown(event[TYPE]));
      }
      switch (type.name()) {
        case "invoke" -> invoke(process, at);
        case "ok" -> complete(process, Operation.Outcome.OK, at);
        case "fail" -> complete(process, Operation.Outcome.FAIL, at);
        case "info" -> complete(process, Operation.Outcome.INDETERMINATE, at);
        default ->
            throw reader.malformed(
                at, "expected :type :invoke, :ok, :fail or :info, found " + type);
      }
      position++;
      if (position == Operation.NEVER - 1) {
        throw reader.malformed(at, "expected at most " + position + " events, found more");
      }
    }

    History finish() {
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
      return new History(operations, asksWithKey);
    }

    private void checkIndex(int at) throws MalformedEdnException {
      if (event[INDEX] instanceof Long index) {
        // Order is everything here; a file sorted otherwise must not be judged as if it were not.
        if (index < lastIndex) {
          throw reader.malformed(
              at, "expected an :index of at least " + lastIndex + ", found " + index);
        }
        lastIndex = index;
      }
    }

    private void invoke(Object process, int at) throws MalformedEdnException {
      String function = functionOf(at);
      var invocation =
          new Invocation(
              operations.size(), function, event[KEY], event[VALUE], position, nanosOf());
      if (underWay.putIfAbsent(process, invocation) != null) {
        throw reader.malformed(
            at,
            "expected the completion of the operation under way of process "
                + Edn.print(process)
                + ", found another :invoke");
      }
      asksWithKey |=
          event[VALUE] != null
              && !WITH_ARGUMENTS.contains(function)
              && Tuples.isKeyAlone(event[VALUE]);
      operations.add(null);
      if (operations.size() > operationsMax) {
        throw reader.malformed(
            at,
            String.format(
                Locale.ROOT,
                "expected at most %,d operations, which is what %,d MiB of memory hold; more"
                    + " memory can be given to Java with -Xmx",
                operationsMax,
                Runtime.getRuntime().maxMemory() >> 20));
      }
    }

    private void complete(Object process, Operation.Outcome outcome, int at)
        throws MalformedEdnException {
      Invocation invocation = underWay.remove(process);
      if (invocation == null) {
        throw reader.malformed(
            at, "expected an :invoke of process " + Edn.print(process) + " before, found none");
      }
      String function = functionOf(at);
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
      boolean answered = outcome == Operation.Outcome.OK && !WITH_ARGUMENTS.contains(function);
      Object value = answered || invocation.value() == null ? event[VALUE] : invocation.value();
      operations.set(invocation.slot(), operation(process, invocation, value, outcome, nanosOf()));
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

    private String functionOf(int at) throws MalformedEdnException {
      Object function = event[FUNCTION];
      if (function instanceof Keyword keyword) {
        return keyword.name();
      }
      if (function instanceof String string && !string.isBlank()) {
        return string;
      }
      throw reader.malformed(
          at, "expected :f with a keyword such as :read, found " + shown(function));
    }

    private long nanosOf() {
      return event[TIME] instanceof Long time && time >= 0 ? time : Operation.UNKNOWN;
    }

    private static String shown(Object form) {
      String text = Edn.print(form);
      return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }
  }
}
