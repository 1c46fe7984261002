package landfall.host;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Locale;
import java.util.Map;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.forwardcheckpoint.Action;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.DestinationCore;
import landfall.forwardcheckpoint.DestinationPhase;
import landfall.forwardcheckpoint.Effect;
import landfall.forwardcheckpoint.Mutant;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Request;
import landfall.machine.Memory;
import landfall.precopy.PageSet;
import landfall.protocol.Step;
import landfall.transport.EventLoop;
import landfall.transport.Link;
import landfall.wire.CheckpointWord;
import landfall.wire.Demand;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import landfall.wire.PageList;
import landfall.wire.Token;

/**
 * A guest that came by post-copy and survives the loss of either host: the destination core, its
 * effects, its clock, and what the network, the store and the guest show it. It takes over from
 * {@link PostCopyDestination} before the guest's first instruction here. On the loop's thread.
 *
 * <p>Its checkpoints go to the store, one at a time. Without the source the store is asked for the
 * claim: who has it goes on alone. Then all output leaves, and the pages that are missing come from
 * the store. If the source has it, this guest stops.
 *
 * <p>A lease is given up as soon as the store has to decide, or has decided for the source, and is
 * asked for again with the claim: a destination that is cut off from all but the grantor must not
 * keep it from a source that has the claim.
 */
