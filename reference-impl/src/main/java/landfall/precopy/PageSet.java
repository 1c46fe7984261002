package landfall.precopy;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * An immutable set of page numbers, taken from the lowest up. A set that is made from another one
 * shares all of it but what differs: taking or removing the lowest pages only moves a bound, and
 * adding or removing one page copies the chunk that has it, so that neither a round nor a step for
 * each page costs time that grows with the square of the guest's size.
 */
public final class PageSet {
  /** Most words of a chunk. For one page more a chunk is copied, and the list of chunks. */
  private static final int CHUNK_WORDS = 64;

  private static final int CHUNK_PAGES = CHUNK_WORDS * Long.SIZE;
  private static final PageSet EMPTY = new PageSet(new long[0][], 0, 0, 0);

  // Invariant: never written after construction; the members are the set bits from `from` up to
  // but without `until`. A chunk ends with its last word that is not zero; null has no bit.
  private final long[][] chunks;
  private final int from;
  private final int until;
  private final int size;

  private PageSet(long[][] chunks, int from, int until, int size) {
    this.chunks = chunks;
    this.from = from;
    this.until = until;
    this.size = size;
  }

  /** All bits of the chunks are members. */
  private static PageSet of(long[][] chunks, int size) {
    return size == 0 ? EMPTY : new PageSet(chunks, 0, Integer.MAX_VALUE, size);
  }

  /** The set without members. */
  public static PageSet empty() {
    return EMPTY;
  }

  /** All pages from 0 to {@code pages - 1}. */
  public static PageSet all(int pages) {
    long[] words = new long[(pages + Long.SIZE - 1) / Long.SIZE];
    Arrays.fill(words, -1L);
    if (pages % Long.SIZE > 0) {
      words[words.length - 1] = (1L << pages) - 1;
    }
    return ofWords(words);
  }

  /** The given pages. */
  public static PageSet of(int... pages) {
    int last = -1;
    for (int page : pages) {
      last = Math.max(last, page);
    }
    long[][] chunks = new long[last < 0 ? 0 : last / CHUNK_PAGES + 1][];
    int size = 0;
    for (int page : pages) {
      int chunk = page / CHUNK_PAGES;
      int word = page % CHUNK_PAGES / Long.SIZE;
      if (chunks[chunk] == null) {
        chunks[chunk] = new long[word + 1];
      } else if (chunks[chunk].length <= word) {
        chunks[chunk] = Arrays.copyOf(chunks[chunk], word + 1);
      }
      size += (chunks[chunk][word] >>> page & 1) == 0 ? 1 : 0;
      chunks[chunk][word] |= 1L << page;
    }
    return of(chunks, size);
  }

  /** The pages whose bit is set in {@code words}, bit 0 of word 0 being page 0. */
  public static PageSet ofWords(long[] words) {
    long[][] chunks = new long[(words.length + CHUNK_WORDS - 1) / CHUNK_WORDS][];
    int size = 0;
    for (int i = 0; i < chunks.length; i++) {
      int first = i * CHUNK_WORDS;
      chunks[i] =
          trimmed(Arrays.copyOfRange(words, first, Math.min(first + CHUNK_WORDS, words.length)));
      size += count(chunks[i]);
    }
    return of(chunks, size);
  }

