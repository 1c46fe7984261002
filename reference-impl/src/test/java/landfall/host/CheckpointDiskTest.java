package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import landfall.checkpoint.Mutant;
import landfall.machine.SlowWrites;
import landfall.wire.FrameType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest with a disk that sends checkpoints back while it is on two hosts. */
@Timeout(120)
class CheckpointDiskTest extends SplitGuestTest {
  private static final int BLOCKS = 200;
  private static final int DEADLINE_MILLIS = 5_000;
  private static final int SHORT_MILLIS = 1_500;

  private Path image;

  @BeforeEach
  void makeImage() throws Exception {
    image = DiskBlocks.image(folder, BLOCKS);
  }

  private RunningHost.Builder host(int deadlineMillis, Mutant... mutants) {
    var builder = RunningHost.in(folder).deadlineMillis(deadlineMillis).disk(image);
    for (Mutant mutant : mutants) {
      builder.mutant(mutant);
    }
    return builder;
  }

  private void twoHosts(RunningHost.Builder ofSource, RunningHost.Builder ofDestination)
      throws Exception {
    source = started(ofSource.source());
    destination = started(ofDestination.destination());
    allowCheckpoints(source);
    allowCheckpoints(destination);
    source.load();
    assertEquals("ok", source.guest.ask("dw 3 1"));
  }

  private void onlyForOutput() throws Exception {
    destination.operator.execute("migrate-set-parameters", Map.of("x-checkpoint-delay", 600_000));
  }

  private void assertReturned() throws Exception {
    awaitStatus(source, "failed");
    assertTrue(
        source.operator.error().startsWith("the guest goes on here, from checkpoint "),
        source.operator.error());
    assertRunsAt(source);
  }

  private void assertSuperseded() throws Exception {
    awaitStatus(destination, "failed");
    assertTrue(
        destination.operator.error().startsWith("superseded: "), destination.operator.error());
    assertStandsAt(destination);
  }

  private void assertDiskIsRight(RunningHost host) throws Exception {
    String verified = host.guest.ask("dv");
    assertTrue(verified.matches("ok \\d+ 0"), verified);
  }