final class ForwardDestination
    implements SplitDestination,
        Interpreter<DestinationPhase, landfall.protocol.Action, Effect, ForwardDestination.Cause> {

  private static final long ASK_AGAIN_NANOS = 200_000_000;

  /** Pages that are asked of the store at a time, beside those that the guest waits for. */
  private static final int FETCHED_MAX = 32;

  /**
   * What a step is caused by, beyond its action.
   *
   * @param pages the pages that came from the source, or null
   * @param page the page that came from the store, or null
   * @param version of the page that came, if it is tracked
   * @param claim the side that the store says has the claim, or nobody's
   * @param request number of what the store was asked
   * @param promised the source has promised never to take the guest back
   */
  record Cause(
      PageBatch pages,
      StoreAccess.Answer.Page page,
      int version,
      Claim claim,
      int request,
      boolean promised) {
    static final Cause NONE = new Cause(null, null, 0, Claim.NONE, 0, false);
    static final Cause PROMISED = new Cause(null, null, 0, Claim.NONE, 0, true);

    static Cause claimOf(Claim side, int request) {
      return new Cause(null, null, 0, side, request, false);
    }
  }

  private final Engine engine;
  private final PostCopyDestination arrival;
  private final Secrets secrets;
  private final int number;
  private final ForwardTrace trace;
  private final HeldOutput gate;
  private final StoreAccess store;
  private final Driver<DestinationPhase, landfall.protocol.Action, Effect, Cause> driver;
  private final PageDemands demands = new PageDemands();
  private final CheckpointClock clock;

  /** The connection to the source; null while there is none. */
  private Link link;

  /** Pages that the store has, if not as they are here. */
  private PageSet atStore;

  /** Pages of checkpoints that the store has not confirmed. */
  private PageSet unconfirmed = PageSet.empty();

  /** A checkpoint is on its way. */
  private boolean committing;

  /** The store did not answer or refused: the next checkpoint is not taken at once. */
  private boolean backsOff;

  private boolean whole;
  private long digest;

  /** The source was asked for the guest on this connection. */
  private boolean asked;

  /** The store is the one that has the copies of this guest. */
  private boolean isItsStore;

  private boolean claiming;
  private boolean learning;

  /** The page that the guest waits for, or waited for last; -1 before the first. */
  private int awaited = -1;

  /** Pages of a frame of the source that are to be placed; empty but while it is received. */
  private PageSet fetched = PageSet.empty();

  /** Pages that were asked of the store, and those that are to be asked next. */
  private final BitSet fetching = new BitSet();

  private final ArrayDeque<Integer> urgent = new ArrayDeque<>();

  /** Steps whose output has left. */
  private int released;

  private EventLoop.Timer alive = () -> {};

  /**
   * @param missing pages that are not here
   */
  ForwardDestination(
      Engine engine, PostCopyDestination arrival, Link link, Secrets secrets, PageSet missing) {
    this.engine = engine;
    this.arrival = arrival;
    this.link = link;
    this.secrets = secrets;
    number = arrival.phase().accepted();
    gate = engine.guest.output();
    driver =
        new Driver<>(
            new DestinationCore(engine.forwardProtocol()),
            new DestinationPhase.Waiting(missing),
            this);
    trace = new ForwardTrace(engine);
    store = engine.askStore(number, Place.DESTINATION);
    store.whenConnected(this::storeIsThere);
    boolean copied = !has(Mutant.NOT_COPIED) && !has(Mutant.COPIED_AFTER);
    PageSet all = PageSet.all(engine.forwardPages());
    atStore = copied ? all : PageSet.empty();
    engine.guest.startDirtyLog();
    gate.close(() -> engine.loop.execute(this::takeIfDue));
    released = trace.position();
    driver.take(new Request.RunGuest(trace.position()), Cause.NONE);
    for (int page : trace.tracked(all.without(missing))) {
      tellFetched(page, trace.version(page), Place.SOURCE);
    }
    clock = new CheckpointClock(engine);
    noteWhole();
    link.setSilenceMillis(engine.options.deadlineMillis());
    engine.loop.execute(this::proceed);
    engine.loop.execute(this::sayAlive);
  }

  private boolean has(Mutant mutant) {
    return engine.options.forwardMutants().contains(mutant);
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
        int version = frame.has(Frame.FLAG_VERSION) ? batch.round() : 0;
        var cause = new Cause(batch, null, version, Claim.NONE, 0, false);
        arriving.intersection(missing()).stream()
            .forEach(page -> take(new Action.FetchPage(page, Place.SOURCE), cause));
        arrival.place(engine.guest.memory(), batch, fetched);
        fetched = PageSet.empty();
        engine.arrivals().countPages(batch.count());
        noteWhole();
        engine.demandAwaited();
      }
      case ALIVE -> {
        if (frame.payload().hasRemaining()) {
          throw frame.outOfPlace();
        }
      }
      case GRANTED -> {
        CheckpointWord.of(frame.payload(), frame.type().title());
        if (!whole || !runs()) {
          throw frame.outOfPlace();
        }
        tellGuestSteps();
        take(new Action.BecomeOwner(), Cause.PROMISED);
        engine.wantLease();
        link.send(FrameType.COMPLETE, 0, number, digestBytes());
        ends();
        arrival.owns();
      }
      case SUPERSEDED -> {
        CheckpointWord.of(frame.payload(), frame.type().title());
        // Whether it is so only the store can say.
        learn();
      }
      case FAILURE -> {
        from.close();
        lost(from, "the source gave up: " + Failure.of(frame.payload()).cause());
      }
      default -> throw frame.outOfPlace();
    }
    proceed();
  }

  private void noteWhole() {
    if (!whole && missing().isEmpty()) {
      whole = true;
      digest = arrival.digestOfPages();
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
    asked = false;
    demands.forget();
    if (phase() instanceof DestinationPhase.Owner && whole) {
      link.send(FrameType.COMPLETE, 0, number, digestBytes());
    } else if (phase() instanceof DestinationPhase.Superseded) {
      sayHeard();
    } else if (runs()) {
      // The source asks the store who goes on, or did: it gave the connection before up.
      engine.giveUpLease();
      sayWhatIsMissing();
    } else {
      // The source learns from the store that this host goes on alone.
      link.closeOnceHeard(engine.options.deadlineMillis());
      link = null;
    }
  }

  /** The source has asked to go on, or has the guest back: it answers. */
  private void sayWhatIsMissing() {
    var list = new PageList(missing().toWords());
    ByteBuffer content = ByteBuffer.allocate(Token.BYTES + list.bytes());
    list.write(content.put(secrets.proof().toBytes()));
    link.setSilenceMillis(engine.options.deadlineMillis());
    link.send(FrameType.PAGE_LIST, 0, number, content.array());
    engine.report("postcopy-active", "");
    if (awaited >= 0) {
      demand(awaited);
    }
    sayAlive();
    proceed();
  }

  /** The source takes silence for death. */
  private void sayAlive() {
    alive.cancel();
    if (runs() && link != null) {
      link.send(FrameType.ALIVE, 0, number, new byte[0]);
      alive = engine.loop.after(engine.options.deadlineMillis() * 250_000L, this::sayAlive);
    }
  }

  private void sayHeard() {
    link.send(FrameType.SUPERSEDED, 0, number, new CheckpointWord(0, 0).toBytes());
    link.closeOnceHeard(engine.options.deadlineMillis());
    link = null;
  }

  @Override
  public void lost(Link gone, String cause) {
    if (gone != link) {
      return;
    }
    link = null;
    if (runs()) {
      engine.giveUpLease();
      engine.report(
          "postcopy-paused",
          "output of the guest is held until the store says who goes on (" + cause + ")");
      claim();
    }
  }

  @Override
  public void pump() {
    // Nothing waits for this link.
  }

  // ---------------------------------------------------------------- the store

  // A store of which the source knows nothing would give a claim to each of the two.
  private void storeIsThere() {
    backsOff = false;
    if (isItsStore || has(Mutant.NOT_COPIED) || has(Mutant.COPIED_AFTER)) {
      isItsStore = true;
      goOn();
      return;
    }
    store.ask(
        new Request.GivePage(trace.devicePage()),
        StoreAccess.Given.NOTHING,
        answer -> {
          isItsStore = answer instanceof StoreAccess.Answer.Page;
          if (isItsStore) {
            goOn();
          } else {
            explain(answer);
          }
        });
  }

  private void goOn() {
    if (runs() && link == null) {
      claim();
    }
    takeIfDue();
    fetch();
  }

  private boolean hasStore() {
    return isItsStore && store.isConnected();
  }

  // ---------------------------------------------------------------- who goes on

  /** The source is dead, or only silent: who has the claim goes on. */
  private void claim() {
    if (has(Mutant.NOT_CLAIMED)) {
      goOnAlone(0);
      return;
    }
    if (claiming || link != null || !runs() || !hasStore()) {
      return;
    }
    claiming = true;
    int[] request = {0};
    request[0] =
        store.ask(
            new Request.TakeClaim(Claim.DESTINATION),
            StoreAccess.Given.NOTHING,
            answer -> {
              claiming = false;
              claimAnswered(request[0], answer);
            });
    tell("AskClaim", Trace.args("request", request[0]));
  }

  private void claimAnswered(int request, StoreAccess.Answer answer) {
    if (!runs()) {
      return;
    }
    if (answer instanceof StoreAccess.Answer.Agreed) {
      goOnAlone(request);
    } else if (answer instanceof StoreAccess.Answer.Refused refused
        && refused.claim() == Claim.SOURCE) {
      isSuperseded(request);
    } else {
      explain(answer);
      engine.loop.after(ASK_AGAIN_NANOS, this::claim);
    }
  }

  private void explain(StoreAccess.Answer answer) {
    if (answer instanceof StoreAccess.Answer.Refused refused) {
      engine.explain("output of the guest is held: the store refuses: " + refused.why());
    } else if (answer instanceof StoreAccess.Answer.Lost lost) {
      engine.explain("output of the guest is held: the store cannot be asked: " + lost.why());
    }
  }

  /** This host has the claim, even if the source is back by now. */
  private void goOnAlone(int request) {
    if (link != null) {
      link.closeOnceHeard(engine.options.deadlineMillis());
      link = null;
    }
    tellGuestSteps();
    take(new Action.ClaimGuest(), Cause.claimOf(Claim.DESTINATION, request));
    engine.wantLease();
    engine.report("postcopy-active", "the guest goes on here without the source");
    if (awaited >= 0 && missing().contains(awaited)) {
      urgent.add(awaited);
    }
    fetch();
  }

  /** The source says that it has the claim: then what happens here never happened. */
  private void learn() {
    if (learning || !runs()) {
      return;
    }
    engine.giveUpLease();
    learning = true;
    int[] request = {0};
    request[0] =
        store.ask(
            new Request.ConfirmClaim(Claim.SOURCE),
            StoreAccess.Given.NOTHING,
            answer -> {
              learning = false;
              if (answer instanceof StoreAccess.Answer.Agreed) {
                isSuperseded(request[0]);
              } else if (answer instanceof StoreAccess.Answer.Lost) {
                explain(answer);
                engine.loop.after(ASK_AGAIN_NANOS, this::learn);
              }
            });
  }

  private void isSuperseded(int request) {
    if (!runs()) {
      return;
    }
    tellGuestSteps();
    take(new Action.LearnSuperseded(), Cause.claimOf(Claim.SOURCE, request));
    if (link != null) {
      sayHeard();
    }
    alive.cancel();
    store.close();
    arrival.isSuperseded(acknowledged());
  }

  // ---------------------------------------------------------------- pages

  @Override
  public void demand(int page) {
    awaited = page;
    if (phase() instanceof DestinationPhase.Claimed) {
      if (missing().contains(page)) {
        urgent.add(page);
        fetch();
      }
    } else if (link != null && runs()) {
      demands.demand(
          page,
          missing()::contains,
          each -> link.send(FrameType.DEMAND, 0, number, new Demand(each).toBytes()));
    }
  }

  /** Asks the store for what is missing; what the guest waits for goes first. */
  private void fetch() {
    if (!(phase() instanceof DestinationPhase.Claimed)) {
      return;
    }
    if (take(new Action.FinishClaim(), Cause.NONE)) {
      ends();
      arrival.owns();
    } else if (store.isConnected()) {
      while (!urgent.isEmpty()) {
        fetch(urgent.poll());
      }
      int next = 0;
      int[] rest = missing().lowest(fetching.cardinality() + FETCHED_MAX).toArray();
      while (fetching.cardinality() < FETCHED_MAX && next < rest.length) {
        fetch(rest[next++]);
      }
    }
  }

  private void fetch(int page) {
    if (fetching.get(page) || !missing().contains(page)) {
      return;
    }
    fetching.set(page);
    store.ask(
        new Request.GivePage(page),
        StoreAccess.Given.NOTHING,
        answer -> {
          if (answer instanceof StoreAccess.Answer.Page came) {
            fetching.clear(page);
            place(came);
            fetch();
          } else if (answer instanceof StoreAccess.Answer.Refused refused) {
            engine.explain("page " + page + " is nowhere: the store refuses: " + refused.why());
          } else if (answer instanceof StoreAccess.Answer.Lost lost) {
            fetching.clear(page);
            engine.explain("pages are missing, and the store cannot be asked: " + lost.why());
            engine.loop.after(ASK_AGAIN_NANOS, this::fetch);
          }
        });
  }

  private void place(StoreAccess.Answer.Page came) {
    take(
        new Action.FetchPage(came.number(), Place.STORE),
        new Cause(null, came, came.version(), Claim.NONE, 0, false));
  }

  // ---------------------------------------------------------------- checkpoints

  /** Does what is due: asks for the guest, and takes a checkpoint or waits for the time of it. */
  private void proceed() {
    if (runs() && link != null && whole && !asked) {
      asked = take(new Action.GrantOwnership(), Cause.NONE);
    }
    takeIfDue();
  }

  private void takeIfDue() {
    clock.stop();
    if (!runs() || committing || backsOff) {
      return;
    }
    if (!hasStore()) {
      if (gate.waits() && link != null) {
        engine.explain(
            "output of the guest is held until the store is there, or the guest is whole here");
      }
      return;
    }
    boolean writes = engine.guest.memory().dirtyCount() > 0;
    if (clock.isDue(gate.waits(), writes, this::takeIfDue)) {
      clock.taken();
      engine.guest.atSafePoint(
          () -> {
            tellGuestSteps();
            trace.deviceStep(() -> after(phase()));
            return take(new Action.CommitCheckpoint(trace.position()), Cause.NONE);
          });
    }
  }

  /** At a safe point. What was in a checkpoint that did not arrive is in this one, too. */
  private void commit(Request.CommitPages request) {
    PageSet changed =
        engine
            .guest
            .harvestDirty()
            .union(unconfirmed)
            .with(trace.devicePage())
            .union(request.pages().without(atStore))
            .intersection(request.pages());
    unconfirmed = changed;
    committing = true;
    gate.mark(request.position());
    if (trace.isOn()) {
      tell(
          "CommitCheckpoint",
          Trace.args("position", request.position(), "pages", trace.tracked(changed)));
    }
    store.ask(
        request,
        trace.given(engine.guest.memory(), changed, engine.guest.captureState()),
        answer -> committed(request, answer));
  }

  private void committed(Request.CommitPages request, StoreAccess.Answer answer) {
    committing = false;
    if (!runs()) {
      return;
    }
    if (answer instanceof StoreAccess.Answer.Agreed) {
      unconfirmed = PageSet.empty();
      atStore = atStore.union(request.pages());
      if (link != null) {
        engine.explain("");
      }
      take(new Action.ReceiveCheckpointDone(request.position()), Cause.NONE);
      take(new Action.ReleaseOutput(released), Cause.NONE);
    } else {
      explain(answer);
      if (answer instanceof StoreAccess.Answer.Refused refused && refused.claim() == Claim.SOURCE) {
        learn();
        return;
      }
      backsOff = true;
      engine.loop.after(
          ASK_AGAIN_NANOS,
          () -> {
            backsOff = false;
            takeIfDue();
          });
    }
    takeIfDue();
  }

  /** The guest is this host's, whole. */
  private void ends() {
    clock.stop();
    alive.cancel();
    store.release();
  }

  // ---------------------------------------------------------------- steps

  private boolean take(landfall.protocol.Action action, Cause cause) {
    return driver.take(action, cause);
  }

  @Override
  public void took(
      landfall.protocol.Action action, Step<DestinationPhase, Effect> step, Cause cause) {
    for (Effect effect : step.effects()) {
      if (effect instanceof Effect.ReleaseOutput output) {
        released = output.upTo();
      } else if (effect instanceof Effect.ReleaseAllOutput) {
        released = trace.position();
      }
    }
    if (trace.isOn()) {
      tell(action, step.phase(), cause);
    }
  }

  private void tell(landfall.protocol.Action action, DestinationPhase now, Cause cause) {
    if (action instanceof Request.RunGuest run) {
      tell(action.name(), Trace.args("position", run.position()));
    } else if (action instanceof Action.FetchPage fetch) {
      if (trace.follows(fetch.page())) {
        trace.setVersion(fetch.page(), cause.version());
        tellFetched(fetch.page(), cause.version(), fetch.from());
      }
    } else if (action instanceof Action.ReceiveCheckpointDone done) {
      tell(action.name(), Trace.args("position", done.position()));
    } else if (action instanceof Action.ReleaseOutput) {
      tell(action.name(), Trace.args("position", now.acknowledged()));
    } else if (action instanceof Action.ClaimGuest || action instanceof Action.LearnSuperseded) {
      tell(action.name(), Trace.args("request", cause.request()));
    } else if (!(action instanceof Action.CommitCheckpoint)) {
      tell(action.name(), Map.of());
    }
  }

  private void tellFetched(int page, int version, Place from) {
    String place = from.name().toLowerCase(Locale.ROOT);
    tell("FetchPage", Trace.args("page", page, "version", version, "from", place));
  }

  private void tellGuestSteps() {
    trace.guestSteps(() -> after(phase()));
  }

  private void tell(String name, Map<String, Object> args) {
    trace.tell(name, args, after(phase()));
  }

  private Map<String, Object> after(DestinationPhase now) {
    return Trace.args(
        "phase",
        now.name(),
        "position",
        trace.position(),
        "acknowledged",
        now.acknowledged(),
        "released",
        now.holdsOutput() ? released : trace.position(),
        "missing",
        trace.missing());
  }

  // ---------------------------------------------------------------- effects

  @Override
  public void perform(Effect effect, Cause cause) {
    if (effect instanceof Effect.AskSource ask) {
      askSource(ask.request(), cause);
    } else if (effect instanceof Effect.AskStore ask) {
      askStore(ask.request(), cause);
    } else if (effect instanceof Effect.PlacePage place) {
      if (cause.pages() != null) {
        // All that came in one frame are placed together, once each has taken its step.
        fetched = fetched.with(place.page());
      } else {
        placeFromStore(cause.page());
      }
    } else if (effect instanceof Effect.ReleaseOutput output) {
      gate.release(output.upTo());
    } else if (effect instanceof Effect.ReleaseAllOutput) {
      clock.stop();
      engine.guest.stopDirtyLog();
      gate.open();
    } else if (effect instanceof Effect.StopGuest) {
      clock.stop();
      engine.guest.hold();
      engine.guest.stopDirtyLog();
      gate.drop();
    } else if (!(effect instanceof Effect.ResumeFrom)) {
      // The guest resumes in the step of post-copy in which this one takes over.
      throw new IllegalStateException("the destination of a real host cannot perform " + effect);
    }
  }

  private void askSource(Request.ToSource request, Cause cause) {
    if (request instanceof Request.PromiseNotToRecover) {
      link.send(FrameType.ASK_OWNERSHIP, 0, number, new CheckpointWord(0, digest).toBytes());
      return;
    }
    // The pages were sent without being asked for, or because of a demand; and what the source says
    // when it is asked for its promise it says again when it is asked whether it has given it.
    boolean agreed =
        request instanceof Request.GivePage && cause.pages() != null
            || request instanceof Request.ConfirmPromise && cause.promised();
    if (!agreed) {
      throw new IllegalStateException("the source has not agreed to " + request);
    }
  }

  private void askStore(Request.ToStore request, Cause cause) {
    if (request instanceof Request.CommitPages commit) {
      commit(commit);
      return;
    }
    boolean agreed =
        request instanceof Request.TakeClaim take && take.by() == cause.claim()
            || request instanceof Request.ConfirmClaim confirm && confirm.by() == cause.claim()
            || request instanceof Request.GivePage && cause.page() != null;
    if (!agreed) {
      throw new IllegalStateException("the store has not agreed to " + request);
    }
  }

  /** Nobody touches an absent page, and no connection brings one any more. */
  private void placeFromStore(StoreAccess.Answer.Page came) {
    Memory memory = engine.guest.memory();
    int page = came.number();
    if (came.content() != null) {
      memory.writableView(page, 1).put(came.content().duplicate());
    } else if (!memory.isZeroPage(page)) {
      memory.writableView(page, 1).put(ByteBuffer.allocate(PageBatch.PAGE_BYTES));
    }
    memory.wasPlaced(page);
    memory.markPresent(page);
    engine.guest.pagesArrived();
  }
}
