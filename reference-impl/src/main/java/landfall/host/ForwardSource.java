package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.forwardcheckpoint.Action;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.Effect;
import landfall.forwardcheckpoint.Mutant;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Request;
import landfall.forwardcheckpoint.SourceCore;
import landfall.forwardcheckpoint.SourcePhase;
import landfall.machine.DeviceState;
import landfall.precopy.PageSet;
import landfall.protocol.Step;
import landfall.transport.EventLoop;
import landfall.transport.Link;
import landfall.wire.CheckpointPages;
import landfall.wire.CheckpointWord;
import landfall.wire.Demand;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageList;
import landfall.wire.Ready;
import landfall.wire.Recover;
import landfall.wire.Token;

/**
 * The source of a guest that survives the loss of either host: the source core, its effects, the
 * failure detector, and what the network and the store show it. Before the switchover it copies
 * pages ahead, beside {@link PostCopySource}, which lets the guest go only when the store has
 * confirmed all copies. When Handover is sent it takes over. On the loop's thread.
 *
 * <p>The checkpoints of the guest go to the store. If the connection to the destination is lost, or
 * nothing was heard for the deadline of the host, this side asks the store for the claim, and asks
 * again until it is answered. Meanwhile it grants nothing: the answer decides, also if the
 * destination is back.
 */
