package landfall.explorer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the core can reach within bounds, found breadth first. */
final class CoreGraph {
  // How a state was first reached, and in which place of the search; -1 is before the first.
  private record Arrival(int before, String action, int place) {}

  private final States states;
  private final Graph.Builder builder = new Graph.Builder();
  private final Map<Integer, Arrival> arrivals = new HashMap<>();
  private Graph graph;
  private int worlds;

  private CoreGraph(States states) {
    this.states = states;
  }

  static <S, D> CoreGraph explore(Bounds bounds, CoreInWorld<S, D> inWorld, States states) {
    var core = new CoreGraph(states);
    core.search(bounds, inWorld);
    core.graph = core.builder.build();
    return core;
  }

  Graph graph() {
    return graph;
  }

  /** How many worlds were met. More than there are states means that the map loses something. */
  int worlds() {
    return worlds;
  }

  boolean reached(int state) {
    return arrivals.containsKey(state);
  }

  /** Place of the state in the search; those reached in fewer steps come first. */
  int place(int state) {
    return arrivals.get(state).place();
  }

  /** Names of the actions on a shortest way from the first state to this one. */
  List<String> path(int state) {
    var path = new ArrayList<String>();
    for (Arrival at = arrivals.get(state); at.before() >= 0; at = arrivals.get(at.before())) {
      path.add(at.action());
    }
    Collections.reverse(path);
    return List.copyOf(path);
  }

  private <S, D> void search(Bounds bounds, CoreInWorld<S, D> core) {
    var known = new HashMap<ModelWorld<S, D>, Integer>();
    var waiting = new ArrayDeque<ModelWorld<S, D>>();
    var initial = core.initial();
    known.put(initial, arrive(core.stateOf(initial), -1, ""));
    waiting.add(initial);
    for (ModelWorld<S, D> world = waiting.poll(); world != null; world = waiting.poll()) {
      int from = known.get(world);
      for (var next : core.from(world)) {
        // As TLC: a state beyond the bounds is not in the graph, nor is a step to it.
        if (core.within(bounds, next.world())) {
          Integer to = known.get(next.world());
          if (to == null) {
            to = arrive(core.stateOf(next.world()), from, next.action());
            known.put(next.world(), to);
            waiting.add(next.world());
          }
          builder.addStep(from, states.action(next.action()), to);
        }
      }
    }
    worlds = known.size();
  }

  private int arrive(TlaState reached, int before, String action) {
    int state = states.number(reached);
    builder.addState(state);
    arrivals.putIfAbsent(state, new Arrival(before, action, arrivals.size()));
    return state;
  }
}
