package landfall.engine;

import landfall.protocol.Action;
import landfall.protocol.Step;

/**
 * A world in which the effects of a core really happen.
 *
 * @param <P> phases
 * @param <A> actions
 * @param <E> effects
 * @param <C> what caused a step beyond its action
 */
public interface Interpreter<P, A extends Action, E, C> {

  /** A step was taken, and none of its effects is performed yet: the place to write the trace. */
  void took(A action, Step<P, E> step, C cause);

  /** Performs one effect. */
  void perform(E effect, C cause);
}