final class ForwardSource
    implements SplitSource,
        PagePush.Owner,
        ToDestination,
        Interpreter<SourcePhase, landfall.protocol.Action, Effect, ForwardSource.Answered> {

  /** While the guest runs here, waiting for the store costs nobody anything. */
  private static final int DEADLINES_WHILE_RUNNING = 5;

  private static final long ASK_AGAIN_NANOS = 200_000_000;
  private static final long COPY_AFTER_NANOS = 20_000_000;
  private static final long DIAL_NANOS_MIN = 100_000_000;
  private static final long DIAL_NANOS_MAX = 2_000_000_000;

  /** Whoever listens there refuses each time what this side has to say: it is somebody else. */
  private static final int REFUSALS_MAX = 5;

  /**
   * What others have answered already to what the core asks within a step.
   *
   * @param claim the side that the store says has the claim, or nobody's
   * @param state device state of the image that the store gave, or null
   * @param copied the store has confirmed all copies, and knows of the switchover
   * @param request number of what the store was asked
   */
  record Answered(Claim claim, DeviceState state, boolean copied, int request) {
    static final Answered NOTHING = new Answered(Claim.NONE, null, false, 0);
  }

  private final Engine engine;
  private final PostCopySource attempt;
  private final int number;
  private final HostAddress destination;
  private final MigrationProgress progress;
  private final StoreAccess store;
  private final ForwardTrace trace;
  private final PageSet allPages;
  private final Driver<SourcePhase, landfall.protocol.Action, Effect, Answered> driver;

  /** Pages that are to be copied: they never were, or were written since. */
  private PageSet uncopied;

  /** Pages that were written since they were copied, among these. */
  private PageSet written = PageSet.empty();

  /** Pages that the core wants to be kept; empty but within {@link #copyAhead}. */
  private PageSet wanted = PageSet.empty();

  /** Copies that the store has not answered yet. */
  private int copying;

  private boolean copySoon;

  private boolean confirming;
  private boolean confirmed;

  /** Number of the question whether the store has all copies. */
  private int confirmation;

  private boolean abandoned;

  /** When the store was last known to serve this attempt. */
  private long servedNanos;

  /** It lost what it was asked last: that it is connected is no sign that it serves. */
  private boolean lostCopies;

  /** Sends pages from the switchover on; null before. */
  private PagePush push;

  private Ready ready;
  private byte[] question;

  /** The connection in use, or that is being made; null while there is none. */
  private Link link;

  /** The guest runs there: the destination has said so. */
  private boolean resumed;

  /** The destination was told on this connection who has the guest. */
  private boolean answered;

  /** Nobody is left who has to hear who has the guest. */
  private boolean told;

  /** The claim was asked for, and the store has not answered. */
  private boolean inDoubt;

  /** Why it was. */
  private String suspicion = "";

  /** Position of the image from which the guest goes on here. */
  private int recovered;

  private int refusals;
  private long dialNanos = DIAL_NANOS_MIN;
  private EventLoop.Timer dial = () -> {};
  private EventLoop.Timer alive = () -> {};

  /** Of all pages as they were sent, once all are. */
  private long digest;

  ForwardSource(Engine engine, PostCopySource attempt, HostAddress destination) {
    this.engine = engine;
    this.attempt = attempt;
    this.destination = destination;
    number = attempt.phase().attempt();
    progress = attempt.progress();
    uncopied = PageSet.all(engine.protocol.pages());
    allPages = PageSet.all(engine.forwardPages());
    trace = new ForwardTrace(engine);
    driver = new Driver<>(new SourceCore(engine.forwardProtocol()), this);
    store = engine.askStore(number, Place.SOURCE);
    store.whenTakesPages(this::copy);
    store.whenConnected(this::copy);
    servedNanos = engine.loop.nanoTime();
    engine.loop.execute(this::copy);
    engine.loop.execute(this::whileCopying);
  }

  private long deadlineNanos() {
    return engine.options.deadlineMillis() * 1_000_000L;
  }

  private boolean has(Mutant mutant) {
    return engine.options.forwardMutants().contains(mutant);
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
    return recovered;
  }

  @Override
  public boolean inDoubt() {
    return inDoubt;
  }

  // ---------------------------------------------------------------- copies ahead

  /** The dirty log was collected, and had these. */
  void written(PageSet pages) {
    written = written.union(pages);
    uncopied = uncopied.union(pages);
    engine.loop.execute(this::copy);
  }

  /**
   * Every page was copied, if not as it is now, and the store serves: the guest need not stand
   * long.
   */
  boolean hasCopied() {
    return uncopied.isEmpty() && store.isConnected();
  }

  /** How many pages are to be copied, as far as is known. */
  int pagesToCopy() {
    return uncopied.size() + copying;
  }

  /** The store has every page as it is. */
  boolean isConfirmed() {
    return confirmed;
  }

  /** The guest stands, and what its devices are is known. */
  void pause() {
    take(new Action.PauseSource(), Answered.NOTHING);
    servedNanos = engine.loop.nanoTime();
    uncopied = uncopied.with(trace.devicePage());
    copy();
  }

  private boolean copies() {
    return !abandoned
        && push == null
        && (phase() instanceof SourcePhase.Running || phase() instanceof SourcePhase.Paused);
  }

  private void copySoon() {
    if (!copySoon) {
      copySoon = true;
      engine.loop.execute(
          () -> {
            copySoon = false;
            copy();
          });
    }
  }

  /** Copies what is due, one batch a turn, so that other events have theirs. */
  private void copy() {
    if (copies() && !uncopied.isEmpty() && store.isConnected() && store.takesPages()) {
      PageSet batch = batch();
      uncopied = uncopied.withoutLowest(batch.size());
      copyAhead(batch);
      copySoon();
    }
    if (!copies() || !uncopied.isEmpty()) {
      return;
    }
    if (phase() instanceof SourcePhase.Running) {
      attempt.copied();
    } else if (copying == 0 && !confirming && !confirmed) {
      confirm();
    }
  }

  /** The destination takes silence for an end, and copies go elsewhere. The store has its time. */
  private void whileCopying() {
    if (!copies()) {
      return;
    }
    attempt.sayAlive();
    alive = engine.loop.after(deadlineNanos() / 4, this::whileCopying);
    if (confirmed || store.isConnected() && !lostCopies) {
      servedNanos = engine.loop.nanoTime();
    }
    int deadlines = phase() instanceof SourcePhase.Running ? DEADLINES_WHILE_RUNNING : 1;
    if (engine.loop.nanoTime() - servedNanos > deadlines * deadlineNanos()) {
      attempt.storeFailed(
          "the store at "
              + engine.options.store().orElseThrow().text()
              + " cannot be reached: the guest stays");
    }
  }

  /** What goes in one request. The device state has one of its own, and so has a tracked page. */
  private PageSet batch() {
    int most = Pace.batchPages(CheckpointPages.PAGES_MAX, engine.settings.toStoreMax());
    PageSet pages = together(uncopied.lowest(most));
    boolean hasState = pages.size() > 1 && pages.contains(trace.devicePage());
    return hasState ? pages.lowest(pages.size() - 1) : pages;
  }

  /** A step of the core for each page, and one request for all that it wants to be kept. */
  private void copyAhead(PageSet batch) {
    for (int page : batch.toArray()) {
      // With a mistake it may be that no copy is wanted.
      take(new Action.CopyAhead(page, written.contains(page)), Answered.NOTHING);
    }
    if (!wanted.isEmpty()) {
      keep(wanted);
      wanted = PageSet.empty();
    }
  }

  private void keep(PageSet pages) {
    copying += pages.size();
    int first = pages.lowest(1).toArray()[0];
    boolean told = trace.follows(first);
    if (told) {
      attempt.tellGuestSteps();
    }
    int version = trace.version(first);
    byte[] state = first == trace.devicePage() ? engine.guest.captureState() : new byte[0];
    int request =
        store.ask(
            new Request.KeepPage(first),
            trace.given(engine.guest.memory(), pages, state),
            answer -> kept(pages, answer));
    if (told) {
      tell("CopyAhead", Trace.args("request", request, "page", first, "version", version));
    }
  }

  private void kept(PageSet pages, StoreAccess.Answer answer) {
    copying -= pages.size();
    if (answer instanceof StoreAccess.Answer.Refused refused) {
      refused(refused);
    } else if (answer instanceof StoreAccess.Answer.Lost) {
      uncopied = uncopied.union(pages);
      written = written.union(pages);
      lostCopies = true;
    } else {
      lostCopies = false;
    }
    copy();
  }

  // What the guest leaves behind is whole at the store, and that it leaves is known there. If it
  // does not leave after all, the store learns of the next time.
  private void confirm() {
    confirming = true;
    if (has(Mutant.NOT_COPIED) || has(Mutant.COPIED_AFTER)) {
      start();
      return;
    }
    confirmation =
        store.ask(
            new Request.ConfirmCopies(allPages),
            StoreAccess.Given.NOTHING,
            answer -> confirmed(answer, true));
  }

  private void start() {
    store.ask(
        new Request.StartCheckpoints(trace.position()),
        trace.given(engine.guest.memory(), PageSet.empty(), engine.guest.captureState()),
        answer -> confirmed(answer, false));
  }

  private void confirmed(StoreAccess.Answer answer, boolean copiesOnly) {
    if (!copies()) {
      return;
    }
    if (answer instanceof StoreAccess.Answer.Refused refused) {
      refused(refused);
    } else if (answer instanceof StoreAccess.Answer.Lost) {
      confirming = false;
      lostCopies = true;
      engine.loop.after(ASK_AGAIN_NANOS, this::copy);
    } else if (copiesOnly) {
      start();
    } else {
      confirmed = true;
      attempt.copied();
    }
  }

  private void refused(StoreAccess.Answer.Refused refused) {
    if (copies()) {
      attempt.storeFailed("the store takes no copies ahead: " + refused.why());
    }
  }

  /** The guest does not go: nothing of it is anywhere else. */
  void abandon() {
    if (abandoned || push != null) {
      return;
    }
    abandoned = true;
    take(new Action.ResumeSource(), Answered.NOTHING);
    store.release();
  }

  // ---------------------------------------------------------------- the switchover

  /** Handover is on its way. */
  void takeOver(Link current, Ready said, PageSet missing) {
    link = current;
    ready = said;
    question = new Recover(engine.identity(), ready.token()).toBytes();
    push = new PagePush(engine, this, progress, missing);
    recovered = trace.position();
    boolean switched =
        take(
            new Action.SwitchOver(trace.position(), written),
            new Answered(Claim.NONE, null, confirmed, confirmation));
    if (!switched) {
      throw new IllegalStateException("the guest was given away without its copies");
    }
    trace.tracked(allPages.without(missing)).forEach(this::tellGiven);
    link.setSilenceMillis(engine.options.deadlineMillis());
    sayAlive();
    if (has(Mutant.COPIED_AFTER)) {
      copyAfter(missing);
    }
  }

  /** Only with a mistake: what the destination lacks is copied too late. */
  private void copyAfter(PageSet rest) {
    if (!rest.isEmpty()) {
      copyAhead(rest.lowest(1));
      engine.loop.after(COPY_AFTER_NANOS, () -> copyAfter(rest.withoutLowest(1)));
    }
  }

  /** The destination takes silence for death, and pages may go slowly. */
  private void sayAlive() {
    alive.cancel();
    if (phase() instanceof SourcePhase.Serving) {
      if (link != null && resumed) {
        link.send(FrameType.ALIVE, 0, number, new byte[0]);
      }
      alive = engine.loop.after(deadlineNanos() / 4, this::sayAlive);
    }
  }

  // ---------------------------------------------------------------- the connection

  @Override
  public void drained(Link drained) {
    if (push != null) {
      push.pumpSoon();
    }
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
      case ALIVE -> {
        if (frame.payload().hasRemaining()) {
          throw frame.outOfPlace();
        }
      }
      case DEMAND -> push.demand(Demand.of(frame.payload(), guestPages()).page());
      case PAGE_LIST -> receivePageList(from, frame);
      case ASK_OWNERSHIP -> receiveQuestion(frame);
      case COMPLETE -> receiveComplete(frame);
      case FAILURE -> {
        from.close();
        refusals++;
        told |= phase() instanceof SourcePhase.Recovered && refusals == REFUSALS_MAX;
        lost(from, "the destination gave up: " + Failure.of(frame.payload()).cause(), false);
      }
      case SUPERSEDED -> {
        if (!(phase() instanceof SourcePhase.Recovered)) {
          throw frame.outOfPlace();
        }
        told = true;
        close();
      }
      default -> throw frame.outOfPlace();
    }
  }

  /** The destination runs the guest, and lacks these. */
  private void receivePageList(Link from, Frame frame) throws FrameException {
    ByteBuffer content = frame.payload().duplicate();
    engine.network.requireName(from, ready.host());
    if (!Token.read(content, "PageList").opens(ready.seal())) {
      throw frame.outOfPlace();
    }
    PageSet missing = PageSet.ofWords(PageList.of(content, guestPages(), "PageList").words());
    if (phase() instanceof SourcePhase.Recovered) {
      sayOnce(FrameType.SUPERSEDED);
    } else {
      push.restart(missing);
    }
  }

  private void receiveQuestion(Frame frame) throws FrameException {
    CheckpointWord content = CheckpointWord.of(frame.payload(), frame.type().title());
    if (phase() instanceof SourcePhase.Recovered) {
      sayOnce(FrameType.SUPERSEDED);
      return;
    }
    if (inDoubt) {
      // The store may have given this host the claim. The destination asks again.
      return;
    }
    if (phase() instanceof SourcePhase.Serving) {
      digest = engine.digest().value();
      boolean checked = engine.options.forwardMutants().isEmpty();
      if (checked && (!pending().isEmpty() || content.value() != digest)) {
        throw new FrameException(
            "the pages at the destination are not those that were sent: the digests differ");
      }
      take(new Request.PromiseNotToRecover(), Answered.NOTHING);
      sayOnce(FrameType.GRANTED);
    } else if (take(new Request.ConfirmPromise(), Answered.NOTHING)) {
      sayOnce(FrameType.GRANTED);
    }
  }

  private void sayOnce(FrameType type) {
    if (!answered) {
      answered = true;
      link.send(type, 0, number, new CheckpointWord(0, 0).toBytes());
    }
  }

  /** The destination knows that it owns the guest. */
  private void receiveComplete(Frame frame) throws FrameException {
    ByteBuffer payload = frame.payload();
    if (inDoubt) {
      // It goes on alone, which counts once the store has said so.
      close();
      dialLater();
      return;
    }
    if (!(phase() instanceof SourcePhase.Completed) || payload.remaining() != Long.BYTES) {
      throw frame.outOfPlace();
    }
    boolean checked = engine.options.forwardMutants().isEmpty();
    if (checked && payload.getLong(payload.position()) != digest) {
      throw new FrameException("Complete frame of another guest: the digests differ");
    }
    hasGone();
  }

  /** The guest is the destination's, and nothing is left to say. */
  private void hasGone() {
    told = true;
    close();
    dial.cancel();
    store.close();
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
    answered = false;
    push.interrupt();
    if (phase() instanceof SourcePhase.Serving) {
      suspect(cause);
    } else if (phase() instanceof SourcePhase.Completed && !told) {
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

  // ---------------------------------------------------------------- who goes on

  /** The destination is dead, or only silent: the store says who goes on. */
  private void suspect(String cause) {
    if (inDoubt) {
      return;
    }
    suspicion = cause;
    if (has(Mutant.NOT_CLAIMED)) {
      recover(0);
      return;
    }
    inDoubt = true;
    engine.report(
        "postcopy-paused",
        "in doubt: the destination is suspect (" + cause + "); asking the store who goes on");
    askClaim();
  }

  private void askClaim() {
    int[] request = {0};
    request[0] =
        store.ask(
            new Request.TakeClaim(Claim.SOURCE),
            StoreAccess.Given.NOTHING,
            answer -> claimAnswered(request[0], answer));
    tell("AskClaim", Trace.args("request", request[0]));
  }

  private void claimAnswered(int request, StoreAccess.Answer answer) {
    if (answer instanceof StoreAccess.Answer.Agreed) {
      inDoubt = false;
      recover(request);
    } else if (answer instanceof StoreAccess.Answer.Refused refused
        && refused.claim() == Claim.DESTINATION) {
      inDoubt = false;
      take(new Action.LearnClaimed(), new Answered(Claim.DESTINATION, null, false, request));
      hasGone();
    } else {
      askAgain(answer, this::askClaim);
    }
  }

  private void askAgain(StoreAccess.Answer answer, Runnable question) {
    if (answer instanceof StoreAccess.Answer.Refused refused) {
      engine.explain("in doubt: the store does not say who goes on: " + refused.why());
    } else if (answer instanceof StoreAccess.Answer.Lost lost) {
      engine.explain("in doubt: the store cannot be asked who goes on: " + lost.why());
    }
    engine.loop.after(ASK_AGAIN_NANOS, question);
  }

  /** This host has the claim. */
  private void recover(int request) {
    take(new Action.StartRecovery(), new Answered(Claim.SOURCE, null, false, request));
    engine.explain("the guest goes on here once the store has given its last checkpoint");
    fetchImage();
  }

  // The guest stands, and the image does not change any more: half of one is no harm.
  private void fetchImage() {
    store.askImage(
        (page, version, content) -> {
          trace.setVersion(page, version);
          if (content == null) {
            engine.guest.memory().fillZero(page);
          } else {
            engine.guest.memory().writePage(page, content);
          }
        },
        answer -> {
          if (answer instanceof StoreAccess.Answer.Image image) {
            goOn(image);
          } else {
            askAgain(answer, this::fetchImage);
          }
        });
  }

  private void goOn(StoreAccess.Answer.Image image) {
    DeviceState state;
    try {
      state = engine.guest.check(image.state());
    } catch (IllegalArgumentException malformed) {
      engine.explain("the store gives no image of this guest: " + malformed.getMessage());
      engine.loop.after(ASK_AGAIN_NANOS, this::fetchImage);
      return;
    }
    recovered = image.position();
    trace.setPosition(recovered);
    trace.setVersion(trace.devicePage(), image.version());
    take(new Action.RecoverSource(), new Answered(Claim.SOURCE, state, false, 0));
    // The store remembers the claim, and the destination learns of it there. With the mistake it
    // goes on taking checkpoints, which it could not without pages.
    if (!has(Mutant.NOT_SEALED)) {
      store.release();
    }
    attempt.hasReturned(
        "the guest goes on here, from checkpoint "
            + recovered
            + ": the destination is suspect ("
            + suspicion
            + ")");
    if (link == null) {
      dialLater();
    } else {
      sayOnce(FrameType.SUPERSEDED);
    }
  }

  // ---------------------------------------------------------------- the other host, asked again

  /** Before the destination said that it has the guest there is nothing to ask it in doubt. */
  private void dialLater() {
    dial.cancel();
    long wait = dialNanos * 3 / 4 + (long) (engine.random.nextDouble() * dialNanos / 2);
    dialNanos = Math.min(dialNanos * 3 / 2, DIAL_NANOS_MAX);
    dial = engine.loop.after(wait, this::dial);
  }

  private void dial() {
    if (told || link != null) {
      return;
    }
    if (phase() instanceof SourcePhase.Completed) {
      learnIfClaimed();
    }
    boolean mayAsk = resumed || !(phase() instanceof SourcePhase.Serving);
    if (!mayAsk || phase() instanceof SourcePhase.Recovering) {
      dialLater();
      return;
    }
    try {
      link = engine.network.connect(engine.loop, destination, this);
    } catch (IOException refused) {
      dialLater();
    }
  }

  /** The promise may not have arrived, and the destination may have gone on without it. */
  private void learnIfClaimed() {
    store.ask(
        new Request.ConfirmClaim(Claim.DESTINATION),
        StoreAccess.Given.NOTHING,
        answer -> {
          if (!told && answer instanceof StoreAccess.Answer.Agreed) {
            hasGone();
          }
        });
  }

  @Override
  public void opened(Link opened) {
    if (opened != link || told) {
      opened.close();
      return;
    }
    resumed = true;
    answered = false;
    link.setSilenceMillis(engine.options.deadlineMillis());
    link.send(
        FrameType.RECOVER, Frame.FLAG_CHECKPOINTS | Frame.FLAG_COPIES_AHEAD, number, question);
  }

  // ---------------------------------------------------------------- steps

  @Override
  public Link pushesTo() {
    boolean serves =
        phase() instanceof SourcePhase.Serving || phase() instanceof SourcePhase.Completed;
    return serves && resumed ? link : null;
  }

  /** A tracked page has a frame of its own, which tells its version. */
  @Override
  public PageSet together(PageSet pages) {
    int count = 0;
    for (int page : pages.toArray()) {
      if (trace.follows(page)) {
        return pages.lowest(Math.max(count, 1));
      }
      count++;
    }
    return pages;
  }

  @Override
  public boolean takeSend(PageSet pages) {
    int first = pages.lowest(1).toArray()[0];
    if (!driver.enables(new Request.GivePage(first))) {
      return false;
    }
    pages.stream().forEach(page -> take(new Request.GivePage(page), Answered.NOTHING));
    boolean versioned = trace.follows(first);
    push.sendFrame(link, versioned ? Frame.FLAG_VERSION : 0, number, trace.version(first), pages);
    return true;
  }

  private boolean take(landfall.protocol.Action action, Answered given) {
    return driver.take(action, given);
  }

  @Override
  public void took(
      landfall.protocol.Action action, Step<SourcePhase, Effect> step, Answered given) {
    if (!trace.isOn()) {
      return;
    }
    // PauseSource and ResumeSource are told as steps of post-copy, CopyAhead once it has a number.
    if (action instanceof Action.SwitchOver switchOver) {
      tell("SwitchOver", Trace.args("position", switchOver.position(), "request", given.request()));
    } else if (action instanceof Request.GivePage give) {
      if (trace.follows(give.page())) {
        tellGiven(give.page());
      }
    } else if (action instanceof Action.StartRecovery || action instanceof Action.LearnClaimed) {
      tell(action.name(), Trace.args("request", given.request()));
    } else if (action instanceof Action.RecoverSource) {
      tell(action.name(), Trace.args("position", recovered, "missing", List.of()));
    } else if (action instanceof Request) {
      tell(action.name(), Map.of());
    }
  }

  private void tellGiven(int page) {
    tell("GivePage", Trace.args("page", page, "version", trace.version(page)));
  }

  private void tell(String name, Map<String, Object> args) {
    if (trace.isOn()) {
      trace.tell(
          name,
          args,
          Trace.args(
              "phase", phase().name(), "position", trace.position(), "stored", phase().stored()));
    }
  }

  // ---------------------------------------------------------------- effects

  // What an exchange needs of the others was asked before the step, since nothing on the loop
  // waits: here it is only seen that they have agreed.
  @Override
  public void perform(Effect effect, Answered given) {
    if (effect instanceof Effect.ClearWritten clear) {
      written = written.without(clear.page());
    } else if (effect instanceof Effect.AskStore ask) {
      askedStore(ask.request(), given);
    } else if (effect instanceof Effect.AskDestination) {
      if (ready == null) {
        throw new IllegalStateException("the destination has not said that it is ready");
      }
    } else if (effect instanceof Effect.SendPage) {
      // It goes with others in one frame, see takeSend.
      return;
    } else if (effect instanceof Effect.PauseGuest) {
      engine.guest.hold();
    } else if (effect instanceof Effect.ResumeGuest) {
      engine.guest.release();
    } else if (effect instanceof Effect.StopLog) {
      engine.guest.stopDirtyLog();
    } else if (effect instanceof Effect.ResumeFromAnswer) {
      engine.guest.restoreState(given.state());
      engine.guest.release();
    } else {
      throw new IllegalStateException("the source of a real host cannot perform " + effect);
    }
  }

  private void askedStore(Request.ToStore request, Answered given) {
    if (request instanceof Request.KeepPage page) {
      wanted = wanted.with(page.page());
      return;
    }
    boolean agreed =
        request instanceof Request.TakeClaim take && take.by() == given.claim()
            || request instanceof Request.ConfirmClaim confirm && confirm.by() == given.claim()
            || request instanceof Request.GiveImage && given.state() != null
            || given.copied()
                && (request instanceof Request.ConfirmCopies
                    || request instanceof Request.StartCheckpoints);
    if (!agreed) {
      throw new IllegalStateException("the store has not agreed to " + request);
    }
  }
}
