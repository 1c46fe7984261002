package landfall.precopy;

import java.util.Optional;
import landfall.protocol.Core;
import landfall.protocol.Step;

/**
 * One host of the pre-copy protocol, in whatever role it is.
 *
 * @param protocol what all hosts must know before they start
 * @param hasGuest true if the guest starts here, false if this host waits for it
 */
public record HostCore(Protocol protocol, boolean hasGuest) implements Core<Phase, Action, Effect> {

  @Override
  public Phase initial() {
    return hasGuest ? new Phase.Running(0, 0) : new Phase.Waiting(0, 0);
  }

  @Override
  public Optional<Step<Phase, Effect>> on(Phase phase, Action action) {
    return phase.on(action, protocol);
  }
}
