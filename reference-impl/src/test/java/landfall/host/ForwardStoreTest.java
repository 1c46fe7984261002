package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.Mutant;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Request;
import landfall.host.StoreAccess.Answer;
import landfall.precopy.PageSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store and its users, on real sockets. */
@Timeout(120)
class ForwardStoreTest {
  private static final Request.ToStore TAKE_AS_SOURCE = new Request.TakeClaim(Claim.SOURCE);
  private static final Request.ToStore TAKE_AS_DESTINATION =
      new Request.TakeClaim(Claim.DESTINATION);

  @TempDir private Path folder;
  private final List<Closeable> open = new ArrayList<>();
  private HostAddress at;
  private Path trace;
  private ForwardStore store;

  @BeforeEach
  void startStore() throws Exception {
    at = HostAddress.parse("unix:" + folder.resolve("store"));
    trace = folder.resolve("trace.ndjson");
    start(Set.of(), 64);
  }

  @AfterEach
  void end() throws Exception {
    for (Closeable each : open) {
      each.close();
    }
    store.kill();
  }

  private void start(Set<Mutant> mutants, int memoryMib) throws Exception {
    store =
        ForwardStore.start(
            new StoreOptions(
                at,
                folder.resolve("kept"),
                memoryMib,
                5000,
                Optional.of(trace),
                List.of(),
                mutants));
  }

  private StoreUser user(Place role, Place keeper, int attempt) throws Exception {
    StoreUser user = StoreUser.of(at, role, keeper, attempt);
    open.add(user);
    return user;
  }

  /** Of the first attempt, with the source as keeper. */
  private StoreUser user(HostAddress store, Place role) throws Exception {
    StoreUser user = StoreUser.of(store, role, Place.SOURCE, 1);
    open.add(user);
    return user;
  }

  private StoreUser source(Place keeper) throws Exception {
    return user(Place.SOURCE, keeper, 1);
  }

  private StoreUser destination(Place keeper) throws Exception {
    return user(Place.DESTINATION, keeper, 1);
  }

  private static Map<Integer, Long> allWith(long content) {
    return IntStream.range(0, StoreUser.PAGES)
        .boxed()
        .collect(Collectors.toMap(page -> page, page -> content));
  }

  // ---------------------------------------------------------------- copies

  @Test
  void aPageIsGivenAsItWasCopiedLast() throws Exception {
    StoreUser source = source(Place.SOURCE);
    StoreUser destination = destination(Place.SOURCE);
    String none = destination.refused(new Request.GivePage(3)).why();
    assertEquals("the store has no copy of page 3", none);
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    for (int copy = 1; copy <= 300; copy++) {
      answers.add(source.begin(new Request.KeepPage(3), StoreUser.given(copy, 3)));
    }
    for (CompletableFuture<Answer> each : answers) {
      assertInstanceOf(Answer.Agreed.class, each.get(20, TimeUnit.SECONDS));
    }
    assertEquals(300, destination.page(3));
    source.agreed(new Request.KeepPage(3), StoreUser.given(0, 3));
    assertEquals(0, destination.page(3));
  }

  @Test
  void pagesThatComeTogetherAreKeptEach() throws Exception {
    StoreUser source = source(Place.SOURCE);
    StoreUser destination = destination(Place.SOURCE);
    source.agreed(new Request.KeepPage(3), StoreUser.given(7, 3));
    source.agreed(new Request.KeepPage(2), StoreUser.given(8, 2, 3, 15));
    for (int page : new int[] {2, 3, 15}) {
      assertEquals(8, destination.page(page));
    }
    String lacks = source.refused(new Request.ConfirmCopies(StoreUser.all())).why();
    assertEquals("the store has no copy of 13 of these pages", lacks);
  }

