package landfall.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ImageDigestTest {
  private static final int PAGES = 8;

  private static ImageDigest of(List<Integer> pages, int leftOut) {
    var digest = new ImageDigest(PAGES);
    for (int i = 0; i < pages.size(); i++) {
      if (i != leftOut) {
        digest.sent(pages.get(i), 1, i);
      }
    }
    return digest;
  }

  /** What came last of each page decides, and nothing else. */
  @Property(tries = 500)
  void itIsThatOfTheLastFramesOfAllPages(
      @ForAll @Size(max = 30) List<@IntRange(max = PAGES - 1) Integer> pages,
      @ForAll @IntRange(max = 29) int leftOut) {
    Map<Integer, Integer> last = new HashMap<>();
    for (int i = 0; i < pages.size(); i++) {
      last.put(pages.get(i), i);
    }
    var once = new ImageDigest(PAGES);
    last.forEach((page, frame) -> once.sent(page, 1, frame));
    ImageDigest whole = of(pages, -1);
    assertEquals(once.value(), whole.value());
    assertEquals(last.size(), whole.pages());
    boolean matters = leftOut < pages.size() && last.get(pages.get(leftOut)) == leftOut;
    assertEquals(!matters, whole.value() == of(pages, leftOut).value());
  }

  @Test
  void anotherAttemptAndOtherBytesMakeAnother() {
    var first = new ImageDigest(PAGES);
    first.sent(3, 1, 5);
    var second = new ImageDigest(PAGES);
    second.sent(3, 2, 5);
    assertNotEquals(first.value(), second.value());
    assertNotEquals(
        first.valueWith(ByteBuffer.wrap(new byte[] {1})),
        first.valueWith(ByteBuffer.wrap(new byte[] {1, 0})));
    second.clear();
    assertEquals(new ImageDigest(PAGES).value(), second.value());
  }
}
