package landfall.host;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import landfall.checkpoint.Action;
import landfall.checkpoint.DestinationCore;
import landfall.checkpoint.DestinationPhase;
import landfall.checkpoint.Effect;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.machine.Memory;
import landfall.precopy.PageSet;
import landfall.protocol.Step;
import landfall.transport.Link;
import landfall.wire.CheckpointDisk;
import landfall.wire.CheckpointEnd;
import landfall.wire.CheckpointPages;
import landfall.wire.CheckpointWord;
import landfall.wire.Demand;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import landfall.wire.PageList;

/**
 * A guest that came by post-copy and sends checkpoints back until it is this host's: the
 * destination core, its effects, its clock, and what the network and the guest show it. It takes
 * over from {@link PostCopyDestination} before the guest's first instruction here. On the loop's
 * thread.
 *
 * <p>One checkpoint is on its way at a time: then nothing of one before can be lost without the
 * connection, and the dirty log has what was written since the last one that the source confirmed.
 *
 * <p>With a lock this side takes the guest in it when the source has granted it. In doubt it asks
 * the lock, not the source: it takes a guest of which it has every page, and of any other it waits
 * to hear that the source has taken it back.
 *
 * <p>With a lease a destination in doubt gives it up, and its guest stands until it hears that it
 * has the guest. It may be the source's, which recovers, and nobody says so to a host that is cut
 * off.
 *
 * <p>With a disk, output that a checkpoint covers leaves once its writes are on the disk, so that
 * nobody hears of a write that is not there. No checkpoint is taken meanwhile: what is on the disk
 * is what the source has confirmed, or what it had confirmed before.
 */
