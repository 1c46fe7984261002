package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import landfall.checkpoint.Mutant;
import landfall.wire.FrameType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A guest that sends checkpoints back while it is on two hosts. */
class CheckpointsTest extends SplitGuestTest {
  private static final int TORN_TRIES_MAX = 8;
  private static final int DEADLINE_MILLIS = 5_000;

  private void twoHosts(int deadlineMillis, Mutant... mutants) throws Exception {
    var ofSource = RunningHost.in(folder).deadlineMillis(deadlineMillis);
    var ofDestination = RunningHost.in(folder).deadlineMillis(deadlineMillis);
    for (Mutant mutant : mutants) {
      ofSource.mutant(mutant);
      ofDestination.mutant(mutant);
    }
    source = started(ofSource.source());
    destination = started(ofDestination.destination());
    allowCheckpoints(source);
    allowCheckpoints(destination);
    source.load();
    assertEquals("ok", source.guest.ask("w 3 -77"));
  }

  private void assertOwned() throws Exception {
    awaitStatus(source, "completed");
    awaitStatus(destination, "completed");
    assertRunsAt(destination);
    assertStandsAt(source);
    assertEquals("postmigrate", source.operator.runState());
  }

  private void assertReturned() throws Exception {
    awaitStatus(source, "failed");
    assertTrue(
        source.operator.error().startsWith("the guest goes on here, from checkpoint "),
        source.operator.error());
    assertRunsAt(source);
    JsonNode status = source.operator.execute("x-landfall-status");
    assertTrue(status.get("recoveryMillis").doubleValue() > 0, status::toString);
  }

  private void assertSuperseded() throws Exception {
    awaitStatus(destination, "failed");
    assertTrue(
        destination.operator.error().startsWith("superseded: "), destination.operator.error());
    assertStandsAt(destination);
    assertEquals("inmigrate", destination.operator.runState());
  }

  @Test
  void aGuestThatSendsCheckpointsIsServedAndIsTheDestinationsInTheEnd() throws Exception {
    twoHosts(DEADLINE_MILLIS);
    split(destination.address());
    assertEquals("postcopy-active", source.operator.migration());
    assertEquals("ok", destination.guest.ask("w 60 5"));
    assertEquals("ok -77", destination.guest.ask("r 3"));
    assertTrue(number(destination, "pagesMissing") > 0, "the guest was whole before it was asked");
    assertTrue(number(source, "checkpointStored") > 0, "output left without a checkpoint");
    assertTrue(number(destination, "checkpointsTaken") > 0, "none was counted");
    assertEquals(-1, number(source, "recoveryMillis"), "nothing was to be recovered from");
    pushMax(0);
    assertOwned();
    assertEquals("ok 5", destination.guest.ask("r 60"));
  }

  /** Each message of the second half, lost with the connection. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "HANDOVER",
        "RESUMED",
        "DEMAND",
        "CHECKPOINT_PAGE",
        "CHECKPOINT_END",
        "CHECKPOINT_DONE",
        "ASK_OWNERSHIP"
      })
  void whicheverMessageIsLostTheGuestGoesOnAtTheSource(FrameType lost) throws Exception {
    twoHosts(DEADLINE_MILLIS);
    try (var relay = new Relay(destination.incoming, lost)) {
      if (lost == FrameType.HANDOVER || lost == FrameType.RESUMED) {
        source.operator.execute("migrate", Map.of("uri", relay.address()));
      } else {
        split(relay.address());
        pushMax(lost == FrameType.ASK_OWNERSHIP ? 0 : 100_000);
      }
      Conditions.await("the loss", relay::isBroken);
      assertReturned();
      assertEquals("ok -77", source.guest.ask("r 3"));
      assertEquals("ok", source.guest.ask("w 3 8"));
      // The destination may run a second copy: nobody hears of it.
      assertTrue(destination.guest.askOnce("ping", 150).isEmpty(), "it answers");
      relay.heal();
      assertSuperseded();
      // Nothing is left of the attempt at either host: the guest goes the same way again.
      pushMax(0);
      source.bandwidthMax(0);
      assertEquals("completed", source.operator.migrate(destination.address()));
      assertOwned();
      assertEquals("ok 8", destination.guest.ask("r 3"));
    }
  }

  /** Asks the destination to write 1, 2, ... until the relay loses a message; the last one done. */
  private int writesUntilLost(Relay relay) throws Exception {
    int acknowledged = 0;
    while (!relay.isBroken()) {
      if (acknowledged == 5) {
        relay.arm();
      }
      Optional<String> reply = destination.guest.askOnce("w 7 " + (acknowledged + 1), 400);
      if (reply.isPresent()) {
        assertEquals("ok", reply.get());
        acknowledged++;
      }
    }
    return acknowledged;
  }

