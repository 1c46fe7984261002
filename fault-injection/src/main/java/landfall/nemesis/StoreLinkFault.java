package landfall.nemesis;

import java.util.List;
import java.util.Optional;

/** A fault of the way between one host and the store beside the hosts. */
abstract class StoreLinkFault extends NotedFault {
  private final Place host;

  /**
   * @param host whose way it is
   */
  StoreLinkFault(Place host) {
    this.host = host;
  }

  @Override
  public final Place place() {
    return Place.STORE_LINK;
  }

  /**
   * The destination asks the store nothing before it is given the guest, and a source whose guest
   * is about to go has all answers.
   */
  @Override
  public final boolean fits(Moment moment) {
    StreamPhase phase = moment.phase();
    boolean copies = host == Place.SOURCE && phase == StreamPhase.CONNECTED;
    boolean mayAsk = phase.compareTo(StreamPhase.HANDOVER) >= 0;
    return moment.beside(Place.STORE_LINK) && (copies || mayAsk);
  }

  /** Once its guest is gone a source asks the store nothing but who goes on. */
  @Override
  public final boolean needsHostsApart(StreamPhase phase) {
    return host == Place.SOURCE && phase != StreamPhase.CONNECTED;
  }

  final Optional<MigrationProxy> link(Scene scene) {
    return scene.storeLink(host);
  }

  /** The connections on the way that nobody has closed. */
  final List<ProxyConnection> open(Scene scene) {
    return link(scene).stream()
        .flatMap(link -> link.connections().stream())
        .filter(ProxyConnection::isOpen)
        .toList();
  }

  /** Such as {@code between the source and the store}. */
  final String where() {
    return "between the " + host.word() + " and the store";
  }
}
