package landfall.checkpoint;

import java.util.Optional;
import landfall.protocol.Core;
import landfall.protocol.Step;

/** The destination, as a core. */
public record DestinationCore(Protocol protocol)
    implements Core<DestinationPhase, Action.OfDestination, Effect> {

  @Override
  public DestinationPhase initial() {
    return DestinationPhase.initial(protocol.pages());
  }

  @Override
  public Optional<Step<DestinationPhase, Effect>> on(
      DestinationPhase phase, Action.OfDestination action) {
    return phase.on(action, protocol);
  }
}
