package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

  /** Fails unless each kind of phases, or of actions, is among these. */
  static void assertMeetsAll(Class<?> kind, List<?> instances) {
    assertEquals(
        kinds(kind).collect(Collectors.toSet()),
        instances.stream().map(Object::getClass).collect(Collectors.toSet()));
  }

  private static Stream<Class<?>> kinds(Class<?> kind) {
    return kind.isSealed()
        ? Stream.of(kind.getPermittedSubclasses()).flatMap(Grid::kinds)
        : Stream.of(kind);
  }
}
