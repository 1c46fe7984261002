package landfall.comparison;

import org.apache.commons.math3.distribution.BetaDistribution;
import org.apache.commons.math3.distribution.HypergeometricDistribution;

/**
 * How often something happened.
 *
 * @param count how often
 * @param of in how many trials, at least {@code count}
 */
public record Rate(int count, int of) {

  /** Probabilities that differ by no more than this part are equal in floating point. */
  private static final double SAME = 1e-7;

  public Rate {
    if (count < 0 || of < count) {
      throw new IllegalArgumentException(
          "a rate is a count of at most all, was " + count + " of " + of);
    }
  }

  /**
   * The lower end of the exact interval of the true rate (Clopper and Pearson 1934).
   *
   * @param confidence such as 0.95
   */
  public double lower(double confidence) {
    return count == 0
        ? 0
        : new BetaDistribution(count, of - count + 1.0)
            .inverseCumulativeProbability((1 - confidence) / 2);
  }

  /** The upper end of the same interval; 1 if there were no trials. */
  public double upper(double confidence) {
    return count == of
        ? 1
        : new BetaDistribution(count + 1.0, of - count)
            .inverseCumulativeProbability(1 - (1 - confidence) / 2);
  }

  /**
   * How likely two rates differ at least as much as these if they have one cause: Fisher's exact
   * test, two-sided. 1 if either has no trials.
   */
  public double sameAs(Rate other) {
    int all = of + other.of;
    int counted = count + other.count;
    if (of == 0 || other.of == 0 || counted == 0 || counted == all) {
      return 1;
    }
    var split = new HypergeometricDistribution(null, all, counted, of);
    double seen = split.probability(count);
    double sum = 0;
    for (int each = split.getSupportLowerBound(); each <= split.getSupportUpperBound(); each++) {
      double probability = split.probability(each);
      if (probability <= seen * (1 + SAME)) {
        sum += probability;
      }
    }
    return Math.min(1, sum);
  }

  /** The part, between 0 and 1; 0 if there were no trials. */
  public double part() {
    return of == 0 ? 0 : (double) count / of;
  }
}
