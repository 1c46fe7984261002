package landfall.nemesis;

/** SIGSTOP to a host or a process beside them, SIGCONT after the duration. */
final class StopHost extends NotedFault {
  private final Place host;
  private volatile String stopped = "";

  StopHost(Place host) {
    this.host = host;
  }

  @Override
  public Place place() {
    return host;
  }

  @Override
  public boolean fits(Moment moment) {
    return host.isHost() || moment.beside(host);
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
  public void begin(Scene scene) {
    ProcessHandle process = scene.process(host);
    if (process != null && ProcessFaults.stop(process)) {
      stopped = "process " + process.pid() + " was seen stopped (state T)";
      seen(stopped);
    } else {
      noted(false, "it could not be stopped");
    }
  }

  @Override
  public void heal(Scene scene) {
    // Also where it was not seen stopped: the signal may have come late.
    ProcessHandle process = scene.process(host);
    if (process != null && ProcessFaults.resume(process) && !stopped.isEmpty()) {
      seen(stopped + ", and went on");
    }
  }
}
