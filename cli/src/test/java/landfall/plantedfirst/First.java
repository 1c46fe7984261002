package landfall.plantedfirst;

import landfall.plantedsecond.Second;

/** Half of a cycle of packages; must be caught. */
public final class First {
  Second second;
}
