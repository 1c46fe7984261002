package landfall.report;

import static landfall.report.Markup.escape;
import static landfall.report.Markup.number;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import landfall.evidence.FaultResult;
import landfall.evidence.Judge;
import landfall.evidence.ModelResult;
import landfall.evidence.Report;
import landfall.evidence.RoundResult;
import landfall.evidence.TrialResult;
import landfall.evidence.Verdict;

/** A report as one HTML page that works offline: verdict first, then what it rests on. */
public final class HtmlReport {

  /**
   * Trials that hold are drawn up to this many, so that the page of a long campaign still opens.
   */
  private static final int HOLDING_TRIALS_DRAWN_MAX = 100;

  private static final int OPEN_TRIALS_MAX = 3;

  private final Report report;
  private final Map<String, String> counterexamples;
  private final List<TrialResult> trials;
  private final StringBuilder html = new StringBuilder(1 << 16);

  private HtmlReport(Report report, Map<String, String> counterexamples) {
    this.report = report;
    this.counterexamples = counterexamples;
    this.trials = worstFirst(report.trials());
  }

  /**
   * The whole page.
   *
   * @param counterexamples of models, by their name, as JSON
   */
  public static String render(Report report, Map<String, String> counterexamples) {
    return new HtmlReport(report, counterexamples).page();
  }

  /** What is worst comes first; within one verdict the order of the run stays. */
  static List<TrialResult> worstFirst(List<TrialResult> trials) {
    return trials.stream()
        .sorted(
            Comparator.comparingInt((TrialResult trial) -> rank(trial.verdict()))
                .thenComparingInt(TrialResult::id))
        .toList();
  }

  private static int rank(Verdict verdict) {
    return List.of("violated", "broken", "undecided", "holds").indexOf(verdict.word());
  }

  private String page() {
    html.append(
        Markup.head(
            report.implementation().name() + ": " + report.verdict().word() + " · Landfall"));
    verdict();
    violations();
    models();
    coverage();
    trialTable();
    trialDetails();
    html.append(
        """
        </main>
        <footer>Written by Landfall. The evidence lies beside this page; MANIFEST.sha256 seals it.</footer>
        </body>
        </html>
        """);
    return html.toString();
  }

  private void verdict() {
    String word = report.verdict().word();
    html.append(
        """
        <header class="verdict %s">
        <p class="subject">%s <span class="version">%s</span></p>
        <h1>%s</h1>
        <p class="rests">%s</p>
        """
            .formatted(
                word,
                escape(report.implementation().name()),
                escape(report.implementation().version()),
                headline(report.verdict()),
                escape(restsOn())));
    if (!(report.verdict() instanceof Verdict.Holds)
        && !(report.verdict() instanceof Verdict.Violated)) {
      html.append("<p class=\"why\">").append(escape(report.verdict().sentence())).append("</p>\n");
    }
    html.append("<dl class=\"figures\">");
    figure("trials", number(report.counts().trials()));
    figure("with every fault seen", number(report.counts().withFaultSeen()));
    figure("client operations", number(report.counts().operations()));
    figure("trace events", number(report.counts().events()));
    figure("models as expected", modelsOk() + " of " + report.models().size());
    figure("seed", Long.toString(report.seed()));
    html.append("</dl>\n</header>\n");
  }

  private void figure(String what, String value) {
    html.append("<div><dt>%s</dt><dd>%s</dd></div>".formatted(escape(what), escape(value)));
  }

  private static String headline(Verdict verdict) {
    return switch (verdict.word()) {
      case "holds" -> "Holds";
      case "violated" -> "Violated";
      case "undecided" -> "Undecided";
      default -> "Broken";
    };
  }

  private long modelsOk() {
    return report.models().stream().filter(ModelResult::ok).count();
  }

