package landfall.nemesis;

import java.util.function.Function;

/** The operator ends a host in an orderly way, in the middle of a migration. */
final class QuitHost implements Fault {
  private static final String COMMAND = "quit";

  private final boolean source;
  private boolean wasAlive;
  private volatile double endedMillis = -1;

  QuitHost(boolean source) {
    this.source = source;
  }

  private ProcessHandle process(Scene scene) {
    Function<Nemesis.Targets, ProcessHandle> host =
        source ? Nemesis.Targets::source : Nemesis.Targets::destination;
    return host.apply(scene.targets());
  }

  @Override
  public void begin(Scene scene) {
    ProcessHandle process = process(scene);
    wasAlive = process != null && process.isAlive();
    if (wasAlive) {
      process.onExit().thenRun(() -> endedMillis = scene.clockMillis().get());
    }
    if (source) {
      scene.targets().operate(COMMAND);
    } else {
      scene.targets().operateDestination(COMMAND);
    }
  }

  @Override
  public void heal(Scene scene) {
    // It is asked for once, and a host that does not do it lives on.
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
