package landfall.host;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import landfall.transport.EventLoop;

/**
 * Asks the arbiter on a thread of its own, one question after the other, since storage may hang.
 * Answers come as events of the loop.
 */
final class Storage {
  private final Arbiter arbiter;
  private final EventLoop loop;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          work -> {
            var made = new Thread(work, "storage");
            made.setDaemon(true);
            return made;
          });

  Storage(Arbiter arbiter, EventLoop loop) {
    this.arbiter = arbiter;
    this.loop = loop;
  }

  /** A question. */
  interface Question<T> {
    T ask(Arbiter arbiter) throws IOException;
  }

  /**
   * Asks.
   *
   * @param answered with the answer
   * @param unreachable with the reason why there is none; what was asked for may have happened
   */
  <T> void ask(Question<T> question, Consumer<T> answered, Consumer<IOException> unreachable) {
    thread.execute(
        () -> {
          try {
            T answer = question.ask(arbiter);
            loop.execute(() -> answered.accept(answer));
          } catch (IOException failed) {
            loop.execute(() -> unreachable.accept(failed));
          }
        });
  }
}
