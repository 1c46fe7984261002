package landfall.nemesis;

import java.io.Closeable;
import java.io.IOException;

/** Daemon threads, and closing of what may be closed already. */
final class Threads {
  private Threads() {}

  static Thread start(String name, Runnable work) {
    var thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      // It is of no use any more, which was the wish.
    }
  }
}
