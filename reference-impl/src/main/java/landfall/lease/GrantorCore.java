package landfall.lease;

import java.util.Optional;
import landfall.protocol.Core;
import landfall.protocol.Host;
import landfall.protocol.Step;

/** The grantor, that has lent the guest to its {@code first} host at first. */
public record GrantorCore(Protocol protocol, Host first)
    implements Core<Grantor, Action.OfGrantor, Effect> {

  @Override
  public Grantor initial() {
    return Grantor.lentTo(first, protocol);
  }

  @Override
  public Optional<Step<Grantor, Effect>> on(Grantor phase, Action.OfGrantor action) {
    return phase.on(action, protocol);
  }
}
