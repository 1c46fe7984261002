package landfall.nemesis;

import java.util.List;

/**
 * What a host says to the store on the connection that it has now, or makes next, is held for the
 * duration, and delivered when the host may have asked again on another one.
 */
final class HoldToStore extends StoreLinkFault {
  /** Longer than hosts of a trial are patient, so that another connection comes meanwhile. */
  private static final long BEYOND_PATIENCE_MILLIS = 300;

  // Guarded by `this`: the stream passes in several threads.
  private List<ProxyConnection> held = List.of();
  private boolean over;

  HoldToStore(Place host) {
    super(host);
  }

  @Override
  public Size size(Lots lots) {
    return Size.lasting(lots.longMillis() + BEYOND_PATIENCE_MILLIS);
  }

  @Override
  public boolean lasts() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    hold(scene);
  }

  @Override
  public void passes(Scene scene, ProxyConnection connection) {
    hold(scene);
  }

  private synchronized void hold(Scene scene) {
    if (held.isEmpty() && !over) {
      held = open(scene);
      held.forEach(ProxyConnection::hold);
    }
  }

  @Override
  public synchronized void heal(Scene scene) {
    over = true;
    int last = held.stream().mapToInt(ProxyConnection::number).max().orElse(0);
    boolean later = link(scene).stream().anyMatch(link -> link.connectionCount() > last);
    int bytes = held.stream().mapToInt(ProxyConnection::heldBytes).sum();
    int taken = held.stream().mapToInt(ProxyConnection::release).sum();
    noted(
        bytes > 0,
        "%d bytes %s were held, and offered to the store %s another connection was made; its socket took %d"
            .formatted(bytes, where(), later ? "after" : "before", taken));
  }
}
