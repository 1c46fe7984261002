package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import landfall.explorer.ModelWorld.Direction;
import landfall.explorer.ModelWorld.Host;
import landfall.explorer.ModelWorld.LockHolder;
import landfall.precopy.Action;
import landfall.precopy.Effect;
import landfall.precopy.PageSet;
import landfall.precopy.Protocol;

/**
 * Everything that can happen next in a {@link ModelWorld}. Whether an event can physically occur is
 * decided here: a host is alive, a message has arrived, a deadline can pass, a lock is free.
 * Whether a host does anything about it, and what, is decided by its core alone.
 */
final class WorldSteps {

  /** Steps that no host takes; their names in the specification. */
  static final Set<String> WITHOUT_HOST =
      Set.of(
          "GuestStep",
          "CutLink",
          "HealLink",
          "ResetConnection",
          "LoseMessage",
          "CrashSource",
          "CrashDestination");

  /** A step to another world, by its name in the specification. */
  record Next(String action, ModelWorld world) {}

  private final Protocol protocol;
  private final ModelWorld world;
  private final List<Next> next = new ArrayList<>();

  private WorldSteps(Protocol protocol, ModelWorld world) {
    this.protocol = protocol;
    this.world = world;
  }

  /** The steps from this world, in no particular order. A step may lead back to the same world. */
  static List<Next> from(ModelWorld world, Protocol protocol) {
    var steps = new WorldSteps(protocol, world);
    steps.guest();
    steps.source();
    steps.destination();
    steps.faults();
    return steps.next;
  }

  private void guest() {
    for (Host host : Host.values()) {
      if (world.guestRunsAt(host)) {
        for (int page = 0; page < protocol.pages(); page++) {
          int written = page;
          happens("GuestStep", draft -> draft.guestWrites(host, written));
        }
      }
    }
  }

  private void source() {
    if (!world.alive(Host.SOURCE)) {
      return;
    }
    int attempt = world.source().attempt();
    boolean reachable = world.alive(Host.DESTINATION) && world.cut().isEmpty();

    // A host that executes a guest does not listen for another.
    if (reachable && !world.destinationCopy().executing()) {
      source(new Action.StartAttempt());
    }
    source(new Action.SendPage(1));
    source(new Action.StartRound(dirty(), Bounds.FEW_ENOUGH), WorldDraft::clearLog);
    source(new Action.PauseSource(world.log().size(), Bounds.FEW_ENOUGH));
    source(new Action.OfferHandover(world.log().size()));
    source(new Action.Cancel());
    arrived(Direction.BACK, this::sourceReads);
    if (reachable && world.broken().contains(attempt)) {
      source(new Action.ResendHandover(), draft -> draft.reconnect(attempt));
    }
    if (world.sourceSuspects()) {
      source(new Action.AbortAttempt());
      source(new Action.ResumeUnacknowledged());
      if (!world.broken().contains(attempt)) {
        source(new Action.GiveUpConnection());
      }
      if (protocol.arbiter() && world.lock() == LockHolder.FREE) {
        source(new Action.ReclaimLock(true), draft -> draft.lock = LockHolder.SOURCE);
      }
      if (protocol.arbiter() && world.lock() == LockHolder.DESTINATION) {
        source(new Action.ReclaimLock(false));
      }
    }
  }

  private void sourceReads(int attempt, Message message) {
    if (message instanceof Message.Ready) {
      source(new Action.ReceiveReady(attempt), draft -> draft.takeFirst(Direction.BACK, attempt));
    } else if (message instanceof Message.Resumed) {
      source(new Action.ReceiveResumed(attempt), draft -> draft.takeFirst(Direction.BACK, attempt));
    }
  }

  private void destination() {
    if (!world.alive(Host.DESTINATION)) {
      return;
    }
    arrived(Direction.FORWARD, this::destinationReads);
    if (world.destinationSuspects()) {
      destination(new Action.DiscardImage(), null, draft -> {});
      if (protocol.arbiter() && world.lock() == LockHolder.FREE) {
        destination(new Action.ClaimLock(), null, draft -> draft.lock = LockHolder.DESTINATION);
      }
    }
  }

