package landfall.report;

import java.io.IOException;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.Report;

/** All that is made from a report, written beside the evidence. */
public final class ReportFiles {

  private ReportFiles() {}

  /**
   * Writes {@code report.json}, {@code report.html}, {@code junit.xml} and {@code results.sarif}.
   * The caller seals the folder afterwards.
   */
  public static void write(EvidenceFolder folder, Report report) throws IOException {
    folder.writeReport(report);
    folder.write("report.html", HtmlReport.render(report));
    folder.write("junit.xml", JunitXml.render(report));
    folder.write("results.sarif", Sarif.render(report));
  }
}
