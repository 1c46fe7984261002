package landfall.evidence;

import java.util.List;
import java.util.Objects;

/**
 * What benches measured, each figure with what was asked of it and where it comes from.
 *
 * @param machine where it was measured, and how busy the machine was with other things
 * @param parts the benches that ran, in order
 */
public record BenchReport(String machine, List<Part> parts) {
  public BenchReport {
    Objects.requireNonNull(machine);
    parts = List.copyOf(parts);
  }

  /**
   * One bench.
   *
   * @param about what it did, in a sentence or two
   * @param notes what a reader must know of these figures, such as a peer that is missing
   */
  public record Part(
      String name, String about, List<Figure> figures, List<Curve> curves, List<String> notes) {
    public Part {
      figures = List.copyOf(figures);
      curves = List.copyOf(curves);
      notes = List.copyOf(notes);
    }
  }

  /** How a figure stands to what was asked of it. */
  public enum Standing {
    MET("met"),
    MISSED("missed"),
    /** Nothing was asked of it, or what it is to be held against is missing. */
    NOT_ASKED("");

    private final String word;

    Standing(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /** What a median is to be: at most this, or at least. */
  public record Bound(double value, boolean most) {
    boolean admits(double median) {
      return most ? median <= value : median >= value;
    }

    /** Such as {@code ≤}. */
    public String sign() {
      return most ? "≤" : "≥";
    }
  }

  /**
   * One quantity, measured several times.
   *
   * @param unit empty for a ratio
   * @param asked of the median; null if nothing is
   * @param source whose clock or count it is
   */
  public record Figure(String what, String unit, Bound asked, List<Double> values, String source) {
    public Figure {
      values = values.stream().sorted().toList();
      if (values.isEmpty()) {
        throw new IllegalArgumentException("'" + what + "' was never measured");
      }
    }

    public double median() {
      int half = values.size() / 2;
      return values.size() % 2 == 1
          ? values.get(half)
          : (values.get(half - 1) + values.get(half)) / 2;
    }

    public double min() {
      return values.get(0);
    }

    public double max() {
      return values.get(values.size() - 1);
    }

    public Standing standing() {
      if (asked == null) {
        return Standing.NOT_ASKED;
      }
      return asked.admits(median()) ? Standing.MET : Standing.MISSED;
    }
  }

  /**
   * A quantity over the time from one checkpoint to the next.
   *
   * @param without the same without checkpoints, in the same run
   * @param lines what is drawn, each with a name
   */
  public record Curve(String what, String unit, double without, List<Line> lines) {
    public Curve {
      lines = List.copyOf(lines);
    }
  }

  /** One line of a curve. */
  public record Line(String name, List<Point> points) {
    public Line {
      points = List.copyOf(points);
    }
  }

  /** The median at one interval, and the least and the most of the runs. */
  public record Point(double intervalMicros, double median, double min, double max) {}
}
