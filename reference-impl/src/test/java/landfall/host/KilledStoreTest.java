package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Request;
import landfall.host.StoreAccess.Answer;
import landfall.host.StoreAccess.Given;
import landfall.testing.AtLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that is a process, and is killed as such. */
@Timeout(180)
class KilledStoreTest {
  private static final Request.ToStore TAKE_AS_SOURCE = new Request.TakeClaim(Claim.SOURCE);
  private static final Request.ToStore TAKE_AS_DESTINATION =
      new Request.TakeClaim(Claim.DESTINATION);

  @TempDir private Path folder;
  private HostAddress at;
  private StoreProcess store;
  private int lives;

  @BeforeEach
  void start() throws Exception {
    at = HostAddress.parse("unix:" + folder.resolve("store"));
    restart();
  }

  @AfterEach
  void end() throws Exception {
    store.kill();
  }

  private void restart() throws Exception {
    store = StoreProcess.start(at, folder.resolve("kept"), trace(++lives));
  }

  private Path trace(int life) {
    return folder.resolve("store-" + life + ".ndjson");
  }

  /**
   * Two hosts ask for the claim as often as it takes, while the store is killed somewhere in the
   * middle and started again. Whoever was told that he has it, no other is ever told so.
   */
  @Test
  @AtLength
  void howeverItIsKilledTheClaimIsNotGivenTwice() throws Exception {
    int givenBefore = 0;
    int givenNever = 0;
    for (int attempt = 1; attempt <= 8; attempt++) {
      try (StoreUser source = StoreUser.of(at, Place.SOURCE, Place.SOURCE, attempt);
          StoreUser destination = StoreUser.of(at, Place.DESTINATION, Place.SOURCE, attempt)) {
        CompletableFuture<Answer> one = source.begin(TAKE_AS_SOURCE, Given.NOTHING);
        CompletableFuture<Answer> other = destination.begin(TAKE_AS_DESTINATION, Given.NOTHING);
        // After an answer, when the claim is in its file and may not be told yet, or at once.
        if (attempt % 2 == 0) {
          CompletableFuture.anyOf(one, other).get(20, TimeUnit.SECONDS);
        } else if (attempt % 4 == 1) {
          Path claim = folder.resolve("kept/" + StoreUser.GUEST + "/" + attempt + ".claim");
          Conditions.await("the claim's file", () -> Files.exists(claim));
        }
        store.kill();
        boolean sourceHas = one.get(20, TimeUnit.SECONDS) instanceof Answer.Agreed;
        boolean destinationHas = other.get(20, TimeUnit.SECONDS) instanceof Answer.Agreed;
        assertFalse(sourceHas && destinationHas, "both before the kill, attempt " + attempt);
        restart();
        source.awaitConnected();
        destination.awaitConnected();
        boolean sourceAgain = hasClaim(source, TAKE_AS_SOURCE);
        boolean destinationAgain = hasClaim(destination, TAKE_AS_DESTINATION);
        assertFalse(sourceAgain && destinationAgain, "both after it, attempt " + attempt);
        assertTrue(!sourceHas || sourceAgain, "the source's claim is forgotten");
        assertTrue(!destinationHas || destinationAgain, "the destination's claim is forgotten");
        givenBefore += sourceHas || destinationHas ? 1 : 0;
        givenNever += sourceAgain || destinationAgain ? 0 : 1;
      }
    }
    assertTrue(givenBefore >= 4, "given before the kill: " + givenBefore);
    System.err.printf("claims of 8: %d told before the kill, %d never%n", givenBefore, givenNever);
  }

  private static boolean hasClaim(StoreUser user, Request.ToStore take) throws Exception {
    Answer answer = user.ask(take);
    assertFalse(answer instanceof Answer.Lost, answer::toString);
    return answer instanceof Answer.Agreed;
  }

