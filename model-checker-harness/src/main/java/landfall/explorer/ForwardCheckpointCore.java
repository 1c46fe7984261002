package landfall.explorer;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import landfall.explorer.ModelWorld.Copy;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Protocol;

/** {@code landfall.forwardcheckpoint} in the world of module {@code ForwardCheckpoint}. */
record ForwardCheckpointCore(Protocol protocol) implements CoreInWorld<ForwardCheckpointWorld> {

  @Override
  public ForwardCheckpointWorld initial() {
    return ForwardCheckpointWorld.initial(protocol.pages());
  }

  @Override
  public List<Next<ForwardCheckpointWorld>> from(ForwardCheckpointWorld world) {
    return new ForwardCheckpointSteps(world, protocol).all();
  }

  @Override
  public Claims<ForwardCheckpointWorld> claims() {
    return new ForwardCheckpointClaims(protocol);
  }

  @Override
  public boolean within(Bounds bounds, ForwardCheckpointWorld world) {
    return world.steps().size() <= bounds.steps() && world.failures() <= bounds.failures();
  }

  // What is missing and what was copied is read off the memory, as in the module: if the cores were
  // wrong about it, one state would be several worlds.
  @Override
  public TlaState stateOf(ForwardCheckpointWorld world) {
    var values = new LinkedHashMap<String, TlaValue>();
    values.put("source", TlaValue.text(world.source().name()));
    values.put("destination", TlaValue.text(world.destination().name()));
    values.put("crashed", places(world.crashed()));
    values.put("cut", TlaValue.set(world.cut().stream().map(link -> places(link.ends())).toList()));
    values.put("failures", TlaValue.number(world.failures()));
    values.put("steps", TlaValue.tuple(world.steps().stream().map(TlaValue::number).toList()));
    values.put(
        "position",
        perPlace(
            world,
            List.of(Place.SOURCE, Place.DESTINATION),
            copy -> TlaValue.number(copy.position())));
    values.put(
        "memory",
        perPlace(world, Arrays.asList(Place.values()), copy -> StateMap.versions(copy.versions())));
    values.put("stored", TlaValue.number(world.storedAt(protocol.keeper())));
    values.put("acknowledged", TlaValue.number(world.destination().acknowledged()));
    values.put("released", TlaValue.number(world.released()));
    values.put("claim", name(world.store().claim()));
    return StateMap.state(values);
  }

  private static TlaValue perPlace(
      ForwardCheckpointWorld world, List<Place> places, Function<Copy, TlaValue> value) {
    Map<TlaValue, TlaValue> values =
        places.stream()
            .collect(
                Collectors.toMap(
                    ForwardCheckpointCore::name, place -> value.apply(world.copy(place))));
    return TlaValue.function(values);
  }

  private static TlaValue places(Collection<Place> places) {
    return TlaValue.set(places.stream().map(ForwardCheckpointCore::name).toList());
  }

  private static TlaValue name(Enum<?> constant) {
    return TlaValue.text(constant.name().toLowerCase(Locale.ROOT));
  }
}
