package landfall.explorer;

import java.util.List;

/**
 * A protocol's core in the world of its module: all that the explorer asks of it.
 *
 * @param <W> everything that there is at one moment; immutable, and equal worlds go on equally
 */
interface CoreInWorld<W> {

  /** A step to another world, by its name in the specification. */
  record Next<W>(String action, W world) {}

  /** Nothing has happened. */
  W initial();

  /** What can happen next. */
  List<Next<W>> from(W world);

  /** Whether the world is within the bounds of the graph model. */
  boolean within(Bounds bounds, W world);

  /** The state of the module that this world is. */
  TlaState stateOf(W world);
}
