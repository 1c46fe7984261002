package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.Report;
import landfall.report.ReportFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code landfall report}: writes the report of a run anew from its evidence. */
@Command(
    name = "report",
    description =
        "Writes report.json, report.html, junit.xml and results.sarif anew from the evidence.",
    mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder of a run.")
  private Path folder;

  @Override
  public Integer call() throws IOException {
    EvidenceFolder evidence = EvidenceFolder.open(folder);
    RecordedRun recorded = RecordedRun.of(evidence);
    String difference = recorded.differenceOfReport();
    if (!difference.isEmpty()) {
      System.err.println("landfall: " + difference + "; it is written anew");
    }
    Report report = recorded.report();
    evidence.writeReport(report);
    ReportFiles.write(evidence, report);
    evidence.reseal();
    System.out.println("report: " + folder.resolve("report.html"));
    return Answer.print(report.verdict());
  }
}
