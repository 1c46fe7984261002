package landfall.report;

import static landfall.report.Markup.at;
import static landfall.report.Markup.escape;

import java.util.List;
import java.util.Locale;
import landfall.evidence.BenchReport;
import landfall.evidence.BenchReport.Bound;
import landfall.evidence.BenchReport.Curve;
import landfall.evidence.BenchReport.Figure;
import landfall.evidence.BenchReport.Standing;

/** What benches measured, as one HTML page that works offline. */
public final class BenchPage {
  private final BenchReport report;
  private final StringBuilder html = new StringBuilder(1 << 14);

  private BenchPage(BenchReport report) {
    this.report = report;
  }

  /** The whole page. */
  public static String render(BenchReport report) {
    return new BenchPage(report).page();
  }

  private String page() {
    List<Figure> asked =
        report.parts().stream()
            .flatMap(part -> part.figures().stream())
            .filter(figure -> figure.standing() != Standing.NOT_ASKED)
            .toList();
    long missed = asked.stream().filter(figure -> figure.standing() == Standing.MISSED).count();
    html.append(Markup.head("bench · Landfall"));
    html.append(
        """
        <header class="verdict %s">
        <p class="subject">landfall bench</p>
        <h1>%s</h1>
        <p class="rests">%s</p>
        </header>
        """
            .formatted(
                missed > 0 ? "undecided" : asked.isEmpty() ? "" : "holds",
                missed > 0
                    ? missed + " of " + asked.size() + " bounds missed"
                    : asked.isEmpty()
                        ? "No bound was asked"
                        : "All " + asked.size() + " bounds met",
                escape(report.machine())));
    report.parts().forEach(this::part);
    html.append(
        """
        </main>
        <footer>Written by Landfall. A bound is on the median. Figures are of one machine in one run: \
        compare a figure with its peer beside it.</footer>
        </body>
        </html>
        """);
    return html.toString();
  }

  private void part(BenchReport.Part part) {
    html.append("<section><h2>%s</h2>\n".formatted(escape(part.name())));
    note(part.about());
    if (!part.figures().isEmpty()) {
      html.append(
          """
          <div class="scroll"><table class="bench">
          <thead><tr><th>Measured</th><th class="n">Median</th><th class="n">Least to most</th>\
          <th class="n">Times</th><th class="n">Asked</th><th></th><th>By</th></tr></thead>
          <tbody>
          """);
      part.figures().forEach(this::row);
      html.append("</tbody></table></div>\n");
    }
    part.notes().forEach(this::note);
    part.curves().forEach(curve -> html.append(new CurvePicture(curve).svg()));
    html.append("</section>\n");
  }

  private void note(String text) {
    html.append("<p class=\"note\">").append(escape(text)).append("</p>\n");
  }

  private void row(Figure figure) {
    Bound bound = figure.asked();
    String asked = bound == null ? "" : bound.sign() + " " + value(bound.value(), figure.unit());
    String badge =
        switch (figure.standing()) {
          case MET -> "<span class=\"badge holds\">met</span>";
          case MISSED -> "<span class=\"badge undecided\">missed</span>";
          case NOT_ASKED -> "";
        };
    html.append(
        "<tr><td class=\"name\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s to %s</td><td class=\"n\">%d</td><td class=\"n\">%s</td><td>%s</td><td class=\"quiet\">%s</td></tr>\n"
            .formatted(
                escape(figure.what()),
                value(figure.median(), figure.unit()),
                value(figure.min(), ""),
                value(figure.max(), ""),
                figure.values().size(),
                asked,
                badge,
                escape(figure.source())));
  }

  private static String value(double value, String unit) {
    return escape(rounded(value) + (unit.isEmpty() ? "" : " " + unit));
  }

  /** Three digits that count, more before the point. */
  public static String rounded(double value) {
    double size = Math.abs(value);
    int digits = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }

  /** Lines over intervals, both scales logarithmic where that is possible. */
  private static final class CurvePicture {
    private static final double WIDTH = 760;
    private static final double HEIGHT = 300;
    private static final double LEFT = 70;
    private static final double RIGHT = 130;
    private static final double TOP = 16;
    private static final double BOTTOM = 46;
    private static final double LABEL_ROOM = 14;
    private static final int RULES_MAX = 7;

    private final Curve curve;
    private final boolean logarithmic;

    /** From one rule to the next, where the scale is not logarithmic. */
    private final double step;

    private final double least;
    private final double most;
    private final double first;
    private final double last;
    private final StringBuilder svg = new StringBuilder();

