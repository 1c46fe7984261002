package landfall.nemesis;

import java.util.Set;

/**
 * Nothing is delivered in these directions for the duration, on the connections there are and on
 * those that come; they stay open.
 */
final class CutLink extends NotedFault {
  private final Set<Direction> directions;

  CutLink(Set<Direction> directions) {
    this.directions = directions;
  }

  @Override
  public Place place() {
    return Place.CHANNEL;
  }

  @Override
  public boolean fits(Moment moment) {
    if (directions.equals(Set.of(Direction.BACK))) {
      // The destination says nothing before it is ready.
      return moment.phase().compareTo(StreamPhase.DEVICE_STATE) >= 0;
    }
    return directions.contains(Direction.BACK) || moment.phase().direction() == Direction.FORWARD;
  }

  @Override
  public Size size(Lots lots) {
    return Size.lasting(lots.eitherMillis());
  }

  @Override
  public String action() {
    return directions.size() > 1 ? "CutLink" : "";
  }

  @Override
  public boolean lasts() {
    return true;
  }

  @Override
  public boolean strikesRecovery() {
    return directions.contains(Direction.BACK);
  }

  @Override
  public void begin(Scene scene) {
    directions.forEach(direction -> scene.proxy().cut(direction, true));
  }

  @Override
  public void heal(Scene scene) {
    long bytes =
        scene.proxy().connections().stream()
            .mapToLong(each -> directions.stream().mapToLong(each::withheld).sum())
            .sum();
    noted(bytes > 0, bytes + " bytes" + whose() + " were withheld");
    directions.forEach(direction -> scene.proxy().cut(direction, false));
  }

  private String whose() {
    if (directions.size() > 1) {
      return "";
    }
    return directions.contains(Direction.FORWARD) ? " for the destination" : " for the source";
  }
}
