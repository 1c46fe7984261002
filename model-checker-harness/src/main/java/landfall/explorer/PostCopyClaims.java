package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import landfall.explorer.ModelWorld.Copy;
import landfall.explorer.ModelWorld.Host;
import landfall.postcopy.DestinationPhase;
import landfall.postcopy.Protocol;
import landfall.postcopy.SourcePhase;

/** The properties of {@code PostCopy} and {@code TwoHostHandover}. */
record PostCopyClaims(Protocol protocol)
    implements Claims<ModelWorld<SourcePhase, DestinationPhase>> {
  private static final Set<String> FAULTS =
      Set.of(
          "CutLink", "ResetConnection", "LoseMessage", "CrashSource", "CrashDestination", "Cancel");

  private static List<Integer> missing(ModelWorld<SourcePhase, DestinationPhase> world) {
    var versions = world.destinationCopy().versions();
    return IntStream.range(0, versions.size())
        .filter(page -> versions.get(page) == ModelWorld.ABSENT)
        .boxed()
        .toList();
  }

  @Override
  public Optional<String> broken(ModelWorld<SourcePhase, DestinationPhase> world) {
    boolean atSource = world.guestRunsAt(Host.SOURCE);
    boolean atDestination = world.guestRunsAt(Host.DESTINATION);
    if (atSource && atDestination) {
      return Optional.of("AtMostOneEffective");
    }
    for (Host host : Host.values()) {
      if (!world.guestRunsAt(host)) {
        continue;
      }
      Copy copy = world.copy(host);
      if (copy.position() != world.steps().size()) {
        return Optional.of("NoReleasedOutputLost");
      }
      for (int page = 0; page < copy.versions().size(); page++) {
        int newest = Claims.version(world.steps(), copy.position(), page);
        int here = copy.versions().get(page);
        boolean elsewhere =
            here == ModelWorld.ABSENT
                && host == Host.DESTINATION
                && world.sourceCopy().versions().get(page) == newest;
        if (here != newest && !elsewhere) {
          return Optional.of("ConsistentImage");
        }
      }
    }
    if (world.source() instanceof SourcePhase.Completed
        && !(world.destination() instanceof DestinationPhase.Running && missing(world).isEmpty())) {
      return Optional.of("StatusTruthful");
    }
    return Optional.empty();
  }

  private boolean becomesWhole(ModelWorld<SourcePhase, DestinationPhase> world) {
    if (world.alive(Host.SOURCE)) {
      return true;
    }
    int accepted = Math.max(1, world.destination().accepted());
    return missing(world).stream()
        .allMatch(
            page ->
                IntStream.rangeClosed(accepted, world.attempt())
                    .anyMatch(
                        attempt ->
                            world.forward().get(attempt - 1).stream()
                                .anyMatch(
                                    sent -> sent instanceof Message.Page it && it.page() == page)));
  }

  private boolean canArrive(ModelWorld<SourcePhase, DestinationPhase> world) {
    if (world.destination() instanceof DestinationPhase.Running) {
      return false;
    }
    var source = world.source();
    if (world.alive(Host.SOURCE)
        && (source instanceof SourcePhase.Paused
            || source instanceof SourcePhase.Offered
            || source instanceof SourcePhase.HandedOver && world.lock().owner() == Host.SOURCE)) {
      return true;
    }
    if (!world.alive(Host.DESTINATION)
        || !(world.destination() instanceof DestinationPhase.Ready)
        || !becomesWhole(world)
        || protocol.arbiter() && !world.lock().isOfferedBy(world.destination().accepted())) {
      return false;
    }
    int accepted = world.destination().accepted();
    return protocol.arbiter() && missing(world).isEmpty()
        || world.forward().get(accepted - 1).stream().anyMatch(Message.Handover.class::isInstance)
        || IntStream.rangeClosed(accepted + 1, world.attempt())
            .anyMatch(
                attempt ->
                    !world.forward().get(attempt - 1).isEmpty()
                        && world.forward().get(attempt - 1).get(0) instanceof Message.Recover sent
                        && sent.handover());
  }

  @Override
  public Home home(ModelWorld<SourcePhase, DestinationPhase> world) {
    if (world.guestRunsAt(Host.SOURCE)) {
      return Home.RUNS;
    }
    if (world.guestRunsAt(Host.DESTINATION)) {
      return becomesWhole(world) ? Home.RUNS : Home.LOST;
    }
    return canArrive(world) ? Home.TRANSIT : Home.LOST;
  }

  @Override
  public boolean mayLose(ModelWorld<SourcePhase, DestinationPhase> before, String action) {
    return FAULTS.contains(action) || action.equals("ReceiveRecover") && !before.alive(Host.SOURCE);
  }

  @Override
  public Optional<String> owed(ModelWorld<SourcePhase, DestinationPhase> world) {
    if (home(world) == Home.TRANSIT) {
      return unpromised(world) ? Optional.empty() : Optional.of("EventuallyRuns");
    }
    if (protocol.arbiter()
        && world.alive(Host.SOURCE)
        && world.source() instanceof SourcePhase.HandedOver) {
      return Optional.of("DoubtEnds");
    }
    if (!world.crashed().isEmpty()) {
      return Optional.empty();
    }
    if (!world.destination().requested().isEmpty()) {
      return Optional.of("FaultsAnswered");
    }
    return world.source() instanceof SourcePhase.Serving
        ? Optional.of("Completes")
        : Optional.empty();
  }

  // Without an arbiter the source cannot know whether the guest died with the destination.
  @Override
  public boolean unpromised(ModelWorld<SourcePhase, DestinationPhase> world) {
    return home(world) == Home.TRANSIT
        && world.alive(Host.SOURCE)
        && world.source() instanceof SourcePhase.HandedOver
        && !world.alive(Host.DESTINATION)
        && !protocol.arbiter();
  }

  @Override
  public List<String> executing(ModelWorld<SourcePhase, DestinationPhase> world) {
    var names = new ArrayList<String>();
    for (Host host : Host.values()) {
      if (world.guestRunsAt(host)) {
        names.add("the " + host.name().toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }
}
