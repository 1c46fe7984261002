package landfall.implementation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import landfall.evidence.ImplementationVersion;

/** The reference engine, each host a process of its own. */
final class ReferenceImplementation implements Implementation {
  /** Shorter than an operator would choose, so that a trial need not wait long. */
  private static final int DEADLINE_MILLIS = 1000;

  private final List<String> launcher;
  private final String version;
  private final int ramMib;
  private final boolean arbiter;
  private final OptionalInt mutant;

  /**
   * @param launcher the command up to and including {@code host}
   * @param arbiter whether ownership is a lock on storage that both hosts reach
   * @param mutant number of a deliberate defect
   */
  ReferenceImplementation(
      List<String> launcher, String version, int ramMib, boolean arbiter, OptionalInt mutant) {
    this.arbiter = arbiter;
    this.ramMib = ramMib;
    this.launcher = List.copyOf(launcher);
    this.version = version;
    this.mutant = mutant;
  }

  @Override
  public String name() {
    String name = arbiter ? Implementations.REFERENCE_WITH_ARBITER : "reference";
    return mutant.isPresent() ? name + Implementations.MUTANT + mutant.getAsInt() : name;
  }

  @Override
  public ImplementationVersion version() {
    return new ImplementationVersion(name(), version);
  }

  @Override
  public String guest() {
    return "witness-riscv64.elf";
  }

  @Override
  public long ramAddress() {
    return 0x8000_0000L;
  }

  @Override
  public long ramBytes() {
    return (long) ramMib << 20;
  }

  @Override
  public List<String> command(HostPlace place, Path kernel) {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(
        List.of(
            "--name",
            place.name(),
            "--qmp",
            "unix:" + place.qmp(),
            "--serial",
            "unix:" + place.serial(),
            "--ram-mib",
            Integer.toString(ramMib),
            "--kernel",
            kernel.toString(),
            "--trace",
            place.trace().toString(),
            "--tracked",
            place.trackedPages().stream().map(String::valueOf).collect(Collectors.joining(",")),
            "--seed",
            Long.toString(place.seed()),
            "--deadline-millis",
            Integer.toString(DEADLINE_MILLIS),
            "--save-dir",
            place.sockets().toString()));
    if (!place.hasGuest()) {
      command.addAll(List.of("--incoming", "tcp:127.0.0.1:" + place.incomingPort()));
      if (place.paused()) {
        command.add("--paused");
      }
    }
    if (arbiter) {
      command.addAll(List.of("--lock", lock(place.sockets()).toString()));
    }
    mutant.ifPresent(number -> command.addAll(List.of("--mutant", Integer.toString(number))));
    return command;
  }

  private static Path lock(Path sockets) {
    return sockets.resolve("lock");
  }

  @Override
  public Optional<Path> arbiter(Path sockets) {
    return arbiter ? Optional.of(lock(sockets)) : Optional.empty();
  }

  @Override
  public boolean migratesOn() {
    return true;
  }

  // Post-copy does not know the lock.
  @Override
  public boolean splits() {
    return !arbiter;
  }

  @Override
  public boolean traces() {
    return true;
  }

  @Override
  public boolean destinationSurvivesFailure() {
    return true;
  }
}
