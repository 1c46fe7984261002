package landfall.explorer;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import landfall.explorer.ModelWorld.Direction;
import landfall.explorer.ModelWorld.Host;
import landfall.explorer.ModelWorld.Lock;
import landfall.postcopy.Action;
import landfall.postcopy.DestinationCore;
import landfall.postcopy.DestinationPhase;
import landfall.postcopy.Effect;
import landfall.postcopy.Protocol;
import landfall.postcopy.SourceCore;
import landfall.postcopy.SourcePhase;
import landfall.precopy.PageSet;

/** What can happen next in a world whose hosts do post-copy. */
final class PostCopySteps extends WorldSteps<SourcePhase, DestinationPhase> {
  private static final landfall.protocol.Host DESTINATION =
      new landfall.protocol.Host("destination");

  private final Protocol protocol;
  private final boolean urgentPages;

  PostCopySteps(
      ModelWorld<SourcePhase, DestinationPhase> world, Protocol protocol, boolean urgentPages) {
    super(world);
    this.protocol = protocol;
    this.urgentPages = urgentPages;
  }

  @Override
  void losses() {
    super.losses();
    if (urgentPages && world.destination() instanceof DestinationPhase.Running running) {
      overtakings(running.accepted());
    }
  }

  // Of two pages one is on the connection for those that are asked for.
  private void overtakings(int accepted) {
    List<Message> messages = world.forward().get(accepted - 1);
    for (int i = 1; i < messages.size(); i++) {
      int place = i;
      if (messages.get(place - 1) instanceof Message.Page
          && messages.get(place) instanceof Message.Page) {
        happens(
            "OvertakePage",
            way(Direction.FORWARD).attempt(accepted, world.attempt()),
            draft -> draft.overtake(accepted, place));
      }
    }
  }

  // A page that is absent faults; the guest has not written it before it is there.
  @Override
  boolean writable(Host host, int page) {
    return world.copy(host).versions().get(page) != ModelWorld.ABSENT;
  }

  @Override
  void source() {
    int attempt = world.attempt();
    boolean reachable = world.alive(Host.DESTINATION) && world.cut().isEmpty();
    boolean connected = !world.broken().contains(attempt);

    // A host that executes a guest does not listen for another.
    if (reachable && !world.destinationCopy().executing()) {
      source(new Action.StartAttempt());
    }
    if (connected) {
      source(new Action.SendPage(1));
    }
    source(new Action.StartRound(dirty()), draft -> draft.clearLog());
    source(new Action.PauseSource(dirty()));
    source(new Action.OfferHandover());
    source(new Action.Cancel());
    arrived(Direction.BACK, this::sourceReads);
    if (reachable && !connected) {
      source(new Action.Recover());
    }
    if (world.sourceSuspects()) {
      source(new Action.AbortAttempt());
      source(new Action.ResumeUnacknowledged());
      if (connected) {
        source(new Action.GiveUpConnection());
      }
      boolean stillOwner = world.lock().owner() == Host.SOURCE;
      source(
          new Action.ReclaimLock(stillOwner),
          draft -> draft.lock = stillOwner ? Lock.held(Host.SOURCE, attempt) : draft.lock);
    }
  }

  private void sourceReads(int attempt, Message message) {
    if (message instanceof Message.Ready) {
      sourceTakes(new Action.ReceiveReady(attempt, DESTINATION), attempt);
    } else if (message instanceof Message.Resumed) {
      sourceTakes(new Action.ReceiveResumed(attempt), attempt);
    } else if (message instanceof Message.Demand demand) {
      sourceTakes(new Action.AnswerDemand(attempt, demand.page()), attempt);
    } else if (message instanceof Message.PageList list) {
      sourceTakes(new Action.ReceivePageList(attempt, pageSet(list.missing())), attempt);
    } else if (message instanceof Message.Complete) {
      sourceTakes(new Action.ReceiveComplete(attempt), attempt);
    }
  }

  private void sourceTakes(Action.OfSource action, int attempt) {
    source(
        action,
        way(Direction.FORWARD).attempt(attempt, world.attempt()),
        draft -> draft.takeFirst(Direction.BACK, attempt));
  }

