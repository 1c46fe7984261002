package landfall.forwardcheckpoint;

import java.util.Optional;
import landfall.protocol.Core;
import landfall.protocol.Step;

/** The destination, as a core: it acts, and answers a {@link Request.ToDestination}. */
public record DestinationCore(Protocol protocol)
    implements Core<DestinationPhase, landfall.protocol.Action, Effect> {

  @Override
  public DestinationPhase initial() {
    return DestinationPhase.initial(protocol.pages());
  }

  @Override
  public Optional<Step<DestinationPhase, Effect>> on(
      DestinationPhase phase, landfall.protocol.Action action) {
    if (action instanceof Request.ToDestination request) {
      return phase.answer(request);
    }
    return action instanceof Action.OfDestination own ? phase.on(own, protocol) : Optional.empty();
  }
}