  @Test
  void aKillLosesThePagesAndSaysSo() throws Exception {
    try (StoreUser source = StoreUser.of(at, Place.SOURCE, Place.STORE, 1)) {
      source.copyAll(1);
      source.agreed(new Request.ConfirmCopies(StoreUser.all()));
      store.kill();
      restart();
      source.awaitConnected();
      String why = source.refused(new Request.ConfirmCopies(StoreUser.all())).why();
      assertTrue(why.startsWith("the store was started again since attempt 1 began"), why);
      source.refused(new Request.StartCheckpoints(1));
      source.refused(TAKE_AS_SOURCE);
    }
  }

  @Test
  void onAFullDiskNobodyIsToldThatHeHasTheClaim() throws Exception {
    try (StoreUser source = StoreUser.of(at, Place.SOURCE, Place.STORE, 1);
        StoreUser destination = StoreUser.of(at, Place.DESTINATION, Place.STORE, 1)) {
      store.fillDisk(true);
      assertEquals(
          new Answer.Lost("the store says: the claim cannot be kept: File too large"),
          source.ask(TAKE_AS_SOURCE));
      destination.refused(TAKE_AS_DESTINATION);
      destination.refused(new Request.ConfirmClaim(Claim.SOURCE));
      store.fillDisk(false);
      source.awaitConnected();
      source.agreed(TAKE_AS_SOURCE);
      store.kill();
      restart();
      destination.awaitConnected();
      destination.agreed(new Request.ConfirmClaim(Claim.SOURCE));
    }
  }

  @Test
  void itsTraceTellsItsStepsAndWhatItRefused() throws Exception {
    try (StoreUser source = StoreUser.of(at, Place.SOURCE, Place.STORE, 4);
        StoreUser destination = StoreUser.of(at, Place.DESTINATION, Place.STORE, 4)) {
      source.copyAll(5);
      source.agreed(new Request.KeepPage(3), StoreUser.given(6, 3));
      source.agreed(new Request.ConfirmCopies(StoreUser.all()));
      source.agreed(new Request.StartCheckpoints(6), StoreUser.given("s", 6));
      assertInstanceOf(Answer.Page.class, destination.ask(new Request.GivePage(3)));
      destination.agreed(
          new Request.CommitPages(9, StoreUser.all()), StoreUser.given("s", 8, 2, 3));
      source.refused(new Request.ConfirmClaim(Claim.DESTINATION));
      source.agreed(TAKE_AS_SOURCE);
      destination.refused(TAKE_AS_DESTINATION);
      destination.agreed(new Request.ConfirmClaim(Claim.SOURCE));
      source.image();
    }
    store.kill();
    assertEquals(
        """
        TakeUpAttempt {"attempt":4} none 0 0
        KeepPage {"request":2,"page":1,"version":5,"kept":true} none 1 0
        KeepPage {"request":4,"page":3,"version":5,"kept":true} none 2 0
        KeepPage {"request":17,"page":3,"version":6,"kept":true} none 2 0
        ConfirmCopies {"request":18,"pages":[1,3]} none 2 0
        StartCheckpoints {"request":19,"position":6} none 2 6
        GivePage {"request":1,"page":3,"version":6} none 2 6
        CommitPages {"request":2,"position":9,"pages":[3,16]} none 2 9
        Refuse {"by":"source","request":20,"claim":"none"} none 2 9
        TakeClaim {"by":"source","request":21} source 2 9
        Refuse {"by":"destination","request":3,"claim":"source"} source 2 9
        ConfirmClaim {"by":"destination","request":4,"claim":"source"} source 2 9
        GiveImage {"request":22,"position":9} source 2 9
        """
            .strip(),
        told(trace(1)));
  }

  private static String told(Path trace) throws Exception {
    var json = new ObjectMapper();
    List<String> told = new ArrayList<>();
    long seq = 0;
    for (String line : Files.readAllLines(trace)) {
      JsonNode event = json.readTree(line);
      assertEquals("store", event.path("host").textValue());
      assertEquals(++seq, event.path("seq").longValue());
      JsonNode after = event.path("after");
      told.add(
          List.of(
                  event.path("action").textValue(),
                  event.path("args").toString(),
                  after.path("phase").textValue(),
                  after.path("copies").toString(),
                  after.path("stored").toString())
              .stream()
              .collect(Collectors.joining(" ")));
    }
    return String.join("\n", told);
  }
}
