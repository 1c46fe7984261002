package landfall.lease;

import java.util.Optional;
import landfall.protocol.Core;
import landfall.protocol.Step;

/** A host that holds the lease, if it is {@code lent} to it at first, or would hold it. */
public record HolderCore(Protocol protocol, boolean lent)
    implements Core<Holder, Action.OfHolder, Effect> {

  @Override
  public Holder initial() {
    return lent ? Holder.running(protocol) : Holder.without();
  }

  @Override
  public Optional<Step<Holder, Effect>> on(Holder phase, Action.OfHolder action) {
    return phase.on(action, protocol);
  }
}
