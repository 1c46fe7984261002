package landfall.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import landfall.campaign.Campaign;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.ModelResult;
import landfall.evidence.Plan;
import landfall.evidence.Report;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;

/** What follows from the files of a run. {@code report.json} is not one of them. */
record RecordedRun(EvidenceFolder evidence, List<TrialResult> trials, List<ModelResult> models) {

  /** The results of trials and models as the run recorded them. */
  static RecordedRun of(EvidenceFolder evidence) throws IOException {
    List<TrialResult> trials = new ArrayList<>();
    for (int trial : evidence.finishedTrials()) {
      trials.add(evidence.readTrial(trial));
    }
    return new RecordedRun(evidence, trials, evidence.readModels());
  }

  /** The report of these results. */
  Report report() {
    return Report.of(
        evidence.run().implementation(),
        evidence.run().seed(),
        inOrder(models),
        trials,
        asAWhole(trials).toArray(new Verdict[0]));
  }

  static List<ModelResult> inOrder(List<ModelResult> models) {
    return models.stream().sorted(Comparator.comparing(ModelResult::model)).toList();
  }

  /** Verdicts about the run as a whole: what is missing of its plan, and its coverage. */
  List<Verdict> asAWhole(List<TrialResult> of) {
    List<Verdict> verdicts = new ArrayList<>();
    Plan plan = evidence.plan().orElse(null);
    if (plan == null) {
      verdicts.add(
          new Verdict.Undecided("the run does not say how many trials and models it planned"));
    } else {
      plan.difference(
              of.stream().map(TrialResult::id).toList(),
              models.stream().map(ModelResult::model).toList())
          .ifPresent(verdicts::add);
    }
    if (isOfMutants()) {
      verdicts.add(
          new Verdict.Undecided(
              "whether each mutant was caught is judged while 'landfall mutants' runs, not again"));
    } else if (!word().equals("replay")) {
      verdicts.add(Campaign.coverage(of));
    }
    return verdicts;
  }

  /** Runs of mutants have a verdict that is not in the files of their own trials. */
  boolean isOfMutants() {
    return word().equals("mutants") || word().equals("mutant");
  }

  private String word() {
    return evidence.run().command().split(" ")[0];
  }

  /** How {@code report.json} differs from the evidence; empty if it does not, or is not there. */
  String differenceOfReport() throws IOException {
    if (isOfMutants() || !evidence.has("report.json")) {
      return "";
    }
    Report written = evidence.readReport();
    Report derived = report();
    if (written.equals(derived)) {
      return "";
    }
    return written.verdict().equals(derived.verdict())
        ? "report.json is not what the evidence gives, beside its verdict"
        : "report.json says '%s', and the evidence gives '%s'"
            .formatted(written.verdict().sentence(), derived.verdict().sentence());
  }
}
