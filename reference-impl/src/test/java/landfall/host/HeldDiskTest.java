package landfall.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Writes of a guest's disk that wait for a checkpoint, and who may carry them out. */
@Timeout(60)
class HeldDiskTest {
  private static final int SECTOR = HeldDisk.SECTOR_BYTES;
  private static final int SECTORS = 16 << 10;
  private static final UUID GUEST = new UUID(1, 2);
  private static final int ATTEMPT = 3;

  @TempDir private Path folder;

  private final LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
  private Path image;
  private DiskFence fence;
  private HeldDisk disk;

  @BeforeEach
  void makeDisk() throws IOException {
    image = Files.write(folder.resolve("disk.raw"), new byte[SECTORS * SECTOR]);
    fence = DiskFence.of(image);
    disk = new HeldDisk(ImageFile.open(image), fence);
  }

  private void hold() throws IOException {
    fence.admit(GUEST, ATTEMPT);
    disk.hold(
        GUEST,
        ATTEMPT,
        () -> told.add("full"),
        new HeldDisk.Listener() {
          @Override
          public void carriedOut() {
            told.add("carried out");
          }

          @Override
          public void refused() {
            told.add("refused");
          }

          @Override
          public void failed(String why) {
            told.add("failed");
          }
        });
  }

  private static byte[] sectors(int count, int value) {
    byte[] data = new byte[count * SECTOR];
    java.util.Arrays.fill(data, (byte) value);
    return data;
  }

  private void write(long sector, int count, int value) throws IOException {
    disk.write(sector, ByteBuffer.wrap(sectors(count, value)).asReadOnlyBuffer());
  }

