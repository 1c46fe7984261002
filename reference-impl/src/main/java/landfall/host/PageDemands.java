package landfall.host;

import java.util.BitSet;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;

/** Which pages the guest waits for, or will soon, and which of them were asked for already. */
final class PageDemands {

  /** With a page that the guest waits for, those are asked for that share so many with it. */
  private static final int PREFETCHED_PAGES = 8;

  private final BitSet requested = new BitSet();

  /** What was asked for was asked in vain. */
  void forget() {
    requested.clear();
  }

  /**
   * The guest waits for a page.
   *
   * @param asks told of each page that is to be asked for, the one it waits for first
   */
  void demand(int page, IntPredicate missing, IntConsumer asks) {
    int first = page / PREFETCHED_PAGES * PREFETCHED_PAGES;
    ask(page, missing, asks);
    for (int near = first; near < first + PREFETCHED_PAGES; near++) {
      ask(near, missing, asks);
    }
  }

  private void ask(int page, IntPredicate missing, IntConsumer asks) {
    if (missing.test(page) && !requested.get(page)) {
      requested.set(page);
      asks.accept(page);
    }
  }
}
