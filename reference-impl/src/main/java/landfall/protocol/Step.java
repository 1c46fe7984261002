package landfall.protocol;

import java.util.List;
import java.util.function.Function;

/**
 * A step of one host: where it is now and what is to be done about it, in this order.
 *
 * @param <P> phases
 * @param <E> effects
 */
public record Step<P, E>(P phase, List<E> effects) {

  public Step {
    effects = List.copyOf(effects);
  }

  /** A step to this phase with these effects. */
  @SafeVarargs
  @SuppressWarnings("varargs")
  public static <P, E> Step<P, E> to(P phase, E... effects) {
    return new Step<>(phase, List.of(effects));
  }

  /** The same step of a phase that contains this one. */
  public <Q> Step<Q, E> map(Function<? super P, ? extends Q> into) {
    return new Step<>(into.apply(phase), effects);
  }
}
