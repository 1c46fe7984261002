package landfall.explorer;

import java.util.List;
import java.util.Optional;

/**
 * The properties of a module, asked of a world. Whether the guest executes, what a page contains
 * and what was seen outside is the world's to say, not the core's. Each property has its name from
 * the module, and its meaning.
 *
 * @param <W> the world
 */
interface Claims<W> {

  /**
   * Where the guest is, as the module defines it. On two hosts it runs, too: see {@link #broken}.
   */
  enum Home {
    RUNS,
    TRANSIT,
    LOST
  }

  /** A property that this world breaks. */
  Optional<String> broken(W world);

  /** Where the guest is. */
  Home home(W world);

  /** Whether a step from this world may lose the guest: {@code OnlyFaultsLoseProp}. */
  boolean mayLose(W before, String action);

  /** A property that is broken if the world stays as it is and no fault happens any more. */
  Optional<String> owed(W world);

  /**
   * Whether the specification promises nothing any more although the guest is not lost: a source
   * without an arbiter is in doubt about a destination that died, or more has failed than the
   * protocol survives.
   */
  default boolean unpromised(W world) {
    return false;
  }

  /** Names of the hosts where the guest executes. */
  List<String> executing(W world);

  /** The page's version after the first writes of the guest. */
  static int version(List<Integer> steps, int position, int page) {
    for (int step = Math.min(position, steps.size()); step > 0; step--) {
      if (steps.get(step - 1) == page) {
        return step;
      }
    }
    return 0;
  }

  /** Whether one sequence begins with all of the other. */
  static boolean startsWith(List<Integer> all, List<Integer> first) {
    return first.size() <= all.size() && all.subList(0, first.size()).equals(first);
  }
}
