package landfall.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import landfall.machine.Memory;
import landfall.wire.PageBatch;

/** Guest memory into frames, and frames into guest memory. */
final class PageFrames {
  private PageFrames() {}

  /**
   * Fills a frame with pages as they are now, up to its seal. They are copied: the guest goes on
   * writing, and the checksum of what is sent must stay true. What it writes into a page meanwhile
   * is in the dirty log, also into one that was just seen zero.
   *
   * @return how many of the pages are all zero
   */
  static int fill(ByteBuffer frame, Memory memory, int round, int[] pages) {
    boolean[] zero = new boolean[pages.length];
    int zeroPages = 0;
    PageBatch.begin(frame, round, pages.length);
    for (int i = 0; i < pages.length; i++) {
      zero[i] = memory.isZeroPage(pages[i]);
      zeroPages += zero[i] ? 1 : 0;
      PageBatch.list(frame, pages[i], zero[i]);
    }
    for (int i = 0; i < pages.length; ) {
      if (zero[i]) {
        i++;
        continue;
      }
      int run = 1;
      while (i + run < pages.length && pages[i + run] == pages[i] + run && !zero[i + run]) {
        run++;
      }
      ByteBuffer view = memory.readOnlyView(pages[i], run);
      i += view.remaining() / PageBatch.PAGE_BYTES;
      frame.put(view);
    }
    return zeroPages;
  }

  /** Where the contents of a batch belong, in the order of its list. */
  static List<ByteBuffer> places(Memory memory, PageBatch batch) {
    List<ByteBuffer> places = new ArrayList<>();
    for (int i = 0; i < batch.count(); ) {
      if (batch.isZero(i)) {
        i++;
        continue;
      }
      int first = batch.page(i);
      int run = 1;
      while (i + run < batch.count()
          && batch.page(i + run) == first + run
          && !batch.isZero(i + run)) {
        run++;
      }
      ByteBuffer view = memory.writableView(first, run);
      i += view.remaining() / PageBatch.PAGE_BYTES;
      places.add(view);
    }
    return places;
  }
}
