package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.explorer.CoreInWorld.Next;
import landfall.explorer.SharedLockWorld.Machine;
import landfall.explorer.SharedLockWorld.Mail;
import landfall.sharedlock.Action;
import landfall.sharedlock.DestinationCore;
import landfall.sharedlock.DestinationPhase;
import landfall.sharedlock.Effect;
import landfall.sharedlock.Host;
import landfall.sharedlock.Owner;
import landfall.sharedlock.Protocol;
import landfall.sharedlock.SourceCore;
import landfall.sharedlock.SourcePhase;
import landfall.sharedlock.Storage;
import landfall.sharedlock.StorageCore;

/**
 * Everything that can happen next in a {@link SharedLockWorld}. Whether a message has arrived, who
 * is alive and whom storage reaches is decided here; what comes of it, by the cores of hosts and
 * storage alone. The world knows who is dead, and storage is told: no storage could tell by itself.
 */
final class SharedLockSteps {

  /** Steps that neither a host nor the storage takes; their names in the specification. */
  static final Set<String> WITHOUT_HOST =
      Set.of("GuestStep", "LoseMessage", "CutOff", "Rejoin", "Crash");

  private final SharedLockWorld world;
  private final Protocol protocol;
  private final List<Next<SharedLockWorld>> next = new ArrayList<>();

  SharedLockSteps(SharedLockWorld world, Protocol protocol) {
    this.world = world;
    this.protocol = protocol;
  }

  /** The steps from this world, in no particular order. A step may lead back to the same world. */
  List<Next<SharedLockWorld>> all() {
    if (world.machine(Host.SOURCE).alive()) {
      source();
    }
    if (world.machine(Host.DESTINATION).alive()) {
      destination();
    }
    for (Host host : Host.values()) {
      fate(host, world.machine(host));
    }
    if (world.mail().isPresent()) {
      happens("LoseMessage", About.place(0), world.withoutMail());
    }
    return next;
  }

  private void source() {
    source(new Action.PauseSource(), world);
    source(new Action.TakeBackAttempt(), world);
    if (world.mail().equals(Optional.of(Mail.READY))) {
      source(new Action.GiveAway(), world.withoutMail());
    }
    source(new Action.ShareLock(), world);
    source(new Action.LetGo(), world);
    source(new Action.LockExclusively(), world);
    source(new Action.TakeOwnership(), world);
    if (world.machine(Host.SOURCE).reachesStorage()) {
      Owner record = world.storage().record();
      source(new Action.GiveAwayRunning(record), world);
      source(new Action.ReadRecord(record), world);
      source(new Action.LearnCompleted(record), world);
    }
  }

  private void destination() {
    if (world.mail().equals(Optional.of(Mail.IMAGE))) {
      // What arrives is the source's image. It runs no guest while this is on its way.
      Machine taker = world.machine(Host.DESTINATION);
      destination(
          new Action.ReceiveImage(),
          world
              .withoutMail()
              .with(Host.DESTINATION, taker.newest(world.machine(Host.SOURCE).newest())));
    }
    destination(new Action.JoinLock(), world);
    destination(new Action.FailUpgrade(), world);
    destination(new Action.LockExclusively(), world);
    destination(new Action.TakeOwnership(), world);
    if (world.machine(Host.DESTINATION).reachesStorage()) {
      Owner record = world.storage().record();
      destination(new Action.ReadRecord(record), world);
      destination(new Action.DiscardImage(record), world);
    }
  }

  // What happens to a host, dead or alive.
  private void fate(Host host, Machine machine) {
    if (machine.executing()) {
      happens(
          "GuestStep",
          About.place(host.ordinal()),
          world
              .with(host.other(), world.machine(host.other()).newest(false))
              .with(host, machine.newest(true)));
    }
    if (machine.alive()) {
      happens("Crash", About.place(host.ordinal()), world.crashed(host));
    }
    if (machine.reachesStorage()) {
      happens("CutOff", About.place(host.ordinal()), world.with(host, machine.cutOff(true)));
    } else {
      var free = new Action.FreeLock(host, machine.crashed());
      storage(free, world)
          .ifPresent(after -> happens(free.name(), About.place(host.ordinal()), after));
    }
    if (machine.cutOff()) {
      happens("Rejoin", About.place(host.ordinal()), world.with(host, machine.cutOff(false)));
    }
  }

  private void source(Action.OfSource action, SharedLockWorld after) {
    Taken.<SharedLockWorld, SourcePhase, Action.OfSource, Effect>world(
            new SourceCore(protocol),
            world.source(),
            action,
            () -> after,
            SharedLockWorld::with,
            (so, effect) -> perform(Host.SOURCE, effect, so))
        .ifPresent(reached -> happens(action.name(), About.place(0), reached));
  }

  private void destination(Action.OfDestination action, SharedLockWorld after) {
    Taken.<SharedLockWorld, DestinationPhase, Action.OfDestination, Effect>world(
            new DestinationCore(protocol),
            world.destination(),
            action,
            () -> after,
            SharedLockWorld::with,
            (so, effect) -> perform(Host.DESTINATION, effect, so))
        .ifPresent(reached -> happens(action.name(), About.place(1), reached));
  }

  private Optional<SharedLockWorld> storage(landfall.protocol.Action asked, SharedLockWorld so) {
    return Taken.<SharedLockWorld, Storage, landfall.protocol.Action, Effect>world(
        new StorageCore(protocol),
        so.storage(),
        asked,
        () -> so,
        SharedLockWorld::with,
        (after, effect) -> {
          throw new IllegalStateException("storage cannot perform " + effect);
        });
  }

  private Optional<SharedLockWorld> perform(Host host, Effect effect, SharedLockWorld so) {
    Machine machine = so.machine(host);
    if (effect instanceof Effect.Request request) {
      return machine.reachesStorage()
          ? storage(new StorageCore.Asked(host, request), so)
          : Optional.empty();
    }
    if (effect instanceof Effect.SendImage) {
      return Optional.of(so.sent(Mail.IMAGE));
    }
    if (effect instanceof Effect.SendReady) {
      return Optional.of(so.sent(Mail.READY));
    }
    if (effect instanceof Effect.CloseConnection) {
      return Optional.of(so.withoutMail());
    }
    if (effect instanceof Effect.StartGuest) {
      return Optional.of(so.with(host, machine.executing(true)));
    }
    if (effect instanceof Effect.StopGuest) {
      return Optional.of(so.with(host, machine.executing(false)));
    }
    throw new IllegalStateException("a host of the model world cannot perform " + effect);
  }

  private void happens(String action, About about, SharedLockWorld after) {
    next.add(new Next<>(action, about, () -> after));
  }
}
