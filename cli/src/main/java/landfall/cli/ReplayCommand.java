package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import landfall.campaign.Campaign;
import landfall.evidence.Plan;
import landfall.evidence.RunIdentity;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;
import landfall.implementation.Implementation;
import landfall.trial.Schedule;
import landfall.trial.TrialFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code landfall replay}: a recorded schedule again. */
@Command(
    name = "replay",
    description = "Runs a recorded trial again, from its schedule.",
    mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR/trials/N", description = "The folder of a trial.")
  private Path trial;

  @Option(
      names = "--times",
      defaultValue = "1",
      paramLabel = "N",
      description = "How often (default: ${DEFAULT-VALUE}).")
  private int times;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the evidence goes (default: the next folder below landfall-out).")
  private Path out;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (times < 1) {
      throw new IllegalArgumentException("--times takes numbers from 1");
    }
    Schedule schedule = new TrialFiles(trial).readSchedule();
    List<Implementation> implementations = Hosts.implementations().named(schedule.implementation());
    var identity =
        new RunIdentity(
            "replay " + schedule.plan() + " --times " + times,
            CampaignCommand.versionOf(implementations),
            schedule.seed());
    return Run.in(
        out,
        identity,
        run -> {
          run.evidence().plan(new Plan(times, List.of()));
          List<TrialResult> results;
          try (Progress progress = new Progress(System.err, "trial", times)) {
            results =
                Campaign.repeating(implementations.get(0), schedule, times, run.evidence())
                    .run(result -> progress.finished(result.id(), TrialLine.of(result)));
          }
          CampaignCommand.printFindings(results);
          long violated =
              results.stream().filter(each -> each.verdict() instanceof Verdict.Violated).count();
          System.out.printf("violated in %d of %d replays%n", violated, times);
          return run.finish(List.of(), results);
        });
  }
}
