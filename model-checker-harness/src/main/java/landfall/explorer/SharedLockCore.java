package landfall.explorer;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import landfall.sharedlock.Host;
import landfall.sharedlock.Lock;
import landfall.sharedlock.Protocol;

/** {@code landfall.sharedlock} in the world of module {@code SharedLock}. */
record SharedLockCore(Protocol protocol) implements CoreInWorld<SharedLockWorld> {

  @Override
  public SharedLockWorld initial() {
    return SharedLockWorld.initial();
  }

  @Override
  public List<Next<SharedLockWorld>> from(SharedLockWorld world) {
    return new SharedLockSteps(world, protocol).all();
  }

  @Override
  public Claims<SharedLockWorld> claims() {
    return new SharedLockClaims();
  }

  // The module is finite.
  @Override
  public boolean within(Bounds bounds, SharedLockWorld world) {
    return true;
  }

  @Override
  public TlaState stateOf(SharedLockWorld world) {
    var values = new LinkedHashMap<String, TlaValue>();
    values.put("source", TlaValue.text(world.source().getClass().getSimpleName()));
    values.put("destination", TlaValue.text(world.destination().getClass().getSimpleName()));
    values.put("lock", locks(host -> world.storage().lock(host)));
    values.put("believed", locks(world::believed));
    values.put("record", name(world.storage().record()));
    values.put("readFree", hosts(world::readFree));
    values.put("newest", hosts(host -> world.machine(host).newest()));
    values.put(
        "mail",
        TlaValue.set(world.mail().stream().map(sent -> TlaValue.text(sent.text())).toList()));
    values.put("crashed", hosts(host -> world.machine(host).crashed()));
    values.put("cutOff", hosts(host -> world.machine(host).cutOff()));
    return StateMap.state(values);
  }

  private static TlaValue locks(Function<Host, Lock> lock) {
    return TlaValue.function(
        Map.of(
            name(Host.SOURCE), name(lock.apply(Host.SOURCE)),
            name(Host.DESTINATION), name(lock.apply(Host.DESTINATION))));
  }

  private static TlaValue hosts(Predicate<Host> which) {
    return TlaValue.set(
        Arrays.stream(Host.values()).filter(which).map(SharedLockCore::name).toList());
  }

  private static TlaValue name(Enum<?> constant) {
    return TlaValue.text(constant.name().toLowerCase(Locale.ROOT));
  }
}
