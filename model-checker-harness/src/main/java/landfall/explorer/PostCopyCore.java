package landfall.explorer;

import java.util.List;
import landfall.postcopy.DestinationPhase;
import landfall.postcopy.Protocol;
import landfall.postcopy.SourcePhase;

/**
 * {@code landfall.postcopy} in the world of module {@code PostCopy}.
 *
 * @param urgentPages whether pages that are asked for have a connection of their own, {@code
 *     UrgentPages}: no core needs to know
 */
record PostCopyCore(Protocol protocol, boolean urgentPages)
    implements CoreInWorld<ModelWorld<SourcePhase, DestinationPhase>> {

  @Override
  public ModelWorld<SourcePhase, DestinationPhase> initial() {
    return ModelWorld.initial(
        SourcePhase.initial(), DestinationPhase.initial(protocol.pages()), protocol.pages());
  }

  @Override
  public List<Next<ModelWorld<SourcePhase, DestinationPhase>>> from(
      ModelWorld<SourcePhase, DestinationPhase> world) {
    return new PostCopySteps(world, protocol, urgentPages).all();
  }

  @Override
  public Claims<ModelWorld<SourcePhase, DestinationPhase>> claims() {
    return new PostCopyClaims(protocol);
  }

  // Which pages are missing is not read off the core but off the memory, as in the module: if the
  // core were wrong about it, one state would be several worlds.
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
    values.put("requested", StateMap.pages(destination.requested()));
    return StateMap.state(values);
  }
}
