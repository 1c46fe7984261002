package landfall.explorer;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.tlc.Models;

/**
 * How far the protocol core goes along a behaviour: at each step it must have one that leads to the
 * same state. A counterexample of a model with a mistake is refused at the mistake, and followed to
 * its end by the core with the same mistake.
 *
 * @param steps how many steps the behaviour has
 * @param taken how many of them the core took
 * @param refused the action that it did not take; empty if it took all
 */
public record Following(int steps, int taken, Optional<String> refused) {
  /**
   * Follows a behaviour.
   *
   * @param defects numbers of the deliberate mistakes of the core
   * @throws IllegalArgumentException if its model is not one of the suite's, or the core has no
   *     such mutant
   */
  public static Following of(Behaviour behaviour, Set<Integer> defects) {
    String config = Models.named(List.of(behaviour.model())).get(0).config();
    return of(behaviour, behaviour.protocol().core(config, behaviour.pages(), defects));
  }

  private static <W> Following of(Behaviour behaviour, CoreInWorld<W> core) {
    int steps = behaviour.steps().size() - 1;
    var world = core.initial();
    // What is known before the first step may be the mistake.
    if (!core.stateOf(world).equals(behaviour.steps().get(0).state())) {
      return new Following(steps, 0, Optional.of(behaviour.steps().get(0).action()));
    }
    for (int taken = 0; taken < steps; taken++) {
      Behaviour.Step wanted = behaviour.steps().get(taken + 1);
      List<CoreInWorld.Next<W>> possible = core.from(world);
      // An answer that is not given looks like a message that was lost: the name tells them apart.
      // TLC gives some steps the name of the definition around them, which no step has here.
      boolean named = possible.stream().anyMatch(each -> each.action().equals(wanted.action()));
      Optional<W> next =
          possible.stream()
              .filter(each -> !named || each.action().equals(wanted.action()))
              .map(CoreInWorld.Next::world)
              .filter(each -> core.stateOf(each).equals(wanted.state()))
              .findFirst();
      if (next.isEmpty()) {
        return new Following(steps, taken, Optional.of(wanted.action()));
      }
      world = next.get();
    }
    return new Following(steps, steps, Optional.empty());
  }
}