final class CheckpointDestination
    implements SplitDestination,
        Interpreter<DestinationPhase, Action.OfDestination, Effect, CheckpointDestination.Cause> {

  /** Pages in a frame of a checkpoint, so that a word of the source does not wait long. */
  private static final int FRAME_PAGES = 64;

  /**
   * What a step is caused by, beyond its action.
   *
   * @param message name of the message that was read, or empty
   * @param pages the pages that came, or null
   */
  record Cause(String message, PageBatch pages) {
    static final Cause NONE = new Cause("", null);
  }

  /** A frame of a checkpoint that waits for the link. */
  private record Waiting(FrameType type, ByteBuffer payload) {}

  private final Engine engine;
  private final PostCopyDestination arrival;
  private final int number;
  private final CheckpointTrace trace;
  private final HeldOutput gate;

  /** Null if the guest has no disk. */
  private final HeldDisk disk;

  private final landfall.checkpoint.Protocol protocol;
  private final Driver<DestinationPhase, Action.OfDestination, Effect, Cause> driver;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  /** Pages of the frames that wait. */
  private final CheckpointRoom room = new CheckpointRoom();

  private final PageDemands demands = new PageDemands();
  private final CheckpointClock clock;

  /** The connection to the source; null while there is none. */
  private Link link;

  /** Pages of the checkpoint that is on its way. */
  private PageSet inCheckpoint = PageSet.empty();

  /** Of all pages as they came, once all are here. */
  private long digest;

  private boolean whole;
  private boolean asked;

  /** A question is on its way to the lock. */
  private boolean asksLock;

  /** The disk's writes that the last confirmed checkpoint covers are being carried out. */
  private boolean carries;

  /** Steps whose output has left. */
  private int released;

  /**
   * @param missing pages that are not here
   */
  CheckpointDestination(
      Engine engine, PostCopyDestination arrival, Link link, Secrets secrets, PageSet missing) {
    this.engine = engine;
    this.arrival = arrival;
    this.link = link;
    number = arrival.phase().accepted();
    gate = engine.guest.output();
    disk = engine.guest.disk();
    protocol = engine.checkpointProtocol();
    driver =
        new Driver<>(
            new DestinationCore(protocol), new DestinationPhase.Running(missing, 0, 0), this);
    trace = new CheckpointTrace(engine);
    engine.guest.startDirtyLog();
    if (phase().holdsOutput(protocol)) {
      gate.close(() -> engine.loop.execute(this::takeIfDue));
      if (disk != null) {
        disk.hold(
            engine.guestId(), number, () -> engine.loop.execute(this::takeIfDue), toTheDisk());
      }
    }
    if (trace.isOn()) {
      trace.receivedBefore(missing, () -> after(phase()));
    }
    noteWhole();
    clock = new CheckpointClock(engine);
    link.setSilenceMillis(engine.options.deadlineMillis());
    engine.loop.execute(this::proceed);
  }

  DestinationPhase phase() {
    return driver.phase();
  }

  private boolean runs() {
    return phase() instanceof DestinationPhase.Running;
  }

  @Override
  public String phaseName() {
    return phase().name();
  }

  @Override
  public PageSet missing() {
    return phase().missing();
  }

  @Override
  public int acknowledged() {
    return phase().acknowledged();
  }

  @Override
  public long checkpointsTaken() {
    return clock.count();
  }

  @Override
  public boolean takesPages() {
    return runs();
  }

  // ---------------------------------------------------------------- the connection

  @Override
  public void received(Link from, Frame frame, PageSet arriving, PageBatch batch)
      throws FrameException {
    if (from != link) {
      return;
    }
    switch (frame.type()) {
      case PAGES -> {
        take(new Action.ReceivePage(arriving), new Cause("Page", batch));
        engine.arrivals().countPages(batch.count());
        noteWhole();
        engine.demandAwaited();
      }
      case CHECKPOINT_DONE -> receiveDone(word(frame).position());
      case GRANTED -> {
        if (!whole) {
          throw frame.outOfPlace();
        }
        CheckpointWord word = word(frame);
        if (!runs()) {
          required(new Action.DropForward(), frame);
        } else if (driver.enables(new Action.OwnUnasked())) {
          owns(new Action.OwnUnasked(), new Cause(frame.type().title(), null));
        } else if (engine.storage != null) {
          // The frame counts as read once the storage has answered.
          from.setReading(false);
          takeLock(from, word.message());
        } else {
          owns(new Action.BecomeOwner(), new Cause(frame.type().title(), null));
        }
      }
      case SUPERSEDED -> {
        word(frame);
        if (runs()) {
          isSuperseded(new Action.ReceiveSuperseded(), new Cause(frame.type().title(), null));
        } else {
          required(new Action.DropForward(), frame);
        }
      }
      case FAILURE -> {
        from.close();
        lost(from, "the source gave up: " + Failure.of(frame.payload()).cause());
      }
      default -> throw frame.outOfPlace();
    }
    proceed();
  }

  private void owns(Action.OfDestination action, Cause cause) {
    trace.guestSteps(() -> after(phase()));
    take(action, cause);
    if (link != null) {
      link.send(FrameType.COMPLETE, 0, number, digestBytes());
    }
    engine.wantLease();
    arrival.owns();
  }

  private void isSuperseded(Action.OfDestination action, Cause cause) {
    release();
    trace.guestSteps(() -> after(phase()));
    take(action, cause);
    arrival.isSuperseded(phase().acknowledged());
  }

  // ---------------------------------------------------------------- the lock

  /**
   * Takes the guest that the source has granted, as soon as the storage answers.
   *
   * @param message number of the message that granted it
   */
  private void takeLock(Link from, int message) {
    asksLock = true;
    engine.storage.ask(
        arbiter -> arbiter.take(number),
        answer -> {
          asksLock = false;
          from.setReading(true);
          if (!runs()) {
            return;
          }
          switch (answer) {
            case TAKEN -> {
              trace.readsFrom(message);
              owns(new Action.BecomeOwner(), new Cause(FrameType.GRANTED.title(), null));
            }
            case NOT_OFFERED -> engine.loop.after(Arrivals.CLAIM_NANOS, () -> again(from, message));
            case SUPERSEDED -> isSuperseded(new Action.LearnSuperseded(), Cause.NONE);
          }
        },
        unreachable -> {
          engine.explain("output is held: the lock cannot be asked: " + unreachable.getMessage());
          // It may have been taken all the same, so this is asked again, whatever the link does.
          engine.loop.after(Arrivals.CLAIM_NANOS, () -> again(from, message));
        });
  }

  private void again(Link from, int message) {
    if (runs()) {
      takeLock(from, message);
    }
  }

  /** Asks the lock in the place of a source that says nothing. */
  private void askLock() {
    if (engine.storage == null || asksLock || link != null || !runs()) {
      return;
    }
    asksLock = true;
    boolean takes = driver.enables(new Action.ClaimLock());
    engine.storage.ask(
        arbiter ->
            takes
                ? arbiter.take(number)
                : arbiter.isSuperseded(number)
                    ? Arbiter.Answer.SUPERSEDED
                    : Arbiter.Answer.NOT_OFFERED,
        answer -> {
          asksLock = false;
          if (!runs()) {
            return;
          }
          switch (answer) {
            case TAKEN -> {
              release();
              owns(new Action.ClaimLock(), Cause.NONE);
            }
            case NOT_OFFERED -> askLockLater();
            case SUPERSEDED -> isSuperseded(new Action.LearnSuperseded(), Cause.NONE);
          }
        },
        unreachable -> {
          asksLock = false;
          if (runs()) {
            engine.explain("output is held: the lock cannot be asked: " + unreachable.getMessage());
            askLockLater();
          }
        });
  }

  private void askLockLater() {
    engine.loop.after(Arrivals.CLAIM_NANOS, this::askLock);
  }

  private void noteWhole() {
    if (!whole && phase().missing().isEmpty()) {
      whole = true;
      digest = arrival.digestOfPages();
    }
  }

  private CheckpointWord word(Frame frame) throws FrameException {
    CheckpointWord word = CheckpointWord.of(frame.payload(), frame.type().title());
    trace.readsFrom(word.message());
    return word;
  }

  private void receiveDone(int position) throws FrameException {
    if (position != phase().taken() || !runs()) {
      throw new FrameException(
          "CheckpointDone frame of position "
              + position
              + ": the checkpoint on its way is that of "
              + phase().taken());
    }
    take(new Action.ReceiveCheckpointDone(position), new Cause("CheckpointDone", null));
    inCheckpoint = PageSet.empty();
    carries = true;
    if (disk == null || !disk.carryOut(phase().acknowledged())) {
      release();
    }
  }

  /** Lets output leave if the disk has what is covered with it. */
  private void release() {
    if (carries && (disk == null || disk.hasCarriedOut(phase().acknowledged()))) {
      carries = false;
      take(new Action.ReleaseOutput(released), Cause.NONE);
    }
  }

  private HeldDisk.Listener toTheDisk() {
    return new HeldDisk.Listener() {
      @Override
      public void carriedOut() {
        engine.loop.execute(
            () -> {
              release();
              proceed();
            });
      }

      @Override
      public void refused() {
        engine.loop.execute(
            () -> pauses("the disk was taken from this host: the source takes it for dead"));
      }

      @Override
      public void failed(String why) {
        engine.loop.execute(() -> engine.explain("output of the guest is held: " + why));
      }
    };
  }

  private void required(Action.OfDestination action, Frame frame) throws FrameException {
    if (!take(action, new Cause(frame.type().title(), null))) {
      throw frame.outOfPlace();
    }
  }

  private byte[] digestBytes() {
    return ByteBuffer.allocate(Long.BYTES).putLong(digest).array();
  }

  @Override
  public void asked(Link from) {
    if (link != null) {
      link.close();
    }
    link = from;
    waiting.clear();
    asked = false;
    demands.forget();
    if (phase() instanceof DestinationPhase.Owner) {
      link.send(FrameType.COMPLETE, 0, number, digestBytes());
    } else if (phase() instanceof DestinationPhase.Superseded) {
      sayHeard();
    } else {
      // The source has given the connection before up, whether this side has noticed or not.
      engine.giveUpLease();
      // Nothing of what was said on it will arrive any more.
      take(new Action.RetakeCheckpoint(), Cause.NONE);
      takeCheckpoint();
    }
  }

  @Override
  public void lost(Link gone, String cause) {
    if (gone != link) {
      return;
    }
    link = null;
    waiting.clear();
    pauses(cause);
    askLock();
  }

  // A source that is cut off goes on, and can do so only once this host lets go of the lease.
  private void pauses(String cause) {
    if (runs()) {
      engine.giveUpLease();
      engine.report(
          "postcopy-paused",
          "output of the guest is held until the "
              + (engine.storage == null ? "source" : "lock")
              + " says who has it ("
              + cause
              + ")");
    }
  }

  // ---------------------------------------------------------------- the guest waits for a page

  @Override
  public void demand(int page) {
    if (link != null && runs()) {
      demands.demand(
          page,
          missing()::contains,
          each -> link.send(FrameType.DEMAND, 0, number, new Demand(each).toBytes()));
    }
  }

  // ---------------------------------------------------------------- when

  /** Whether the next checkpoint, or the question for the guest, has to wait. */
  private boolean isBusy() {
    boolean awaitsDone = phase().taken() > phase().acknowledged();
    return !runs() || link == null || awaitsDone || carries || asked;
  }

  /** Does what is due: asks for the guest, or takes a checkpoint, or waits for the time of it. */
  private void proceed() {
    if (isBusy()) {
      return;
    }
    if (phase().missing().isEmpty()) {
      // Everything that was said before has been answered: the link is quiet.
      asked = take(new Action.AskOwnership(), Cause.NONE);
      return;
    }
    takeIfDue();
  }

  private void takeIfDue() {
    clock.stop();
    if (isBusy()) {
      return;
    }
    boolean waits = gate.waits() || disk != null && disk.isFull();
    boolean writes = engine.guest.memory().dirtyCount() > 0 || disk != null && disk.waits();
    if (clock.isDue(waits, writes, this::takeIfDue)) {
      takeCheckpoint();
    }
  }

  private void takeCheckpoint() {
    clock.taken();
    engine.guest.atSafePoint(
        () -> {
          if (trace.guestSteps(() -> after(phase()))) {
            inCheckpoint = inCheckpoint.union(PageSet.of(engine.diskPage()));
          }
          trace.deviceStep(() -> after(phase()));
          return take(new Action.TakeCheckpoint(trace.position()), Cause.NONE);
        });
    pump();
  }

  /** Sends what waits of a checkpoint, as the link takes it. */
  @Override
  public void pump() {
    while (link != null && !waiting.isEmpty() && link.takesPages()) {
      Waiting next = waiting.poll();
      byte[] payload = new byte[next.payload().remaining()];
      next.payload().get(payload);
      link.send(next.type(), 0, number, payload);
    }
  }

  // ---------------------------------------------------------------- steps

  private boolean take(Action.OfDestination action, Cause cause) {
    return driver.take(action, cause);
  }

  @Override
  public void took(Action.OfDestination action, Step<DestinationPhase, Effect> step, Cause cause) {
    for (Effect effect : step.effects()) {
      if (effect instanceof Effect.ReleaseOutput output) {
        released = output.upTo();
      } else if (effect instanceof Effect.ReleaseAllOutput) {
        released = trace.position();
      }
    }
    if (!trace.isOn() || action instanceof Action.TakeCheckpoint) {
      return; // What is in a checkpoint is known when it is taken.
    }
    DestinationPhase now = step.phase();
    if (action instanceof Action.ReceivePage arrived) {
      for (int page : trace.tracked(arrived.pages())) {
        if (trace.version(page) < 0) {
          trace.setVersion(page, 0);
        }
        var args = Trace.args("page", page, "frame", trace.nextReceived());
        trace.event(action, args, after(now));
      }
      return;
    }
    trace.event(action, args(action, cause), after(now));
  }

  private Map<String, Object> args(Action.OfDestination action, Cause cause) {
    if (action instanceof Action.ReceiveCheckpointDone done) {
      return Trace.args("position", done.position(), "frame", trace.nextReceived());
    }
    if (action instanceof Action.ReleaseOutput) {
      boolean writes = disk != null && disk.carriedWrites();
      return Trace.args("blocks", blocks(writes), "refused", false);
    }
    if (action instanceof Action.AskOwnership) {
      return Trace.args("sent", trace.nextSent());
    }
    if (action instanceof Action.BecomeOwner || action instanceof Action.OwnUnasked) {
      boolean writes = disk != null && disk.holdsWrites();
      return Trace.args("blocks", blocks(writes), "frame", trace.nextReceived());
    }
    if (action instanceof Action.ClaimLock) {
      boolean writes = disk != null && (disk.holdsWrites() || carriesWrites());
      return Trace.args("blocks", blocks(writes));
    }
    if (action instanceof Action.DropForward) {
      return Trace.args("message", cause.message(), "frame", trace.nextReceived());
    }
    return action instanceof Action.ReceiveSuperseded
        ? Trace.args("frame", trace.nextReceived())
        : Map.of();
  }

  /** Writes are on the disk whose output was not told to have left. */
  private boolean carriesWrites() {
    return carries && disk.hasCarriedOut(phase().acknowledged()) && disk.carriedWrites();
  }

  private List<Integer> blocks(boolean writes) {
    return writes ? List.of(engine.diskPage()) : List.of();
  }

  private Map<String, Object> after(DestinationPhase now) {
    return trace.after(
        "phase",
        now.name(),
        "acknowledged",
        now.acknowledged(),
        "taken",
        now.taken(),
        "released",
        now.holdsOutput(protocol) ? released : trace.position(),
        "missing",
        trace.missing());
  }

  // ---------------------------------------------------------------- effects

  @Override
  public void perform(Effect effect, Cause cause) {
    if (effect instanceof Effect.PlacePage place) {
      arrival.place(engine.guest.memory(), cause.pages(), place.pages());
    } else if (effect instanceof Effect.SendCheckpoint checkpoint) {
      sendCheckpoint(checkpoint.position());
    } else if (effect instanceof Effect.SendAskOwnership) {
      say(FrameType.ASK_OWNERSHIP, digest);
    } else if (effect instanceof Effect.ReleaseOutput output) {
      gate.release(output.upTo());
    } else if (effect instanceof Effect.ReleaseAllOutput) {
      clock.stop();
      engine.guest.stopDirtyLog();
      openGates();
    } else if (effect instanceof Effect.StopGuest) {
      clock.stop();
      engine.guest.hold();
      engine.guest.stopDirtyLog();
      gate.drop();
      if (disk != null) {
        disk.leave();
        engine.clearDisk();
      }
    } else if (effect instanceof Effect.ResetLink) {
      waiting.clear();
      sayHeard();
    } else if (effect instanceof Effect.CloseLink) {
      waiting.clear();
      if (link != null) {
        link.close();
        link = null;
      }
    } else {
      throw new IllegalStateException("the destination of a real host cannot perform " + effect);
    }
  }

  /** First the disk: who hears of a write finds it there. */
  private void openGates() {
    if (disk == null) {
      gate.open();
      return;
    }
    disk.open(
        () ->
            engine.loop.execute(
                () -> {
                  gate.open();
                  disk.isOpened();
                }));
  }

  /** The number of this message was told already: it is the last one. */
  private void say(FrameType type, long value) {
    int message = Math.max(0, trace.peekSent() - 1);
    link.send(type, 0, number, new CheckpointWord(message, value).toBytes());
  }

  /** The source need not say it once more. */
  private void sayHeard() {
    link.send(FrameType.SUPERSEDED, 0, number, new CheckpointWord(0, 0).toBytes());
    link.closeOnceHeard(engine.options.deadlineMillis());
    link = null;
  }

  /** A message for each page, for the device state, and for the end. */
  private void tellTaken(int position, PageSet dirty) {
    if (trace.isOn()) {
      List<Integer> pages = trace.tracked(dirty);
      pages.forEach(page -> trace.nextSent());
      var args = Trace.args("position", position, "pages", pages, "sent", trace.nextSent());
      trace.event(new Action.TakeCheckpoint(position), args, after(phase()));
    }
  }

  // At a safe point. What was in a checkpoint that did not arrive is in this one, too.
  private void sendCheckpoint(int position) {
    // Nothing of the one before waits any more: it was confirmed, or its connection is lost.
    room.clear();
    PageSet ram = engine.guest.harvestDirty().union(inCheckpoint).without(notOfRam());
    PageSet all =
        ram.union(inCheckpoint.intersection(notOfRam())).union(PageSet.of(trace.devicePage()));
    inCheckpoint = all;
    gate.mark(position);
    int message = trace.peekSent();
    tellTaken(position, all);
    message = addPages(position, message, ram);
    if (disk != null) {
      addWrites(position, disk.mark(position, trace.version(trace.diskPage())));
    }
    var end =
        new CheckpointEnd(
            message,
            position,
            trace.version(trace.devicePage()),
            new PageList(all.toWords()),
            engine.guest.captureState());
    waiting.add(new Waiting(FrameType.CHECKPOINT_END, ByteBuffer.wrap(end.toBytes())));
  }

  private PageSet notOfRam() {
    return PageSet.of(engine.devicePage(), engine.diskPage());
  }

  /** The number of the message behind these pages. */
  private int addPages(int position, int firstMessage, PageSet ram) {
    Memory memory = engine.guest.memory();
    int message = firstMessage;
    int[] pages = ram.toArray();
    for (int first = 0; first < pages.length; first += FRAME_PAGES) {
      List<CheckpointPages.Page> frame = new ArrayList<>();
      int numbered = 0;
      for (int i = first; i < Math.min(first + FRAME_PAGES, pages.length); i++) {
        ByteBuffer content = memory.isZeroPage(pages[i]) ? null : memory.readOnlyView(pages[i], 1);
        frame.add(new CheckpointPages.Page(pages[i], trace.version(pages[i]), content));
        numbered += trace.follows(pages[i]) ? 1 : 0;
      }
      var content = new CheckpointPages(message, position, frame);
      ByteBuffer payload = room.take(content.bytes());
      content.write(payload);
      waiting.add(new Waiting(FrameType.CHECKPOINT_PAGE, payload.flip()));
      message += numbered;
    }
    return message;
  }

  /** All that is not on the disk, if something is new. */
  private void addWrites(int position, List<HeldDisk.Write> writes) {
    if (!inCheckpoint.contains(trace.diskPage())) {
      return;
    }
    List<CheckpointDisk> pieces = new ArrayList<>();
    int max = CheckpointDisk.DATA_BYTES_MAX;
    int count = writes.stream().mapToInt(write -> (write.data().length + max - 1) / max).sum();
    for (HeldDisk.Write write : writes) {
      for (int at = 0; at < write.data().length; at += max) {
        int length = Math.min(max, write.data().length - at);
        pieces.add(
            new CheckpointDisk(
                position,
                trace.version(trace.diskPage()),
                pieces.size(),
                count,
                write.sector() + at / HeldDisk.SECTOR_BYTES,
                ByteBuffer.wrap(write.data(), at, length)));
      }
    }
    for (CheckpointDisk piece : pieces) {
      waiting.add(new Waiting(FrameType.CHECKPOINT_DISK, ByteBuffer.wrap(piece.toBytes())));
    }
  }
}