  /** Fifteen of sixteen pages have to wait for those before them. */
  @Test
  void aCheckpointIsHeldToTheBandwidth() throws Exception {
    StoreUser source = source(Place.STORE);
    StoreUser destination = destination(Place.STORE);
    source.copyAll(1);
    source.agreed(new Request.StartCheckpoints(1), StoreUser.given("s", 1));
    destination.bandwidthMax = 200_000;
    int[] all = StoreUser.all().toArray();
    long started = System.nanoTime();
    destination.agreed(new Request.CommitPages(2, StoreUser.all()), StoreUser.given("s", 2, all));
    assertTrue(System.nanoTime() - started > 15 * 4096 * 1_000_000_000L / 200_000, "it was not");
  }

  /** Who goes on is asked behind a checkpoint, which would take a minute at this pace. */
  @Test
  void aQuestionForTheClaimDoesNotWaitForTheBandwidth() throws Exception {
    StoreUser source = source(Place.STORE);
    StoreUser destination = destination(Place.STORE);
    source.copyAll(1);
    source.agreed(new Request.StartCheckpoints(1), StoreUser.given("s", 1));
    destination.bandwidthMax = 1_000;
    var commit =
        destination.begin(
            new Request.CommitPages(2, StoreUser.all()),
            StoreUser.given("s", 2, StoreUser.all().toArray()));
    destination.agreed(new Request.TakeClaim(Claim.DESTINATION));
    assertInstanceOf(Answer.Agreed.class, commit.get(20, TimeUnit.SECONDS));
  }

  @Test
  void copiesAreConfirmedOnceAllAreThere() throws Exception {
    StoreUser source = source(Place.SOURCE);
    source.agreed(new Request.KeepPage(0), StoreUser.given(1, 0));
    String lacks = source.refused(new Request.ConfirmCopies(StoreUser.all())).why();
    assertEquals("the store has no copy of 15 of these pages", lacks);
    source.copyAll(2);
    source.agreed(new Request.ConfirmCopies(StoreUser.all()));
  }

  /** To a protocol that counts the state as a page, it is one. */
  @Test
  void theStateMayBeCopiedAsThePageBehindTheLast() throws Exception {
    StoreUser source = source(Place.SOURCE);
    StoreUser destination = destination(Place.SOURCE);
    PageSet everything = PageSet.all(StoreUser.PAGES + 1);
    source.copyAll(1);
    source.refused(new Request.ConfirmCopies(everything));
    source.agreed(new Request.KeepPage(StoreUser.PAGES), StoreUser.given("registers", 7));
    source.agreed(new Request.ConfirmCopies(everything));
    var state =
        assertInstanceOf(Answer.Page.class, destination.ask(new Request.GivePage(StoreUser.PAGES)));
    assertEquals("registers", new String(state.content().array()));
    assertEquals(7, state.version());
  }

  @Test
  void moreThanTheNetworkTakesAtOnceArrivesWhole() throws Exception {
    int pages = 4096;
    var session = new StoreSession(StoreUser.GUEST, 1, pages, Place.STORE, Place.DESTINATION, "B");
    var destination = new StoreUser(at, session, StoreUser.DEADLINE_MILLIS);
    open.add(destination);
    destination.awaitConnected();
    int[] all = IntStream.range(0, pages).toArray();
    var commit = new Request.CommitPages(1, PageSet.all(pages));
    destination.agreed(commit, StoreUser.given("s", 9, all));
    var wholeSession = new StoreSession(StoreUser.GUEST, 1, pages, Place.STORE, Place.SOURCE, "A");
    var source = new StoreUser(at, wholeSession, StoreUser.DEADLINE_MILLIS);
    open.add(source);
    source.awaitConnected();
    StoreUser.Image image = source.image();
    assertEquals(pages, image.pages().size());
    assertEquals(Set.of(9L), Set.copyOf(image.pages().values()));
  }

  // ---------------------------------------------------------------- checkpoints

