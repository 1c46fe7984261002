package landfall.forwardcheckpoint;

import java.util.Optional;
import landfall.protocol.Core;
import landfall.protocol.Step;

/** The source, as a core: it acts, and answers a {@link Request.ToSource}. */
public record SourceCore(Protocol protocol)
    implements Core<SourcePhase, landfall.protocol.Action, Effect> {

  @Override
  public SourcePhase initial() {
    return SourcePhase.initial();
  }

  @Override
  public Optional<Step<SourcePhase, Effect>> on(
      SourcePhase phase, landfall.protocol.Action action) {
    if (action instanceof Request.ToSource request) {
      return phase.answer(request);
    }
    return action instanceof Action.OfSource own ? phase.on(own, protocol) : Optional.empty();
  }
}
