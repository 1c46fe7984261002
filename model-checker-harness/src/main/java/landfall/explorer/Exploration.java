package landfall.explorer;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** TLC's graph of a protocol's module within bounds, and cores to hold against it. */
public final class Exploration {
  private static final int EXAMPLES_MAX = 3;

  private final ExploredProtocol protocol;
  private final Bounds bounds;
  private final String config;
  private final States states = new States();
  private final Graph spec;
  private final Duration modelChecking;

  private Exploration(ExploredProtocol protocol, Bounds bounds, Map<String, String> switches)
      throws IOException, InterruptedException {
    this.protocol = protocol;
    this.bounds = bounds;
    this.config = TlcGraph.configuration(protocol, bounds, switches);
    long start = System.nanoTime();
    this.spec = TlcGraph.of(protocol, config, states);
    this.modelChecking = Duration.ofNanos(System.nanoTime() - start);
  }

  /**
   * Runs TLC in a JVM of its own and reads its graph, which all comparisons then share. {@code
   * IOException} if TLC does not start, fails, or writes what cannot be read.
   */
  public static Exploration of(ExploredProtocol protocol, Bounds bounds)
      throws IOException, InterruptedException {
    return new Exploration(protocol, bounds, Map.of());
  }

  /** As {@link #of}, of a module in which some mistakes are switched on. */
  static Exploration of(ExploredProtocol protocol, Bounds bounds, Map<String, String> switches)
      throws IOException, InterruptedException {
    return new Exploration(protocol, bounds, switches);
  }

  /** How long it took TLC to write its graph, and to read it. */
  public Duration modelChecking() {
    return modelChecking;
  }

  /**
   * Explores the core.
   *
   * @param defects numbers of its deliberate mistakes, none for the core as it is; {@code
   *     IllegalArgumentException} names those that it can have
   */
  public Comparison compare(Set<Integer> defects) {
    long start = System.nanoTime();
    var core = CoreGraph.explore(bounds, protocol.core(config, bounds.pages(), defects), states);
    var exploring = Duration.ofNanos(System.nanoTime() - start);
    long[] onlyCore = core.graph().stepsBeyond(spec);
    long[] onlySpec = spec.stepsBeyond(core.graph());
    var examples = new ArrayList<Difference>();
    examples.addAll(examples(core, onlyCore, Difference.Side.CORE));
    examples.addAll(examples(core, onlySpec, Difference.Side.SPEC));
    examples.sort(Comparator.comparingInt(example -> example.path().size()));
    return new Comparison(
        defects,
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