  /** The sentence that says what the verdict rests on. */
  private String restsOn() {
    long violated = trials.stream().filter(t -> t.verdict() instanceof Verdict.Violated).count();
    String found =
        switch (report.verdict().word()) {
          case "holds" -> "No claim was violated";
          case "violated" ->
              violated == 0
                  ? "A claim is violated"
                  : "A claim is violated in "
                      + Markup.counted(violated, "trial", "trials")
                      + " of "
                      + number(report.counts().trials());
          case "undecided" -> "No claim was violated, but not everything could be decided";
          default -> "The suite itself went wrong, so nothing is said about the implementation";
        };
    var counts = report.counts();
    return found
        + ". This rests on "
        + Markup.counted(counts.trials(), "trial", "trials")
        + ", "
        + number(counts.withFaultSeen())
        + " of them with faults that were all seen to take effect, "
        + Markup.counted(counts.operations(), "client operation", "client operations")
        + ", "
        + Markup.counted(counts.events(), "trace event", "trace events")
        + " and "
        + Markup.counted(report.models().size(), "model", "models")
        + ".";
  }

  private void violations() {
    Map<String, List<TrialResult>> byClaim = new TreeMap<>();
    Map<String, String> shortest = new TreeMap<>();
    for (TrialResult trial : trials) {
      for (Verdict verdict : trial.verdicts().values()) {
        if (verdict instanceof Verdict.Violated violated) {
          List<TrialResult> of =
              byClaim.computeIfAbsent(violated.claim(), claim -> new ArrayList<>());
          if (!of.contains(trial)) {
            of.add(trial);
          }
          shortest.merge(
              violated.claim(),
              violated.evidence(),
              (a, b) -> b.lines().count() < a.lines().count() ? b : a);
        }
      }
    }
    if (byClaim.isEmpty()) {
      return;
    }
    html.append("<section><h2>Violated claims</h2>\n");
    byClaim.forEach(
        (claim, of) -> {
          html.append("<article class=\"claim\"><h3>").append(escape(claim)).append("</h3>\n<p>");
          html.append(of.size() == 1 ? "Trial " : "Trials ");
          String separator = "";
          for (TrialResult trial : of) {
            html.append(separator).append(link(trial));
            separator = ", ";
          }
          html.append(". Shortest evidence:</p>\n<pre>")
              .append(escape(shortest.get(claim)))
              .append("</pre></article>\n");
        });
    html.append("</section>\n");
  }

  private void models() {
    if (report.models().isEmpty()) {
      return;
    }
    html.append(
        """
        <section><h2>Models</h2>
        <p class="note">A model either holds, or must fail: then its counterexample is what was expected.</p>
        <div class="scroll"><table class="models">
        <thead><tr><th>Model</th><th></th><th>Expected</th><th>Found</th><th class="n">States</th>\
        <th class="n">Depth</th><th class="n">Time</th></tr></thead>
        <tbody>
        """);
    report.models().stream().sorted(Comparator.comparing(ModelResult::ok)).forEach(this::modelRow);
    html.append("</tbody></table></div>\n");
    report.models().forEach(this::counterexample);
    html.append("</section>\n");
  }

  private void counterexample(ModelResult model) {
    String picture = CounterexamplePicture.of(counterexamples.getOrDefault(model.model(), ""));
    if (!picture.isEmpty()) {
      html.append(
          "<details class=\"%s\"><summary><b>%s</b> <span class=\"plan\">%s</span></summary>\n<div class=\"body\">%s</div></details>\n"
              .formatted(
                  model.verdict().word(), escape(model.model()), escape(model.found()), picture));
    }
  }

  private void modelRow(ModelResult model) {
    String states = number(model.distinctStates());
    if (model.expectedStates() != null && model.expectedStates() != model.distinctStates()) {
      states += "<br><span class=\"bad\">pinned " + number(model.expectedStates()) + "</span>";
    }
    String found = escape(model.found());
    if (model.counterexample() != null) {
      found += " <a href=\"" + escape(model.counterexample()) + "\">trace</a>";
    }
    html.append(
        "<tr><td class=\"name\">%s</td><td>%s</td><td>%s</td><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%d</td><td class=\"n\">%s</td></tr>\n"
            .formatted(
                escape(model.model()).replaceAll("(?<=[a-z])(?=[A-Z])", "<wbr>"),
                model.ok()
                    ? "<span class=\"badge holds\">as expected</span>"
                    : badge(model.verdict()),
                escape(model.expected()),
                found,
                states,
                model.depth(),
                Markup.time((double) model.millis())));
  }

