package landfall.explorer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import landfall.checkpoint.Action;
import landfall.checkpoint.DestinationCore;
import landfall.checkpoint.DestinationPhase;
import landfall.checkpoint.Effect;
import landfall.checkpoint.Protocol;
import landfall.checkpoint.SourceCore;
import landfall.checkpoint.SourcePhase;
import landfall.explorer.ModelWorld.Copy;
import landfall.explorer.ModelWorld.Direction;
import landfall.explorer.ModelWorld.Host;
import landfall.explorer.ModelWorld.Lock;
import landfall.explorer.ModelWorld.Staging;
import landfall.precopy.PageSet;

/**
 * What can happen next in a world whose destination takes checkpoints. Between the hosts there are
 * two streams whose messages are numbered, so that any may be lost: one connection of the world,
 * which never breaks.
 */
final class CheckpointSteps extends WorldSteps<SourcePhase, DestinationPhase> {
  private static final int CONNECTION = 1;

  private final Protocol protocol;
  private final Set<Integer> diskPages;

  CheckpointSteps(
      ModelWorld<SourcePhase, DestinationPhase> world, Protocol protocol, Set<Integer> diskPages) {
    super(world);
    this.protocol = protocol;
    this.diskPages = diskPages;
  }

  // A page that is absent faults. A superseded destination that does not know it executes on.
  @Override
  boolean writable(Host host, int page) {
    return world.copy(host).versions().get(page) != ModelWorld.ABSENT;
  }

  // The guest that a source took back has a past of its own from then on.
  @Override
  void write(WorldDraft<SourcePhase, DestinationPhase> draft, Host host, int page) {
    if (host == Host.DESTINATION) {
      draft.guestWrites(host, page);
      return;
    }
    var steps = new ArrayList<>(draft.output.recovered());
    steps.add(page);
    draft.output = draft.output.recovered(steps);
    draft.store(host, page, steps.size());
    draft.setPosition(host, steps.size());
  }

  @Override
  void hasWritten(WorldDraft<SourcePhase, DestinationPhase> draft, Host host, int page) {
    int position = draft.copy(host).position();
    if (host == Host.SOURCE) {
      draft.output = draft.output.releasedThere(position);
      writeDisk(draft, page, position);
    } else if (!world.destination().holdsOutput(protocol)) {
      draft.output = draft.output.released(position);
      if (!draft.output.fenced()) {
        writeDisk(draft, page, position);
      }
    }
  }

  private void writeDisk(WorldDraft<SourcePhase, DestinationPhase> draft, int page, int position) {
    if (diskPages.contains(page)) {
      var disk = new ArrayList<>(draft.output.disk());
      disk.set(page, position);
      draft.output = draft.output.disk(disk);
    }
  }

  @Override
  void crash(WorldDraft<SourcePhase, DestinationPhase> draft, Host host) {
    draft.crashAlone(host);
  }

  @Override
  void losses() {
    for (Direction direction : Direction.values()) {
      if (!messages(direction).isEmpty()) {
        happens("LoseMessage", way(direction), draft -> draft.takeFirst(direction, CONNECTION));
      }
    }
  }

  private List<Message> messages(Direction direction) {
    return (direction == Direction.FORWARD ? world.forward() : world.back()).get(0);
  }

  @Override
  void source() {
    for (int page = 0; page < protocol.pages(); page++) {
      if (wanted(page)) {
        source(new Action.SendPage(page), About.place(0).and(1).page(page), null);
      }
    }
    arrived(Direction.BACK, (connection, message) -> sourceReads(message));
    // A destination that took the guest in the lock has closed its end.
    boolean goneByLock = world.lock().owner() == Host.DESTINATION;
    if (world.sourceSuspects() || goneByLock) {
      source(
          new Action.ReclaimLock(!goneByLock),
          About.place(0).and(1),
          draft -> draft.lock = goneByLock ? draft.lock : Lock.held(Host.SOURCE, CONNECTION),
          null);
    }
    // What was suspected before the lock was asked need not be so any more.
    if (world.sourceSuspects() || goneByLock || isReclaimed()) {
      source(new Action.StartRecovery(), null);
    }
    source(new Action.RecoverSource(), null);
  }