  @Override
  void destination() {
    int accepted = world.destination().accepted();
    arrived(Direction.FORWARD, this::destinationReads);
    if (world.destinationCopy().executing() && !world.broken().contains(accepted)) {
      for (int page = 0; page < protocol.pages(); page++) {
        destination(
            new Action.DemandPage(page), About.place(1).and(0).page(page), null, draft -> {});
      }
      if (!world.back().get(accepted - 1).contains(new Message.Complete())) {
        destination(new Action.SendComplete(), About.place(1).and(0), null, draft -> {});
      }
    }
    About about = About.place(1).and(0);
    if (world.destinationSuspects(accepted)) {
      destination(new Action.DiscardImage(), about, null, draft -> {});
      if (isOffered()) {
        destination(new Action.ClaimLock(), about, null, this::take);
      }
    }
    if (!isOffered() && world.lock().attempt() >= accepted) {
      destination(new Action.LearnSuperseded(), about, null, draft -> {});
    }
  }

  private void destinationReads(int attempt, Message message) {
    if (message instanceof Message.Hello) {
      destinationTakes(new Action.ReceiveHello(attempt), attempt, message);
    } else if (message instanceof Message.Page page) {
      var arrived = PageSet.of(page.page());
      destinationTakes(new Action.ReceivePage(attempt, arrived), attempt, message);
    } else if (message instanceof Message.DeviceStateAndDiscard state) {
      var discard = pageSet(state.discard());
      destinationTakes(new Action.ReceiveDeviceState(attempt, discard), attempt, message);
    } else if (message instanceof Message.Handover) {
      if (protocol.arbiter() && !isOffered()) {
        destinationTakes(new Action.RefuseHandover(attempt), attempt, message);
      } else {
        // With an arbiter the event is that the lock was got, too.
        destination(
            new Action.ResumeDestination(attempt),
            read(attempt),
            message,
            draft -> {
              draft.takeFirst(Direction.FORWARD, attempt);
              take(draft);
            });
      }
      destinationTakes(new Action.ResumeUnasked(attempt), attempt, message);
    } else if (message instanceof Message.Recover recover) {
      var action = new Action.ReceiveRecover(attempt, recover.handover());
      destinationTakes(action, attempt, message);
    }
  }

  private boolean isOffered() {
    return world.lock().isOfferedBy(world.destination().accepted());
  }

  private void take(WorldDraft<SourcePhase, DestinationPhase> draft) {
    if (protocol.arbiter() && isOffered()) {
      draft.lock = Lock.held(Host.DESTINATION, world.destination().accepted());
    }
  }

  private About read(int attempt) {
    return way(Direction.BACK).attempt(attempt, world.attempt());
  }

  private void destinationTakes(Action.OfDestination action, int attempt, Message message) {
    destination(
        action, read(attempt), message, draft -> draft.takeFirst(Direction.FORWARD, attempt));
  }

  private void source(Action.OfSource action) {
    source(action, draft -> {});
  }

  private void source(
      Action.OfSource action, Consumer<WorldDraft<SourcePhase, DestinationPhase>> event) {
    source(action, About.place(0).and(1), event);
  }

  private void source(
      Action.OfSource action,
      About about,
      Consumer<WorldDraft<SourcePhase, DestinationPhase>> event) {
    happens(
        new SourceCore(protocol),
        world.source(),
        action,
        about,
        event,
        (draft, phase) -> draft.source = phase,
        (draft, effect) -> perform(draft, Host.SOURCE, effect, null));
  }

  private void destination(
      Action.OfDestination action,
      About about,
      Message message,
      Consumer<WorldDraft<SourcePhase, DestinationPhase>> event) {
    happens(
        new DestinationCore(protocol),
        world.destination(),
        action,
        about,
        event,
        (draft, phase) -> draft.destination = phase,
        (draft, effect) -> perform(draft, Host.DESTINATION, effect, message));
  }

