package landfall.precopy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PageSetTest {
  @Property(tries = 300)
  void setsOfPagesAreCombinedAsSetsAre(
      @ForAll Set<@IntRange(max = 200) Integer> some,
      @ForAll Set<@IntRange(max = 200) Integer> others,
      @ForAll @IntRange(max = 100) int dropped,
      @ForAll @IntRange(max = 100) int kept) {
    // Taken from both ends, so that bits beyond the bounds are there and must not count.
    PageSet part = of(some).withoutLowest(dropped).lowest(kept);
    var members = new TreeSet<Integer>();
    new TreeSet<>(some).stream().skip(dropped).limit(kept).forEach(members::add);
    assertArrayEquals(array(members), part.toArray());

    var union = new TreeSet<>(members);
    union.addAll(others);
    assertEquals(of(union), part.union(of(others)));
    assertEquals(of(union), of(others).union(part));

    var both = new TreeSet<>(members);
    both.retainAll(others);
    assertEquals(of(both), part.intersection(of(others)));
    assertEquals(of(both), of(others).intersection(part));

    var rest = new TreeSet<>(members);
    rest.removeAll(others);
    assertEquals(of(rest), part.without(of(others)));
    assertEquals(rest.size(), part.without(of(others)).size());
  }

  private static PageSet of(Set<Integer> pages) {
    return PageSet.of(array(pages));
  }

  private static int[] array(Set<Integer> pages) {
    return pages.stream().mapToInt(Integer::intValue).toArray();
  }
}
