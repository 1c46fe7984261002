package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MemoryTest {
  private static final int PAGES = 130;

  private final Memory memory = new Memory((long) PAGES * Memory.PAGE_SIZE);

  private static ByteBuffer pageOf(int value) {
    ByteBuffer page = ByteBuffer.allocate(Memory.PAGE_SIZE);
    while (page.hasRemaining()) {
      page.put((byte) value);
    }
    return page.flip();
  }

  private BitSet harvest() {
    return BitSet.valueOf(memory.harvestDirty());
  }

  @Test
  void sizesThatAreNotWholePagesAreRefused() {
    for (long size : new long[] {0, -4096, 4095, 4097, 1L << 40}) {
      var refusal = assertThrows(IllegalArgumentException.class, () -> new Memory(size));
      assertTrue(refusal.getMessage().contains(Long.toString(size)), refusal.getMessage());
    }
  }

  @Test
  void freshRamIsZero() {
    for (int page = 0; page < PAGES; page++) {
      assertTrue(memory.isZeroPage(page));
    }
  }

  @Test
  void aPageWithOneByteAnywhereIsNotZero() {
    for (int at : new int[] {0, 1, 7, 2048, 4088, 4095}) {
      memory.store(3L * Memory.PAGE_SIZE + at, 1, 1);
      assertFalse(memory.isZeroPage(3));
      assertTrue(memory.isZeroPage(2) && memory.isZeroPage(4));
      memory.store(3L * Memory.PAGE_SIZE + at, 1, 0);
      assertTrue(memory.isZeroPage(3));
    }
  }

  @Test
  void pagesAreReadAsTheyWereWritten() {
    ByteBuffer two = ByteBuffer.allocateDirect(2 * Memory.PAGE_SIZE);
    new Random(7).ints(2 * Memory.PAGE_SIZE).forEach(value -> two.put((byte) value));
    two.flip();
    memory.writePage(129, two);
    memory.writePage(5, two);
    assertFalse(two.hasRemaining());
    ByteBuffer copy = ByteBuffer.allocate(2 * Memory.PAGE_SIZE);
    memory.readPage(129, copy);
    memory.readPage(5, copy);
    assertEquals(two.flip(), copy.flip());
    assertEquals(copy.slice(0, Memory.PAGE_SIZE), memory.readOnlyView(129, 1));
    memory.fillZero(5);
    assertTrue(memory.isZeroPage(5));
  }

  @Test
  void buffersThatAreTooShortAreRefusedAndNothingIsWritten() {
    assertThrows(
        BufferUnderflowException.class, () -> memory.writePage(1, ByteBuffer.allocate(4095)));
    assertThrows(
        BufferOverflowException.class, () -> memory.readPage(1, ByteBuffer.allocate(4095)));
    assertTrue(memory.isZeroPage(1));
  }

  @Test
  void accessesOutsideOfRamAreRefused() {
    for (int page : new int[] {-1, PAGES, Integer.MAX_VALUE}) {
      assertThrows(IndexOutOfBoundsException.class, () -> memory.isZeroPage(page));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.fillZero(page));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.markDirty(page));
    }
    for (long offset : new long[] {-1, memory.sizeBytes() - 7, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThrows(IndexOutOfBoundsException.class, () -> memory.load(offset, 8));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.store(offset, 8, 1));
    }
    assertThrows(IllegalArgumentException.class, () -> memory.load(0, 3));
  }

  @Test
  void nothingIsDirtyWhileTheLogIsOff() {
    memory.store(0, 8, 1);
    memory.writePage(1, pageOf(1));
    memory.markDirty(2);
    assertEquals(0, memory.dirtyCount());
    memory.enableDirtyLog();
    assertTrue(memory.isDirtyLogEnabled());
    assertEquals(0, memory.dirtyCount(), "it starts with no page dirty");
    memory.store(0, 8, 2);
    memory.disableDirtyLog();
    assertEquals(0, memory.dirtyCount());
    memory.enableDirtyLog();
    assertTrue(harvest().isEmpty(), "an earlier log leaves nothing behind");
  }

  @Test
  void everyKindOfWriteMakesItsPagesDirty() {
    memory.enableDirtyLog();
    memory.store(63L * Memory.PAGE_SIZE, 1, 0);
    memory.store(65L * Memory.PAGE_SIZE - 1, 2, 0); // across two pages
    memory.writePage(127, pageOf(0));
    memory.fillZero(128);
    memory.markDirty(129);
    assertEquals(6, memory.dirtyCount());
    BitSet expected = new BitSet();
    expected.set(63, 66);
    expected.set(127, 130);
    assertEquals(expected, harvest());
    assertEquals(0, memory.dirtyCount());
    assertTrue(harvest().isEmpty());
  }

  @Test
  void aStoreOfTheGuestAfterAHarvestIsInTheNext() {
    BareHart hart =
        BareHart.with(
            Assembler.store(3, 2, 1, 0),
            Assembler.store(0, 2, 1, 1),
            Assembler.atomic(1, 8, 3, 1, 2),
            Assembler.store(2, 2, 1, 4));
    Memory ram = hart.machine.memory();
    int page = (int) (BareHart.DATA - Machine.RAM_BASE) / Memory.PAGE_SIZE;
    ram.enableDirtyLog();
    hart.set(1, BareHart.DATA);
    for (int store = 0; store < 4; store++) {
      hart.step(1);
      assertEquals(BitSet.valueOf(new long[] {1L << page}), BitSet.valueOf(ram.harvestDirty()));
    }
  }

  @Property(tries = 300)
  void theLogHoldsExactlyThePagesWrittenSinceTheLastHarvest(@ForAll Random random) {
    Memory ram = new Memory((long) PAGES * Memory.PAGE_SIZE);
    ram.enableDirtyLog();
    BitSet expected = new BitSet();
    for (int step = 0; step < 200; step++) {
      int page = random.nextInt(PAGES);
      switch (random.nextInt(5)) {
        case 0 -> ram.writePage(page, pageOf(step));
        case 1 -> ram.markDirty(page);
        case 2 -> {
          assertEquals(expected.cardinality(), ram.dirtyCount());
          assertEquals(expected, BitSet.valueOf(ram.harvestDirty()));
          expected.clear();
          continue;
        }
        default -> ram.store((long) page * Memory.PAGE_SIZE + 8 * random.nextInt(512), 8, step);
      }
      expected.set(page);
    }
    assertEquals(expected, BitSet.valueOf(ram.harvestDirty()));
  }

  /**
   * The claim that migration rests on. A guest writes rising numbers to pages while another thread
   * copies dirty ones round after round; once the guest stands, one last round must make the copy
   * equal, although pages were read while they were written.
   */
  @Test
  @Timeout(30)
  void roundsOfHarvestAndCopyLoseNoWriteOfARunningGuest() throws Exception {
    int firstDataPage = 4;
    int dataPages = 60;
    Machine machine = new Machine((firstDataPage + dataPages) * (long) Memory.PAGE_SIZE);
    int[] program = {
      // x1 walks over the data with a stride of 264 bytes, x2 counts
      Assembler.addi(2, 2, 1),
      Assembler.store(3, 2, 1, 0),
      Assembler.store(0, 2, 1, 9),
      Assembler.addi(1, 1, 264),
      Assembler.branch(4, 1, 3, -16),
      Assembler.register(0x33, 0, 0, 1, 4, 0),
      Assembler.jal(0, -24),
    };
    for (int i = 0; i < program.length; i++) {
      machine.memory().store(4L * i, 4, program[i]);
    }
    long data = Machine.RAM_BASE + (long) firstDataPage * Memory.PAGE_SIZE;
    machine.cpu().setRegister(1, data);
    machine.cpu().setRegister(4, data);
    machine.cpu().setRegister(3, data + (long) dataPages * Memory.PAGE_SIZE - 264);
    Memory source = machine.memory();
    Memory copy = new Memory(source.sizeBytes());

    Thread guest = new Thread(machine::run, "guest");
    guest.start();
    try {
      machine.atSafePoint(
          () -> {
            source.enableDirtyLog();
            return null;
          });
      for (int page = 0; page < source.pages(); page++) {
        copyPage(source, copy, page);
      }
      for (int round = 0; round < 300; round++) {
        awaitProgress(machine);
        copyAll(source, copy, machine.atSafePoint(source::harvestDirty));
      }
      awaitProgress(machine);
      machine.pause();
      long[] last = source.harvestDirty();
      assertFalse(BitSet.valueOf(last).isEmpty(), "the guest wrote in the last round");
      copyAll(source, copy, last);
      for (int page = 0; page < source.pages(); page++) {
        byte[] expected = new byte[Memory.PAGE_SIZE];
        byte[] found = new byte[Memory.PAGE_SIZE];
        source.readPage(page, ByteBuffer.wrap(expected));
        copy.readPage(page, ByteBuffer.wrap(found));
        assertArrayEquals(expected, found, "page " + page);
      }
    } finally {
      machine.stop();
      guest.join();
    }
  }

  @Test
  @Timeout(30)
  void writesFromSeveralThreadsAreAllInTheLog() throws Exception {
    memory.enableDirtyLog();
    Thread[] writers = new Thread[4];
    for (int i = 0; i < writers.length; i++) {
      int first = i;
      writers[i] =
          new Thread(
              () -> {
                for (int page = first; page < PAGES; page += writers.length) {
                  memory.writePage(page, pageOf(page));
                }
              });
    }
    for (Thread writer : writers) {
      writer.start();
    }
    BitSet seen = new BitSet();
    for (Thread writer : writers) {
      writer.join();
      seen.or(harvest());
    }
    assertEquals(PAGES, seen.cardinality(), "neighbouring bits of one word were not overwritten");
  }

  private static void awaitProgress(Machine machine) {
    long before = machine.instructionsRetired();
    while (machine.instructionsRetired() == before) {
      Thread.onSpinWait();
    }
  }

  private static void copyAll(Memory source, Memory copy, long[] dirty) {
    BitSet.valueOf(dirty).stream().forEach(page -> copyPage(source, copy, page));
  }

  private static void copyPage(Memory source, Memory copy, int page) {
    ByteBuffer buffer = ByteBuffer.allocate(Memory.PAGE_SIZE);
    source.readPage(page, buffer);
    copy.writePage(page, buffer.flip());
  }
}
