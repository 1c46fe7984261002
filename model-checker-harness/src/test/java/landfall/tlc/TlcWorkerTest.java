package landfall.tlc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import landfall.specs.SpecFiles;
import landfall.testing.AtLength;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that runs one model after the other. */
class TlcWorkerTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  @TempDir Path folder;
  private Path specs;
  private Path starters;
  private int runs;

  /** What TLC is to read: a module and a configuration. */
  private record Task(String name, String module, String config) {}

  @BeforeEach
  void writeSpecs() throws IOException {
    specs = Files.createDirectory(folder.resolve("specs"));
    SpecFiles.copyTo(specs);
    Files.writeString(specs.resolve("Stops.tla"), counting("Stops", "n < 3 /\\ n' = n + 1"));
    Files.writeString(specs.resolve("Endless.tla"), counting("Endless", "n' = n + 1"));
    ActionCount.jarIn(folder);
    starters = folder.resolve(ActionCount.JAR);
  }

  private static String counting(String module, String next) {
    return """
        ---- MODULE %s ----
        EXTENDS Naturals
        VARIABLE n
        Init == n = 0
        Next == %s
        ====
        """
        .formatted(module, next);
  }

  private static Task known(String name) {
    Model model = Models.anyNamed(name);
    return new Task(name, model.module(), model.config());
  }

  private static Task plain(String module) {
    return new Task(module, module, "INIT Init\nNEXT Next\n");
  }

  /** Each ends in another way, and with other modules, strings and options than the next. */
  private static List<Task> tasks() {
    List<Task> tasks = new ArrayList<>();
    tasks.add(known("MCLiveMigration"));
    tasks.add(plain("Stops"));
    tasks.add(known("MCDirectPreCopyInDoubtForEver"));
    tasks.add(known("MCDirectPreCopyUnacknowledged"));
    tasks.add(new Task("wrong", "MCHandover", known("MCLiveMigration").config()));
    tasks.add(known("IndHandoverArbiterFromInit"));
    tasks.add(known("ReachDiverged"));
    return tasks;
  }

  private String run(TlcWorker worker, Task task) throws Exception {
    Path scratch = Files.createDirectory(folder.resolve("run-" + ++runs));
    return said(worker.run(specs, scratch, options(), task.module(), config(task), LIMIT));
  }

  private String alone(Task task) throws Exception {
    Path scratch = Files.createDirectory(folder.resolve("run-" + ++runs));
    return said(
        new TlcProcess()
            .startedBy(starters)
            .jvm("-XX:TieredStopAtLevel=1")
            .tlc(options().toArray(String[]::new))
            .run(specs, scratch, task.module(), config(task)));
  }

  private static List<String> options() {
    return List.of("-coverage", "60");
  }

  private String config(Task task) throws IOException {
    String file = "run-" + task.name() + ".cfg";
    Files.writeString(specs.resolve(file), task.config());
    return file;
  }

  /** What TLC printed, without times, machine and temporary folders. */
  private static String said(Path output) throws IOException {
    List<String> lines = new ArrayList<>();
    boolean ofTheMachine = false;
    for (String line : Files.readAllLines(output, StandardCharsets.ISO_8859_1)) {
      ofTheMachine |= line.matches("@!@!@STARTMSG (2187|2401):.*");
      if (!ofTheMachine && !line.startsWith("Parsing file ")) {
        lines.add(
            line.replaceAll("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d", "TIME")
                .replaceAll("\\b\\d+(ms|s|min)\\b", "SPAN")
                .replaceAll("\\([\\d,]+ s/min\\)|\\([\\d,]+ ds/min\\)", "RATE"));
      }
      ofTheMachine &= !line.startsWith("@!@!@ENDMSG ");
    }
    return String.join("\n", lines);
  }

  @Test
  @AtLength
  void aModelSaysAfterOthersWhatItSaysAlone() throws Exception {
    Map<String, String> expected = new LinkedHashMap<>();
    for (Task task : tasks()) {
      expected.put(task.name(), alone(task));
    }
    assertTrue(expected.get("MCLiveMigration").contains("No error has been found"));
    assertTrue(expected.get("Stops").contains("Deadlock reached"), expected.get("Stops"));
    assertTrue(expected.get("MCDirectPreCopyInDoubtForEver").contains("Temporal properties were"));
    List<Task> backwards = new ArrayList<>(tasks());
    Collections.reverse(backwards);
    for (List<Task> order : List.of(tasks(), backwards)) {
      Map<String, String> found = new TreeMap<>();
      try (var worker = new TlcWorker(folder.resolve("worker-" + runs), starters)) {
        for (Task task : order) {
          found.put(task.name(), run(worker, task));
        }
      }
      assertEquals(new TreeMap<>(expected), found);
    }
  }

  @Test
  void aModelFindsAfterOthersWhatIsPinned() throws Exception {
    try (var worker = new TlcWorker(folder.resolve("worker"), starters)) {
      for (String name : List.of("ReachDiverged", "MCLiveMigration", "ReachDiverged")) {
        Path scratch = Files.createDirectory(folder.resolve("run-" + ++runs));
        Task task = known(name);
        Path printed = worker.run(specs, scratch, options(), task.module(), config(task), LIMIT);
        Model pinned = Models.anyNamed(name);
        TlcOutput output = TlcOutput.read(printed, specs);
        assertEquals(pinned.distinctStates(), output.distinctStates());
        assertEquals(!pinned.holds(), output.hasCounterexample());
      }
    }
  }

  @Test
  void aModelThatTakesTooLongEndsAloneAndTheNextIsChecked() throws Exception {
    try (var worker = new TlcWorker(folder.resolve("worker"), starters)) {
      Task endless = plain("Endless");
      Path scratch = Files.createDirectory(folder.resolve("endless"));
      IOException late =
          assertThrows(
              IOException.class,
              () ->
                  worker.run(
                      specs,
                      scratch,
                      List.of(),
                      endless.module(),
                      config(endless),
                      Duration.ofSeconds(2)));
      assertEquals("TLC did not end within 2 s", late.getMessage());
      assertTrue(jvms().isEmpty());
      assertTrue(run(worker, plain("Stops")).contains("Deadlock reached"));
    }
    assertTrue(jvms().isEmpty());
  }

  @Test
  void aJvmThatIsKilledTakesOneModelWithItAndTheNextIsChecked() throws Exception {
    try (var worker = new TlcWorker(folder.resolve("worker"), starters)) {
      Path printed = folder.resolve("run-" + (runs + 1)).resolve("tlc.out");
      var killer =
          new Thread(
              () -> {
                while (!Files.exists(printed)) {
                  Thread.onSpinWait();
                }
                killTheFirst();
              });
      killer.start();
      String cut = run(worker, plain("Endless"));
      killer.join();
      assertFalse(cut.contains("No error has been found"), cut);
      assertTrue(run(worker, plain("Stops")).contains("Deadlock reached"));
    }
  }

  @Test
  void aModelWhoseJvmEndsAfterOtherModelsIsCheckedAgainInOneOfItsOwn() throws Exception {
    try (var worker = new TlcWorker(folder.resolve("worker"), starters)) {
      run(worker, plain("Stops"));
      killTheFirst();
      assertTrue(run(worker, plain("Stops")).contains("Deadlock reached"));
    }
  }

  @Test
  void anInterruptEndsTheJvm() throws Exception {
    try (var worker = new TlcWorker(folder.resolve("worker"), starters)) {
      var run =
          new Thread(
              () -> assertThrows(InterruptedException.class, () -> run(worker, plain("Endless"))));
      run.start();
      ProcessHandle jvm = first();
      run.interrupt();
      run.join(20_000);
      assertFalse(run.isAlive());
      jvm.onExit().get(20, TimeUnit.SECONDS);
    }
  }

  private void killTheFirst() {
    ProcessHandle jvm = first();
    jvm.destroyForcibly();
    jvm.onExit().join();
  }

  private ProcessHandle first() {
    // What a process is called is unknown for a moment while the shell becomes the JVM.
    List<ProcessHandle> found = jvms();
    while (found.isEmpty()) {
      Thread.onSpinWait();
      found = jvms();
    }
    return found.get(0);
  }

  /** Those of this test: another one may have left a JVM that stays. */
  private List<ProcessHandle> jvms() {
    return ProcessHandle.current()
        .descendants()
        .filter(
            child -> {
              String line = child.info().commandLine().orElse("");
              return line.contains(TlcWorkerMain.class.getName())
                  && line.contains(starters.toString());
            })
        .toList();
  }
}
