package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import landfall.checkpoint.DestinationPhase;
import landfall.checkpoint.Protocol;
import landfall.checkpoint.SourcePhase;
import landfall.explorer.ModelWorld.Copy;
import landfall.explorer.ModelWorld.Host;

/** The properties of {@code ReverseCheckpointProperties}. */
record CheckpointClaims(Protocol protocol, Set<Integer> diskPages)
    implements Claims<ModelWorld<SourcePhase, DestinationPhase>> {

  private static boolean tookOver(ModelWorld<SourcePhase, DestinationPhase> world) {
    return world.source() instanceof SourcePhase.Reclaimed
        || world.source() instanceof SourcePhase.Recovering
        || world.source() instanceof SourcePhase.Recovered;
  }

  private boolean effective(ModelWorld<SourcePhase, DestinationPhase> world, Host host) {
    return world.guestRunsAt(host)
        && !(host == Host.DESTINATION && world.destination().holdsOutput(protocol));
  }

  private static boolean rightful(ModelWorld<SourcePhase, DestinationPhase> world, Host host) {
    return world.guestRunsAt(host) && host == Host.SOURCE == tookOver(world);
  }

  private boolean hasGuest(ModelWorld<SourcePhase, DestinationPhase> world, Host host) {
    return effective(world, host) || rightful(world, host);
  }

  private static List<Integer> steps(ModelWorld<SourcePhase, DestinationPhase> world, Host host) {
    return host == Host.SOURCE ? world.output().recovered() : world.steps();
  }

  private static List<Integer> shown(ModelWorld<SourcePhase, DestinationPhase> world, Host host) {
    int released = host == Host.SOURCE ? world.output().releasedThere() : world.output().released();
    List<Integer> steps = steps(world, host);
    return steps.subList(0, Math.min(released, steps.size()));
  }

  @Override
  public Optional<String> broken(ModelWorld<SourcePhase, DestinationPhase> world) {
    if (effective(world, Host.SOURCE) && effective(world, Host.DESTINATION)) {
      return Optional.of("AtMostOneEffective");
    }
    for (Host host : Host.values()) {
      if (world.guestRunsAt(host) && !consistent(world, host)) {
        return Optional.of("ConsistentImage");
      }
      if (rightful(world, host)
          && !(Claims.startsWith(steps(world, host), shown(world, Host.SOURCE))
              && Claims.startsWith(steps(world, host), shown(world, Host.DESTINATION)))) {
        return Optional.of("NoReleasedOutputLost");
      }
    }
    if (world.destination() instanceof DestinationPhase.Owner owner && !owner.missing().isEmpty()) {
      return Optional.of("OwnerIsWhole");
    }
    return diskWriteLost(world) ? Optional.of("DiskWriteNeverLost") : Optional.empty();
  }

  private static boolean consistent(ModelWorld<SourcePhase, DestinationPhase> world, Host host) {
    Copy copy = world.copy(host);
    List<Integer> steps = steps(world, host);
    for (int page = 0; page < copy.versions().size(); page++) {
      int newest = Claims.version(steps, steps.size(), page);
      int here = copy.versions().get(page);
      boolean toCome = host == Host.DESTINATION && here == ModelWorld.ABSENT && newest == 0;
      if (here != newest && !toCome) {
        return false;
      }
    }
    return true;
  }

  private boolean diskWriteLost(ModelWorld<SourcePhase, DestinationPhase> world) {
    List<Integer> there = world.output().recovered();
    for (int page : diskPages) {
      int onDisk = world.output().disk().get(page);
      if (hasGuest(world, Host.SOURCE) && onDisk != Claims.version(there, there.size(), page)
          || hasGuest(world, Host.DESTINATION)
              && onDisk != Claims.version(world.steps(), world.output().released(), page)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Home home(ModelWorld<SourcePhase, DestinationPhase> world) {
    if (hasGuest(world, Host.SOURCE) || hasGuest(world, Host.DESTINATION)) {
      return Home.RUNS;
    }
    boolean canRecover =
        world.alive(Host.SOURCE)
            && world.lock().owner() == Host.SOURCE
            && (world.source() instanceof SourcePhase.Serving
                || world.source() instanceof SourcePhase.Reclaimed
                || world.source() instanceof SourcePhase.Recovering);
    return canRecover ? Home.TRANSIT : Home.LOST;
  }

  @Override
  public boolean mayLose(ModelWorld<SourcePhase, DestinationPhase> before, String action) {
    return action.equals("CrashSource")
        || action.equals("CrashDestination")
        || action.equals("GrantOwnership")
            && !protocol.arbiter()
            && !before.alive(Host.DESTINATION);
  }

  @Override
  public Optional<String> owed(ModelWorld<SourcePhase, DestinationPhase> world) {
    if (home(world) == Home.TRANSIT) {
      return Optional.of("EventuallyRuns");
    }
    if (protocol.arbiter() && isInDoubt(world)) {
      return Optional.of("DoubtEnds");
    }
    boolean goesOn =
        protocol.arbiter()
            ? world.alive(Host.DESTINATION)
                && (world.alive(Host.SOURCE) || world.destination().missing().isEmpty())
            : world.crashed().isEmpty();
    return goesOn && !tookOver(world) && world.output().released() < world.steps().size()
        ? Optional.of(protocol.arbiter() ? "AllOutputLeavesByLock" : "AllOutputLeaves")
        : Optional.empty();
  }

  /** A host does not know yet what the lock says of the guest. */
  private static boolean isInDoubt(ModelWorld<SourcePhase, DestinationPhase> world) {
    if (world.lock().offered()) {
      return false;
    }
    return world.lock().owner() == Host.DESTINATION
        ? world.alive(Host.SOURCE) && !(world.source() instanceof SourcePhase.Completed)
        : world.alive(Host.DESTINATION)
            && !(world.destination() instanceof DestinationPhase.Superseded);
  }

  @Override
  public List<String> executing(ModelWorld<SourcePhase, DestinationPhase> world) {
    var names = new ArrayList<String>();
    for (Host host : Host.values()) {
      if (world.guestRunsAt(host)) {
        names.add(
            "the "
                + host.name().toLowerCase(Locale.ROOT)
                + (effective(world, host) ? "" : " (its output held)"));
      }
    }
    return names;
  }
}
