package landfall.nemesis;

/** That one side has closed the connection is seen by the other only later. */
final class SlowClose implements Fault {
  @Override
  public Place place() {
    return Place.CHANNEL;
  }

  @Override
  public boolean fits(Moment moment) {
    // Before that nobody closes anything, unless something else goes wrong.
    return moment.phase().compareTo(StreamPhase.FINAL_ROUND) >= 0;
  }

  @Override
  public Size size(Lots lots) {
    return Size.lasting(lots.longMillis());
  }

  @Override
  public boolean lasts() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    scene.connection().holdEnds(true);
  }

  @Override
  public void heal(Scene scene) {
    scene.connection().holdEnds(false);
  }

  @Override
  public Effect effect(Scene scene) {
    int ends = scene.connection().endsHeld();
    return new Effect(
        ends > 0,
        ends > 0
            ? ends + " ends of the connection were passed on only when this was over"
            : "neither side ended the connection meanwhile");
  }
}
