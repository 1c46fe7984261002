package landfall.explorer;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import landfall.sharedlock.Claim;
import landfall.sharedlock.DestinationPhase;
import landfall.sharedlock.Host;
import landfall.sharedlock.Lock;
import landfall.sharedlock.SourcePhase;
import landfall.sharedlock.Storage;

/**
 * Two hosts, the storage of the image and the connection between the hosts, at one moment.
 * Immutable; equal worlds go on equally. {@link SharedLockSteps} says what can happen next.
 *
 * @param source what the core of the source is; of a dead source, what it was
 * @param destination the same of the destination
 * @param mail the message on its way
 */
record SharedLockWorld(
    SourcePhase source,
    DestinationPhase destination,
    Storage storage,
    Optional<Mail> mail,
    Map<Host, Machine> machines) {

  private static final Claim NOTHING = new Claim(Lock.NONE, false);

  SharedLockWorld {
    machines = Map.copyOf(machines);
  }

  /** What one host can say to the other. */
  enum Mail {
    IMAGE("Image"),
    READY("Ready");

    private final String text;

    Mail(String text) {
      this.text = text;
    }

    /** As the module writes it. */
    String text() {
      return text;
    }
  }

  /**
   * What a host is besides its core.
   *
   * @param executing true from the effect that let the guest run to the one that stopped it
   * @param newest true if its image has all that the guest did
   * @param crashed true if it is dead
   * @param cutOff true if it does not reach the storage
   */
  record Machine(boolean executing, boolean newest, boolean crashed, boolean cutOff) {

    boolean alive() {
      return !crashed;
    }

    boolean reachesStorage() {
      return alive() && !cutOff;
    }

    Machine executing(boolean now) {
      return new Machine(now, newest, crashed, cutOff);
    }

    Machine newest(boolean now) {
      return new Machine(executing, now, crashed, cutOff);
    }

    Machine cutOff(boolean now) {
      return new Machine(executing, newest, crashed, now);
    }

    Machine dead() {
      return new Machine(false, newest, true, cutOff);
    }
  }

  static SharedLockWorld initial() {
    return new SharedLockWorld(
        SourcePhase.initial(),
        DestinationPhase.initial(),
        Storage.initial(),
        Optional.empty(),
        Map.of(
            Host.SOURCE, new Machine(true, true, false, false),
            Host.DESTINATION, new Machine(false, false, false, false)));
  }

  Machine machine(Host host) {
    return machines.get(host);
  }

  /** What a host takes for its lock. The dead take nothing for anything. */
  Lock believed(Host host) {
    if (machine(host).crashed()) {
      return storage.lock(host);
    }
    return host == Host.SOURCE ? source.lock() : destination.lock();
  }

  /** Whether a host may take the guest as far as it has read. */
  boolean readFree(Host host) {
    return host == Host.SOURCE
        ? source instanceof SourcePhase.Given given && given.claim().readFree()
        : destination instanceof DestinationPhase.Ready ready && ready.claim().readFree();
  }

  /** A host is dead, and what it knew is gone. Both ends of the connection notice. */
  SharedLockWorld crashed(Host host) {
    var after = withoutMail().with(host, machine(host).dead());
    return host == Host.SOURCE ? after.with(remains(source)) : after.with(remains(destination));
  }

  private static SourcePhase remains(SourcePhase phase) {
    if (phase instanceof SourcePhase.Running) {
      return new SourcePhase.Running(Lock.NONE);
    }
    return phase instanceof SourcePhase.Given ? new SourcePhase.Given(NOTHING) : phase;
  }

  private static DestinationPhase remains(DestinationPhase phase) {
    if (phase instanceof DestinationPhase.Ready) {
      return new DestinationPhase.Ready(NOTHING);
    }
    return phase instanceof DestinationPhase.Running
        ? new DestinationPhase.Running(Lock.NONE)
        : new DestinationPhase.Waiting(Lock.NONE);
  }

  SharedLockWorld with(SourcePhase next) {
    return new SharedLockWorld(next, destination, storage, mail, machines);
  }

  SharedLockWorld with(DestinationPhase next) {
    return new SharedLockWorld(source, next, storage, mail, machines);
  }

  SharedLockWorld with(Storage next) {
    return new SharedLockWorld(source, destination, next, mail, machines);
  }

  SharedLockWorld with(Host host, Machine machine) {
    var next = new EnumMap<>(machines);
    next.put(host, machine);
    return new SharedLockWorld(source, destination, storage, mail, next);
  }

  SharedLockWorld sent(Mail message) {
    return new SharedLockWorld(source, destination, storage, Optional.of(message), machines);
  }

  SharedLockWorld withoutMail() {
    return new SharedLockWorld(source, destination, storage, Optional.empty(), machines);
  }
}
