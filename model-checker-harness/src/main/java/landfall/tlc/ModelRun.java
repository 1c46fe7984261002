package landfall.tlc;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.evidence.ModelResult;
import landfall.processes.ScratchFolder;
import landfall.specs.SpecFiles;

/**
 * Checks models side by side and keeps their counterexamples: {@code counterexamples/NAME.txt} for
 * a person and {@code counterexamples/NAME.json} for a program.
 */
public final class ModelRun {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final Pattern PROPERTIES =
      Pattern.compile("^(?:PROPERTY|PROPERTIES)\\s+(.+)$", Pattern.MULTILINE);
  private static final Pattern FAIR =
      Pattern.compile("^SPECIFICATION +FairSpec", Pattern.MULTILINE);
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Duration LIMIT_DEEP = Duration.ofHours(4);
  // Below so many states the optimizing compiler costs more than it gains (measured).
  private static final long SMALL = 100_000;
  // From so many models with a JVM each it pays to keep TLC's loaded classes for the next
  // (measured).
  private static final int MANY = 8;
  // States of a model of which no count is pinned, as a guess: mutants are killed early.
  private static final long UNKNOWN = 2_000;

  private final Path outFolder;
  private final int parallel;
  private final Map<String, Model> found = new ConcurrentHashMap<>();

  /**
   * A run of models.
   *
   * @param outFolder where the counterexamples are kept; made if it does not exist
   * @param parallel how many models are checked at once
   */
  public ModelRun(Path outFolder, int parallel) {
    if (parallel < 1) {
      throw new IllegalArgumentException("at least one model at a time, not " + parallel);
    }
    this.outFolder = outFolder;
    this.parallel = parallel;
  }