  private void coverage() {
    List<Coverage> modes = Coverage.of(report.trials());
    if (modes.isEmpty()) {
      return;
    }
    html.append(
        """
        <section><h2>Coverage</h2>
        <p class="note">How often each fault was seen to take effect in each phase. A fault that was \
        aimed but not seen counts for nothing.</p>
        """);
    for (Coverage mode : modes) {
      html.append("<div class=\"scroll\"><table class=\"coverage\">\n<caption>")
          .append(escape(mode.mode()))
          .append("</caption>\n<thead><tr><th>Fault</th>");
      mode.phases()
          .forEach(phase -> html.append("<th class=\"n\">").append(escape(phase)).append("</th>"));
      html.append("</tr></thead>\n<tbody>\n");
      for (String kind : mode.kinds()) {
        html.append("<tr><td class=\"name\">").append(escape(kind)).append("</td>");
        mode.phases().forEach(phase -> html.append(cell(mode.cell(kind, phase).orElse(null))));
        html.append("</tr>\n");
      }
      html.append("</tbody></table></div>\n");
    }
    html.append("</section>\n");
  }

  private static String cell(Coverage.Cell cell) {
    if (cell == null) {
      return "<td class=\"n none\">·</td>";
    }
    String style = cell.seen() == 0 ? "missed" : "c" + Math.min(4, cell.seen());
    return "<td class=\"n %s\">%s</td>".formatted(style, cell.words());
  }

  private void trialTable() {
    if (trials.isEmpty()) {
      return;
    }
    html.append(
        """
        <section><h2>Trials</h2>
        <div class="scroll"><table class="trials">
        <thead><tr><th class="n">Trial</th><th>Plan</th><th>Faults</th><th>Outcome</th>""");
    for (Judge judge : Judge.values()) {
      html.append("<th>").append(judge.word()).append("</th>");
    }
    html.append("<th class=\"n\">Downtime</th><th class=\"n\">Total</th></tr></thead>\n<tbody>\n");
    for (TrialResult trial : trials) {
      html.append(
          "<tr class=\"%s\"><td class=\"n\">%s</td><td>%s</td><td>%s</td><td>%s</td>"
              .formatted(
                  trial.verdict().word(),
                  link(trial),
                  escape(trial.plan()),
                  faultWords(trial),
                  escape(trial.outcome())));
      for (Judge judge : Judge.values()) {
        Verdict verdict = trial.verdicts().get(judge);
        html.append("<td>").append(verdict == null ? "–" : badge(verdict)).append("</td>");
      }
      html.append(
          "<td class=\"n\">%s</td><td class=\"n\">%s</td></tr>\n"
              .formatted(Markup.time(trial.downtimeMillis()), Markup.time(trial.totalMillis())));
    }
    html.append("</tbody></table></div></section>\n");
  }

  private static String faultWords(TrialResult trial) {
    var words = new ArrayList<String>();
    for (FaultResult fault : trial.faults()) {
      words.add(
          fault.seen()
              ? escape(fault.kind())
              : "<span class=\"bad\">" + escape(fault.kind()) + ", not seen</span>");
    }
    return words.isEmpty() ? "none" : String.join("<br>", words);
  }

  private static String link(TrialResult trial) {
    return "<a href=\"#trial-%d\">%d</a>".formatted(trial.id(), trial.id());
  }

  private static String badge(Verdict verdict) {
    return "<span class=\"badge %s\" title=\"%s\">%s</span>"
        .formatted(
            verdict.word(), escape(Markup.shortened(verdict.sentence(), 300)), verdict.word());
  }

  private void trialDetails() {
    if (trials.isEmpty()) {
      return;
    }
    html.append("<section><h2>Trial by trial</h2>\n");
    int open = 0;
    int holdingDrawn = 0;
    int left = 0;
    for (TrialResult trial : trials) {
      boolean holds = trial.verdict() instanceof Verdict.Holds;
      if (holds && ++holdingDrawn > HOLDING_TRIALS_DRAWN_MAX) {
        left++;
        continue;
      }
      trialDetail(trial, !holds && open++ < OPEN_TRIALS_MAX);
    }
    if (left > 0) {
      html.append(
          "<p class=\"note\">%s more trials that hold are not drawn here; their evidence is in the folder <code>trials</code>.</p>\n"
              .formatted(number(left)));
    }
    html.append("</section>\n");
  }

