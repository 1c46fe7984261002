package landfall.lease;

import java.util.List;

/**
 * A step of a holder or of the grantor: what it is now and what is to be done about it.
 *
 * @param <P> {@link Holder} or {@link Grantor}
 */
public record Step<P>(P phase, List<Effect> effects) {

  public Step {
    effects = List.copyOf(effects);
  }

  static <P> Step<P> to(P phase, Effect... effects) {
    return new Step<>(phase, List.of(effects));
  }
}
