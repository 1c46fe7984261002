package landfall.sharedlock;

import java.util.Optional;
import landfall.protocol.Core;
import landfall.protocol.Step;

/** The storage, as a core: it grants requests, and frees locks by itself. */
public record StorageCore(Protocol protocol)
    implements Core<Storage, landfall.protocol.Action, Effect> {

  /** A host asks for something. */
  public record Asked(Host from, Effect.Request request) implements landfall.protocol.Action {}

  @Override
  public Storage initial() {
    return Storage.initial();
  }

  @Override
  public Optional<Step<Storage, Effect>> on(Storage phase, landfall.protocol.Action action) {
    Optional<Storage> after = Optional.empty();
    if (action instanceof Asked asked) {
      after = phase.on(asked.from(), asked.request());
    } else if (action instanceof Action.OfStorage own) {
      after = phase.on(own, protocol);
    }
    return after.map(Step::to);
  }
}
