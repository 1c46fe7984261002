package landfall.nemesis;

/** A fault that knows its effect when it begins, or when it ends. */
abstract class NotedFault implements Fault {
  private volatile Effect effect = new Effect(false, "");

  final void seen(String how) {
    noted(true, how);
  }

  final void noted(boolean seen, String how) {
    effect = new Effect(seen, how);
  }

  @Override
  public final Effect effect(Scene scene) {
    return effect;
  }
}
