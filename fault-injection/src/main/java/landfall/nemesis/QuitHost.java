package landfall.nemesis;

import java.util.function.Function;

/** The operator ends a host in an orderly way, in the middle of a migration. */
final class QuitHost implements Fault {
  private static final String COMMAND = "quit";

  private final boolean source;
  private boolean wasAlive;
  private boolean ended;

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
    if (source) {
      scene.targets().operate(COMMAND);
    } else {
      scene.targets().operateDestination(COMMAND);
    }
  }

  @Override
  public void heal(Scene scene) {
    ProcessHandle process = process(scene);
    ended = wasAlive && process != null && !process.isAlive();
  }

  @Override
  public Effect effect(Scene scene) {
    if (!wasAlive) {
      return new Effect(false, "it was dead before");
    }
    return new Effect(
        ended,
        "the operator gave the command 'quit', and the process "
            + (ended ? "ended" : "lived on for " + scene.plan().durationMillis() + " ms"));
  }
}
