package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import landfall.explorer.Behaviour;
import landfall.explorer.Bounds;
import landfall.explorer.Comparison;
import landfall.explorer.Difference;
import landfall.explorer.Exploration;
import landfall.explorer.Following;
import landfall.precopy.Mutant;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code landfall explore}: the protocol core against TLC's graph of {@code PreCopy}. */
@Command(
    name = "explore",
    description = {
      "Holds the engine's protocol core against the model PreCopy, state by state.",
      "TLC writes every state and step within the bounds; the core is explored within the same."
    },
    footerHeading = "%nExit status:%n",
    footer = {
      "    0  core and specification have the same states and steps",
      "       (with --all: and no mutant of the protocol has)",
      "    1  they differ",
      "  255  wrong usage"
    },
    mixinStandardHelpOptions = true)
final class ExploreCommand implements Callable<Integer> {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--attempts",
      defaultValue = "2",
      paramLabel = "N",
      description = {
        "Most attempts of the source (default: ${DEFAULT-VALUE}).",
        "One more means about ten times as many states."
      })
  private int attempts;

  @Option(
      names = "--steps",
      defaultValue = "1",
      paramLabel = "N",
      description = "Most writes of the guest (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(names = "--arbiter", description = "Ownership is a lock on shared storage.")
  private boolean arbiter;

  @Option(
      names = "--mutant",
      paramLabel = "N",
      description = "Run the core with this defect of the catalogue: 1, 2, 13, 14, 15 or 33.")
  private Integer mutant;

  @Option(names = "--all", description = "The core as it is, then each mutant, in one table.")
  private boolean all;

  @Option(
      names = "--follow",
      paramLabel = "FILE.json",
      description = {
        "Explore nothing; take the core along a behaviour that 'landfall check' found."
      })
  private Path followed;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (followed != null) {
      return follow();
    }
    if (all && mutant != null) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--all already includes every mutant: give --all or --mutant");
    }
    var bounds = Bounds.of(steps, attempts, arbiter);
    var runs = runs();
    System.err.printf(
        "landfall: TLC writes the graph of PreCopy: %d pages, --steps %d, --attempts %d, %s%n",
        bounds.pages(), steps, attempts, arbiter ? "--arbiter" : "no arbiter");
    var exploration = Exploration.within(bounds);
    System.err.printf(
        "landfall: ready after %.1f s; now the core%n",
        exploration.modelChecking().toMillis() / 1000.0);
    var comparisons = new ArrayList<Comparison>();
    for (Set<Mutant> mutants : runs) {
      comparisons.add(exploration.compare(mutants));
    }
    System.out.println(Comparison.table(comparisons));
    return all ? answerForAll(comparisons) : answer(comparisons.get(0));
  }

  private int follow() throws IOException {
    var behaviour = Behaviour.read(followed);
    var following = Following.of(behaviour, mutants());
    System.out.printf(
        "%s: the core takes %d of %d steps%s%n",
        behaviour.model(),
        following.taken(),
        following.steps(),
        following.refused().map(action -> ", and does not take " + action).orElse(""));
    return following.refused().isEmpty() ? 0 : 1;
  }

  private Set<Mutant> mutants() {
    return mutant == null ? Set.of() : EnumSet.of(Mutant.ofDefect(mutant));
  }

  private List<Set<Mutant>> runs() {
    if (!all) {
      return List.of(mutants());
    }
    var runs = new ArrayList<Set<Mutant>>();
    runs.add(Set.of());
    for (Mutant each : Mutant.values()) {
      runs.add(EnumSet.of(each));
    }
    return runs;
  }

  private int answer(Comparison comparison) {
    System.out.println();
    for (var side : Difference.Side.values()) {
      comparison.examples().stream()
          .filter(example -> example.onlyIn() == side)
          .findFirst()
          .ifPresent(System.out::println);
    }
    if (mutant != null && !Exploration.isInModel(Mutant.ofDefect(mutant))) {
      System.out.println(
          comparison.subject()
              + " is a mistake of encoding, below the model: it cannot show here.");
    }
    System.out.printf(
        "%s: %s and specification, within these bounds.%n",
        comparison.equal() ? "equal" : "different", comparison.subject());
    return comparison.equal() ? 0 : 1;
  }

  private int answerForAll(List<Comparison> comparisons) {
    var core = comparisons.get(0);
    String unseen =
        comparisons.stream()
            .filter(run -> run.equal() && run.mutants().stream().anyMatch(Exploration::isInModel))
            .map(Comparison::subject)
            .collect(Collectors.joining("; "));
    String below =
        comparisons.stream()
            .filter(run -> !run.mutants().stream().allMatch(Exploration::isInModel))
            .map(Comparison::subject)
            .collect(Collectors.joining("; "));
    System.out.println();
    System.out.println(below + " is a mistake of encoding, below the model: it cannot show here.");
    if (!unseen.isEmpty()) {
      System.out.println("not told from the specification within these bounds: " + unseen);
    }
    System.out.println((core.equal() ? "equal" : "different") + ": core and specification.");
    return core.equal() && unseen.isEmpty() ? 0 : 1;
  }
}
