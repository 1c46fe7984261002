package landfall.sharedlock;

import java.util.List;
import java.util.function.Function;

/**
 * A step of a host: where it is now and what is to be done about it.
 *
 * @param <P> {@link SourcePhase} or {@link DestinationPhase}
 */
public record Step<P>(P phase, List<Effect> effects) {

  public Step {
    effects = List.copyOf(effects);
  }

  static <P> Step<P> to(P phase, Effect... effects) {
    return new Step<>(phase, List.of(effects));
  }

  <Q> Step<Q> map(Function<P, Q> into) {
    return new Step<>(into.apply(phase), effects);
  }
}
