package landfall.host;

import java.nio.ByteBuffer;
import java.util.List;
import landfall.transport.LinkHandler;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;

/** The source's end of a connection: contents of pages go the other way. */
interface ToDestination extends LinkHandler {

  @Override
  default String otherSide() {
    return "the destination";
  }

  @Override
  default List<ByteBuffer> contents(int ofAttempt, PageBatch pages) throws FrameException {
    throw FrameException.outOfPlace(FrameType.PAGES, ofAttempt);
  }
}
