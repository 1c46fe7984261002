package landfall.nemesis;

import java.util.List;

/** The connections between one host and the store are reset. */
final class ResetStoreLink extends StoreLinkFault {
  ResetStoreLink(Place host) {
    super(host);
  }

  @Override
  public void begin(Scene scene) {
    List<ProxyConnection> open = open(scene);
    open.forEach(ProxyConnection::reset);
    long bytes = open.stream().mapToLong(each -> each.delivered(Direction.FORWARD)).sum();
    noted(
        !open.isEmpty(),
        open.isEmpty()
            ? "there was no connection " + where()
            : "the connection " + where() + " was reset after " + bytes + " bytes");
  }
}
