package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import landfall.campaign.Campaign;
import landfall.evidence.ImplementationVersion;
import landfall.evidence.Judge;
import landfall.evidence.Plan;
import landfall.evidence.RunIdentity;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.explorer.Behaviour;
import landfall.explorer.ExploredProtocol;
import landfall.implementation.Implementation;
import landfall.implementation.Implementations;
import landfall.implementation.Ownership;
import landfall.implementation.Preload;
import landfall.report.Coverage;
import landfall.trial.Mode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code landfall campaign}: faults against an implementation. */
@Command(
    name = "campaign",
    description = "Runs a fault campaign against an implementation and judges it.",
    mixinStandardHelpOptions = true)
final class CampaignCommand implements Callable<Integer> {
  private static final String REFERENCE = "reference";

  /**
   * A campaign of so many trials aims at all points at which its faults can fall, but for some that
   * only a second fault has, by lot.
   */
  private static final int TRIALS_FOR_ALL_POINTS = 20_000;

  private static final List<Ownership> ALL = List.of(Ownership.values());

  @Parameters(
      paramLabel = "IMPLEMENTATION",
      description =
          "reference, or with one ownership reference-arbiter (lock), reference-lease,"
              + " reference-store, or reference-multifd (several connections); qemu (both boards),"
              + " qemu-riscv64, qemu-x86; qemu-multifd (pages on several connections), qemu-tls"
              + " (encrypted), or one board of these, such as qemu-x86-tls.")
  private String name;

  @Option(
      names = "--trials",
      defaultValue = "40",
      paramLabel = "N",
      description = "How many trials (default: ${DEFAULT-VALUE}).")
  private int trials;

  @Mixin private RunOptions options;

  @Option(
      names = "--parallel",
      defaultValue = "1",
      paramLabel = "N",
      description =
          "Trials that run at once (default: ${DEFAULT-VALUE}). They wait for most of their time:"
              + " twice the number of processors suits the reference engine.")
  private int parallel;

  @Option(
      names = "--hosts",
      defaultValue = "0",
      showDefaultValue = Help.Visibility.NEVER,
      paramLabel = "2|3",
      description =
          "How many hosts each trial has (default: 2, and 3 in every tenth trial of the reference"
              + " engine).")
  private int hosts;

  @Option(
      names = "--mode",
      split = ",",
      paramLabel = "precopy|postcopy|hybrid|checkpoint|forward",
      description =
          "How guests are moved; several take turns (default: all that the implementation has).")
  private List<Mode> modes = List.of();

  @Option(
      names = "--ownership",
      split = ",",
      paramLabel = "none|lock|lease|store",
      description =
          "What decides between hosts of the reference engine whose the guest is; several take"
              + " turns, each with the modes that it goes with (default: all).")
  private List<Ownership> ownerships = List.of();

  @Option(
      names = "--clocks",
      description =
          "In every other trial the wall clock of a process jumps, too, as its first fault strikes"
              + " (needs libfaketime).")
  private boolean clocks;

  @Option(
      names = "--disks",
      description =
          "In every other trial the storage of the guest's disk fills up, or fails to keep what"
              + " was written, too (needs libfiu).")
  private boolean disks;

