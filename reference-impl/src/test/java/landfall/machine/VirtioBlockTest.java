package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The block device as its driver sees it: virtio 1.1, sections 2.6, 4.2 and 5.2. */
class VirtioBlockTest {
  private static final int SECTORS = 100;
  private static final long ALL = VirtioBlock.OFFERED;
  private static final long NO_FLUSH = ALL & ~VirtioBlock.FEATURE_FLUSH;

  private final Memory memory = new Memory(DiskDriver.RAM_BYTES);
  private final MemoryStorage storage = new MemoryStorage(SECTORS);
  private final VirtioBlock disk = new VirtioBlock(memory);
  private final DiskDriver driver = new DiskDriver(memory, disk, storage);

  private DiskDriver attached() {
    disk.attach(storage, Runnable::run, () -> {});
    return driver;
  }

  @Test
  void aBoardWithoutADiskHasEmptyTransportsThatIgnoreEverything() {
    for (int at = 0; at < VirtioBlock.SIZE_BYTES; at += 4) {
      int register = at % VirtioBlock.TRANSPORT_BYTES;
      long expected = register == 0 ? 0x7472_6976 : register == 4 ? 2 : 0;
      if (register != VirtioBlock.VENDOR_ID) {
        assertEquals(expected, disk.load(at, 4), "register " + at);
      }
      assertEquals(VirtioBlock.DONE, disk.store(at, 4, 15));
    }
    assertEquals(VirtioBlock.Snapshot.ABSENT, disk.capture());
  }

  @Test
  void theFirstTransportTellsWhatItIsAndTheOthersStayEmpty() {
    attached();
    assertEquals(VirtioBlock.BLOCK_DEVICE, driver.read(VirtioBlock.DEVICE_ID));
    assertEquals(0, disk.load(0x1000 + VirtioBlock.DEVICE_ID, 4));
    assertEquals(SECTORS, disk.load(VirtioBlock.CONFIG, 8));
    assertEquals(SECTORS, disk.load(VirtioBlock.CONFIG, 4));
    assertEquals(0, disk.load(VirtioBlock.CONFIG + 4, 4));
    assertEquals(SECTORS, disk.load(VirtioBlock.CONFIG, 1));
    assertEquals(0, disk.load(VirtioBlock.CONFIG + 0x200, 8));
    assertEquals(0, disk.load(VirtioBlock.MAGIC_VALUE, 8), "registers are words");
    driver.write(VirtioBlock.DEVICE_FEATURES_SELECT, 1);
    assertEquals(1, driver.read(VirtioBlock.DEVICE_FEATURES), "version 1");
    driver.write(VirtioBlock.DEVICE_FEATURES_SELECT, 0);
    assertEquals((int) ALL, driver.read(VirtioBlock.DEVICE_FEATURES));
    driver.write(VirtioBlock.DEVICE_FEATURES_SELECT, 7);
    assertEquals(0, driver.read(VirtioBlock.DEVICE_FEATURES));
    driver.write(VirtioBlock.QUEUE_SELECT, 1);
    assertEquals(0, driver.read(VirtioBlock.QUEUE_SIZE_MAX), "there is one queue");
  }

  @ParameterizedTest
  @CsvSource({
    "0x100000200, true",
    "0x100000000, true",
    "0x200, false", // version 1 is missing
    "0x100000001, false", // never offered
    "0x300000000, false",
  })
  void featuresAreAcceptedOnlyIfTheyWereOffered(String features, boolean accepted) {
    attached();
    driver.write(VirtioBlock.STATUS, 3);
    driver.negotiate(Long.decode(features));
    assertEquals(accepted ? 11 : 3, driver.read(VirtioBlock.STATUS));
  }

