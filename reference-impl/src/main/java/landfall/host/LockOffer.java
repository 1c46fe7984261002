package landfall.host;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.Consumer;
import landfall.protocol.Host;

/**
 * The offer of the guest on the storage, and what comes after it: that waits until the guest is on
 * offer, as long as it takes, in the order in which it came. On the loop's thread.
 */
final class LockOffer {
  private final Engine engine;
  private final ArrayDeque<Runnable> kept = new ArrayDeque<>();
  private boolean waits;

  LockOffer(Engine engine) {
    this.engine = engine;
  }

  /** At once, or once the guest is on offer if it is to be offered. */
  void then(Runnable next) {
    if (waits) {
      kept.add(next);
    } else {
      next.run();
    }
  }

  /**
   * Offers the guest, as long as it takes. Handover says that the guest is on offer: if it is sent
   * without, it is refused, and if this host dies then nobody may take the guest.
   */
  void make(Optional<Host> to, int attempt) {
    ask(
        to,
        attempt,
        failed -> {
          engine.explain("the guest stands, and the lock cannot be offered: " + failed);
          // This host has not asked for the guest back: that question waits behind. Soon again
          // each time, since the guest stands.
          new Backoff(engine).later(() -> make(to, attempt));
        });
  }

  /** The same, but what comes after does not wait for an offer that cannot be made now. */
  void attempt(Optional<Host> to, int attempt) {
    ask(to, attempt, failed -> made());
  }

  private void ask(Optional<Host> to, int attempt, Consumer<String> unreachable) {
    waits = true;
    engine.storage.ask(
        arbiter -> {
          arbiter.offer(to, attempt);
          return true;
        },
        done -> made(),
        failed -> unreachable.accept(failed.getMessage()));
  }

  private void made() {
    waits = false;
    while (!waits && !kept.isEmpty()) {
      kept.poll().run();
    }
  }
}
