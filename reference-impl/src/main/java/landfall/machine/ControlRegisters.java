package landfall.machine;

/**
 * The control and status registers of the hart, its privilege, and what traps do to them.
 *
 * <p>Fields that may hold only some values (WARL) always hold a legal one: a write of another keeps
 * what was there, or clears the bits that do not exist.
 */
final class ControlRegisters {
  static final int USER = 0;
  static final int MACHINE = 3;

  static final int INSTRUCTION_MISALIGNED = 0;
  static final int INSTRUCTION_FAULT = 1;
  static final int ILLEGAL_INSTRUCTION = 2;
  static final int BREAKPOINT = 3;
  static final int LOAD_MISALIGNED = 4;
  static final int LOAD_FAULT = 5;
  static final int STORE_MISALIGNED = 6;
  static final int STORE_FAULT = 7;
  static final int CALL_FROM_USER = 8;
  static final int CALL_FROM_MACHINE = 11;

  private static final int SOFTWARE_INTERRUPT = 3;
  private static final int TIMER_INTERRUPT = 7;

  private static final long MIE = 1L << 3;
  private static final long MPIE = 1L << 7;
  private static final long MPP = 3L << 11;
  private static final long MPRV = 1L << 17;
  private static final long TW = 1L << 21;
  private static final long USER_XLEN_64 = 2L << 32;
  private static final long STATUS_MASK = MIE | MPIE | MPP | MPRV | TW;
  private static final long INTERRUPTS = 1L << 3 | 1L << 7 | 1L << 11;
  private static final long MISA = 2L << 62 | 1 << ('A' - 'A') | 1 << 8 | 1 << 12 | 1 << 20;

  private final Clint clint;

  /** Instructions retired since the machine was made; kept by the hart, read by the counters. */
  long retired;

  private int privilege = MACHINE;
  private long status = MPP;
  private long interruptEnable;
  private long trapVector;
  private long exceptionPc;
  private long cause;
  private long trapValue;
  private long scratch;
  private long counterEnable;
  private long counterInhibit;
  private long environment;

  /** A counter reads as retired + base, or as base alone while it is inhibited. */
  private long cycleBase;

  private long instretBase;

  ControlRegisters(Clint clint) {
    this.clint = clint;
  }

  /** Number of 64-bit words of {@link #capture()}. */
  static final int CAPTURED_WORDS = 15;

  /** All of it as words, in an order that is part of the device state format. */
  long[] capture() {
    return new long[] {
      privilege,
      status,
      interruptEnable,
      trapVector,
      exceptionPc,
      cause,
      trapValue,
      scratch,
      counterEnable,
      counterInhibit,
      environment,
      cycleBase,
      instretBase,
      retired,
      0
    };
  }

  /**
   * Says why words cannot be the state of these registers.
   *
   * @throws IllegalArgumentException if a register holds a value that it cannot hold
   */
  static void check(long[] words) {
    require(words[0] == USER || words[0] == MACHINE, "privilege", words[0]);
    long mpp = (words[1] & MPP) >>> 11;
    require((words[1] & ~STATUS_MASK) == 0 && (mpp == USER || mpp == MACHINE), "mstatus", words[1]);
    require((words[2] & ~INTERRUPTS) == 0, "mie", words[2]);
    require((words[3] & 2) == 0, "mtvec", words[3]);
    require((words[4] & 3) == 0, "mepc", words[4]);
    require((words[8] & ~7) == 0, "mcounteren", words[8]);
    require((words[9] & ~5) == 0, "mcountinhibit", words[9]);
    require((words[10] & ~1) == 0, "menvcfg", words[10]);
    require(words[13] >= 0, "retired instructions", words[13]);
    require(words[14] == 0, "reserved word", words[14]);
  }

  private static void require(boolean holds, String register, long value) {
    if (!holds) {
      throw new IllegalArgumentException(
          "device state: " + register + " cannot hold 0x" + Long.toHexString(value));
    }
  }

  /** Takes words that {@link #check} accepts. */
  void restore(long[] words) {
    privilege = (int) words[0];
    status = words[1];
    interruptEnable = words[2];
    trapVector = words[3];
    exceptionPc = words[4];
    cause = words[5];
    trapValue = words[6];
    scratch = words[7];
    counterEnable = words[8];
    counterInhibit = words[9];
    environment = words[10];
    cycleBase = words[11];
    instretBase = words[12];
    retired = words[13];
  }

  int privilege() {
    return privilege;
  }

  /** True if waiting for an interrupt is forbidden here. */
  boolean isWaitForbidden() {
    return privilege == USER && (status & TW) != 0;
  }

  /** Interrupts that are pending and enabled one by one, whether or not traps are enabled. */
  long pendingAndEnabled() {
    return interruptEnable == 0 ? 0 : pending() & interruptEnable;
  }

  /** True if an enabled interrupt may still come without anyone from outside. */
  boolean canBeInterrupted() {
    return pendingAndEnabled() != 0
        || (interruptEnable & 1L << TIMER_INTERRUPT) != 0 && !clint.isTimerOff();
  }

  /** True if a timer interrupt would end a wait. */
  boolean isTimerEnabled() {
    return (interruptEnable & 1L << TIMER_INTERRUPT) != 0;
  }

