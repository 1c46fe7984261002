package landfall.protocol;

import java.util.Optional;

/**
 * One host's part of a protocol, as a pure function.
 *
 * @param <P> phases, by the names of the specification
 * @param <A> actions, by the names of the specification
 * @param <E> effects that the host must perform
 */
public interface Core<P, A extends Action, E> {

  /** The phase in which this host starts. */
  P initial();

  /** The step taken on an action, or nothing if the action is not enabled in this phase. */
  Optional<Step<P, E>> on(P phase, A action);
}
