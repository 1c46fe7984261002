package landfall.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import landfall.precopy.PageSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What the frames of checkpoints carry. */
class CheckpointPayloadTest {
  private static final int GUEST_PAGES = 200;

  private static CheckpointPages pages(long seed, int count) {
    var random = new Random(seed);
    List<CheckpointPages.Page> pages = new ArrayList<>();
    int number = random.nextInt(3);
    for (int i = 0; i < count; i++) {
      byte[] content = new byte[PageBatch.PAGE_BYTES];
      random.nextBytes(content);
      pages.add(
          new CheckpointPages.Page(
              number, random.nextInt(50), random.nextBoolean() ? ByteBuffer.wrap(content) : null));
      number += 1 + random.nextInt(2);
    }
    return new CheckpointPages(random.nextInt(1000), 1 + random.nextInt(1000), pages);
  }

  @Property(tries = 100)
  void pagesAreReadAsTheyWereWritten(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int count) throws FrameException {
    CheckpointPages written = pages(seed, count);
    CheckpointPages read = CheckpointPages.of(ByteBuffer.wrap(written.toBytes()), GUEST_PAGES);
    assertEquals(written, read);
  }

  @Property(tries = 100)
  void pagesThatAreCutShortOrGoOnAreRefused(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int count) {
    byte[] payload = pages(seed, count).toBytes();
    int length = new Random(seed).nextInt(payload.length);
    for (ByteBuffer bad :
        List.of(ByteBuffer.wrap(payload, 0, length), ByteBuffer.allocate(payload.length + 1))) {
      if (bad.limit() > payload.length) {
        bad.put(payload).flip().limit(payload.length + 1);
      }
      var refused = assertThrows(FrameException.class, () -> CheckpointPages.of(bad, GUEST_PAGES));
      assertTrue(refused.getMessage().startsWith("CheckpointPage frame"), refused.getMessage());
    }
  }

  @Test
  void aFullFrameOfPagesFitsIntoAFrame() {
    List<CheckpointPages.Page> pages = new ArrayList<>();
    for (int i = 0; i < CheckpointPages.PAGES_MAX; i++) {
      pages.add(new CheckpointPages.Page(i, 0, ByteBuffer.allocate(PageBatch.PAGE_BYTES)));
    }
    int bytes = new CheckpointPages(0, 1, pages).toBytes().length;
    assertTrue(bytes <= Frame.PAYLOAD_BYTES_MAX, bytes + " bytes");
  }

  @Test
  void pagesBeyondTheEndOfRamOrNotInOrderAreRefused() {
    var last = new CheckpointPages.Page(GUEST_PAGES, 0, null);
    var first = new CheckpointPages.Page(3, 0, null);
    for (List<CheckpointPages.Page> bad :
        List.of(List.of(last), List.of(first, first), List.<CheckpointPages.Page>of())) {
      ByteBuffer payload = ByteBuffer.wrap(new CheckpointPages(0, 1, bad).toBytes());
      assertThrows(FrameException.class, () -> CheckpointPages.of(payload, GUEST_PAGES));
    }
  }

  @Test
  void anEndIsReadAsItWasWrittenAndListsTheStateAsThePageBehindRam() throws FrameException {
    byte[] state = {1, 2, 3};
    var pages = new PageList(PageSet.of(3, GUEST_PAGES).toWords());
    byte[] payload = new CheckpointEnd(9, 4, 2, pages, state).toBytes();
    CheckpointEnd read = CheckpointEnd.of(ByteBuffer.wrap(payload), GUEST_PAGES + 1);
    assertEquals(9, read.message());
    assertEquals(4, read.position());
    assertEquals(2, read.version());
    assertEquals(PageSet.of(3, GUEST_PAGES), PageSet.ofWords(read.pages().words()));
    assertArrayEquals(state, read.state());
    assertThrows(
        FrameException.class, () -> CheckpointEnd.of(ByteBuffer.wrap(payload), GUEST_PAGES));
  }

  private static final long SECTORS = 64;

