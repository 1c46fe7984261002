package landfall.explorer;

import java.util.List;
import landfall.precopy.HostCore;
import landfall.precopy.Phase;
import landfall.precopy.Protocol;

/** {@code landfall.precopy} in the world of module {@code PreCopy}. */
record PreCopyCore(Protocol protocol) implements CoreInWorld<ModelWorld<Phase, Phase>> {

  @Override
  public ModelWorld<Phase, Phase> initial() {
    return ModelWorld.initial(
        new HostCore(protocol, true).initial(),
        new HostCore(protocol, false).initial(),
        protocol.pages());
  }

  @Override
  public List<Next<ModelWorld<Phase, Phase>>> from(ModelWorld<Phase, Phase> world) {
    return new PreCopySteps(world, protocol).all();
  }

  @Override
  public boolean within(Bounds bounds, ModelWorld<Phase, Phase> world) {
    return bounds.contain(world);
  }

  @Override
  public TlaState stateOf(ModelWorld<Phase, Phase> world) {
    var source = world.source();
    var destination = world.destination();
    var values =
        StateMap.of(
            world, source.name(), destination.name(), source.attempt(), destination.accepted());
    values.put("pending", StateMap.pages(source.pending()));
    values.put("round", TlaValue.number(source.round()));
    return StateMap.state(values);
  }
}