  /** The inverse of {@link #ofWords}, without words of zeros at the end. */
  public long[] toWords() {
    long[] words = new long[chunks.length * CHUNK_WORDS];
    int length = 0;
    for (int i = 0; i < chunks.length; i++) {
      long[] chunk = chunk(i);
      if (chunk != null) {
        System.arraycopy(chunk, 0, words, i * CHUNK_WORDS, chunk.length);
        length = i * CHUNK_WORDS + chunk.length;
      }
    }
    return Arrays.copyOf(words, length);
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** Number of members. */
  public int size() {
    return size;
  }

  public boolean contains(int page) {
    if (page < from || page >= until) {
      return false;
    }
    long[] chunk = page / CHUNK_PAGES < chunks.length ? chunks[page / CHUNK_PAGES] : null;
    int word = page % CHUNK_PAGES / Long.SIZE;
    return chunk != null && word < chunk.length && (chunk[word] >>> page & 1) != 0;
  }

  /** The lowest {@code count} members, or all if there are fewer. */
  public PageSet lowest(int count) {
    if (count >= size) {
      return this;
    }
    int wanted = Math.max(count, 0);
    return wanted == 0 ? EMPTY : new PageSet(chunks, from, afterLowest(wanted), wanted);
  }

  /** This set without its lowest {@code count} members. */
  public PageSet withoutLowest(int count) {
    if (count >= size) {
      return EMPTY;
    }
    int removed = Math.max(count, 0);
    return new PageSet(chunks, afterLowest(removed), until, size - removed);
  }

  /** The members and this page. */
  public PageSet with(int page) {
    if (contains(page)) {
      return this;
    }
    int index = page / CHUNK_PAGES;
    int word = page % CHUNK_PAGES / Long.SIZE;
    long[][] more = withinBounds(Math.max(chunks.length, index + 1));
    long[] chunk = more[index] == null ? new long[0] : more[index];
    more[index] = Arrays.copyOf(chunk, Math.max(chunk.length, word + 1));
    more[index][word] |= 1L << page;
    return of(more, size + 1);
  }

  /** The members but this page. */
  public PageSet without(int page) {
    if (!contains(page)) {
      return this;
    }
    int index = page / CHUNK_PAGES;
    long[][] rest = withinBounds(chunks.length);
    rest[index] = rest[index].clone();
    rest[index][page % CHUNK_PAGES / Long.SIZE] &= ~(1L << page);
    rest[index] = trimmed(rest[index]);
    return of(rest, size - 1);
  }

  private long[][] withinBounds(int length) {
    long[][] all = Arrays.copyOf(chunks, length);
    if (from > 0 || until < Integer.MAX_VALUE) {
      Arrays.setAll(all, this::chunk);
    }
    return all;
  }

  /** The members of either set. */
  public PageSet union(PageSet other) {
    if (other.isEmpty() || this == other) {
      return this;
    }
    long[][] either = new long[Math.max(chunks.length, other.chunks.length)][];
    int members = size;
    for (int i = 0; i < either.length; i++) {
      long[] mine = chunk(i);
      long[] others = other.chunk(i);
      either[i] = mine == null || mine == others ? others : mine;
      if (mine == null) {
        members += count(others);
      } else if (others != null && mine != others) {
        either[i] = or(mine, others);
        members += count(either[i]) - count(mine);
      }
    }
    return of(either, members);
  }

  /** The members of both sets. */
  public PageSet intersection(PageSet other) {
    long[][] both = new long[Math.min(chunks.length, other.chunks.length)][];
    int members = 0;
    for (int i = 0; i < both.length; i++) {
      both[i] = and(chunk(i), other.chunk(i));
      members += count(both[i]);
    }
    return of(both, members);
  }

  /** The members of this set that are not in the other. */
  public PageSet without(PageSet other) {
    if (other.isEmpty() || isEmpty()) {
      return this;
    }
    long[][] rest = new long[chunks.length][];
    int members = size;
    for (int i = 0; i < rest.length; i++) {
      long[] mine = chunk(i);
      long[] common = mine == null ? null : and(mine, other.chunk(i));
      rest[i] = common == null ? mine : andNot(mine, common);
      members -= count(common);
    }
    return of(rest, members);
  }

  // ---------------------------------------------------------------- chunks

  /** A chunk as far as it is within the bounds. */
  private long[] chunk(int index) {
    if (index >= chunks.length || chunks[index] == null) {
      return null;
    }
    long[] words = chunks[index];
    int first = index * CHUNK_PAGES;
    int low = Math.max(from - first, 0);
    int high = Math.min(until - first, words.length * Long.SIZE);
    if (low == 0 && high == words.length * Long.SIZE) {
      return words;
    }
    if (low >= high) {
      return null;
    }
    long[] within = Arrays.copyOf(words, (high + Long.SIZE - 1) / Long.SIZE);
    Arrays.fill(within, 0, low / Long.SIZE, 0);
    within[low / Long.SIZE] &= -1L << low;
    if (high % Long.SIZE > 0) {
      within[within.length - 1] &= (1L << high) - 1;
    }
    return trimmed(within);
  }

  private static long[] trimmed(long[] words) {
    int length = words.length;
    while (length > 0 && words[length - 1] == 0) {
      length--;
    }
    return length == 0 ? null : length == words.length ? words : Arrays.copyOf(words, length);
  }

  private static int count(long[] chunk) {
    int count = 0;
    for (int i = 0; chunk != null && i < chunk.length; i++) {
      count += Long.bitCount(chunk[i]);
    }
    return count;
  }

  private static long[] or(long[] one, long[] other) {
    long[] longer = one.length >= other.length ? one : other;
    long[] shorter = longer == one ? other : one;
    long[] either = longer.clone();
    for (int i = 0; i < shorter.length; i++) {
      either[i] |= shorter[i];
    }
    return either;
  }

  private static long[] and(long[] one, long[] other) {
    if (one == null || other == null) {
      return null;
    }
    long[] both = new long[Math.min(one.length, other.length)];
    for (int i = 0; i < both.length; i++) {
      both[i] = one[i] & other[i];
    }
    return trimmed(both);
  }

  private static long[] andNot(long[] chunk, long[] removed) {
    long[] rest = chunk.clone();
    for (int i = 0; i < removed.length; i++) {
      rest[i] &= ~removed[i];
    }
    return trimmed(rest);
  }

  // ---------------------------------------------------------------- members

  /** The lowest member that is not below the page, or -1. */
  private int next(int page) {
    int at = Math.max(page, from);
    while (at < until && at / CHUNK_PAGES < chunks.length) {
      long[] chunk = chunks[at / CHUNK_PAGES];
      int word = at % CHUNK_PAGES / Long.SIZE;
      if (chunk == null || word >= chunk.length) {
        at = (at / CHUNK_PAGES + 1) * CHUNK_PAGES;
        continue;
      }
      long left = chunk[word] >>> at;
      if (left != 0) {
        int found = at + Long.numberOfTrailingZeros(left);
        return found < until ? found : -1;
      }
      at = (at / Long.SIZE + 1) * Long.SIZE;
    }
    return -1;
  }

  /** The page after the lowest {@code count} members, of which there are as many. */
  private int afterLowest(int count) {
    int next = from;
    for (int i = 0; i < count; i++) {
      next = next(next) + 1;
    }
    return next;
  }

  /** The members in ascending order, as an array. */
  public int[] toArray() {
    int[] members = new int[size];
    int page = next(0);
    for (int i = 0; i < size; i++) {
      members[i] = page;
      page = next(page + 1);
    }
    return members;
  }

  /** The members in ascending order. */
  public IntStream stream() {
    return IntStream.iterate(next(0), page -> page >= 0, page -> next(page + 1));
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