  /**
   * Checks the models. An interrupt ends the children and then this run.
   *
   * @param models which ones, in any order; one worker begins with the largest, the others with the
   *     smallest, so that most results are there early
   * @param finished told of each result as it comes, from several threads but never from two at
   *     once
   * @return the results in the order of {@code models}
   * @throws IOException if the folder cannot be written
   */
  public List<ModelResult> run(List<Model> models, Consumer<ModelResult> finished)
      throws IOException, InterruptedException {
    Files.createDirectories(outFolder.resolve("counterexamples"));
    Path scratch = ScratchFolder.create("tlc");
    ExecutorService pool = Executors.newFixedThreadPool(parallel);
    try {
      Path specs = specsIn(scratch);
      ActionCount.jarIn(scratch);
      List<Model> alone = models.stream().filter(ModelRun::needsOwnJvm).toList();
      if (alone.size() >= MANY) {
        keepClasses(alone, specs, scratch);
      }
      Map<String, ModelResult> results = new ConcurrentHashMap<>();
      List<Future<?>> workers = new ArrayList<>();
      Deque<Model> due = new ConcurrentLinkedDeque<>(smallestFirst(models));
      for (int i = 0; i < parallel; i++) {
        boolean takesLargest = i == 0 && parallel > 1;
        var worker =
            new TlcWorker(scratch.resolve("worker-" + i), scratch.resolve(ActionCount.JAR));
        workers.add(
            pool.submit(() -> work(due, takesLargest, worker, specs, scratch, results, finished)));
      }
      for (Future<?> worker : workers) {
        worker.get();
      }
      return models.stream().map(model -> results.get(model.name())).toList();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException unwritable) {
        throw unwritable;
      }
      throw new IllegalStateException(failed.getCause());
    } finally {
      pool.shutdownNow();
      pool.awaitTermination(10, TimeUnit.SECONDS);
      ScratchFolder.delete(scratch);
    }
  }

  private static List<Model> smallestFirst(List<Model> models) {
    List<Model> sorted = new ArrayList<>(models);
    sorted.sort(
        Comparator.comparingLong(
            model -> model.distinctStates() == null ? UNKNOWN : model.distinctStates()));
    return sorted;
  }

  /** Checks models from one end of the queue, until there are none or another worker fails. */
  private Void work(
      Deque<Model> due,
      boolean takesLargest,
      TlcWorker worker,
      Path specs,
      Path scratch,
      Map<String, ModelResult> results,
      Consumer<ModelResult> finished)
      throws IOException, InterruptedException {
    try (worker) {
      for (Model model = next(due, takesLargest); model != null; model = next(due, takesLargest)) {
        ModelResult result = check(model, worker, specs, scratch);
        results.put(model.name(), result);
        synchronized (finished) {
          finished.accept(result);
        }
      }
      return null;
    } catch (IOException | InterruptedException | RuntimeException failed) {
      due.clear();
      throw failed;
    }
  }

  private static Model next(Deque<Model> due, boolean takesLargest) {
    return takesLargest ? due.pollLast() : due.pollFirst();
  }

  /**
   * Looks at random behaviours of a model, for bounds that cannot be exhausted. The same seed gives
   * the same behaviours.
   *
   * @param model which one
   * @param traces how many behaviours
   * @param steps how long each may be at most
   * @param seed where chance begins
   * @return what was found: a violation that is not expected is not ok, and none says nothing about
   *     the behaviours that were not looked at
   * @throws IOException if the folder cannot be written, or TLC does not end within an hour
   */
  public ModelResult simulate(Model model, int traces, int steps, long seed)
      throws IOException, InterruptedException {
    Files.createDirectories(outFolder.resolve("counterexamples"));
    Path scratch = ScratchFolder.create("tlc");
    long start = System.nanoTime();
    try {
      Path specs = specsIn(scratch);
      Path printed =
          new TlcProcess()
              .jvm("-Xmx1000m")
              .limit(Duration.ofHours(1))
              .tlc("-simulate", "num=" + traces, "-depth", Integer.toString(steps))
              .tlc("-seed", Long.toString(seed))
              .run(specs, scratch, model.module(), config(model, specs));
      TlcOutput output = TlcOutput.read(printed, specs);
      String which = traces + " behaviours, seed " + seed;
      if (output.hasCounterexample()) {
        String config = model.config();
        String property = output.violatedProperty(properties(config));
        String file = keep(model, output.counterexample(model.name(), property, about(config)));
        String found = "counterexample of " + property + " within " + which;
        boolean expected = property.equals(model.property());
        return result(
            model, found, output.generatedStates(), 0, millisSince(start), expected, file);
      }
      boolean looked = output.errors().isEmpty() && output.generatedStates() > 0;
      String found =
          looked
              ? "no counterexample in " + which
              : "no answer: " + String.join(" ", output.errors());
      return result(model, found, output.generatedStates(), 0, millisSince(start), looked, null);
    } finally {
      ScratchFolder.delete(scratch);
    }
  }

  /**
   * Checks a model with several processes, for bounds that are too much for one. Only the number of
   * states is compared with the manifest: TLC's distributed mode tells neither actions nor depth.
   *
   * @param model a model that must hold, without liveness, which that mode would pass unseen
   * @param workers how many worker processes
   * @throws IllegalArgumentException if it is another kind of model
   * @throws IOException if the folder cannot be written, or TLC does not end within four hours
   */
  public ModelResult distributed(Model model, int workers)
      throws IOException, InterruptedException {
    if (!model.holds() || model.mutation() != null || FAIR.matcher(model.config()).find()) {
      throw new IllegalArgumentException(
          model.name() + ": only models of safety that hold can be checked distributed");
    }
    Path scratch = ScratchFolder.create("tlc");
    long start = System.nanoTime();
    try {
      Path specs = specsIn(scratch);
      Path printed =
          new TlcProcess()
              .jvm("-Xmx1500m")
              .limit(LIMIT_DEEP)
              .runDistributed(specs, scratch, model.module(), config(model, specs), workers);
      TlcOutput output = TlcOutput.read(printed, specs);
      List<String> differences = new ArrayList<>();
      differs(differences, "distinct states", model.distinctStates(), output.distinctStates());
      boolean ok = output.succeeded() && differences.isEmpty();
      String found = "holds, by " + workers + " workers";
      if (!output.succeeded()) {
        // The server prints neither which property was violated nor the shortest way there.
        found = "not found to hold: check it without --distributed to see why";
        found += output.errors().isEmpty() ? "" : "; " + String.join(" ", output.errors());
      } else if (!ok) {
        found += "; " + String.join("; ", differences);
      }
      return result(model, found, output.distinctStates(), 0, millisSince(start), ok, null);
    } finally {
      ScratchFolder.delete(scratch);
    }
  }

  private static Path specsIn(Path folder) throws IOException {
    Path specs = Files.createDirectory(folder.resolve("specs"));
    SpecFiles.copyTo(specs);
    return specs;
  }

  /** Writes the model's configuration, under a name that no other model has. */
  private static String config(Model model, Path specs) throws IOException {
    String file = "run-" + model.fileName() + ".cfg";
    Files.writeString(specs.resolve(file), model.config(), StandardCharsets.UTF_8);
    return file;
  }

  /**
   * The models as they were found, for {@link Models#pin}: only those that did what is expected of
   * them, since a pin must not turn a failure into an expectation.
   */
  public Map<String, Model> found() {
    return Map.copyOf(found);
  }

  /** Runs the smallest model, only for the classes that it makes TLC load. */
  private static void keepClasses(List<Model> models, Path specs, Path scratch)
      throws IOException, InterruptedException {
    Model smallest =
        models.stream()
            .filter(model -> model.mutation() == null && model.distinctStates() != null)
            .min(Comparator.comparingLong(Model::distinctStates))
            .orElse(null);
    if (smallest != null) {
      new TlcProcess()
          .jvm("-XX:TieredStopAtLevel=1")
          .keepClassesIn(classes(scratch))
          .startedBy(scratch.resolve(ActionCount.JAR))
          .tlc("-coverage", "60")
          .run(
              specs,
              Files.createDirectory(scratch.resolve("classes")),
              smallest.module(),
              config(smallest, specs));
    }
  }

  private static Path classes(Path scratch) {
    return scratch.resolve("classes.jsa");
  }

  /** Whether a model is large enough to pay for a JVM and for the optimizing compiler. */
  private static boolean needsOwnJvm(Model model) {
    return model.tier() == Model.Tier.DEEP
        || model.distinctStates() != null && model.distinctStates() >= SMALL;
  }

  private ModelResult check(Model model, TlcWorker worker, Path specs, Path scratch)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Path own = Files.createDirectory(scratch.resolve(model.fileName()));
    try {
      Path folder = specs;
      if (model.mutation() != null) {
        folder = specsIn(own);
        mutate(model.mutation(), folder);
      }
      if (UnchangedSteps.isAskedOf(model)) {
        for (var file : UnchangedSteps.files(model, Models.neededBy(model.module())).entrySet()) {
          Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
      }
      String config = config(model, folder);
      List<String> options = model.countsActions() ? List.of("-coverage", "60") : List.of();
      Path printed =
          needsOwnJvm(model)
              ? alone(model, options, scratch).run(folder, own, model.root(), config)
              : worker.run(folder, own, options, model.root(), config, LIMIT);
      return compare(model, TlcOutput.read(printed, folder), millisSince(start));
    } catch (IOException | IllegalArgumentException broken) {
      return result(
          model, "nothing: " + broken.getMessage(), 0, 0, millisSince(start), false, null);
    } finally {
      ScratchFolder.delete(own);
    }
  }

  private static TlcProcess alone(Model model, List<String> options, Path scratch) {
    boolean deep = model.tier() == Model.Tier.DEEP;
    TlcProcess tlc =
        new TlcProcess()
            .jvm(deep ? "-Xmx1500m" : "-Xmx1000m")
            .startedBy(scratch.resolve(ActionCount.JAR))
            .classesFrom(classes(scratch))
            .limit(deep ? LIMIT_DEEP : LIMIT)
            .tlc(options.toArray(String[]::new));
    if (model.distinctStates() == null || model.distinctStates() < SMALL) {
      tlc.jvm("-XX:TieredStopAtLevel=1");
    }
    return tlc;
  }

  private static void mutate(Model.Mutation mutation, Path folder) throws IOException {
    Path file = folder.resolve(mutation.file());
    Files.writeString(file, mutated(mutation, Files.readString(file)));
  }

  /** The text of the mutated file. */
  static String mutated(Model.Mutation mutation, String text) {
    if (mutation.at() >= 0) {
      int end = mutation.at() + mutation.find().length();
      return text.substring(0, mutation.at()) + mutation.replace() + text.substring(end);
    }
    int first = text.indexOf(mutation.find());
    if (first < 0 || text.indexOf(mutation.find(), first + 1) >= 0) {
      throw new IllegalArgumentException(
          "the text to replace must occur exactly once in "
              + mutation.file()
              + (first < 0 ? ", but does not occur: " : ", but occurs more often: ")
              + mutation.find());
    }
    return text.replace(mutation.find(), mutation.replace());
  }

  private ModelResult compare(Model model, TlcOutput output, long millis) throws IOException {
    String config = model.config();
    if (output.hasCounterexample()) {
      String property = output.violatedProperty(properties(config));
      String about = model.mutation() == null ? about(config) : model.mutation().why();
      Counterexample counterexample = output.counterexample(model.name(), property, about);
      String file = keep(model, counterexample);
      return verdict(
          model,
          output,
          "counterexample of " + property,
          property.equals(model.property()),
          counterexample.steps().size(),
          millis,
          file);
    }
    if (output.succeeded() && model.neverTaken() != null) {
      boolean lost = output.actions().getOrDefault(model.neverTaken(), 0L) == 0;
      String found = lost ? model.property() : "holds";
      return verdict(model, output, found, lost, output.depth(), millis, null);
    }
    if (output.succeeded()) {
      return verdict(model, output, "holds", model.holds(), output.depth(), millis, null);
    }
    boolean parsed = output.errors().stream().noneMatch(error -> error.contains("Parsing"));
    if (Model.NOT_EVALUABLE.equals(model.property()) && !output.errors().isEmpty() && parsed) {
      return verdict(model, output, model.property(), true, output.depth(), millis, null);
    }
    List<String> said = output.errors().isEmpty() ? output.printed() : output.errors();
    String last = said.isEmpty() ? "TLC said nothing" : String.join(" ", said);
    String why = last.length() > 600 ? last.substring(0, 600) + " ..." : last;
    return result(model, "no answer: " + why.replaceAll("\\s+", " "), 0, 0, millis, false, null);
  }

  private ModelResult verdict(
      Model model,
      TlcOutput output,
      String found,
      boolean asExpected,
      int depth,
      long millis,
      String file) {
    SortedSet<String> taken = new TreeSet<>();
    output
        .actions()
        .forEach(
            (action, times) -> {
              if (times > 0) {
                taken.add(action);
              }
            });
    List<String> differences = new ArrayList<>();
    if (asExpected) {
      differs(differences, "distinct states", model.distinctStates(), output.distinctStates());
      differs(differences, "depth", model.depth(), depth);
      if (model.actions() != null) {
        note(differences, "actions not taken any more: ", model.actions(), taken);
        note(differences, "actions taken beyond the manifest: ", taken, model.actions());
      } else if (model.mutation() == null && model.countsActions()) {
        differences.add("the manifest pins no actions");
      }
      if (model.mutation() == null) {
        this.found.put(
            model.name(),
            new Model(
                model.name(),
                model.protocol(),
                model.module(),
                model.config(),
                model.tier(),
                model.property(),
                output.distinctStates(),
                depth,
                model.countsActions() ? taken : null,
                model.actionsOf(),
                null));
      }
    }
    boolean ok = asExpected && differences.isEmpty();
    String words = differences.isEmpty() ? found : found + "; " + String.join("; ", differences);
    return new ModelResult(
        model.name(),
        model.holds() ? ModelResult.Kind.HOLDS : ModelResult.Kind.COUNTEREXAMPLE,
        model.expectation(),
        words,
        output.distinctStates(),
        model.distinctStates(),
        depth,
        millis,
        ok,
        output.actions(),
        file);
  }

  private static void differs(List<String> differences, String what, Number pinned, long found) {
    if (pinned == null) {
      return;
    }
    if (pinned.longValue() != found) {
      differences.add(what + " " + found + ", the manifest pins " + pinned);
    }
  }

  private static void note(
      List<String> differences, String what, SortedSet<String> these, SortedSet<String> those) {
    SortedSet<String> missing = new TreeSet<>(these);
    missing.removeAll(those);
    if (!missing.isEmpty()) {
      differences.add(what + String.join(", ", missing));
    }
  }

  private static ModelResult result(
      Model model, String found, long states, int depth, long millis, boolean ok, String file) {
    return new ModelResult(
        model.name(),
        model.holds() ? ModelResult.Kind.HOLDS : ModelResult.Kind.COUNTEREXAMPLE,
        model.expectation(),
        found,
        states,
        model.distinctStates(),
        depth,
        millis,
        ok,
        Map.of(),
        file);
  }

  private String keep(Model model, Counterexample counterexample) throws IOException {
    String name = "counterexamples/" + model.fileName();
    Files.writeString(
        outFolder.resolve(name + ".txt"), counterexample.text(), StandardCharsets.UTF_8);
    Files.writeString(
        outFolder.resolve(name + ".json"),
        JSON.writeValueAsString(counterexample) + "\n",
        StandardCharsets.UTF_8);
    return name + ".txt";
  }

  static List<String> properties(String config) {
    List<String> names = new ArrayList<>();
    Matcher matcher = PROPERTIES.matcher(config);
    while (matcher.find()) {
      names.addAll(List.of(matcher.group(1).strip().split("\\s+")));
    }
    return names;
  }

  /** The comment at the head of a configuration. */
  static String about(String config) {
    StringBuilder text = new StringBuilder();
    for (String line : config.lines().toList()) {
      if (!line.startsWith("\\*")) {
        break;
      }
      text.append(text.isEmpty() ? "" : " ").append(line.substring(2).strip());
    }
    return text.toString();
  }

  private static long millisSince(long startNanos) {
    return (System.nanoTime() - startNanos) / 1_000_000;
  }
}
