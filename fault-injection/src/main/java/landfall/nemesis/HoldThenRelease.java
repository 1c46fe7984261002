package landfall.nemesis;

/**
 * What the connection carries is held, and delivered when the next one is well under way. The
 * operator cancels the attempt once there is enough of it.
 */
final class HoldThenRelease extends NotedFault {
  private static final long HELD_BYTES_BEFORE_CANCEL = 64 << 10;

  private volatile boolean cancelled;

  @Override
  public Place place() {
    return Place.CHANNEL;
  }

  @Override
  public boolean fits(Moment moment) {
    // Needs an attempt that fails, frames that stay valid by themselves, and enough of them.
    return !moment.splits() && moment.handover() && moment.phase() == StreamPhase.LATER_ROUND;
  }

  @Override
  public boolean awaitsNextAttempt() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    scene.connection().hold();
  }

  @Override
  public void passes(Scene scene, ProxyConnection connection) {
    if (!cancelled
        && scene.connection() == connection
        && connection.heldBytes() >= HELD_BYTES_BEFORE_CANCEL) {
      cancelled = true;
      scene.operate(Place.SOURCE, CancelMigration.COMMAND);
    }
  }

  @Override
  public boolean isOverAt(Scene scene, ProxyConnection connection, StreamPhase phase) {
    return connection.number() > scene.connection().number()
        && phase.compareTo(StreamPhase.LATER_ROUND) >= 0;
  }

  @Override
  public void heal(Scene scene) {
    int bytes = scene.connection().heldBytes();
    boolean later = scene.proxy().connectionCount() > scene.connection().number();
    int taken = scene.connection().release();
    noted(
        bytes > 0 && later,
        bytes
            + " bytes were held, and offered to the destination "
            + (later ? "during the next attempt" : "although no attempt followed")
            + "; its socket took "
            + taken);
  }
}
