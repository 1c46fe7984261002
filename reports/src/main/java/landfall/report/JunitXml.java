package landfall.report;

import static landfall.report.Markup.escape;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import landfall.evidence.FaultResult;
import landfall.evidence.ModelResult;
import landfall.evidence.Report;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;

/**
 * A report as JUnit XML, for CI systems: one suite for models, one for trials. Violated is a
 * failure; undecided and broken are errors, since neither is a pass.
 */
public final class JunitXml {

  /** One test case. */
  private record Case(String name, String suite, double seconds, Verdict verdict, String output) {}

  private JunitXml() {}

  /** The whole file. */
  public static String render(Report report) {
    String prefix = "landfall." + report.implementation().name();
    List<Case> models =
        report.models().stream()
            .map(
                model ->
                    new Case(
                        model.model() + " " + expectation(model),
                        prefix + ".models",
                        model.millis() / 1000.0,
                        model.verdict(),
                        "expected: " + model.expected() + "\nfound: " + model.found()))
            .toList();
    List<Case> trials =
        HtmlReport.worstFirst(report.trials()).stream()
            .map(
                trial ->
                    new Case(
                        String.format(Locale.ROOT, "trial %04d %s", trial.id(), trial.plan()),
                        prefix + ".trials",
                        trial.totalMillis() == null ? 0 : trial.totalMillis() / 1000,
                        trial.verdict(),
                        output(trial)))
            .toList();
    var all = new ArrayList<Case>(models);
    all.addAll(trials);
    var xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.append("<testsuites name=\"landfall\" ").append(totals(all)).append(">\n");
    suite(xml, "models", models, report);
    suite(xml, "trials", trials, report);
    return xml.append("</testsuites>\n").toString();
  }

  private static String expectation(ModelResult model) {
    return switch (model.kind()) {
      case HOLDS -> "holds";
      case COUNTEREXAMPLE -> "fails as expected";
    };
  }

  private static String output(TrialResult trial) {
    var text = new StringBuilder("outcome: ").append(trial.outcome()).append('\n');
    for (FaultResult fault : trial.faults()) {
      text.append("fault: ").append(fault.kind()).append(" in ").append(fault.phase());
      text.append(fault.seen() ? ", seen: " : ", not seen: ").append(fault.evidence()).append('\n');
    }
    trial
        .verdicts()
        .forEach(
            (judge, verdict) ->
                text.append(judge.word()).append(": ").append(verdict.sentence()).append('\n'));
    return text.append("replay: ").append(trial.replay()).append('\n').toString();
  }

  private static String totals(List<Case> cases) {
    long failures = cases.stream().filter(c -> c.verdict() instanceof Verdict.Violated).count();
    long passes = cases.stream().filter(c -> c.verdict() instanceof Verdict.Holds).count();
    return String.format(
        Locale.ROOT,
        "tests=\"%d\" failures=\"%d\" errors=\"%d\" time=\"%.3f\"",
        cases.size(),
        failures,
        cases.size() - failures - passes,
        cases.stream().mapToDouble(Case::seconds).sum());
  }

  private static void suite(StringBuilder xml, String name, List<Case> cases, Report report) {
    xml.append("  <testsuite name=\"").append(name).append("\" ").append(totals(cases));
    xml.append(" skipped=\"0\">\n    <properties>\n");
    property(xml, "implementation", report.implementation().name());
    property(xml, "version", report.implementation().version());
    property(xml, "seed", Long.toString(report.seed()));
    xml.append("    </properties>\n");
    for (Case one : cases) {
      xml.append(
          String.format(
              Locale.ROOT,
              "    <testcase name=\"%s\" classname=\"%s\" time=\"%.3f\">\n",
              escape(one.name()),
              escape(one.suite()),
              one.seconds()));
      problem(xml, one.verdict());
      xml.append("      <system-out>").append(escape(one.output())).append("</system-out>\n");
      xml.append("    </testcase>\n");
    }
    xml.append("  </testsuite>\n");
  }

  private static void property(StringBuilder xml, String name, String value) {
    xml.append("      <property name=\"%s\" value=\"%s\"/>\n".formatted(name, escape(value)));
  }

  private static void problem(StringBuilder xml, Verdict verdict) {
    if (verdict instanceof Verdict.Holds) {
      return;
    }
    String element = verdict instanceof Verdict.Violated ? "failure" : "error";
    xml.append(
        "      <%s message=\"%s\" type=\"%s\">%s</%s>\n"
            .formatted(
                element,
                escape(Markup.shortened(verdict.sentence(), 200)),
                escape(verdict instanceof Verdict.Violated v ? v.claim() : verdict.word()),
                escape(verdict.sentence()),
                element));
  }
}
