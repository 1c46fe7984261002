package landfall.nemesis;

/**
 * The destination's end is reset, the source's stays open, and what it sends vanishes; after the
 * duration it is reset too.
 */
final class HalfOpen extends NotedFault {
  @Override
  public Place place() {
    return Place.CHANNEL;
  }

  @Override
  public boolean fits(Moment moment) {
    StreamPhase phase = moment.phase();
    if (moment.splits()) {
      return phase.direction() == Direction.FORWARD;
    }
    // The stream carries a message of the other direction at that moment: as the reset.
    return phase != StreamPhase.RESUMED;
  }

  @Override
  public Size size(Lots lots) {
    // Long enough for a source to give up by itself, if it ever does.
    return Size.lasting(lots.longMillis() + 700);
  }

  @Override
  public void begin(Scene scene) {
    scene.connection().halfOpen();
    seen(
        "the destination's end was reset after "
            + scene.connection().delivered(Direction.FORWARD)
            + " bytes, the source's stayed open");
  }

  @Override
  public void heal(Scene scene) {
    // At last the network says that nobody is there.
    scene.connection().reset();
  }
}