    CurvePicture(Curve curve) {
      this.curve = curve;
      var points = curve.lines().stream().flatMap(line -> line.points().stream()).toList();
      double min =
          Math.min(
              curve.without(), points.stream().mapToDouble(BenchReport.Point::min).min().orElse(0));
      double max =
          Math.max(
              curve.without(), points.stream().mapToDouble(BenchReport.Point::max).max().orElse(1));
      logarithmic = min > 0;
      step = step(max - min);
      least = logarithmic ? decade(Math.floor(Math.log10(min))) : Math.floor(min / step) * step;
      most = logarithmic ? decade(Math.ceil(Math.log10(max))) : Math.ceil(max / step) * step;
      first = points.stream().mapToDouble(BenchReport.Point::intervalMicros).min().orElse(1);
      last = points.stream().mapToDouble(BenchReport.Point::intervalMicros).max().orElse(10);
    }

    private static double decade(double power) {
      return Math.pow(10, power);
    }

    /** The least round step that needs few rules for this range. */
    private static double step(double range) {
      double step = 1;
      for (int i = 0; range / step > RULES_MAX; i++) {
        step *= i % 3 == 1 ? 2.5 : 2;
      }
      return step;
    }

    private double x(double micros) {
      double share = Math.log(micros / first) / Math.log(last / first);
      return LEFT + share * (WIDTH - LEFT - RIGHT);
    }

    private double y(double value) {
      double share =
          logarithmic
              ? Math.log(value / least) / Math.log(most / least)
              : (value - least) / (most - least);
      return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
    }

    String svg() {
      svg.append(
          "<h3 class=\"curve\">%s</h3>\n".formatted(escape(curve.what() + ", " + curve.unit())));
      svg.append(
          "<svg class=\"curve\" viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s\">\n"
              .formatted(at(WIDTH), at(HEIGHT), escape(curve.what())));
      scale();
      lines();
      svg.append("</svg>\n");
      return svg.toString();
    }

    private void scale() {
      long rules = Math.round(logarithmic ? Math.log10(most / least) : (most - least) / step);
      for (int i = 0; i <= rules; i++) {
        double value = logarithmic ? least * decade(i) : least + i * step;
        svg.append(rule("grid", LEFT, y(value), WIDTH - RIGHT, y(value)));
        svg.append(text("end", LEFT - 8, y(value) + 4, rounded(value)));
      }
      for (BenchReport.Point point : curve.lines().get(0).points()) {
        double x = x(point.intervalMicros());
        svg.append(rule("grid", x, TOP, x, HEIGHT - BOTTOM));
        svg.append(text("middle", x, HEIGHT - BOTTOM + 18, interval(point.intervalMicros())));
      }
      svg.append(
          text(
              "middle",
              (LEFT + WIDTH - RIGHT) / 2,
              HEIGHT - 8,
              "time from one checkpoint to the next"));
    }

    private void lines() {
      svg.append(rule("without", LEFT, y(curve.without()), WIDTH - RIGHT, y(curve.without())));
      double labelled = y(curve.without());
      svg.append(text("start", WIDTH - RIGHT + 8, labelled + 4, "no checkpoints"));
      for (int i = 0; i < curve.lines().size(); i++) {
        var line = curve.lines().get(i);
        var path = new StringBuilder();
        for (BenchReport.Point point : line.points()) {
          double x = x(point.intervalMicros());
          path.append(path.length() == 0 ? "M" : "L")
              .append(at(x) + " " + at(y(point.median())) + " ");
          svg.append(rule("spread l" + i, x, y(point.min()), x, y(point.max())));
          svg.append(
              "<circle class=\"l%d\" cx=\"%s\" cy=\"%s\" r=\"3.5\"><title>%s</title></circle>\n"
                  .formatted(
                      i,
                      at(x),
                      at(y(point.median())),
                      escape(
                          interval(point.intervalMicros())
                              + ": "
                              + rounded(point.median())
                              + " ("
                              + rounded(point.min())
                              + " to "
                              + rounded(point.max())
                              + ") "
                              + curve.unit())));
        }
        svg.append("<path class=\"l%d\" d=\"%s\"/>\n".formatted(i, path.toString().strip()));
        double y = y(line.points().get(line.points().size() - 1).median());
        if (Math.abs(y - labelled) < LABEL_ROOM) {
          y = labelled - LABEL_ROOM;
        }
        labelled = y;
        svg.append(text("start", WIDTH - RIGHT + 8, y + 4, line.name()));
      }
    }

    private static String interval(double micros) {
      return micros < 1000
          ? rounded(micros) + " µs"
          : Markup.at(micros / 1000).replace(".0", "") + " ms";
    }

    private static String rule(String style, double x1, double y1, double x2, double y2) {
      return "<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>\n"
          .formatted(style, at(x1), at(y1), at(x2), at(y2));
    }

    private static String text(String anchor, double x, double y, String text) {
      return "<text text-anchor=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n"
          .formatted(anchor, at(x), at(y), escape(text));
    }
  }
}
