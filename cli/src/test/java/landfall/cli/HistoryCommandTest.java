package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code landfall history check} as a user gives it. */
class HistoryCommandTest {
  private static final String PAIRS =
      """
      {:process 0, :type :invoke, :f :write, :value [1 10]}
      {:process 0, :type :ok, :f :write, :value [1 10]}
      {:process 0, :type :invoke, :f :write, :value [2 20]}
      {:process 0, :type :ok, :f :write, :value [2 20]}
      {:process 1, :type :invoke, :f :read, :value nil}
      {:process 1, :type :ok, :f :read, :value [1 10]}
      {:process 1, :type :invoke, :f :read, :value nil}
      {:process 1, :type :ok, :f :read, :value [2 20]}
      """;

  @TempDir private Path folder;

  private record Ended(int status, String out, String err) {}

  private static Ended check(Path file, String... options) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    var answer = new ByteArrayOutputStream();
    var complaints = new ByteArrayOutputStream();
    List<String> line = new ArrayList<>(List.of("history", "check"));
    line.addAll(Arrays.asList(options));
    line.add(file.toString());
    try {
      System.setOut(new PrintStream(answer, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(complaints, true, StandardCharsets.UTF_8));
      int status = Main.execute(line.toArray(String[]::new));
      return new Ended(
          status,
          answer.toString(StandardCharsets.UTF_8),
          complaints.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  private Path file(String text) throws Exception {
    return Files.writeString(folder.resolve("history.edn"), text);
  }

  private static void assertRefused(Ended ended, String expected) {
    assertEquals(Failure.USAGE, ended.status(), ended.out());
    assertTrue(ended.err().startsWith("landfall: "), ended.err());
    assertTrue(ended.err().contains(expected), ended.err());
    assertFalse(ended.err().contains("\tat "), ended.err());
  }

  @Test
  void pairsAreRefusedUntilAnOptionSaysWhatTheyAre() throws Exception {
    Path pairs = file(PAIRS);
    assertRefused(check(pairs, "--model", "register"), "--keys tuple");
    Ended values = check(pairs, "--model", "register", "--keys", "none");
    assertEquals(1, values.status(), values.err());
    assertTrue(values.out().contains("read [1 10]"), values.out());
    Ended keyed = check(pairs, "--model", "register", "--keys", "tuple");
    assertEquals(0, keyed.status(), keyed.out());
  }

  @Test
  void severalCheckersCanBeAsked() throws Exception {
    Path pairs = file(PAIRS);
    for (String checkers : List.of("wgl", "linear", "wgl,linear", "linear,wgl")) {
      for (var expected : Map.of("none", 1, "tuple", 0).entrySet()) {
        Ended ended =
            check(pairs, "--model", "register", "--keys", expected.getKey(), "--checker", checkers);
        assertEquals(expected.getValue(), ended.status(), checkers + " " + ended.out());
      }
    }
  }

  @Test
  void theInitialValueIsAnOption() throws Exception {
    Path zero =
        file(
            """
            {:process 0, :type :invoke, :f :read, :value nil}
            {:process 0, :type :ok, :f :read, :value 0}
            """
                .repeat(4));
    assertEquals(0, check(zero, "--model", "cas-register", "--initial", "0").status());
    assertEquals(1, check(zero, "--model", "cas-register").status());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --model stack                            | accepted are register, cas-register
          --model register --keys some             | --keys must be tuple, none or auto, was some
          --model register --keys                  | Missing required parameter
          --model register --initial [1            | the initial value must be EDN
          --model register --initial               | Missing required parameter
          --model mutex --initial 1                | a mutex is initially free
          --model set --initial 1                  | must be a list or set of elements; it was 1
          --model queue --initial {:a}             | the initial value must be EDN
          --model append --initial nil             | must be a list or set of elements
          --model multi-register --initial [1]     | must be a map of registers to values
          --model register --checker magic         | unknown checker magic; accepted are wgl, linear
          --model register --checker knossos       | in LANDFALL_CLASSPATH
          --model register --checker wgl,magic     | unknown checker magic
          --model register --budget-seconds 0      | --budget-seconds must be at least 1
          --model register --budget-seconds -1     | --budget-seconds must be at least 1
          --model register --budget-seconds many   | 'many' is not an int
          --model mutex                            | the model mutex knows acquire, release
          --checker wgl                            | --model=MODEL
          """)
  void wrongOptionsAreSaidInALine(String options, String expected) throws Exception {
    Path register = file(PAIRS.replaceAll("\\[(\\d) \\d+\\]", "$1"));
    assertRefused(check(register, options.split(" ")), expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          set            | {:process 0, :type :ok, :f :read, :value 1}
          append         | {:process 0, :type :ok, :f :read, :value #{1}}
          cas-register   | {:process 0, :type :ok, :f :cas, :value 1}
          queue          | {:process 0, :type :ok, :f :enqueue, :value nil}
          multi-register | {:process 0, :type :ok, :f :txn, :value [[:x 1 2]]}
          multi-register | {:process 0, :type :ok, :f :txn, :value 1}
          """)
  void valuesThatAModelCannotHaveAreRefused(String model, String answer) throws Exception {
    String invoke = answer.replace(":ok", ":invoke").replaceAll(":value .*}$", ":value nil}");
    assertRefused(check(file(invoke + "\n" + answer), "--model", model), "the history has");
  }

  @Test
  void whatIsNoRegularFileIsRefusedAtOnce() throws Exception {
    Path fifo = folder.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    for (Path file : List.of(fifo, Path.of("/dev/zero"), Path.of("/dev/null"))) {
      assertRefused(check(file, "--model", "register"), "it is a device, FIFO or socket");
    }
    assertRefused(check(folder, "--model", "register"), "it is a folder");
    assertRefused(check(folder.resolve("none"), "--model", "register"), "does not exist");
  }

  @Test
  void threeGigabytesOfNothingAreRefused() throws Exception {
    Path zeros = folder.resolve("zeros.edn");
    try (var file = new RandomAccessFile(zeros.toFile(), "rw")) {
      file.setLength(3L << 30);
    }
    assertRefused(check(zeros, "--model", "register"), "expected a value of at most");
  }

  @Test
  void tooLittleMemoryIsSaidInALine() throws Exception {
    Path large = folder.resolve("large.edn");
    try (var out = Files.newBufferedWriter(large)) {
      for (int i = 0; i < 400_000; i++) {
        out.write("{:process 0, :type :invoke, :f :write, :value " + i + "}\n");
        out.write("{:process 0, :type :ok, :f :write, :value " + i + "}\n");
      }
    }
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "landfall.cli.Main",
                "history",
                "check",
                "--model",
                "register",
                large.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    String complaint = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertRefused(new Ended(process.waitFor(), "", complaint), "memory");
  }
}
