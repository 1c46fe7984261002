package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import landfall.machine.HangingStorage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest with a disk, on an image that both hosts reach. */
@Timeout(90)
class DiskTest extends HostTest {
  private static final int BLOCKS = 200;

  private Path image;

  @BeforeEach
  void makeImage() throws Exception {
    image = DiskBlocks.image(folder, BLOCKS);
  }

  private RunningHost sourceWithDisk() throws Exception {
    return started(RunningHost.in(folder).disk(image).source());
  }

  private RunningHost destinationWithDisk() throws Exception {
    return started(RunningHost.in(folder).disk(image).destination());
  }

  @Test
  void aBlockThatTheGuestSaysIsWrittenIsInTheImage() throws Exception {
    RunningHost host = sourceWithDisk();
    assertEquals("ok nil", host.guest.ask("dr 7"));
    assertEquals("ok", host.guest.ask("dw 7 -12345"));
    assertEquals(Optional.of(-12345L), DiskBlocks.value(image, 7));
    assertEquals("ok -12345", host.guest.ask("dr 7"));
    assertEquals("ok", host.guest.ask("dw 7 99"));
    assertEquals("ok", host.guest.ask("dw 199 5"));
    assertEquals(Optional.of(99L), DiskBlocks.value(image, 7));
    assertEquals(Optional.of(5L), DiskBlocks.value(image, 199));
    assertEquals(Optional.empty(), DiskBlocks.value(image, 8));
    assertEquals("ok 2 0", host.guest.ask("dv"));
    assertEquals("fail absent", host.guest.ask("dw 200 1"));
    assertRunsAt(host);
  }

  @Test
  void aGuestWithoutADiskSaysSo() throws Exception {
    RunningHost host = source();
    assertTrue(host.guest.ask("status").contains(" blocks=0 "));
    assertEquals("fail absent", host.guest.ask("dw 0 1"));
    assertEquals("fail absent", host.guest.ask("dr 0"));
    assertEquals("ok", host.guest.ask("set drate 100"));
    assertRunsAt(host);
  }