  // The module has no requests: a page that is missing and not on its way is one that the source
  // knows to be wanted. To push into the void is left out.
  private boolean wanted(int page) {
    return world.alive(Host.DESTINATION)
        && world.destinationCopy().versions().get(page) == ModelWorld.ABSENT
        && messages(Direction.FORWARD).stream()
            .noneMatch(sent -> sent instanceof Message.SwitchoverPage it && it.page() == page);
  }

  private void sourceReads(Message message) {
    if (message instanceof Message.CheckpointPage page) {
      source(new Action.ReceiveCheckpointPage(page.position(), page.page()), message);
    } else if (message instanceof Message.CheckpointEnd end) {
      source(new Action.CommitCheckpoint(end.position(), pageSet(end.pages())), message);
    } else if (message instanceof Message.AskOwnership) {
      source(new Action.GrantOwnership(), message);
    }
    source(new Action.AnswerSuperseded(), message);
    source(new Action.AnswerGranted(message instanceof Message.AskOwnership), message);
  }

  @Override
  void destination() {
    destination(new Action.TakeCheckpoint(world.destinationCopy().position()), null);
    // A host cannot see what is on its way: it has waited long enough, or closed the connection.
    if (messages(Direction.BACK).stream().noneMatch(CheckpointSteps::ofCheckpoint)
        && messages(Direction.FORWARD).stream()
            .noneMatch(Message.CheckpointDone.class::isInstance)) {
      destination(new Action.RetakeCheckpoint(), null);
    }
    if (messages(Direction.BACK).isEmpty()) {
      destination(new Action.AskOwnership(), null);
    }
    destination(new Action.ReleaseOutput(world.output().released()), null);
    if (world.lock().offered() && world.destinationSuspects(CONNECTION)) {
      destination(new Action.ClaimLock(), null, CheckpointSteps::take);
    }
    if (isReclaimed()) {
      destination(new Action.LearnSuperseded(), null);
    }
    arrived(Direction.FORWARD, (connection, message) -> destinationReads(message));
  }

  /** The lock says that the guest is the source's again. */
  private boolean isReclaimed() {
    return !world.lock().offered() && world.lock().owner() == Host.SOURCE;
  }

  private static void take(WorldDraft<SourcePhase, DestinationPhase> draft) {
    draft.lock = Lock.held(Host.DESTINATION, CONNECTION);
  }

  private static boolean ofCheckpoint(Message message) {
    return message instanceof Message.CheckpointPage || message instanceof Message.CheckpointEnd;
  }

  private void destinationReads(Message message) {
    if (message instanceof Message.SwitchoverPage page) {
      destination(new Action.ReceivePage(page.page()), message);
    } else if (message instanceof Message.CheckpointDone done) {
      destination(new Action.ReceiveCheckpointDone(done.position()), message);
    } else if (message instanceof Message.Superseded) {
      destination(new Action.ReceiveSuperseded(), message);
    } else if (message instanceof Message.Granted) {
      if (!protocol.arbiter()) {
        destination(new Action.BecomeOwner(), message);
      } else if (world.lock().offered()) {
        // The event is that the lock was got, too.
        destination(new Action.BecomeOwner(), message, CheckpointSteps::take);
      }
      destination(new Action.OwnUnasked(), message);
    }
    destination(new Action.DropForward(), message);
  }

  /**
   * Shows the source an event.
   *
   * @param message what it takes from the stream, or null if it is no message
   */
  private void source(Action.OfSource action, Message message) {
    source(action, About.place(0).and(1), message);
  }

  private void source(Action.OfSource action, About about, Message message) {
    source(
        action,
        about,
        message == null ? draft -> {} : draft -> draft.takeFirst(Direction.BACK, CONNECTION),
        message);
  }

  private void source(
      Action.OfSource action,
      About about,
      Consumer<WorldDraft<SourcePhase, DestinationPhase>> event,
      Message message) {
    happens(
        new SourceCore(protocol),
        world.source(),
        action,
        about,
        event,
        (draft, phase) -> draft.source = phase,
        (draft, effect) -> perform(draft, Host.SOURCE, effect, message));
  }