  @Test
  void theImageIsTheLastCheckpoint() throws Exception {
    StoreUser source = source(Place.STORE);
    StoreUser destination = destination(Place.STORE);
    source.copyAll(1);
    source.agreed(new Request.StartCheckpoints(5), StoreUser.given("at 5", 0));
    assertEquals(new StoreUser.Image(5, "at 5", allWith(1)), source.image());
    destination.agreed(
        new Request.CommitPages(6, StoreUser.all()), StoreUser.given("at 6", 2, 0, 15));
    Map<Integer, Long> now = allWith(1);
    now.putAll(Map.of(0, 2L, 15, 2L));
    assertEquals(new StoreUser.Image(6, "at 6", now), source.image());
    String old =
        destination
            .refused(new Request.CommitPages(6, StoreUser.all()), StoreUser.given("", 3, 0))
            .why();
    assertEquals("the checkpoint of position 6 is here, one of position 6 is not taken", old);
    assertEquals(new StoreUser.Image(6, "at 6", now), source.image());
  }

  @Test
  void aCheckpointThatLacksPagesIsNotTaken() throws Exception {
    StoreUser source = source(Place.STORE);
    StoreUser destination = destination(Place.STORE);
    source.agreed(new Request.KeepPage(0), StoreUser.given(1, 0));
    Answer.Refused refused =
        destination.refused(
            new Request.CommitPages(1, StoreUser.all()), StoreUser.given("s", 2, 0, 1));
    assertEquals("the store lacks 14 of these pages", refused.why());
    assertEquals(new StoreUser.Image(0, "", Map.of(0, 1L)), source.image());
  }

  @Test
  void theClaimSealsTheStore() throws Exception {
    StoreUser source = source(Place.STORE);
    StoreUser destination = destination(Place.STORE);
    source.copyAll(1);
    source.agreed(new Request.StartCheckpoints(1));
    source.agreed(TAKE_AS_SOURCE);
    Answer.Refused refused =
        destination.refused(new Request.CommitPages(2, StoreUser.all()), StoreUser.given("", 2, 0));
    assertEquals(
        new Answer.Refused(
            Claim.SOURCE, "the source has the claim: no checkpoint is taken any more"),
        refused);
    assertEquals(1, source.image().position());
  }

  @Test
  void aStoreThatIsNotSealedTakesCheckpointsOn() throws Exception {
    store.kill();
    start(Set.of(Mutant.NOT_SEALED), 64);
    StoreUser source = source(Place.STORE);
    StoreUser destination = destination(Place.STORE);
    source.copyAll(1);
    source.agreed(new Request.StartCheckpoints(1));
    source.agreed(TAKE_AS_SOURCE);
    destination.agreed(new Request.CommitPages(2, StoreUser.all()), StoreUser.given("", 2, 0));
    assertEquals(2, source.image().position());
  }

  // ---------------------------------------------------------------- the claim

  @Test
  void theClaimIsGivenToOneAndAgainToTheSame() throws Exception {
    StoreUser source = source(Place.SOURCE);
    StoreUser destination = destination(Place.SOURCE);
    assertEquals(
        new Answer.Refused(Claim.NONE, "nobody has the claim"),
        source.refused(new Request.ConfirmClaim(Claim.DESTINATION)));
    destination.agreed(TAKE_AS_DESTINATION);
    assertEquals(
        new Answer.Refused(Claim.DESTINATION, "the destination has the claim"),
        source.refused(TAKE_AS_SOURCE));
    destination.agreed(TAKE_AS_DESTINATION);
    source.agreed(new Request.ConfirmClaim(Claim.DESTINATION));
    destination.refused(new Request.ConfirmClaim(Claim.SOURCE));
  }

