package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import landfall.wire.FrameType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A guest that is lent by a grantor, on two hosts that lose each other. Both reach the grantor, so
 * that a host which does not let go of the lease keeps it from the one that has the guest.
 */
@Timeout(120)
class LeaseInDoubtTest extends ThreePlacesTest {
  private static final int TERM_MILLIS = 800;
  private static final int DRIFT_MILLIS = 60;
  private static final int LIMIT_MILLIS = 5_000;

  private HostAddress ofGrantor;
  private LeaseGrantor grantor;
  private Cable destinationToGrantor;

  @BeforeEach
  void startGrantor() throws Exception {
    ofGrantor = freeAddress();
    grantor = LeaseGrantor.start(ofGrantor, TERM_MILLIS, DRIFT_MILLIS);
    destinationToGrantor = cable((InetSocketAddress) ofGrantor.socket());
  }

  @AfterEach
  void endGrantor() throws Exception {
    grantor.kill();
  }

  private RunningHost.Builder host(HostAddress atGrantor, int deadlineMillis) {
    return RunningHost.in(folder).lease(atGrantor).deadlineMillis(deadlineMillis);
  }

  private void start(RunningHost.Builder ofSource, RunningHost.Builder ofDestination)
      throws Exception {
    source = started(ofSource.source());
    destination = started(ofDestination.destination());
    between = cable(destination.incoming);
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
  }

  private void twoHosts() throws Exception {
    start(
        host(ofGrantor, LIMIT_MILLIS),
        host(HostAddress.parse(destinationToGrantor.address()), LIMIT_MILLIS));
    allowCheckpoints(source);
    allowCheckpoints(destination);
  }

  /** The guest is at the destination, which lacks most of its pages. */
  private void threePlaces(int destinationDeadline) throws Exception {
    HostAddress free = freeAddress();
    store =
        ForwardStore.start(
            new StoreOptions(
                free,
                folder.resolve("claims"),
                300,
                LIMIT_MILLIS,
                Optional.empty(),
                List.of(),
                Set.of()));
    sourceToStore = cable((InetSocketAddress) free.socket());
    destinationToStore = cable((InetSocketAddress) free.socket());
    start(
        host(ofGrantor, LIMIT_MILLIS).store(HostAddress.parse(sourceToStore.address())),
        host(HostAddress.parse(destinationToGrantor.address()), destinationDeadline)
            .store(HostAddress.parse(destinationToStore.address())));
    CopiesAheadTest.allowCopiesAhead(source);
    CopiesAheadTest.allowCopiesAhead(destination);
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
  }

  private void assertReturned() throws Exception {
    awaitStatus(source, "failed");
    Conditions.await("the lease", () -> source.operator.runState().equals("running"));
    assertRunsAt(source);
    assertStandsAt(destination);
    assertEquals("ok 5", source.guest.ask("r 60"));
  }

  private void assertOwned() throws Exception {
    awaitStatus(source, "completed");
    awaitStatus(destination, "completed");
    Conditions.await("the lease", () -> destination.operator.runState().equals("running"));
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  /** Reset, it hears of it at once; silent, when it has heard nothing for its deadline. */
  @ParameterizedTest
  @EnumSource(names = {"RESET", "SWALLOW"})
  void aDestinationThatHasLostItsSourceGivesTheLeaseUp(Relay.Loss loss) throws Exception {
    twoHosts();
    try (var relay = Relay.unarmed(destination.incoming, FrameType.CHECKPOINT_DONE, loss)) {
      split(relay.address());
      assertEquals("ok", destination.guest.ask("w 60 5"));
      relay.arm();
      assertReturned();
      relay.heal();
      awaitStatus(destination, "failed");
    }
    // The lease goes with the guest as ever.
    pushMax(0);
    source.bandwidthMax(0);
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertOwned();
    assertEquals("ok 5", destination.guest.ask("r 60"));
  }

  /** It is dead, for all that the others can tell: nobody gives the lease up. */
  @Test
  void withoutTheDestinationTheGuestGoesOnAtTheSourceOnceTheTermIsOver() throws Exception {
    twoHosts();
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    destinationToGrantor.cut();
    between.cut();
    assertReturned();
  }

  /** It is in doubt until the source says it again, and asks for the lease afresh. */
  @Test
  void aDestinationThatHearsInTheEndThatItHasTheGuestIsLentItAgain() throws Exception {
    twoHosts();
    try (var relay = new Relay(destination.incoming, FrameType.GRANTED)) {
      split(relay.address());
      pushMax(0);
      Conditions.await("the loss", relay::isBroken);
      awaitStatus(source, "postcopy-paused");
      Conditions.await("doubt", () -> destination.operator.runState().equals("paused"));
      assertTrue(destination.guest.askOnce("ping", 150).isEmpty(), "it answers");
      relay.heal();
      assertOwned();
      assertEquals("ok -77", destination.guest.ask("r 3"));
    }
  }

  // ---------------------------------------------------------------- copies ahead

  /** The source has the claim, and the destination can ask nobody. */
  @Test
  void aDestinationThatCannotAskWhoGoesOnGivesTheLeaseUp() throws Exception {
    threePlaces(LIMIT_MILLIS);
    destinationToStore.cut();
    between.cut();
    assertReturned();
    destinationToStore.mend();
    awaitStatus(destination, "failed");
    assertRunsAt(source);
  }

  /** It hears of the claim from the store, before it has missed its source. */
  @Test
  void aDestinationThatLearnsOfTheClaimOfTheSourceGivesTheLeaseUp() throws Exception {
    // It says Alive four times within its own deadline, and the source waits for that.
    threePlaces(2 * LIMIT_MILLIS);
    between.freeze();
    assertReturned();
    awaitStatus(destination, "failed");
  }

  @Test
  void aDestinationThatHasTheClaimIsLentItAgain() throws Exception {
    threePlaces(LIMIT_MILLIS);
    sourceToStore.cut();
    between.cut();
    awaitStatus(destination, "completed");
    Conditions.await("the lease", () -> destination.operator.runState().equals("running"));
    assertRunsAt(destination);
    assertEquals("ok 5", destination.guest.ask("r 60"));
    sourceToStore.mend();
    assertOwned();
  }

  /** With copies ahead, too, a host that is dead gives nothing up. */
  @Test
  void withCopiesAheadTheGuestGoesOnAtTheSourceOnceTheTermIsOver() throws Exception {
    threePlaces(LIMIT_MILLIS);
    destinationToGrantor.cut();
    destinationToStore.cut();
    between.cut();
    assertReturned();
  }
}
