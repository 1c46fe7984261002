package landfall.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.junit.jupiter.api.Test;

/** Against figures that anybody can work out by hand, and against the definition. */
class RateTest {

  @Test
  void nothingInFortyTrialsBoundsTheRateAtNinePercent() {
    // 1 - 0.025^(1/40)
    assertEquals(0.08810, new Rate(0, 40).upper(0.95), 1e-5);
    assertEquals(0, new Rate(0, 40).lower(0.95));
    assertEquals(1 - 0.08810, new Rate(40, 40).lower(0.95), 1e-5);
    assertEquals(1, new Rate(40, 40).upper(0.95));
  }

  @Test
  void ofNoTrialsNothingIsKnown() {
    assertEquals(0, new Rate(0, 0).lower(0.95));
    assertEquals(1, new Rate(0, 0).upper(0.95));
    assertEquals(1, new Rate(0, 0).sameAs(new Rate(3, 3)));
  }

  @Test
  void theLadyTastingTea() {
    // Fisher 1935: 3 of 4 right is as good as guessing, 2 * (16 + 1) / 70; 4 of 4 is 2 * 1 / 70.
    assertEquals(34.0 / 70, new Rate(3, 4).sameAs(new Rate(1, 4)), 1e-12);
    assertEquals(2.0 / 70, new Rate(4, 4).sameAs(new Rate(0, 4)), 1e-12);
  }

  /** At its ends the interval leaves just 2.5 % to counts so far or farther away. */
  @Property(tries = 200)
  void theEndsAreExact(@ForAll @IntRange(min = 1, max = 99) int count) {
    var rate = new Rate(count, 100);
    double below =
        new BinomialDistribution(null, 100, rate.upper(0.95)).cumulativeProbability(count);
    double above =
        1 - new BinomialDistribution(null, 100, rate.lower(0.95)).cumulativeProbability(count - 1);
    assertEquals(0.025, below, 1e-6);
    assertEquals(0.025, above, 1e-6);
    assertTrue(rate.lower(0.95) < rate.part() && rate.part() < rate.upper(0.95));
  }

  @Test
  void moreThanAllIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Rate(3, 2));
    assertThrows(IllegalArgumentException.class, () -> new Rate(-1, 2));
  }
}
