package landfall.transport;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import landfall.wire.Frame;
import landfall.wire.PageBatch;

/** Writes down what it is told. */
class Told implements LinkHandler {
  static final int PAGES = 64;

  final CompletableFuture<Link> opened = new CompletableFuture<>();
  final List<Frame> frames = Collections.synchronizedList(new ArrayList<>());
  final BlockingQueue<String> lost = new LinkedBlockingQueue<>();
  final BlockingQueue<Boolean> drained = new LinkedBlockingQueue<>();

  @Override
  public void opened(Link link) {
    opened.complete(link);
  }

  @Override
  public String otherSide() {
    return "the other side";
  }

  @Override
  public void drained(Link link) {
    drained.add(true);
  }

  @Override
  public void received(Link link, Frame frame) {
    byte[] payload = new byte[frame.payload().remaining()];
    frame.payload().get(payload);
    frames.add(
        new Frame(
            frame.type(),
            frame.flags(),
            frame.attempt(),
            frame.sequence(),
            ByteBuffer.wrap(payload)));
  }

  @Override
  public void lost(Link link, String cause, boolean refused) {
    lost.add(cause);
  }

  @Override
  public int guestPages() {
    return PAGES;
  }

  @Override
  public List<ByteBuffer> contents(int attempt, PageBatch pages) {
    throw new IllegalStateException("no frame of this test has pages that go to memory");
  }
}
