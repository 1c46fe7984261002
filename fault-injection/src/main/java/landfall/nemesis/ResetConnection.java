package landfall.nemesis;

/** Both ends of the connection are reset. */
final class ResetConnection extends NotedFault {
  @Override
  public Place place() {
    return Place.CHANNEL;
  }

  @Override
  public String action() {
    return "ResetConnection";
  }

  @Override
  public boolean strikes() {
    return true;
  }

  @Override
  public boolean strikesRecovery() {
    return true;
  }

  @Override
  public boolean resets() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    scene.connection().reset();
    seen(
        "both ends were reset after " + scene.connection().delivered(Direction.FORWARD) + " bytes");
  }
}
