package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.postcopy.Action;
import landfall.postcopy.Effect;
import landfall.postcopy.SourceCore;
import landfall.postcopy.SourcePhase;
import landfall.precopy.PageSet;
import landfall.protocol.Host;
import landfall.protocol.Step;
import landfall.transport.Link;
import landfall.wire.Demand;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import landfall.wire.PageList;
import landfall.wire.Ready;
import landfall.wire.Recover;
import landfall.wire.SplitState;
import landfall.wire.Token;

/**
 * One attempt to move the guest away by post-copy, with as many connections as it takes: the source
 * core, its effects, its clock, and what the network and the operator show it. On the loop's
 * thread.
 */
final class PostCopySource
    implements ToDestination, Interpreter<SourcePhase, Action.OfSource, Effect, Link> {

  /** A demand that was read, and is answered once the link takes pages. */
  private record Asked(int attempt, int page) {}

  /** So long after a demand the next one is expected soon. */
  private static final long ASKS_NANOS = 5_000_000;

  private final Engine engine;
  private final PostCopyTrace trace;
  private final MigrationProgress progress = new MigrationProgress();
  private final Pace pace;

  /** A step is caused by an event on a link, on which pages that it sends go. */
  private final Driver<SourcePhase, Action.OfSource, Effect, Link> driver;

  private final ArrayDeque<Asked> asked = new ArrayDeque<>();

  /** Pages that demands are answered with, until they are sent in one frame; null otherwise. */
  private PageSet answers;

  private final LockOffer offer;
  private final Backoff backoff;
  private HostAddress destination;
  private Link link;

  /** A link that closes by itself, once the other side has heard why. */
  private Link leavingLink;

  /** The link of which this attempt has not given up the connection. */
  private boolean stands;

  /** What the destination said when it had the device state; null before. */
  private Ready ready;

  /** Takes over when the guest is given away, if checkpoints are taken; null before. */
  private SplitSource checkpoints;

  private boolean wantsCheckpoints;
  private boolean wantsCopies;

  /** Copies pages ahead, and takes over if so; null if none are copied. */
  private ForwardSource copies;

  /** The destination may write to the disk of the guest once it has the guest, or there is none. */
  private boolean admitted;

  private boolean begun;
  private boolean over;
  private boolean recovers;
  private boolean asksLock;
  private boolean switchoverWanted;
  private boolean pumps;

  /** When the last demand was read. */
  private long askedNanos = Long.MIN_VALUE / 2;

  /** Name of the phase before the step that is taken now. */
  private String before = "";

  /**
   * @param attempt number of the latest attempt by which the guest was moved or was to be moved
   */
  PostCopySource(Engine engine, HostAddress destination, int attempt) {
    this.engine = engine;
    this.destination = destination;
    pace = new Pace(engine.loop, progress::bytes, this::pumpSoon);
    backoff = new Backoff(engine);
    offer = new LockOffer(engine);
    trace = engine.postCopyTrace();
    driver =
        new Driver<>(
            new SourceCore(engine.postCopyProtocol()), new SourcePhase.Running(attempt), this);
  }

  SourcePhase phase() {
    return driver.phase();
  }

  /** Name of the phase: of checkpoints, once they have taken over. */
  String phaseName() {
    return checkpoints == null ? phase().name() : checkpoints.phaseName();
  }

  /** Pages that are still to be sent. */
  PageSet pending() {
    return checkpoints == null ? phase().pending() : checkpoints.pending();
  }

  boolean takesCheckpoints() {
    return checkpoints != null;
  }

  boolean copiesAhead() {
    return copies != null && checkpoints == null;
  }

  /** Pages that the store lacks, as far as is known, or has in an older version. */
  int pagesToCopy() {
    return copies.pagesToCopy();
  }

  /** Position of the last committed checkpoint. */
  int stored() {
    return checkpoints.stored();
  }

  MigrationProgress progress() {
    return progress;
  }

  /** Until then this host has a part in where the guest is. */
  boolean isOver() {
    return over;
  }

  /** The guest was given away, and nobody has said yet that it arrived. */
  boolean inDoubt() {
    if (checkpoints != null) {
      return !over && checkpoints.inDoubt();
    }
    return !over && phase() instanceof SourcePhase.HandedOver && !stands;
  }

  private boolean isGivenAway() {
    return phase() instanceof SourcePhase.HandedOver || phase() instanceof SourcePhase.Serving;
  }

  // ---------------------------------------------------------------- the operator

  void start() {
    wantsCheckpoints = engine.settings.checkpoints;
    wantsCopies = engine.settings.copiesAhead;
    engine.report("setup", "");
    connect();
  }

  /** The rounds are to end, finished or not, and the guest is to go. */
  void switchOver() {
    switchoverWanted = true;
    pumpSoon();
  }

  /** Takes the attempt back; false if it is too late. */
  boolean cancel() {
    if (!begun) {
      end("cancelled", "");
      close(link);
      return true;
    }
    if (!take(new Action.Cancel())) {
      return false;
    }
    end("cancelled", "");
    return true;
  }

  /** Gives the connection up, as if it were lost. */
  void pause() throws Side.RefusedException {
    requirePlain("migrate-pause");
    if (over || !isGivenAway() || !stands && !recovers) {
      throw new Side.RefusedException(
          "migrate-pause is possible in postcopy-active and postcopy-recover; this migration is "
              + engine.status());
    }
    giveUp("the operator paused it");
  }

  private void requirePlain(String command) throws Side.RefusedException {
    if (checkpoints != null) {
      throw new Side.RefusedException(command + notFor(wantsCopies));
    }
  }

  /** Why a connection is not given up or mended by hand. */
  static String notFor(boolean copiesAhead) {
    return copiesAhead
        ? " is not for a migration with copies ahead: without its connection the store decides at"
            + " once which host goes on"
        : " is not for a migration with checkpoints: without its connection the guest goes on at"
            + " the source at once";
  }

  /** Goes on over a new connection. */
  void resume(HostAddress newDestination) throws Side.RefusedException {
    requirePlain("resume");
    if (over || !isGivenAway() || stands || recovers) {
      throw new Side.RefusedException(
          "resume is possible in postcopy-paused; this migration is " + engine.status());
    }
    destination = newDestination;
    recovers = true;
    engine.report("postcopy-recover", "");
    if (mayAskLock()) {
      askLock();
    } else {
      connect();
    }
  }

  /** The guest is the destination's, and it knows. */
  void hasGone() {
    over = true;
    progress.ended();
    engine.left(new SourcePhase.Completed(phase().attempt(), PageSet.empty()));
    engine.report("completed", "");
  }

  /** The guest runs here again. */
  void hasReturned(String why) {
    over = true;
    progress.ended();
    engine.left(new SourcePhase.Running(phase().attempt()));
    engine.report("failed", why);
  }

  private void end(String status, String why) {
    over = true;
    pace.restart();
    progress.ended();
    if (copies != null) {
      copies.abandon();
    }
    engine.left(phase());
    engine.report(status, why);
  }

  // ---------------------------------------------------------------- the connection

  private void close(Link gone) {
    if (gone != null && gone != leavingLink) {
      gone.close();
    }
  }

  private void connect() {
    try {
      link = engine.network.connect(engine.loop, destination, this, true, engine.token());
    } catch (IOException refused) {
      link = null;
      lost(null, refused.getMessage(), false);
    }
  }

  @Override
  public void opened(Link opened) {
    if (over || opened != link) {
      opened.close();
      return;
    }
    stands = true;
    if (recovers) {
      // The destination answers with its list at once.
      link.setSilenceMillis(engine.options.deadlineMillis());
      take(new Action.Recover());
    } else {
      link.setSilenceMillis(0);
      begun = true;
      // What the guest writes from the begin of the attempt on is in the dirty log, and no step of
      // it is told to be earlier or later than it was.
      trace.follow();
      engine.guest.atSafePoint(() -> take(new Action.StartAttempt()));
      if (wantsCopies) {
        copies = new ForwardSource(engine, this, destination);
      }
      engine.report("active", "");
      admit();
      pumpSoon();
    }
  }

  /** With checkpoints the disk is written to by whom the source lets, and taken back in need. */
  private void admit() {
    admitted = !wantsCheckpoints || engine.guest.disk() == null;
    if (!admitted) {
      Link current = link;
      engine
          .guest
          .disk()
          .admit(
              engine.guestId(),
              phase().attempt(),
              () ->
                  engine.loop.execute(
                      () -> {
                        admitted = true;
                        pumpSoon();
                      }),
              why ->
                  engine.loop.execute(
                      () -> {
                        if (!over && current == link) {
                          lost(current, "the disk cannot be lent: " + why, true);
                        }
                      }));
    }
  }

  /** Tells what the guest has done so far. */
  void tellGuestSteps() {
    SourcePhase now = phase();
    trace.guestSteps(() -> after(now, now.pending()));
  }

  /** More was copied ahead, or all is. */
  void copied() {
    pumpSoon();
  }

  /** Nothing goes to the destination for now, and all is well. */
  void sayAlive() {
    if (!over && link != null && stands) {
      link.send(FrameType.ALIVE, 0, phase().attempt(), new byte[0]);
    }
  }

  /** Nothing can be copied ahead: the guest stays. */
  void storeFailed(String why) {
    if (!over) {
      lost(link, why, true);
    }
  }

  @Override
  public void drained(Link drained) {
    if (checkpoints != null) {
      checkpoints.drained(drained);
    }
    pumpSoon();
  }

  @Override
  public int guestPages() {
    return engine.protocol.pages();
  }

  @Override
  public void received(Link from, Frame frame) throws FrameException {
    if (checkpoints != null) {
      checkpoints.received(from, frame);
      return;
    }
    if (over || from != link) {
      return;
    }
    int attempt = frame.attempt();
    if (frame.type() != FrameType.DEMAND) {
      // A word that comes behind a demand says that its page has come on another way.
      answerWithoutPages();
    }
    switch (frame.type()) {
      case READY -> {
        Ready said = Ready.of(frame.payload());
        engine.network.requireName(from, said.host());
        var action = new Action.ReceiveReady(attempt, new Host(said.host()));
        if (!driver.enables(action)) {
          throw frame.outOfPlace();
        }
        ready = said;
        // Handover leaves last: a source that is killed then has told of all that came before it.
        from.together(() -> switchOver(action));
      }
      case RESUMED -> {
        requireProof(from, Token.of(frame.payload(), "Resumed"), frame);
        required(new Action.ReceiveResumed(attempt), frame);
        progress.guestRuns();
        serve();
      }
      case PAGE_LIST -> {
        ByteBuffer content = frame.payload().duplicate();
        requireProof(from, Token.read(content, "PageList"), frame);
        PageList list = PageList.of(content, guestPages(), "PageList");
        PageSet missing = PageSet.ofWords(list.words());
        required(new Action.ReceivePageList(attempt, missing), frame);
        progress.guestRuns();
        recovers = false;
        engine.report("postcopy-active", "");
        serve();
      }
      case DEMAND -> {
        if (!(phase() instanceof SourcePhase.Serving) || attempt != phase().attempt()) {
          throw frame.outOfPlace();
        }
        asked.add(new Asked(attempt, Demand.of(frame.payload(), guestPages()).page()));
        askedNanos = engine.loop.nanoTime();
        // Not at once: with no page of the push in between those that stand behind it are read.
        pumpSoon();
      }
      case COMPLETE -> {
        requireDigest(frame);
        required(new Action.ReceiveComplete(attempt), frame);
        end("completed", "");
      }
      case FAILURE -> {
        from.close();
        lost(from, "the destination gave up: " + Failure.of(frame.payload()).cause(), false);
      }
      default -> throw frame.outOfPlace();
    }
  }

  /** Only the host that said Ready can say what became of the guest. */
  private void requireProof(Link from, Token proof, Frame frame) throws FrameException {
    if (ready == null) {
      throw frame.outOfPlace();
    }
    engine.network.requireName(from, ready.host());
    if (!proof.opens(ready.seal())) {
      throw new FrameException(
          frame.type().title() + " frame that is not from the host that said Ready");
    }
  }

  /** Every page is at the destination as it was sent last, or it is kept here. */
  private void requireDigest(Frame frame) throws FrameException {
    ByteBuffer payload = frame.payload();
    if (payload.remaining() != Long.BYTES) {
      throw new FrameException(
          "Complete frame of " + payload.remaining() + " bytes: a digest of 8 is accepted");
    }
    boolean checked = engine.options.postCopyMutants().isEmpty();
    if (checked && payload.getLong(payload.position()) != engine.digest().value()) {
      throw new FrameException(
          "the pages at the destination are not those that were sent: the digests differ");
    }
  }

  private void serve() {
    pace.restart();
    asked.clear();
    pumpSoon();
  }

  private void switchOver(Action.ReceiveReady action) {
    take(action);
    engine.report("postcopy-active", "");
    if (wantsCopies) {
      copies.takeOver(link, ready, phase().pending());
      checkpoints = copies;
    } else if (wantsCheckpoints) {
      checkpoints = new CheckpointSource(engine, this, destination, link, ready, phase().pending());
    }
    if (wantsCheckpoints) {
      pace.restart();
    }
  }

  private void required(Action.OfSource action, Frame frame) throws FrameException {
    if (!take(action)) {
      throw frame.outOfPlace();
    }
  }

  @Override
  public void lost(Link gone, String cause, boolean refused) {
    if (checkpoints != null) {
      checkpoints.lost(gone, cause, refused);
      return;
    }
    if (refused) {
      gone.send(FrameType.FAILURE, 0, phase().attempt(), new Failure(cause).toBytes());
      gone.closeOnceHeard(engine.options.deadlineMillis());
      leavingLink = gone;
    }
    if (over || gone != link) {
      return;
    }
    if (!begun) {
      end("failed", cause);
    } else if (isGivenAway()) {
      giveUp(cause);
    } else {
      take(new Action.AbortAttempt());
      end("failed", cause);
    }
  }

  /** Only the transfer pauses: the guest is the destination's, and its pages are kept here. */
  private void giveUp(String cause) {
    pace.restart();
    asked.clear();
    recovers = false;
    if (stands) {
      stands = false;
      take(new Action.GiveUpConnection());
    } else {
      close(link);
    }
    link = null;
    if (take(new Action.ResumeUnacknowledged())) {
      end("failed", "no acknowledgement came: the guest goes on here");
      return;
    }
    engine.report(
        "postcopy-paused",
        phase() instanceof SourcePhase.HandedOver
            ? "in doubt: the guest was given away and no acknowledgement came (" + cause + ")"
            : cause);
    if (mayAskLock()) {
      askLock();
    }
  }

  private boolean mayAskLock() {
    return engine.storage != null && phase() instanceof SourcePhase.HandedOver;
  }

  /** The lock knows whose the guest is, and tells it however long that takes. */
  private void askLock() {
    if (asksLock) {
      return;
    }
    asksLock = true;
    offer.then(this::reclaim);
  }

  private void reclaim() {
    engine.storage.ask(
        Arbiter::reclaim,
        taken -> {
          asksLock = false;
          if (over || !take(new Action.ReclaimLock(taken))) {
            return;
          }
          if (taken) {
            end("failed", "the destination did not take the guest over: it goes on here");
          } else {
            progress.guestRuns();
            if (recovers) {
              connect();
            } else {
              engine.report(
                  "postcopy-paused", "the destination has the guest, and the connection is lost");
            }
          }
        },
        unreachable -> {
          asksLock = false;
          engine.explain("in doubt: the lock cannot be asked: " + unreachable.getMessage());
          backoff.later(
              () -> {
                if (!over && mayAskLock()) {
                  askLock();
                }
              });
        });
  }

  // ---------------------------------------------------------------- pages

  private void pumpSoon() {
    if (!pumps) {
      pumps = true;
      engine.loop.execute(
          () -> {
            pumps = false;
            pump();
          });
    }
  }

  /** Sends what is due, one batch a turn, so that other events have theirs. */
  private void pump() {
    if (over || !stands || checkpoints != null) {
      return;
    }
    answer();
    SourcePhase now = phase();
    if (!link.takesPages()) {
      return; // We are told when it does.
    }
    if (now instanceof SourcePhase.PreCopy) {
      boolean mayPause = copies == null || copies.hasCopied();
      if (switchoverWanted && mayPause) {
        engine.guest.atSafePoint(() -> take(new Action.PauseSource(harvestDirty())));
        switchedOver();
      } else if (!now.pending().isEmpty()) {
        sendBatch(now.pending(), PageBatch.PAGES_MAX, engine.settings.bandwidthMax);
      } else if (mayPause) {
        endRound();
        pumpSoon();
      }
    } else if (now instanceof SourcePhase.Paused) {
      boolean copied = copies == null || copies.isConfirmed();
      if (copied && admitted && engine.diskIsSettled(this::pumpSoon)) {
        take(new Action.OfferHandover());
        link.setSilenceMillis(engine.options.deadlineMillis());
      }
    } else if (now instanceof SourcePhase.Serving) {
      if (!now.pending().isEmpty()) {
        sendBatch(now.pending(), pushPages(), engine.settings.postCopyBandwidthMax);
      }
      // Once all is sent the destination owes a word.
      link.setSilenceMillis(phase().pending().isEmpty() ? engine.options.deadlineMillis() : 0);
    }
  }

  /**
   * Pages that the guest waits for go first. The first one has a frame of its own: the guest waits
   * for it now, and for those that are asked for behind it perhaps soon. In a trace each page has.
   */
  private void answer() {
    answer(1);
    while (!asked.isEmpty() && stands && link.urgent().takesPages()) {
      answer(trace.isOn() ? 1 : PageBatch.PAGES_MAX);
    }
  }

  /** Answers demands with one frame of so many pages, or fewer, or none. */
  private void answer(int most) {
    if (asked.isEmpty() || !stands) {
      return;
    }
    Link way = link.urgent();
    boolean takes = way.takesPages();
    answers = PageSet.empty();
    while (!asked.isEmpty() && answers.size() < most) {
      Asked next = asked.peek();
      if (phase().pending().contains(next.page()) && !takes) {
        break;
      }
      asked.poll();
      take(new Action.AnswerDemand(next.attempt(), next.page()), way);
    }
    PageSet sent = answers;
    answers = null;
    if (!sent.isEmpty()) {
      sendPages(phase().attempt(), sent, way);
    }
  }

  /** Answers demands of pages that were sent already, up to the first that was not. */
  private void answerWithoutPages() {
    while (!asked.isEmpty() && !phase().pending().contains(asked.peek().page())) {
      Asked next = asked.poll();
      take(new Action.AnswerDemand(next.attempt(), next.page()));
    }
  }

  /** Frames that are small cost more in all, and are worth that only while demands come. */
  private int pushPages() {
    boolean asks = link.hasUrgent() && engine.loop.nanoTime() - askedNanos < ASKS_NANOS;
    return asks ? PagePush.PUSH_PAGES_ASKED : PagePush.PUSH_PAGES;
  }

  private void sendBatch(PageSet pending, int most, long cap) {
    if (pace.waits(cap)) {
      return;
    }
    int pages = Math.min(Pace.batchPages(most, cap), pending.size());
    take(new Action.SendPage(trace.isOn() ? upToTracked(pending.lowest(pages)) : pages));
    pumpSoon();
  }

  /** A tracked page has a frame of its own, which tells its version. */
  private int upToTracked(PageSet pages) {
    int count = 0;
    for (int page : pages.toArray()) {
      if (trace.follows(page)) {
        return Math.max(count, 1);
      }
      count++;
    }
    return count;
  }

  /** The round is sent while the guest runs: another one, or the switchover. */
  private void endRound() {
    boolean ended =
        engine.guest.atSafePoint(
            () -> {
              int dirtyPages = Math.toIntExact(engine.guest.memory().dirtyCount());
              progress.roundEnded(dirtyPages);
              PageSet dirty = harvestDirty();
              return dirtyPages <= progress.fewEnough(engine.settings)
                  ? take(new Action.PauseSource(dirty))
                  : !take(new Action.StartRound(dirty));
            });
    if (ended) {
      switchedOver();
    } else {
      progress.roundStarted(phase().round());
      engine.emit("MIGRATION_PASS", Map.of("pass", phase().round()));
    }
  }

  /** At a safe point. */
  private PageSet harvestDirty() {
    PageSet dirty = engine.guest.harvestDirty();
    if (copies != null) {
      copies.written(dirty);
    }
    return dirty;
  }

  private void switchedOver() {
    engine.report("device", "");
    if (copies != null) {
      copies.pause();
    }
    pumpSoon();
  }

  // ---------------------------------------------------------------- steps

  private boolean take(Action.OfSource action) {
    return take(action, link);
  }

  private boolean take(Action.OfSource action, Link way) {
    SourcePhase from = phase();
    before = from.name();
    if (tells(action)) {
      trace.guestSteps(() -> after(from, from.pending()));
    }
    return driver.take(action, way);
  }

  private boolean tells(Action.OfSource action) {
    if (action instanceof Action.SendPage send) {
      return trace.isOn() && trace.followsAny(phase().pending().lowest(send.pages()));
    }
    return !(action instanceof Action.AnswerDemand demand) || trace.follows(demand.page());
  }

  @Override
  public void took(Action.OfSource action, Step<SourcePhase, Effect> step, Link way) {
    if (!trace.isOn()) {
      return;
    }
    SourcePhase now = step.phase();
    int attempt = now.attempt();
    if (action instanceof Action.SendPage) {
      for (Effect effect : step.effects()) {
        tellSent(action, now, ((Effect.SendPages) effect).pages());
      }
      return;
    }
    if (action instanceof Action.AnswerDemand demand) {
      if (trace.follows(demand.page())) {
        boolean sends = !step.effects().isEmpty();
        tell(
            action,
            now,
            Trace.args(
                "attempt",
                attempt,
                "page",
                demand.page(),
                "frame",
                trace.nextReceived(),
                "version",
                sends ? trace.version(demand.page()) : -1,
                "sent",
                sends ? way == link ? trace.nextSent() : trace.nextUrgentSent() : -1));
      }
      return;
    }
    if (action instanceof Action.OfferHandover) {
      var state = (Effect.SendDeviceState) step.effects().get(0);
      Object discard = trace.tracked(state.discard());
      tell(
          action,
          now,
          Trace.args("attempt", attempt, "discard", discard, "sent", trace.nextSent()));
      return;
    }
    tell(action, now, args(action, now, attempt));
  }

  private void tellSent(Action action, SourcePhase now, PageSet pages) {
    PageSet left = now.pending().union(pages);
    for (int page : pages.toArray()) {
      left = left.withoutLowest(1);
      if (trace.follows(page)) {
        var args =
            Trace.args(
                "attempt",
                now.attempt(),
                "page",
                page,
                "version",
                trace.version(page),
                "sent",
                trace.nextSent());
        trace.event(action, args, after(now, left));
      }
    }
  }

  private Map<String, Object> args(Action.OfSource action, SourcePhase now, int attempt) {
    if (action instanceof Action.StartAttempt) {
      trace.connected(0, 0);
      return Trace.args("attempt", attempt, "sent", trace.nextSent());
    }
    if (action instanceof Action.Recover) {
      trace.connected(0, 0);
      boolean handover = now instanceof SourcePhase.HandedOver;
      return Trace.args(
          "attempt", attempt, "handover", handover, "reset", false, "sent", trace.nextSent());
    }
    if (action instanceof Action.ReclaimLock reclaim) {
      return Trace.args("taken", reclaim.taken());
    }
    if (action instanceof Action.StartRound start) {
      return Trace.args("dirty", trace.tracked(start.dirty()));
    }
    if (action instanceof Action.PauseSource pause) {
      return Trace.args("dirty", trace.tracked(pause.dirty()));
    }
    if (action instanceof Action.ReceiveReady) {
      return Trace.args(
          "attempt", attempt, "frame", trace.nextReceived(), "sent", trace.nextSent());
    }
    if (action instanceof Action.ReceivePageList list) {
      return Trace.args(
          "attempt",
          attempt,
          "missing",
          trace.tracked(list.missing()),
          "frame",
          trace.nextReceived());
    }
    if (action instanceof Action.ReceiveResumed || action instanceof Action.ReceiveComplete) {
      return Trace.args("attempt", attempt, "frame", trace.nextReceived());
    }
    return action instanceof Action.Cancel || action instanceof Action.AbortAttempt
        ? Trace.args("from", before)
        : Map.of();
  }

  private void tell(Action action, SourcePhase now, Map<String, Object> args) {
    trace.event(action, args, after(now, now.pending()));
  }

  private Map<String, Object> after(SourcePhase now, PageSet pending) {
    return trace.after(
        "phase",
        now.name(),
        "attempt",
        now.attempt(),
        "round",
        now.round(),
        "pending",
        trace.count(pending));
  }

  // ---------------------------------------------------------------- effects

  @Override
  public void perform(Effect effect, Link way) {
    Link current = link;
    offer.then(() -> perform(effect, current, way));
  }

  /**
   * Performs an effect.
   *
   * @param link the connection when the core asked for it; null if it is lost
   * @param way where pages go
   */
  private void perform(Effect effect, Link link, Link way) {
    Guest guest = engine.guest;
    if (effect instanceof Effect.StartDirtyLog) {
      guest.startDirtyLog();
    } else if (effect instanceof Effect.StopDirtyLog) {
      guest.stopDirtyLog();
    } else if (effect instanceof Effect.PauseGuest) {
      progress.guestPauses();
      guest.hold();
    } else if (effect instanceof Effect.RunGuest) {
      guest.release();
    } else if (effect instanceof Effect.ReleaseLock release) {
      if (wantsCheckpoints) {
        // Its output is held, and the source of checkpoints offers again.
        offer.attempt(Optional.of(release.to()), release.attempt());
      } else {
        offer.make(Optional.of(release.to()), release.attempt());
      }
    } else if (effect instanceof Effect.CloseConnection) {
      close(link);
    } else if (effect instanceof Effect.SendPages pages) {
      if (answers == null) {
        sendPages(pages.attempt(), pages.pages(), way);
      } else {
        answers = answers.union(pages.pages());
      }
    } else if (effect instanceof Effect.SendHello hello) {
      engine.digest().clear();
      byte[] content = engine.identity().toBytes();
      int flags = Frame.FLAG_POST_COPY;
      if (wantsCopies) {
        flags |= Frame.FLAG_CHECKPOINTS | Frame.FLAG_COPIES_AHEAD;
      } else if (wantsCheckpoints) {
        flags |= Frame.FLAG_CHECKPOINTS | (guest.disk() == null ? 0 : Frame.FLAG_DISK);
      }
      link.send(FrameType.HELLO, flags, hello.attempt(), content);
    } else if (effect instanceof Effect.SendRecover recover) {
      int flags = recover.handover() ? Frame.FLAG_IN_DOUBT : 0;
      byte[] content = new Recover(engine.identity(), ready.token()).toBytes();
      link.send(FrameType.RECOVER, flags, recover.attempt(), content);
    } else if (effect instanceof Effect.SendDeviceState state) {
      int stopped = guest.isStoppedByOperator() ? Frame.FLAG_STOPPED_BY_OPERATOR : 0;
      var discard = new PageList(state.discard().toWords());
      var content = new SplitState(trace.position(), discard, guest.captureState());
      int flags = stopped | Frame.FLAG_POST_COPY;
      byte[] image = engine.withDigest(content.toBytes());
      link.send(FrameType.DEVICE_STATE, flags, state.attempt(), image);
    } else if (effect instanceof Effect.SendHandover handover) {
      engine.giveUpLease();
      link.send(FrameType.HANDOVER, 0, handover.attempt(), ready.token().toBytes());
    } else {
      throw new IllegalStateException("the source of a real host cannot perform " + effect);
    }
  }

  private void sendPages(int attempt, PageSet sent, Link link) {
    int[] pages = sent.toArray();
    boolean versioned = trace.isOn() && pages.length == 1 && trace.follows(pages[0]);
    int number = versioned ? trace.version(pages[0]) : phase().round();
    ByteBuffer frame = link.pagesBuffer();
    List<ByteBuffer> contents = PageFrames.list(frame, engine.guest.memory(), number, pages);
    int contentBytes = contents.stream().mapToInt(ByteBuffer::remaining).sum();
    int bytes = frame.position() + contentBytes;
    int flags = versioned ? Frame.FLAG_VERSION : 0;
    engine.noteSent(pages, attempt, link.nextSequence());
    // As in pre-copy: what is summed up must be what is sent.
    if (!engine.guest.ifStanding(() -> link.sendPages(flags, attempt, contents))) {
      contents.forEach(frame::put);
      link.sendPages(flags, attempt, List.of());
    }
    int whole = contentBytes / PageBatch.PAGE_BYTES;
    progress.sent(bytes, whole, pages.length - whole);
  }
}
