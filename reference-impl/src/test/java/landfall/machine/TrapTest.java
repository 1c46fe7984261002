package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Traps, interrupts and the registers that govern them. */
class TrapTest {
  private static final int MSTATUS = 0x300;
  private static final int MIE = 0x304;
  private static final int MTVEC = 0x305;
  private static final int MEPC = 0x341;
  private static final int MCAUSE = 0x342;
  private static final int MTVAL = 0x343;
  private static final int MIP = 0x344;
  private static final int MCYCLE = 0xb00;
  private static final int MINSTRET = 0xb02;
  private static final int INSTRET = 0xc02;
  private static final int MCOUNTINHIBIT = 0x320;

  private static final long TIMER = 1L << 7;
  private static final long SOFTWARE = 1L << 3;
  private static final long CLINT = 0x200_0000L;
  private static final long UART = 0x1000_0000L;

  private static void assertTrapped(BareHart hart, long cause, long value) {
    assertEquals(BareHart.HANDLER, hart.cpu.pc(), "pc is at the handler");
    assertEquals(BareHart.CODE, hart.read(MEPC), "mepc");
    assertEquals(cause, hart.read(MCAUSE), "mcause");
    assertEquals(value, hart.read(MTVAL), "mtval");
    assertEquals(0, hart.cpu.retired(), "what traps does not retire");
  }

  @Test
  void callsTellThePrivilegeThatTheyCameFrom() {
    assertTrapped(BareHart.with(Assembler.ECALL).step(1), 11, 0);
    BareHart user = BareHart.with(Assembler.ECALL);
    user.write(MSTATUS, 0);
    user.write(MEPC, BareHart.CODE);
    user.cpu.control().returnFromTrap();
    assertTrapped(user.step(1), 8, 0);
    assertEquals(0, user.read(MSTATUS) >>> 11 & 3, "mpp is user");
  }

  @Test
  void breakpointsTellTheirAddress() {
    assertTrapped(BareHart.with(Assembler.EBREAK).step(1), 3, BareHart.CODE);
  }

  @ParameterizedTest
  @CsvSource({
    "0x00000000", "0xffffffff", "0x10200073", "0x04101013", "0x00002063", "0x00007003",
    "0x00004023", "0x0000500f", "0x00004073", "0x2810a02f", "0x0000802f", "0x06000033",
    "0x00001b07", "0x12000073"
  })
  void wordsThatAreNoInstructionTrapAndAreTold(String hex) {
    long word = Long.decode(hex) & 0xffff_ffffL;
    assertTrapped(BareHart.with((int) word).step(1), 2, word);
  }

  @Test
  void accessesOutsideOfTheMapFault() {
    assertTrapped(BareHart.with(Assembler.load(3, 3, 1, 0)).set(1, 0x4000).step(1), 5, 0x4000);
    assertTrapped(BareHart.with(Assembler.store(3, 3, 1, 0)).set(1, 0x4000).step(1), 7, 0x4000);
    long end = Machine.RAM_BASE + (64 << 10);
    assertTrapped(BareHart.with(Assembler.load(3, 3, 1, 0)).set(1, end - 4).step(1), 5, end - 4);
    assertTrapped(BareHart.with(Assembler.store(0, 3, 1, 0)).set(1, end).step(1), 7, end);
    assertTrapped(BareHart.with(Assembler.load(0, 3, 1, 0)).set(1, -1).step(1), 5, -1);
    int swap = Assembler.atomic(1, 8, 3, 1, 2);
    assertTrapped(BareHart.with(swap).set(1, UART).step(1), 7, UART);
    assertTrapped(BareHart.with(swap).set(1, BareHart.DATA + 4).step(1), 6, BareHart.DATA + 4);
    int reserve = Assembler.atomic(2, 8, 3, 1, 0);
    assertTrapped(BareHart.with(reserve).set(1, BareHart.DATA + 1).step(1), 4, BareHart.DATA + 1);
    assertTrapped(BareHart.with(reserve).set(1, 64).step(1), 5, 64);
  }

