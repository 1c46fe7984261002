package landfall.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import landfall.evidence.EvidenceFolder;
import landfall.evidence.ModelResult;
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
    folder.write("report.html", HtmlReport.render(report, counterexamples(folder, report)));
    folder.write("junit.xml", JunitXml.render(report));
    folder.write("results.sarif", Sarif.render(report));
  }

  private static Map<String, String> counterexamples(EvidenceFolder folder, Report report)
      throws IOException {
    Map<String, String> found = new TreeMap<>();
    for (ModelResult model : report.models()) {
      if (model.counterexample() != null) {
        Path json = folder.root().resolve(model.counterexample().replaceFirst("\\.txt$", ".json"));
        // A report from elsewhere may name any file.
        if (json.normalize().startsWith(folder.root()) && Files.exists(json)) {
          found.put(model.model(), Files.readString(json));
        }
      }
    }
    return found;
  }
}
