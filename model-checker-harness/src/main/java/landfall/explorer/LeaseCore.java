package landfall.explorer;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import landfall.explorer.LeaseWorld.Side;
import landfall.lease.Grantor;
import landfall.lease.Holder;
import landfall.lease.Host;
import landfall.lease.Protocol;

/**
 * {@code landfall.lease} in the world of module {@code Lease}.
 *
 * @param drift ticks by which clocks do come apart within a term
 */
record LeaseCore(Protocol protocol, int drift) implements CoreInWorld<LeaseWorld> {

  @Override
  public LeaseWorld initial() {
    return new LeaseWorld(
        Grantor.lentTo(Host.SOURCE, protocol),
        Map.of(
            Host.SOURCE, Side.of(Holder.running(protocol)),
            Host.DESTINATION, Side.of(Holder.without())));
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
    values.put(
        "grantee",
        world.grantor() instanceof Grantor.Lent lent
            ? name(lent.grantee())
            : TlaValue.text("free"));
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
        Map.of(
            name(Host.SOURCE), value.apply(world.side(Host.SOURCE)),
            name(Host.DESTINATION), value.apply(world.side(Host.DESTINATION))));
  }

  private static TlaValue hosts(LeaseWorld world, Predicate<Side> which) {
    return TlaValue.set(
        Arrays.stream(Host.values())
            .filter(host -> which.test(world.side(host)))
            .map(LeaseCore::name)
            .toList());
  }

  private static TlaValue name(Host host) {
    return TlaValue.text(host.name().toLowerCase(Locale.ROOT));
  }
}
