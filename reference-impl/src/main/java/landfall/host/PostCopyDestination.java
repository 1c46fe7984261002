package landfall.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.machine.DeviceState;
import landfall.machine.Memory;
import landfall.postcopy.Action;
import landfall.postcopy.DestinationCore;
import landfall.postcopy.DestinationPhase;
import landfall.postcopy.Effect;
import landfall.postcopy.Mutant;
import landfall.precopy.PageSet;
import landfall.precopy.Phase;
import landfall.protocol.Step;
import landfall.transport.Link;
import landfall.wire.CheckpointWord;
import landfall.wire.Demand;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameNumbers;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;
import landfall.wire.PageList;
import landfall.wire.Recover;
import landfall.wire.SplitState;
import landfall.wire.Token;

/**
 * A guest that comes by post-copy, over as many connections as it takes: the destination core, its
 * effects, and what the network and the guest show it. On the loop's thread. {@link Arrivals} hands
 * it the connections that are its own.
 *
 * <p>It stays after the guest is whole: if the word that it is was lost, the source asks again.
 */
final class PostCopyDestination
    implements Interpreter<
        DestinationPhase, Action.OfDestination, Effect, PostCopyDestination.Cause> {

  /** With a page that the guest waits for, those are asked for that share so many with it. */
  private static final int PREFETCHED_PAGES = 8;

  /**
   * What a step is caused by, beyond its action.
   *
   * @param link the connection on which answers go
   * @param pages the pages that came, or null
   * @param version version of the page that came, if it is tracked by the source; else 0
   * @param state the device state that came, or null
   * @param stopped whether the operator had stopped the guest where it comes from
   */
  record Cause(Link link, PageBatch pages, int version, DeviceState state, boolean stopped) {
    static final Cause NONE = on(null);

    static Cause on(Link link) {
      return new Cause(link, null, 0, null, false);
    }
  }

  /** A frame of pages that is arriving, or came last. */
  private static final class Incoming {
    private PageSet pages = PageSet.empty();
    private PageBatch batch;

    /** Its contents are not all here. */
    private boolean half;

    /** Takes contents of pages that are here already, until their sum is made. Made late. */
    private ByteBuffer unwanted;

    void begins(PageBatch arriving, PageSet numbers) {
      batch = arriving;
      pages = numbers;
      half = true;
    }

    ByteBuffer unwanted(int index) {
      if (unwanted == null) {
        unwanted = ByteBuffer.allocate(PageBatch.PAGES_MAX * PageBatch.PAGE_BYTES);
      }
      return unwanted.slice(index * PageBatch.PAGE_BYTES, PageBatch.PAGE_BYTES);
    }
  }

  private final Engine engine;
  private final PostCopyTrace trace;

  /** Which source the attempt is of: a recovery must be of the same. */
  private UUID migrationId;

  /** Of the attempt; they stay the same on every connection of it. */
  private Secrets secrets;

  private final Driver<DestinationPhase, Action.OfDestination, Effect, Cause> driver;
  private final TreeMap<Integer, Link> links = new TreeMap<>();

  /** What arrives among the other frames. */
  private final Incoming pushed = new Incoming();

  /** What arrives on the connection for urgent pages, if there is one. */
  private final Incoming urgent = new Incoming();

  /** Number of that frame. */
  private int sequence;

  /** Position of the guest in the device state that is taken over. */
  private int positionArriving;

  /** The page that the guest waits for, or waited for last; -1 before the first. */
  private int awaited = -1;

  /** Takes over when the guest runs here, if checkpoints are taken; null before. */
  private SplitDestination checkpoints;

  private boolean wantsCheckpoints;
  private boolean hasCopies;
  private boolean lacksLink;

  /** The attempt on whose behalf the lock is asked; 0 if none. */
  private int asksLockFor;

  private boolean recoveryWanted;
  private boolean whole;
  private boolean over;

  /** Of all pages, as they came. */
  private long digestOfAll;

  /** The word that all pages are here is on its way on the connection in use. */
  private boolean completeSent;

  private String before = "";

  PostCopyDestination(Engine engine, int accepted) {
    this.engine = engine;
    trace = engine.postCopyTrace();
    int pages = engine.protocol.pages();
    driver =
        new Driver<>(
            new DestinationCore(engine.postCopyProtocol()),
            new DestinationPhase.Waiting(accepted, PageSet.all(pages)),
            this);
  }

  DestinationPhase phase() {
    return driver.phase();
  }

  /** Name of the phase: of checkpoints, once they have taken over. */
  String phaseName() {
    return checkpoints == null ? phase().name() : checkpoints.phaseName();
  }

  /** Pages that are not here. */
  PageSet missing() {
    return checkpoints == null ? phase().missing() : checkpoints.missing();
  }

  boolean takesCheckpoints() {
    return checkpoints != null;
  }

  /** Position of the last checkpoint that the source is known to have. */
  int acknowledged() {
    return checkpoints.acknowledged();
  }

  /** How many checkpoints were taken. */
  long checkpointsTaken() {
    return checkpoints.checkpointsTaken();
  }

  /** The guest is whole here, or was discarded. */
  boolean isOver() {
    return over;
  }

  /** The guest may be this host's, and only the source knows. */
  boolean inDoubt() {
    return !over && phase() instanceof DestinationPhase.Ready;
  }

  /** An attempt of this number, of whatever kind, may take the place of this one. */
  boolean givesWayTo(int attempt) {
    return attempt > phase().accepted() && !(phase() instanceof DestinationPhase.Running);
  }

  // ---------------------------------------------------------------- the operator

  /** Gives the connection up, as if it were lost. */
  void pause() throws Side.RefusedException {
    if (checkpoints != null) {
      throw new Side.RefusedException("migrate-pause" + PostCopySource.notFor(hasCopies));
    }
    boolean splitHere = phase() instanceof DestinationPhase.Running && !whole;
    if (!splitHere || lacksLink) {
      throw new Side.RefusedException(
          "migrate-pause is possible in postcopy-active and postcopy-recover; this migration is "
              + engine.status());
    }
    closeLinks(phase().accepted());
    pauses("the operator paused it");
  }

  /** The source may come again. */
  void awaitRecovery() throws Side.RefusedException {
    requirePaused();
    recoveryWanted = true;
  }

  void requirePaused() throws Side.RefusedException {
    if (checkpoints != null && !over) {
      throw new Side.RefusedException(
          "migrate-recover is not for a migration with checkpoints: the source asks by itself");
    }
    if (over || !lacksLink) {
      throw new Side.RefusedException(
          "migrate-recover is possible in postcopy-paused; this migration is " + engine.status());
    }
  }

  // ---------------------------------------------------------------- connections

  /** A first frame says that an attempt begins. */
  void begin(Link link, int attempt, UUID id, boolean withCheckpoints, boolean withCopies)
      throws FrameException {
    take(link, attempt, new Action.ReceiveHello(attempt), FrameType.HELLO);
    wantsCheckpoints = withCheckpoints;
    hasCopies = withCopies;
    migrationId = id;
    secrets = Secrets.of(engine.token(), engine.token());
    engine.digest().clear();
    engine.guest.forgetPageWaits();
    engine.report("active", "");
  }

  /** A first frame says that the source is there again. */
  void recover(Link link, Frame frame) throws FrameException {
    Recover content = Recover.of(frame.payload());
    Hello source = content.source();
    engine.network.requireName(link, source.host());
    if (!source.migrationId().equals(migrationId)) {
      throw new FrameException("Recover frame of another migration");
    }
    secrets.require(content.token(), "Recover");
    if (frame.has(Frame.FLAG_CHECKPOINTS) != wantsCheckpoints
        || frame.has(Frame.FLAG_COPIES_AHEAD) != hasCopies) {
      throw FrameException.outOfPlace(frame.type(), frame.attempt());
    }
    if (checkpoints != null) {
      checkpoints.asked(link);
      return;
    }
    if (wantsCheckpoints) {
      dropUnused(link, frame.attempt());
      return;
    }
    engine.network.requireChannels(link, true);
    if (!recoveryWanted && !whole) {
      throw new FrameException(
          "this host does not wait for a recovery: migrate-recover makes it do so");
    }
    boolean handover = frame.has(Frame.FLAG_IN_DOUBT);
    var action = new Action.ReceiveRecover(frame.attempt(), handover);
    take(link, frame.attempt(), action, FrameType.RECOVER);
    recoveryWanted = false;
    lacksLink = false;
    completeSent = false;
    if (!whole) {
      engine.report("postcopy-recover", "");
      engine.report("postcopy-active", "");
    } else if (engine.phase() instanceof Phase.Running) {
      // Numbers of attempts go on from this one.
      engine.arrived(phase());
    }
    runs(link);
    if (phase().missing().contains(awaited)) {
      demand(awaited);
    }
  }

  // The guest never ran here, and runs at the source again: what is here is nobody's.
  private void dropUnused(Link link, int attempt) throws FrameException {
    if (!(phase() instanceof DestinationPhase.Ready)) {
      throw FrameException.outOfPlace(FrameType.RECOVER, attempt);
    }
    link.send(FrameType.SUPERSEDED, 0, attempt, new CheckpointWord(0, 0).toBytes());
    link.closeOnceHeard(engine.options.deadlineMillis());
    dropUnused();
  }

  private void dropUnused() {
    giveWay();
    engine.report("failed", "superseded: the guest goes on at the source, and never ran here");
  }

  /** The link takes more. */
  void drained() {
    if (checkpoints != null) {
      checkpoints.pump();
    }
  }

  /** The guest is this host's. */
  void owns() {
    whole = true;
    over = true;
    engine.arrived(phase());
    engine.report("completed", "");
  }

  /** The guest is the source's again. */
  void isSuperseded(int position) {
    over = true;
    missing().stream().forEach(engine.guest.memory()::markPresent);
    engine.memoryIsTouched();
    engine.arrived(new DestinationPhase.Waiting(phase().accepted(), missing()));
    engine.report(
        "failed",
        "superseded: the source took this host for dead, and the guest goes on there; what it did"
            + " here after checkpoint "
            + position
            + " never happened");
  }

  /** Digest of all pages, as they came. */
  long digestOfPages() {
    return engine.digest().value();
  }

  private void take(Link link, int attempt, Action.OfDestination action, FrameType type)
      throws FrameException {
    if (!driver.enables(action)) {
      throw FrameException.outOfPlace(type, attempt);
    }
    links.put(attempt, link);
    take(action, Cause.on(link));
  }

  void closeLinks(int upToAttempt) {
    // Nothing of what was half read is read on.
    pushed.half = false;
    urgent.half = false;
    links.headMap(upToAttempt, true).values().forEach(Link::close);
    links.headMap(upToAttempt, true).clear();
  }

  /** An attempt of another kind takes the place of this one: nothing of it is kept. */
  void giveWay() {
    closeLinks(phase().accepted());
    allPagesPresent();
    over = true;
    engine.arrived(new DestinationPhase.Waiting(phase().accepted(), phase().missing()));
  }

  // While the guest runs, an absent page is written where it is to be, since nobody can touch it;
  // a page that is here is not. Before it runs every page is, and a bad frame ends the attempt.
  List<ByteBuffer> contents(int attempt, PageBatch pages, boolean isUrgent) throws FrameException {
    boolean wanted =
        checkpoints == null
            ? driver.enables(new Action.ReceivePage(attempt, PageSet.empty()))
            : checkpoints.takesPages() && attempt == phase().accepted();
    if (!wanted) {
      throw FrameException.outOfPlace(FrameType.PAGES, attempt);
    }
    if (isUrgent && !(phase() instanceof DestinationPhase.Running)) {
      throw new FrameException("urgent Pages frame before the guest runs here");
    }
    PageSet numbers = PageSet.of(Engine.pageNumbers(pages));
    Incoming other = isUrgent ? pushed : urgent;
    if (other.half && !numbers.intersection(other.pages).isEmpty()) {
      // The guest may write to what was placed, and what is half read would fall upon that.
      throw new FrameException("Pages frame with pages that are arriving on another connection");
    }
    Incoming frame = isUrgent ? urgent : pushed;
    frame.begins(pages, numbers);
    engine.memoryIsTouched();
    boolean guarded =
        phase() instanceof DestinationPhase.Running
            && !engine.options.postCopyMutants().contains(Mutant.STALE_PAGE_OVER_NEWER);
    if (!guarded || numbers.intersection(missing()).size() == numbers.size()) {
      return PageFrames.places(engine.guest.memory(), pages);
    }
    List<ByteBuffer> places = new ArrayList<>();
    for (int i = 0; i < pages.count(); i++) {
      if (!pages.isZero(i)) {
        places.add(
            missing().contains(pages.page(i))
                ? engine.guest.memory().writableView(pages.page(i), 1)
                : frame.unwanted(i));
      }
    }
    return places;
  }

  /** A frame that is not the first of its connection. */
  void received(Link link, Frame frame) throws FrameException {
    int attempt = frame.attempt();
    if (checkpoints != null) {
      sequence = frame.sequence();
      checkpoints.received(link, frame, pushed.pages, pushed.batch);
      return;
    }
    switch (frame.type()) {
      case PAGES -> {
        sequence = frame.sequence();
        Incoming whole = frame.isUrgent() ? urgent : pushed;
        whole.half = false;
        int version = frame.has(Frame.FLAG_VERSION) ? whole.batch.round() : 0;
        required(
            new Action.ReceivePage(attempt, whole.pages),
            new Cause(link, whole.batch, version, null, false),
            frame);
        engine.arrivals().countPages(whole.batch.count());
        // Between two frames of the push: many may be read in one event of the loop.
        engine.demandAwaited();
        complete(link);
      }
      case DEVICE_STATE -> receiveDeviceState(link, frame);
      case HANDOVER -> {
        if (!driver.enables(new Action.ResumeDestination(attempt))) {
          throw FrameException.outOfPlace(frame.type(), attempt);
        }
        secrets.require(Token.of(frame.payload(), "Handover"), "Handover");
        // With checkpoints the guest stays on offer, and runs here with its output held.
        boolean asksFirst = engine.storage != null && !wantsCheckpoints;
        if (asksFirst && take(new Action.ResumeUnasked(attempt), Cause.on(link))) {
          engine.report("postcopy-active", "");
          runs(link);
        } else if (asksFirst && waitsFor(attempt)) {
          // The frame counts as read once the storage has answered.
          link.setReading(false);
          takeLock(link, attempt);
        } else {
          required(new Action.ResumeDestination(attempt), Cause.on(link), frame);
          engine.report("postcopy-active", "");
          if (checkpoints == null) {
            runs(link);
          }
        }
      }
      case FAILURE -> {
        link.close();
        lost(link, attempt, "the source gave up: " + Failure.of(frame.payload()).cause());
      }
      case ALIVE -> {
        // Pages are on their way to the store.
        if (!hasCopies) {
          throw FrameException.outOfPlace(frame.type(), attempt);
        }
      }
      default -> throw FrameException.outOfPlace(frame.type(), attempt);
    }
  }

  private void receiveDeviceState(Link link, Frame frame) throws FrameException {
    if (!frame.has(Frame.FLAG_POST_COPY)) {
      throw new FrameException("DeviceState frame of pre-copy in an attempt of post-copy");
    }
    ByteBuffer image = engine.requireDigest(frame.payload());
    SplitState content = SplitState.of(image, engine.protocol.pages());
    DeviceState state;
    try {
      state = engine.guest.check(content.state());
    } catch (IllegalArgumentException malformed) {
      throw new FrameException("device state: " + malformed.getMessage());
    }
    positionArriving = content.position();
    PageSet discard = PageSet.ofWords(content.discard().words());
    boolean stopped = frame.has(Frame.FLAG_STOPPED_BY_OPERATOR);
    required(
        new Action.ReceiveDeviceState(frame.attempt(), discard),
        new Cause(link, null, 0, state, stopped),
        frame);
    engine.arrivals().imageIsWhole();
    // From here on the guest may be this host's, and only the source knows, or the lock: as long as
    // it takes.
    link.setSilenceMillis(0);
    if (engine.storage != null) {
      int attempt = frame.attempt();
      engine.loop.after(engine.options.deadlineMillis() * 1_000_000L, () -> askLock(attempt));
    }
  }

  /** The guest has begun to run here, or did before: the rest of it is due. */
  private void runs(Link link) {
    link.setSilenceMillis(phase().missing().isEmpty() ? 0 : engine.options.deadlineMillis());
    complete(link);
  }

  private void complete(Link link) {
    if (completeSent || !driver.enables(new Action.SendComplete())) {
      return;
    }
    completeSent = true;
    if (!whole) {
      digestOfAll = engine.digest().value();
    }
    take(new Action.SendComplete(), Cause.on(link));
    link.setSilenceMillis(0);
    if (!whole) {
      whole = true;
      over = true;
      engine.arrived(phase());
    }
    engine.report("completed", "");
  }

  private void required(Action.OfDestination action, Cause cause, Frame frame)
      throws FrameException {
    if (!take(action, cause)) {
      throw FrameException.outOfPlace(frame.type(), frame.attempt());
    }
  }

  /** The connection of an attempt is over. */
  void lost(Link link, int attempt, String cause) {
    if (checkpoints != null) {
      checkpoints.lost(link, cause);
      return;
    }
    if (!links.remove(attempt, link) || over) {
      return;
    }
    if (take(new Action.DiscardImage(), Cause.NONE)) {
      drop(cause);
    } else {
      pauses(
          inDoubt()
              ? "in doubt: the source has not said whose the guest is (" + cause + ")"
              : cause);
      askLock(attempt);
    }
  }

  // ---------------------------------------------------------------- the lock

  private boolean waitsFor(int attempt) {
    return inDoubt() && phase().accepted() == attempt;
  }

  /** Takes the guest that Handover gives, as soon as the storage answers. */
  private void takeLock(Link link, int attempt) {
    asksLockFor = attempt;
    engine.storage.ask(
        arbiter -> arbiter.take(attempt),
        answer -> {
          if (waitsFor(attempt)) {
            asksLockFor = 0;
            decide(link, attempt, answer == Arbiter.Answer.TAKEN);
          }
          link.setReading(true);
        },
        unreachable -> {
          engine.explain("the lock cannot be asked: " + unreachable.getMessage());
          // It may have been taken all the same, so this is asked again, whatever the link does.
          engine.loop.after(
              Arrivals.CLAIM_NANOS,
              () -> {
                if (waitsFor(attempt)) {
                  takeLock(link, attempt);
                }
              });
        });
  }

  private void decide(Link link, int attempt, boolean taken) {
    if (taken) {
      take(new Action.ResumeDestination(attempt), Cause.on(link));
      ranByLock(link);
    } else {
      take(new Action.RefuseHandover(attempt), Cause.on(link));
      drop("the source has taken the guest back");
    }
  }

  /**
   * Asks the lock in the place of a source that says nothing. A guest of which pages are missing is
   * not taken: its source can go on with all of it. One with checkpoints is not, either, as long as
   * it has not run here.
   */
  private void askLock(int attempt) {
    if (engine.storage == null || asksLockFor == attempt || !waitsFor(attempt)) {
      return;
    }
    asksLockFor = attempt;
    boolean takes = phase().missing().isEmpty() && !wantsCheckpoints;
    engine.storage.ask(
        arbiter ->
            takes
                ? arbiter.take(attempt)
                : arbiter.isSuperseded(attempt)
                    ? Arbiter.Answer.SUPERSEDED
                    : Arbiter.Answer.NOT_OFFERED,
        answer -> {
          if (!waitsFor(attempt)) {
            return;
          }
          asksLockFor = 0;
          switch (answer) {
            case TAKEN -> {
              take(new Action.ClaimLock(), Cause.NONE);
              lacksLink = true;
              ranByLock(null);
            }
            case NOT_OFFERED -> askLockLater(attempt);
            case SUPERSEDED -> {
              if (wantsCheckpoints) {
                dropUnused();
                return;
              }
              take(new Action.LearnSuperseded(), Cause.NONE);
              drop("superseded: the guest went on without what had come here");
            }
          }
        },
        unreachable -> {
          if (waitsFor(attempt)) {
            asksLockFor = 0;
            engine.explain("the lock cannot be asked: " + unreachable.getMessage());
            askLockLater(attempt);
          }
        });
  }

  private void askLockLater(int attempt) {
    engine.loop.after(Arrivals.CLAIM_NANOS, () -> askLock(attempt));
  }

  /** The lock gave the guest to this host, whose link to the source may be lost by now. */
  private void ranByLock(Link link) {
    if (!lacksLink) {
      engine.report("postcopy-active", "");
      runs(link);
    } else if (phase().missing().isEmpty()) {
      // Nothing of it is needed. The source learns that once it asks.
      digestOfAll = engine.digest().value();
      owns();
    } else {
      pauses("the guest is here, and lacks pages of a source that is not there");
    }
  }

  /** What has come here is nobody's. */
  private void drop(String why) {
    over = true;
    allPagesPresent();
    engine.arrived(phase());
    engine.report("failed", why);
  }

  private void pauses(String why) {
    lacksLink = true;
    engine.report("postcopy-paused", why);
  }

  // What the next attempt finds is memory of which nothing is known, as after one of pre-copy.
  private void allPagesPresent() {
    Memory memory = engine.guest.memory();
    phase().missing().stream().forEach(memory::markPresent);
    engine.memoryIsTouched();
  }

  // ---------------------------------------------------------------- the guest

  /** The guest waits for a page. */
  void demand(int page) {
    if (checkpoints != null) {
      checkpoints.demand(page);
      return;
    }
    awaited = page;
    if (lacksLink || !(phase() instanceof DestinationPhase.Running)) {
      return; // It is in the list of the next connection.
    }
    take(new Action.DemandPage(page), Cause.NONE);
    Link link = links.get(phase().accepted());
    if (link != null) {
      link.together(() -> prefetch(page));
    }
  }

  /** The guest waits for this page, and may soon for those around it. */
  private void prefetch(int page) {
    int first = page / PREFETCHED_PAGES * PREFETCHED_PAGES;
    for (int near = first; near < first + PREFETCHED_PAGES; near++) {
      take(new Action.DemandPage(near), Cause.NONE);
    }
  }

  // ---------------------------------------------------------------- steps

  private boolean take(Action.OfDestination action, Cause cause) {
    DestinationPhase from = phase();
    before = from.name();
    boolean told = trace.isOn() && from instanceof DestinationPhase.Running && tells(action);
    if (told && driver.enables(action)) {
      trace.guestSteps(() -> after(from, from.missing()));
    }
    return driver.take(action, cause);
  }

  private boolean tells(Action.OfDestination action) {
    if (action instanceof Action.ReceivePage page) {
      return trace.followsAny(page.pages());
    }
    return !(action instanceof Action.DemandPage demand) || trace.follows(demand.page());
  }

  @Override
  public void took(Action.OfDestination action, Step<DestinationPhase, Effect> step, Cause cause) {
    if (!trace.isOn() || !tells(action)) {
      return;
    }
    DestinationPhase now = step.phase();
    if (action instanceof Action.ReceivePage) {
      tellReceived(action, step, cause);
    } else {
      trace.event(action, args(action, now), after(now, now.missing()));
    }
  }

  private void tellReceived(Action action, Step<DestinationPhase, Effect> step, Cause cause) {
    DestinationPhase now = step.phase();
    PageSet placed = PageSet.empty();
    for (Effect effect : step.effects()) {
      placed = ((Effect.PlacePages) effect).pages();
    }
    for (int i = 0; i < cause.pages().count(); i++) {
      int page = cause.pages().page(i);
      if (trace.follows(page)) {
        boolean isPlaced = placed.contains(page);
        if (isPlaced) {
          trace.setVersion(page, cause.version());
        }
        var args =
            Trace.args(
                "attempt",
                now.accepted(),
                "page",
                page,
                "version",
                cause.version(),
                "placed",
                isPlaced,
                "frame",
                sequence >= FrameNumbers.URGENT
                    ? trace.nextUrgentReceived()
                    : trace.nextReceived());
        trace.event(action, args, after(now, now.missing()));
      }
    }
  }

  private Map<String, Object> args(Action.OfDestination action, DestinationPhase now) {
    int attempt = now.accepted();
    if (action instanceof Action.ReceiveHello) {
      trace.forgetPages();
      trace.connected(0, 0);
      return Trace.args("attempt", attempt, "from", before, "frame", trace.nextReceived());
    }
    if (action instanceof Action.ReceiveRecover recover) {
      trace.connected(0, 0);
      return Trace.args(
          "attempt",
          attempt,
          "handover",
          recover.handover(),
          "missing",
          trace.tracked(now.missing()),
          "frame",
          trace.nextReceived(),
          "sent",
          trace.nextSent());
    }
    if (action instanceof Action.ReceiveDeviceState state) {
      trace.setPosition(positionArriving);
      trace.forgetPages(state.discard());
      return Trace.args(
          "attempt",
          attempt,
          "discard",
          trace.tracked(state.discard()),
          "frame",
          trace.nextReceived(),
          "sent",
          trace.nextSent());
    }
    if (action instanceof Action.ResumeDestination || action instanceof Action.ResumeUnasked) {
      return Trace.args(
          "attempt", attempt, "frame", trace.nextReceived(), "sent", trace.nextSent());
    }
    if (action instanceof Action.RefuseHandover) {
      return Trace.args("attempt", attempt, "frame", trace.nextReceived());
    }
    if (action instanceof Action.DemandPage demand) {
      return Trace.args("attempt", attempt, "page", demand.page(), "sent", trace.nextSent());
    }
    return action instanceof Action.SendComplete
        ? Trace.args("attempt", attempt, "sent", trace.nextSent())
        : Map.of();
  }

  private Map<String, Object> after(DestinationPhase now, PageSet missing) {
    return trace.after(
        "phase", now.name(), "attempt", now.accepted(), "missing", trace.count(missing));
  }

  // ---------------------------------------------------------------- effects

  @Override
  public void perform(Effect effect, Cause cause) {
    Memory memory = engine.guest.memory();
    if (effect instanceof Effect.CloseConnections close) {
      closeLinks(close.upToAttempt());
    } else if (effect instanceof Effect.ClearMemory) {
      for (int page = 0; page < memory.pages(); page++) {
        memory.markAbsent(page);
      }
    } else if (effect instanceof Effect.PlacePages place) {
      place(memory, cause.pages(), place.pages());
    } else if (effect instanceof Effect.DiscardPages discard) {
      // The guest stands: bit by bit this takes milliseconds.
      memory.markAbsent(discard.pages().toWords());
    } else if (effect instanceof Effect.StoreDeviceState) {
      engine.restore(cause.state(), cause.stopped());
    } else if (effect instanceof Effect.RunGuest) {
      if (wantsCheckpoints) {
        // Before its first instruction here: whatever it writes is in the dirty log, and whatever
        // it says is held.
        checkpoints =
            hasCopies
                ? new ForwardDestination(engine, this, cause.link(), secrets, phase().missing())
                : new CheckpointDestination(engine, this, cause.link(), secrets, phase().missing());
      }
      engine.run();
    } else {
      send(effect, cause);
    }
  }

  private void send(Effect effect, Cause cause) {
    if (effect instanceof Effect.SendReady ready) {
      byte[] content = secrets.ready(engine.self).toBytes();
      cause.link().send(FrameType.READY, 0, ready.attempt(), content);
    } else if (effect instanceof Effect.SendResumed resumed) {
      byte[] content = secrets.proof().toBytes();
      cause.link().send(FrameType.RESUMED, 0, resumed.attempt(), content);
    } else if (effect instanceof Effect.SendPageList list) {
      var missing = new PageList(list.missing().toWords());
      ByteBuffer content = ByteBuffer.allocate(Token.BYTES + missing.bytes());
      missing.write(content.put(secrets.proof().toBytes()));
      cause.link().send(FrameType.PAGE_LIST, 0, list.attempt(), content.array());
    } else if (effect instanceof Effect.SendComplete complete) {
      byte[] content = ByteBuffer.allocate(Long.BYTES).putLong(digestOfAll).array();
      cause.link().send(FrameType.COMPLETE, 0, complete.attempt(), content);
    } else if (effect instanceof Effect.SendDemand demand) {
      Link link = links.get(demand.attempt());
      link.send(FrameType.DEMAND, 0, demand.attempt(), new Demand(demand.page()).toBytes());
    } else {
      throw new IllegalStateException("the destination of a real host cannot perform " + effect);
    }
  }

  /** Contents are in their places already, or nowhere; see {@link #contents}. */
  void place(Memory memory, PageBatch pages, PageSet placed) {
    for (int i = 0; i < pages.count(); i++) {
      int page = pages.page(i);
      if (!placed.contains(page)) {
        continue;
      }
      if (pages.isZero(i) && !memory.isZeroPage(page)) {
        memory.writableView(page, 1).put(ByteBuffer.allocate(PageBatch.PAGE_BYTES));
      }
      memory.wasPlaced(page);
      memory.markPresent(page);
      engine.digest().sent(page, phase().accepted(), sequence);
    }
    engine.guest.pagesArrived();
  }
}
