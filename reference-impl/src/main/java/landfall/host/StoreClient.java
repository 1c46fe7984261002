package landfall.host;

import java.util.function.Consumer;
import landfall.forwardcheckpoint.Request;
import landfall.transport.SelectorLoop;

/** A store, {@code landfall store}, reached over a socket. Connects anew by itself. */
final class StoreClient implements StoreAccess {

  /**
   * Begins to connect. On the loop's thread.
   *
   * @param deadlineMillis after so long without progress a connection is given up
   */
  StoreClient(SelectorLoop loop, HostAddress store, StoreSession session, int deadlineMillis) {
    throw new UnsupportedOperationException("not written yet");
  }

  @Override
  public int ask(Request.ToStore request, Given given, Consumer<Answer> answered) {
    throw new UnsupportedOperationException("not written yet");
  }

  @Override
  public int askImage(PageReceiver pages, Consumer<Answer> answered) {
    throw new UnsupportedOperationException("not written yet");
  }

  @Override
  public boolean takesPages() {
    throw new UnsupportedOperationException("not written yet");
  }

  @Override
  public void whenTakesPages(Runnable goOn) {
    throw new UnsupportedOperationException("not written yet");
  }

  @Override
  public boolean isConnected() {
    throw new UnsupportedOperationException("not written yet");
  }

  @Override
  public void release() {
    throw new UnsupportedOperationException("not written yet");
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException("not written yet");
  }
}