  @Test
  void ofTwoWhoAskAtOnceOneHasTheClaim() throws Exception {
    int ofSource = 0;
    for (int attempt = 1; attempt <= 60; attempt++) {
      try (StoreUser source = StoreUser.of(at, Place.SOURCE, Place.SOURCE, attempt);
          StoreUser destination = StoreUser.of(at, Place.DESTINATION, Place.SOURCE, attempt)) {
        boolean sourceFirst = attempt % 2 == 0;
        var first = sourceFirst ? source : destination;
        var second = sourceFirst ? destination : source;
        CompletableFuture<Answer> one =
            first.begin(sourceFirst ? TAKE_AS_SOURCE : TAKE_AS_DESTINATION, nothing());
        CompletableFuture<Answer> other =
            second.begin(sourceFirst ? TAKE_AS_DESTINATION : TAKE_AS_SOURCE, nothing());
        boolean got = one.get(20, TimeUnit.SECONDS) instanceof Answer.Agreed;
        assertEquals(!got, other.get(20, TimeUnit.SECONDS) instanceof Answer.Agreed);
        Claim has = got == sourceFirst ? Claim.SOURCE : Claim.DESTINATION;
        ofSource += has == Claim.SOURCE ? 1 : 0;
        source.ask(TAKE_AS_SOURCE);
        destination.ask(TAKE_AS_DESTINATION);
        source.agreed(new Request.ConfirmClaim(has));
        destination.agreed(new Request.ConfirmClaim(has));
      }
    }
    assertTrue(ofSource > 0 && ofSource < 60, "the source had it " + ofSource + " of 60 times");
  }

  private static StoreAccess.Given nothing() {
    return StoreAccess.Given.NOTHING;
  }

  // ---------------------------------------------------------------- lost answers

  @Test
  void whatIsAskedWithoutAConnectionIsLostAtOnce() throws Exception {
    StoreUser source = source(Place.SOURCE);
    store.kill();
    Conditions.await("the end", () -> !source.call(source.client::isConnected));
    assertInstanceOf(Answer.Lost.class, source.ask(TAKE_AS_SOURCE));
    start(Set.of(), 64);
    source.awaitConnected();
    // It was not kept for later: nobody has the claim.
    assertEquals(Claim.NONE, source.refused(new Request.ConfirmClaim(Claim.DESTINATION)).claim());
  }

  /** The request was done, and the answer never came; what was asked behind it was not done. */
  @Test
  void aClaimWhoseAnswerWasLostIsGivenWhenItIsAskedForAgain() throws Exception {
    try (var relay = new StoreRelay(at, folder.resolve("relay"))) {
      StoreUser source = user(relay.address(), Place.SOURCE);
      StoreUser destination = destination(Place.SOURCE);
      relay.holdAnswers();
      CompletableFuture<Answer> lost = source.begin(TAKE_AS_SOURCE, nothing());
      Conditions.await(
          "the claim to be taken",
          () -> destination.ask(new Request.ConfirmClaim(Claim.SOURCE)) instanceof Answer.Agreed);
      relay.cut();
      assertInstanceOf(Answer.Lost.class, lost.get(20, TimeUnit.SECONDS));
      relay.mend();
      source.awaitConnected();
      source.agreed(TAKE_AS_SOURCE);
      destination.refused(TAKE_AS_DESTINATION);
    }
  }

  @Test
  void whatStillWaitsOnAnOldConnectionIsNotDoneOnceThereIsANewOne() throws Exception {
    try (var relay = new StoreRelay(at, folder.resolve("relay"))) {
      StoreUser source = user(relay.address(), Place.SOURCE);
      StoreUser destination = destination(Place.SOURCE);
      source.agreed(new Request.KeepPage(1), StoreUser.given(1, 1));
      relay.holdRequests();
      CompletableFuture<Answer> late = source.begin(new Request.KeepPage(1), StoreUser.given(2, 1));
      Conditions.await("the request to be on its way", () -> relay.heldBytes() > 4096);
      relay.cutHost();
      assertInstanceOf(Answer.Lost.class, late.get(20, TimeUnit.SECONDS));
      relay.mend();
      source.awaitConnected();
      source.agreed(new Request.KeepPage(1), StoreUser.given(3, 1));
      relay.deliverLate();
      source.agreed(new Request.KeepPage(2), StoreUser.given(4, 2));
      assertEquals(3, destination.page(1));
    }
  }

