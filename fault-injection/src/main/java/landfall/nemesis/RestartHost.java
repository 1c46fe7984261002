package landfall.nemesis;

import java.util.concurrent.CompletableFuture;

/**
 * SIGKILL to the destination or to a process beside the hosts, which is started again after the
 * duration: it has what it keeps on storage, and nothing else.
 */
final class RestartHost implements Fault {
  private final Place host;
  private volatile String killed = "";
  private volatile CompletableFuture<ProcessHandle> started;

  RestartHost(Place host) {
    this.host = host;
  }

  @Override
  public Place place() {
    return host;
  }

  @Override
  public boolean fits(Moment moment) {
    // PostCopy has no restart, and a destination of QEMU ends with its attempt anyway.
    return host.isHost() ? !moment.splits() && moment.handover() : moment.beside(host);
  }

  @Override
  public Size size(Lots lots) {
    return Size.lasting(lots.eitherMillis());
  }

  @Override
  public boolean endsHost() {
    return host.isHost();
  }

  @Override
  public boolean forgets() {
    return true;
  }

  @Override
  public boolean lasts() {
    return !host.isHost();
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
      started = scene.restart(host);
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
