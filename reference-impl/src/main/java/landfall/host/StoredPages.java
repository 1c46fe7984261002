package landfall.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import landfall.precopy.PageSet;
import landfall.wire.CheckpointPages;
import landfall.wire.PageBatch;

/**
 * Contents of the pages of one guest, at a store. A content is never written to, only replaced, so
 * that a list of them stays what it is.
 */
final class StoredPages {
  private static final byte[] ZERO = new byte[0];

  private final byte[][] contents;
  private final int[] versions;

  StoredPages(int pages) {
    contents = new byte[pages][];
    versions = new int[pages];
  }

  /** Pages on their way into memory: taken out of the buffer in which they came. */
  static List<CheckpointPages.Page> copy(List<CheckpointPages.Page> arrived) {
    List<CheckpointPages.Page> copies = new ArrayList<>();
    for (CheckpointPages.Page page : arrived) {
      ByteBuffer content = null;
      if (page.content() != null) {
        content = ByteBuffer.allocate(PageBatch.PAGE_BYTES).put(page.content().duplicate()).flip();
      }
      copies.add(new CheckpointPages.Page(page.number(), page.version(), content));
    }
    return copies;
  }

  /** Replaces pages; their buffers are this object's from now on. */
  void put(List<CheckpointPages.Page> pages) {
    for (CheckpointPages.Page page : pages) {
      contents[page.number()] = page.content() == null ? ZERO : page.content().array();
      versions[page.number()] = page.version();
    }
  }

  /** Puts a content of any length in the place of a page: the guest's state is one. */
  void putState(int page, int version, byte[] state) {
    contents[page] = state;
    versions[page] = version;
  }

  /** Such a content; empty if there is none. */
  byte[] state(int page) {
    return contents[page] == null ? ZERO : contents[page];
  }

  boolean has(int page) {
    return contents[page] != null;
  }

  int version(int page) {
    return versions[page];
  }

  /** Pages as they are now, in lists that fit into a frame. */
  List<List<CheckpointPages.Page>> batches(PageSet pages) {
    List<List<CheckpointPages.Page>> batches = new ArrayList<>();
    List<CheckpointPages.Page> batch = new ArrayList<>();
    for (int page : pages.stream().toArray()) {
      byte[] content = contents[page];
      batch.add(
          new CheckpointPages.Page(
              page, versions[page], content == ZERO ? null : ByteBuffer.wrap(content)));
      if (batch.size() == CheckpointPages.PAGES_MAX) {
        batches.add(List.copyOf(batch));
        batch.clear();
      }
    }
    if (!batch.isEmpty()) {
      batches.add(List.copyOf(batch));
    }
    return batches;
  }
}
