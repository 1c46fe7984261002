package landfall.host.planted;

import landfall.precopy.Action;
import landfall.precopy.HostCore;

/** Asks a core by itself, past the driver: a violation that the rule must catch. */
public final class AsksACore {
  private AsksACore() {}

  /** Takes a step that nobody performs. */
  public static boolean asks(HostCore core) {
    return core.on(core.initial(), new Action.Cancel()).isPresent();
  }
}
