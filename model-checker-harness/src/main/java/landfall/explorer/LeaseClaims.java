package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import landfall.lease.Protocol;
import landfall.protocol.Host;

/** The properties of {@code Lease}. */
record LeaseClaims(Protocol protocol) implements Claims<LeaseWorld> {

  private boolean effective(LeaseWorld world, Host host) {
    return world.side(host).executing() && world.side(host).holder().letsOutputLeave(protocol);
  }

  @Override
  public Optional<String> broken(LeaseWorld world) {
    return world.hosts().stream().filter(host -> effective(world, host)).count() > 1
        ? Optional.of("AtMostOneEffective")
        : Optional.empty();
  }

  // A lease is of no guest in particular: it cannot be lost.
  @Override
  public Home home(LeaseWorld world) {
    return world.hosts().stream().anyMatch(host -> effective(world, host))
        ? Home.RUNS
        : Home.TRANSIT;
  }

  @Override
  public boolean mayLose(LeaseWorld before, String action) {
    return false;
  }

  @Override
  public Optional<String> owed(LeaseWorld world) {
    boolean somebody = world.hosts().stream().anyMatch(host -> !world.side(host).crashed());
    if (world.lentTo().isPresent()) {
      return world.side(world.lentTo().get()).crashed()
          ? Optional.of("DeadHolderLosesIt")
          : Optional.empty();
    }
    return somebody ? Optional.of("EventuallyHeld") : Optional.empty();
  }

  @Override
  public List<String> executing(LeaseWorld world) {
    var names = new ArrayList<String>();
    for (Host host : world.hosts()) {
      if (world.side(host).executing()) {
        names.add(host + (effective(world, host) ? "" : " (its output kept in)"));
      }
    }
    return names;
  }
}
