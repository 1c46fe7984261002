package landfall.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import landfall.evidence.Verdict;
import landfall.explorer.ExploredProtocol;
import landfall.simulation.Simulated;
import landfall.simulation.Simulation;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code landfall simulate}: whole migrations in virtual time. */
@Command(
    name = "simulate",
    description = {
      "Takes protocol cores through whole migrations in virtual time, with seeded faults.",
      "The properties of the specification are asked after every step; a run that breaks one is",
      "shrunk to a short story. docs/simulator.md says what a run is."
    },
    footerHeading = "%nExit status:%n",
    footer = {
      "    0  every property held in every run",
      "    1  a property is violated",
      "    2  undecided: no fault took effect, or a run did not come to an end",
      "  255  wrong usage"
    },
    mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = "--mode",
      paramLabel = "NAME",
      description = {
        "precopy, postcopy, checkpoint, forward, lease or sharedlock",
        "(default: all; with --mutant, those that have it)."
      })
  private String mode;

  @Option(
      names = "--hosts",
      paramLabel = "N",
      description = "How many hosts (default: 2 or 3, drawn for each run), 3 in precopy only.")
  private Integer hosts;

  @Option(
      names = "--runs",
      defaultValue = "10000",
      paramLabel = "N",
      description = "Runs of each mode (default: ${DEFAULT-VALUE}).")
  private long runs;

  @Option(
      names = "--from",
      defaultValue = "1",
      paramLabel = "N",
      description = "Number of the first run (default: ${DEFAULT-VALUE}); with --runs 1 it alone.")
  private long from;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Decides every run, with its number (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--mutant",
      paramLabel = "N",
      description = "Run the core with this defect of the catalogue, as 'landfall explore' does.")
  private Integer mutant;

  @Option(
      names = "--json",
      paramLabel = "FILE.json",
      description = "Write the results to this file, too.")
  private Path json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (runs < 1 || from < 1) {
      throw new IllegalArgumentException("--runs and --from take numbers from 1");
    }
    List<Simulation> simulations = simulations();
    if (json != null) {
      // Before minutes of work.
      Files.writeString(json, "[]");
    }
    var results = new ArrayList<Simulated>();
    for (Simulation simulation : simulations) {
      Simulated simulated =
          Alive.during(
              "runs of %s go on".formatted(simulation.mode()),
              () -> simulation.runs(seed, from, runs));
      System.out.print(told(simulated));
      results.add(simulated);
    }
    if (json != null) {
      Files.writeString(json, Simulated.json(results, seed, from));
    }
    return Answer.print(Verdict.worst(results.stream().map(Simulated::verdict).toList()));
  }

  private List<Simulation> simulations() {
    Set<Integer> defects = mutant == null ? Set.of() : Set.of(mutant);
    var simulations = new ArrayList<Simulation>();
    for (ExploredProtocol protocol : protocols()) {
      simulations.add(new Simulation(protocol, hosts == null ? 0 : hosts, defects));
    }
    return simulations;
  }

  private List<ExploredProtocol> protocols() {
    if (mode != null) {
      ExploredProtocol chosen = named(mode);
      if (mutant != null) {
        chosen.requireMutant(mutant);
      }
      return List.of(chosen);
    }
    var chosen = new ArrayList<ExploredProtocol>();
    for (ExploredProtocol protocol : ExploredProtocol.values()) {
      boolean has = mutant == null || protocol.defects().contains(mutant);
      // Without a mode, three hosts mean: where there are three.
      if (has && (hosts == null || hosts != 3 || Simulation.hasThreeHosts(protocol))) {
        chosen.add(protocol);
      }
    }
    if (chosen.isEmpty()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "no mode%s has a mutant %d; known are %s"
              .formatted(hosts == null ? "" : " with so many hosts", mutant, mutants()));
    }
    return chosen;
  }

  private static String mutants() {
    return Arrays.stream(ExploredProtocol.values())
        .map(
            protocol ->
                protocol.option()
                    + " "
                    + protocol.defects().stream()
                        .filter(protocol::isInModel)
                        .map(String::valueOf)
                        .collect(Collectors.joining(", ")))
        .collect(Collectors.joining("; "));
  }

  private ExploredProtocol named(String name) {
    return Arrays.stream(ExploredProtocol.values())
        .filter(protocol -> protocol.option().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--mode takes %s, not %s"
                        .formatted(
                            Arrays.stream(ExploredProtocol.values())
                                .map(ExploredProtocol::option)
                                .collect(Collectors.joining(", ")),
                            name)));
  }

  private String told(Simulated simulated) {
    String line =
        "%-10s %-10s %,d runs, %,d with faults (%s), %,d of these a second%s: %s%n"
            .formatted(
                simulated.mode(),
                simulated.subject(),
                simulated.runs(),
                simulated.faulty(),
                simulated.faultsSeen(),
                simulated.faultyPerSecond(),
                simulated.unpromised() == 0
                    ? ""
                    : ", %,d end where nothing is promised".formatted(simulated.unpromised()),
                simulated.verdict().word());
    return line
        + simulated
            .story()
            .map(
                story ->
                    "%s%n      again: landfall simulate --mode %s%s%s --seed %d --from %d --runs 1%n"
                        .formatted(
                            story,
                            simulated.mode(),
                            hosts == null ? "" : " --hosts " + hosts,
                            mutant == null ? "" : " --mutant " + mutant,
                            seed,
                            story.run()))
            .orElse("");
  }
}
