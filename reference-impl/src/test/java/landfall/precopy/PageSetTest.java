package landfall.precopy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PageSetTest {
  @Property(tries = 300)
  void setsOfPagesAreCombinedAsSetsAre(
      @ForAll Set<@IntRange(max = 200) Integer> some,
      @ForAll Set<@IntRange(max = 200) Integer> others,
      @ForAll @IntRange(max = 100) int dropped,
      @ForAll @IntRange(max = 100) int kept,
      @ForAll @IntRange(min = 1, max = 60) int apart) {
    checkSets(apart(some, apart), apart(others, apart), dropped, kept);
  }

  private static void checkSets(Set<Integer> some, Set<Integer> others, int dropped, int kept) {
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

    assertEquals(of(members), PageSet.ofWords(part.toWords()));
    for (int page : some) {
      assertEquals(members.contains(page), part.contains(page));
      assertEquals(part.union(PageSet.of(page)), part.with(page));
      assertEquals(part.without(PageSet.of(page)), part.without(page));
    }
  }

  /** The same pattern, over several of the chunks of which a set is made. */
  private static Set<Integer> apart(Set<Integer> pages, int factor) {
    return pages.stream().map(page -> page * factor).collect(Collectors.toSet());
  }

  private static PageSet of(Set<Integer> pages) {
    return PageSet.of(array(pages));
  }

  private static int[] array(Set<Integer> pages) {
    return pages.stream().mapToInt(Integer::intValue).toArray();
  }
}
