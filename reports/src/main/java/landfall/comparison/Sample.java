package landfall.comparison;

import java.util.List;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.stat.inference.MannWhitneyUTest;

/** Measured figures of one kind from one run, in one unit. */
final class Sample {
  private final double[] figures;

  Sample(List<Double> figures) {
    this.figures = figures.stream().mapToDouble(Double::doubleValue).toArray();
  }

  int size() {
    return figures.length;
  }

  double median() {
    return StatUtils.percentile(figures, 50);
  }

  /** How likely samples differ at least so much if they have one cause: Mann-Whitney, two-sided. */
  double sameAs(Sample other) {
    return new MannWhitneyUTest().mannWhitneyUTest(figures, other.figures);
  }

  /**
   * Cliff's delta: how much likelier a figure of the other is the larger one than the smaller one;
   * from -1 (always smaller) to 1 (always larger).
   */
  double deltaTo(Sample other) {
    double sum = 0;
    for (double mine : figures) {
      for (double theirs : other.figures) {
        sum += Math.signum(theirs - mine);
      }
    }
    return sum / ((double) figures.length * other.figures.length);
  }
}
