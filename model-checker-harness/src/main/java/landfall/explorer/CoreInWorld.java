package landfall.explorer;

import java.util.List;

/**
 * A protocol's core in the world of its module: all that the explorer asks of it.
 *
 * @param <S> phases of the source
 * @param <D> phases of the destination
 */
interface CoreInWorld<S, D> {

  /** The guest runs at the source and nothing has happened. */
  ModelWorld<S, D> initial();

  /** What can happen next. */
  List<WorldSteps.Next<S, D>> from(ModelWorld<S, D> world);

  /** The state of the module that this world is. */
  TlaState stateOf(ModelWorld<S, D> world);
}