  @Test
  void misalignedDeviceAccessesTrap() {
    assertTrapped(
        BareHart.with(Assembler.load(2, 3, 1, 0)).set(1, CLINT + 2).step(1), 4, CLINT + 2);
    assertTrapped(
        BareHart.with(Assembler.store(3, 3, 1, 0)).set(1, CLINT + 4).step(1), 6, CLINT + 4);
  }

  @Test
  void jumpsToHalfAnInstructionTrapAtTheJumpAndLinkNothing() {
    BareHart jump = BareHart.with(Assembler.jal(5, 6)).set(5, 77).step(1);
    assertTrapped(jump, 0, BareHart.CODE + 6);
    assertEquals(77, jump.get(5));
    assertTrapped(BareHart.with(Assembler.jalr(5, 0, 2)).step(1), 0, 2);
    assertTrapped(BareHart.with(Assembler.branch(0, 0, 0, 10)).step(1), 0, BareHart.CODE + 10);
    assertEquals(BareHart.CODE + 4, BareHart.with(Assembler.branch(1, 0, 0, 10)).step(1).cpu.pc());
  }

  @Test
  void fetchingOutsideOfRamFaults() {
    BareHart hart = BareHart.with(Assembler.jalr(0, 1, 0)).set(1, UART).step(2);
    assertEquals(1, hart.read(MCAUSE));
    assertEquals(UART, hart.read(MEPC));
    assertEquals(UART, hart.read(MTVAL));
    assertEquals(BareHart.HANDLER, hart.cpu.pc());
  }

  @Test
  void runningOffTheEndOfAPageGoesOnInTheNext() {
    BareHart hart = new BareHart();
    hart.place(BareHart.CODE + 4092, Assembler.addi(1, 1, 1), Assembler.addi(1, 1, 2));
    hart.cpu.setPc(BareHart.CODE + 4092);
    assertEquals(3, hart.step(2).get(1));
  }

  @Test
  void aHandlerThatIsNowhereDoesNotHangTheRun() {
    BareHart hart = BareHart.with(Assembler.ECALL);
    hart.write(MTVEC, 0);
    assertEquals(1000, hart.cpu.run(1000));
    assertEquals(1, hart.read(MCAUSE));
  }

  @Test
  void returningFromATrapRestoresInterruptsAndPrivilege() {
    BareHart hart = BareHart.with(Assembler.MRET);
    hart.write(MSTATUS, TIMER); // mpie, mpp user
    hart.write(MEPC, BareHart.DATA);
    hart.step(1);
    assertEquals(BareHart.DATA, hart.cpu.pc());
    assertEquals(ControlRegisters.USER, hart.cpu.control().privilege());
    assertEquals(SOFTWARE | TIMER, hart.read(MSTATUS) & 0x1888);
  }

  @Test
  void userModeMayNotTouchMachineRegistersOrReturnFromTraps() {
    for (int word :
        new int[] {Assembler.csrRead(3, MSTATUS), Assembler.MRET, Assembler.csrRead(3, INSTRET)}) {
      BareHart hart = BareHart.with(word);
      hart.write(MSTATUS, 0);
      hart.cpu.control().returnFromTrap();
      assertTrapped(hart.step(1), 2, word & 0xffff_ffffL);
    }
  }

  @Test
  void readOnlyRegistersRefuseWritesButNotEmptySets() {
    int writing = Assembler.csr(1, 3, 0xf14, 0);
    assertTrapped(BareHart.with(writing).step(1), 2, writing & 0xffff_ffffL);
    int setting = Assembler.csr(2, 3, 0xf14, 1);
    assertTrapped(BareHart.with(setting).step(1), 2, setting & 0xffff_ffffL);
    BareHart reading = BareHart.with(Assembler.csrRead(3, 0xf14)).set(3, 5).step(1);
    assertEquals(0, reading.get(3));
    assertEquals(1, reading.cpu.retired());
  }

  @Test
  void registersThatDoNotExistTrap() {
    for (int csr : new int[] {0x000, 0x180, 0x302, 0x303, 0x3a1, 0x310, 0x7b0, 0xfff}) {
      int word = Assembler.csrRead(3, csr);
      assertTrapped(BareHart.with(word).step(1), 2, word & 0xffff_ffffL);
    }
  }

