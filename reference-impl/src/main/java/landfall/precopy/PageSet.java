package landfall.precopy;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * An immutable set of page numbers, taken from the lowest up. Removing the lowest pages shares the
 * bitmap and only moves a cursor, so that a round of any size costs one pass over it.
 */
public final class PageSet {
  private static final PageSet EMPTY = new PageSet(new BitSet(), 0, 0);

  // Invariant: never written after construction; the members are the set bits from `from` up.
  private final BitSet bits;
  private final int from;
  private final int size;

  private PageSet(BitSet bits, int from, int size) {
    this.bits = bits;
    this.from = from;
    this.size = size;
  }

  /** The set without members. */
  public static PageSet empty() {
    return EMPTY;
  }

  /** All pages from 0 to {@code pages - 1}. */
  public static PageSet all(int pages) {
    var bits = new BitSet(pages);
    bits.set(0, pages);
    return new PageSet(bits, 0, pages);
  }

  /** The given pages. */
  public static PageSet of(int... pages) {
    var bits = new BitSet();
    Arrays.stream(pages).forEach(bits::set);
    return new PageSet(bits, 0, bits.cardinality());
  }

  /** The pages whose bit is set in {@code words}, bit 0 of word 0 being page 0. */
  public static PageSet ofWords(long[] words) {
    var bits = BitSet.valueOf(words);
    return new PageSet(bits, 0, bits.cardinality());
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** Number of members. */
  public int size() {
    return size;
  }

  public boolean contains(int page) {
    return page >= from && bits.get(page);
  }

  /** The lowest {@code count} members, or all if there are fewer. */
  public PageSet lowest(int count) {
    if (count >= size) {
      return this;
    }
    var lowest = new BitSet();
    stream().limit(count).forEach(lowest::set);
    return new PageSet(lowest, 0, Math.max(count, 0));
  }

  /** This set without its lowest {@code count} members. */
  public PageSet withoutLowest(int count) {
    if (count >= size) {
      return EMPTY;
    }
    int next = from;
    for (int i = 0; i < count; i++) {
      next = bits.nextSetBit(next) + 1;
    }
    return new PageSet(bits, next, size - Math.max(count, 0));
  }

  /** The members in ascending order. */
  public IntStream stream() {
    return IntStream.iterate(
        bits.nextSetBit(from), page -> page >= 0, page -> bits.nextSetBit(page + 1));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PageSet that
        && size == that.size
        && Arrays.equals(stream().toArray(), that.stream().toArray());
  }

  @Override
  public int hashCode() {
    return stream().reduce(size, (hash, page) -> 31 * hash + page);
  }

  @Override
  public String toString() {
    return size <= 16 ? Arrays.toString(stream().toArray()) : size + " pages";
  }
}
