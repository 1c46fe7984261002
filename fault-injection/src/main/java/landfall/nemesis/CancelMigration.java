package landfall.nemesis;

/** The operator cancels the migration. */
final class CancelMigration extends NotedFault {
  static final String COMMAND = "migrate_cancel";

  @Override
  public Place place() {
    return Place.SOURCE;
  }

  @Override
  public String action() {
    return "Cancel";
  }

  @Override
  public boolean strikes() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    scene.operate(Place.SOURCE, COMMAND);
    String reported = scene.targets().reported();
    seen(
        "the operator asked to cancel"
            + (reported.isEmpty() ? "" : " while the source reported '" + reported + "'"));
  }
}