  @Test
  void settingAndClearingBitsReturnsTheOldValue() {
    BareHart hart =
        BareHart.with(
            Assembler.csr(1, 3, 0x340, 1),
            Assembler.csr(2, 4, 0x340, 2),
            Assembler.csr(3, 5, 0x340, 1),
            Assembler.csr(5, 6, 0x340, 31),
            Assembler.csr(6, 7, 0x340, 0),
            Assembler.csr(7, 8, 0x340, 1),
            Assembler.csrRead(9, 0x340));
    hart.set(1, 0xf0).set(2, 0x0f).set(3, -1).step(7);
    assertEquals(0, hart.get(3));
    assertEquals(0xf0, hart.get(4));
    assertEquals(0xff, hart.get(5));
    assertEquals(0x0f, hart.get(6));
    assertEquals(31, hart.get(7));
    assertEquals(31, hart.get(8));
    assertEquals(30, hart.get(9));
  }

  @Property(tries = 500)
  void fieldsHoldLegalValuesWhateverIsWritten(@ForAll long value) {
    BareHart hart = new BareHart();
    hart.write(MSTATUS, value);
    long mpp = hart.read(MSTATUS) >>> 11 & 3;
    assertTrue(mpp == 0 || mpp == 3);
    hart.write(MEPC, value);
    assertEquals(value & ~3, hart.read(MEPC));
    hart.write(MTVEC, value);
    assertEquals(value & ~2, hart.read(MTVEC));
    hart.write(MIE, value);
    assertEquals(value & 0x888, hart.read(MIE));
    hart.write(0x301, value);
    assertEquals(2L << 62 | 0x10_1101, hart.read(0x301), "misa is RV64IMA with user mode");
    ControlRegisters.check(hart.cpu.control().capture());
  }

  @Property
  void softwareSeesThatThereIsNoMemoryProtection(@ForAll long value) {
    int reads = Assembler.csrRead(3, 0x3a0);
    for (int csr = 0x3a0; csr <= 0x3bf; csr++) {
      if (csr < 0x3b0 && csr != 0x3a0 && csr != 0x3a2) {
        continue;
      }
      BareHart hart =
          BareHart.with(Assembler.csrWrite(csr, 2), Assembler.csrRead(3, csr), reads)
              .set(2, value)
              .set(3, -1)
              .step(2);
      assertEquals(BareHart.CODE + 8, hart.cpu.pc(), "the registers are there, and read 0");
      assertEquals(0, hart.get(3));
    }
  }

  @Test
  void retiredInstructionsAreCountedExactly() {
    BareHart hart =
        BareHart.with(
            Assembler.NOP,
            Assembler.csrRead(1, MINSTRET),
            Assembler.csrWrite(MINSTRET, 5),
            Assembler.csrRead(2, MINSTRET),
            Assembler.NOP,
            Assembler.csrRead(3, MINSTRET),
            Assembler.csrRead(4, MCYCLE));
    hart.set(5, 1000).step(7);
    assertEquals(1, hart.get(1));
    assertEquals(1000, hart.get(2), "the write itself is not counted");
    assertEquals(1002, hart.get(3));
    assertEquals(6, hart.get(4));
  }

  @Test
  void inhibitedCountersStandStillAndGoOnFromThere() {
    BareHart hart =
        BareHart.with(
            Assembler.csr(5, 0, MCOUNTINHIBIT, 4),
            Assembler.NOP,
            Assembler.csrRead(1, MINSTRET),
            Assembler.csrRead(2, MINSTRET),
            Assembler.csr(5, 0, MCOUNTINHIBIT, 0),
            Assembler.csrRead(3, MINSTRET),
            Assembler.csrRead(4, MINSTRET));
    hart.step(7);
    assertEquals(1, hart.get(1));
    assertEquals(1, hart.get(2));
    assertEquals(1, hart.get(3));
    assertEquals(2, hart.get(4));
  }

