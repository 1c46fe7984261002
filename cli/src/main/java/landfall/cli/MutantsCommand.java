package landfall.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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
import landfall.precopy.Mutant;
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

  private int hunt(Run run, Implementations all, List<Implementation> reference)
      throws IOException, InterruptedException {
    List<Verdict> verdicts = new ArrayList<>();
    List<String> rows = new ArrayList<>();
    int longest = 0;
    int longestOfTheLock = 0;
    for (Mutant mutant : Mutant.values()) {
      boolean ofTheLock = OF_THE_LOCK.contains(mutant);
      Implementation defective =
          ofTheLock ? all.mutantWithArbiter(mutant.defect()) : all.mutant(mutant.defect());
      int hosts = ofTheLock ? 3 : 2;
      EvidenceFolder evidence =
          EvidenceFolder.openForRun(
              run.folder().resolve(defective.name()),
              new RunIdentity("mutant", defective.version(), options.seed));
      System.err.printf("mutant %d: %s%n", mutant.defect(), word(mutant));
      MutantHunt.Kill kill;
      try (Progress progress = new Progress(System.err, "trial", trials)) {
        kill =
            MutantHunt.hunt(
                defective,
                mutant.defect(),
                options.seed,
                hosts,
                trials,
                evidence,
                1,
                trial -> progress.finished(trial.id(), TrialLine.of(trial)));
      }
      longest = Math.max(longest, kill.trials());
      longestOfTheLock = ofTheLock ? Math.max(longestOfTheLock, kill.trials()) : longestOfTheLock;
      rows.add(row(mutant, kill));
      evidence.plan(new Plan(kill.trials(), List.of()));
      evidence.seal(kill.killed());
      verdicts.add(
          kill.killed()
              ? new Verdict.Holds(kill.trials())
              : new Verdict.Violated(
                  "MutantsDie",
                  "mutant " + mutant.defect() + " survived " + kill.trials() + " trials"));
    }
    int same = longest + longestOfTheLock;
    System.err.printf("the engine without a defect, on the same %d trials%n", same);
    run.evidence().plan(new Plan(same, List.of()));
    Campaign campaign =
        new Campaign(reference, options.seed, longest, 2, run.evidence(), 1)
            .and(
                new Campaign(
                    all.named(Implementations.REFERENCE_WITH_ARBITER),
                    options.seed,
                    longestOfTheLock,
                    3,
                    run.evidence(),
                    1));
    List<TrialResult> clean = CampaignCommand.trials(run, campaign, same);
    System.out.printf("%-7s %-28s %-9s %s%n", "defect", "mutant", "", "caught by");
    rows.forEach(System.out::println);
    CampaignCommand.printFindings(clean);
    System.out.printf("without a defect: %d trials%n", clean.size());
    return run.finish(List.of(), clean, verdicts.toArray(new Verdict[0]));
  }

  private static String word(Mutant mutant) {
    return mutant.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }

  private static String row(Mutant mutant, MutantHunt.Kill kill) {
    return String.format(
        "%-7d %-28s %-9s %s",
        mutant.defect(), word(mutant), kill.killed() ? "killed" : "SURVIVED", kill.words());
  }
}