  private void trialDetail(TrialResult trial, boolean open) {
    html.append(
        """
        <details%s class="%s"><summary><b>Trial %d</b> %s <span class="plan">%s</span></summary>
        <div id="trial-%d" class="body">
        <p class="note">%s, seed %d, downtime %s, total %s, %s, %s</p>
        """
            .formatted(
                open ? " open" : "",
                trial.verdict().word(),
                trial.id(),
                badge(trial.verdict()),
                escape(trial.plan()),
                trial.id(),
                escape(trial.outcome()),
                trial.seed(),
                Markup.time(trial.downtimeMillis()),
                Markup.time(trial.totalMillis()),
                Markup.counted(trial.operations(), "operation", "operations"),
                Markup.counted(trial.events(), "event", "events")));
    judges(trial);
    faults(trial);
    String picture = SpaceTimePicture.of(trial);
    if (!picture.isEmpty()) {
      html.append("<h4>What happened</h4>\n").append(picture);
      html.append(
          "<p class=\"note\">Time runs down; where nothing happens it is shortened. Rest the pointer on a message for its times.</p>\n");
    }
    rounds(trial);
    html.append("<h4>Replay</h4>\n<pre class=\"command\">")
        .append(escape(trial.replay()))
        .append("</pre>\n</div></details>\n");
  }

  private void judges(TrialResult trial) {
    html.append("<h4>Judges</h4>\n<dl class=\"judges\">\n");
    for (Judge judge : Judge.values()) {
      Verdict verdict = trial.verdicts().get(judge);
      html.append("<dt>").append(judge.word()).append("</dt><dd>");
      if (verdict == null) {
        html.append("<span class=\"quiet\">had nothing to judge</span>");
      } else {
        html.append(badge(verdict)).append(' ').append(judgement(verdict));
      }
      html.append("</dd>\n");
    }
    html.append("</dl>\n");
  }

  private static String judgement(Verdict verdict) {
    if (verdict instanceof Verdict.Holds holds) {
      return number(holds.examined()) + " examined";
    }
    if (verdict instanceof Verdict.Violated violated) {
      return "<b>%s</b><pre>%s</pre>"
          .formatted(escape(violated.claim()), escape(violated.evidence()));
    }
    if (verdict instanceof Verdict.Undecided undecided) {
      return escape(undecided.budgetSpent());
    }
    return escape(((Verdict.Broken) verdict).ourFault());
  }

  private void faults(TrialResult trial) {
    if (trial.faults().isEmpty()) {
      return;
    }
    html.append("<h4>Faults</h4>\n<ul class=\"faults\">\n");
    for (FaultResult fault : trial.faults()) {
      html.append(
          "<li><b>%s</b> in %s at %s: %s%s</li>\n"
              .formatted(
                  escape(fault.kind()),
                  escape(fault.phase()),
                  Markup.time(fault.atMillis()),
                  fault.seen() ? "seen" : "<span class=\"bad\">not seen</span>",
                  fault.evidence().isBlank() ? "" : ", " + escape(fault.evidence())));
    }
    html.append("</ul>\n");
  }

  private void rounds(TrialResult trial) {
    if (trial.rounds().isEmpty()) {
      return;
    }
    double most =
        trial.rounds().stream().mapToDouble(RoundResult::dirtyPagesPerSecond).max().orElse(0);
    html.append(
        """
        <h4>Rounds</h4>
        <div class="scroll"><table class="rounds">
        <thead><tr><th class="n">Round</th><th class="n">Pages sent</th><th class="n">Bytes</th>\
        <th class="n">Time</th><th>Dirty pages per second</th></tr></thead><tbody>
        """);
    for (RoundResult round : trial.rounds()) {
      double share = most == 0 ? 0 : round.dirtyPagesPerSecond() / most * 100;
      html.append(
          "<tr><td class=\"n\">%d</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"bar\"><i style=\"width:%s%%\"></i><span>%s</span></td></tr>\n"
              .formatted(
                  round.round(),
                  number(round.pagesSent()),
                  Markup.bytes(round.bytes()),
                  Markup.time(round.millis()),
                  Markup.at(share * 0.75),
                  number(Math.round(round.dirtyPagesPerSecond()))));
    }
    html.append("</tbody></table></div>\n");
  }
}
