package landfall.nemesis;

/** The operator pauses the guest at the source, and lets it go on after the duration. */
final class PauseGuest extends CommandSource {
  PauseGuest() {
    super("stop");
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
  public boolean strikes() {
    return false;
  }

  @Override
  public boolean pausesGuest() {
    return true;
  }

  @Override
  public void heal(Scene scene) {
    scene.operate(Place.SOURCE, "cont");
  }
}
