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
   * Begins a frame: the list of the pages, and which of them are all zero now. What the guest
   * writes into a page meanwhile is in the dirty log, also into one that was just seen zero.
   *
   * @return where the contents of the others are, in the order of the list
   */
  static List<ByteBuffer> list(ByteBuffer frame, Memory memory, int round, int[] pages) {
    boolean[] zero = new boolean[pages.length];
    PageBatch.begin(frame, round, pages.length);
    for (int i = 0; i < pages.length; i++) {
      zero[i] = memory.isZeroPage(pages[i]);
      PageBatch.list(frame, pages[i], zero[i]);
    }
    List<ByteBuffer> contents = new ArrayList<>();
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
      contents.add(view);
    }
    return contents;
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
