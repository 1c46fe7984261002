package landfall.nemesis;

/** SIGKILL to a host. */
final class KillHost extends NotedFault {
  private final Place host;

  KillHost(Place host) {
    this.host = host;
  }

  @Override
  public Place place() {
    return host;
  }

  @Override
  public String action() {
    return host == Place.SOURCE ? "CrashSource" : "CrashDestination";
  }

  @Override
  public boolean endsHost() {
    return true;
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
  public void begin(Scene scene) {
    ProcessHandle process = scene.process(host);
    boolean dead = process != null && ProcessFaults.kill(process);
    noted(
        dead, dead ? "process " + process.pid() + " was alive and is gone" : "it was dead before");
  }
}
