package landfall.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import landfall.evidence.ImplementationVersion;
import landfall.implementation.HostPlace;
import landfall.implementation.Implementation;

/** A good implementation, wrapped so that it does one thing wrong. */
final class BadImplementation implements Implementation {
  private final Implementation good;
  private final Misbehaviour wrong;

  BadImplementation(Implementation good, Misbehaviour wrong) {
    this.good = good;
    this.wrong = wrong;
  }

  /** Made by a host when it does the wrong thing. */
  static Path mark(Path logs) {
    return logs.resolve("misbehaved");
  }

  @Override
  public String name() {
    return good.name();
  }

  @Override
  public ImplementationVersion version() {
    return new ImplementationVersion(name(), "wrapped: " + wrong);
  }

  @Override
  public String guest() {
    return good.guest();
  }

  @Override
  public long ramAddress() {
    return good.ramAddress();
  }

  @Override
  public long ramBytes() {
    return good.ramBytes();
  }

  @Override
  public boolean traces() {
    return good.traces();
  }

  @Override
  public boolean destinationSurvivesFailure() {
    return good.destinationSurvivesFailure();
  }

  @Override
  public Optional<Path> arbiter(Path sockets) {
    return good.arbiter(sockets);
  }

  @Override
  public Optional<Path> disk(Path sockets) {
    return wrong == Misbehaviour.LOSES_DISK_WRITES ? good.disk(sockets) : Optional.empty();
  }

  @Override
  public boolean migratesOn() {
    return good.migratesOn();
  }

  @Override
  public List<String> command(HostPlace place, Path kernel) {
    Path hidden = place.sockets().resolve("good-" + place.name());
    // Beside the shown port nobody else is asked for one in the meantime, or the trial fails.
    int hiddenPort = place.incomingPort() == 0 ? 0 : freePort();
    var behind =
        new HostPlace(
            place.name(),
            hidden,
            place.logs(),
            hiddenPort,
            place.paused(),
            place.seed(),
            place.trackedPages());
    List<String> ofGood = new ArrayList<>(good.command(behind, kernel));
    // The trial asks it to save memory where the bad one is.
    ofGood.set(ofGood.indexOf("--save-dir") + 1, place.sockets().toString());
    disk(place.sockets()).ifPresent(image -> ofGood.addAll(List.of("--disk", image.toString())));
    int options = ofGood.indexOf("host");
    List<String> command = new ArrayList<>(ofGood.subList(0, ofGood.indexOf(Main.class.getName())));
    command.add(BadHost.class.getName());
    command.add(wrong.name());
    command.add(place.name());
    command.add(place.sockets().toString());
    command.add(hidden.toString());
    command.add(Integer.toString(place.incomingPort()));
    command.add(Integer.toString(hiddenPort));
    command.add(mark(place.logs()).toString());
    command.add("--");
    command.addAll(ofGood.subList(options, ofGood.size()));
    return command;
  }

  private static int freePort() {
    try {
      return HostPlace.freePort();
    } catch (java.io.IOException none) {
      throw new java.io.UncheckedIOException(none);
    }
  }
}
