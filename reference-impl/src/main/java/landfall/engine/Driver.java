package landfall.engine;

import java.util.Optional;
import landfall.protocol.Action;
import landfall.protocol.Core;
import landfall.protocol.Step;

/**
 * The one place where a phase changes, for every protocol and every world. Not thread-safe: a host
 * has one thread for its events.
 *
 * @param <P> phases
 * @param <A> actions
 * @param <E> effects
 * @param <C> what caused a step beyond its action, such as the message that was read
 */
public final class Driver<P, A extends Action, E, C> {
  private final Core<P, A, E> core;
  private final Interpreter<P, A, E, C> interpreter;
  private P phase;
  private boolean performing;

  /** A driver that starts in the initial phase of the core. */
  public Driver(Core<P, A, E> core, Interpreter<P, A, E, C> interpreter) {
    this(core, core.initial(), interpreter);
  }

  /** A driver that goes on from a phase. */
  public Driver(Core<P, A, E> core, P phase, Interpreter<P, A, E, C> interpreter) {
    this.core = core;
    this.phase = phase;
    this.interpreter = interpreter;
  }

  /** The phase after the last step. */
  public P phase() {
    return phase;
  }

  /** Whether the action is enabled now. Changes nothing. */
  public boolean enables(A action) {
    return core.on(phase, action).isPresent();
  }

  /**
   * Shows the core an action. If it is enabled, the phase changes, the interpreter is told of the
   * step, and then performs its effects in the order given. If it is not, nothing happens.
   *
   * @return whether the action was enabled
   * @throws IllegalStateException if an effect of the step before asks for another step: effects
   *     are performed before the next action
   */
  public boolean take(A action, C cause) {
    if (performing) {
      throw new IllegalStateException(action.name() + " within the effects of another step");
    }
    Optional<Step<P, E>> step = core.on(phase, action);
    if (step.isEmpty()) {
      return false;
    }
    phase = step.get().phase();
    performing = true;
    try {
      interpreter.took(action, step.get(), cause);
      for (E effect : step.get().effects()) {
        interpreter.perform(effect, cause);
      }
    } finally {
      performing = false;
    }
    return true;
  }
}
