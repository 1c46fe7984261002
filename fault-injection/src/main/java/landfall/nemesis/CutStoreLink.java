package landfall.nemesis;

import java.util.Set;

/**
 * Nothing is delivered in these directions between one host and the store for the duration, on the
 * connections there are and on those that come; they stay open. Then what was withheld arrives, old
 * connections and new ones at once.
 */
final class CutStoreLink extends StoreLinkFault {
  private final Set<Direction> directions;

  /**
   * @param directions {@link Direction#FORWARD} is to the store
   */
  CutStoreLink(Place host, Set<Direction> directions) {
    super(host);
    this.directions = directions;
  }

  @Override
  public Size size(Lots lots) {
    return Size.lasting(lots.eitherMillis());
  }

  @Override
  public boolean lasts() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    cut(scene, true);
  }

  @Override
  public void heal(Scene scene) {
    long bytes =
        link(scene).stream()
            .flatMap(link -> link.connections().stream())
            .mapToLong(each -> directions.stream().mapToLong(each::withheld).sum())
            .sum();
    noted(bytes > 0, bytes + " bytes " + where() + " were withheld");
    cut(scene, false);
  }

  private void cut(Scene scene, boolean on) {
    link(scene).ifPresent(link -> directions.forEach(direction -> link.cut(direction, on)));
  }
}
