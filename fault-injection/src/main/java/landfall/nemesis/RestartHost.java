package landfall.nemesis;

import java.util.concurrent.CompletableFuture;

/**
 * SIGKILL to the destination, which is started again after the duration: it has what it keeps on
 * storage, and nothing else.
 */
final class RestartHost implements Fault {
  private volatile String killed = "";
  private volatile CompletableFuture<ProcessHandle> started;

  @Override
  public Place place() {
    return Place.DESTINATION;
  }

  @Override
  public boolean fits(Moment moment) {
    // PostCopy has no restart, and a destination of QEMU ends with its attempt anyway.
    return !moment.splits() && moment.handover();
  }

  @Override
  public Size size(Lots lots) {
    return Size.lasting(lots.eitherMillis());
  }

  @Override
  public boolean endsHost() {
    return true;
  }

  @Override
  public void begin(Scene scene) {
    ProcessHandle process = scene.process(place());
    if (process != null && ProcessFaults.kill(process)) {
      killed = "process " + process.pid() + " was alive and is gone";
    }
  }

  @Override
  public void heal(Scene scene) {
    if (!killed.isEmpty()) {
      started = scene.targets().restartDestination();
    }
  }

  @Override
  public boolean isOver() {
    return started == null || started.isDone();
  }

  /** That the host was killed is an effect, also if it does not come up again. */
  @Override
  public Effect effect(Scene scene) {
    if (killed.isEmpty()) {
      return new Effect(false, "it was dead before");
    }
    boolean up = started != null && started.isDone() && !started.isCompletedExceptionally();
    return new Effect(
        true,
        killed
            + (up
                ? ", and was started again as process " + started.join().pid()
                : ", and did not come up again"));
  }
}
