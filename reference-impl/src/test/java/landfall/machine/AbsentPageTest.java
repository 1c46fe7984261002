package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A guest that touches pages which are not there yet. */
@Timeout(30)
class AbsentPageTest {
  private static final int DATA_PAGE = 4;
  private static final long VALUE = 0x8877_6655_4433_2211L;

  /** One access by x2 (the value) and x3 (the result) at the address in x1. */
  record Access(String name, int word, int width, boolean stores) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Access> accesses() {
    return Stream.of(
        new Access("lb", Assembler.load(0, 3, 1, 0), 1, false),
        new Access("lbu", Assembler.load(4, 3, 1, 0), 1, false),
        new Access("lh", Assembler.load(1, 3, 1, 0), 2, false),
        new Access("lhu", Assembler.load(5, 3, 1, 0), 2, false),
        new Access("lw", Assembler.load(2, 3, 1, 0), 4, false),
        new Access("lwu", Assembler.load(6, 3, 1, 0), 4, false),
        new Access("ld", Assembler.load(3, 3, 1, 0), 8, false),
        new Access("sb", Assembler.store(0, 2, 1, 0), 1, true),
        new Access("sh", Assembler.store(1, 2, 1, 0), 2, true),
        new Access("sw", Assembler.store(2, 2, 1, 0), 4, true),
        new Access("sd", Assembler.store(3, 2, 1, 0), 8, true),
        new Access("lr.w", Assembler.atomic(2, 4, 3, 1, 0), 4, false),
        new Access("lr.d", Assembler.atomic(2, 8, 3, 1, 0), 8, false),
        new Access("amoswap.w", Assembler.atomic(1, 4, 3, 1, 2), 4, true),
        new Access("amoadd.d", Assembler.atomic(0, 8, 3, 1, 2), 8, true),
        new Access("amominu.d", Assembler.atomic(0x18, 8, 3, 1, 2), 8, true));
  }

  private static BareHart hart(int word, long address) {
    return BareHart.with(word).set(1, address).set(2, VALUE).set(3, 77);
  }

  private static byte[] page(BareHart hart, int page) {
    byte[] bytes = new byte[Memory.PAGE_SIZE];
    hart.machine.memory().readOnlyView(page, 1).get(bytes);
    return bytes;
  }

  private static void fill(BareHart hart) {
    for (int i = 0; i < 2 * Memory.PAGE_SIZE; i++) {
      hart.machine.memory().store((long) DATA_PAGE * Memory.PAGE_SIZE + i, 1, i * 31 + 7);
    }
  }