  @Option(
      names = "--counterexample",
      paramLabel = "FILE.json",
      description = "Every trial has the faults of this behaviour, which 'landfall check' found.")
  private Path counterexample;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (trials < 1 || parallel < 1) {
      throw new IllegalArgumentException("--trials and --parallel take numbers from 1");
    }
    if (hosts != 0 && hosts != 2 && hosts != 3) {
      throw new IllegalArgumentException("--hosts takes 2 or 3, not " + hosts);
    }
    List<Implementation> implementations = implementations();
    if (hosts == 3 && !implementations.get(0).migratesOn()) {
      throw new IllegalArgumentException(
          "trials of " + name + " have two hosts: --hosts 3 is for the reference engine");
    }
    if (hosts == 3 && counterexample != null) {
      throw new IllegalArgumentException(
          "--counterexample gives every trial one migration between two hosts: --hosts 3 does not"
              + " go with it");
    }
    requirePossible(implementations);
    if (clocks) {
      requireAlone("--clocks", Preload.CLOCK);
    }
    if (disks) {
      requireAlone("--disks", Preload.CALLS);
    }
    Behaviour behaviour = counterexample == null ? null : ofTheEngine(counterexample);
    String command =
        "campaign "
            + name
            + " --trials "
            + trials
            + (hosts == 0 ? "" : " --hosts " + hosts)
            + (modes.isEmpty() ? "" : " --mode " + words(modes, Mode::word))
            + (ownerships.isEmpty() ? "" : " --ownership " + words(ownerships, Ownership::word))
            + (clocks ? " --clocks" : "")
            + (disks ? " --disks" : "");
    var identity =
        new RunIdentity(
            behaviour == null ? command : command + " along " + behaviour.model(),
            versionOf(implementations),
            options.seed);
    return Run.in(
        options.out,
        identity,
        run -> {
          System.out.println("evidence: " + run.folder());
          Campaign campaign =
              behaviour == null
                  ? drawn(implementations, options.seed, trials, run)
                  : Campaign.along(
                      behaviour, implementations, options.seed, trials, run.evidence(), parallel);
          run.evidence().plan(new Plan(trials, List.of()));
          List<TrialResult> results = trials(run, campaign, trials);
          printFindings(results);
          printCoverage(results);
          if (behaviour == null) {
            Campaign all = drawn(implementations, options.seed, TRIALS_FOR_ALL_POINTS, run);
            System.out.println(Coverage.reach(results, all.points()).words());
          }
          return run.finish(List.of(), results, Campaign.coverage(results));
        });
  }

  private Campaign drawn(List<Implementation> implementations, long seed, int many, Run run) {
    Campaign campaign =
        new Campaign(implementations, seed, many, hosts, modes, run.evidence(), parallel);
    if (clocks) {
      campaign = campaign.withClockJumps();
    }
    return disks ? campaign.withDiskFailures() : campaign;
  }

  /** Refuses what is asked for beside the faults of a schedule where it cannot be done. */
  private void requireAlone(String option, Preload preload) {
    if (counterexample != null) {
      throw new IllegalArgumentException(
          "--counterexample gives every trial the faults of a behaviour: "
              + option
              + " does not go with it");
    }
    if (!preload.isInstalled()) {
      throw new IllegalArgumentException(
          option + " needs " + preload.needs() + ", which is not installed");
    }
  }

  private List<Implementation> implementations() {
    if (name.equals(REFERENCE)) {
      // A counterexample is one of hosts that nothing decides between, if nobody says otherwise.
      List<Ownership> drawn = counterexample == null ? ALL : List.of(Ownership.NONE);
      return Hosts.implementations().owned(ownerships.isEmpty() ? drawn : ownerships);
    }
    if (!ownerships.isEmpty()) {
      throw new IllegalArgumentException(
          "--ownership is for the reference engine: 'campaign reference --ownership %s', not 'campaign %s'"
              .formatted(words(ownerships, Ownership::word), name));
    }
    return Hosts.implementations().named(name);
  }

  private static <T> String words(List<T> all, Function<T, String> word) {
    return all.stream().map(word).collect(Collectors.joining(","));
  }

  private static List<String> thatHave(Mode mode) {
    return Implementations.names().stream()
        .filter(other -> Mode.of(Hosts.implementations().named(other)).contains(mode))
        .toList();
  }

  private void requirePossible(List<Implementation> implementations) {
    List<Mode> possible =
        Arrays.stream(Mode.values())
            .filter(
                mode ->
                    implementations.stream()
                        .anyMatch(each -> Mode.of(List.of(each)).contains(mode)))
            .toList();
    for (Mode mode : modes) {
      if (!possible.contains(mode)) {
        String with = ownerships.isEmpty() ? "" : " with " + words(ownerships, Ownership::word);
        throw new IllegalArgumentException(
            "trials of %s%s move the guest by %s: --mode %s is for %s"
                .formatted(
                    name,
                    with,
                    words(possible, Mode::word).replace(",", ", "),
                    mode.word(),
                    String.join(", ", thatHave(mode))));
      }
      if (mode.returns() && hosts == 3) {
        throw new IllegalArgumentException(
            "ReverseCheckpoint knows two hosts: --hosts 3 goes with --mode precopy, postcopy and"
                + " hybrid, not with "
                + mode.word());
      }
      if (mode.splits() && counterexample != null) {
        throw new IllegalArgumentException(
            "--counterexample takes behaviours of PreCopy: --mode "
                + mode.word()
                + " does not go with it");
      }
    }
  }

  // The hosts speak pre-copy here. A post-copy fault would fall at another moment than the model's.
  private static Behaviour ofTheEngine(Path file) throws IOException {
    Behaviour behaviour = Behaviour.read(Inputs.regular(file));
    if (behaviour.protocol() != ExploredProtocol.PRE_COPY) {
      throw new IllegalArgumentException(
          "%s is a behaviour of %s, and hosts are put through those of PreCopy; 'landfall explore --follow' takes its core along"
              .formatted(file, behaviour.protocol().module()));
    }
    return behaviour;
  }

  /** Runs the trials of a campaign, with progress. */
  static List<TrialResult> trials(Run run, Campaign campaign, int trials)
      throws IOException, InterruptedException {
    int finished = run.evidence().finishedTrials().size();
    try (Progress progress = new Progress(System.err, "trial", trials).already(finished)) {
      return campaign.run(trial -> progress.finished(trial.id(), TrialLine.of(trial)));
    }
  }

  static ImplementationVersion versionOf(List<Implementation> implementations) throws IOException {
    StringBuilder versions = new StringBuilder();
    for (Implementation each : implementations) {
      String version = each.version().version();
      if (versions.indexOf(version) < 0) {
        versions.append(versions.isEmpty() ? "" : ", ").append(version);
      }
    }
    String name =
        implementations.stream().map(Implementation::name).collect(Collectors.joining("+"));
    return new ImplementationVersion(name, versions.toString());
  }

  /** What was done in which phase, for each mode; and one line for each mode. */
  static void printCoverage(List<TrialResult> results) {
    for (Coverage mode : Coverage.of(results)) {
      System.out.println();
      mode.lines().forEach(System.out::println);
    }
    System.out.println();
    printModes(results);
  }

  /** One line for each mode. */
  private static void printModes(List<TrialResult> trials) {
    Map<String, List<TrialResult>> modes =
        trials.stream()
            .collect(
                Collectors.groupingBy(TrialResult::mode, LinkedHashMap::new, Collectors.toList()));
    modes.forEach(
        (mode, ofMode) ->
            System.out.printf(
                "%-14s %3d trials, %d hold, every fault seen in %d, %,d operations: %s%n",
                mode,
                ofMode.size(),
                ofMode.stream().filter(each -> each.verdict() instanceof Verdict.Holds).count(),
                ofMode.stream().filter(TrialResult::faultsSeen).count(),
                ofMode.stream().mapToLong(TrialResult::operations).sum(),
                Verdict.worst(ofMode.stream().map(TrialResult::verdict).toList()).word()));
  }

  /** Every violated claim, with its evidence. */
  static void printFindings(List<TrialResult> results) {
    for (TrialResult trial : results) {
      trial.verdicts().forEach((judge, verdict) -> printFinding(trial, judge, verdict));
    }
  }

  private static void printFinding(TrialResult trial, Judge judge, Verdict verdict) {
    if (!(verdict instanceof Verdict.Holds)) {
      System.out.printf(
          "trial %d (%s), %s: %s%n  again: %s%n",
          trial.id(), trial.plan(), judge.word(), verdict.sentence(), trial.replay());
    }
  }
}
