package landfall.host;

import landfall.transport.EventLoop;

/**
 * When a checkpoint is due: at once if something waits for one, and otherwise after a while, if the
 * guest has written. On the loop's thread.
 */
final class CheckpointClock {

  /** When nothing was written in time. */
  private static final long LOOK_AGAIN_NANOS = 1_000_000;

  private final Engine engine;
  private long lastTakenNanos;
  private long count;
  private EventLoop.Timer timer = () -> {};

  CheckpointClock(Engine engine) {
    this.engine = engine;
    lastTakenNanos = engine.loop.nanoTime();
  }

  /** One was taken. */
  void taken() {
    lastTakenNanos = engine.loop.nanoTime();
    count++;
  }

  /** How many were taken. */
  long count() {
    return count;
  }

  void stop() {
    timer.cancel();
  }

  /**
   * Whether one is due now.
   *
   * @param waits whether something waits for one
   * @param writes whether the guest has written since the last
   * @param again called when it is worth another look, if none is due
   */
  boolean isDue(boolean waits, boolean writes, Runnable again) {
    timer.cancel();
    long now = engine.loop.nanoTime();
    long due = lastTakenNanos + engine.settings.checkpointDelayMicros * 1_000;
    // Who gets the checkpoints takes silence for death.
    long dueAnyway = lastTakenNanos + engine.options.deadlineMillis() * 250_000L;
    if (waits || now >= due && writes || now >= dueAnyway) {
      return true;
    }
    long next = now >= due ? now + LOOK_AGAIN_NANOS : due;
    timer = engine.loop.after(Math.min(next, dueAnyway) - now, again);
    return false;
  }
}
