package landfall.explorer;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Every step that a core takes in its world within bounds, without the model.
 *
 * @param worlds those that were reached, the first among them
 * @param steps between them
 */
record CoreWalk<W>(Set<W> worlds, List<Step<W>> steps) {

  /** One step. */
  record Step<W>(W before, String action, W after) {}

  static <W> CoreWalk<W> of(CoreInWorld<W> core, Bounds bounds) {
    var steps = new ArrayList<Step<W>>();
    var known = new HashSet<>(Set.of(core.initial()));
    var waiting = new ArrayDeque<>(known);
    for (var world = waiting.poll(); world != null; world = waiting.poll()) {
      for (var next : core.from(world)) {
        if (core.within(bounds, next.world())) {
          steps.add(new Step<>(world, next.action(), next.world()));
          if (known.add(next.world())) {
            waiting.add(next.world());
          }
        }
      }
    }
    return new CoreWalk<>(known, steps);
  }

  /** The steps of one action, of which there has to be one. */
  List<Step<W>> taken(String action) {
    var taken = steps.stream().filter(step -> step.action().equals(action)).toList();
    assertFalse(taken.isEmpty(), action);
    return taken;
  }

  Set<String> actions() {
    return steps.stream().map(Step::action).collect(Collectors.toCollection(TreeSet::new));
  }

  /** All actions of a module, by the names that its next-state relation has for them. */
  static Set<String> actionsOf(String module) {
    var text = SpecText.ofModule(module);
    var actions = new TreeSet<>(text.disjuncts("Next"));
    actions.addAll(text.disjuncts("Protocol"));
    actions.addAll(text.disjuncts("Fault"));
    actions.removeAll(Set.of("Protocol", "Fault"));
    return actions;
  }
}
