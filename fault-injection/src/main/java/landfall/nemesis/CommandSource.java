package landfall.nemesis;

/** The operator gives the source a command that nobody needs there. */
class CommandSource extends NotedFault {
  private final String command;

  CommandSource(String command) {
    this.command = command;
  }

  @Override
  public final Place place() {
    return Place.SOURCE;
  }

  @Override
  public boolean strikes() {
    return true;
  }

  @Override
  public final void begin(Scene scene) {
    scene.operate(Place.SOURCE, command);
    seen("the operator gave the source the command '" + command + "'");
  }
}