  @Test
  void aStoreThatDoesNotAnswerIsGivenUp() throws Exception {
    try (var relay = new StoreRelay(at, folder.resolve("relay"))) {
      StoreUser source =
          new StoreUser(relay.address(), StoreUser.session(Place.SOURCE, Place.SOURCE, 1), 400);
      open.add(source);
      source.awaitConnected();
      relay.holdAnswers();
      var lost = assertInstanceOf(Answer.Lost.class, source.ask(TAKE_AS_SOURCE));
      assertEquals("no progress of the store for 400 ms", lost.why());
      relay.mend();
      source.awaitConnected();
      source.agreed(TAKE_AS_SOURCE);
    }
  }

  // ---------------------------------------------------------------- who comes and goes

  @Test
  void anOlderAttemptTouchesNothingOfANewerOne() throws Exception {
    StoreUser old = user(Place.SOURCE, Place.SOURCE, 1);
    StoreUser oldDestination = user(Place.DESTINATION, Place.SOURCE, 1);
    old.agreed(new Request.KeepPage(1), StoreUser.given(1, 1));
    StoreUser now = user(Place.SOURCE, Place.SOURCE, 2);
    StoreUser destination = user(Place.DESTINATION, Place.SOURCE, 2);
    now.agreed(new Request.KeepPage(1), StoreUser.given(2, 1));
    String why = old.refused(new Request.KeepPage(1), StoreUser.given(3, 1)).why();
    assertTrue(why.startsWith("attempt 2 to move this guest has begun"), why);
    oldDestination.refused(TAKE_AS_DESTINATION);
    oldDestination.refused(new Request.GivePage(1));
    assertEquals(2, destination.page(1));
    now.agreed(TAKE_AS_SOURCE);
    // A host that comes back late is told the same.
    oldDestination.close();
    user(Place.DESTINATION, Place.SOURCE, 1).refused(TAKE_AS_DESTINATION);
  }

  @Test
  void aClaimOfAnOlderAttemptIsStillTold() throws Exception {
    StoreUser old = user(Place.SOURCE, Place.SOURCE, 1);
    old.agreed(TAKE_AS_SOURCE);
    user(Place.SOURCE, Place.SOURCE, 2);
    user(Place.DESTINATION, Place.SOURCE, 1).agreed(new Request.ConfirmClaim(Claim.SOURCE));
    old.agreed(TAKE_AS_SOURCE);
  }

  @Test
  void aGuestThatIsReleasedTakesNoRoomAndGivesNoClaim() throws Exception {
    StoreUser source = source(Place.SOURCE);
    StoreUser destination = destination(Place.SOURCE);
    source.copyAll(1);
    destination.call(
        () -> {
          destination.client.release();
          return true;
        });
    Conditions.await(
        "the pages to be gone",
        () -> source.ask(new Request.ConfirmCopies(StoreUser.all())) instanceof Answer.Refused);
    String why = source.refused(TAKE_AS_SOURCE).why();
    assertTrue(why.contains("needs the store no more"), why);
  }

  @Test
  void aGuestThatDoesNotFitIsRefusedUntilThereIsRoom() throws Exception {
    store.kill();
    start(Set.of(), 2);
    var large = new StoreSession(StoreUser.GUEST, 1, 1024, Place.SOURCE, Place.SOURCE, "A");
    var refused = new StoreUser(at, large, StoreUser.DEADLINE_MILLIS);
    open.add(refused);
    awaitLost(
        refused,
        "the store says: a guest of 1024 pages needs 5 MiB at the store, and of its 2 MiB"
            + " (--memory-mib) 2 are free");
    store.kill();
    start(Set.of(), 16);
    refused.awaitConnected();
    refused.agreed(new Request.KeepPage(1), StoreUser.given(1, 1));
  }

