package landfall.nemesis.planted;

import landfall.machine.Halt;

/** A proxy that uses the engine which it is to judge; must be caught. */
public final class UsesTheEngine {
  Halt halt;
}
