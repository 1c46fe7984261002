package landfall.machine.planted;

import landfall.evidence.Verdict;

/** An engine that knows who tests it; must be caught. */
public final class KnowsATester {
  Verdict verdict;
}