  private static void awaitLost(StoreUser user, String why) throws Exception {
    Conditions.await(
        why,
        () ->
            user.ask(new Request.GivePage(0)) instanceof Answer.Lost lost
                && lost.why().equals(why));
  }

  @Test
  void twoHostsOfOneAttemptMeanTheSame() throws Exception {
    source(Place.SOURCE);
    var sameName =
        new StoreSession(StoreUser.GUEST, 1, StoreUser.PAGES, Place.SOURCE, Place.DESTINATION, "A");
    var otherKeeper = StoreUser.session(Place.DESTINATION, Place.STORE, 1);
    var otherSource =
        new StoreSession(StoreUser.GUEST, 1, StoreUser.PAGES, Place.SOURCE, Place.SOURCE, "C");
    Map<StoreSession, String> expected =
        Map.of(
            sameName,
            "the store says: a host A as the destination of attempt 1, of which it is the other"
                + " host already",
            otherKeeper,
            "the store says: attempt 1 is one of 16 pages with checkpoints at the source, and not"
                + " of 16 with checkpoints at the store",
            otherSource,
            "the store says: a host C as the source of attempt 1, of which A is the source");
    for (Map.Entry<StoreSession, String> each : expected.entrySet()) {
      var user = new StoreUser(at, each.getKey(), StoreUser.DEADLINE_MILLIS);
      open.add(user);
      awaitLost(user, each.getValue());
    }
  }

  private StoreUser destinationOfAnotherGuest() throws Exception {
    var other =
        new StoreSession(
            new java.util.UUID(5, 5), 1, StoreUser.PAGES, Place.SOURCE, Place.DESTINATION, "B");
    var destination = new StoreUser(at, other, StoreUser.DEADLINE_MILLIS);
    open.add(destination);
    destination.awaitConnected();
    return destination;
  }

  @Test
  void twoGuestsHaveNothingOfEachOther() throws Exception {
    StoreUser source = source(Place.SOURCE);
    source.agreed(new Request.KeepPage(1), StoreUser.given(1, 1));
    source.agreed(TAKE_AS_SOURCE);
    StoreUser destination = destinationOfAnotherGuest();
    destination.refused(new Request.GivePage(1));
    destination.agreed(TAKE_AS_DESTINATION);
  }

  // ---------------------------------------------------------------- death and disk

  @Test
  void aStoreThatWasStartedAgainHasNothingButTheClaims() throws Exception {
    StoreUser source = source(Place.SOURCE);
    StoreUser destination = destination(Place.SOURCE);
    source.copyAll(1);
    source.agreed(new Request.ConfirmCopies(StoreUser.all()));
    source.agreed(TAKE_AS_SOURCE);
    store.kill();
    start(Set.of(), 64);
    source.awaitConnected();
    destination.awaitConnected();
    destination.agreed(new Request.ConfirmClaim(Claim.SOURCE));
    destination.refused(TAKE_AS_DESTINATION);
    destination.refused(new Request.GivePage(1));
    source.agreed(TAKE_AS_SOURCE);
    source.refused(new Request.ConfirmCopies(StoreUser.all()));
    source.refused(new Request.KeepPage(1), StoreUser.given(1, 1));
  }

  @Test
  void aStoreThatWasStartedAgainGivesNoClaimThatItDidNotGiveBefore() throws Exception {
    StoreUser source = source(Place.SOURCE);
    StoreUser destination = destination(Place.SOURCE);
    store.kill();
    start(Set.of(), 64);
    source.awaitConnected();
    destination.awaitConnected();
    for (int i = 0; i < 3; i++) {
      assertEquals(Claim.NONE, source.refused(TAKE_AS_SOURCE).claim());
      assertEquals(Claim.NONE, destination.refused(TAKE_AS_DESTINATION).claim());
    }
    // The next attempt is served as ever.
    user(Place.SOURCE, Place.SOURCE, 2).agreed(TAKE_AS_SOURCE);
  }

