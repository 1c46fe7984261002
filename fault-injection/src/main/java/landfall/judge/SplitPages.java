package landfall.judge;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Which pages of a stream of post-copy are worth to be followed: those of which something would be
 * wrong, if anything is, and some of each kind of which nothing need be. It decides nothing: the
 * specification does.
 */
final class SplitPages {
  private static final int OF_A_KIND = 2;

  private final int pages;

  /** Passed before the guest was given away. */
  private final BitSet before = new BitSet();

  private final BitSet stale = new BitSet();

  /** Still to come. */
  private final BitSet due = new BitSet();

  /** What the destination has for certain, on connections before this one. */
  private final BitSet there = new BitSet();

  private final BitSet asked = new BitSet();
  private final List<Integer> passed = new ArrayList<>();
  private boolean givenAway;
  private final BitSet passedBefore = new BitSet();
  private boolean again;

  // Of each kind.
  private final TreeSet<Integer> notDue = new TreeSet<>();
  private final TreeSet<Integer> askedInVain = new TreeSet<>();
  private final TreeSet<Integer> untrue = new TreeSet<>();
  private final TreeSet<Integer> neverCame = new TreeSet<>();
  private final TreeSet<Integer> requested = new TreeSet<>();
  private final TreeSet<Integer> sentAgain = new TreeSet<>();
  private final TreeSet<Integer> staleAndSent = new TreeSet<>();

  /**
   * @param pages how many pages there are
   */
  SplitPages(int pages) {
    this.pages = pages;
  }

  void stale(int page) {
    stale.set(page);
  }

  void givenAway() {
    givenAway = true;
    due.set(0, pages);
    due.andNot(before);
    due.or(stale);
    there.or(before);
    there.andNot(stale);
  }

  void passes(int page) {
    if (!givenAway) {
      before.set(page);
      return;
    }
    if (!due.get(page)) {
      notDue.add(page);
    }
    if (again && passedBefore.get(page)) {
      sentAgain.add(page);
    }
    if (stale.get(page) && before.get(page)) {
      staleAndSent.add(page);
    }
    due.clear(page);
    passed.add(page);
    passedBefore.set(page);
  }

  void requested(int page) {
    if (asked.get(page) || !givenAway || there.get(page)) {
      askedInVain.add(page);
    } else {
      requested.add(page);
    }
    asked.set(page);
  }

  /** A new connection, on which the destination says that it has these pages. */
  void received(BitSet pagesThere) {
    int last = -1;
    for (int i = 0; i < passed.size(); i++) {
      last = pagesThere.get(passed.get(i)) ? i : last;
    }
    BitSet possible = (BitSet) there.clone();
    passed.subList(0, last + 1).forEach(possible::set);
    possible.xor(pagesThere);
    possible.stream().forEach(untrue::add);
    there.clear();
    there.or(pagesThere);
    due.set(0, pages);
    due.andNot(pagesThere);
    asked.clear();
    passed.clear();
    again = true;
  }

  void over() {
    due.stream().forEach(neverCame::add);
  }

  /** The pages to be followed. */
  TreeSet<Integer> chosen() {
    TreeSet<Integer> chosen = new TreeSet<>();
    for (TreeSet<Integer> kind :
        List.of(notDue, askedInVain, untrue, neverCame, requested, sentAgain, staleAndSent)) {
      kind.stream().limit(OF_A_KIND).forEach(chosen::add);
    }
    IntStream.of(before.nextSetBit(0), before.length() - 1)
        .filter(page -> page >= 0)
        .forEach(chosen::add);
    if (!passed.isEmpty()) {
      chosen.add(passed.get(0));
      chosen.add(passed.get(passed.size() - 1));
    }
    return chosen;
  }
}
