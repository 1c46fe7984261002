package landfall.lease;

import java.util.Optional;
import landfall.protocol.Core;
import landfall.protocol.Step;

/** The grantor, as it is at first: it has lent the guest, or has just restarted. */
public record GrantorCore(Protocol protocol, Grantor initial)
    implements Core<Grantor, Action.OfGrantor, Effect> {

  @Override
  public Optional<Step<Grantor, Effect>> on(Grantor phase, Action.OfGrantor action) {
    return phase.on(action, protocol);
  }
}
