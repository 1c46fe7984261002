package landfall.forwardcheckpoint;

import java.util.Optional;
import landfall.protocol.Core;
import landfall.protocol.Step;

/** The store, as a core: it only answers. */
public record StoreCore(Protocol protocol) implements Core<Store, Request.ToStore, Effect> {

  @Override
  public Store initial() {
    return Store.initial();
  }

  @Override
  public Optional<Step<Store, Effect>> on(Store phase, Request.ToStore action) {
    return phase.answer(action, protocol);
  }
}
