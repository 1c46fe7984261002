package landfall.judge;

import java.util.Locale;
import landfall.trial.Observations;
import landfall.trial.Observations.Incident;

/** Why less was seen than should have been. */
final class Incidents {
  private Incidents() {}

  /** What could not be decided, and the first thing that a host did to cause it. */
  static String because(Observations seen, String undecided) {
    if (seen.incidents().isEmpty()) {
      return undecided;
    }
    Incident first = seen.incidents().get(0);
    return String.format(
        Locale.ROOT,
        "%s; host %s at %.0f ms: %s",
        undecided,
        first.host(),
        first.atMillis(),
        first.what());
  }
}
