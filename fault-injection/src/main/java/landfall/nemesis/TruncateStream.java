package landfall.nemesis;

/**
 * The stream to the destination ends in the middle of what is delivered next, in an orderly way.
 */
final class TruncateStream implements Fault {
  @Override
  public Place place() {
    return Place.CHANNEL;
  }

  @Override
  public boolean fits(Moment moment) {
    return moment.phase().direction() == Direction.FORWARD;
  }

  @Override
  public boolean strikes() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    scene.connection().truncate();
  }

  @Override
  public Effect effect(Scene scene) {
    long lost = scene.connection().truncated();
    return new Effect(
        lost > 0,
        lost > 0
            ? "the stream ended after "
                + scene.connection().delivered(Direction.FORWARD)
                + " bytes; "
                + lost
                + " that the source sent were not delivered"
            : "nothing came that could be cut off");
  }
}
