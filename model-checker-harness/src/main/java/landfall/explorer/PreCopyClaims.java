package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.explorer.HostsWorld.Connection;
import landfall.explorer.HostsWorld.Place;
import landfall.precopy.Phase;
import landfall.precopy.Protocol;

/** The properties of {@code PreCopy} and {@code Handover}. */
record PreCopyClaims(Protocol protocol) implements Claims<HostsWorld<Phase>> {
  private static final Set<String> FAULTS =
      Set.of("Crash", "Cancel", "CutLink", "ResetConnection", "LoseMessage");

  private static boolean runs(HostsWorld<Phase> world, int host) {
    return world.alive(host) && world.hosts().get(host).executing();
  }

  @Override
  public Optional<String> broken(HostsWorld<Phase> world) {
    int running = 0;
    for (int host = 0; host < world.hosts().size(); host++) {
      Place<Phase> place = world.hosts().get(host);
      if (place.phase() instanceof Phase.Completed && world.lock().owner() == host) {
        return Optional.of("StatusTruthful");
      }
      if (!runs(world, host)) {
        continue;
      }
      running++;
      if (running > 1) {
        return Optional.of("AtMostOneEffective");
      }
      if (!Claims.startsWith(place.steps(), world.released())) {
        return Optional.of("NoReleasedOutputLost");
      }
      for (int page = 0; page < place.versions().size(); page++) {
        if (place.versions().get(page)
            != Claims.version(place.steps(), place.steps().size(), page)) {
          return Optional.of("ConsistentImage");
        }
      }
      if (Math.max(place.phase().attempt(), place.phase().accepted()) != world.attempts()) {
        return Optional.of("NumbersAreUnique");
      }
    }
    return Optional.empty();
  }

  @Override
  public Home home(HostsWorld<Phase> world) {
    Home home = Home.LOST;
    for (int host = 0; host < world.hosts().size(); host++) {
      if (runs(world, host)) {
        return Home.RUNS;
      }
      if (canArrive(world, host)) {
        home = Home.TRANSIT;
      }
    }
    return home;
  }

  private boolean canArrive(HostsWorld<Phase> world, int host) {
    if (!world.alive(host)) {
      return false;
    }
    Phase phase = world.hosts().get(host).phase();
    HostsWorld.Lock lock = world.lock();
    if (phase instanceof Phase.Ready ready) {
      boolean offered =
          lock.offeredTo() == HostsWorld.ANYBODY
              || lock.offeredTo() == host && lock.attempt() == ready.accepted();
      return offered
          && (protocol.arbiter()
              || world.connection(ready.accepted()).forward().stream()
                  .anyMatch(Message.Handover.class::isInstance));
    }
    return phase instanceof Phase.Paused
        || phase instanceof Phase.Offered
        || phase instanceof Phase.HandedOver && lock.owner() == host;
  }

  @Override
  public boolean mayLose(HostsWorld<Phase> before, String action) {
    return FAULTS.contains(action);
  }

  @Override
  public Optional<String> owed(HostsWorld<Phase> world) {
    if (unpromised(world)) {
      return Optional.empty();
    }
    if (home(world) == Home.TRANSIT) {
      return Optional.of("EventuallyRuns");
    }
    for (int host = 0; host < world.hosts().size(); host++) {
      if (world.alive(host)
          && world.hosts().get(host).phase() instanceof Phase.HandedOver inDoubt
          && !destinationForgot(world, inDoubt)) {
        return Optional.of("DoubtEnds");
      }
    }
    return Optional.empty();
  }

  // The message Handover finds nobody who knows of it: the destination died since, and may have
  // started again.
  private static boolean destinationForgot(HostsWorld<Phase> world, Phase.HandedOver inDoubt) {
    Connection connection = world.connection(inDoubt.attempt());
    int to = connection.to();
    return !world.alive(to) || world.hosts().get(to).phase().accepted() < inDoubt.attempt();
  }

  @Override
  public boolean unpromised(HostsWorld<Phase> world) {
    if (protocol.arbiter() || home(world) != Home.TRANSIT) {
      return false;
    }
    for (int host = 0; host < world.hosts().size(); host++) {
      if (canArrive(world, host)
          && !(world.hosts().get(host).phase() instanceof Phase.HandedOver inDoubt
              && destinationForgot(world, inDoubt))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public List<String> executing(HostsWorld<Phase> world) {
    var names = new ArrayList<String>();
    for (int host = 0; host < world.hosts().size(); host++) {
      if (runs(world, host)) {
        names.add(PreCopySteps.name(host).name());
      }
    }
    return names;
  }
}