  private void assertBlock(long value, int block) throws Exception {
    assertEquals(Optional.of(value), DiskBlocks.value(image, block));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 200})
  void whatWasWrittenOnTheWayIsOnTheDiskOfTheOwner(int writesPerSecond) throws Exception {
    twoHosts(host(DEADLINE_MILLIS), host(DEADLINE_MILLIS));
    assertEquals("ok", source.guest.ask("set drate " + writesPerSecond));
    split(destination.address());
    for (int block = 0; block < 6; block++) {
      assertEquals("ok", destination.guest.ask("dw " + block + " " + (100 + block)));
      // Who hears of a write finds it on the disk, before the source has given the guest up.
      assertBlock(100 + block, block);
    }
    assertEquals("ok 105", destination.guest.ask("dr 5"));
    assertEquals("postcopy-active", source.operator.migration());
    pushMax(0);
    awaitStatus(source, "completed");
    awaitStatus(destination, "completed");
    assertEquals("ok", destination.guest.ask("set drate 0"));
    assertEquals("ok", destination.guest.ask("dw 6 106"));
    for (int block = 0; block < 7; block++) {
      assertEquals("ok " + (100 + block), destination.guest.ask("dr " + block));
      assertBlock(100 + block, block);
    }
    assertRunsAt(destination);
    assertDiskIsRight(destination);
    assertStandsAt(source);
    // The owner's disk is like any other: it goes on by pre-copy.
    String back = "unix:" + folder.resolve("back");
    source.operator.execute("migrate-incoming", Map.of("uri", back));
    destination.operator.execute(
        "migrate-set-capabilities",
        Map.of(
            "capabilities",
            List.of(
                Map.of("capability", "x-landfall-checkpoints", "state", false),
                Map.of("capability", "postcopy-ram", "state", false))));
    assertEquals("completed", destination.operator.migrate(back));
    assertEquals("ok 106", source.guest.ask("dr 6"));
  }

  @Test
  void aWriteThatNoCheckpointCoversIsReadByTheGuestAndIsNotInTheImage() throws Exception {
    twoHosts(host(3 * DEADLINE_MILLIS), host(3 * DEADLINE_MILLIS));
    onlyForOutput();
    try (var relay =
        Relay.unarmed(destination.incoming, FrameType.CHECKPOINT_END, Relay.Loss.HOLD)) {
      split(relay.address());
      relay.arm();
      assertEquals(Optional.empty(), destination.guest.askOnce("dw 3 5", 200));
      Conditions.await("a checkpoint", relay::isBroken);
      assertBlock(1, 3);
      relay.heal();
      assertEquals("ok 5", destination.guest.ask("dr 3"));
      assertBlock(5, 3);
    }
  }

  /** Asks the destination to write 1, 2, ... until the relay loses a message; the last one done. */
  private int writesUntilLost(Relay relay) throws Exception {
    int acknowledged = 0;
    while (!relay.isBroken()) {
      if (acknowledged == 5) {
        relay.arm();
      }
      Optional<String> reply = destination.guest.askOnce("dw 7 " + (acknowledged + 1), 400);
      if (reply.isPresent()) {
        assertEquals("ok", reply.get());
        acknowledged++;
        assertBlock(acknowledged, 7);
      }
    }
    return acknowledged;
  }

  @ParameterizedTest
  @EnumSource(names = {"CHECKPOINT_PAGE", "CHECKPOINT_DISK", "CHECKPOINT_END", "CHECKPOINT_DONE"})
  void whicheverMessageIsLostNoWriteIsThatTheGuestKnowsOfAndNoOtherIsThere(FrameType lost)
      throws Exception {
    twoHosts(host(DEADLINE_MILLIS), host(DEADLINE_MILLIS));
    assertEquals("ok", source.guest.ask("set drate 200"));
    try (var relay = Relay.unarmed(destination.incoming, lost, Relay.Loss.RESET)) {
      split(relay.address());
      int acknowledged = writesUntilLost(relay);
      assertReturned();
      assertEquals("ok", source.guest.ask("set drate 0"));
      String found = source.guest.ask("dr 7");
      assertTrue(
          List.of("ok " + acknowledged, "ok " + (acknowledged + 1)).contains(found),
          acknowledged + " writes were acknowledged, the guest says " + found);
      assertBlock(Long.parseLong(found.substring(3)), 7);
      assertDiskIsRight(source);
      assertEquals("ok", source.guest.ask("dw 7 70"));
      relay.heal();
      assertSuperseded();
      assertBlock(70, 7);
      // Nothing is left of the attempt at either host: the guest goes the same way again.
      pushMax(0);
      source.bandwidthMax(0);
      assertEquals("completed", source.operator.migrate(destination.address()));
      assertEquals("ok 70", destination.guest.ask("dr 7"));
      assertEquals("ok", destination.guest.ask("dw 7 71"));
      assertBlock(71, 7);
      assertDiskIsRight(destination);
    }
  }

  /** The source has confirmed a checkpoint, and the destination does not know it. */
  private void coverAndCutOff(Relay relay) throws Exception {
    onlyForOutput();
    split(relay.address());
    relay.arm();
    assertEquals(Optional.empty(), destination.guest.askOnce("dw 3 5", 200));
    Conditions.await("the loss", relay::isBroken);
    awaitStatus(source, "failed");
  }

  @Test
  void aWriteThatTheLastCheckpointCarriesIsCarriedOutByTheSource() throws Exception {
    twoHosts(host(3 * DEADLINE_MILLIS), host(3 * DEADLINE_MILLIS));
    try (var relay =
        Relay.unarmed(destination.incoming, FrameType.CHECKPOINT_DONE, Relay.Loss.RESET)) {
      coverAndCutOff(relay);
      assertBlock(5, 3);
      assertEquals("ok 5", source.guest.ask("dr 3"));
      assertRunsAt(source);
    }
  }

  @Test
  void withMutant37AWriteIsLostThatTheGuestBelievesIn() throws Exception {
    Mutant mutant = Mutant.DISK_WRITES_NOT_CARRIED;
    twoHosts(host(3 * DEADLINE_MILLIS, mutant), host(3 * DEADLINE_MILLIS, mutant));
    try (var relay =
        Relay.unarmed(destination.incoming, FrameType.CHECKPOINT_DONE, Relay.Loss.RESET)) {
      coverAndCutOff(relay);
      assertBlock(1, 3);
      String reported =
          assertThrows(AssertionError.class, () -> source.guest.ask("dr 3")).getMessage();
      assertTrue(reported.contains("!mismatch disk block=3 what=stale"), reported);
    }
  }

  /**
   * The destination is writing what a checkpoint covers, and does not come to an end with it. It
   * takes no checkpoint meanwhile, and the source takes silence for death.
   */
  private void hang(SlowWrites slow) throws Exception {
    onlyForOutput();
    split(destination.address());
    slow.hang();
    assertEquals(Optional.empty(), destination.guest.askOnce("dw 3 5", 200));
    slow.awaitAsked();
    pushMax(0);
  }

  @Test
  void aSourceWaitsForAWriteThatHangsAtTheDestination() throws Exception {
    var slow = new SlowWrites(ImageFile.open(image));
    twoHosts(host(SHORT_MILLIS), host(SHORT_MILLIS).disk(slow));
    try {
      hang(slow);
      Conditions.await(
          "the source to wait",
          () ->
              source
                  .operator
                  .error()
                  .equals(
                      "the guest does not go on here yet: the disk is being taken from the"
                          + " destination"));
      assertEquals("postcopy-active", source.operator.migration());
      assertEquals(Optional.empty(), source.guest.askOnce("ping", 100));
    } finally {
      slow.letAnswer();
    }
    assertReturned();
    assertEquals("ok 5", source.guest.ask("dr 3"));
    assertEquals("ok", source.guest.ask("dw 3 6"));
    assertSuperseded();
    assertBlock(6, 3);
    assertDiskIsRight(source);
  }

  @Test
  void withMutant38AWriteThatHungOverwritesWhatTheSourceWrote() throws Exception {
    var slow = new SlowWrites(ImageFile.open(image));
    Mutant mutant = Mutant.NOT_FENCED;
    twoHosts(host(SHORT_MILLIS, mutant), host(SHORT_MILLIS, mutant).disk(slow));
    try {
      hang(slow);
      assertReturned();
      assertEquals("ok", source.guest.ask("dw 3 6"));
      assertBlock(6, 3);
    } finally {
      slow.letAnswer();
    }
    Conditions.await(
        "the write that hung", () -> DiskBlocks.value(image, 3).equals(Optional.of(5L)));
    String reported =
        assertThrows(AssertionError.class, () -> source.guest.ask("dr 3")).getMessage();
    assertTrue(reported.contains("!mismatch disk block=3 what=stale"), reported);
  }

  @Test
  void aGuestWithADiskIsNotTakenByAHostWithoutOneNorTheOtherWayRound() throws Exception {
    RunningHost with = started(host(DEADLINE_MILLIS).source());
    RunningHost without = source();
    allowCheckpoints(with);
    allowCheckpoints(without);
    RunningHost toWith = started(host(DEADLINE_MILLIS).destination());
    RunningHost toWithout = destination();
    allowCheckpoints(toWith);
    allowCheckpoints(toWithout);
    assertEquals("failed", with.operator.migrate(toWithout.address()));
    assertTrue(
        with.operator
            .error()
            .endsWith("the source wants checkpoints of a guest with a disk: this host has none"),
        with.operator.error());
    assertEquals("failed", without.operator.migrate(toWith.address()));
    assertTrue(
        without
            .operator
            .error()
            .endsWith("the source wants checkpoints of a guest without a disk: this host has one"),
        without.operator.error());
    assertRunsAt(with);
  }
}
