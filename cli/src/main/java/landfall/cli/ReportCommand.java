package landfall.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import landfall.evidence.EvidenceFolder;
import landfall.report.ReportFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code landfall report}: writes the pages of a run anew from its report.json. */
@Command(
    name = "report",
    description = "Writes report.html, junit.xml and results.sarif anew from DIR/report.json.",
    mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder of a run.")
  private Path folder;

  @Override
  public Integer call() throws IOException {
    EvidenceFolder evidence = EvidenceFolder.open(folder);
    var report = evidence.readReport();
    ReportFiles.write(evidence, report);
    evidence.reseal();
    System.out.println("report: " + folder.resolve("report.html"));
    return Answer.print(report.verdict());
  }
}
