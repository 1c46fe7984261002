package landfall.explorer;

import java.util.List;
import java.util.function.Supplier;

/**
 * A protocol's core in the world of its module: all that the explorer and the simulator ask of it.
 *
 * @param <W> everything that there is at one moment; immutable, and equal worlds go on equally
 */
interface CoreInWorld<W> {

  /**
   * A step to another world, by its name in the specification. It is taken when it is asked for.
   */
  final class Next<W> {
    private final String action;
    private final About about;
    private final Supplier<W> step;

    Next(String action, About about, Supplier<W> step) {
      this.action = action;
      this.about = about;
      this.step = step;
    }

    String action() {
      return action;
    }

    About about() {
      return about;
    }

    /** The world after the step; made anew each time. */
    W world() {
      return step.get();
    }
  }

  /** Nothing has happened. */
  W initial();

  /** What can happen next, always in the same order. */
  List<Next<W>> from(W world);

  /** Whether the world is within the bounds of the graph model. */
  boolean within(Bounds bounds, W world);

  /** The state of the module that this world is. */
  TlaState stateOf(W world);

  /** What must hold, whatever the core does. */
  Claims<W> claims();
}