  /** Nothing has happened but that the hart knows which page it needs. */
  private static void assertAwaits(BareHart hart, int page) {
    long[] before = hart.cpu.capture();
    byte[] first = page(hart, DATA_PAGE);
    byte[] second = page(hart, DATA_PAGE + 1);
    hart.machine.memory().enableDirtyLog();
    for (int again = 0; again < 3; again++) {
      hart.cpu.run(5);
      assertEquals(page, hart.cpu.awaitedPage());
      assertArrayEquals(before, hart.cpu.capture(), "state of the hart");
    }
    assertArrayEquals(first, page(hart, DATA_PAGE));
    assertArrayEquals(second, page(hart, DATA_PAGE + 1));
    assertEquals(0, hart.machine.memory().dirtyCount());
    hart.machine.memory().disableDirtyLog();
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void anAccessToAnAbsentPageWaitsAndIsThenDoneAsIfThePageHadBeenThere(Access access) {
    BareHart whole = hart(access.word, BareHart.DATA + 8);
    fill(whole);
    whole.step(1);

    BareHart hart = hart(access.word, BareHart.DATA + 8);
    fill(hart);
    hart.machine.memory().markAbsent(DATA_PAGE);
    assertAwaits(hart, DATA_PAGE);
    hart.machine.memory().markPresent(DATA_PAGE);
    hart.step(1);

    assertEquals(-1, hart.cpu.awaitedPage());
    assertArrayEquals(whole.cpu.capture(), hart.cpu.capture());
    assertArrayEquals(page(whole, DATA_PAGE), page(hart, DATA_PAGE));
    assertEquals(BareHart.CODE + 4, hart.cpu.pc(), "it was executed");
  }

  /** One byte is on one page, and an atomic that is not aligned traps. */
  static Stream<Access> accessesAcrossPages() {
    return accesses().filter(access -> access.width > 1 && (access.word & 0x7f) != 0x2f);
  }

  @ParameterizedTest
  @MethodSource("accessesAcrossPages")
  void anAccessAcrossTwoPagesWaitsForEachOfThem(Access access) {
    long address = BareHart.DATA + Memory.PAGE_SIZE - 1;
    BareHart whole = hart(access.word, address);
    fill(whole);
    whole.step(1);

    BareHart hart = hart(access.word, address);
    fill(hart);
    hart.machine.memory().markAbsent(DATA_PAGE);
    hart.machine.memory().markAbsent(DATA_PAGE + 1);
    assertAwaits(hart, DATA_PAGE);
    hart.machine.memory().markPresent(DATA_PAGE);
    assertAwaits(hart, DATA_PAGE + 1);
    hart.machine.memory().markPresent(DATA_PAGE + 1);
    hart.step(1);

    assertArrayEquals(whole.cpu.capture(), hart.cpu.capture());
    assertArrayEquals(page(whole, DATA_PAGE), page(hart, DATA_PAGE));
    assertArrayEquals(page(whole, DATA_PAGE + 1), page(hart, DATA_PAGE + 1));
  }

  @Test
  void aStoreConditionalKeepsItsReservationWhileItWaits() {
    BareHart hart =
        BareHart.with(Assembler.atomic(2, 8, 4, 1, 0), Assembler.atomic(3, 8, 3, 1, 2))
            .set(1, BareHart.DATA)
            .set(2, VALUE)
            .set(3, 77);
    hart.step(1);
    // As after a move: the reservation came with the state, the page did not.
    hart.machine.memory().markAbsent(DATA_PAGE);
    assertAwaits(hart, DATA_PAGE);
    hart.machine.memory().markPresent(DATA_PAGE);
    hart.step(1);
    assertEquals(0, hart.get(3), "it succeeded");
    assertEquals(VALUE, hart.machine.memory().load(0x4000, 8));
  }

  @Test
  void aStoreConditionalThatFailsNeedsNoPage() {
    BareHart hart = hart(Assembler.atomic(3, 8, 3, 1, 2), BareHart.DATA);
    hart.machine.memory().markAbsent(DATA_PAGE);
    hart.step(1);
    assertEquals(1, hart.get(3));
    assertEquals(-1, hart.cpu.awaitedPage());
  }

  @ParameterizedTest
  @CsvSource({"jump", "next"})
  void aFetchFromAnAbsentPageWaits(String way) {
    BareHart hart =
        way.equals("jump")
            ? BareHart.with(Assembler.jal(0, DATA_PAGE * Memory.PAGE_SIZE))
            : BareHart.with(Assembler.NOP);
    if (way.equals("next")) {
      hart.place(BareHart.DATA - 4, Assembler.NOP);
      hart.cpu.setPc(BareHart.DATA - 4);
    }
    hart.place(BareHart.DATA, Assembler.addi(3, 3, 5));
    hart.cpu.setPc(way.equals("jump") ? BareHart.CODE : BareHart.DATA - 4);
    hart.machine.memory().markAbsent(DATA_PAGE);
    hart.cpu.run(1);
    assertEquals(BareHart.DATA, hart.cpu.pc());
    assertEquals(1, hart.cpu.retired());
    assertAwaits(hart, DATA_PAGE);
    hart.machine.memory().markPresent(DATA_PAGE);
    hart.step(1);
    assertEquals(5, hart.get(3));
    assertEquals(2, hart.cpu.retired());
  }

  @Test
  void codeThatArrivesReplacesWhatWasDecodedFromThePageBefore() {
    BareHart hart = BareHart.with(Assembler.jal(0, DATA_PAGE * Memory.PAGE_SIZE));
    hart.place(BareHart.DATA, Assembler.addi(3, 3, 5), Assembler.jal(0, -4));
    hart.step(2);
    assertEquals(5, hart.get(3));
    Memory memory = hart.machine.memory();
    memory.markAbsent(DATA_PAGE);
    ByteBuffer place = memory.writableView(DATA_PAGE, 1).order(ByteOrder.LITTLE_ENDIAN);
    place.putInt(0, Assembler.addi(3, 3, 9));
    memory.wasWritten(DATA_PAGE);
    memory.markPresent(DATA_PAGE);
    hart.step(2);
    assertEquals(14, hart.get(3));
  }

  @Test
  void aPageBehindAnAbsentOneIsUsedAllTheSame() {
    BareHart hart = hart(Assembler.load(3, 3, 1, 0), BareHart.DATA + Memory.PAGE_SIZE);
    fill(hart);
    hart.machine.memory().markAbsent(DATA_PAGE);
    hart.step(1);
    assertEquals(-1, hart.cpu.awaitedPage());
    assertEquals(hart.machine.memory().load(0x5000, 8), hart.get(3));
  }

  @Test
  void anAbsentPageIsNoReasonToDoubtTheEndOfRam() {
    BareHart hart = hart(Assembler.load(3, 3, 1, 0), Machine.RAM_BASE + (64 << 10));
    hart.machine.memory().markAbsent(DATA_PAGE);
    hart.step(1);
    assertEquals(-1, hart.cpu.awaitedPage());
    assertEquals(ControlRegisters.LOAD_FAULT, hart.read(0x342));
  }

  @Test
  void manyPagesBecomeAbsentAtOnce() {
    Memory memory = new Memory(200L << 12);
    memory.markAbsent(120);
    memory.markAbsent(new long[] {0, 1L << 5 | 1L << 63, 0, 1L << 7});
    assertEquals(69, memory.presentBelow());
    for (int page = 0; page < memory.pages(); page++) {
      assertEquals(
          !Set.of(69, 120, 127, 199).contains(page), memory.isPresent(page), "page " + page);
    }
    memory.markAbsent(new long[0]);
    assertEquals(69, memory.presentBelow());
    assertThrows(
        IndexOutOfBoundsException.class, () -> memory.markAbsent(new long[] {0, 0, 0, 1L << 8}));
  }

  @Test
  void memoryKnowsWhatIsAbsent() {
    Memory memory = new Memory(200L << 12);
    assertTrue(memory.isWhole());
    for (int page : new int[] {150, 3, 64, 63}) {
      memory.markAbsent(page);
    }
    assertEquals(3, memory.presentBelow());
    assertFalse(memory.isWhole());
    assertEquals(63, memory.firstAbsent(4L << 12, 61L << 12));
    assertEquals(-1, memory.firstAbsent(4L << 12, 59L << 12));
    memory.markPresent(64);
    memory.markPresent(3);
    assertEquals(63, memory.presentBelow());
    memory.markPresent(63);
    assertEquals(150, memory.presentBelow());
    assertTrue(memory.isPresent(149) && memory.isPresent(151) && !memory.isPresent(150));
    memory.markPresent(150);
    assertTrue(memory.isWhole());
  }

  @Test
  void theGuestsWritesToFollowedPagesAreTold() {
    BareHart hart = hart(Assembler.store(3, 2, 1, 0), BareHart.DATA);
    Memory memory = hart.machine.memory();
    memory.follow(3, DATA_PAGE);
    assertArrayEquals(new int[0], memory.writtenOfFollowed());
    hart.step(1);
    assertArrayEquals(new int[] {DATA_PAGE}, memory.writtenOfFollowed());
    assertArrayEquals(new int[0], memory.writtenOfFollowed());
    // With the dirty log, of which each is independent.
    memory.enableDirtyLog();
    hart.cpu.setPc(BareHart.CODE);
    hart.step(1);
    assertEquals(1, memory.dirtyCount());
    memory.harvestDirty();
    assertArrayEquals(new int[] {DATA_PAGE}, memory.writtenOfFollowed());
    memory.follow();
    hart.cpu.setPc(BareHart.CODE);
    hart.step(1);
    assertArrayEquals(new int[0], memory.writtenOfFollowed());
  }

  /** What the host reads and writes for a system call must be there before the guest asks. */
  @Test
  void aSystemCallWaitsForEveryPageThatItsHostTouches() throws Exception {
    long toHost = Machine.RAM_BASE + 0x1000;
    long fromHost = Machine.RAM_BASE + 0x2000;
    long block = Machine.RAM_BASE + 0x3ff0; // its arguments are on page 4, too
    long text = Machine.RAM_BASE + 0x5ffd; // and on page 6
    var console = new ByteArrayOutputStream();
    Machine machine = new Machine(64 << 10);
    ByteBuffer code = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    code.putInt(Assembler.store(3, 2, 1, 0)).flip();
    machine.load(
        new ElfFile(
            Machine.RAM_BASE,
            List.of(new ElfFile.Segment(Machine.RAM_BASE, code, 0x3000)),
            OptionalLong.of(toHost),
            OptionalLong.of(fromHost),
            false));
    machine.serialPort().onOutput(console::write);
    Memory memory = machine.memory();
    long[] words = {64, 1, text, 6};
    for (int i = 0; i < words.length; i++) {
      memory.store(block - Machine.RAM_BASE + 8L * i, 8, words[i]);
    }
    for (int i = 0; i < 6; i++) {
      memory.store(text - Machine.RAM_BASE + i, 1, "hello\n".charAt(i));
    }
    machine.cpu().setRegister(1, toHost);
    machine.cpu().setRegister(2, block);
    for (int page = 1; page <= 6; page++) {
      memory.markAbsent(page);
    }
    for (int page : new int[] {1, 3, 4, 5, 6, 2}) {
      machine.cpu().run(1);
      assertEquals(page, machine.cpu().awaitedPage());
      assertEquals(0, machine.cpu().retired());
      assertEquals("", console.toString(StandardCharsets.US_ASCII));
      assertEquals(0, memory.load(toHost - Machine.RAM_BASE, 8));
      memory.markPresent(page);
    }
    machine.cpu().run(1);
    assertEquals("hello\n", console.toString(StandardCharsets.US_ASCII));
    assertEquals(1, memory.load(fromHost - Machine.RAM_BASE, 8));
  }

  @Test
  void aGuestThatWaitsForAPageCanBePausedAndMovedAndGoesOnOnceThePageCame() throws Exception {
    var asked = new LinkedBlockingQueue<Integer>();
    Machine first = new Machine(64 << 10);
    first.memory().store(0, 4, Assembler.load(3, 3, 1, 0));
    first.memory().store(4, 4, Assembler.jal(0, 0));
    first.cpu().setRegister(1, BareHart.DATA);
    first.memory().markAbsent(DATA_PAGE);
    first.onAwaitedPage(asked::add);
    CompletableFuture<Halt> run = CompletableFuture.supplyAsync(first::run);
    assertEquals(DATA_PAGE, asked.poll(20, TimeUnit.SECONDS));
    first.pause();
    DeviceState state = first.captureState();
    assertEquals(0, first.cpu().retired());
    first.resume();
    assertEquals(1, first.<Integer>atSafePoint(() -> 1), "it stands at safe points");
    first.stop();
    assertEquals(Halt.Cause.STOPPED, run.get(20, TimeUnit.SECONDS).cause());

    Machine second = new Machine(64 << 10);
    second.memory().store(0, 4, Assembler.load(3, 3, 1, 0));
    second.memory().store(4, 4, Assembler.jal(0, 0));
    second.memory().markAbsent(DATA_PAGE);
    second.onAwaitedPage(asked::add);
    second.restoreState(state);
    CompletableFuture<Halt> there = CompletableFuture.supplyAsync(second::run);
    assertEquals(DATA_PAGE, asked.poll(20, TimeUnit.SECONDS));
    second.memory().writableView(DATA_PAGE, 1).order(ByteOrder.LITTLE_ENDIAN).putLong(0, VALUE);
    second.memory().wasWritten(DATA_PAGE);
    second.memory().markPresent(DATA_PAGE);
    second.pagesArrived();
    while (second.instructionsRetired() == 0) {
      Thread.onSpinWait();
    }
    second.stop();
    assertEquals(Halt.Cause.STOPPED, there.get(20, TimeUnit.SECONDS).cause());
    assertEquals(VALUE, second.cpu().register(3));
    assertEquals(1, second.pageWaits().count());
    assertTrue(second.pageWaits().totalNanos() > 0);
    assertEquals(0, first.pageWaits().count(), "it never went on there");
    second.forgetPageWaits();
    assertEquals(0, second.pageWaits().count());
    assertEquals(null, asked.poll(), "asked for once");
  }
}
