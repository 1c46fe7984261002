package landfall.explorer;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import landfall.precopy.Mutant;
import landfall.precopy.Protocol;

/** TLC's graph of {@code PreCopy} within bounds, and cores to hold against it. */
public final class Exploration {
  private static final int EXAMPLES_MAX = 3;

  private final Bounds bounds;
  private final States states = new States();
  private final Graph spec;
  private final Duration modelChecking;

  private Exploration(Bounds bounds) throws IOException, InterruptedException {
    this.bounds = bounds;
    long start = System.nanoTime();
    this.spec = TlcGraph.of(bounds, states);
    this.modelChecking = Duration.ofNanos(System.nanoTime() - start);
  }

  /**
   * Runs TLC in a JVM of its own and reads its graph, which all comparisons then share. {@code
   * IOException} if TLC does not start, fails, or writes what cannot be read.
   */
  public static Exploration within(Bounds bounds) throws IOException, InterruptedException {
    return new Exploration(bounds);
  }

  /**
   * False for a mistake below the model, which no exploration can show: {@code PreCopy} has
   * versions of pages, and neither their contents nor their encodings.
   */
  public static boolean isInModel(Mutant mutant) {
    return switch (mutant) {
      case RESUME_UNACKNOWLEDGED,
          IGNORE_LOST_HANDOVER,
          RETRY_SENDS_DIRTY_ONLY,
          MISS_PAGES_AT_START,
          ACCEPT_STALE_FRAMES ->
          true;
      case KEEP_CONTENT_OF_ZERO_PAGES -> false;
    };
  }

  /** How long it took TLC to write its graph, and to read it. */
  public Duration modelChecking() {
    return modelChecking;
  }

  /** Explores the core with these deliberate mistakes (none for the core as it is). */
  public Comparison compare(Set<Mutant> mutants) {
    long start = System.nanoTime();
    var protocol = new Protocol(bounds.pages(), bounds.arbiter(), mutants);
    var core = CoreGraph.explore(bounds, protocol, states);
    var exploring = Duration.ofNanos(System.nanoTime() - start);
    long[] onlyCore = core.graph().stepsBeyond(spec);
    long[] onlySpec = spec.stepsBeyond(core.graph());
    var examples = new ArrayList<Difference>();
    examples.addAll(examples(core, onlyCore, Difference.Side.CORE));
    examples.addAll(examples(core, onlySpec, Difference.Side.SPEC));
    examples.sort(Comparator.comparingInt(example -> example.path().size()));
    return new Comparison(
        mutants,
        core.worlds(),
        core.graph().stateCount(),
        spec.stateCount(),
        core.graph().stepCount(),
        spec.stepCount(),
        core.graph().statesBeyond(spec),
        spec.statesBeyond(core.graph()),
        onlyCore.length,
        onlySpec.length,
        examples,
        exploring);
  }

  // Steps from a state that both sides reach. There is one whenever the graphs differ: a state that
  // only one side reaches lies behind such a step.
  private List<Difference> examples(CoreGraph core, long[] steps, Difference.Side side) {
    return Arrays.stream(steps)
        .filter(step -> spec.hasState(Graph.from(step)) && core.reached(Graph.from(step)))
        .boxed()
        .sorted(Comparator.comparingInt(step -> core.place(Graph.from(step))))
        .limit(EXAMPLES_MAX)
        .map(
            step ->
                new Difference(
                    side,
                    states.actionName(Graph.action(step)),
                    core.path(Graph.from(step)),
                    states.text(Graph.from(step)),
                    states.text(Graph.to(step))))
        .toList();
  }
}
