package landfall.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import landfall.campaign.Campaign;
import landfall.campaign.MutantHunt;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.Plan;
import landfall.evidence.RunIdentity;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.implementation.Implementation;
import landfall.implementation.Implementations;
import landfall.implementation.Ownership;
import landfall.precopy.Mutant;
import landfall.protocol.Defect;
import landfall.trial.Mode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code landfall mutants}: would the campaign have caught what went wrong elsewhere? */
@Command(
    name = "mutants",
    description =
        "Runs the campaign against known defects of real implementations; all must be caught.",
    mixinStandardHelpOptions = true)
final class MutantsCommand implements Callable<Integer> {
  @Option(
      names = "--trials",
      defaultValue = "40",
      paramLabel = "N",
      description =
          "A mutant that lives after so many trials has survived (default: ${DEFAULT-VALUE}).")
  private int trials;

  /** They show with an arbiter, and most of them with a third host. */
  private static final Set<Mutant> OF_THE_LOCK =
      EnumSet.of(Mutant.LOCK_RELEASED_TO_ANYBODY, Mutant.LOCK_FILE_TRUNCATED, Mutant.OWNER_BY_ROLE);

  @Mixin private RunOptions options;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (trials < 1) {
      throw new IllegalArgumentException("--trials takes numbers from 1");
    }
    Implementations all = Hosts.implementations();
    List<Implementation> reference = all.named("reference");
    var identity =
        new RunIdentity(
            "mutants --trials " + trials, CampaignCommand.versionOf(reference), options.seed);
    return Run.in(options.out, identity, run -> hunt(run, all, reference));
  }

  /** A defect, the mode in which it shows, and what shows it. */
  private record Hunted(Defect defect, Mode mode, boolean ofTheLock) {
    String word() {
      return ((Enum<?>) defect).name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    int hosts() {
      return ofTheLock ? 3 : 2;
    }

    Implementation in(Implementations all) {
      return ofTheLock ? all.mutantWithArbiter(defect.defect()) : all.mutant(defect.defect());
    }
  }

  private static List<Hunted> hunted() {
    List<Hunted> hunted = new ArrayList<>();
    for (Mutant mutant : Mutant.values()) {
      hunted.add(new Hunted(mutant, Mode.PRECOPY, OF_THE_LOCK.contains(mutant)));
    }
    // A page comes twice only from a source that is not ours: see docs/defects.md.
    Set<landfall.postcopy.Mutant> shown =
        EnumSet.complementOf(EnumSet.of(landfall.postcopy.Mutant.STALE_PAGE_OVER_NEWER));
    for (Defect mutant : shown) {
      hunted.add(new Hunted(mutant, Mode.POSTCOPY, false));
    }
    // Trials do not bring the moments of these about: see docs/defects.md.
    Set<landfall.checkpoint.Mutant> ofCheckpoints =
        EnumSet.complementOf(
            EnumSet.of(
                landfall.checkpoint.Mutant.DISK_WRITES_NOT_CARRIED,
                landfall.checkpoint.Mutant.NOT_FENCED));
    for (Defect mutant : ofCheckpoints) {
      hunted.add(new Hunted(mutant, Mode.CHECKPOINT, false));
    }
    return hunted;
  }

  private int hunt(Run run, Implementations all, List<Implementation> reference)
      throws IOException, InterruptedException {
    System.err.println(
        "mutant 36 (postcopy) is left out: it shows where a page comes twice, and two of our hosts"
            + " never send one twice; a test plays such a source");
    System.err.println(
        "mutants 37 and 38 (checkpoint) are left out: a disk write must hang, or the right one of"
            + " many answers be lost; tests bring that about");
    List<Verdict> verdicts = new ArrayList<>();
    List<String> rows = new ArrayList<>();
    Map<Mode, Integer> longest = new EnumMap<>(Mode.class);
    int longestOfTheLock = 0;
    for (Hunted mutant : hunted()) {
      Implementation defective = mutant.in(all);
      EvidenceFolder evidence =
          EvidenceFolder.openForRun(
              run.folder().resolve(defective.name() + "-" + mutant.mode().word()),
              new RunIdentity("mutant", defective.version(), options.seed));
      System.err.printf(
          "mutant %d (%s): %s%n", mutant.defect().defect(), mutant.mode().word(), mutant.word());
      MutantHunt.Kill kill;
      try (Progress progress = new Progress(System.err, "trial", trials)) {
        kill =
            MutantHunt.hunt(
                defective,
                mutant.defect().defect(),
                options.seed,
                mutant.hosts(),
                mutant.mode(),
                trials,
                evidence,
                1,
                trial -> progress.finished(trial.id(), TrialLine.of(trial)));
      }
      if (mutant.ofTheLock()) {
        longestOfTheLock = Math.max(longestOfTheLock, kill.trials());
      }
      longest.merge(mutant.mode(), kill.trials(), Math::max);
      rows.add(row(mutant, kill));
      evidence.plan(new Plan(kill.trials(), List.of()));
      evidence.seal(kill.killed());
      verdicts.add(
          kill.killed()
              ? new Verdict.Holds(kill.trials())
              : new Verdict.Violated(
                  "MutantsDie",
                  "mutant "
                      + mutant.defect().defect()
                      + " survived "
                      + kill.trials()
                      + " trials in mode "
                      + mutant.mode().word()));
    }
    Campaign campaign =
        new Campaign(
            all.owned(List.of(Ownership.LOCK)),
            options.seed,
            longestOfTheLock,
            3,
            List.of(Mode.PRECOPY),
            run.evidence(),
            1);
    int same = longestOfTheLock;
    for (Map.Entry<Mode, Integer> each : longest.entrySet()) {
      same += each.getValue();
      campaign =
          new Campaign(
                  reference,
                  options.seed,
                  each.getValue(),
                  2,
                  List.of(each.getKey()),
                  run.evidence(),
                  1)
              .and(campaign);
    }
    System.err.printf("the engine without a defect, on the same %d trials%n", same);
    run.evidence().plan(new Plan(same, List.of()));
    List<TrialResult> clean = CampaignCommand.trials(run, campaign, same);
    System.out.printf("%-7s %-10s %-28s %-9s %s%n", "defect", "mode", "mutant", "", "caught by");
    rows.forEach(System.out::println);
    CampaignCommand.printFindings(clean);
    System.out.printf("without a defect: %d trials%n", clean.size());
    return run.finish(List.of(), clean, verdicts.toArray(new Verdict[0]));
  }

  private static String row(Hunted mutant, MutantHunt.Kill kill) {
    return String.format(
        "%-7d %-10s %-28s %-9s %s",
        mutant.defect().defect(),
        mutant.mode().word(),
        mutant.word(),
        kill.killed() ? "killed" : "SURVIVED",
        kill.words());
  }
}