  private void destination(Action.OfDestination action, Message message) {
    destination(action, message, draft -> {});
  }

  /**
   * Shows the destination an event.
   *
   * @param more what else happens in it, beside the message
   */
  private void destination(
      Action.OfDestination action,
      Message message,
      Consumer<WorldDraft<SourcePhase, DestinationPhase>> more) {
    Consumer<WorldDraft<SourcePhase, DestinationPhase>> event =
        draft -> {
          if (message != null) {
            delivered(draft, message);
          }
          more.accept(draft);
        };
    happens(
        new DestinationCore(protocol),
        world.destination(),
        action,
        About.place(1).and(0),
        event,
        (draft, phase) -> draft.destination = phase,
        (draft, effect) -> perform(draft, Host.DESTINATION, effect, message));
  }

  // A source that does not keep its pages frees them here, as the module has it, and not when it
  // hears that they arrived: of that there is no message.
  private static void delivered(WorldDraft<SourcePhase, DestinationPhase> draft, Message message) {
    draft.takeFirst(Direction.FORWARD, CONNECTION);
    if (message instanceof Message.SwitchoverPage page && !page.kept()) {
      draft.store(Host.SOURCE, page.page(), ModelWorld.ABSENT);
    }
  }

  private void perform(
      WorldDraft<SourcePhase, DestinationPhase> draft, Host host, Effect effect, Message message) {
    if (!sends(draft, host, effect) && !releases(draft, effect)) {
      changesHost(draft, host, effect, message);
    }
  }

  /** Performs an effect that is a message; false if it is none. */
  private boolean sends(WorldDraft<SourcePhase, DestinationPhase> draft, Host host, Effect effect) {
    if (effect instanceof Effect.SendPage send) {
      send.pages().stream()
          .forEach(page -> forward(draft, new Message.SwitchoverPage(page, send.kept())));
    } else if (effect instanceof Effect.SendCheckpointDone done) {
      forward(draft, new Message.CheckpointDone(done.position()));
    } else if (effect instanceof Effect.SendSuperseded) {
      forward(draft, new Message.Superseded());
    } else if (effect instanceof Effect.SendGranted) {
      forward(draft, new Message.Granted());
    } else if (effect instanceof Effect.SendCheckpoint checkpoint) {
      sendCheckpoint(draft, draft.copy(host), checkpoint);
    } else if (effect instanceof Effect.SendAskOwnership) {
      draft.send(Direction.BACK, CONNECTION, new Message.AskOwnership());
    } else {
      return false;
    }
    return true;
  }

  private static void forward(WorldDraft<SourcePhase, DestinationPhase> draft, Message message) {
    draft.send(Direction.FORWARD, CONNECTION, message);
  }

  // A page's version is the step that wrote it.
  private void sendCheckpoint(
      WorldDraft<SourcePhase, DestinationPhase> draft, Copy copy, Effect.SendCheckpoint wanted) {
    require(wanted.position() == copy.position(), wanted);
    var written = new TreeSet<Integer>();
    for (int page = 0; page < protocol.pages(); page++) {
      int version = copy.versions().get(page);
      if (version > wanted.since()) {
        written.add(page);
        var message = new Message.CheckpointPage(page, version, wanted.position());
        draft.send(Direction.BACK, CONNECTION, message);
      }
    }
    var end = new Message.CheckpointEnd(wanted.position(), Set.copyOf(written));
    draft.send(Direction.BACK, CONNECTION, end);
  }

  /** Performs an effect that the network and the disk see; false if it is none. */
  private boolean releases(WorldDraft<SourcePhase, DestinationPhase> draft, Effect effect) {
    if (effect instanceof Effect.FenceDisk) {
      draft.output = draft.output.withFence();
    } else if (effect instanceof Effect.ReleaseOutput release) {
      release(draft, release.upTo());
    } else if (effect instanceof Effect.ReleaseAllOutput) {
      release(draft, draft.stepCount());
    } else if (effect instanceof Effect.CarryOutDiskWrites carried) {
      int upTo = carried.upTo();
      writeDisk(draft, writtenSince(draft, 0, upTo), upTo);
    } else {
      return false;
    }
    return true;
  }

