package landfall.host;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import landfall.engine.Driver;
import landfall.engine.Interpreter;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.Effect;
import landfall.forwardcheckpoint.Mutant;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Protocol;
import landfall.forwardcheckpoint.Request;
import landfall.forwardcheckpoint.Store;
import landfall.forwardcheckpoint.StoreCore;
import landfall.precopy.PageSet;
import landfall.protocol.Core;
import landfall.protocol.Step;
import landfall.wire.CheckpointPages;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import landfall.wire.StoreAnswer;
import landfall.wire.StoreHello;
import landfall.wire.StorePages;
import landfall.wire.StoreRequest;
import landfall.wire.StoreRequest.Kind;

/**
 * One attempt to move one guest, at a store: the interpreter of the store's core. On the loop's
 * thread.
 *
 * <p>What an attempt <em>lacks</em>, its pages, it lacks for ever: because the store was started
 * again, because a later attempt has begun, or because the guest needs it no more. From then on
 * only who has the claim is answered, and nobody is given it. To the protocol the store is dead,
 * but for an answer that it gave before.
 */
final class StoredAttempt
    implements Interpreter<Store, Request.ToStore, Effect, StoredAttempt.Asked> {

  /** A guest's move. */
  record Key(UUID guest, int attempt) {}

  /** A request, and what came with it. */
  record Asked(StorePeer by, StoreRequest request, List<CheckpointPages.Page> pages) {}

  /** What an attempt needs of the store around it. */
  interface Shell {
    /** Keeps a claim on the disk, and then tells that it is kept, or why it is not. */
    void keep(Key key, Claim by, String host, Runnable kept, Consumer<String> failed);

    /** The pages of an attempt are gone. */
    void dropped(StoredAttempt attempt);
  }

  private final Key key;
  private final int pages;
  private final Place keeper;
  private final StoreTrace trace;
  private final Shell shell;
  private final Driver<Store, Request.ToStore, Effect, Asked> driver;

  /** The hosts by their side, once one has said so; and the connection that each has now. */
  private final Map<Place, String> hosts = new EnumMap<>(Place.class);

  private final Map<Place, StorePeer> peers = new EnumMap<>(Place.class);

  /** Null if it has none any more, and why. */
  private StoredPages contents;

  private String whyNone;

  /** The claim is on the disk. */
  private boolean claimKept;

  /** It is on its way there. */
  private boolean keepsClaim;

  /**
   * @param claim who has it already; then, and only then, the attempt may lack its pages
   * @param lacks why it lacks its pages, or nothing
   */
  StoredAttempt(
      Key key,
      StoreHello hello,
      Set<Mutant> mutants,
      Claim claim,
      Optional<String> lacks,
      StoreTrace trace,
      Shell shell) {
    this.key = key;
    this.trace = trace;
    this.shell = shell;
    pages = hello.pages();
    keeper = hello.keepsCheckpoints() ? Place.STORE : Place.SOURCE;
    Core<Store, Request.ToStore, Effect> core =
        new StoreCore(new Protocol(pages + 1, keeper, mutants));
    driver = new Driver<>(core, new Store(PageSet.empty(), 0, claim), this);
    claimKept = claim != Claim.NONE;
    contents = lacks.isPresent() ? null : new StoredPages(pages + 1);
    whyNone = lacks.orElse("");
  }

  Key key() {
    return key;
  }

  boolean lacksPages() {
    return contents == null;
  }

  boolean hasPeers() {
    return !peers.isEmpty();
  }

  /** Most bytes that this takes, while it has pages. */
  static long bytes(StoreHello hello) {
    long guest =
        (long) PageBatch.PAGE_BYTES * (hello.pages() + CheckpointPages.PAGES_MAX)
            + 2L * StoreRequest.STATE_BYTES_MAX;
    return hello.keepsCheckpoints() ? 2 * guest : guest;
  }

  /** Its pages are needed no more. */
  void drop(String why) {
    if (contents != null) {
      contents = null;
      whyNone = why;
      shell.dropped(this);
    }
  }

  /**
   * The core's phase as it is told: without pages once these are dropped, and without a claim that
   * is not on the disk.
   */
  private Store here(Store phase) {
    return contents == null
        ? new Store(PageSet.empty(), 0, claimToTell())
        : new Store(phase.copies(), phase.stored(), claimToTell());
  }

  // ---------------------------------------------------------------- hosts

  /**
   * A host speaks for its side from now on. Nothing more is read of what it said on another
   * connection.
   *
   * @throws FrameException if it is not who it was, or the two do not mean the same attempt
   */
  void join(StorePeer peer, StoreHello hello) throws FrameException {
    Place side = peer.side();
    if (hello.pages() != pages || hello.keepsCheckpoints() != (keeper == Place.STORE)) {
      throw new FrameException(
          "attempt %d is one of %d pages with checkpoints at the %s, and not of %d with checkpoints at the %s"
              .formatted(
                  key.attempt(),
                  pages,
                  keeper == Place.STORE ? "store" : "source",
                  hello.pages(),
                  hello.keepsCheckpoints() ? "store" : "source"));
    }
    String known = hosts.putIfAbsent(side, hello.host());
    boolean both = hosts.size() == 2 && hosts.values().stream().distinct().count() == 1;
    if (known != null && !known.equals(hello.host()) || both) {
      if (known == null) {
        hosts.remove(side);
      }
      throw new FrameException(
          "a host %s as the %s of attempt %d, of which %s"
              .formatted(
                  hello.host(),
                  StoreTrace.name(side),
                  key.attempt(),
                  known == null
                      ? "it is the other host already"
                      : known + " is the " + StoreTrace.name(side)));
    }
    StorePeer before = peers.put(side, peer);
    if (before != null) {
      before.replaced();
    }
  }

  void left(StorePeer peer) {
    peers.remove(peer.side(), peer);
  }

  // ---------------------------------------------------------------- requests

  /**
   * A host asks.
   *
   * @throws FrameException if no host that follows the protocol asks that
   */
  void ask(Asked asked) throws FrameException {
    requireItsSide(asked);
    StoreRequest request = asked.request();
    if (request.kind() == Kind.RELEASE) {
      drop("attempt " + key.attempt() + " needs the store no more, a host said");
      trace.released(key, asked, claimToTell(), pages);
      asked.by().answer(StoreAnswer.yes(request.number(), claimNumber()));
      return;
    }
    String refused = whyRefused(asked);
    if (!refused.isEmpty() || !take(asked)) {
      trace.refused(key, asked, here(driver.phase()), pages);
      asked
          .by()
          .answer(
              StoreAnswer.no(
                  request.number(),
                  StoreWords.number(claimToTell()),
                  refused.isEmpty() ? whyNot(request) : refused));
      return;
    }
    if (request.kind() == Kind.START_CHECKPOINTS) {
      putState(request);
    }
    if (request.kind() == Kind.TAKE_CLAIM && !claimKept) {
      keepClaim(asked);
    } else {
      answerYes(asked);
    }
  }

  /** Each page that is kept is a step of its own. */
  private boolean take(Asked asked) {
    if (asked.request().kind() != Kind.KEEP_PAGE || asked.pages().isEmpty()) {
      return driver.take(StoreWords.ofWire(asked.request()), asked);
    }
    boolean took = true;
    for (CheckpointPages.Page page : asked.pages()) {
      var alone = new Asked(asked.by(), asked.request(), List.of(page));
      took &= driver.take(new Request.KeepPage(page.number()), alone);
    }
    return took;
  }

  private void answerYes(Asked asked) {
    asked.by().answer(answer(asked.request()));
  }

  private StoreAnswer answer(StoreRequest request) {
    boolean image = request.kind() == Kind.GIVE_IMAGE;
    boolean state = request.kind() == Kind.GIVE_PAGE && request.argument() == pages;
    return new StoreAnswer(
        request.number(),
        true,
        claimNumber(),
        image ? driver.phase().stored() : 0,
        image || state ? contents.version(pages) : 0,
        image || state ? contents.state(pages) : new byte[0]);
  }

  /**
   * Whether what hosts ask is read at the moment. Nobody may hear of a claim that the store could
   * forget: until it is on the disk nothing else is read of either host, on no connection.
   */
  boolean isReading() {
    return !keepsClaim;
  }

  private void keepClaim(Asked asked) {
    setKeepsClaim(true);
    Claim by = driver.phase().claim();
    shell.keep(
        key,
        by,
        hosts.get(asked.by().side()),
        () -> {
          claimKept = true;
          trace.took(key, new Request.TakeClaim(by), asked, here(driver.phase()), contents, pages);
          answerYes(asked);
          setKeepsClaim(false);
        },
        why -> {
          setKeepsClaim(false);
          asked.by().refuse("the claim cannot be kept: " + why);
        });
  }

  private void setKeepsClaim(boolean keeps) {
    keepsClaim = keeps;
    peers.values().forEach(peer -> peer.setReading(isReading()));
  }

  private static final Set<Kind> OF_SOURCE =
      Set.of(Kind.KEEP_PAGE, Kind.CONFIRM_COPIES, Kind.START_CHECKPOINTS, Kind.GIVE_IMAGE);
  private static final Set<Kind> OF_DESTINATION = Set.of(Kind.GIVE_PAGE, Kind.COMMIT_PAGES);
  private static final Set<Kind> OF_A_KEEPER =
      Set.of(Kind.START_CHECKPOINTS, Kind.COMMIT_PAGES, Kind.GIVE_IMAGE);

  private void requireItsSide(Asked asked) throws FrameException {
    Kind kind = asked.request().kind();
    Place side = asked.by().side();
    Set<Kind> ofOther = side == Place.SOURCE ? OF_DESTINATION : OF_SOURCE;
    boolean forOther =
        kind == Kind.TAKE_CLAIM
            && asked.request().argument() != StoreWords.number(StoreTrace.claim(side));
    if (ofOther.contains(kind) || forOther) {
      throw new FrameException(kind.title() + " is not asked by the " + StoreTrace.name(side));
    }
    if (keeper != Place.STORE && OF_A_KEEPER.contains(kind)) {
      throw new FrameException(
          kind.title() + " where checkpoints go to the source, and not to the store");
    }
    requireContents(asked);
  }

  private void requireContents(Asked asked) throws FrameException {
    StoreRequest request = asked.request();
    Kind kind = request.kind();
    boolean fits =
        switch (kind) {
          case KEEP_PAGE ->
              request.argument() == pages
                  ? asked.pages().isEmpty() && request.state().length > 0
                  : !asked.pages().isEmpty()
                      && asked.pages().get(0).number() == request.argument()
                      && request.state().length == 0;
          case COMMIT_PAGES -> {
            PageSet set = PageSet.ofWords(request.pages().words());
            yield asked.pages().stream().allMatch(page -> set.contains(page.number()));
          }
          default -> asked.pages().isEmpty();
        };
    if (!fits) {
      throw new FrameException(kind.title() + " does not go with the contents that came before it");
    }
  }

  /** What the core does not know: why not, or nothing. */
  private String whyRefused(Asked asked) {
    StoreRequest request = asked.request();
    Store now = driver.phase();
    boolean ofClaim = request.kind() == Kind.CONFIRM_CLAIM || request.kind() == Kind.TAKE_CLAIM;
    boolean again = request.kind() == Kind.TAKE_CLAIM && isAskedAgain(request, now);
    if (ofClaim && !claimKept && now.claim() != Claim.NONE && !again) {
      return "a claim that was taken is not on the disk yet";
    }
    if (lacksPages() && !(ofClaim && isAskedAgain(request, now))) {
      return whyNone + ": it has no page of it, and gives no claim that it did not give before";
    }
    if (request.kind() == Kind.COMMIT_PAGES) {
      PageSet come = PageSet.of(asked.pages().stream().mapToInt(p -> p.number()).toArray());
      PageSet lacking =
          PageSet.ofWords(request.pages().words())
              .without(now.copies())
              .without(come)
              .without(request.state().length > 0 ? PageSet.of(pages) : PageSet.empty());
      return lacking.isEmpty() ? "" : "the store lacks " + lacking.size() + " of these pages";
    }
    return "";
  }

  private static boolean isAskedAgain(StoreRequest request, Store now) {
    return now.claim() != Claim.NONE && request.argument() == StoreWords.number(now.claim());
  }

  private String whyNot(StoreRequest request) {
    Store now = driver.phase();
    String claim = StoreWords.text(now.claim()) + " has the claim";
    return switch (request.kind()) {
      case GIVE_PAGE -> "the store has no copy of page " + request.argument();
      case CONFIRM_COPIES ->
          "the store has no copy of "
              + PageSet.ofWords(request.pages().words()).without(now.copies()).size()
              + " of these pages";
      case COMMIT_PAGES ->
          now.claim() == Claim.NONE
              ? "the checkpoint of position %d is here, one of position %d is not taken"
                  .formatted(now.stored(), request.argument())
              : claim + ": no checkpoint is taken any more";
      case START_CHECKPOINTS -> claim + ": no checkpoint is taken any more";
      default -> claim;
    };
  }

  private int claimNumber() {
    return StoreWords.number(claimToTell());
  }

  /** What is not on the disk is not told: it might be forgotten. */
  private Claim claimToTell() {
    return claimKept ? driver.phase().claim() : Claim.NONE;
  }

  // ---------------------------------------------------------------- the core

  // A claim counts, and is told, once it is on the disk: a store that dies before has not given it.
  @Override
  public void took(Request.ToStore action, Step<Store, Effect> step, Asked asked) {
    if (action instanceof Request.TakeClaim && !claimKept) {
      return;
    }
    trace.took(key, action, asked, here(step.phase()), contents, pages);
  }

  @Override
  public void perform(Effect effect, Asked asked) {
    StoreRequest request = asked.request();
    if (effect instanceof Effect.StorePage || effect instanceof Effect.CommitImage) {
      contents.put(asked.pages());
      putState(request);
    } else if (effect instanceof Effect.SendPage send) {
      if (send.page() < pages) {
        sendPages(asked, PageSet.of(send.page()));
      }
    } else if (effect instanceof Effect.SendImage image) {
      sendPages(asked, image.pages().without(PageSet.of(pages)));
    } else {
      throw new IllegalStateException("a store cannot perform " + effect);
    }
  }

  private void putState(StoreRequest request) {
    if (request.state().length > 0) {
      contents.putState(pages, request.version(), request.state());
    }
  }

  private void sendPages(Asked asked, PageSet which) {
    for (List<CheckpointPages.Page> batch : contents.batches(which)) {
      asked
          .by()
          .send(
              FrameType.STORE_PAGES,
              () -> new StorePages(asked.request().number(), batch).toBytes());
    }
  }
}