  /** The pc at which the hart goes on: the handler's, if an interrupt is taken now, else pc. */
  long takeInterrupt(long pc) {
    long ready = pendingAndEnabled();
    if (ready == 0 || privilege == MACHINE && (status & MIE) == 0) {
      return pc;
    }
    // The order of the privileged specification: software before timer.
    int number = (ready & 1L << SOFTWARE_INTERRUPT) != 0 ? SOFTWARE_INTERRUPT : TIMER_INTERRUPT;
    enterTrap(pc, 1L << 63 | number, 0);
    long base = trapVector & ~3;
    return (trapVector & 1) != 0 ? base + 4L * number : base;
  }

  /** Takes an exception at pc and gives the address of its handler. */
  long takeException(long pc, int number, long value) {
    enterTrap(pc, number, value);
    return trapVector & ~3;
  }

  private void enterTrap(long pc, long number, long value) {
    exceptionPc = pc;
    cause = number;
    trapValue = value;
    long wasEnabled = (status & MIE) != 0 ? MPIE : 0;
    status = status & ~(MIE | MPIE | MPP) | wasEnabled | (long) privilege << 11;
    privilege = MACHINE;
  }

  /** Returns from a trap; gives the pc. Machine mode only. */
  long returnFromTrap() {
    privilege = (int) ((status & MPP) >>> 11);
    long enabled = (status & MPIE) != 0 ? MIE : 0;
    status = status & ~(MIE | MPP) | enabled | MPIE;
    if (privilege != MACHINE) {
      status &= ~MPRV;
    }
    return exceptionPc;
  }

  /** True if the register exists and this privilege may read it, and write it if asked. */
  boolean isAccessible(int csr, boolean write) {
    if ((csr >>> 8 & 3) > privilege || write && csr >>> 10 == 3) {
      return false;
    }
    if (csr >= 0xc00 && csr <= 0xc1f) {
      return privilege == MACHINE || (counterEnable >>> (csr & 31) & 1) != 0;
    }
    if (csr >= 0xb03 && csr <= 0xb1f || csr >= 0x323 && csr <= 0x33f) {
      return true;
    }
    return switch (csr) {
      case 0x300, 0x301, 0x304, 0x305, 0x306, 0x30a, 0x320 -> true;
      case 0x340, 0x341, 0x342, 0x343, 0x344 -> true;
      case 0x3a0, 0x3a2, 0x7a0, 0x7a1, 0x7a2, 0x7a3 -> true;
      case 0xb00, 0xb02, 0xf11, 0xf12, 0xf13, 0xf14, 0xf15 -> true;
      default -> csr >= 0x3b0 && csr <= 0x3bf;
    };
  }

  /**
   * The value of an accessible register. Triggers, event counters and entries of physical memory
   * protection do not exist and read 0, whatever is written to them.
   */
  long read(int csr) {
    return switch (csr) {
      case 0x300 -> status | USER_XLEN_64;
      case 0x301 -> MISA;
      case 0x304 -> interruptEnable;
      case 0x305 -> trapVector;
      case 0x306 -> counterEnable;
      case 0x30a -> environment;
      case 0x320 -> counterInhibit;
      case 0x340 -> scratch;
      case 0x341 -> exceptionPc;
      case 0x342 -> cause;
      case 0x343 -> trapValue;
      case 0x344 -> pending();
      case 0xb00, 0xc00 -> cycleBase + ((counterInhibit & 1) != 0 ? 0 : retired);
      case 0xb02, 0xc02 -> instretBase + ((counterInhibit & 4) != 0 ? 0 : retired);
      case 0xc01 -> clint.time();
      default -> 0;
    };
  }

  void write(int csr, long value) {
    switch (csr) {
      case 0x300 -> {
        long mpp = (value & MPP) >>> 11;
        long legalMpp = mpp == USER || mpp == MACHINE ? value & MPP : status & MPP;
        status = value & STATUS_MASK & ~MPP | legalMpp;
      }
      case 0x304 -> interruptEnable = value & INTERRUPTS;
      case 0x305 -> trapVector = value & ~2;
      case 0x306 -> counterEnable = value & 7;
      case 0x30a -> environment = value & 1;
      case 0x320 -> inhibitCounters(value & 5);
      case 0x340 -> scratch = value;
      case 0x341 -> exceptionPc = value & ~3;
      case 0x342 -> cause = value;
      case 0x343 -> trapValue = value;
      // The writing instruction itself is not counted on top of the written value.
      case 0xb00 -> cycleBase = value - ((counterInhibit & 1) != 0 ? 0 : retired + 1);
      case 0xb02 -> instretBase = value - ((counterInhibit & 4) != 0 ? 0 : retired + 1);
      default -> {
        // Read-only, or not there.
      }
    }
  }

  private long pending() {
    return (clint.isSoftwarePending() ? 1L << SOFTWARE_INTERRUPT : 0)
        | (clint.isTimerPending() ? 1L << TIMER_INTERRUPT : 0);
  }

  private void inhibitCounters(long inhibit) {
    long cycle = read(0xb00);
    long instret = read(0xb02);
    long changed = inhibit ^ counterInhibit;
    counterInhibit = inhibit;
    // A counter stops after this instruction, and starts with the next one.
    if ((changed & 1) != 0) {
      cycleBase = (inhibit & 1) != 0 ? cycle + 1 : cycle - retired - 1;
    }
    if ((changed & 4) != 0) {
      instretBase = (inhibit & 4) != 0 ? instret + 1 : instret - retired - 1;
    }
  }
}