  @Test
  void aClaimThatIsNotOnTheDiskIsTakenButToldToNobody() throws Exception {
    StoreUser source = source(Place.SOURCE);
    StoreUser destination = destination(Place.SOURCE);
    // In the way of the claim's file.
    Path claim = folder.resolve("kept").resolve(StoreUser.GUEST.toString()).resolve("1.claim");
    Files.createDirectory(claim);
    var lost = assertInstanceOf(Answer.Lost.class, source.ask(TAKE_AS_SOURCE));
    assertTrue(lost.why().startsWith("the store says: the claim cannot be kept: "), lost.why());
    assertEquals(Claim.NONE, destination.refused(TAKE_AS_DESTINATION).claim());
    destination.refused(new Request.ConfirmClaim(Claim.SOURCE));
    // A store that was killed now would not have forgotten one.
    assertFalse(Files.readString(trace).contains("TakeClaim"));
    assertFalse(Files.readString(trace).contains("\"source\",\"copies\""));
    Files.delete(claim);
    source.awaitConnected();
    source.agreed(TAKE_AS_SOURCE);
    assertTrue(Files.readString(trace).contains("TakeClaim"));
    destination.agreed(new Request.ConfirmClaim(Claim.SOURCE));
  }

  /** The store was told that it is needed no more, and then it told of a claim. */
  @Test
  void nothingIsReadWhileAClaimIsWrittenDownOnNoNewConnectionEither() throws Exception {
    try (var relay = new StoreRelay(at, folder.resolve("relay"))) {
      StoreUser destination = user(relay.address(), Place.DESTINATION);
      StoreUser bystander = destinationOfAnotherGuest();
      Path claim = folder.resolve("kept").resolve(StoreUser.GUEST.toString()).resolve("1.claim");
      assertEquals(0, new ProcessBuilder("mkfifo", claim.toString()).start().waitFor());
      CompletableFuture<Answer> lost = destination.begin(TAKE_AS_DESTINATION, nothing());
      // Open once the store looks whose claim is there, which takes it until this is closed.
      var hangs = new FileOutputStream(claim.toFile());
      open.add(hangs);
      relay.cut();
      assertInstanceOf(Answer.Lost.class, lost.get(20, TimeUnit.SECONDS));
      relay.mend();
      destination.awaitConnected();
      destination.call(
          () -> {
            destination.client.release();
            return true;
          });
      // The store has read what came before.
      bystander.refused(new Request.GivePage(1));
      bystander.refused(new Request.GivePage(1));
      assertFalse(Files.readString(trace).contains("Release"));
      Files.delete(claim);
      Files.createFile(claim);
      hangs.close();
      Conditions.await("the end", () -> Files.readString(trace).contains("Release"));
    }
    String told = Files.readString(trace);
    assertTrue(
        told.indexOf("TakeClaim") >= 0 && told.indexOf("TakeClaim") < told.indexOf("Release"));
  }

  @Test
  void aClaimThatWasWrittenInPartIsNobodys() throws Exception {
    StoreUser source = source(Place.SOURCE);
    store.kill();
    Path claim = folder.resolve("kept").resolve(StoreUser.GUEST.toString()).resolve("1.claim");
    Files.writeString(claim, "sou");
    start(Set.of(), 64);
    source.awaitConnected();
    assertEquals(Claim.NONE, source.refused(TAKE_AS_SOURCE).claim());
  }

  @Test
  void aFolderHasOneStore() {
    var other =
        new StoreOptions(
            HostAddress.parse("unix:" + folder.resolve("other")),
            folder.resolve("kept"),
            1,
            1000,
            Optional.empty(),
            List.of(),
            Set.of());
    var refused = assertThrows(IOException.class, () -> ForwardStore.start(other));
    assertEquals(
        "cannot keep claims in " + folder.resolve("kept") + ": another store uses it",
        refused.getMessage());
    assertFalse(Files.exists(folder.resolve("other")));
  }
}
