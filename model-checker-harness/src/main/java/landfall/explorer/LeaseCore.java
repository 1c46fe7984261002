package landfall.explorer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import landfall.explorer.LeaseWorld.Side;
import landfall.lease.Grantor;
import landfall.lease.Holder;
import landfall.lease.Protocol;
import landfall.protocol.Host;

/**
 * {@code landfall.lease} in the world of module {@code Lease}.
 *
 * @param drift ticks by which clocks do come apart within a term
 * @param hosts who may hold the lease; the first one does at first
 */
record LeaseCore(Protocol protocol, int drift, List<Host> hosts)
    implements CoreInWorld<LeaseWorld> {

  @Override
  public LeaseWorld initial() {
    var sides = new LinkedHashMap<Host, Side>();
    hosts.forEach(host -> sides.put(host, Side.of(Holder.without())));
    Host first = hosts.get(0);
    sides.put(first, Side.of(Holder.running(protocol)));
    return new LeaseWorld(Grantor.lentTo(first, protocol), Optional.empty(), sides);
  }

  @Override
  public List<Next<LeaseWorld>> from(LeaseWorld world) {
    return new LeaseSteps(world, protocol, drift).all();
  }

  @Override
  public Claims<LeaseWorld> claims() {
    return new LeaseClaims(protocol);
  }

  // The module is finite for a given term.
  @Override
  public boolean within(Bounds bounds, LeaseWorld world) {
    return true;
  }

  @Override
  public TlaState stateOf(LeaseWorld world) {
    var values = new LinkedHashMap<String, TlaValue>();
    values.put("grantee", world.lentTo().map(LeaseCore::name).orElse(TlaValue.text("free")));
    values.put("forgot", TlaValue.bool(world.grantor() instanceof Grantor.Waiting));
    values.put("reserved", TlaValue.number(world.grantor().reserved()));
    values.put("left", perHost(world, side -> TlaValue.number(side.holder().left())));
    values.put("lag", perHost(world, side -> TlaValue.number(side.lag())));
    values.put("asked", perHost(world, side -> TlaValue.number(side.holder().asked())));
    values.put("askedLag", perHost(world, side -> TlaValue.number(side.askedLag())));
    values.put("request", perHost(world, side -> TlaValue.text(side.request().text())));
    values.put("granted", hosts(world, Side::granted));
    values.put("running", hosts(world, Side::executing));
    values.put("crashed", hosts(world, Side::crashed));
    values.put(
        "acting",
        hosts(world, side -> side.executing() && side.holder().letsOutputLeave(protocol)));
    return StateMap.state(values);
  }

  private static TlaValue perHost(LeaseWorld world, Function<Side, TlaValue> value) {
    return TlaValue.function(
        world.sides().entrySet().stream()
            .collect(
                Collectors.toMap(
                    side -> name(side.getKey()), side -> value.apply(side.getValue()))));
  }

  private static TlaValue hosts(LeaseWorld world, Predicate<Side> which) {
    return TlaValue.set(
        world.hosts().stream()
            .filter(host -> which.test(world.side(host)))
            .map(LeaseCore::name)
            .toList());
  }

  private static TlaValue name(Host host) {
    return TlaValue.text(host.name());
  }
}
