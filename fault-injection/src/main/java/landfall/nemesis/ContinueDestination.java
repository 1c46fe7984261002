package landfall.nemesis;

import java.util.concurrent.CompletableFuture;

/** The operator lets the guest go on where it is not yet. */
final class ContinueDestination implements Fault {
  private static final String COMMAND = "cont";

  private volatile CompletableFuture<Boolean> taken = new CompletableFuture<>();

  @Override
  public Place place() {
    return Place.DESTINATION;
  }

  @Override
  public boolean fits(Moment moment) {
    // Later the guest is there.
    return moment.phase().compareTo(StreamPhase.HANDOVER) <= 0;
  }

  @Override
  public boolean continuesArrival() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    taken = scene.operate(Place.DESTINATION, COMMAND);
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
