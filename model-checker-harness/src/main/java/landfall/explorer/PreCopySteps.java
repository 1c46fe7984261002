package landfall.explorer;

import java.util.function.Consumer;
import landfall.explorer.ModelWorld.Direction;
import landfall.explorer.ModelWorld.Host;
import landfall.explorer.ModelWorld.LockHolder;
import landfall.precopy.Action;
import landfall.precopy.Effect;
import landfall.precopy.HostCore;
import landfall.precopy.Phase;
import landfall.precopy.Protocol;

/** What can happen next in a world whose hosts do pre-copy. */
final class PreCopySteps extends WorldSteps<Phase, Phase> {
  /** {@code FewEnough} of the model: the source pauses only when no page is dirty. */
  static final int FEW_ENOUGH = 0;

  private static final landfall.protocol.Host DESTINATION =
      new landfall.protocol.Host("destination");

  private final Protocol protocol;

  PreCopySteps(ModelWorld<Phase, Phase> world, Protocol protocol) {
    super(world);
    this.protocol = protocol;
  }

  // The whole image is there before the guest is.
  @Override
  boolean writable(Host host, int page) {
    return true;
  }

  @Override
  void source() {
    int attempt = world.attempt();
    boolean reachable = world.alive(Host.DESTINATION) && world.cut().isEmpty();

    // A host that executes a guest does not listen for another.
    if (reachable && !world.destinationCopy().executing()) {
      source(new Action.StartAttempt());
    }
    source(new Action.SendPage(1));
    source(new Action.StartRound(dirty(), FEW_ENOUGH), draft -> draft.clearLog());
    source(new Action.PauseSource(world.log().size(), FEW_ENOUGH));
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
      source(
          new Action.ReceiveReady(attempt, DESTINATION),
          draft -> draft.takeFirst(Direction.BACK, attempt));
    } else if (message instanceof Message.Resumed) {
      source(new Action.ReceiveResumed(attempt), draft -> draft.takeFirst(Direction.BACK, attempt));
    }
  }

  @Override
  void destination() {
    arrived(Direction.FORWARD, this::destinationReads);
    if (world.destinationSuspects(world.destination().accepted())) {
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

  private void destinationReads(Action action, int attempt, Message message) {
    destination(action, message, draft -> draft.takeFirst(Direction.FORWARD, attempt));
  }

  private void source(Action action) {
    source(action, draft -> {});
  }

  private void source(Action action, Consumer<WorldDraft<Phase, Phase>> event) {
    happens(
        new HostCore(protocol, true),
        world.source(),
        action,
        event,
        (draft, phase) -> draft.source = phase,
        (draft, effect) -> perform(draft, Host.SOURCE, effect, null));
  }

  private void destination(
      Action action, Message message, Consumer<WorldDraft<Phase, Phase>> event) {
    happens(
        new HostCore(protocol, false),
        world.destination(),
        action,
        event,
        (draft, phase) -> draft.destination = phase,
        (draft, effect) -> perform(draft, Host.DESTINATION, effect, message));
  }

  /**
   * Performs an effect of a core's step.
   *
   * @param message what the step was taken on, or null if it was no message
   */
  private static void perform(
      WorldDraft<Phase, Phase> draft, Host host, Effect effect, Message message) {
    if (effect instanceof Effect.StartDirtyLog) {
      draft.setLogging(true);
    } else if (effect instanceof Effect.StopDirtyLog) {
      draft.setLogging(false);
    } else if (effect instanceof Effect.SendHello hello) {
      require(hello.attempt() == draft.connect(), effect);
      draft.send(Direction.FORWARD, hello.attempt(), new Message.Hello());
    } else if (effect instanceof Effect.SendPages pages) {
      pages.pages().stream()
          .forEach(page -> draft.send(Direction.FORWARD, pages.attempt(), draft.page(host, page)));
    } else if (effect instanceof Effect.SendDeviceState state) {
      draft.send(
          Direction.FORWARD, state.attempt(), new Message.DeviceState(draft.copy(host).position()));
    } else if (effect instanceof Effect.SendHandover handover) {
      draft.send(Direction.FORWARD, handover.attempt(), new Message.Handover());
    } else if (effect instanceof Effect.SendReady ready) {
      draft.send(Direction.BACK, ready.attempt(), new Message.Ready());
    } else if (effect instanceof Effect.SendResumed resumed) {
      draft.send(Direction.BACK, resumed.attempt(), new Message.Resumed());
    } else if (effect instanceof Effect.PauseGuest) {
      draft.setExecuting(host, false);
    } else if (effect instanceof Effect.RunGuest) {
      draft.setExecuting(host, true);
    } else if (effect instanceof Effect.ReleaseLock) {
      draft.lock = LockHolder.FREE;
    } else if (effect instanceof Effect.CloseConnections close) {
      draft.closeEnds(host, close.upToAttempt());
    } else if (effect instanceof Effect.ClearMemory) {
      draft.clearMemory(host);
    } else if (effect instanceof Effect.StorePages) {
      require(message instanceof Message.Page, effect);
      if (message instanceof Message.Page page) {
        draft.store(host, page.page(), page.version());
      }
    } else if (effect instanceof Effect.StoreDeviceState) {
      require(message instanceof Message.DeviceState, effect);
      if (message instanceof Message.DeviceState state) {
        draft.setPosition(host, state.position());
      }
    } else {
      throw new IllegalStateException("the model world cannot perform " + effect);
    }
  }
}
