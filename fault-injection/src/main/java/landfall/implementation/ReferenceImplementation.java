package landfall.implementation;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import landfall.evidence.ImplementationVersion;

/** The reference engine, each host a process of its own. */
final class ReferenceImplementation implements Implementation {
  /** Shorter than an operator would choose, so that a trial need not wait long. */
  private static final String LOCK = "lock";

  private static final int DEADLINE_MILLIS = 1000;

  /** Of a lease. A trial waits for both once, before its guest runs. */
  private static final int TERM_MILLIS = 400;

  private static final int DRIFT_MILLIS = 60;

  /** Connections of a link, all of which carry pages. */
  private static final int CHANNELS = 3;

  /** The one deliberate defect that a store can have. */
  private static final int OF_STORE = 50;

  private final List<String> launcher;
  private final String version;
  private final int ramMib;
  private final Ownership ownership;
  private final OptionalInt mutant;
  private final Channel channel;

  /** Hosts have a store, to which pages are copied ahead. */
  private final boolean hasStore;

  /**
   * @param launcher the command up to and including {@code host}
   * @param ownership what decides whose the guest is
   * @param mutant number of a deliberate defect
   * @param channel plain, or several connections
   */
  ReferenceImplementation(
      List<String> launcher,
      String version,
      int ramMib,
      Ownership ownership,
      OptionalInt mutant,
      Channel channel) {
    this(launcher, version, ramMib, ownership, mutant, channel, ownership == Ownership.STORE);
  }

  private ReferenceImplementation(
      List<String> launcher,
      String version,
      int ramMib,
      Ownership ownership,
      OptionalInt mutant,
      Channel channel,
      boolean hasStore) {
    this.hasStore = hasStore;
    this.channel = channel;
    this.ownership = ownership;
    this.ramMib = ramMib;
    this.launcher = List.copyOf(launcher);
    this.version = version;
    this.mutant = mutant;
  }

  @Override
  public String name() {
    String name = ownership.implementation() + channel.suffix();
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
    if (ownership == Ownership.LOCK) {
      command.addAll(List.of("--lock", place.storage().resolve(LOCK).toString()));
    } else if (ownership == Ownership.LEASE) {
      command.addAll(List.of("--lease", grantor(place.sockets())));
    }
    if (hasStore) {
      command.addAll(
          List.of(
              "--store",
              place.storePort() == 0
                  ? "unix:" + storeSocket(place.sockets())
                  : "tcp:127.0.0.1:" + place.storePort()));
    }
    disk(place.sockets())
        .filter(Files::isRegularFile)
        .ifPresent(image -> command.addAll(List.of("--disk", image.toString())));
    mutant.ifPresent(number -> command.addAll(List.of("--mutant", Integer.toString(number))));
    return command;
  }

  @Override
  public Optional<Path> arbiter(Path sockets) {
    return ownership == Ownership.LOCK
        ? Optional.of(HostPlace.shared(sockets).resolve(LOCK))
        : Optional.empty();
  }

  private static String grantor(Path sockets) {
    return "unix:" + sockets.resolve("grantor");
  }

  private static Path storeSocket(Path sockets) {
    return sockets.resolve("store");
  }

  @Override
  public Optional<Path> store(Path sockets) {
    return hasStore ? Optional.of(storeSocket(sockets)) : Optional.empty();
  }

  @Override
  public Optional<List<String>> companion(CompanionPlace place) {
    return hasStore ? Optional.of(store(place)) : lender(place);
  }

  @Override
  public Optional<List<String>> grantor(CompanionPlace place) {
    return hasStore ? lender(place) : Optional.empty();
  }

  private List<String> beside() {
    return new ArrayList<>(launcher.subList(0, launcher.indexOf("host")));
  }

  private Optional<List<String>> lender(CompanionPlace place) {
    if (ownership != Ownership.LEASE) {
      return Optional.empty();
    }
    List<String> command = beside();
    command.addAll(List.of("grantor", "--listen", grantor(place.sockets())));
    command.addAll(List.of("--term-millis", Integer.toString(TERM_MILLIS)));
    command.addAll(List.of("--drift-millis", Integer.toString(DRIFT_MILLIS)));
    return Optional.of(command);
  }

  private List<String> store(CompanionPlace place) {
    List<String> command = beside();
    command.addAll(List.of("store", "--listen", "unix:" + storeSocket(place.sockets())));
    command.addAll(List.of("--dir", place.sockets().resolve("kept").toString()));
    command.addAll(List.of("--deadline-millis", Integer.toString(DEADLINE_MILLIS)));
    command.addAll(List.of("--trace", place.trace().toString()));
    command.addAll(
        List.of(
            "--tracked",
            place.trackedPages().stream().map(String::valueOf).collect(Collectors.joining(","))));
    mutant.stream()
        .filter(number -> number == OF_STORE)
        .forEach(number -> command.addAll(List.of("--mutant", Integer.toString(number))));
    return command;
  }

  // With copies ahead a guest has no disk.
  @Override
  public Optional<Path> disk(Path sockets) {
    return hasStore ? Optional.empty() : Optional.of(sockets.resolve("disk.raw"));
  }

  @Override
  public Ownership ownership() {
    return ownership;
  }

  @Override
  public Channel channel() {
    return channel;
  }

  @Override
  public List<String> capabilities() {
    return channel == Channel.SEVERAL ? List.of("multifd") : List.of();
  }

  @Override
  public boolean hasUrgentConnection() {
    return channel == Channel.SEVERAL;
  }

  @Override
  public Map<String, Object> parameters(boolean hasGuest) {
    return channel == Channel.SEVERAL ? Map.of("multifd-channels", CHANNELS) : Map.of();
  }

  // Faults of a journey are aimed at one connection.
  @Override
  public boolean migratesOn() {
    return channel == Channel.PLAIN;
  }

  @Override
  public boolean splits() {
    return true;
  }

  @Override
  public boolean copiesAhead() {
    return hasStore || ownership == Ownership.LEASE;
  }

  @Override
  public boolean onlyCopiesAhead() {
    return hasStore;
  }

  @Override
  public Implementation copyingAhead() {
    return !copiesAhead()
        ? this
        : new ReferenceImplementation(launcher, version, ramMib, ownership, mutant, channel, true);
  }

  // Those whose hosts have a store go there.
  @Override
  public boolean takesCheckpoints() {
    return !hasStore;
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
