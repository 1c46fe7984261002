package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import landfall.checkpoint.Action;
import landfall.checkpoint.Effect;
import landfall.checkpoint.SourceCore;
import landfall.checkpoint.SourcePhase;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.machine.DeviceState;
import landfall.precopy.PageSet;
import landfall.protocol.Host;
import landfall.protocol.Step;
import landfall.transport.EventLoop;
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
import landfall.wire.Ready;
import landfall.wire.Recover;
import landfall.wire.Token;

/**
 * The source of a guest that was given away by post-copy and sends checkpoints back: the source
 * core, its effects, the failure detector, and what the network shows it. It takes over from {@link
 * PostCopySource} when Handover is sent. On the loop's thread.
 *
 * <p>If the connection is lost, or nothing was heard for the deadline of the host, the guest goes
 * on here. A destination that is alive does not know: this side connects again until somebody there
 * has heard who has the guest, and so it does if the word is lost that the destination owns it.
 *
 * <p>With a lock this side asks it before, and stays in doubt until the storage answers; if the
 * destination has taken the guest, all is well. Nobody has to be told then who has the guest, and
 * the destination is only told sooner.
 *
 * <p>A guest's disk is taken from the destination before, and what the last checkpoint carries of
 * its writes is carried out here. The storage is not waited for on the loop: effects behind wait.
 */
