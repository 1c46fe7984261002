package landfall.explorer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import landfall.lease.Grantor;
import landfall.lease.Host;
import landfall.lease.Protocol;

/** The properties of {@code Lease}. */
record LeaseClaims(Protocol protocol) implements Claims<LeaseWorld> {

  private boolean effective(LeaseWorld world, Host host) {
    return world.side(host).executing() && world.side(host).holder().letsOutputLeave(protocol);
  }

  @Override
  public Optional<String> broken(LeaseWorld world) {
    return effective(world, Host.SOURCE) && effective(world, Host.DESTINATION)
        ? Optional.of("AtMostOneEffective")
        : Optional.empty();
  }

  // A lease is of no guest in particular: it cannot be lost.
  @Override
  public Home home(LeaseWorld world) {
    return Arrays.stream(Host.values()).anyMatch(host -> effective(world, host))
        ? Home.RUNS
        : Home.TRANSIT;
  }

  @Override
  public boolean mayLose(LeaseWorld before, String action) {
    return false;
  }

  @Override
  public Optional<String> owed(LeaseWorld world) {
    boolean somebody = Arrays.stream(Host.values()).anyMatch(host -> !world.side(host).crashed());
    if (world.grantor() instanceof Grantor.Lent lent) {
      return world.side(lent.grantee()).crashed()
          ? Optional.of("DeadHolderLosesIt")
          : Optional.empty();
    }
    return somebody ? Optional.of("EventuallyHeld") : Optional.empty();
  }

  @Override
  public List<String> executing(LeaseWorld world) {
    var names = new ArrayList<String>();
    for (Host host : Host.values()) {
      if (world.side(host).executing()) {
        names.add(
            "the "
                + host.name().toLowerCase(Locale.ROOT)
                + (effective(world, host) ? "" : " (its output kept in)"));
      }
    }
    return names;
  }
}
