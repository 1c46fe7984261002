package landfall.explorer;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;

/** Every phase of a core, met with every action. */
final class Grid {
  private Grid() {}

  /**
   * What is enabled.
   *
   * @param step the step that a phase takes on an action, as text; nothing if it takes none
   */
  static <P, A> Set<String> enabled(
      List<P> phases, List<A> actions, BiFunction<P, A, Optional<String>> step) {
    var enabled = new TreeSet<String>();
    for (P phase : phases) {
      for (A action : actions) {
        step.apply(phase, action).ifPresent(enabled::add);
      }
    }
    return enabled;
  }

  /** How many classes these are of. */
  static long kinds(List<?> instances) {
    return instances.stream().map(Object::getClass).distinct().count();
  }
}