  @Test
  void whatWasWrittenIsReadBackAndOnTheStorage() {
    attached().begin(ALL, 8);
    driver.fill(3, 1024);
    byte[] data = driver.data(1024);
    assertEquals(VirtioBlock.ANSWER_OK, driver.ask(VirtioBlock.TYPE_OUT, 98, 1024));
    assertArrayEquals(data, Arrays.copyOfRange(storage.written, 98 * 512, 100 * 512));
    driver.fill(9, 1024);
    assertEquals(VirtioBlock.ANSWER_OK, driver.ask(VirtioBlock.TYPE_IN, 98, 1024));
    assertArrayEquals(data, driver.data(1024));
    assertEquals(1, memory.load(DiskDriver.USED + 4 + 4, 4), "bytes written by OUT");
    assertEquals(1025, memory.load(DiskDriver.USED + 12 + 4, 4), "bytes written by IN");
    assertEquals(1, driver.read(VirtioBlock.INTERRUPT_STATUS));
    driver.write(VirtioBlock.INTERRUPT_ACKNOWLEDGE, 1);
    assertEquals(0, driver.read(VirtioBlock.INTERRUPT_STATUS));
  }

  @Test
  void aFlushMakesWritesDurableAndWithoutItEveryWriteIs() {
    attached().begin(ALL, 8);
    driver.fill(3, 512);
    driver.ask(VirtioBlock.TYPE_OUT, 0, 512);
    assertEquals(0, storage.flushes);
    assertEquals(VirtioBlock.ANSWER_OK, driver.ask(VirtioBlock.TYPE_FLUSH, 0, 0));
    assertArrayEquals(storage.written, storage.flushed);
    assertEquals(1, storage.flushes);

    driver.begin(NO_FLUSH, 8);
    memory.store(DiskDriver.USED + 2, 2, 0);
    driver.fill(4, 512);
    driver.ask(VirtioBlock.TYPE_OUT, 1, 512);
    assertArrayEquals(storage.written, storage.flushed);
    assertEquals(2, storage.flushes);
  }

