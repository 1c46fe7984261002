package landfall.explorer;

import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.protocol.Action;
import landfall.protocol.Core;
import landfall.protocol.Step;

/**
 * The explorer's world as an interpreter: the driver is the one that real hosts have, and effects
 * make the next world. A step is taken as a whole: if the world refuses an effect, as storage may
 * refuse a request, nothing has happened.
 *
 * @param <W> worlds
 */
final class Taken<W, P, A extends Action, E> implements Interpreter<P, A, E, Void> {
  private final Supplier<W> event;
  private final BiFunction<W, P, W> reached;
  private final BiFunction<W, E, Optional<W>> performed;
  private Optional<W> world = Optional.empty();

  private Taken(
      Supplier<W> event, BiFunction<W, P, W> reached, BiFunction<W, E, Optional<W>> performed) {
    this.event = event;
    this.reached = reached;
    this.performed = performed;
  }

  /**
   * The world after a step, or nothing if the core does not take it or the world refuses it.
   *
   * @param event the world after what happened, as far as it is not the core's
   * @param reached the world with the new phase in it
   * @param performed the world after an effect, or nothing if it is refused
   */
  static <W, P, A extends Action, E> Optional<W> world(
      Core<P, A, E> core,
      P phase,
      A action,
      Supplier<W> event,
      BiFunction<W, P, W> reached,
      BiFunction<W, E, Optional<W>> performed) {
    var taken = new Taken<W, P, A, E>(event, reached, performed);
    new Driver<>(core, phase, taken).take(action, null);
    return taken.world;
  }

  /** Whether the core would take a step. */
  static <P, A extends Action, E> boolean enables(Core<P, A, E> core, P phase, A action) {
    var nobody = new Taken<Void, P, A, E>(() -> null, (w, p) -> null, (w, e) -> Optional.empty());
    return new Driver<>(core, phase, nobody).enables(action);
  }

  @Override
  public void took(A action, Step<P, E> step, Void cause) {
    world = Optional.of(reached.apply(event.get(), step.phase()));
  }

  @Override
  public void perform(E effect, Void cause) {
    world = world.flatMap(so -> performed.apply(so, effect));
  }
}
