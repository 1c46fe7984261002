package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import landfall.sharedlock.Host;
import landfall.sharedlock.Lock;
import landfall.sharedlock.Owner;

/** The properties of {@code SharedLock}. */
record SharedLockClaims() implements Claims<SharedLockWorld> {

  @Override
  public Optional<String> broken(SharedLockWorld world) {
    int running = 0;
    for (Host host : Host.values()) {
      if (world.storage().lock(host) == Lock.EXCLUSIVE
          && world.storage().lock(host.other()) != Lock.NONE) {
        return Optional.of("ExclusiveMeansAlone");
      }
      if (world.machine(host).executing()) {
        running++;
        if (running > 1) {
          return Optional.of("AtMostOneEffective");
        }
        if (!world.machine(host).newest()) {
          return Optional.of("NoReleasedOutputLost");
        }
      }
    }
    return Optional.empty();
  }

  // Of memory the module knows only whether it is the newest; it says nothing of a last copy.
  @Override
  public Home home(SharedLockWorld world) {
    return executing(world).isEmpty() ? Home.TRANSIT : Home.RUNS;
  }

  @Override
  public boolean mayLose(SharedLockWorld before, String action) {
    return false;
  }

  @Override
  public Optional<String> owed(SharedLockWorld world) {
    boolean somebody =
        world.machine(Host.SOURCE).alive() || world.machine(Host.DESTINATION).alive();
    return world.storage().record() == Owner.FREE && somebody
        ? Optional.of("EventuallyHeld")
        : Optional.empty();
  }

  @Override
  public List<String> executing(SharedLockWorld world) {
    var names = new ArrayList<String>();
    for (Host host : Host.values()) {
      if (world.machine(host).executing()) {
        names.add("the " + host.name().toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }
}
