package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import landfall.explorer.ModelWorld.Copy;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.DestinationPhase;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Protocol;
import landfall.forwardcheckpoint.SourcePhase;

/** The properties of {@code ForwardCheckpoint}. */
record ForwardCheckpointClaims(Protocol protocol) implements Claims<ForwardCheckpointWorld> {
  private static final List<Place> HOSTS = List.of(Place.SOURCE, Place.DESTINATION);

  private static boolean absent(ForwardCheckpointWorld world, Place place, int page) {
    return world.copy(place).versions().get(page) == ModelWorld.ABSENT;
  }

  private static boolean tookOver(ForwardCheckpointWorld world) {
    return world.source() instanceof SourcePhase.Recovering
        || world.source() instanceof SourcePhase.Recovered;
  }

  private static boolean switched(ForwardCheckpointWorld world) {
    return !(world.source() instanceof SourcePhase.Running
        || world.source() instanceof SourcePhase.Paused);
  }

  @Override
  public Optional<String> broken(ForwardCheckpointWorld world) {
    if (world.guestRunsAt(Place.SOURCE) && world.guestRunsAt(Place.DESTINATION)) {
      return Optional.of("AtMostOneEffective");
    }
    for (Place host : HOSTS) {
      if (!world.guestRunsAt(host)) {
        continue;
      }
      Copy copy = world.copy(host);
      if (world.released() > copy.position()) {
        return Optional.of("NoReleasedOutputLost");
      }
      for (int page = 0; page < protocol.pages(); page++) {
        boolean toCome = host == Place.DESTINATION && absent(world, host, page);
        if (!toCome
            && copy.versions().get(page) != Claims.version(world.steps(), copy.position(), page)) {
          return Optional.of("ConsistentImage");
        }
      }
    }
    return survives(world) ? Optional.empty() : Optional.of("SurvivesOneFailure");
  }

  private boolean survives(ForwardCheckpointWorld world) {
    boolean over =
        world.destination() instanceof DestinationPhase.Owner
            || world.source() instanceof SourcePhase.Completed
                && world.store().claim() == Claim.NONE;
    return !switched(world) || over || world.failures() > 1 || goesOn(world);
  }

  private boolean goesOn(ForwardCheckpointWorld world) {
    if (canRecover(world) || world.source() instanceof SourcePhase.Recovered) {
      return true;
    }
    if (!world.guestRunsAt(Place.DESTINATION)) {
      return false;
    }
    for (int page = 0; page < protocol.pages(); page++) {
      boolean atSource =
          world.alive(Place.SOURCE)
              && (world.source() instanceof SourcePhase.Serving
                  || world.source() instanceof SourcePhase.Completed);
      boolean atStore = world.alive(Place.STORE) && !absent(world, Place.STORE, page);
      if (absent(world, Place.DESTINATION, page) && !atSource && !atStore) {
        return false;
      }
    }
    return true;
  }

  private boolean canRecover(ForwardCheckpointWorld world) {
    return world.alive(Place.SOURCE)
        && (world.source() instanceof SourcePhase.Paused
            || world.alive(protocol.keeper())
                && (world.source() instanceof SourcePhase.Recovering
                    || world.source() instanceof SourcePhase.Serving
                        && world.store().claim() != Claim.DESTINATION));
  }

  @Override
  public Home home(ForwardCheckpointWorld world) {
    if (world.guestRunsAt(Place.SOURCE) || world.guestRunsAt(Place.DESTINATION)) {
      return Home.RUNS;
    }
    return canRecover(world) ? Home.TRANSIT : Home.LOST;
  }

  @Override
  public boolean mayLose(ForwardCheckpointWorld before, String action) {
    return action.equals("Crash");
  }

  @Override
  public Optional<String> owed(ForwardCheckpointWorld world) {
    Home home = home(world);
    if (world.failures() > 1 || home == Home.LOST) {
      return Optional.empty();
    }
    if (home == Home.TRANSIT) {
      return Optional.of("EventuallyRuns");
    }
    if (switched(world) && !whole(world)) {
      return Optional.of("WholeAgain");
    }
    return world.released() < world.steps().size() && !tookOver(world)
        ? Optional.of("AllOutputLeaves")
        : Optional.empty();
  }

  private boolean whole(ForwardCheckpointWorld world) {
    return HOSTS.stream()
        .anyMatch(
            host ->
                world.guestRunsAt(host)
                    && !world.copy(host).versions().contains(ModelWorld.ABSENT));
  }

  // Who has to ask the store, and cannot, waits.
  @Override
  public boolean unpromised(ForwardCheckpointWorld world) {
    return world.failures() > 1 && home(world) == Home.TRANSIT;
  }

  @Override
  public List<String> executing(ForwardCheckpointWorld world) {
    var names = new ArrayList<String>();
    for (Place host : HOSTS) {
      if (world.guestRunsAt(host)) {
        names.add("the " + host.name().toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }
}