  /** What was acknowledged, and perhaps the write of which the answer was still held. */
  private void assertRemembers(int acknowledged) throws Exception {
    String found = source.guest.ask("r 7");
    assertTrue(
        List.of("ok " + acknowledged, "ok " + (acknowledged + 1)).contains(found),
        acknowledged + " writes were acknowledged, the guest says " + found);
  }

  @ParameterizedTest
  @EnumSource(names = {"CHECKPOINT_PAGE", "CHECKPOINT_END", "CHECKPOINT_DONE"})
  void whatWasAcknowledgedIsRemembered(FrameType lost) throws Exception {
    twoHosts(DEADLINE_MILLIS);
    try (var relay = Relay.unarmed(destination.incoming, lost, Relay.Loss.RESET)) {
      split(relay.address());
      int acknowledged = writesUntilLost(relay);
      assertReturned();
      assertRemembers(acknowledged);
      relay.heal();
      assertSuperseded();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CHECKPOINT_END", "CHECKPOINT_DONE"})
  void aSilentLinkIsALostOne(FrameType lost) throws Exception {
    twoHosts(600);
    try (var relay = Relay.unarmed(destination.incoming, lost, Relay.Loss.SWALLOW)) {
      split(relay.address());
      int acknowledged = writesUntilLost(relay);
      assertReturned();
      assertRemembers(acknowledged);
      relay.heal();
      assertSuperseded();
    }
  }

  /** The source has given the guest up, and the destination is to hear of it. */
  @ParameterizedTest
  @EnumSource(names = {"GRANTED", "COMPLETE"})
  void aLostAnswerIsGivenAgain(FrameType lost) throws Exception {
    twoHosts(DEADLINE_MILLIS);
    try (var relay = new Relay(destination.incoming, lost)) {
      split(relay.address());
      pushMax(0);
      Conditions.await("the loss", relay::isBroken);
      awaitStatus(source, "postcopy-paused");
      assertEquals(
          "the guest was given away: it must not run here",
          source.operator.refusal("{\"execute\":\"cont\"}"));
      relay.heal();
      assertOwned();
    }
  }

  /** The word that a destination is superseded is lost, too, and said again. */
  @Test
  void aSupersededDestinationIsToldUntilItHears() throws Exception {
    twoHosts(DEADLINE_MILLIS);
    try (var behind = new Relay(destination.incoming, FrameType.SUPERSEDED);
        var relay = new Relay(behind.socketAddress(), FrameType.CHECKPOINT_DONE)) {
      split(relay.address());
      assertReturned();
      relay.heal();
      Conditions.await("the loss", behind::isBroken);
      assertEquals("ok -77", source.guest.ask("r 3"));
      behind.heal();
      assertSuperseded();
    }
  }

  @Test
  void whatIsNotPossibleIsRefusedWithAReason() throws Exception {
    source = source();
    destination = destination();
    assertEquals(
        "capability 'x-landfall-checkpoints' needs the capability 'postcopy-ram'",
        source.operator.refusal(
            "{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":"
                + "[{\"capability\":\"x-landfall-checkpoints\",\"state\":true}]}}"));
    allowCheckpoints(source);
    destination.operator.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", true))));
    assertEquals("failed", source.operator.migrate(destination.address()));
    assertTrue(
        source
            .operator
            .error()
            .endsWith(
                "the source wants checkpoints: the capability 'x-landfall-checkpoints' must be set"
                    + " here, too"),
        source.operator.error());
    assertRunsAt(source);
    allowCheckpoints(destination);
    source.load();
    split(destination.address());
    for (RunningHost host : List.of(source, destination)) {
      assertEquals(
          "migrate-pause is not for a migration with checkpoints: without its connection the guest"
              + " goes on at the source at once",
          host.operator.refusal("{\"execute\":\"migrate-pause\"}"));
    }
    assertEquals(
        "migrate-recover is not for a migration with checkpoints: the source asks by itself",
        destination.operator.refusal(
            "{\"execute\":\"migrate-recover\",\"arguments\":{\"uri\":\"tcp:127.0.0.1:1\"}}"));
    pushMax(0);
    assertOwned();
  }

  // ---------------------------------------------------------------- mistakes that must show

  @Test
  void withMutant27AnAcknowledgedWriteIsForgotten() throws Exception {
    twoHosts(3 * DEADLINE_MILLIS, Mutant.OUTPUT_NOT_HELD);
    destination.operator.execute("migrate-set-parameters", Map.of("x-checkpoint-delay", 600_000));
    try (var relay = new Relay(destination.incoming, FrameType.CHECKPOINT_END)) {
      split(relay.address());
      // Nothing waits for a checkpoint, and the next one is to come only so that there is one.
      assertEquals("ok", destination.guest.ask("w 3 2"));
      assertReturned();
      assertEquals("ok -77", source.guest.ask("r 3"));
    }
  }

  /** Whether the guest wrote in between, so that what is torn can be seen, is chance. */
  @Test
  void withMutant28AnImageIsTorn() throws Exception {
    boolean torn = false;
    for (int tries = 0; tries < TORN_TRIES_MAX && !torn; tries++) {
      twoHosts(DEADLINE_MILLIS, Mutant.APPLIED_PAGE_BY_PAGE);
      try (var relay =
          Relay.unarmed(destination.incoming, FrameType.CHECKPOINT_END, Relay.Loss.RESET)) {
        split(relay.address());
        assertEquals("ok", destination.guest.ask("w 7 1"));
        relay.arm();
        awaitStatus(source, "failed");
        torn = isDamaged(source);
      }
    }
    assertTrue(torn, "each image is one that the guest had");
  }

  @Test
  void withMutant54TheOutputNeverLeaves() throws Exception {
    twoHosts(DEADLINE_MILLIS, Mutant.GRANT_NOT_REPEATED);
    try (var relay = new Relay(destination.incoming, FrameType.GRANTED)) {
      split(relay.address());
      pushMax(0);
      Conditions.await("the loss", relay::isBroken);
      relay.heal();
      assertTrue(destination.guest.askOnce("ping", 2_000).isEmpty(), "it answers");
      assertEquals("running", destination.operator.runState());
      assertEquals("postcopy-paused", source.operator.migration());
    }
  }

  @Test
  void withMutant29TheGuestIsNotWholeAtTheSource() throws Exception {
    twoHosts(DEADLINE_MILLIS, Mutant.SOURCE_FREES_PAGES);
    try (var relay =
        Relay.unarmed(destination.incoming, FrameType.CHECKPOINT_END, Relay.Loss.RESET)) {
      split(relay.address());
      Conditions.await("pages to be sent", () -> number(destination, "pagesMissing") < 900);
      relay.arm();
      awaitStatus(source, "failed");
      assertTrue(isDamaged(source), "every page is here");
    }
  }

  @Test
  void withMutant30TheGuestRunsTwice() throws Exception {
    twoHosts(DEADLINE_MILLIS, Mutant.END_NOT_ACKNOWLEDGED);
    try (var relay = new Relay(destination.incoming, FrameType.ASK_OWNERSHIP)) {
      split(relay.address());
      pushMax(0);
      Conditions.await("the loss", relay::isBroken);
      assertReturned();
      assertRunsAt(destination);
    }
  }

  /** The guest says so, or says nothing any more. */
  private static boolean isDamaged(RunningHost host) throws Exception {
    try {
      return !host.guest.askOnce("verify", 2_000).orElse("").matches("ok \\d+ 0");
    } catch (AssertionError mismatch) {
      return true;
    }
  }
}
