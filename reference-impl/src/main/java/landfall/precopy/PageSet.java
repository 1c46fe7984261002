package landfall.precopy;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * An immutable set of page numbers, taken from the lowest up. Taking or removing the lowest pages
 * shares the bitmap and only moves a bound, so that a round of any size costs one pass over it.
 */
public final class PageSet {
  private static final PageSet EMPTY = new PageSet(new BitSet(), 0, 0, 0);

  // Invariant: never written after construction; the members are the set bits from `from` up to
  // but without `until`.
  private final BitSet bits;
  private final int from;
  private final int until;
  private final int size;

  private PageSet(BitSet bits, int from, int until, int size) {
    this.bits = bits;
    this.from = from;
    this.until = until;
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
    return new PageSet(bits, 0, pages, pages);
  }

  /** The given pages. */
  public static PageSet of(int... pages) {
    var bits = new BitSet();
    Arrays.stream(pages).forEach(bits::set);
    return new PageSet(bits, 0, bits.length(), bits.cardinality());
  }

  /** The pages whose bit is set in {@code words}, bit 0 of word 0 being page 0. */
  public static PageSet ofWords(long[] words) {
    var bits = BitSet.valueOf(words);
    return new PageSet(bits, 0, bits.length(), bits.cardinality());
  }

  /** The inverse of {@link #ofWords}, without words of zeros at the end. */
  public long[] toWords() {
    return members().toLongArray();
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** Number of members. */
  public int size() {
    return size;
  }

  public boolean contains(int page) {
    return page >= from && page < until && bits.get(page);
  }

  /** The lowest {@code count} members, or all if there are fewer. */
  public PageSet lowest(int count) {
    if (count >= size) {
      return this;
    }
    int wanted = Math.max(count, 0);
    return wanted == 0 ? EMPTY : new PageSet(bits, from, afterLowest(wanted), wanted);
  }

  /** This set without its lowest {@code count} members. */
  public PageSet withoutLowest(int count) {
    if (count >= size) {
      return EMPTY;
    }
    int removed = Math.max(count, 0);
    return new PageSet(bits, afterLowest(removed), until, size - removed);
  }

  /** The members of either set. */
  public PageSet union(PageSet other) {
    if (other.isEmpty()) {
      return this;
    }
    BitSet members = members();
    members.or(other.members());
    return ofMembers(members);
  }

  /** The members of both sets. */
  public PageSet intersection(PageSet other) {
    if (other.size < size) {
      return other.intersection(this);
    }
    var members = new BitSet(until);
    stream().filter(other::contains).forEach(members::set);
    return ofMembers(members);
  }

  /** The members of this set that are not in the other. */
  public PageSet without(PageSet other) {
    if (other.isEmpty()) {
      return this;
    }
    BitSet members = members();
    members.andNot(other.members());
    return ofMembers(members);
  }

  /** A bitmap of its own that has the members and nothing else. */
  private BitSet members() {
    var members = (BitSet) bits.clone();
    members.clear(0, from);
    members.clear(until, Math.max(until, members.length()));
    return members;
  }

  private static PageSet ofMembers(BitSet members) {
    return new PageSet(members, 0, members.length(), members.cardinality());
  }

  /** The page after the lowest {@code count} members, of which there are as many. */
  private int afterLowest(int count) {
    int next = from;
    for (int i = 0; i < count; i++) {
      next = bits.nextSetBit(next) + 1;
    }
    return next;
  }

  /** The members in ascending order, as an array. */
  public int[] toArray() {
    int[] members = new int[size];
    int page = bits.nextSetBit(from);
    for (int i = 0; i < size; i++) {
      members[i] = page;
      page = bits.nextSetBit(page + 1);
    }
    return members;
  }

  /** The members in ascending order. */
  public IntStream stream() {
    return IntStream.iterate(
        bits.nextSetBit(from),
        page -> page >= 0 && page < until,
        page -> bits.nextSetBit(page + 1));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PageSet that
        && size == that.size
        && Arrays.equals(toArray(), that.toArray());
  }

  @Override
  public int hashCode() {
    return stream().reduce(size, (hash, page) -> 31 * hash + page);
  }

  @Override
  public String toString() {
    return size <= 16 ? Arrays.toString(toArray()) : size + " pages";
  }
}