  // The network takes what the destination releases; the disk may refuse.
  private void release(WorldDraft<SourcePhase, DestinationPhase> draft, int upTo) {
    if (!draft.output.fenced()) {
      writeDisk(draft, writtenSince(draft, draft.output.released(), upTo), upTo);
    }
    draft.output = draft.output.released(upTo);
  }

  /**
   * Pages of the disk that the guest wrote at the destination after its step {@code first}, up to
   * {@code last}.
   */
  private Set<Integer> writtenSince(
      WorldDraft<SourcePhase, DestinationPhase> draft, int first, int last) {
    return diskPages.stream()
        .filter(page -> draft.versionAt(page, last) > first)
        .collect(Collectors.toSet());
  }

  /** The disk has these pages as they were after so many steps. */
  private static void writeDisk(
      WorldDraft<SourcePhase, DestinationPhase> draft, Set<Integer> blocks, int position) {
    var disk = new ArrayList<>(draft.output.disk());
    blocks.forEach(page -> disk.set(page, draft.versionAt(page, position)));
    draft.output = draft.output.disk(disk);
  }

  /**
   * Performs an effect on the host itself.
   *
   * @param message what the step was taken on, or null if it was no message
   */
  private void changesHost(
      WorldDraft<SourcePhase, DestinationPhase> draft, Host host, Effect effect, Message message) {
    if (effect instanceof Effect.PlacePage place) {
      placePage(draft, host, place, message);
    } else if (effect instanceof Effect.StagePage stage
        && message instanceof Message.CheckpointPage page) {
      require(isOnly(stage.pages(), page.page()), effect);
      var versions = new ArrayList<>(draft.staging.versions());
      versions.set(page.page(), page.version());
      draft.staging = new Staging(stage.position(), List.copyOf(versions));
    } else if (effect instanceof Effect.DropStaged) {
      draft.staging = Staging.nothing(protocol.pages());
    } else if (effect instanceof Effect.CommitStaged) {
      var staged = draft.staging.versions();
      for (int page = 0; page < protocol.pages(); page++) {
        if (staged.get(page) != ModelWorld.ABSENT) {
          draft.store(host, page, staged.get(page));
        }
      }
      draft.staging = Staging.nothing(protocol.pages());
    } else if (effect instanceof Effect.ResumeFrom from) {
      resumeFrom(draft, host, from.position());
    } else if (effect instanceof Effect.StopGuest) {
      draft.setExecuting(host, false);
    } else if (effect instanceof Effect.CloseLink) {
      draft.loseAll(host == Host.SOURCE ? Direction.BACK : Direction.FORWARD);
    } else if (effect instanceof Effect.ResetLink) {
      draft.loseAll(Direction.FORWARD);
      draft.loseAll(Direction.BACK);
    } else {
      throw new IllegalStateException("the model world cannot perform " + effect);
    }
  }

  /** The explorer shows pages one by one. */
  private static boolean isOnly(PageSet pages, int page) {
    return pages.size() == 1 && pages.contains(page);
  }

  // At the destination the page is of the image of the switchover, which the guest had not written.
  private static void placePage(
      WorldDraft<SourcePhase, DestinationPhase> draft,
      Host host,
      Effect.PlacePage place,
      Message message) {
    if (message instanceof Message.SwitchoverPage page) {
      require(isOnly(place.pages(), page.page()), place);
      draft.store(host, page.page(), 0);
    } else if (message instanceof Message.CheckpointPage page) {
      require(isOnly(place.pages(), page.page()), place);
      draft.store(host, page.page(), page.version());
    } else {
      require(false, place);
    }
  }

  // What the guest did beyond the image is not in its past here, whatever the destination does.
  private void resumeFrom(
      WorldDraft<SourcePhase, DestinationPhase> draft, Host host, int position) {
    draft.output = draft.output.recovered(world.steps().subList(0, position));
    draft.setPosition(host, position);
    draft.setExecuting(host, true);
  }
}
