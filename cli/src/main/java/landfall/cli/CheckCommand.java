package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import landfall.evidence.ModelResult;
import landfall.evidence.Verdict;
import landfall.tlc.Lessons;
import landfall.tlc.Model;
import landfall.tlc.ModelRun;
import landfall.tlc.Models;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code landfall check}: the models, compared with the manifest. */
@Command(
    name = "check",
    description = "Checks the models of the specifications and compares them with the manifest.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--tier",
      paramLabel = "TIER",
      description = "Which models: ${COMPLETION-CANDIDATES} (default: quick).")
  private Model.Tier tier;

  @Option(
      names = "--model",
      arity = "1..*",
      paramLabel = "NAME",
      description = "Only these models, of whatever tier; of a mutant the name will do.")
  private List<String> names = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "landfall-check",
      description = "Where counterexamples are kept (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description = "Models checked at once (default: the processors, at most 4).")
  private Integer parallel;

  @Option(
      names = "--pin",
      paramLabel = "DIR",
      description = {
        "Writes the numbers found to each pins.json below this folder, never a verdict.",
        "DIR is specs/src/main/resources/landfall/specs."
      })
  private Path pin;

  @Option(
      names = "--explain",
      paramLabel = "FILE",
      description =
          "Checks the models that teach what goes wrong, and writes a page with what was found.")
  private Path explain;

  @Option(
      names = {"-v", "--verbose"},
      description = "Prints a line for each model, too.")
  private boolean verbose;

  @Option(
      names = "--export",
      arity = "2",
      paramLabel = "MODEL DIR",
      hideParamSyntax = true,
      description = {
        "Checks nothing: writes the .tla and .cfg files of this model to a folder,",
        "for other tools. MODEL may be a mutant."
      })
  private List<String> export = List.of();

  @Option(
      names = "--distributed",
      paramLabel = "N",
      description = {
        "One model after the other, each by so many worker processes.",
        "For models of safety that hold; compares their number of states."
      })
  private Integer distributed;

  @Option(
      names = "--simulate",
      paramLabel = "NAME",
      description = "Looks at random behaviours of this model instead of at all of them.")
  private String simulated;

  @Option(
      names = "--traces",
      paramLabel = "N",
      defaultValue = "1000",
      description = "With --simulate: how many behaviours (default: ${DEFAULT-VALUE}).")
  private int traces;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "100",
      description = "With --simulate: how long each may be (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "With --simulate: the seed of an earlier run, to repeat it.")
  private Long seed;

  /** Options that say which of the jobs is done, with those that mean something beside them. */
  private static final Map<String, Set<String>> BESIDE =
      Map.of(
          "--export", Set.of(),
          "--simulate", Set.of("--traces", "--steps", "--seed", "--out"),
          "--distributed", Set.of("--tier", "--model", "--out"),
          "",
              Set.of(
                  "--tier", "--model", "--out", "--parallel", "--pin", "--explain", "--verbose"));

  private void refuseWhatMeansNothing() {
    Set<String> given = new LinkedHashSet<>();
    spec.commandLine().getParseResult().matchedOptions().stream()
        .map(CommandLine.Model.OptionSpec::longestName)
        .forEach(given::add);
    String job =
        List.of("--export", "--simulate", "--distributed").stream()
            .filter(given::contains)
            .findFirst()
            .orElse("");
    for (String option : given) {
      if (!option.equals(job) && !BESIDE.get(job).contains(option)) {
        throw new IllegalArgumentException(
            option
                + (job.isEmpty()
                    ? " means nothing without --simulate"
                    : " means nothing with " + job));
      }
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    refuseWhatMeansNothing();
    if (!export.isEmpty()) {
      return export();
    }
    if (simulated != null) {
      return simulate();
    }
    List<Model> models = chosen();
    if (distributed != null) {
      return distribute(models);
    }
    if (pin != null) {
      Models.requirePinnable(pin, models);
    }
    if (parallel != null && parallel < 1) {
      throw new IllegalArgumentException("--parallel takes a number from 1, not " + parallel);
    }
    Inputs.writableFolder("--out", out);
    int atOnce =
        parallel == null ? Math.min(4, Runtime.getRuntime().availableProcessors()) : parallel;
    ModelRun run = new ModelRun(out, atOnce);
    List<ModelResult> results;
    long start = System.nanoTime();
    try (ModelTable table = new ModelTable(models, models.size(), verbose)) {
      results = run.run(models, table);
      table.print(System.out, results);
    }
    printTotals(results, (System.nanoTime() - start) / 1e9);
    if (pin != null) {
      Models.pin(pin, run.found());
      System.out.println("pinned " + run.found().size() + " models in " + pin);
    }
    if (explain != null) {
      Lessons.write(explain, out);
      System.out.println("wrote " + explain);
    }
    List<Verdict> verdicts = new ArrayList<>();
    results.forEach(result -> verdicts.add(result.verdict()));
    return Verdict.worst(verdicts).exitCode();
  }

  private int distribute(List<Model> models) throws IOException, InterruptedException {
    if (distributed < 1) {
      throw new IllegalArgumentException("--distributed takes a number from 1, not " + distributed);
    }
    Inputs.writableFolder("--out", out);
    List<ModelResult> results = new ArrayList<>();
    long start = System.nanoTime();
    try (ModelTable table = new ModelTable(models, models.size(), true)) {
      for (Model model : models) {
        ModelResult result = new ModelRun(out, 1).distributed(model, distributed);
        table.accept(result);
        results.add(result);
      }
      table.print(System.out, results);
    }
    printTotals(results, (System.nanoTime() - start) / 1e9);
    return Verdict.worst(results.stream().map(ModelResult::verdict).toList()).exitCode();
  }

  private List<Model> chosen() {
    if ((tier != null ? 1 : 0) + (names.isEmpty() ? 0 : 1) + (explain != null ? 1 : 0) > 1) {
      throw new IllegalArgumentException("only one of --tier, --model and --explain");
    }
    if (explain != null) {
      Inputs.writableFile("--explain", explain);
      return Models.named(Lessons.models());
    }
    return names.isEmpty()
        ? Models.of(tier == null ? Model.Tier.QUICK : tier)
        : Models.named(names);
  }

  private int simulate() throws IOException, InterruptedException {
    if (tier != null || !names.isEmpty() || traces < 1 || steps < 1) {
      throw new IllegalArgumentException(
          "--simulate takes one model, and at least one behaviour of at least one step");
    }
    Model model = Models.named(List.of(simulated)).get(0);
    if (model.mutation() != null) {
      throw new IllegalArgumentException("--simulate takes a model that is not a mutant");
    }
    Inputs.writableFolder("--out", out);
    long chosen = seed == null ? System.nanoTime() & 0x7fffffffL : seed;
    ModelResult result =
        Alive.during(
            "TLC looks at behaviours of " + model.name(),
            () -> new ModelRun(out, 1).simulate(model, traces, steps, chosen));
    System.out.printf(
        Locale.ROOT,
        "%s: %s; %,d states, %.1f s%n",
        result.model(),
        result.found(),
        result.distinctStates(),
        result.millis() / 1e3);
    return result.verdict().exitCode();
  }

  private int export() throws IOException {
    if (export.size() != 2 || tier != null || !names.isEmpty() || pin != null || explain != null) {
      throw new IllegalArgumentException(
          "--export takes one model and a folder, and no --tier, --model, --pin or --explain");
    }
    Model model = Models.anyNamed(export.get(0));
    Path folder = Path.of(export.get(1));
    List<String> files = Models.export(model, folder);
    System.out.printf("wrote %s to %s%n", String.join(", ", files), folder);
    System.out.printf(
        "run: java -cp tla2tools.jar tlc2.TLC -config %s %s.tla%n", files.get(0), model.root());
    return 0;
  }

  private void printTotals(List<ModelResult> results, double seconds) {
    long wrong = results.stream().filter(result -> !result.ok()).count();
    System.out.printf(
        Locale.ROOT,
        "%d models, %,d distinct states, %.0f s: %s; counterexamples are in %s%n",
        results.size(),
        results.stream().mapToLong(ModelResult::distinctStates).sum(),
        seconds,
        wrong == 0 ? "each as the manifest expects" : wrong + " not as the manifest expects",
        out.resolve("counterexamples"));
  }
}
