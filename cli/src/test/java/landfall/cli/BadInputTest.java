package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.ImplementationVersion;
import landfall.evidence.Plan;
import landfall.evidence.RunIdentity;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import picocli.CommandLine.Command;

/** Whatever is given to the command: one sentence, the right exit status, no trace and no hang. */
class BadInputTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir private static Path folder;

  private record Ended(int status, String out, String err) {}

  private static Ended run(String... words) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    var printed = new ByteArrayOutputStream();
    var complaints = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(complaints, true, StandardCharsets.UTF_8));
      int status = assertTimeoutPreemptively(LIMIT, () -> Main.execute(words));
      return new Ended(
          status,
          printed.toString(StandardCharsets.UTF_8),
          complaints.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** The files that the rows name: {@code DIR} stands for the folder. */
  @BeforeAll
  static void provideFiles() throws Exception {
    assertEquals(
        0, new ProcessBuilder("mkfifo", folder.resolve("fifo").toString()).start().waitFor());
    Files.createDirectory(folder.resolve("folder"));
    write("text", "what is this?\n");
    write("empty", "");
    write("null.json", "null");
    write("list.json", "[]");
    write("number.json", "1");
    write("steps-null.json", "{\"model\":null,\"steps\":null}");
    write(
        "steps-wrong.json",
        "{\"model\":\"x\",\"steps\":[{\"action\":1,\"changed\":{\"a\":\"{\"}}]}");
    write("deep.json", "[".repeat(100_000));
    write("torn.json", "{\"model\":");
    write("null.ndjson", "null\n");
    write("list.ndjson", "[1]\n");
    write("torn.ndjson", "{\"host\":\n");
    write("other.ndjson", "{\"a\":1}\n");
    trial("trial-null", "null");
    trial("trial-list", "[]");
    trial("trial-empty", "");
    trial("trial-torn", "{\"trial\":");
    trial("trial-nothing", "{}");
    trial("trial-null-faults", "{\"trial\":1,\"implementation\":\"reference\",\"faults\":null}");
    trial(
        "trial-null-fault",
        "{\"trial\":1,\"implementation\":\"reference\",\"faults\":[null],\"guest\":{}}");
    trial(
        "trial-empty-fault",
        "{\"trial\":1,\"implementation\":\"reference\",\"faults\":[{}],\"guest\":{}}");
    trial(
        "trial-zero", "{\"trial\":0,\"implementation\":\"reference\",\"faults\":[],\"guest\":{}}");
    trial(
        "trial-unknown", "{\"trial\":1,\"implementation\":\"nosuch\",\"faults\":[],\"guest\":{}}");
    Files.createDirectory(folder.resolve("trial-fifo"));
    fifo("trial-fifo/schedule.json");
    Files.createDirectories(folder.resolve("traces-fifo"));
    fifo("traces-fifo/a.ndjson");
    pins("pins-null", "null");
    pins("pins-null-model", "{\"MCPreCopy\":null}");
    pins("pins-list", "[]");
    pins("pins-torn", "{");
    pins("pins-unknown", "{\"Nosuch\":{\"distinctStates\":1,\"depth\":1}}");
    pins("pins-fifo", "{}");
    Files.delete(folder.resolve("pins-fifo/precopy/pins.json"));
    fifo("pins-fifo/precopy/pins.json");
    Files.createDirectories(folder.resolve("pins-none"));
    run("run-null", "null");
    run("run-list", "[]");
    run("run-nothing", "{}");
    run("run-null-run", "{\"run\":null,\"finished\":true}");
    run("run-empty-run", "{\"run\":{},\"finished\":true}");
    run("run-torn", "{");
    Files.createDirectories(folder.resolve("run-fifo"));
    fifo("run-fifo/run.json");
    sealed("unsealed");
    Files.delete(folder.resolve("unsealed/MANIFEST.sha256"));
    sealed("bad-manifest");
    write("bad-manifest/MANIFEST.sha256", "nonsense\n");
    sealed("extra");
    write("extra/further", "x");
    sealed("linked");
    Files.createSymbolicLink(folder.resolve("linked/trials"), folder.resolve("folder"));
    sealed("piped");
    fifo("piped/further");
    sealed("changed");
    Files.writeString(
        folder.resolve("changed/run.json"), " ", java.nio.file.StandardOpenOption.APPEND);
    sealed("misnamed");
    Files.createDirectories(folder.resolve("misnamed/trials/00001"));
    sealed("null-trial");
    Files.createDirectories(folder.resolve("null-trial/trials/0001"));
    write("null-trial/trials/0001/verdict.json", "null");
    reseal("null-trial");
    sealed("null-fields");
    Files.createDirectories(folder.resolve("null-fields/trials/0001"));
    write("null-fields/trials/0001/verdict.json", "{\"id\":1,\"faults\":[null]}");
    reseal("null-fields");
    sealed("null-model");
    Files.createDirectories(folder.resolve("null-model/models/MCPreCopy"));
    write("null-model/models/MCPreCopy/result.json", "null");
    reseal("null-model");
  }

  private static void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private static void fifo(String name) throws Exception {
    assertEquals(
        0, new ProcessBuilder("mkfifo", folder.resolve(name).toString()).start().waitFor());
  }

  private static void trial(String name, String schedule) throws IOException {
    Files.createDirectories(folder.resolve(name));
    write(name + "/schedule.json", schedule);
  }

  private static void pins(String name, String pins) throws IOException {
    Files.createDirectories(folder.resolve(name).resolve("precopy"));
    try (var manifest =
        BadInputTest.class.getResourceAsStream("/landfall/specs/precopy/manifest.json")) {
      Files.copy(manifest, folder.resolve(name).resolve("precopy/manifest.json"));
    }
    write(name + "/precopy/pins.json", pins);
  }

  private static void run(String name, String text) throws Exception {
    sealed(name);
    write(name + "/run.json", text);
    reseal(name);
  }

  private static void sealed(String name) throws IOException {
    var evidence =
        EvidenceFolder.openForRun(
            folder.resolve(name),
            new RunIdentity("campaign reference", new ImplementationVersion("reference", "1"), 1));
    evidence.plan(new Plan(0, List.of()));
    evidence.seal(true);
  }

  /** As anybody can, with sha256sum. */
  private static void reseal(String name) throws Exception {
    Process summed =
        new ProcessBuilder(
                "sh",
                "-c",
                "find . -type f ! -name MANIFEST.sha256 ! -name run.lock | sed 's,^./,,'"
                    + " | xargs sha256sum >MANIFEST.sha256")
            .directory(folder.resolve(name).toFile())
            .start();
    assertEquals(0, summed.waitFor());
  }

  @ParameterizedTest
  @CsvFileSource(
      resources = "/landfall/cli/bad-input.csv",
      delimiter = '|',
      maxCharsPerColumn = 4096)
  void whatCannotBeDoneIsSaidInALine(int status, String line, String said) {
    String given = line == null ? "" : line.replace("DIR", folder.toString());
    Ended ended = run(given.isEmpty() ? new String[0] : given.split(" "));
    assertEquals(status, ended.status(), () -> ended.out() + ended.err());
    assertEquals(1, ended.err().lines().count(), ended::err);
    assertTrue(ended.err().startsWith("landfall: "), ended::err);
    assertTrue(ended.err().contains(said), ended::err);
    assertFalse(ended.err().contains("Exception"), ended::err);
    assertFalse(ended.err().contains("\tat "), ended::err);
  }

  @Command(name = "throws")
  private record Throws(Throwable what) implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
      if (what instanceof Error error) {
        throw error;
      }
      throw (Exception) what;
    }
  }

  private static Ended thrown(Throwable what) {
    PrintStream err = System.err;
    var complaints = new ByteArrayOutputStream();
    try {
      System.setErr(new PrintStream(complaints, true, StandardCharsets.UTF_8));
      int status = Main.execute(new Throws(what));
      return new Ended(status, "", complaints.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(err);
    }
  }

  /** The trace is in a file, which nobody reports here. */
  private static void requireDetails(Ended ended) throws IOException {
    Matcher named = Pattern.compile("details for a bug report are in (\\S+)").matcher(ended.err());
    assertTrue(named.find(), ended::err);
    Path details = Path.of(named.group(1));
    assertTrue(Files.readString(details).contains("\tat "), ended::err);
    Files.delete(details);
  }

  @Test
  void whateverIsThrownIsNoVerdict() throws IOException {
    var memory = new OutOfMemoryError("Java heap space");
    for (Throwable what :
        Arrays.asList(
            memory,
            new IllegalStateException(new ExecutionException(memory)),
            new StackOverflowError(),
            new NoClassDefFoundError("x"),
            new AssertionError("x"),
            new NullPointerException(),
            new IllegalStateException("several\nlines"))) {
      Ended ended = thrown(what);
      assertEquals(Failure.BROKEN, ended.status(), ended::err);
      assertEquals(1, ended.err().lines().count(), ended::err);
      assertFalse(ended.err().contains("\tat "), ended::err);
      if (ended.err().contains("a fault of Landfall itself")) {
        requireDetails(ended);
      }
    }
    assertTrue(thrown(memory).err().contains("LANDFALL_JAVA_OPTS"), thrown(memory)::err);
    assertEquals(Failure.USAGE, thrown(new InvalidPathException("h\u00e9", "unmappable")).status());
    assertTrue(
        thrown(new InvalidPathException("h\u00e9", "unmappable")).err().contains("LC_ALL=C.UTF-8"));
    assertEquals(Failure.INTERRUPTED, thrown(new InterruptedException()).status());
  }

  @Test
  void anAnswerThatCannotBeWrittenIsNone() {
    var full =
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int any) throws IOException {
                throw new IOException("No space left on device");
              }
            });
    var said = new ByteArrayOutputStream();
    var err = new PrintStream(said, true, StandardCharsets.UTF_8);
    full.println("holds");
    assertEquals(Failure.BROKEN, Failure.unlessUnwritten(0, full, err));
    assertTrue(said.toString(StandardCharsets.UTF_8).contains("standard output is full"));
    assertEquals(1, Failure.unlessUnwritten(1, full, err), "a violation stays one");
    assertEquals(0, Failure.unlessUnwritten(0, err, err));
  }

  @Test
  void aFullStandardOutputIsTold() throws Exception {
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "exec \"$0\" -XX:TieredStopAtLevel=1 -cp \"$1\" landfall.cli.Main --help >/dev/full",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                System.getProperty("java.class.path"))
            .start();
    String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(Failure.BROKEN, process.waitFor(), said);
    assertEquals(1, said.lines().count(), said);
  }

  @Test
  void workThatSaysNothingIsSaidToGoOn() {
    var said = new ByteArrayOutputStream();
    var alive = new Alive(new PrintStream(said, true, StandardCharsets.UTF_8), "TLC works");
    long now = System.nanoTime();
    alive.tick(now);
    assertEquals("", said.toString(StandardCharsets.UTF_8));
    long later = now + Duration.ofSeconds(Alive.SECONDS + 1).toNanos();
    alive.tick(later);
    alive.tick(later + 1);
    assertEquals(1, said.toString(StandardCharsets.UTF_8).lines().count());
    assertTrue(said.toString(StandardCharsets.UTF_8).startsWith("landfall: TLC works, "));
    var writer = new StringWriter();
    assertEquals(Failure.USAGE, Failure.of(new IOException("x"), new PrintWriter(writer, true)));
  }
}