  private void destinationReads(int attempt, Message message) {
    if (message instanceof Message.Hello) {
      destinationReads(new Action.ReceiveHello(attempt), attempt, message);
    } else if (message instanceof Message.Page) {
      destinationReads(new Action.ReceivePage(attempt), attempt, message);
    } else if (message instanceof Message.DeviceState) {
      destinationReads(new Action.ReceiveDeviceState(attempt), attempt, message);
    } else if (message instanceof Message.Handover) {
      if (!protocol.arbiter()) {
        destinationReads(new Action.ResumeDestination(attempt), attempt, message);
      } else if (world.lock() == LockHolder.SOURCE) {
        destinationReads(new Action.RefuseHandover(attempt), attempt, message);
      } else {
        destination(
            new Action.ResumeDestination(attempt),
            message,
            draft -> {
              draft.takeFirst(Direction.FORWARD, attempt);
              draft.lock = LockHolder.DESTINATION;
            });
      }
    }
  }

  private void destinationReads(Action.OfDestination action, int attempt, Message message) {
    destination(action, message, draft -> draft.takeFirst(Direction.FORWARD, attempt));
  }

  private void faults() {
    for (Direction direction : Direction.values()) {
      if (world.cut().contains(direction)) {
        happens("HealLink", draft -> draft.heal(direction));
      } else {
        happens("CutLink", draft -> draft.cut(direction));
      }
    }
    int attempt = world.source().attempt();
    if (attempt > 0 && !world.broken().contains(attempt)) {
      happens("ResetConnection", draft -> draft.reset(attempt));
    }
    // Only the tail of a broken connection can be lost: it is a TCP stream.
    for (int broken : world.broken()) {
      if (!world.forward().get(broken - 1).isEmpty()) {
        happens("LoseMessage", draft -> draft.loseLast(Direction.FORWARD, broken));
      }
      if (!world.back().get(broken - 1).isEmpty()) {
        happens("LoseMessage", draft -> draft.loseLast(Direction.BACK, broken));
      }
    }
    if (world.alive(Host.SOURCE)) {
      happens("CrashSource", draft -> draft.crash(Host.SOURCE));
    }
    if (world.alive(Host.DESTINATION)) {
      happens("CrashDestination", draft -> draft.crash(Host.DESTINATION));
    }
  }

  // Shows the first unread message of every connection to the host at its end. Whether the host
  // still reads that connection is its core's decision.
  private void arrived(Direction direction, BiConsumer<Integer, Message> reader) {
    if (!world.cut().contains(direction)) {
      var connections = direction == Direction.FORWARD ? world.forward() : world.back();
      for (int attempt = 1; attempt <= connections.size(); attempt++) {
        var messages = connections.get(attempt - 1);
        if (!messages.isEmpty()) {
          reader.accept(attempt, messages.get(0));
        }
      }
    }
  }

  private PageSet dirty() {
    return PageSet.of(world.log().stream().mapToInt(Integer::intValue).toArray());
  }

  private void happens(String action, Consumer<WorldDraft> change) {
    var draft = new WorldDraft(world);
    change.accept(draft);
    next.add(new Next(action, draft.world()));
  }

  private void source(Action.OfSource action) {
    source(action, draft -> {});
  }

  private void source(Action.OfSource action, Consumer<WorldDraft> event) {
    world
        .source()
        .on(action, protocol)
        .ifPresent(
            step ->
                happens(
                    action.name(),
                    draft -> {
                      event.accept(draft);
                      draft.source = step.phase();
                      perform(draft, Host.SOURCE, step.effects(), null);
                    }));
  }

  private void destination(
      Action.OfDestination action, Message message, Consumer<WorldDraft> event) {
    world
        .destination()
        .on(action, protocol)
        .ifPresent(
            step ->
                happens(
                    action.name(),
                    draft -> {
                      event.accept(draft);
                      draft.destination = step.phase();
                      perform(draft, Host.DESTINATION, step.effects(), message);
                    }));
  }

  private static void perform(WorldDraft draft, Host host, List<Effect> effects, Message message) {
    effects.forEach(effect -> draft.perform(host, effect, message));
  }
}
