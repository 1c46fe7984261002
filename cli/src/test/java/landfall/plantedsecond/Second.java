package landfall.plantedsecond;

import landfall.plantedfirst.First;

/** The other half. */
public final class Second {
  First first;
}