  private byte[] read(long sector, int count) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(count * SECTOR);
    disk.read(sector, into);
    assertFalse(into.hasRemaining());
    return into.array();
  }

  private byte inImage(int sector) throws IOException {
    return Files.readAllBytes(image)[sector * SECTOR];
  }

  private void await(String word) throws InterruptedException {
    assertEquals(word, told.poll(20, TimeUnit.SECONDS));
  }

  @Test
  void aDiskThatHoldsNothingIsTheImage() throws IOException {
    write(3, 2, 7);
    assertEquals(7, inImage(3));
    assertTrue(disk.collect(), "the write was not noticed");
    assertFalse(disk.collect(), "it was noticed twice");
    assertTrue(disk.isOpen());
  }

  @Test
  void theGuestReadsWhatIsHeldAndTheImageDoesNotHaveIt() throws IOException {
    write(2, 1, 1);
    hold();
    write(3, 2, 7);
    write(4, 2, 8);
    byte[] expected = new byte[6 * SECTOR];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = new byte[] {0, 1, 7, 8, 8, 0}[i / SECTOR];
    }
    assertArrayEquals(expected, read(1, 6));
    assertArrayEquals(sectors(1, 8), read(4, 1));
    assertEquals(0, inImage(3));
    assertEquals(1, inImage(2));
  }

  @Test
  void whatACheckpointCoversIsCarriedOutInOrderAndNothingElse() throws Exception {
    hold();
    write(3, 1, 7);
    write(3, 1, 8);
    assertTrue(disk.collect());
    List<HeldDisk.Write> carried = disk.mark(5, 4);
    assertEquals(List.of(7, 8), carried.stream().map(each -> (int) each.data()[0]).toList());
    write(3, 1, 9);
    write(4, 1, 9);
    assertFalse(disk.carryOut(4), "a checkpoint that covers nothing");
    assertTrue(disk.carryOut(5));
    await("carried out");
    assertTrue(disk.hasCarriedOut(5));
    assertEquals(8, inImage(3));
    assertEquals(0, inImage(4));
    assertArrayEquals(sectors(1, 9), read(3, 1));
    assertEquals(4, fence.written(GUEST, ATTEMPT));
    disk.collect();
    assertEquals(2, disk.mark(6, 6).size(), "what is on the disk is carried no more");
  }

  @Test
  void aWriteThatCameAfterTheLineIsNotCovered() throws Exception {
    hold();
    write(3, 1, 7);
    disk.collect();
    write(4, 1, 7);
    assertEquals(1, disk.mark(5, 4).size());
    assertTrue(disk.waits(), "nothing waits for a checkpoint");
    assertTrue(disk.carryOut(5));
    await("carried out");
    assertEquals(0, inImage(4));
  }

  @Test
  void aDiskThatWasTakenIsNotWrittenTo() throws Exception {
    hold();
    write(3, 1, 7);
    disk.collect();
    disk.mark(5, 4);
    assertEquals(0, fence.take(GUEST, ATTEMPT));
    assertTrue(disk.carryOut(5));
    await("refused");
    assertEquals(0, inImage(3));
    assertFalse(disk.hasCarriedOut(5));
    assertArrayEquals(sectors(1, 7), read(3, 1));
  }

  @Test
  void nobodyIsAdmittedButTheDestinationOfTheLatestAttempt() throws Exception {
    DiskFence.Work none = () -> {};
    assertThrows(
        DiskFence.TakenException.class, () -> fence.perform(GUEST, ATTEMPT, 1, none, () -> {}));
    fence.admit(GUEST, ATTEMPT);
    fence.perform(GUEST, ATTEMPT, 1, none, () -> {});
    for (DiskFence.Work last :
        List.<DiskFence.Work>of(
            () -> fence.admit(GUEST, ATTEMPT + 1),
            () -> fence.admit(new UUID(1, 3), ATTEMPT),
            () -> assertEquals(1, fence.take(GUEST, ATTEMPT)),
            () -> Files.write(folder.resolve("disk.raw.fence"), new byte[256]),
            () -> Files.writeString(folder.resolve("disk.raw.fence"), "{\"guest\":7"))) {
      fence.admit(GUEST, ATTEMPT);
      fence.perform(GUEST, ATTEMPT, 1, none, () -> {});
      last.perform();
      assertThrows(
          DiskFence.TakenException.class, () -> fence.perform(GUEST, ATTEMPT, 1, none, () -> {}));
    }
  }

  @Test
  void whoeverTakesTheDiskWaitsForAWriteThatHasBegun() throws Exception {
    fence.admit(GUEST, ATTEMPT);
    var begun = new CompletableFuture<Void>();
    var mayEnd = new CompletableFuture<Void>();
    var writes =
        CompletableFuture.runAsync(
            () -> {
              try {
                DiskFence.Work work =
                    () -> {
                      begun.complete(null);
                      mayEnd.join();
                    };
                fence.perform(GUEST, ATTEMPT, 9, work, () -> {});
              } catch (IOException | DiskFence.TakenException failed) {
                throw new IllegalStateException(failed);
              }
            });
    begun.get(20, TimeUnit.SECONDS);
    var taken =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return fence.take(GUEST, ATTEMPT);
              } catch (IOException failed) {
                throw new IllegalStateException(failed);
              }
            });
    assertThrows(
        java.util.concurrent.TimeoutException.class, () -> taken.get(200, TimeUnit.MILLISECONDS));
    mayEnd.complete(null);
    writes.get(20, TimeUnit.SECONDS);
    assertEquals(9, taken.get(20, TimeUnit.SECONDS));
  }

  @Test
  void aGuestThatHasFilledItWaitsForRoom() throws Exception {
    hold();
    int sectors = landfall.wire.CheckpointDisk.TOTAL_BYTES_MAX / SECTOR;
    write(0, sectors, 7);
    disk.collect();
    disk.mark(5, 4);
    var last =
        CompletableFuture.runAsync(
            () -> {
              try {
                write(sectors, 1, 8);
              } catch (IOException failed) {
                throw new IllegalStateException(failed);
              }
            });
    await("full");
    assertTrue(disk.isFull());
    assertFalse(last.isDone());
    assertTrue(disk.carryOut(5));
    await("carried out");
    last.get(20, TimeUnit.SECONDS);
    assertEquals(7, inImage(sectors - 1));
    assertArrayEquals(sectors(1, 8), read(sectors, 1));
  }

  @Test
  void anOwnersDiskTakesAllThatWasHeldAndHoldsNothingMore() throws Exception {
    hold();
    write(3, 1, 7);
    disk.flush();
    disk.open(() -> told.add("open"));
    await("open");
    assertFalse(disk.isOpen(), "what was to follow has not happened");
    disk.isOpened();
    assertTrue(disk.isOpen());
    assertEquals(7, inImage(3));
    write(4, 1, 8);
    assertEquals(8, inImage(4));
  }

  @Test
  void whatAGuestLeavesBehindIsNeverWritten() throws Exception {
    hold();
    write(3, 1, 7);
    disk.collect();
    disk.mark(5, 4);
    disk.leave();
    assertTrue(disk.hasLeft());
    assertThrows(IOException.class, () -> write(4, 1, 8));
    assertFalse(disk.carryOut(5));
    disk.welcome();
    assertTrue(disk.isOpen());
    assertArrayEquals(new byte[2 * SECTOR], read(3, 2));
    write(3, 1, 9);
    assertEquals(9, inImage(3));
  }
}
