package landfall.forwardcheckpoint;

import java.util.List;

/**
 * A step of one place: what it is now and what is to be done about it.
 *
 * @param <P> {@link SourcePhase}, {@link DestinationPhase} or {@link Store}
 */
public record Step<P>(P phase, List<Effect> effects) {

  public Step {
    effects = List.copyOf(effects);
  }

  static <P> Step<P> to(P phase, Effect... effects) {
    return new Step<>(phase, List.of(effects));
  }
}
