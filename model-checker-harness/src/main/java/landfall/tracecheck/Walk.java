package landfall.tracecheck;

import java.util.Set;
import java.util.TreeSet;

/** How TLC went along traces; tests look at it. */
final class Walk {
  /** Names of the steps that no event told of. */
  final Set<String> silently = new TreeSet<>();

  /**
   * How many states follow the state that has the most: with more than one, some event is explained
   * in several ways.
   */
  int waysMost;
}
