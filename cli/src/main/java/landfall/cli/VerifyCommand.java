package landfall.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import landfall.campaign.Campaign;
import landfall.evidence.ModelResult;
import landfall.evidence.Plan;
import landfall.evidence.RunIdentity;
import landfall.evidence.TrialResult;
import landfall.implementation.Implementation;
import landfall.implementation.Ownership;
import landfall.tlc.Model;
import landfall.tlc.ModelRun;
import landfall.tlc.Models;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code landfall verify}: the main job. */
@Command(
    name = "verify",
    description = "Checks the models, runs a campaign on the reference engine, judges, reports.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {

  // A trial waits for half of its time: so many keep all processors busy.
  private static final int PARALLEL = 2 * Runtime.getRuntime().availableProcessors();

  /** How much is done. */
  enum Profile {
    /** Minutes. */
    QUICK(Model.Tier.QUICK, 45),
    /** Hours. */
    NIGHTLY(Model.Tier.DEEP, 450);

    private final Model.Tier models;
    private final int trials;

    Profile(Model.Tier models, int trials) {
      this.models = models;
      this.trials = trials;
    }
  }

  @Option(
      names = "--profile",
      defaultValue = "quick",
      paramLabel = "PROFILE",
      description = "quick (minutes) or nightly (hours); default: ${DEFAULT-VALUE}.")
  private Profile profile;

  @Option(
      names = {"-v", "--verbose"},
      description = "Prints a line for each model, too.")
  private boolean verbose;

  @Mixin private RunOptions options;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Implementation> implementations =
        Hosts.implementations().owned(List.of(Ownership.values()));
    var identity =
        new RunIdentity(
            "verify --profile " + profile.name().toLowerCase(java.util.Locale.ROOT),
            CampaignCommand.versionOf(implementations),
            options.seed);
    return Run.in(
        options.out,
        identity,
        run -> {
          System.out.println("evidence: " + run.folder());
          run.evidence()
              .plan(
                  new Plan(
                      profile.trials,
                      Models.of(profile.models).stream().map(Model::name).toList()));
          List<ModelResult> models = models(run);
          List<TrialResult> trials =
              CampaignCommand.trials(
                  run,
                  new Campaign(
                      implementations,
                      options.seed,
                      profile.trials,
                      0,
                      List.of(),
                      run.evidence(),
                      PARALLEL),
                  profile.trials);
          CampaignCommand.printFindings(trials);
          CampaignCommand.printCoverage(trials);
          long states = models.stream().mapToLong(ModelResult::distinctStates).sum();
          System.out.printf("%d models, %,d distinct states%n", models.size(), states);
          return run.finish(models, trials, Campaign.coverage(trials));
        });
  }

  private List<ModelResult> models(Run run) throws IOException, InterruptedException {
    List<ModelResult> results = new ArrayList<>(run.evidence().readModels());
    Set<String> done = results.stream().map(ModelResult::model).collect(Collectors.toSet());
    List<Model> due =
        Models.of(profile.models).stream().filter(model -> !done.contains(model.name())).toList();
    int atOnce = Math.min(4, Runtime.getRuntime().availableProcessors());
    try (ModelTable table = new ModelTable(Models.of(profile.models), due.size(), verbose)) {
      List<IOException> unwritable = new ArrayList<>();
      results.addAll(
          new ModelRun(run.folder(), atOnce)
              .run(
                  due,
                  result -> {
                    try {
                      run.evidence().writeModel(result);
                    } catch (IOException e) {
                      unwritable.add(e);
                    }
                    table.accept(result);
                  }));
      if (!unwritable.isEmpty()) {
        throw unwritable.get(0);
      }
      table.print(System.out, results);
    }
    return results;
  }
}