  @Test
  void aGuestThatExecutesAllOverALargeRamIsServedWithBoundedCaches() {
    Machine machine = new Machine(20L << 20);
    int pages = machine.memory().pages();
    for (int page = 0; page < pages - 1; page++) {
      machine.memory().store((long) page * Memory.PAGE_SIZE, 4, Assembler.addi(3, 3, 1));
      machine.memory().store((long) page * Memory.PAGE_SIZE + 4, 4, Assembler.jal(0, 4092));
    }
    machine.cpu().run(2 * (pages - 1));
    assertEquals(pages - 1, machine.cpu().register(3));
    long kept = java.util.Arrays.stream(machine.memory().decoded).filter(p -> p != null).count();
    assertTrue(kept <= 4096, "kept " + kept);
  }

  @Test
  void codeThatTheGuestOverwritesIsExecutedAsWritten() {
    BareHart hart =
        BareHart.with(
            Assembler.addi(3, 3, 1),
            Assembler.store(2, 2, 1, 0),
            Assembler.FENCE_I,
            Assembler.branch(0, 0, 0, -12));
    hart.set(1, BareHart.CODE).set(2, Assembler.addi(3, 3, 100)).step(5);
    assertEquals(101, hart.get(3));
  }

  @Test
  void codeThatIsReplacedFromOutsideIsExecutedAsWritten() {
    BareHart hart = BareHart.with(Assembler.addi(3, 3, 1));
    hart.step(1);
    var page = java.nio.ByteBuffer.allocate(Memory.PAGE_SIZE);
    page.order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(0, Assembler.addi(3, 3, 100));
    hart.machine.memory().writePage(0, page);
    hart.cpu.setPc(BareHart.CODE);
    assertEquals(101, hart.step(1).get(3));
  }

  @Test
  void theTimerInterruptsWhenGuestTimeReachesTheCompareValue() {
    BareHart hart = BareHart.with(Assembler.NOP, Assembler.NOP, Assembler.NOP);
    hart.machine.memory().store(0x1000, 4, Assembler.NOP);
    hart.write(MIE, TIMER);
    hart.write(MSTATUS, SOFTWARE | 3L << 11);
    clint(hart).store(0x4000, 8, 50);
    clint(hart).setTicking(true);
    hart.nanos.set(4_999);
    hart.step(1);
    assertEquals(BareHart.CODE + 4, hart.cpu.pc());
    assertEquals(0, hart.read(MIP));
    hart.nanos.set(5_000);
    hart.step(1);
    assertEquals(1L << 63 | 7, hart.read(MCAUSE));
    assertEquals(BareHart.CODE + 4, hart.read(MEPC));
    assertEquals(BareHart.HANDLER + 4, hart.cpu.pc());
    assertEquals(TIMER, hart.read(MIP));
    assertEquals(0, hart.read(MSTATUS) & SOFTWARE, "interrupts are off in the handler");
  }

  @Test
  void vectoredInterruptsGoToTheirSlotAndExceptionsToTheBase() {
    BareHart hart = BareHart.with(Assembler.NOP, Assembler.ECALL);
    hart.write(MTVEC, BareHart.HANDLER | 1);
    hart.write(MIE, SOFTWARE | TIMER);
    clint(hart).store(0, 4, 1);
    clint(hart).store(0x4000, 8, 0);
    hart.step(1);
    assertEquals(BareHart.CODE + 4, hart.cpu.pc(), "machine mode has interrupts off");
    hart.step(1);
    assertEquals(BareHart.HANDLER, hart.cpu.pc(), "an exception");
    hart.write(MSTATUS, SOFTWARE);
    assertEquals(BareHart.HANDLER + 12, hart.cpu.control().takeInterrupt(BareHart.CODE));
    assertEquals(1L << 63 | 3, hart.read(MCAUSE), "software comes before timer");
  }

  @Test
  void anInterruptThatTheGuestEnablesIsTakenBeforeItsNextInstruction() {
    BareHart hart = BareHart.with(Assembler.csr(6, 0, MSTATUS, 8), Assembler.addi(3, 3, 1));
    hart.write(MIE, SOFTWARE);
    clint(hart).store(0, 4, 1);
    hart.place(BareHart.HANDLER, Assembler.addi(4, 4, 1));
    hart.step(2);
    assertEquals(0, hart.get(3));
    assertEquals(1, hart.get(4));
    assertEquals(BareHart.CODE + 4, hart.read(MEPC));
  }

