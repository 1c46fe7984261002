package landfall.nemesis;

import java.util.concurrent.CompletableFuture;

/** The operator gives up the connection of a guest that is on two hosts. */
final class PauseMigration implements Fault {
  private static final String COMMAND = "migrate-pause";

  private volatile CompletableFuture<Boolean> taken = new CompletableFuture<>();

  @Override
  public Place place() {
    return Place.SOURCE;
  }

  @Override
  public boolean fits(Moment moment) {
    // There is nothing to pause while the guest is on one host, nor once the source has read the
    // last word.
    return moment.splits()
        && moment.phase().compareTo(StreamPhase.HANDOVER) >= 0
        && moment.phase() != StreamPhase.COMPLETE;
  }

  @Override
  public boolean strikesRecovery() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    taken = scene.operate(Place.SOURCE, COMMAND);
  }

  /** A refusal is no effect: the connection is as it was. */
  @Override
  public Effect effect(Scene scene) {
    boolean was = taken.getNow(false);
    String word = was ? "took" : "did not take";
    return new Effect(was, "the source " + word + " the operator's '" + COMMAND + "'");
  }
}
