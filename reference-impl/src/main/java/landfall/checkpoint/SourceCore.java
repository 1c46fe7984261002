package landfall.checkpoint;

import java.util.Optional;
import landfall.protocol.Core;
import landfall.protocol.Step;

/** The source, as a core. */
public record SourceCore(Protocol protocol) implements Core<SourcePhase, Action.OfSource, Effect> {

  @Override
  public SourcePhase initial() {
    return SourcePhase.initial();
  }

  @Override
  public Optional<Step<SourcePhase, Effect>> on(SourcePhase phase, Action.OfSource action) {
    return phase.on(action, protocol);
  }
}
