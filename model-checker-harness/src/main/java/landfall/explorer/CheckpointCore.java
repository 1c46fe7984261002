package landfall.explorer;

import java.util.List;
import java.util.Set;
import landfall.checkpoint.DestinationPhase;
import landfall.checkpoint.Protocol;
import landfall.checkpoint.SourcePhase;

/**
 * {@code landfall.checkpoint} in the world of module {@code ReverseCheckpoint}.
 *
 * @param diskPages pages that the guest writes to the disk
 */
record CheckpointCore(Protocol protocol, Set<Integer> diskPages)
    implements CoreInWorld<ModelWorld<SourcePhase, DestinationPhase>> {

  @Override
  public ModelWorld<SourcePhase, DestinationPhase> initial() {
    return ModelWorld.switchedOver(
        SourcePhase.initial(), DestinationPhase.initial(protocol.pages()), protocol.pages());
  }

  @Override
  public List<Next<ModelWorld<SourcePhase, DestinationPhase>>> from(
      ModelWorld<SourcePhase, DestinationPhase> world) {
    return new CheckpointSteps(world, protocol, diskPages).all();
  }

  @Override
  public Claims<ModelWorld<SourcePhase, DestinationPhase>> claims() {
    return new CheckpointClaims(protocol, diskPages);
  }

  @Override
  public boolean within(Bounds bounds, ModelWorld<SourcePhase, DestinationPhase> world) {
    return world.steps().size() <= bounds.steps()
        && world.output().recovered().size() <= bounds.steps()
        && world.forward().get(0).size() <= bounds.messages()
        && world.back().get(0).size() <= bounds.messages();
  }

  // What is missing and what is staged is read off the memory, as in the module: if the core were
  // wrong about it, one state would be several worlds.
  @Override
  public TlaState stateOf(ModelWorld<SourcePhase, DestinationPhase> world) {
    var source = world.source();
    var destination = world.destination();
    var values = StateMap.hosts(world, source.name(), destination.name());
    values.put("forward", StateMap.messages(world.forward().get(0)));
    values.put("back", StateMap.messages(world.back().get(0)));
    var lock = world.lock();
    values.put("lock", lock.offered() ? TlaValue.text("offered") : StateMap.name(lock.owner()));
    values.put("stored", TlaValue.number(source.stored()));
    values.put("acknowledged", TlaValue.number(destination.acknowledged()));
    values.put("taken", TlaValue.number(destination.taken()));
    values.put("staged", StateMap.versions(world.staging().versions()));
    values.put("stagedFor", TlaValue.number(world.staging().position()));
    values.remove("position");
    values.put(
        "steps",
        StateMap.perHost(
            StateMap.steps(world.output().recovered()), StateMap.steps(world.steps())));
    values.put(
        "released",
        StateMap.perHost(
            TlaValue.number(world.output().releasedThere()),
            TlaValue.number(world.output().released())));
    values.put("disk", StateMap.versions(world.output().disk()));
    return StateMap.state(values);
  }
}
