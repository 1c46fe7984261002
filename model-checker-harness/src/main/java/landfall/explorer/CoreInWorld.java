package landfall.explorer;

import java.util.List;

/**
 * A protocol's core in the world of its module: all that the explorer asks of it.
 *
 * @param <S> phases of the source
 * @param <D> phases of the destination
 */
interface CoreInWorld<S, D> {

  /** Nothing has happened. */
  ModelWorld<S, D> initial();

  /** What can happen next. */
  List<WorldSteps.Next<S, D>> from(ModelWorld<S, D> world);

  /** Whether the world is within the bounds of the graph model. */
  default boolean within(Bounds bounds, ModelWorld<S, D> world) {
    return bounds.contain(world);
  }

  /** The state of the module that this world is. */
  TlaState stateOf(ModelWorld<S, D> world);
}
