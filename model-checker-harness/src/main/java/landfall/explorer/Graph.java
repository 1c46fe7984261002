package landfall.explorer;

import java.util.Arrays;
import java.util.BitSet;

/**
 * States, and steps between them: the triples of a state, the name of an action and the next state,
 * each once. Numbers are those of one {@link States}.
 */
final class Graph {
  private static final int STATES_MAX = 1 << 24;
  private static final int ACTIONS_MAX = 1 << 8;

  private final BitSet states;
  private final long[] steps;

  private Graph(BitSet states, long[] steps) {
    this.states = states;
    this.steps = steps;
  }

  int stateCount() {
    return states.cardinality();
  }

  int stepCount() {
    return steps.length;
  }

  boolean hasState(int state) {
    return states.get(state);
  }

  /** How many states this graph has that the other has not. */
  int statesBeyond(Graph other) {
    var beyond = (BitSet) states.clone();
    beyond.andNot(other.states);
    return beyond.cardinality();
  }

  /** The steps that this graph has and the other has not. */
  long[] stepsBeyond(Graph other) {
    return Arrays.stream(steps)
        .filter(step -> Arrays.binarySearch(other.steps, step) < 0)
        .toArray();
  }

  static int from(long step) {
    return (int) (step >>> 32);
  }

  static int action(long step) {
    return (int) (step >>> 24 & ACTIONS_MAX - 1);
  }

  static int to(long step) {
    return (int) (step & STATES_MAX - 1);
  }

  /** Gathers a graph. */
  static final class Builder {
    private final BitSet states = new BitSet();
    private long[] steps = new long[1024];
    private int size;

    void addState(int state) {
      if (state >= STATES_MAX) {
        throw new IllegalStateException("more than " + STATES_MAX + " states: bound it tighter");
      }
      states.set(state);
    }

    void addStep(int from, int action, int to) {
      if (action >= ACTIONS_MAX) {
        throw new IllegalStateException("more than " + ACTIONS_MAX + " names of actions");
      }
      if (size == steps.length) {
        steps = Arrays.copyOf(steps, 2 * size);
      }
      steps[size++] = (long) from << 32 | (long) action << 24 | to;
    }

    Graph build() {
      return new Graph(states, Arrays.stream(steps, 0, size).sorted().distinct().toArray());
    }
  }
}
