package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PageWaitsTest {
  private static PageWaits of(long... nanos) {
    var waits = new PageWaits();
    LongStream.of(nanos).forEach(waits::add);
    return waits;
  }

  @Property(tries = 300)
  void aPercentileIsNeverTooShortAndAtMostASixteenthTooLong(
      @ForAll @Size(min = 1, max = 200) List<@LongRange(max = 1_000_000_000_000L) Long> waits,
      @ForAll @LongRange(min = 1, max = 100) long percent) {
    long[] sorted = waits.stream().mapToLong(Long::longValue).sorted().toArray();
    long exact = sorted[(int) Math.ceil(sorted.length * percent / 100.0) - 1];
    long told = of(sorted).percentileNanos(percent);
    assertTrue(told >= exact && told <= exact + exact / 16 + 1, told + " of " + exact);
  }

  @Test
  void waitsAreSummedUp() {
    PageWaits waits = of(1_000, 3_000, 5_000);
    assertEquals(3, waits.count());
    assertEquals(9_000, waits.totalNanos());
    assertEquals(3_000, waits.averageNanos());
    assertEquals(5_000, waits.maxNanos());
    assertEquals(5_000, waits.percentileNanos(100));
    waits.clear();
    assertEquals(0, waits.count());
    assertEquals(0, waits.averageNanos());
    assertEquals(0, waits.percentileNanos(99));
    assertEquals(0, Arrays.stream(waits.byPowersOfTwo()).sum());
  }

  @Test
  void waitsAreCountedByPowersOfTwoMicroseconds() {
    long[] told = of(0, 900, 1_500, 3_000, 300_000, 400_000, Long.MAX_VALUE).byPowersOfTwo();
    assertEquals(3, told[0], "shorter than 2 microseconds");
    assertEquals(1, told[1]);
    assertEquals(2, told[8], "from 256 to 512 microseconds");
    assertEquals(1, told[told.length - 1], "longer than can be told");
    assertEquals(7, Arrays.stream(told).sum());
  }
}
