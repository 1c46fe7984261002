package landfall.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {

  private static final String TWO =
      """
      {:process :nemesis, :type :info, :f :kill, :value nil}
      {:process 0, :type :invoke, :f :write, :value 1, :time 10, :index 0}
      {:process 1, :type :invoke, :f :read, :value nil, :time 20, :index 1}
      {:process 1, :type :ok, :f :read, :value 1, :time 30, :index 2}
      {:process 0, :type :info, :f :write, :value 1, :time 40, :index 3, :error :timeout}
      """;

  private static History parse(String text) throws MalformedEdnException {
    return History.parse("h.edn", text);
  }

  private static String refusal(String text) {
    return assertThrows(MalformedEdnException.class, () -> parse(text)).getMessage();
  }

  @Test
  void linesVectorsListsAndTaggedOperationsAreOneHistory() throws Exception {
    List<Operation> operations = parse(TWO).operations();
    assertEquals(
        List.of(
            new Operation(
                0L, "write", null, 1L, Operation.Outcome.INDETERMINATE, 0, Operation.NEVER, 10, 40),
            new Operation(1L, "read", null, 1L, Operation.Outcome.OK, 1, 2, 20, 30)),
        operations);
    assertEquals(operations, parse("[" + TWO + "]").operations());
    assertEquals(operations, parse("(" + TWO + ")\n; end").operations());
    assertEquals(
        operations, parse(TWO.replace("{:process", "#jepsen.history.Op{:process")).operations());
  }

  @Test
  void anOperationThatNeverCompletesIsIndeterminate() throws Exception {
    Operation open =
        parse("{:process 3, :type :invoke, :f :cas, :value [1 2]}").operations().get(0);
    assertEquals(Operation.Outcome.INDETERMINATE, open.outcome());
    assertEquals(Operation.NEVER, open.completedAt());
    assertEquals(List.of(1L, 2L), open.value());
    assertEquals(Operation.UNKNOWN, open.invokedNanos());
  }

  @Test
  void keysStandInAFieldOrInTuples() throws Exception {
    History fields =
        parse(
            """
            {:process 0, :type :invoke, :f :write, :key 7, :value 1}
            {:process 1, :type :invoke, :f :read, :key "x", :value nil}
            {:process 1, :type :ok, :f :read, :key "x", :value nil}
            """);
    assertEquals(List.of(7L, "x"), List.copyOf(fields.keyed(Keys.AUTO).splitByKey().keySet()));

    History tuples =
        parse(
            """
            {:process 0, :type :invoke, :f :write, :value [7 1]}
            {:process 1, :type :invoke, :f :read, :value [8 nil]}
            {:process 1, :type :ok, :f :read, :value #jepsen.independent.Tuple[8 5]}
            {:process 2, :type :invoke, :f :cas, :value [7 [1 2]]}
            """);
    Map<Object, History> split = tuples.keyed(Keys.AUTO).splitByKey();
    assertEquals(2, split.get(7L).operations().size());
    assertEquals(5L, split.get(8L).operations().get(0).value());
    assertNull(split.get(null));
    assertEquals(1, tuples.keyed(Keys.NONE).splitByKey().size());
  }

  private static boolean takenForTuples(String... events) throws MalformedEdnException {
    History keyed = parse(String.join("\n", events)).keyed(Keys.AUTO);
    return keyed.operations().get(0).key() != null;
  }

  private static String ambiguity(String... events) {
    return assertThrows(IllegalArgumentException.class, () -> takenForTuples(events)).getMessage();
  }

  private static final String PAIR_WRITTEN =
      "{:process 0, :type :invoke, :f :write, :value [1 10]}";

  @Test
  void tuplesAreFoundByWhatCanBeNothingElse() throws Exception {
    String asked = "{:process 1, :type :invoke, :f :read, :value [1 nil]}";
    assertTrue(takenForTuples(PAIR_WRITTEN, asked, asked.replace(":invoke", ":ok")));
    assertTrue(takenForTuples(PAIR_WRITTEN, asked), "an unanswered read");
    assertTrue(
        takenForTuples(PAIR_WRITTEN, "{:process 1, :type :invoke, :f :cas, :value [1 [2 3]]}"),
        "no read at all");
    assertTrue(takenForTuples("{:process 1, :type :invoke, :f :acquire, :value [1 nil]}"));
    assertTrue(takenForTuples("{:process 1, :type :invoke, :f :txn, :value [1 [[:r :x nil]]]}"));
    assertFalse(takenForTuples("{:process 2, :type :invoke, :f :cas, :value [1 2]}"));
    assertFalse(takenForTuples("{:process 1, :type :invoke, :f :txn, :value [[:r 1 2] [:w 3 4]]}"));
    assertFalse(
        takenForTuples(
            "{:process 1, :type :invoke, :f :add, :value 1}",
            "{:process 2, :type :invoke, :f :read, :value nil}",
            "{:process 2, :type :ok, :f :read, :value [1 2]}"));
  }

  @Test
  void pairsThatMayBeEitherAreRefusedNamingTheOption() throws Exception {
    String pairs = ambiguity(PAIR_WRITTEN);
    assertTrue(pairs.contains(":write [1 10]") && pairs.contains("--keys tuple"), pairs);
    assertTrue(pairs.contains("--keys none"), pairs);
    assertTrue(
        ambiguity(
                PAIR_WRITTEN,
                "{:process 1, :type :invoke, :f :read, :value nil}",
                "{:process 1, :type :ok, :f :read, :value [1 10]}")
            .contains("--keys tuple"));
    History history = parse(PAIR_WRITTEN);
    assertEquals(1L, history.keyed(Keys.TUPLE).operations().get(0).key());
    assertEquals(List.of(1L, 10L), history.keyed(Keys.NONE).operations().get(0).value());
  }

  @Test
  void oneValueThatIsNoPairDoesNotSwitchTheReading() {
    String single = "{:process 1, :type :invoke, :f :write, :value 5}";
    String asked = "{:process 2, :type :invoke, :f :read, :value [1 nil]}";
    for (List<String> events :
        List.of(List.of(PAIR_WRITTEN, single), List.of(PAIR_WRITTEN, asked, single))) {
      String mixed = ambiguity(events.toArray(String[]::new));
      assertTrue(mixed.contains(":write 5") && mixed.contains("--keys none"), mixed);
    }
    String forced =
        assertThrows(
                IllegalArgumentException.class, () -> parse(single).keyed(Keys.TUPLE).operations())
            .getMessage();
    assertTrue(forced.contains("must be [key value]") && forced.contains(":write 5"), forced);
  }

  @Test
  void whatIsNoHistoryIsRefusedWithPlaceAndExpectation() {
    assertTrue(refusal("\n  42").startsWith("h.edn:2:3: expected an operation map"));
    assertTrue(refusal("{:type :ok}").contains("expected the key :process"));
    assertTrue(refusal("{:process 1, :f :read}").contains("expected :type"));
    assertTrue(refusal("{:process 1, :type :done, :f :read}").contains("found :done"));
    assertTrue(refusal("{:process 1, :type :ok, :f :read}").contains("expected an :invoke"));
    assertTrue(refusal("{:process 1, :type :invoke}").contains("expected :f"));
    assertTrue(refusal("[{:process 1, :type :invoke, :f :read}").contains("expected ']'"));
    assertTrue(refusal("[] 1").contains("expected nothing after"));
    String invoke = "{:process 1, :type :invoke, :f :read}\n";
    assertTrue(refusal(invoke + invoke).startsWith("h.edn:2:1: expected the completion"));
    assertTrue(
        refusal(invoke + "{:process 1, :type :ok, :f :write}").contains("expected the completion"));
    assertTrue(refusal(invoke + "{:process 1, :type :o").startsWith("h.edn:2:"));
    assertTrue(
        refusal(
                "{:process 1, :type :invoke, :f :read, :index 5}\n"
                    + "{:process 1, :type :ok, :f :read, :index 4}")
            .contains("expected an :index of at least 5"));
  }

  @Test
  void filesThatCannotBeReadAreNamed(@TempDir Path folder) throws Exception {
    Path missing = folder.resolve("none.edn");
    assertTrue(
        assertThrows(NoSuchFileException.class, () -> History.read(missing))
            .getMessage()
            .contains("none.edn does not exist"));
    assertTrue(
        assertThrows(IOException.class, () -> History.read(folder))
            .getMessage()
            .contains("it is a folder"));
    for (String device : List.of("/dev/zero", "/dev/null")) {
      assertTrue(
          assertThrows(IOException.class, () -> History.read(Path.of(device)))
              .getMessage()
              .contains(device + " cannot be read: it is a device, FIFO or socket"));
    }
    Path fifo = folder.resolve("fifo.edn");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    assertTrue(
        assertThrows(IOException.class, () -> History.read(fifo)).getMessage().contains("FIFO"));
    Path binary = folder.resolve("binary.edn");
    Files.write(binary, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    assertTrue(
        assertThrows(MalformedEdnException.class, () -> History.read(binary))
            .getMessage()
            .contains("UTF-8"));
    Path empty = Files.createFile(folder.resolve("empty.edn"));
    assertEquals(List.of(), History.read(empty).operations());
  }

  @Test
  void aFileOfThreeGigabytesIsRefusedAtTheFirstValueThatIsTooLong(@TempDir Path folder)
      throws Exception {
    Path zeros = folder.resolve("zeros.edn");
    try (var file = new RandomAccessFile(zeros.toFile(), "rw")) {
      // A hole, which takes no room on the disk.
      file.setLength(3L << 30);
    }
    String message =
        assertThrows(MalformedEdnException.class, () -> History.read(zeros)).getMessage();
    assertTrue(message.contains("expected a value of at most 16777216 characters"), message);
  }

  @Test
  void aLongFileIsReadPieceByPieceAndItsPlacesAreRight(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("long.edn");
    var blanks = " ".repeat(300_000);
    int lines = 20_000;
    try (var out = Files.newBufferedWriter(file)) {
      out.write("[");
      for (int i = 0; i < lines; i++) {
        out.write("{:process 0, :type :invoke, :f :write, :value \"v\u00e9" + i + "\"}\n");
        out.write("{:process 0, :type :ok, :f :write, :value \"v\u00e9" + i + "\"}; done\n");
      }
      out.write(blanks + "; " + blanks + "\n " + blanks + "#_ [" + blanks + "] ]");
    }
    List<Operation> operations = History.read(file).operations();
    assertEquals(lines, operations.size());
    assertEquals("v\u00e9" + (lines - 1), operations.get(lines - 1).value());
    assertEquals(2 * lines - 1, operations.get(lines - 1).completedAt());
    Files.writeString(file, Files.readString(file).replace("] ]", "] x]"));
    String message =
        assertThrows(MalformedEdnException.class, () -> History.read(file)).getMessage();
    int column = 1 + blanks.length() + "#_ [".length() + blanks.length() + "] ".length() + 1;
    assertTrue(
        message.endsWith(
            "long.edn:"
                + (2 * lines + 2)
                + ":"
                + column
                + ": expected an operation map {:process .. :type ..}, found x"),
        message);
  }

  @Test
  void aKeyThatComesTwiceInAnOperationIsRefused() {
    assertTrue(
        refusal("{:process 1, :type :invoke, :f :read, :f :write}")
            .startsWith("h.edn:1:39: expected every key once, found :f again"));
    assertTrue(
        refusal("{:process 1, :type :invoke, :f :read, :error 1, :error 2}")
            .contains("expected every key once, found :error again"));
  }

  @Test
  void whatTheWriterWritesIsReadBack() throws Exception {
    var text = new StringWriter();
    try (var writer = new HistoryWriter(text)) {
      writer.append(HistoryWriter.Type.INVOKE, 4, "cas", 9, Arrays.asList(null, 5), 100);
      writer.append(HistoryWriter.Type.INFO, HistoryWriter.NEMESIS, "cut", null, "both ways", 150);
      writer.append(HistoryWriter.Type.FAIL, 4, "cas", 9, Arrays.asList(null, 5), 200);
    }
    assertEquals(3, text.toString().lines().count());
    assertEquals(
        List.of(
            new Operation(
                4L, "cas", 9L, Arrays.asList(null, 5L), Operation.Outcome.FAIL, 0, 1, 100, 200)),
        parse(text.toString()).operations());
  }
}