  /** Every byte of a block belongs to what it must be. */
  @ParameterizedTest
  @ValueSource(ints = {0, 8, 16, 24, 32, 2000, 4088, 4095})
  void damageOfTheImageIsReported(int at) throws Exception {
    RunningHost host = sourceWithDisk();
    assertEquals("ok", host.guest.ask("dw 3 4"));
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(3 * DiskBlocks.BYTES + at);
      int before = file.read();
      file.seek(3 * DiskBlocks.BYTES + at);
      file.write(before ^ 0x40);
    }
    String reported = assertThrows(AssertionError.class, () -> host.guest.ask("dr 3")).getMessage();
    assertTrue(reported.contains("!mismatch disk block=3 what=corrupt"), reported);
    assertEquals("ok", host.guest.ask("dw 3 6"));
    assertEquals("ok 6", host.guest.ask("dr 3"));
  }

  @Test
  void aBlockThatIsOlderThanWhatTheGuestWroteIsReported() throws Exception {
    RunningHost host = sourceWithDisk();
    assertEquals("ok", host.guest.ask("dw 3 4"));
    byte[] older = Files.readAllBytes(image);
    assertEquals("ok", host.guest.ask("dw 3 5"));
    Files.write(image, older);
    String reported = assertThrows(AssertionError.class, () -> host.guest.ask("dr 3")).getMessage();
    assertTrue(reported.contains("!mismatch disk block=3 what=stale expected=2 found=1"), reported);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasWrittenBeforeDuringAndAfterAMoveIsOnTheDisk(boolean postCopy) throws Exception {
    RunningHost source = sourceWithDisk();
    RunningHost destination = destinationWithDisk();
    for (RunningHost host : List.of(source, destination)) {
      host.operator.execute(
          "migrate-set-capabilities",
          Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", postCopy))));
    }
    source.load();
    assertEquals("ok", source.guest.ask("set drate 200"));
    for (int block = 0; block < 10; block++) {
      assertEquals("ok", source.guest.ask("dw " + block + " " + (1000 + block)));
    }
    source.bandwidthMax(1_000_000);
    source.operator.execute("migrate-set-parameters", Map.of("max-postcopy-bandwidth", 200_000));
    source.operator.execute("migrate", Map.of("uri", destination.address()));
    int during = 10;
    do {
      assertEquals("ok", source.guest.ask("dw " + during + " " + (1000 + during)));
      during++;
    } while (during < 15);
    assertTrue(List.of("active", "setup").contains(source.operator.migration()));
    if (postCopy) {
      source.operator.execute("migrate-start-postcopy");
      Conditions.await("the guest", () -> destination.operator.runState().equals("running"));
      // Its pages are not all there, those of its queue and its blocks maybe neither.
      for (int block = 0; block < 15; block++) {
        assertEquals("ok " + (1000 + block), destination.guest.ask("dr " + block));
      }
      assertEquals("ok", destination.guest.ask("dw 15 1015"));
      assertEquals("postcopy-active", destination.operator.migration(), "it was whole too soon");
      source.operator.execute("migrate-set-parameters", Map.of("max-postcopy-bandwidth", 0));
    } else {
      source.bandwidthMax(0);
    }
    Conditions.await("the end", () -> source.operator.migration().equals("completed"));
    Conditions.await("the guest", () -> destination.operator.runState().equals("running"));
    assertEquals("ok", destination.guest.ask("dw 0 5000"));
    assertEquals("ok", destination.guest.ask("dw 16 5016"));
    assertEquals("ok", destination.guest.ask("set drate 0"));

    assertEquals("ok 5000", destination.guest.ask("dr 0"));
    assertEquals(Optional.of(5000L), DiskBlocks.value(image, 0));
    for (int block = 1; block < (postCopy ? 16 : 15); block++) {
      assertEquals("ok " + (1000 + block), destination.guest.ask("dr " + block));
      assertEquals(Optional.of(1000L + block), DiskBlocks.value(image, block));
    }
    assertEquals(Optional.of(5016L), DiskBlocks.value(image, 16));
    String verified = destination.guest.ask("dv");
    assertTrue(verified.matches("ok \\d+ 0"), verified);
    assertTrue(!verified.equals("ok 17 0"), "nothing was written in the background");
    assertRunsAt(destination);
    assertStandsAt(source);
  }

  @Test
  void aGuestThatWentAndCameBackHasWhatItWroteElsewhere() throws Exception {
    RunningHost source = sourceWithDisk();
    RunningHost destination = destinationWithDisk();
    assertEquals("ok", source.guest.ask("dw 1 10"));
    assertEquals("ok 10", source.guest.ask("dr 1"));
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertEquals("ok", destination.guest.ask("dw 1 11"));
    String back = "unix:" + folder.resolve("back");
    source.operator.execute("migrate-incoming", Map.of("uri", back));
    assertEquals("completed", destination.operator.migrate(back));
    assertEquals("ok 11", source.guest.ask("dr 1"));
    assertEquals("ok", source.guest.ask("dw 1 12"));
    assertEquals(Optional.of(12L), DiskBlocks.value(image, 1));
    assertRunsAt(source);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDestinationWithAnotherDiskRefusesAndTheGuestStays(boolean other) throws Exception {
    RunningHost source = sourceWithDisk();
    var builder = RunningHost.in(folder);
    RunningHost destination =
        started(
            (other ? builder.disk(DiskBlocks.image(folder, BLOCKS + 1)) : builder).destination());
    assertEquals("failed", source.operator.migrate(destination.address()));
    String expected =
        "device state of a machine with a disk of 1600 sectors: this one has "
            + (other ? "a disk of 1608 sectors" : "no disk");
    assertTrue(source.operator.error().endsWith(expected), source.operator.error());
    assertEquals("ok", source.guest.ask("dw 1 10"));
    assertRunsAt(source);
  }

  /** The disk of the guest hangs, and so does the guest: nothing else does. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDiskThatHangsHoldsNoAnswerUpAndIsNotHandedOver(boolean postCopy) throws Exception {
    var storage = new HangingStorage(ImageFile.open(image));
    RunningHost source = started(RunningHost.in(folder).disk(storage).deadlineMillis(800).source());
    RunningHost destination =
        started(RunningHost.in(folder).disk(image).deadlineMillis(800).destination());
    for (RunningHost host : List.of(source, destination)) {
      host.operator.execute(
          "migrate-set-capabilities",
          Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", postCopy))));
    }
    try {
      assertEquals(Optional.empty(), source.guest.askOnce("dw 3 4", 200));
      storage.awaitAsked();
      assertEquals("running", source.operator.runState());
      source.operator.execute("migrate", Map.of("uri", destination.address()));
      Conditions.await(
          "the reason",
          () ->
              source
                  .operator
                  .error()
                  .equals(
                      "the guest stands and is not given away yet: the disk has not answered yet"));
      assertEquals("device", source.operator.migration());
      assertEquals("inmigrate", destination.operator.runState());
      source.operator.execute("migrate_cancel");
      assertEquals("cancelled", source.operator.migration());
      assertEquals("running", source.operator.runState());
      // Nobody takes it back this time: the destination gives up.
      assertEquals("failed", source.operator.migrate(destination.address()));
      assertEquals("running", source.operator.runState());
    } finally {
      storage.letAnswer();
    }
    assertEquals("ok 4", source.guest.ask("dr 3"));
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertEquals("ok 4", destination.guest.ask("dr 3"));
    assertRunsAt(destination);
  }

  @ParameterizedTest
  @CsvSource({
    "missing, there is no such file",
    "folder, a regular file is accepted",
    "pipe, a regular file is accepted",
    "empty, of 0 bytes: a positive multiple of 512 is accepted",
    "odd, of 1000 bytes: a positive multiple of 512 is accepted",
  })
  void whatIsNoImageIsRefused(String name, String reason) throws Exception {
    Files.createDirectory(folder.resolve("folder"));
    Files.write(folder.resolve("empty"), new byte[0]);
    Files.write(folder.resolve("odd"), new byte[1000]);
    assertEquals(
        0, new ProcessBuilder("mkfifo", folder.resolve("pipe").toString()).start().waitFor());
    Path file = folder.resolve(name);
    Exception refused =
        assertThrows(Exception.class, () -> RunningHost.in(folder).disk(file).source());
    String separator = reason.startsWith("of ") ? " " : ": ";
    assertEquals("disk " + file + separator + reason, refused.getMessage());
  }
}
