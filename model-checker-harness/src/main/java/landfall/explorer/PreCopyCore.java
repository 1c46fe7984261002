package landfall.explorer;

import java.util.List;
import landfall.precopy.DestinationPhase;
import landfall.precopy.Protocol;
import landfall.precopy.SourcePhase;

/** {@code landfall.precopy} in the world of module {@code PreCopy}. */
record PreCopyCore(Protocol protocol)
    implements CoreInWorld<ModelWorld<SourcePhase, DestinationPhase>> {

  @Override
  public ModelWorld<SourcePhase, DestinationPhase> initial() {
    return ModelWorld.initial(SourcePhase.initial(), DestinationPhase.initial(), protocol.pages());
  }

  @Override
  public List<Next<ModelWorld<SourcePhase, DestinationPhase>>> from(
      ModelWorld<SourcePhase, DestinationPhase> world) {
    return new PreCopySteps(world, protocol).all();
  }

  @Override
  public boolean within(Bounds bounds, ModelWorld<SourcePhase, DestinationPhase> world) {
    return bounds.contain(world);
  }

  @Override
  public TlaState stateOf(ModelWorld<SourcePhase, DestinationPhase> world) {
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
