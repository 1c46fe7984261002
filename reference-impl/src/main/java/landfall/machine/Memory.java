package landfall.machine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The RAM of a guest: off-heap, little-endian, in pages of 4096 bytes, with a log of the pages that
 * were written. Pages are numbered from 0 at the start of RAM; offsets are bytes from there.
 *
 * <p>Threads. The hart's thread loads and stores. Any thread may <em>read</em> pages at any time; a
 * page read while the guest writes it may be torn, and is then dirty again. {@link #writePage},
 * {@link #wasWritten} and {@link #markDirty} are safe on any thread as long as the guest does not
 * use that page meanwhile. {@link #enableDirtyLog}, {@link #disableDirtyLog}, {@link #harvestDirty}
 * and {@link #store} belong to the hart's thread or to {@link Machine#atSafePoint}, that is between
 * two instructions.
 *
 * <p>Why no write is lost. A harvest never overlaps an instruction of the guest, so for each guest
 * store there are two cases. (1) The store came before the harvest: what led the hart to its safe
 * point also makes the data visible to whoever harvests and then reads. (2) It came after: the
 * harvest has armed the page's watch byte again, so the store takes the slow path and sets the bit,
 * which stays for the next harvest. The fast path that skips the bit reads only the watch byte,
 * which changes at safe points alone, so it cannot race with a harvest. Skipping on a test of the
 * bit itself would need a full fence between the data and the test, for each store: the harvester
 * could otherwise clear the bit and read old data in between. Writes that come from other threads
 * have no safe point: they write the data first and then set the bit with an atomic
 * read-modify-write, unconditionally, so either the harvester's read sees the data or its next
 * harvest the bit.
 *
 * <p>A page may be absent: the guest is here before all of its pages are. The hart touches no
 * absent page, so whoever brings one in writes it without haste, and then {@link #markPresent}
 * publishes it. Pages become absent only while the guest stands. One thread at a time makes pages
 * absent and present.
 */
public final class Memory {
  /** Bytes of a page. */
  public static final int PAGE_SIZE = 4096;

  static final int PAGE_SHIFT = 12;
  static final int SLAB_PAGES_SHIFT = 18;
  static final int SLAB_MASK = (1 << (SLAB_PAGES_SHIFT + PAGE_SHIFT)) - 1;

  /** The page is clean and the log is on: the next store must set its bit. */
  private static final byte WATCH_DIRTY = 1;

  /** The page has decoded instructions: a store must drop those that it overwrites. */
  private static final byte WATCH_CODE = 2;

  /** The page holds {@code tohost}: a store may end the run. */
  private static final byte WATCH_HOST = 4;

  /** The page is followed: the next store must be noted. */
  private static final byte WATCH_FOLLOWED = 8;

  /** Decoded pages that are kept, 8 KiB of heap each; more than that, and all are dropped. */
  private static final int DECODED_PAGES_MAX = 4096;

  private static final VarHandle BITS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final ByteBuffer ZERO_PAGE =
      ByteBuffer.allocateDirect(PAGE_SIZE).asReadOnlyBuffer();

  /** Slabs of 1 GiB, the last one shorter, little-endian. Positions and limits are never moved. */
  final ByteBuffer[] slabs;

  /** Per page, the reasons for which a store must take the slow path; 0 if none. */
  final byte[] watch;

  /** Per page, its decoded instructions, or null. An entry of 0 is not decoded yet. */
  final long[][] decoded;

  private final int pages;
  private final long[] dirty;
  private volatile boolean dirtyLogEnabled;
  private long watchedWordOffset = -1;
  private int decodedPages;
  private int[] followed = {};

  /** As the dirty log: the pages that are absent. */
  private final long[] absent;

  /** All pages below are present. The hart looks here first, and seldom at the bits. */
  private volatile int presentBelow;

  /**
   * RAM full of zeros.
   *
   * @param sizeBytes a positive multiple of 4096, below 1 TiB
   * @throws IllegalArgumentException if it is not, or if the process may not have that much direct
   *     memory
   */
  public Memory(long sizeBytes) {
    if (sizeBytes <= 0 || sizeBytes % PAGE_SIZE != 0 || sizeBytes >= 1L << 40) {
      throw new IllegalArgumentException(
          "RAM of " + sizeBytes + " bytes: a positive multiple of 4096 below 1 TiB is accepted");
    }
    pages = (int) (sizeBytes >>> PAGE_SHIFT);
    int slabPages = 1 << SLAB_PAGES_SHIFT;
    slabs = new ByteBuffer[(pages + slabPages - 1) >>> SLAB_PAGES_SHIFT];
    try {
      for (int slab = 0; slab < slabs.length; slab++) {
        int pagesHere = Math.min(slabPages, pages - slab * slabPages);
        slabs[slab] =
            ByteBuffer.allocateDirect(pagesHere * PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
      }
    } catch (OutOfMemoryError e) {
      throw new IllegalArgumentException(
          "RAM of "
              + sizeBytes
              + " bytes: more than this process may have, raise -XX:MaxDirectMemorySize",
          e);
    }
    watch = new byte[pages];
    decoded = new long[pages][];
    dirty = new long[(pages + 63) >>> 6];
    absent = new long[dirty.length];
    presentBelow = pages;
  }

  /** Number of pages. */
  public int pages() {
    return pages;
  }

  /** Size in bytes. */
  public long sizeBytes() {
    return (long) pages << PAGE_SHIFT;
  }

  /**
   * Copies one page out and moves the position of {@code into} by 4096.
   *
   * @throws java.nio.BufferOverflowException if fewer than 4096 bytes are left in it
   */
  public void readPage(int page, ByteBuffer into) {
    into.put(readOnlyView(page, 1));
  }

  /**
   * A read-only window on {@code count} pages, without copying, for gathering writes. The guest's
   * later stores show through it. Shorter than asked where the pages reach into the next GiB: look
   * at its {@code remaining()}.
   */
  public ByteBuffer readOnlyView(int firstPage, int count) {
    return writableView(firstPage, count).asReadOnlyBuffer();
  }

  /**
   * A window for writing into {@code count} pages, for scattering reads. Who writes there says so
   * with {@link #wasWritten} afterwards, page by page. Shorter than asked as {@link #readOnlyView}
   * is.
   */
  public ByteBuffer writableView(int firstPage, int count) {
    checkPages(firstPage, count);
    ByteBuffer slab = slabs[firstPage >>> SLAB_PAGES_SHIFT];
    int index = slabIndex(firstPage);
    int length = (int) Math.min((long) count << PAGE_SHIFT, slab.capacity() - index);
    return slab.slice(index, length);
  }

  /** What a write through {@link #writableView} owes. Reaches the dirty log while that is on. */
  public void wasWritten(int page) {
    checkPages(page, 1);
    writtenFromOutside(page);
  }

  /**
   * What a write through {@link #writableView} into an {@linkplain #markAbsent absent} page owes:
   * the page is as it was elsewhere, which is no change for the dirty log to tell.
   */
  public void wasPlaced(int page) {
    checkPages(page, 1);
    decoded[page] = null;
  }

  /**
   * Replaces one page with the next 4096 bytes of {@code from} and moves its position. Reaches the
   * dirty log only while that is on.
   *
   * @throws java.nio.BufferUnderflowException if fewer than 4096 bytes are left in it; the page is
   *     then unchanged
   */
  public void writePage(int page, ByteBuffer from) {
    checkPages(page, 1);
    if (from.remaining() < PAGE_SIZE) {
      throw new java.nio.BufferUnderflowException();
    }
    slabs[page >>> SLAB_PAGES_SHIFT].put(slabIndex(page), from, from.position(), PAGE_SIZE);
    from.position(from.position() + PAGE_SIZE);
    writtenFromOutside(page);
  }

  /** Makes a page all zeros, as {@link #writePage} would. */
  public void fillZero(int page) {
    writePage(page, ZERO_PAGE.duplicate());
  }

  /** True if all bytes of the page are zero. */
  public boolean isZeroPage(int page) {
    checkPages(page, 1);
    // Most pages that are not zero are told by their first word.
    if (slabs[page >>> SLAB_PAGES_SHIFT].getLong(slabIndex(page)) != 0) {
      return false;
    }
    return readOnlyView(page, 1).mismatch(ZERO_PAGE) < 0;
  }

  /**
   * Loads a little-endian number.
   *
   * @param offset bytes from the start of RAM; need not be aligned
   * @param width bytes: 1, 2, 4 or 8
   * @return the number, zero-extended
   * @throws IndexOutOfBoundsException if a byte of it lies outside of RAM
   */
  public long load(long offset, int width) {
    checkRange(offset, width);
    ByteBuffer slab = slabs[(int) (offset >>> (SLAB_PAGES_SHIFT + PAGE_SHIFT))];
    int index = (int) offset & SLAB_MASK;
    if (index + width > slab.capacity() || index + width < 0) {
      return loadAcrossSlabs(offset, width);
    }
    return switch (width) {
      case 1 -> slab.get(index) & 0xffL;
      case 2 -> slab.getShort(index) & 0xffffL;
      case 4 -> slab.getInt(index) & 0xffff_ffffL;
      case 8 -> slab.getLong(index);
      default -> throw badWidth(width);
    };
  }

  /**
   * Stores the low bytes of a number, little-endian, and logs the page as a guest's store does.
   *
   * @param offset bytes from the start of RAM; need not be aligned
   * @param width bytes: 1, 2, 4 or 8
   * @throws IndexOutOfBoundsException if a byte of it lies outside of RAM
   */
  public void store(long offset, int width, long value) {
    checkRange(offset, width);
    ByteBuffer slab = slabs[(int) (offset >>> (SLAB_PAGES_SHIFT + PAGE_SHIFT))];
    int index = (int) offset & SLAB_MASK;
    if (index + width > slab.capacity() || index + width < 0) {
      storeAcrossSlabs(offset, width, value);
    } else {
      switch (width) {
        case 1 -> slab.put(index, (byte) value);
        case 2 -> slab.putShort(index, (short) value);
        case 4 -> slab.putInt(index, (int) value);
        case 8 -> slab.putLong(index, value);
        default -> throw badWidth(width);
      }
    }
    written(offset, width);
  }

  /**
   * Copies bytes out of RAM.
   *
   * @throws IndexOutOfBoundsException if one of them lies outside
   */
  void loadBytes(long offset, byte[] into, int at, int length) {
    checkRange(offset, length);
    for (int done = 0; done < length; ) {
      ByteBuffer slab = slabs[(int) (offset + done >>> (SLAB_PAGES_SHIFT + PAGE_SHIFT))];
      int index = (int) (offset + done) & SLAB_MASK;
      int part = Math.min(length - done, slab.capacity() - index);
      slab.get(index, into, at + done, part);
      done += part;
    }
  }

  /**
   * Copies bytes into RAM, and logs the pages as {@link #store} does.
   *
   * @throws IndexOutOfBoundsException if one of them lies outside; RAM is then unchanged
   */
  void storeBytes(long offset, byte[] from, int at, int length) {
    checkRange(offset, length);
    for (int done = 0; done < length; ) {
      ByteBuffer slab = slabs[(int) (offset + done >>> (SLAB_PAGES_SHIFT + PAGE_SHIFT))];
      int index = (int) (offset + done) & SLAB_MASK;
      int part = Math.min(length - done, slab.capacity() - index);
      slab.put(index, from, at + done, part);
      done += part;
    }
    if (length > 0) {
      written(offset, length);
    }
  }

  /** Starts the dirty log with no page dirty. If it is on already, all pages become clean. */
  public void enableDirtyLog() {
    dirtyLogEnabled = true;
    for (int word = 0; word < dirty.length; word++) {
      BITS.setVolatile(dirty, word, 0L);
      watchAgain(word, -1L);
    }
  }

  /** As {@link #watchAgain}. */
  private void watchNoMore(int word) {
    int first = word << 6;
    int end = Math.min(first + Long.SIZE, pages);
    for (int page = first; page < end; page++) {
      watch[page] &= ~WATCH_DIRTY;
    }
  }

  /** Pages of one word: a loop in a method of its own is compiled before a large RAM is done. */
  private void watchAgain(int word, long pagesOfWord) {
    int first = word << 6;
    for (long rest = pagesOfWord; rest != 0; rest &= rest - 1) {
      int page = first + Long.numberOfTrailingZeros(rest);
      if (page < pages) {
        watch[page] |= WATCH_DIRTY;
      }
    }
  }

  /** Ends the dirty log and forgets what it held. */
  public void disableDirtyLog() {
    dirtyLogEnabled = false;
    for (int word = 0; word < dirty.length; word++) {
      BITS.setVolatile(dirty, word, 0L);
      watchNoMore(word);
    }
  }

  /** True between {@link #enableDirtyLog} and {@link #disableDirtyLog}. */
  public boolean isDirtyLogEnabled() {
    return dirtyLogEnabled;
  }

  /**
   * Takes the set of the pages written since the last harvest out of the log, leaving it empty. Who
   * harvests owes these pages: if they are not sent, {@link #markDirty} puts them back.
   *
   * @return bit {@code p & 63} of word {@code p >>> 6} stands for page {@code p}, as in {@link
   *     java.util.BitSet#valueOf(long[])}
   */
  public long[] harvestDirty() {
    long[] harvest = new long[dirty.length];
    for (int word = 0; word < dirty.length; word++) {
      harvest[word] = (long) BITS.getAndSet(dirty, word, 0L);
      watchAgain(word, harvest[word]);
    }
    return harvest;
  }

  /** Number of dirty pages now; on another thread than the hart's, a figure of a moment ago. */
  public long dirtyCount() {
    long count = 0;
    for (int word = 0; word < dirty.length; word++) {
      count += Long.bitCount((long) BITS.getOpaque(dirty, word));
    }
    return count;
  }

  /** Puts a page into the dirty log, if that is on. */
  public void markDirty(int page) {
    checkPages(page, 1);
    if (dirtyLogEnabled) {
      setDirty(page);
    }
  }

  /** Follows the guest's stores to these pages and to no others; none is written yet. */
  public void follow(int... newFollowed) {
    for (int page : newFollowed) {
      checkPages(page, 1);
    }
    for (int page : followed) {
      watch[page] &= ~WATCH_FOLLOWED;
    }
    followed = newFollowed.clone();
    for (int page : followed) {
      watch[page] |= WATCH_FOLLOWED;
    }
  }

  /**
   * The followed pages that the guest has written since this was asked last, in the order in which
   * they are followed. Hart's thread, or at a safe point.
   */
  public int[] writtenOfFollowed() {
    int[] written = new int[followed.length];
    int count = 0;
    for (int page : followed) {
      if ((watch[page] & WATCH_FOLLOWED) == 0) {
        watch[page] |= WATCH_FOLLOWED;
        written[count++] = page;
      }
    }
    return Arrays.copyOf(written, count);
  }

  /** Makes a page absent: the guest waits when it touches it. Only while the guest stands. */
  public void markAbsent(int page) {
    checkPages(page, 1);
    BITS.getAndBitwiseOr(absent, page >>> 6, 1L << page);
    presentBelow = Math.min(presentBelow, page);
  }

  /**
   * The same for many.
   *
   * @param words the pages whose bit is set, bit 0 of the first word being page 0
   */
  public void markAbsent(long[] words) {
    for (int i = words.length - 1; i >= 0; i--) {
      if (words[i] != 0) {
        checkPages(i << 6 | 63 - Long.numberOfLeadingZeros(words[i]), 1);
        BITS.getAndBitwiseOr(absent, i, words[i]);
        presentBelow = Math.min(presentBelow, i << 6 | Long.numberOfTrailingZeros(words[i]));
      }
    }
  }

  /** Makes a page present. Its content is in its place, and belongs to the guest from now on. */
  public void markPresent(int page) {
    checkPages(page, 1);
    BITS.getAndBitwiseAnd(absent, page >>> 6, ~(1L << page));
    if (page == presentBelow) {
      presentBelow = firstAbsentFrom(page + 1);
    }
  }

  /** True if the guest may touch the page. Any thread. */
  public boolean isPresent(int page) {
    return page < presentBelow || ((long) BITS.getVolatile(absent, page >>> 6) >>> page & 1) == 0;
  }

  /** True if no page is absent. Any thread. */
  public boolean isWhole() {
    return presentBelow == pages;
  }

  /** Number of a page such that all pages below are present; that of pages if all are. */
  int presentBelow() {
    return presentBelow;
  }

  /** The first absent page that a range of RAM touches, or -1. The length is not 0. */
  int firstAbsent(long offset, long length) {
    int last = (int) ((offset + length - 1) >>> PAGE_SHIFT);
    for (int page = Math.max((int) (offset >>> PAGE_SHIFT), presentBelow); page <= last; page++) {
      if (!isPresent(page)) {
        return page;
      }
    }
    return -1;
  }

  private int firstAbsentFrom(int first) {
    int page = first;
    while (page < pages) {
      long rest = (long) BITS.getVolatile(absent, page >>> 6) >>> page;
      if (rest != 0) {
        return page + Long.numberOfTrailingZeros(rest);
      }
      page = (page | 63) + 1;
    }
    return pages;
  }

  /** Has stores to the eight bytes at {@code offset} reported by {@link #isWatchedWord}. */
  void watchWord(long offset) {
    checkRange(offset, Long.BYTES);
    unwatchWord();
    watchedWordOffset = offset;
    watch[(int) (offset >>> PAGE_SHIFT)] |= WATCH_HOST;
    watch[(int) ((offset + Long.BYTES - 1) >>> PAGE_SHIFT)] |= WATCH_HOST;
  }

  void unwatchWord() {
    if (watchedWordOffset >= 0) {
      watch[(int) (watchedWordOffset >>> PAGE_SHIFT)] &= ~WATCH_HOST;
      watch[(int) ((watchedWordOffset + Long.BYTES - 1) >>> PAGE_SHIFT)] &= ~WATCH_HOST;
      watchedWordOffset = -1;
    }
  }

  /** Offset of the watched word, or -1. */
  long watchedWordOffset() {
    return watchedWordOffset;
  }

  /** True if a store to these bytes touches the watched word. */
  boolean isWatchedWord(long offset, int width) {
    return watchedWordOffset >= 0
        && offset < watchedWordOffset + Long.BYTES
        && offset + width > watchedWordOffset;
  }

  /** The place for the decoded instructions of a page. Stores to the page are watched from now. */
  long[] decodedPage(int page) {
    long[] instructions = decoded[page];
    if (instructions == null) {
      if (decodedPages == DECODED_PAGES_MAX) {
        Arrays.fill(decoded, null);
        decodedPages = 0;
      }
      decodedPages++;
      instructions = new long[PAGE_SIZE / Integer.BYTES];
      decoded[page] = instructions;
      watch[page] |= WATCH_CODE;
    }
    return instructions;
  }

  /** What a store owes after its bytes are in place. Hart's thread, or at a safe point. */
  private void written(long offset, int width) {
    int first = (int) (offset >>> PAGE_SHIFT);
    int last = (int) ((offset + width - 1) >>> PAGE_SHIFT);
    for (int page = first; page <= last; page++) {
      byte reasons = watch[page];
      if ((reasons & WATCH_DIRTY) != 0) {
        setDirty(page);
      }
      if ((reasons & (WATCH_DIRTY | WATCH_FOLLOWED)) != 0) {
        watch[page] = (byte) (reasons & ~(WATCH_DIRTY | WATCH_FOLLOWED));
      }
      long[] instructions = decoded[page];
      if (instructions != null) {
        long pageStart = (long) page << PAGE_SHIFT;
        int from = (int) Math.max(offset - pageStart, 0) >>> 2;
        int to = (int) Math.min(offset + width - 1 - pageStart, PAGE_SIZE - 1) >>> 2;
        Arrays.fill(instructions, from, to + 1, 0L);
      }
    }
  }

  // The watch byte is left alone: it belongs to the hart's thread. An armed watch on a page that is
  // dirty already costs one slow store and nothing else.
  private void writtenFromOutside(int page) {
    decoded[page] = null;
    if (dirtyLogEnabled) {
      setDirty(page);
    }
  }

  private void setDirty(int page) {
    BITS.getAndBitwiseOr(dirty, page >>> 6, 1L << page);
  }

  private long loadAcrossSlabs(long offset, int width) {
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= load(offset + i, 1) << (8 * i);
    }
    return value;
  }

  private void storeAcrossSlabs(long offset, int width, long value) {
    for (int i = 0; i < width; i++) {
      store(offset + i, 1, value >>> (8 * i));
    }
  }

  private static int slabIndex(int page) {
    return (page & ((1 << SLAB_PAGES_SHIFT) - 1)) << PAGE_SHIFT;
  }

  private void checkPages(int first, int count) {
    if (first < 0 || count <= 0 || count > pages - first) {
      throw new IndexOutOfBoundsException(
          count + " pages from page " + first + " on: RAM has pages 0 to " + (pages - 1));
    }
  }

  private void checkRange(long offset, int width) {
    if (offset < 0 || offset > sizeBytes() - width) {
      throw new IndexOutOfBoundsException(
          width + " bytes at offset " + offset + ": RAM has " + sizeBytes() + " bytes");
    }
  }

  private static IllegalArgumentException badWidth(int width) {
    return new IllegalArgumentException("width " + width + ": 1, 2, 4 or 8 bytes are accepted");
  }
}
