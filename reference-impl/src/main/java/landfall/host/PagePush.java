package landfall.host;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import landfall.precopy.PageSet;
import landfall.transport.Link;
import landfall.wire.Frame;
import landfall.wire.PageBatch;

/**
 * Pages that follow a guest which runs at the destination: those that it waits for first, the
 * others in ascending order. On the loop's thread.
 */
final class PagePush {

  /** A page that the guest waits for stands behind so much at most, and what is on the way. */
  static final int PUSH_PAGES = 64;

  /** The same while a guest waits again and again: a demand is read between two frames. */
  static final int PUSH_PAGES_ASKED = 32;

  /** The source whose pages these are. */
  interface Owner {

    /** The connection on which pages may go now, or null if none may. */
    Link pushesTo();

    /** Those of these pages that go in one frame: the first ones. */
    default PageSet together(PageSet pages) {
      return pages;
    }

    /** Takes the step of sending these; false if it is not enabled. */
    boolean takeSend(PageSet pages);
  }

  private final Engine engine;
  private final Owner owner;
  private final MigrationProgress progress;
  private final Pace pace;
  private final ArrayDeque<Integer> asked = new ArrayDeque<>();

  /** Pages that the destination lacks and that are not on their way. */
  private PageSet pending;

  private boolean pumps;

  PagePush(Engine engine, Owner owner, MigrationProgress progress, PageSet pending) {
    this.engine = engine;
    this.owner = owner;
    this.progress = progress;
    this.pending = pending;
    pace = new Pace(engine.loop, progress::bytes, this::pumpSoon);
  }

  PageSet pending() {
    return pending;
  }

  /** The guest waits for this page. */
  void demand(int page) {
    asked.add(page);
    // Not at once: with no page of the push in between those that stand behind it are read.
    pumpSoon();
  }

  /** The connection is gone, and what was asked for on it. */
  void interrupt() {
    pace.restart();
    asked.clear();
  }

  /** On a new connection the destination has said what it lacks. */
  void restart(PageSet missing) {
    interrupt();
    pending = missing;
    pumpSoon();
  }

  void pumpSoon() {
    if (!pumps) {
      pumps = true;
      engine.loop.execute(
          () -> {
            pumps = false;
            pump();
          });
    }
  }

  /** Sends what is due, one batch a turn, so that other events have theirs. */
  private void pump() {
    Link link = owner.pushesTo();
    if (link == null) {
      return;
    }
    while (!asked.isEmpty() && link.takesPages()) {
      int page = asked.poll();
      if (pending.contains(page)) {
        send(PageSet.of(page));
      }
    }
    if (pending.isEmpty() || !link.takesPages()) {
      return; // We are told when it does.
    }
    long cap = engine.settings.postCopyBandwidthMax;
    if (!pace.waits(cap)) {
      send(pending.lowest(Pace.batchPages(PUSH_PAGES, cap)));
      pumpSoon();
    }
  }

  private void send(PageSet due) {
    PageSet before = pending;
    PageSet pages = owner.together(due);
    pending = pending.without(pages);
    if (!owner.takeSend(pages)) {
      pending = before;
    }
  }

  /**
   * Sends these pages in a frame. The guest does not run here: its memory stays as it is.
   *
   * @param round of pre-copy, or with {@link Frame#FLAG_VERSION} the version of the page
   */
  void sendFrame(Link link, int flags, int attempt, int round, PageSet sent) {
    int[] pages = sent.toArray();
    ByteBuffer frame = link.pagesBuffer();
    List<ByteBuffer> contents = PageFrames.list(frame, engine.guest.memory(), round, pages);
    int contentBytes = contents.stream().mapToInt(ByteBuffer::remaining).sum();
    int bytes = frame.position() + contentBytes;
    engine.noteSent(pages, attempt, link.nextSequence());
    link.sendPages(flags, attempt, contents);
    int whole = contentBytes / PageBatch.PAGE_BYTES;
    progress.sent(bytes, whole, pages.length - whole);
  }
}