  @Test
  void theNameIsToldAndWhatIsUnknownIsSaidToBe() {
    attached().begin(ALL, 8);
    assertEquals(VirtioBlock.ANSWER_OK, driver.ask(VirtioBlock.TYPE_GET_ID, 0, 20));
    assertEquals("landfall-disk", new String(driver.data(13)));
    assertEquals(VirtioBlock.ANSWER_UNSUPPORTED, driver.ask(11, 0, 512));
    assertFalse(driver.needsReset());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 100, 512", // behind the end
    "1, 100, 512",
    "0, 99, 1024", // across the end
    "1, 99, 1024",
    "0, -1, 512",
    "1, -1, 512",
    "0, 0, 511",
    "1, 0, 513",
    "0, 0x7fffffffffffffff, 1024",
  })
  void sectorsThatAreNotThereAreAnErrorOfTheRequest(int type, String sector, int length) {
    attached().begin(ALL, 8);
    assertEquals(VirtioBlock.ANSWER_ERROR, driver.ask(type, Long.decode(sector), length));
    assertEquals(0, storage.reads + storage.writes);
    assertFalse(driver.needsReset());
    assertEquals(VirtioBlock.ANSWER_OK, driver.ask(VirtioBlock.TYPE_IN, 0, 512));
  }

  @Test
  void aFailureOfTheStorageIsAnErrorOfTheRequestAndLeavesTheDataAlone() {
    attached().begin(ALL, 8);
    driver.fill(5, 512);
    byte[] before = driver.data(512);
    storage.fails = true;
    assertEquals(VirtioBlock.ANSWER_ERROR, driver.ask(VirtioBlock.TYPE_IN, 3, 512));
    assertArrayEquals(before, driver.data(512));
    assertEquals(VirtioBlock.ANSWER_ERROR, driver.ask(VirtioBlock.TYPE_OUT, 3, 512));
    assertEquals(VirtioBlock.ANSWER_ERROR, driver.ask(VirtioBlock.TYPE_FLUSH, 0, 0));
    storage.fails = false;
    assertEquals(VirtioBlock.ANSWER_OK, driver.ask(VirtioBlock.TYPE_OUT, 3, 512));
  }

  /** Each breaks one rule; see {@link #queueThatBreaks}. */
  @ParameterizedTest
  @CsvSource({
    "head",
    "loop",
    "next",
    "below",
    "above",
    "across",
    "wrap",
    "empty",
    "huge",
    "indirect",
    "order",
    "no answer",
    "short header",
    "too many",
  })
  void aQueueThatBreaksTheRulesMakesTheDeviceUselessUntilItIsReset(String rule) {
    attached().begin(ALL, 8);
    byte[] before = new byte[DiskDriver.RAM_BYTES];
    queueThatBreaks(rule);
    memory.loadBytes(0, before, 0, before.length);
    assertEquals(VirtioBlock.DONE, driver.notifyQueue());
    assertTrue(driver.needsReset());
    assertEquals(2, driver.read(VirtioBlock.INTERRUPT_STATUS), "the driver is told");
    assertEquals(VirtioBlock.DONE, driver.notifyQueue());
    byte[] after = new byte[before.length];
    memory.loadBytes(0, after, 0, after.length);
    assertArrayEquals(before, after, "nothing is written for it");
    assertEquals(0, storage.reads + storage.writes);

    driver.begin(ALL, 8);
    assertEquals(VirtioBlock.ANSWER_OK, driver.ask(VirtioBlock.TYPE_IN, 0, 512));
  }

  private void queueThatBreaks(String rule) {
    long ram = Machine.RAM_BASE;
    driver.request(VirtioBlock.TYPE_IN, 0, 512);
    switch (rule) {
      case "head" -> memory.store(DiskDriver.AVAILABLE + 4, 2, 8);
      case "loop" -> driver.descriptor(2, ram + DiskDriver.ANSWER, 1, 3, 2);
      case "next" -> driver.descriptor(0, ram + DiskDriver.HEADER, 16, 1, 8);
      case "below" -> driver.descriptor(1, ram - 1, 512, 3, 2);
      case "above" -> driver.descriptor(1, ram + DiskDriver.RAM_BYTES, 512, 3, 2);
      case "across" -> driver.descriptor(1, ram + DiskDriver.RAM_BYTES - 511, 512, 3, 2);
      case "wrap" -> driver.descriptor(1, -100, 512, 3, 2);
      case "empty" -> driver.descriptor(1, ram + DiskDriver.DATA, 0, 3, 2);
      case "huge" -> driver.descriptor(1, ram + DiskDriver.DATA, -512, 3, 2);
      case "indirect" -> driver.descriptor(0, ram + DiskDriver.HEADER, 16, 5, 1);
      case "order" -> driver.descriptor(2, ram + DiskDriver.ANSWER, 1, 0, 0);
      case "no answer" -> driver.descriptor(0, ram + DiskDriver.HEADER, 16, 0, 0);
      case "short header" -> driver.descriptor(0, ram + DiskDriver.HEADER, 15, 1, 1);
      case "too many" -> memory.store(DiskDriver.AVAILABLE + 2, 2, 9);
      default -> throw new IllegalArgumentException(rule);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0x80001000, 0x80002000, 0x80003000",
    "3, 0x80001000, 0x80002000, 0x80003000",
    "128, 0x80001000, 0x80002000, 0x80003000",
    "8, 0x80001008, 0x80002000, 0x80003000",
    "8, 0x80001000, 0x80002001, 0x80003000",
    "8, 0x80001000, 0x80002000, 0x80003002",
    "8, 0x8000fff0, 0x80002000, 0x80003000",
    "8, 0x80001000, 0x8000fffe, 0x80003000",
    "8, 0x80001000, 0x80002000, 0x7ffffffc",
    "8, -16, 0x80002000, 0x80003000",
  })
  void aQueueThatIsNotInRamIsRefused(int size, String table, String available, String used) {
    attached().begin(ALL, 8);
    driver.write(VirtioBlock.QUEUE_READY, 0);
    driver.write(VirtioBlock.QUEUE_SIZE, size);
    driver.writeLong(VirtioBlock.DESCRIPTORS, Long.decode(table));
    driver.writeLong(VirtioBlock.DRIVER_AREA, Long.decode(available));
    driver.writeLong(VirtioBlock.DEVICE_AREA, Long.decode(used));
    driver.write(VirtioBlock.QUEUE_READY, 1);
    assertTrue(driver.needsReset());
    assertEquals(0, driver.read(VirtioBlock.QUEUE_READY));
  }

  @Test
  void aQueueThatIsInUseCannotBeMoved() {
    attached().begin(ALL, 8);
    VirtioBlock.Snapshot before = disk.capture();
    driver.write(VirtioBlock.QUEUE_SIZE, 64);
    driver.writeLong(VirtioBlock.DESCRIPTORS, -1);
    assertEquals(before, disk.capture());
  }

  /** Neither the rings nor anything that they name is touched before all of it is there. */
  @ParameterizedTest
  @CsvSource({"1", "2", "3", "4", "5", "6"})
  void aRequestWaitsForAbsentPagesAndIsThenDoneWhole(int page) {
    attached().begin(ALL, 8);
    driver.fill(1, 8192);
    driver.request(VirtioBlock.TYPE_OUT, 10, 8192);
    memory.enableDirtyLog();
    memory.markAbsent(page);
    VirtioBlock.Snapshot before = disk.capture();
    for (int again = 0; again < 3; again++) {
      assertEquals(page, driver.notifyQueue());
      assertEquals(before, disk.capture());
      assertEquals(0, memory.dirtyCount());
      assertEquals(0, storage.writes);
    }
    memory.markPresent(page);
    assertEquals(VirtioBlock.DONE, driver.notifyQueue());
    assertEquals(VirtioBlock.ANSWER_OK, driver.answer());
    assertArrayEquals(driver.data(8192), Arrays.copyOfRange(storage.written, 5120, 13312));
  }

  @Test
  void whatTheDeviceWritesIsInTheDirtyLog() {
    attached().begin(ALL, 8);
    driver.request(VirtioBlock.TYPE_IN, 0, 8192);
    memory.enableDirtyLog();
    assertEquals(VirtioBlock.DONE, driver.notifyQueue());
    assertEquals(
        BitSet.valueOf(new long[] {1 << 3 | 1 << 4 | 1 << 5 | 1 << 6}),
        BitSet.valueOf(memory.harvestDirty()),
        "used ring, answer, and two pages of data");
  }

  @Test
  void instructionsThatTheDeviceOverwritesAreForgotten() {
    attached().begin(ALL, 8);
    long[] decoded = memory.decodedPage(5);
    Arrays.fill(decoded, 1);
    assertEquals(VirtioBlock.ANSWER_OK, driver.ask(VirtioBlock.TYPE_IN, 0, 512));
    assertEquals(0, decoded[0]);
    assertEquals(0, decoded[127]);
    assertEquals(1, decoded[128]);
  }

  // ---------------------------------------------------------------- a slow storage

  @Test
  void anInstructionThatWaitsForTheStorageHasDoneNothing() {
    var slow = new ArrayDeque<Runnable>();
    disk.attach(storage, slow::add, () -> {});
    driver.begin(ALL, 8);
    driver.request(VirtioBlock.TYPE_IN, 7, 512);
    Arrays.fill(storage.written, (byte) 5);
    memory.enableDirtyLog();
    VirtioBlock.Snapshot before = disk.capture();
    for (int again = 0; again < 3; again++) {
      assertEquals(VirtioBlock.STORAGE_AWAITED, driver.notifyQueue());
      assertFalse(disk.isAnswered());
      assertEquals(before, disk.capture());
      assertEquals(0, memory.dirtyCount());
      assertEquals(1, slow.size(), "it is asked once");
    }
    slow.poll().run();
    assertTrue(disk.isAnswered());
    assertEquals(0, memory.dirtyCount(), "the answer waits for the instruction");
    assertEquals(VirtioBlock.DONE, driver.notifyQueue());
    assertEquals(VirtioBlock.ANSWER_OK, driver.answer());
    assertEquals(5, driver.data(512)[511]);
    assertEquals(1, storage.reads);
  }

  /** An interrupt may come while it waits, and its handler may do what it likes. */
  @Test
  void anAnswerToAnotherQuestionIsNotTaken() {
    var slow = new ArrayDeque<Runnable>();
    disk.attach(storage, slow::add, () -> {});
    driver.begin(ALL, 8);
    driver.fill(1, 512);
    driver.request(VirtioBlock.TYPE_OUT, 7, 512);
    assertEquals(VirtioBlock.STORAGE_AWAITED, driver.notifyQueue());
    driver.fill(2, 512);
    assertEquals(VirtioBlock.STORAGE_AWAITED, driver.notifyQueue());
    assertEquals(1, slow.size(), "one at a time");
    slow.poll().run();
    assertEquals(VirtioBlock.STORAGE_AWAITED, driver.notifyQueue());
    assertEquals(0x77, driver.answer());
    slow.poll().run();
    assertEquals(VirtioBlock.DONE, driver.notifyQueue());
    assertEquals(VirtioBlock.ANSWER_OK, driver.answer());
    assertArrayEquals(driver.data(512), Arrays.copyOfRange(storage.written, 3584, 4096));
  }

  @Test
  void aDiskIsSettledOnceNothingIsUnderWayAndEverythingIsFlushed() {
    var slow = new ArrayDeque<Runnable>();
    disk.attach(storage, slow::add, () -> {});
    driver.begin(ALL, 8);
    assertTrue(disk.settle().isEmpty(), "nothing was written");
    driver.fill(1, 512);
    driver.request(VirtioBlock.TYPE_OUT, 7, 512);
    driver.notifyQueue();
    assertEquals("the disk has not answered yet", disk.settle().orElseThrow());
    assertEquals(1, slow.size());
    slow.poll().run();
    storage.fails = true;
    assertEquals("the disk is being flushed", disk.settle().orElseThrow());
    slow.poll().run();
    assertEquals("the disk is being flushed: the storage is gone", disk.settle().orElseThrow());
    storage.fails = false;
    slow.poll().run();
    assertTrue(disk.settle().isEmpty());
    assertArrayEquals(storage.written, storage.flushed);
    assertEquals(0x77, driver.answer(), "the guest has not been told");
  }

  // ---------------------------------------------------------------- state

  @Test
  void aDiskOfAnotherSizeAndAMissingOneAreRefused() {
    VirtioBlock none = new VirtioBlock(memory);
    VirtioBlock.Snapshot without = none.capture();
    attached().begin(ALL, 8);
    VirtioBlock.Snapshot state = disk.capture();
    VirtioBlock smaller = new VirtioBlock(memory);
    smaller.attach(new MemoryStorage(99), Runnable::run, () -> {});
    assertEquals(
        "device state of a machine with a disk of 100 sectors: this one has a disk of 99 sectors",
        assertThrows(IllegalArgumentException.class, () -> smaller.check(state)).getMessage());
    assertEquals(
        "device state of a machine with a disk of 100 sectors: this one has no disk",
        assertThrows(IllegalArgumentException.class, () -> none.check(state)).getMessage());
    assertEquals(
        "device state of a machine with no disk: this one has a disk of 100 sectors",
        assertThrows(IllegalArgumentException.class, () -> disk.check(without)).getMessage());
  }

  @Test
  void aDriverGoesOnWhereItsMachineWasRestored() {
    attached().begin(ALL, 8);
    driver.fill(1, 512);
    driver.ask(VirtioBlock.TYPE_OUT, 5, 512);
    VirtioBlock other = new VirtioBlock(memory);
    other.attach(storage, Runnable::run, () -> {});
    other.check(disk.capture());
    other.restore(disk.capture());
    assertEquals(disk.capture(), other.capture());
    driver.request(VirtioBlock.TYPE_IN, 5, 512);
    assertEquals(VirtioBlock.DONE, other.store(VirtioBlock.QUEUE_NOTIFY, 4, 0));
    assertEquals(VirtioBlock.ANSWER_OK, driver.answer());
    assertEquals(2, driver.usedIndex());
  }
}