final class CheckpointSource
    implements SplitSource,
        PagePush.Owner,
        ToDestination,
        Interpreter<SourcePhase, Action.OfSource, Effect, Frame> {

  private static final long DIAL_NANOS_MIN = 100_000_000;
  private static final long DIAL_NANOS_MAX = 2_000_000_000;

  /** Whoever listens there refuses each time what this side has to say: it is somebody else. */
  private static final int REFUSALS_MAX = 5;

  private final Engine engine;
  private final PostCopySource attempt;
  private final int number;
  private final HostAddress destination;
  private final Ready ready;
  private final byte[] question;
  private final MigrationProgress progress;
  private final PagePush push;
  private final CheckpointTrace trace;
  private final Driver<SourcePhase, Action.OfSource, Effect, Frame> driver;

  /** The connection in use, or that is being made; null while there is none. */
  private Link link;

  /** The guest runs there: the destination has said so. */
  private boolean resumed;

  /** The destination was told on this connection who has the guest. */
  private boolean answered;

  /** Nobody is left who has to hear who has the guest. */
  private boolean told;

  private int refusals;
  private long dialNanos = DIAL_NANOS_MIN;
  private EventLoop.Timer dial = () -> {};

  /** What was put aside of a checkpoint: its pages, and in the end the device state. */
  private final List<CheckpointPages.Page> staged = new ArrayList<>();

  /** Contents of these pages. */
  private final CheckpointRoom room = new CheckpointRoom();

  private DeviceState stagedState;
  private int stagedStateVersion;

  /** The disk's writes of the checkpoint that is arriving, as far as they have come. */
  private final List<HeldDisk.Write> arriving = new ArrayList<>();

  /** The latest of them; null if none is arriving. */
  private CheckpointDisk lastArrived;

  private long arrivingBytes;

  /** These writes once they are all there; null before. */
  private List<HeldDisk.Write> stagedWrites;

  private int stagedDiskVersion;

  /** Of the last committed checkpoint; null if that is the image of the switchover. */
  private DeviceState committedState;

  /** Writes of committed checkpoints that the destination had not carried out when it sent them. */
  private List<HeldDisk.Write> committedWrites = List.of();

  /** Effects, and what comes behind them, that wait for the disk. In order. */
  private final ArrayDeque<Runnable> afterDisk = new ArrayDeque<>();

  private boolean awaitsDisk;

  private final Backoff backoff;

  /** Suspicion has begun, and the lock has not answered. */
  private boolean asksLock;

  /** What the frame brought that is handled now. */
  private CheckpointPages pagesRead;

  private CheckpointEnd endRead;
  private DeviceState stateRead;

  /** Tracked pages that are put aside. */
  private int stagedTracked;

  /** Of all pages as they were sent, once all are. */
  private long digest;

  /**
   * @param pending pages that the destination lacks
   */
  CheckpointSource(
      Engine engine,
      PostCopySource attempt,
      HostAddress destination,
      Link link,
      Ready ready,
      PageSet pending) {
    this.engine = engine;
    this.attempt = attempt;
    this.destination = destination;
    this.link = link;
    this.ready = ready;
    number = attempt.phase().attempt();
    question = new Recover(engine.identity(), ready.token()).toBytes();
    progress = attempt.progress();
    push = new PagePush(engine, this, progress, pending);
    driver = new Driver<>(new SourceCore(engine.checkpointProtocol()), this);
    trace = new CheckpointTrace(engine);
    trace.sentBefore(pending, () -> after(phase(), 0));
    link.setSilenceMillis(engine.options.deadlineMillis());
    backoff = new Backoff(engine);
    if (engine.storage != null) {
      offer();
    }
  }

  SourcePhase phase() {
    return driver.phase();
  }

  @Override
  public String phaseName() {
    return phase().name();
  }

  @Override
  public PageSet pending() {
    return push.pending();
  }

  @Override
  public int stored() {
    return phase().stored();
  }

  @Override
  public boolean inDoubt() {
    return asksLock;
  }

  // ---------------------------------------------------------------- the connection

  @Override
  public void drained(Link drained) {
    push.pumpSoon();
  }

  @Override
  public int guestPages() {
    return engine.protocol.pages();
  }

  @Override
  public void received(Link from, Frame frame) throws FrameException {
    if (from != link || told) {
      return;
    }
    if (!resumed && frame.type() != FrameType.RESUMED && frame.type() != FrameType.FAILURE) {
      throw frame.outOfPlace();
    }
    switch (frame.type()) {
      case RESUMED -> {
        engine.network.requireName(from, ready.host());
        if (resumed || !Token.of(frame.payload(), "Resumed").opens(ready.seal())) {
          throw frame.outOfPlace();
        }
        resumed = true;
        progress.guestRuns();
        engine.report("postcopy-active", "");
        push.pumpSoon();
      }
      case DEMAND -> push.demand(Demand.of(frame.payload(), guestPages()).page());
      case CHECKPOINT_PAGE -> receivePages(frame);
      case CHECKPOINT_DISK -> receiveDisk(frame);
      case CHECKPOINT_END -> receiveEnd(frame);
      case ASK_OWNERSHIP -> receiveQuestion(frame);
      case COMPLETE -> receiveComplete(frame);
      case FAILURE -> {
        from.close();
        refusals++;
        told |= phase() instanceof SourcePhase.Recovered && refusals == REFUSALS_MAX;
        lost(from, "the destination gave up: " + Failure.of(frame.payload()).cause(), false);
      }
      case SUPERSEDED -> {
        if (!(phase() instanceof SourcePhase.Recovered) || !answered) {
          throw frame.outOfPlace();
        }
        told = true;
        close();
      }
      default -> throw frame.outOfPlace();
    }
  }

  private void receivePages(Frame frame) throws FrameException {
    CheckpointPages content = CheckpointPages.of(frame.payload(), guestPages());
    trace.readsFrom(content.message());
    int[] numbers = content.pages().stream().mapToInt(CheckpointPages.Page::number).toArray();
    PageSet pages = PageSet.of(numbers);
    if (phase() instanceof SourcePhase.Serving serving
        && serving.stagedFor() == content.position()
        && !serving.staged().intersection(pages).isEmpty()) {
      throw new FrameException("CheckpointPage frame with a page that has come already");
    }
    pagesRead = content;
    if (!take(new Action.ReceiveCheckpointPage(content.position(), pages), frame)) {
      answer(frame, false);
    }
  }

  /** A part of a page, as it were: it comes when the last one is here, with the device state. */
  private void receiveDisk(Frame frame) throws FrameException {
    long sectors = engine.guest.disk() == null ? 0 : engine.guest.disk().sectors();
    CheckpointDisk content = CheckpointDisk.of(frame.payload(), sectors);
    if (!(phase() instanceof SourcePhase.Serving)) {
      return; // The end of the checkpoint is answered.
    }
    if (content.index() == 0) {
      forgetArriving();
    }
    boolean follows =
        lastArrived == null
            ? content.index() == 0
            : content.position() == lastArrived.position()
                && content.count() == lastArrived.count()
                && content.index() == lastArrived.index() + 1;
    byte[] data = new byte[content.data().remaining()];
    arrivingBytes += data.length;
    if (!follows || arrivingBytes > CheckpointDisk.TOTAL_BYTES_MAX) {
      throw new FrameException(
          "CheckpointDisk frame with write "
              + content.index()
              + " of "
              + content.count()
              + " and "
              + arrivingBytes
              + " bytes so far: they must come in order, with at most "
              + CheckpointDisk.TOTAL_BYTES_MAX
              + " bytes");
    }
    content.data().duplicate().get(data);
    arriving.add(new HeldDisk.Write(content.sector(), data));
    lastArrived = content;
  }

  private void forgetArriving() {
    arriving.clear();
    arrivingBytes = 0;
    lastArrived = null;
  }

  private boolean hasArrived(int position) {
    return lastArrived != null
        && lastArrived.position() == position
        && lastArrived.index() == lastArrived.count() - 1;
  }

  private void receiveEnd(Frame frame) throws FrameException {
    CheckpointEnd content = CheckpointEnd.of(frame.payload(), engine.checkpointPages());
    try {
      stateRead = engine.guest.check(content.state());
    } catch (IllegalArgumentException malformed) {
      throw new FrameException("device state: " + malformed.getMessage());
    }
    trace.readsFrom(content.message());
    endRead = content;
    PageSet device = PageSet.of(trace.devicePage());
    if (take(new Action.ReceiveCheckpointPage(content.position(), device), frame)) {
      if (hasArrived(content.position())) {
        PageSet disk = PageSet.of(trace.diskPage());
        take(new Action.ReceiveCheckpointPage(content.position(), disk), frame);
      }
      forgetArriving();
      PageSet pages = PageSet.ofWords(content.pages().words());
      take(new Action.CommitCheckpoint(content.position(), pages), frame);
    } else {
      answer(frame, false);
    }
  }

  private void receiveQuestion(Frame frame) throws FrameException {
    CheckpointWord content = CheckpointWord.of(frame.payload(), frame.type().title());
    trace.readsFrom(content.message());
    if (driver.enables(new Action.GrantOwnership())) {
      digest = engine.digest().value();
      boolean checked = engine.options.checkpointMutants().isEmpty();
      if (checked && (!pending().isEmpty() || content.value() != digest)) {
        throw new FrameException(
            "the pages at the destination are not those that were sent: the digests differ");
      }
      take(new Action.GrantOwnership(), frame);
      answered = true;
    } else {
      answer(frame, true);
    }
  }

  /** Once on a connection: what else is on its way there is nobody's any more. */
  private void answer(Frame frame, boolean asksOwnership) {
    if (answered) {
      return;
    }
    answered =
        take(new Action.AnswerSuperseded(), frame)
            || take(new Action.AnswerGranted(asksOwnership), frame);
  }

  /** The destination knows that it owns the guest. */
  private void receiveComplete(Frame frame) throws FrameException {
    ByteBuffer payload = frame.payload();
    boolean byLock = engine.storage != null && phase() instanceof SourcePhase.Serving && answered;
    if (!(phase() instanceof SourcePhase.Completed) && !byLock
        || payload.remaining() != Long.BYTES) {
      throw frame.outOfPlace();
    }
    boolean checked = engine.options.checkpointMutants().isEmpty();
    if (checked && payload.getLong(payload.position()) != digest) {
      throw new FrameException("Complete frame of another guest: the digests differ");
    }
    if (byLock) {
      // It is the lock that says so, and not the destination.
      close();
      askLock("the destination says that it has the guest, and the lock does not");
    } else {
      hasGone();
    }
  }

  private void hasGone() {
    told = true;
    close();
    attempt.hasGone();
  }

  private void close() {
    if (link != null) {
      link.close();
      link = null;
    }
  }

  @Override
  public void lost(Link gone, String cause, boolean refused) {
    if (refused) {
      gone.send(FrameType.FAILURE, 0, number, new Failure(cause).toBytes());
      gone.closeOnceHeard(engine.options.deadlineMillis());
    }
    if (gone != link) {
      return;
    }
    link = null;
    push.interrupt();
    if (phase() instanceof SourcePhase.Serving) {
      suspect(cause);
      return;
    }
    if (phase() instanceof SourcePhase.Completed) {
      engine.report(
          "postcopy-paused",
          "the guest is the destination's, which may not know it yet: asking until it answers ("
              + cause
              + ")");
    }
    if (!told) {
      dialLater();
    }
  }

  /** The destination is dead, or only silent. */
  private void suspect(String cause) {
    progress.suspects();
    forgetArriving();
    if (driver.enables(new Action.StartRecovery())) {
      recover(cause);
    } else {
      engine.report(
          "postcopy-paused", "in doubt: the lock has not said whose the guest is (" + cause + ")");
      askLock(cause);
    }
  }

  // ---------------------------------------------------------------- the lock

  /** As long as it takes: if the first offer was lost, nobody could take the guest. */
  private void offer() {
    engine.storage.ask(
        arbiter -> {
          arbiter.offer(Optional.of(new Host(ready.host())), number);
          return true;
        },
        done -> {},
        failed ->
            backoff.later(
                () -> {
                  if (phase() instanceof SourcePhase.Serving && !asksLock) {
                    offer();
                  }
                }));
  }

  private void askLock(String cause) {
    asksLock = true;
    engine.storage.ask(
        Arbiter::reclaim,
        taken -> {
          asksLock = false;
          take(new Action.ReclaimLock(taken), null);
          if (taken) {
            recover(cause);
          } else {
            hasGone();
          }
        },
        unreachable -> {
          engine.explain("in doubt: the lock cannot be asked: " + unreachable.getMessage());
          backoff.later(() -> askLock(cause));
        });
  }

  /** The guest goes on here. */
  private void recover(String cause) {
    take(new Action.StartRecovery(), null);
    afterDisk(() -> take(new Action.RecoverSource(), null));
    afterDisk(
        () -> {
          attempt.hasReturned(
              "the guest goes on here, from checkpoint "
                  + phase().stored()
                  + ": the destination is suspect ("
                  + cause
                  + ")");
          if (!told) {
            dialLater();
          }
        });
  }

  // ---------------------------------------------------------------- the disk

  /** Does it when the disk has done what was asked of it before. */
  private void afterDisk(Runnable next) {
    afterDisk.add(next);
    goOn();
  }

  private void goOn() {
    while (!awaitsDisk && !afterDisk.isEmpty()) {
      afterDisk.poll().run();
    }
  }

  private void diskAnswered() {
    awaitsDisk = false;
    goOn();
  }

  private void diskFailed(String why) {
    engine.loop.execute(() -> engine.explain("the guest does not go on here yet: " + why));
  }

  private void fenceDisk() {
    awaitsDisk = true;
    diskFailed("the disk is being taken from the destination");
    engine
        .guest
        .disk()
        .fence(
            engine.guestId(),
            number,
            written ->
                engine.loop.execute(
                    () -> {
                      tellStartRecovery(phase(), written);
                      diskAnswered();
                    }),
            this::diskFailed);
  }

  private void carryOutWrites() {
    awaitsDisk = true;
    engine
        .guest
        .disk()
        .carryOut(committedWrites, () -> engine.loop.execute(this::diskAnswered), this::diskFailed);
  }

  // ---------------------------------------------------------------- the end, told until heard

  private void dialLater() {
    dial.cancel();
    long wait = dialNanos * 3 / 4 + (long) (engine.random.nextDouble() * dialNanos / 2);
    dialNanos = Math.min(dialNanos * 3 / 2, DIAL_NANOS_MAX);
    dial = engine.loop.after(wait, this::dial);
  }

  private void dial() {
    answered = false;
    try {
      link = engine.network.connect(engine.loop, destination, this);
    } catch (IOException refused) {
      dialLater();
    }
  }

  @Override
  public void opened(Link opened) {
    if (opened != link) {
      opened.close();
      return;
    }
    resumed = true;
    link.setSilenceMillis(engine.options.deadlineMillis());
    link.send(FrameType.RECOVER, Frame.FLAG_CHECKPOINTS, number, question);
  }

  // ---------------------------------------------------------------- pages

  @Override
  public Link pushesTo() {
    return phase() instanceof SourcePhase.Serving && resumed ? link : null;
  }

  @Override
  public boolean takeSend(PageSet pages) {
    return take(new Action.SendPage(pages), null);
  }

  // ---------------------------------------------------------------- steps

  private boolean take(Action.OfSource action, Frame frame) {
    if (phase() instanceof SourcePhase.Recovered && driver.enables(action)) {
      trace.guestSteps(() -> after(phase(), 0));
    }
    return driver.take(action, frame);
  }

  @Override
  public void took(Action.OfSource action, Step<SourcePhase, Effect> step, Frame frame) {
    SourcePhase now = step.phase();
    if (action instanceof Action.RecoverSource) {
      trace.setPosition(now.stored());
      if (engine.guest.disk() != null) {
        // What the guest wrote before it was given away is no step of these.
        engine.guest.disk().collect();
      }
    }
    if (!trace.isOn()) {
      return;
    }
    if (action instanceof Action.SendPage send) {
      for (int page : trace.tracked(send.pages())) {
        tell(action, now, Trace.args("page", page, "sent", trace.nextSent()));
      }
    } else if (action instanceof Action.ReceiveCheckpointPage arrived) {
      tellStaged(action, step, arrived);
    } else if (action instanceof Action.CommitCheckpoint end) {
      boolean committed = now.stored() == end.position();
      stagedTracked = 0;
      tell(
          action,
          now,
          Trace.args(
              "position",
              end.position(),
              "committed",
              committed,
              "frame",
              trace.nextReceived(),
              "sent",
              committed ? trace.nextSent() : -1));
    } else if (action instanceof Action.ReclaimLock reclaim) {
      stagedTracked = 0;
      tell(action, now, Trace.args("taken", reclaim.taken()));
    } else if (action instanceof Action.StartRecovery) {
      stagedTracked = 0;
      // The moment that the specification means is that in which the disk is taken.
      if (engine.guest.disk() == null) {
        tellStartRecovery(now, 0);
      } else if (step.effects().stream().noneMatch(Effect.FenceDisk.class::isInstance)) {
        tellStartRecovery(now, lastWritten());
      }
    } else if (action instanceof Action.RecoverSource) {
      boolean carries =
          step.effects().stream().anyMatch(Effect.CarryOutDiskWrites.class::isInstance);
      List<Integer> blocks =
          carries && !committedWrites.isEmpty() ? List.of(trace.diskPage()) : List.of();
      tell(action, now, Trace.args("blocks", blocks, "missing", List.of()));
    } else if (action instanceof Action.GrantOwnership) {
      tell(action, now, Trace.args("frame", trace.nextReceived(), "sent", trace.nextSent()));
    } else {
      boolean sends = !step.effects().isEmpty();
      // The frame that ends a checkpoint begins with a page of it.
      String message =
          frame.type() == FrameType.CHECKPOINT_END
              ? FrameType.CHECKPOINT_PAGE.title()
              : frame.type().title();
      tell(
          action,
          now,
          Trace.args(
              "message",
              message,
              "frame",
              trace.nextReceived(),
              "sent",
              sends ? trace.nextSent() : -1));
    }
  }

  private void tellStartRecovery(SourcePhase now, int written) {
    tell(new Action.StartRecovery(), now, Trace.args("written", written));
  }

  /** Only with a mistake: of a disk that nobody takes. */
  private int lastWritten() {
    try {
      return engine.guest.disk().lastWritten(engine.guestId(), number);
    } catch (IOException unreadable) {
      return 0;
    }
  }

  private void tellStaged(
      Action action, Step<SourcePhase, Effect> step, Action.ReceiveCheckpointPage arrived) {
    if (step.effects().stream().anyMatch(Effect.DropStaged.class::isInstance)) {
      stagedTracked = 0;
    }
    boolean stages = step.effects().stream().anyMatch(Effect.StagePage.class::isInstance);
    for (int page : trace.tracked(arrived.pages())) {
      stagedTracked += stages ? 1 : 0;
      tell(
          action,
          step.phase(),
          Trace.args(
              "page",
              page,
              "version",
              versionRead(page),
              "position",
              arrived.position(),
              "frame",
              trace.nextReceived()));
    }
  }

  private int versionRead(int page) {
    if (page == trace.devicePage()) {
      return endRead.version();
    }
    return page == trace.diskPage()
        ? lastArrived.version()
        : pagesRead.pages().stream()
            .filter(each -> each.number() == page)
            .findFirst()
            .orElseThrow()
            .version();
  }

  private void tell(Action action, SourcePhase now, Map<String, Object> args) {
    trace.event(action, args, after(now, stagedTracked));
  }

  private Map<String, Object> after(SourcePhase now, int stagedNow) {
    return trace.after("phase", now.name(), "stored", now.stored(), "staged", stagedNow);
  }

  // ---------------------------------------------------------------- effects

  @Override
  public void perform(Effect effect, Frame frame) {
    if (awaitsDisk) {
      afterDisk.add(() -> perform(effect, frame));
    } else if (effect instanceof Effect.SendPage send) {
      sendPages(send);
    } else if (effect instanceof Effect.StagePage stage) {
      stage(stage.pages());
    } else if (effect instanceof Effect.DropStaged) {
      dropStaged();
    } else if (effect instanceof Effect.CommitStaged) {
      commitStaged();
    } else if (effect instanceof Effect.PlacePage place) {
      // Only with a mistake: a page goes into the image before its checkpoint is whole.
      if (place.pages().contains(trace.devicePage())) {
        stagedState = stateRead;
        stagedStateVersion = endRead.version();
      } else if (place.pages().contains(trace.diskPage())) {
        committedWrites = List.copyOf(arriving);
        trace.setVersion(trace.diskPage(), lastArrived.version());
      } else {
        pagesRead.pages().forEach(this::write);
      }
    } else if (effect instanceof Effect.SendCheckpointDone done) {
      say(FrameType.CHECKPOINT_DONE, done.position());
    } else if (effect instanceof Effect.SendGranted) {
      say(FrameType.GRANTED, 0);
    } else if (effect instanceof Effect.SendSuperseded) {
      say(FrameType.SUPERSEDED, 0);
    } else if (effect instanceof Effect.ResumeFrom) {
      if (committedState != null) {
        engine.guest.restoreState(committedState);
      }
      engine.guest.release();
      progress.recovered();
    } else if (effect instanceof Effect.FenceDisk) {
      if (engine.guest.disk() != null) {
        fenceDisk();
      }
    } else if (effect instanceof Effect.CarryOutDiskWrites) {
      if (engine.guest.disk() != null) {
        carryOutWrites();
      }
    } else {
      throw new IllegalStateException("the source of a real host cannot perform " + effect);
    }
  }

  /** The number of this message was told already: it is the last one. */
  private void say(FrameType type, long value) {
    int message = Math.max(0, trace.peekSent() - 1);
    link.send(type, 0, number, new CheckpointWord(message, value).toBytes());
  }

  private void sendPages(Effect.SendPage effect) {
    push.sendFrame(link, 0, number, 0, effect.pages());
    if (!effect.kept()) {
      effect.pages().stream().forEach(engine.guest.memory()::fillZero);
    }
  }

  private void stage(PageSet pages) {
    if (pages.contains(trace.devicePage())) {
      stagedState = stateRead;
      stagedStateVersion = endRead.version();
      return;
    }
    if (pages.contains(trace.diskPage())) {
      stagedWrites = List.copyOf(arriving);
      stagedDiskVersion = lastArrived.version();
      return;
    }
    for (CheckpointPages.Page page : pagesRead.pages()) {
      ByteBuffer kept = null;
      if (page.content() != null) {
        kept = room.take(PageBatch.PAGE_BYTES).put(page.content().duplicate()).flip();
      }
      staged.add(new CheckpointPages.Page(page.number(), page.version(), kept));
    }
  }

  private void dropStaged() {
    staged.clear();
    room.clear();
    stagedState = null;
    stagedWrites = null;
  }

  private void commitStaged() {
    staged.forEach(this::write);
    trace.setVersion(trace.devicePage(), stagedStateVersion);
    committedState = stagedState;
    if (stagedWrites != null) {
      // Those of the checkpoints before that are not among these had been carried out by then.
      committedWrites = stagedWrites;
      trace.setVersion(trace.diskPage(), stagedDiskVersion);
    }
    dropStaged();
  }

  private void write(CheckpointPages.Page page) {
    if (page.content() == null) {
      engine.guest.memory().fillZero(page.number());
    } else {
      engine.guest.memory().writePage(page.number(), page.content().duplicate());
    }
    trace.setVersion(page.number(), page.version());
  }
}
