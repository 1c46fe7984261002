package landfall.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import landfall.evidence.BenchReport;

/** Takes what a bench measures: lines for whoever watches, figures for the end. */
public final class BenchLog {
  private final Consumer<String> lines;
  private final Map<String, Series> figures = new LinkedHashMap<>();
  private final List<BenchReport.Curve> curves = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** One quantity as it is measured. */
  final class Series {
    private final String what;
    private final String unit;
    private final String source;
    private final List<Double> values = new ArrayList<>();
    private BenchReport.Bound asked;

    private Series(String what, String unit, String source) {
      this.what = what;
      this.unit = unit;
      this.source = source;
    }

    /** Its median is to be at most this. */
    Series atMost(double bound) {
      asked = new BenchReport.Bound(bound, true);
      return this;
    }

    /** Its median is to be at least this. */
    Series atLeast(double bound) {
      asked = new BenchReport.Bound(bound, false);
      return this;
    }

    void add(double value) {
      values.add(value);
    }

    void addAll(double[] more) {
      for (double value : more) {
        add(value);
      }
    }

    BenchReport.Figure figure() {
      return new BenchReport.Figure(what, unit, asked, values, source);
    }
  }

  /**
   * @param lines is told what has just been measured
   */
  public BenchLog(Consumer<String> lines) {
    this.lines = lines;
  }

  /**
   * A figure; the same one if it is named again.
   *
   * @param unit empty for a ratio
   * @param source whose clock or count it is
   */
  Series figure(String what, String unit, String source) {
    return figures.computeIfAbsent(what, name -> new Series(name, unit, source));
  }

  void curve(BenchReport.Curve curve) {
    curves.add(curve);
  }

  void note(String note) {
    if (!notes.contains(note)) {
      notes.add(note);
    }
  }

  /** One measurement, for whoever watches. */
  void line(String line) {
    lines.accept(line);
  }

  /** One migration or copy, for whoever watches. */
  void line(String name, Figures figures, String downtime) {
    line(
        String.format(
            "%-34s %8.0f %9.0f %9s %9.0f %13.0f",
            name,
            figures.bytes() / 1e6,
            figures.millis(),
            downtime,
            figures.bytesPerSecond() / 1e6,
            figures.processorMillis()));
  }

  /** The same, with the downtime that its host tells. */
  void line(String name, BenchPair.Moved moved) {
    line(name, moved.figures(), String.format("%.1f", moved.downtimeMillis()));
  }

  /** What the columns of these lines are. */
  static String columns() {
    return String.format(
        "%-34s %8s %9s %9s %9s %13s", "", "MB", "total ms", "downtime", "MB/s", "processor ms");
  }

  /** All that was measured. What was never measured is left out. */
  public BenchReport.Part part(Bench bench) {
    return new BenchReport.Part(
        bench.name(),
        bench.about(),
        figures.values().stream()
            .filter(each -> !each.values.isEmpty())
            .map(Series::figure)
            .toList(),
        curves,
        notes);
  }
}