  private static void perform(
      WorldDraft<SourcePhase, DestinationPhase> draft, Host host, Effect effect, Message message) {
    if (!sends(draft, host, effect)) {
      changesHost(draft, host, effect, message);
    }
  }

  /** Performs an effect that is a message; false if it is none. */
  private static boolean sends(
      WorldDraft<SourcePhase, DestinationPhase> draft, Host host, Effect effect) {
    if (effect instanceof Effect.SendHello hello) {
      require(hello.attempt() == draft.connect(), effect);
      draft.send(Direction.FORWARD, hello.attempt(), new Message.Hello());
    } else if (effect instanceof Effect.SendRecover recover) {
      require(recover.attempt() == draft.connect(), effect);
      var message = new Message.Recover(recover.handover());
      draft.send(Direction.FORWARD, recover.attempt(), message);
    } else if (effect instanceof Effect.SendPages pages) {
      pages.pages().stream()
          .forEach(page -> draft.send(Direction.FORWARD, pages.attempt(), draft.page(host, page)));
    } else if (effect instanceof Effect.SendDeviceState state) {
      int position = draft.copy(host).position();
      var message = new Message.DeviceStateAndDiscard(position, numbers(state.discard()));
      draft.send(Direction.FORWARD, state.attempt(), message);
    } else if (effect instanceof Effect.SendHandover handover) {
      draft.send(Direction.FORWARD, handover.attempt(), new Message.Handover());
    } else if (effect instanceof Effect.SendReady ready) {
      draft.send(Direction.BACK, ready.attempt(), new Message.Ready());
    } else if (effect instanceof Effect.SendResumed resumed) {
      draft.send(Direction.BACK, resumed.attempt(), new Message.Resumed());
    } else if (effect instanceof Effect.SendDemand demand) {
      draft.send(Direction.BACK, demand.attempt(), new Message.Demand(demand.page()));
    } else if (effect instanceof Effect.SendPageList list) {
      draft.send(Direction.BACK, list.attempt(), new Message.PageList(numbers(list.missing())));
    } else if (effect instanceof Effect.SendComplete complete) {
      draft.send(Direction.BACK, complete.attempt(), new Message.Complete());
    } else {
      return false;
    }
    return true;
  }

  /**
   * Performs an effect on the host itself.
   *
   * @param message what the step was taken on, or null if it was no message
   */
  private static void changesHost(
      WorldDraft<SourcePhase, DestinationPhase> draft, Host host, Effect effect, Message message) {
    if (effect instanceof Effect.StartDirtyLog) {
      draft.setLogging(true);
    } else if (effect instanceof Effect.StopDirtyLog) {
      draft.setLogging(false);
    } else if (effect instanceof Effect.PauseGuest) {
      draft.setExecuting(host, false);
    } else if (effect instanceof Effect.RunGuest) {
      draft.setExecuting(host, true);
    } else if (effect instanceof Effect.ReleaseLock release) {
      require(release.to().equals(DESTINATION), effect);
      draft.lock = new Lock(host, true, release.attempt());
    } else if (effect instanceof Effect.CloseConnection close) {
      draft.closeEnd(host, close.attempt());
    } else if (effect instanceof Effect.CloseConnections close) {
      draft.closeEnds(host, close.upToAttempt());
    } else if (effect instanceof Effect.ClearMemory) {
      draft.clearMemory(host);
    } else if (effect instanceof Effect.DiscardPages discard) {
      discard.pages().stream().forEach(page -> draft.store(host, page, ModelWorld.ABSENT));
    } else if (effect instanceof Effect.PlacePages place && message instanceof Message.Page page) {
      require(place.pages().equals(PageSet.of(page.page())), effect);
      draft.store(host, page.page(), page.version());
    } else if (effect instanceof Effect.StoreDeviceState
        && message instanceof Message.DeviceStateAndDiscard state) {
      draft.setPosition(host, state.position());
    } else {
      throw new IllegalStateException("the model world cannot perform " + effect);
    }
  }

  private static Set<Integer> numbers(PageSet pages) {
    return pages.stream().boxed().collect(Collectors.toUnmodifiableSet());
  }
}
