package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import landfall.campaign.Rejudge;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.Judge;
import landfall.evidence.ModelResult;
import landfall.evidence.Verdict;
import landfall.tlc.ModelJudge;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code landfall judge}: recorded evidence again. */
@Command(
    name = "judge",
    description = "Judges recorded evidence again, offline, and compares with what is recorded.",
    mixinStandardHelpOptions = true)
final class JudgeCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder of a run.")
  private Path folder;

  @Override
  public Integer call() throws IOException, InterruptedException {
    EvidenceFolder evidence = EvidenceFolder.open(folder);
    List<Verdict> verdicts = new ArrayList<>();
    int agreeing = 0;
    List<Rejudge.Pair> pairs =
        Alive.during("the trials are judged again", () -> Rejudge.rejudge(evidence));
    for (Rejudge.Pair pair : pairs) {
      verdicts.add(pair.now().verdict());
      if (pair.agree()) {
        agreeing++;
      } else {
        verdicts.add(
            new Verdict.Broken("the judges disagree with the record of trial " + pair.now().id()));
        System.out.printf(
            "trial %d: recorded %s, now %s%n",
            pair.now().id(), words(pair.recorded().verdicts()), words(pair.now().verdicts()));
      }
      CampaignCommand.printFindings(List.of(pair.now()));
    }
    System.out.printf("%d trials judged again, %d as recorded%n", pairs.size(), agreeing);
    RecordedRun recorded = RecordedRun.of(evidence);
    for (ModelResult model : recorded.models()) {
      verdicts.add(ModelJudge.judge(model, evidence.root()));
    }
    if (!recorded.models().isEmpty()) {
      System.out.printf(
          "%d models compared with the manifest, not checked again%n", recorded.models().size());
    }
    verdicts.addAll(recorded.asAWhole(pairs.stream().map(Rejudge.Pair::now).toList()));
    String difference = recorded.differenceOfReport();
    if (!difference.isEmpty()) {
      verdicts.add(new Verdict.Broken(difference));
      System.out.println(difference);
    }
    return Answer.print(Verdict.worst(verdicts));
  }

  private static String words(java.util.Map<Judge, Verdict> verdicts) {
    List<String> words = new ArrayList<>();
    verdicts.forEach((judge, verdict) -> words.add(judge.word() + " " + verdict.word()));
    return String.join(", ", words);
  }
}
