package landfall.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import landfall.explorer.Behaviour;
import landfall.explorer.Bounds;
import landfall.explorer.Comparison;
import landfall.explorer.Difference;
import landfall.explorer.Exploration;
import landfall.explorer.ExploredProtocol;
import landfall.explorer.Following;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code landfall explore}: the protocol cores against TLC's graphs of their modules. */
@Command(
    name = "explore",
    description = {
      "Holds a protocol core of the engine against its model, state by state.",
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
      names = "--protocol",
      paramLabel = "NAME",
      description = {
        "precopy (default), postcopy, checkpoint, forward, lease or sharedlock;",
        "with --all, all unless this is given."
      })
  private String protocolName;

  @Option(
      names = "--attempts",
      paramLabel = "N",
      description = {
        "Most attempts of the source (default: 2); a recovery is one, too.",
        "One more means about ten times as many states; of precopy and postcopy only."
      })
  private Integer attempts;

  private static final String PAGE_HEAD =
      """
      # Cores against models

      Written by `landfall explore --all --page FILE`; the integration compares it. Each core is run
      exhaustively in the world of its model, by the driver and with the effects of the real host,
      and every state and step is held against the graph of the model checker. The core as it is must
      be equal; each mutant must differ, unless its mistake lies below the model (encodings, storage).
      """;

  private final StringBuilder tables = new StringBuilder();

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Most writes of the guest (default: 1; of checkpoint and forward 2).")
  private Integer steps;

  @Option(
      names = "--messages",
      paramLabel = "N",
      description = "Most messages on their way in one direction (default: 3); of checkpoint only.")
  private Integer messages;

  @Option(
      names = "--failures",
      paramLabel = "N",
      description = "Most crashes and cuts, one after the other (default: 2); of forward only.")
  private Integer failures;

  @Option(
      names = "--arbiter",
      description = "Ownership is a lock on shared storage; of precopy, postcopy and checkpoint.")
  private boolean arbiter;

  @Option(
      names = "--staged",
      description = "Checkpoints go to the store, and not to the source; of forward only.")
  private boolean staged;

  @Option(
      names = "--mutant",
      paramLabel = "N",
      description = {
        "Run the core with this defect of the catalogue.",
        "precopy: 1, 2, 13, 14, 15, 33, 52 or 53, and 51 with --arbiter;",
        "postcopy: 1, 19, 35 or 36, and 63 with --arbiter;",
        "checkpoint: 27, 28, 29, 30, 37, 38 or 54, and 64, 65 or 66 with --arbiter;",
        "forward: 46, 47, 48 or 49, and 50 with --staged;",
        "lease: 39, 40 or 41; sharedlock: 42, 43, 44 or 45."
      })
  private Integer mutant;

  @Option(
      names = "--all",
      description = {
        "The core as it is, then each mutant, in one table a protocol.",
        "What needs a third host, --arbiter or --staged has one of its own."
      })
  private boolean all;

  @Option(
      names = "--page",
      paramLabel = "FILE.md",
      description = "With --all, write the tables to this file, without times.")
  private Path page;

  @Option(
      names = "--hosts",
      paramLabel = "N",
      description = "How many hosts there are (default: 2), 2 or 3; of precopy only.")
  private Integer hosts;

  @Option(
      names = "--follow",
      paramLabel = "FILE.json",
      description = {
        "Explore nothing; take the core along a behaviour that 'landfall check' found.",
        "The file tells the protocol."
      })
  private Path followed;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (attempts != null && attempts < 1 || messages != null && messages < 1) {
      throw new IllegalArgumentException("--attempts and --messages take numbers from 1");
    }
    if (followed != null) {
      if (all
          || attempts != null
          || steps != null
          || messages != null
          || failures != null
          || arbiter
          || staged) {
        throw new IllegalArgumentException(
            "--follow takes the bounds of its file: beside it --protocol and --mutant are accepted");
      }
      return follow();
    }
    if (all && mutant != null) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--all already includes every mutant: give --all or --mutant");
    }
    if (!all) {
      ExploredProtocol protocol = protocol(ExploredProtocol.PRE_COPY);
      refuseBoundsOfOthers(protocol);
      Set<Integer> defects = mutants(protocol);
      Bounds bounds = bounds(protocol, staged);
      if (!defects.stream().allMatch(defect -> protocol.isWithin(defect, bounds))) {
        throw new CommandLine.ParameterException(
            spec.commandLine(),
            "mutant %d is a mistake of %s, too".formatted(mutant, whereItIs(protocol)));
      }
      return answer(protocol, compare(protocol, bounds, List.of(defects)).get(0));
    }
    if (protocolName != null) {
      refuseBoundsOfOthers(protocol(ExploredProtocol.PRE_COPY));
    }
    if (page != null) {
      // Before minutes of work.
      Files.writeString(page, "");
      tables.append(PAGE_HEAD);
    }
    int status = 0;
    for (ExploredProtocol protocol : protocols()) {
      Bounds bounds = bounds(protocol, staged);
      Map<Boolean, List<Integer>> defects =
          protocol.defects().stream()
              .collect(Collectors.partitioningBy(defect -> protocol.isWithin(defect, bounds)));
      status = Math.max(status, compareAll(protocol, bounds, defects.get(true)));
      if (!defects.get(false).isEmpty()) {
        status = Math.max(status, compareAll(protocol, wider(protocol), defects.get(false)));
      }
    }
    if (page != null) {
      Files.writeString(page, tables);
    }
    return status;
  }

  private static String whereItIs(ExploredProtocol protocol) {
    return protocol == ExploredProtocol.FORWARD_CHECKPOINT
        ? "a store that has the checkpoints: give --staged"
        : "hosts with a lock: give --arbiter";
  }

  /** Bounds within which mistakes can show that cannot within the usual ones. */
  private Bounds wider(ExploredProtocol protocol) {
    return switch (protocol) {
      case PRE_COPY -> Bounds.ofThreeHosts();
      case POST_COPY -> Bounds.ofPostCopyWithArbiter();
      case CHECKPOINT -> Bounds.ofCheckpointsWithArbiter();
      default -> bounds(protocol, true);
    };
  }

  private int compareAll(ExploredProtocol protocol, Bounds bounds, List<Integer> defects)
      throws IOException, InterruptedException {
    List<Set<Integer>> runs = new ArrayList<>();
    runs.add(Set.of());
    defects.forEach(defect -> runs.add(Set.of(defect)));
    return answerForAll(protocol, bounds, compare(protocol, bounds, runs));
  }

  private void refuseBoundsOfOthers(ExploredProtocol protocol) {
    boolean wrong =
        switch (protocol) {
          case PRE_COPY -> messages != null || failures != null || staged;
          case POST_COPY -> messages != null || failures != null || staged || hosts != null;
          case CHECKPOINT -> hosts != null || attempts != null || failures != null || staged;
          case FORWARD_CHECKPOINT ->
              hosts != null || attempts != null || arbiter || messages != null;
          case LEASE, SHARED_LOCK ->
              steps != null
                  || hosts != null
                  || attempts != null
                  || arbiter
                  || messages != null
                  || failures != null
                  || staged;
        };
    if (wrong) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "--messages is for checkpoint, --failures and --staged are for forward; --attempts is for"
              + " precopy and postcopy, --arbiter for these and checkpoint, --hosts for precopy;"
              + " lease and sharedlock have no bounds");
    }
  }

  private Bounds bounds(ExploredProtocol protocol, boolean toStore) {
    return switch (protocol) {
      case PRE_COPY ->
          Bounds.of(given(steps, 1), given(attempts, 2), arbiter).withHosts(given(hosts, 2));
      case POST_COPY -> Bounds.of(given(steps, 1), given(attempts, 2), arbiter);
      case CHECKPOINT ->
          Bounds.ofCheckpoints(2, given(steps, 2), given(messages, 3)).withArbiter(arbiter);
      case FORWARD_CHECKPOINT ->
          Bounds.ofCopiesAhead(2, given(steps, 2), given(failures, 2), toStore);
      case LEASE, SHARED_LOCK -> Bounds.none();
    };
  }

  private static int given(Integer option, int unlessGiven) {
    return option == null ? unlessGiven : option;
  }

  private static String told(ExploredProtocol protocol, Bounds bounds) {
    String common = "%d pages, --steps %d, ".formatted(bounds.pages(), bounds.steps());
    return switch (protocol) {
      case PRE_COPY ->
          common
              + "--attempts %d, --hosts %d, %s; at most %d dead and %d ways cut at once"
                  .formatted(
                      bounds.attempts(),
                      bounds.hosts(),
                      bounds.arbiter() ? "--arbiter" : "no arbiter",
                      bounds.failures(),
                      bounds.failures());
      case POST_COPY ->
          common
              + "--attempts %d, %s"
                  .formatted(bounds.attempts(), bounds.arbiter() ? "--arbiter" : "no arbiter");
      case CHECKPOINT ->
          common
              + "--messages %d%s"
                  .formatted(bounds.messages(), bounds.arbiter() ? ", --arbiter" : "");
      case FORWARD_CHECKPOINT ->
          common + "--failures %d%s".formatted(bounds.failures(), keeper(bounds));
      case LEASE -> "all of it, for the term of its graph model";
      case SHARED_LOCK -> "all of it";
    };
  }

  private static String keeper(Bounds bounds) {
    return bounds.staged() ? ", --staged" : "";
  }

  private List<Comparison> compare(
      ExploredProtocol protocol, Bounds bounds, List<Set<Integer>> runs)
      throws IOException, InterruptedException {
    System.err.printf(
        "landfall: TLC writes the graph of %s: %s%n", protocol.module(), told(protocol, bounds));
    Exploration exploration =
        Alive.during(
            "TLC writes the graph of " + protocol.module(), () -> Exploration.of(protocol, bounds));
    System.err.printf(
        "landfall: ready after %.1f s; now the core%n",
        exploration.modelChecking().toMillis() / 1000.0);
    List<Comparison> comparisons =
        Alive.during(
            "the core of " + protocol.module() + " is explored",
            () -> runs.stream().map(exploration::compare).toList());
    System.out.println(Comparison.table(comparisons));
    tables
        .append("\n## ")
        .append(protocol.module())
        .append("\n\n")
        .append(told(protocol, bounds))
        .append(".\n\n")
        .append(Comparison.tableWithoutTimes(comparisons))
        .append('\n');
    return comparisons;
  }

  private int follow() throws IOException {
    var behaviour = Behaviour.read(Inputs.regular(followed));
    if (protocol(behaviour.protocol()) != behaviour.protocol()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          followed + " is a behaviour of " + behaviour.protocol().module() + ", see --protocol");
    }
    var following = Following.of(behaviour, mutants(behaviour.protocol()));
    System.out.printf(
        "%s: the core takes %d of %d steps%s%n",
        behaviour.model(),
        following.taken(),
        following.steps(),
        following.refused().map(action -> ", and does not take " + action).orElse(""));
    return following.refused().isEmpty() ? 0 : 1;
  }

  private List<ExploredProtocol> protocols() {
    return protocolName == null
        ? List.of(ExploredProtocol.values())
        : List.of(protocol(ExploredProtocol.PRE_COPY));
  }

  private ExploredProtocol protocol(ExploredProtocol unlessGiven) {
    if (protocolName == null) {
      return unlessGiven;
    }
    for (ExploredProtocol protocol : ExploredProtocol.values()) {
      if (protocol.option().equalsIgnoreCase(protocolName)) {
        return protocol;
      }
    }
    throw new CommandLine.ParameterException(
        spec.commandLine(),
        "--protocol takes %s, not %s"
            .formatted(
                Arrays.stream(ExploredProtocol.values())
                    .map(ExploredProtocol::option)
                    .collect(Collectors.joining(", ")),
                protocolName));
  }

  private Set<Integer> mutants(ExploredProtocol protocol) {
    if (mutant == null) {
      return Set.of();
    }
    protocol.requireMutant(mutant);
    return Set.of(mutant);
  }

  private int answer(ExploredProtocol protocol, Comparison comparison) {
    System.out.println();
    for (var side : Difference.Side.values()) {
      comparison.examples().stream()
          .filter(example -> example.onlyIn() == side)
          .findFirst()
          .ifPresent(System.out::println);
    }
    if (mutant != null && !protocol.isInModel(mutant)) {
      System.out.println(belowTheModel(comparison.subject()));
    }
    System.out.printf(
        "%s: %s and specification, within these bounds.%n",
        comparison.equal() ? "equal" : "different", comparison.subject());
    return comparison.equal() ? 0 : 1;
  }

  private int answerForAll(ExploredProtocol protocol, Bounds bounds, List<Comparison> comparisons) {
    var core = comparisons.get(0);
    List<String> unseen = new ArrayList<>();
    System.out.println();
    for (Comparison run : comparisons.subList(1, comparisons.size())) {
      if (!run.defects().stream().allMatch(protocol::isInModel)) {
        System.out.println(belowTheModel(run.subject()));
      } else if (run.equal()) {
        unseen.add(run.subject());
      }
    }
    if (!unseen.isEmpty()) {
      System.out.println(
          "not told from the specification within these bounds: " + String.join("; ", unseen));
    }
    System.out.printf(
        "%s: core and specification of %s%s.%n%n",
        core.equal() ? "equal" : "different", protocol.module(), keeper(bounds));
    return core.equal() && unseen.isEmpty() ? 0 : 1;
  }

  private static String belowTheModel(String subject) {
    return subject
        + " is a mistake of encodings or of the storage, below the model: it cannot show here.";
  }
}
