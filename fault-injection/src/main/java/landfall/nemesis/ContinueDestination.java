package landfall.nemesis;

import java.util.concurrent.CompletableFuture;

/** The operator lets the guest go on where it is not yet. */
final class ContinueDestination implements Fault {
  private static final String COMMAND = "cont";

  private CompletableFuture<Boolean> taken;

  @Override
  public void begin(Scene scene) {
    taken = scene.targets().operateDestination(COMMAND);
  }

  @Override
  public void heal(Scene scene) {
    // Nothing to undo.
  }

  @Override
  public Effect effect(Scene scene) {
    if (!taken.isDone()) {
      return new Effect(false, "the destination did not answer the operator's 'cont'");
    }
    // A refusal is an effect, too: the host had to decide, at that moment.
    return new Effect(
        true,
        "the destination " + (taken.getNow(false) ? "took" : "refused") + " the operator's 'cont'");
  }
}
