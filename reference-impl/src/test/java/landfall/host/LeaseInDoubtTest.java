package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
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

  private LeaseGrantor grantor;
  private Cable destinationToGrantor;

  @BeforeEach
  void startGrantor() throws Exception {
    HostAddress at = freeAddress();
    grantor = LeaseGrantor.start(at, TERM_MILLIS, DRIFT_MILLIS);
    destinationToGrantor = cable((InetSocketAddress) at.socket());
    source = started(host().lease(at).source());
    destination =
        started(host().lease(HostAddress.parse(destinationToGrantor.address())).destination());
    between = cable(destination.incoming);
    allowCheckpoints(source);
    allowCheckpoints(destination);
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
  }

  @AfterEach
  void endGrantor() throws Exception {
    grantor.kill();
  }

  private RunningHost.Builder host() {
    return RunningHost.in(folder).deadlineMillis(2_500);
  }

  private void assertReturned() throws Exception {
    awaitStatus(source, "failed");
    Conditions.await("the lease", () -> source.operator.runState().equals("running"));
    assertRunsAt(source);
    assertStandsAt(destination);
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
    try (var relay = Relay.unarmed(destination.incoming, FrameType.CHECKPOINT_DONE, loss)) {
      split(relay.address());
      assertEquals("ok", destination.guest.ask("w 60 5"));
      relay.arm();
      assertReturned();
      assertEquals("ok 5", source.guest.ask("r 60"));
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
    split(between.address());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    destinationToGrantor.cut();
    between.cut();
    assertReturned();
    assertEquals("ok 5", source.guest.ask("r 60"));
  }

  /** It is in doubt until the source says it again, and asks for the lease afresh. */
  @Test
  void aDestinationThatHearsInTheEndThatItHasTheGuestIsLentItAgain() throws Exception {
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
}
