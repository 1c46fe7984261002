package landfall.host;

import java.util.ArrayDeque;
import java.util.Optional;
import landfall.protocol.Host;

/**
 * The offer of the guest on the storage, and the effects that come after it: they wait until the
 * storage has answered, in the order given by the core. On the loop's thread.
 */
final class LockOffer {
  private final ArrayDeque<Runnable> effects = new ArrayDeque<>();
  private boolean waits;

  /** Keeps this effect for later, if the storage has not answered yet; false if it has. */
  boolean keeps(Runnable effect) {
    if (waits) {
      effects.add(effect);
    }
    return waits;
  }

  // If the storage does not answer, the lock is still this host's or was offered: the destination
  // finds out which, and this host, in doubt by then, takes it back if it can.
  void make(Storage storage, Optional<Host> to, int attempt) {
    waits = true;
    storage.ask(
        arbiter -> {
          arbiter.offer(to, attempt);
          return true;
        },
        done -> answered(),
        failed -> {
          System.err.println("landfall host: the lock cannot be offered: " + failed.getMessage());
          answered();
        });
  }

  private void answered() {
    waits = false;
    while (!waits && !effects.isEmpty()) {
      effects.poll().run();
    }
  }
}
