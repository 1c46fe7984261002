package landfall.nemesis;

import java.util.function.Supplier;

/** The operator ends a host in an orderly way, in the middle of a migration. */
final class QuitHost implements Fault {
  private static final String COMMAND = "quit";

  /** How long it may take to end: one that stood still when it was told to does so later. */
  private static final double ENDS_MILLIS = 4_000;

  private final Place host;
  private boolean wasAlive;
  private Supplier<Double> clockMillis;
  private double begunMillis;
  private volatile double endedMillis = -1;

  QuitHost(Place host) {
    this.host = host;
  }

  @Override
  public Place place() {
    return host;
  }

  @Override
  public Size size(Lots lots) {
    // Long enough for a host to end.
    return Size.lasting(1_000);
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
  public void begin(Scene scene) {
    clockMillis = scene.clockMillis();
    begunMillis = clockMillis.get();
    ProcessHandle process = scene.process(host);
    wasAlive = process != null && process.isAlive();
    if (wasAlive) {
      process.onExit().thenRun(() -> endedMillis = scene.clockMillis().get());
    }
    scene.operate(host, COMMAND);
  }

  /** While it may still end, nothing is to be asked of it that takes a while. */
  @Override
  public boolean isOver() {
    return !wasAlive || endedMillis >= 0 || clockMillis.get() - begunMillis > ENDS_MILLIS;
  }

  /** Until it ends a host may still read, and answer: what it had is gone only then. */
  @Override
  public Effect effect(Scene scene) {
    if (!wasAlive) {
      return new Effect(false, "it was dead before");
    }
    double ended = endedMillis;
    return ended < 0
        ? new Effect(false, "the operator gave the command 'quit', and the process lived on")
        : new Effect(true, "the operator gave the command 'quit', and the process ended", ended);
  }
}