  @Test
  void userModeIsInterruptedEvenWithInterruptsOff() {
    BareHart hart = BareHart.with(Assembler.NOP);
    hart.write(MSTATUS, 0);
    hart.write(MEPC, BareHart.CODE);
    hart.cpu.control().returnFromTrap();
    hart.write(MIE, SOFTWARE);
    clint(hart).store(0, 4, 1);
    hart.step(1);
    assertEquals(1L << 63 | 3, hart.read(MCAUSE));
  }

  @Test
  void waitingEndsWhenAnEnabledInterruptIsPendingEvenIfTrapsAreOff() {
    BareHart hart = BareHart.with(Assembler.WFI, Assembler.addi(3, 3, 1));
    hart.write(MIE, TIMER);
    clint(hart).store(0x4000, 8, 10);
    clint(hart).setTicking(true);
    assertEquals(1, hart.cpu.run(100));
    assertTrue(hart.cpu.isWaiting());
    assertEquals(0, hart.cpu.run(100), "it stands");
    assertEquals(1_000, clint(hart).nanosToTimer());
    hart.nanos.set(1_000);
    hart.step(1);
    assertFalse(hart.cpu.isWaiting());
    assertEquals(1, hart.get(3));
    assertEquals(1, hart.cpu.retired() - 1);
  }

  @Test
  void guestTimeIsReadThroughTheRegisterAndTheDevice() {
    BareHart hart = BareHart.with(Assembler.csrRead(3, 0xc01), Assembler.load(3, 4, 1, -8));
    clint(hart).setTicking(true);
    hart.nanos.set(123_456);
    hart.set(1, CLINT + 0xc000).step(2);
    assertEquals(1234, hart.get(3));
    assertEquals(1234, hart.get(4));
  }

  @Test
  void halfWordsOfTheTimerRegistersAreWrittenAlone() {
    Clint clint = new Clint(() -> 0);
    clint.store(0x4000, 4, 0x1234_5678L);
    clint.store(0x4004, 4, 0xffff_ffff_8765_4321L);
    assertEquals(0x8765_4321_1234_5678L, clint.load(0x4000, 8));
    assertEquals(0x8765_4321L, clint.load(0x4004, 4) & 0xffff_ffffL);
    clint.store(0xbff8, 8, 99);
    assertEquals(99, clint.time());
  }

  @Property(tries = 300)
  void noProgramWhatsoeverMakesTheHartThrow(@ForAll Random random) {
    BareHart hart = new BareHart();
    for (int at = 0; at < 256; at++) {
      hart.machine.memory().store(4L * at, 4, likelyInstruction(random));
    }
    hart.write(MTVEC, BareHart.CODE + 4L * random.nextInt(256));
    for (int register = 1; register < 32; register++) {
      hart.set(register, random.nextBoolean() ? random.nextLong() : likelyAddress(random));
    }
    hart.step(3_000);
    assertEquals(0, hart.get(0));
    assertEquals(0, hart.cpu.pc() & 3);
    hart.cpu.check(hart.cpu.capture());
  }

  /** Random words, most of them bent into the opcodes that exist. */
  static int likelyInstruction(Random random) {
    int[] opcodes = {0x37, 0x17, 0x6f, 0x67, 0x63, 0x03, 0x23, 0x13, 0x1b, 0x33, 0x3b, 0x0f, 0x73};
    int word = random.nextInt();
    return switch (random.nextInt(10)) {
      case 0 -> word;
      case 1 -> word & ~0x7f | 0x2f;
      case 2 -> Assembler.MRET;
      default -> word & 0x7fff_ff80 | opcodes[random.nextInt(opcodes.length)];
    };
  }

  private static long likelyAddress(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> UART + random.nextInt(16);
      case 1 -> CLINT + 0x4000;
      default -> Machine.RAM_BASE + random.nextInt(64 << 10);
    };
  }

  private static Clint clint(BareHart hart) {
    return hart.machine.clint();
  }
}
