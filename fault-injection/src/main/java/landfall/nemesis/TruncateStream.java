package landfall.nemesis;

/**
 * The stream to the destination ends in the middle of what is delivered next, in an orderly way.
 */
final class TruncateStream implements Fault {
  @Override
  public void begin(Scene scene) {
    scene.connection().truncate();
  }

  @Override
  public void heal(Scene scene) {
    // What was not delivered never is.
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
