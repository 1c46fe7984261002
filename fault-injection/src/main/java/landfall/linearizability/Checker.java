package landfall.linearizability;

import landfall.evidence.Verdict;
import landfall.history.History;

/** Judges whether histories are linearizable, in a way of its own. */
interface Checker {

  /** The claim that a violated verdict names. */
  String CLAIM = "Linearizable";

  /** As it is called on the command line. */
  String name();

  /**
   * Judges a history, each of its keys by itself.
   *
   * @return holds with the number of completed operations; violated with evidence; undecided if the
   *     budget was spent, or if there is too little to judge
   * @throws IllegalArgumentException if the history has a function that the model does not know
   */
  Verdict check(History history);
}