  private static CheckpointDisk disk(int index, int count, long sector, int bytes) {
    byte[] data = new byte[bytes];
    new Random(sector).nextBytes(data);
    return new CheckpointDisk(4, 2, index, count, sector, ByteBuffer.wrap(data));
  }

  @Property(tries = 100)
  void aWriteOfTheDiskIsReadAsItWasWrittenAndNotIfItIsCutShort(
      @ForAll @IntRange(max = 61) int sector, @ForAll @IntRange(max = 1023) int left)
      throws FrameException {
    CheckpointDisk written = disk(1, 3, sector, 1024);
    byte[] payload = written.toBytes();
    assertEquals(written, CheckpointDisk.of(ByteBuffer.wrap(payload), SECTORS));
    if (left != 512) {
      ByteBuffer cut = ByteBuffer.wrap(payload, 0, payload.length - 1024 + left);
      assertThrows(FrameException.class, () -> CheckpointDisk.of(cut, SECTORS));
    }
  }

  @Test
  void aWriteOfTheDiskThatGoesBeyondItOrIsTooLongIsRefused() {
    int most = CheckpointDisk.DATA_BYTES_MAX;
    for (CheckpointDisk bad :
        List.of(
            disk(0, 1, 63, 1024),
            disk(0, 1, 64, 512),
            disk(0, 1, -1, 512),
            disk(0, 1, Long.MAX_VALUE, 512),
            disk(0, 1, 0, 0),
            disk(0, 1, 0, most + 512),
            disk(3, 3, 0, 512),
            disk(-1, 3, 0, 512),
            disk(0, 0, 0, 512),
            disk(0, 1 + CheckpointDisk.TOTAL_BYTES_MAX / 512, 0, 512))) {
      ByteBuffer payload = ByteBuffer.wrap(bad.toBytes());
      var refused = assertThrows(FrameException.class, () -> CheckpointDisk.of(payload, SECTORS));
      assertTrue(refused.getMessage().startsWith("CheckpointDisk frame"), refused.getMessage());
      assertThrows(FrameException.class, () -> CheckpointDisk.of(payload, 0));
    }
  }

  @Test
  void theLongestWriteOfTheDiskFitsIntoAFrame() {
    int bytes = disk(0, 1, 0, CheckpointDisk.DATA_BYTES_MAX).toBytes().length;
    assertTrue(bytes <= Frame.PAYLOAD_BYTES_MAX, bytes + " bytes");
  }

  @Test
  void aWordIsReadAsItWasWritten() throws FrameException {
    var written = new CheckpointWord(7, 1L << 40);
    CheckpointWord read = CheckpointWord.of(ByteBuffer.wrap(written.toBytes()), "AskOwnership");
    assertEquals(written, read);
    assertThrows(FrameException.class, read::position);
  }

  @Property
  void bytesThatAreNoPayloadAreRefusedAndDoNoHarm(
      @ForAll long seed, @ForAll @IntRange(max = 60) int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    try {
      assertTrue(CheckpointPages.of(ByteBuffer.wrap(bytes), 64).pages().size() <= length);
    } catch (FrameException refused) {
      assertTrue(refused.getMessage().startsWith("CheckpointPage frame"), refused.getMessage());
    }
    try {
      assertTrue(CheckpointEnd.of(ByteBuffer.wrap(bytes), 64).state().length <= length);
    } catch (FrameException refused) {
      assertTrue(refused.getMessage().startsWith("CheckpointEnd frame"), refused.getMessage());
    }
    try {
      assertTrue(CheckpointDisk.of(ByteBuffer.wrap(bytes), 64).data().remaining() <= length);
    } catch (FrameException refused) {
      assertTrue(refused.getMessage().startsWith("CheckpointDisk frame"), refused.getMessage());
    }
    try {
      assertTrue(CheckpointWord.of(ByteBuffer.wrap(bytes), "Granted").message() >= 0);
    } catch (FrameException refused) {
      assertTrue(refused.getMessage().startsWith("Granted frame"), refused.getMessage());
    }
  }
}
