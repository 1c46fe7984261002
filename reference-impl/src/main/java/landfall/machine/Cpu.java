package landfall.machine;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The hart: an interpreter over decoded instructions.
 *
 * <p>Invariants between two instructions: x[0] is 0; pc is a multiple of 4; a decoded instruction
 * is that of the word in RAM (stores clear what they overwrite, so fence.i has nothing to do).
 * Interrupts are looked at when {@link #run} is entered, and each instruction that could make one
 * takeable ends the run early. Not thread-safe.
 *
 * <p>An instruction that needs an absent page does nothing: the run ends before it, with {@link
 * #awaitedPage} set and pc still at it, so that it is executed afresh here or on another machine.
 * The fast paths of loads and stores compare with the first page that may be absent in place of the
 * end of RAM, so that they cost the same while all pages are present. A store that needs an answer
 * of the disk's storage waits in the same way, with {@link #awaitsStorage} set.
 */
final class Cpu {
  private static final long RAM_BASE = Machine.RAM_BASE;
  private static final long FINISHER_BASE = 0x10_0000L;
  private static final long CLINT_BASE = 0x200_0000L;
  private static final long UART_BASE = 0x1000_0000L;
  private static final long VIRTIO_BASE = 0x1000_1000L;
  private static final int FINISHER_PASS = 0x5555;
  private static final int FINISHER_FAIL = 0x3333;

  /** The ways in which a guest ends, in an order that is part of the device state format. */
  private static final List<Halt.Cause> HALTS =
      List.of(
          Halt.Cause.GUEST_EXIT,
          Halt.Cause.POWER_OFF,
          Halt.Cause.UNKNOWN_CALL,
          Halt.Cause.UNKNOWN_REQUEST);

  /** In place of a cause of a trap: the instruction does not trap, it waits. */
  private static final int SOMETHING_AWAITED = Integer.MAX_VALUE;

  /** Number of 64-bit words of {@link #capture()}. */
  static final int CAPTURED_WORDS = 31 + 7 + ControlRegisters.CAPTURED_WORDS;

  private final Memory memory;
  private final Clint clint;
  private final Uart uart;
  private final VirtioBlock disk;
  private final Htif htif;
  private final ControlRegisters control;

  /** x0 to x31, then the sink of results meant for x0; long enough for any 6-bit index. */
  private final long[] registers = new long[64];

  private long pc = RAM_BASE;
  private boolean waiting;

  /** Address that is reserved by LR, or 1 (never aligned) if none is. */
  private long reservation = 1;

  /** Set by slow paths when the instruction traps instead of retiring, else -1. */
  private int trapCause = -1;

  private long trapValue;

  /** The page without which the instruction at pc cannot be executed, or -1. */
  private int awaitedPage = -1;

  /** The instruction at pc cannot be executed until the disk's storage has answered. */
  private boolean awaitsStorage;

  /** Set by slow paths when the run must end after this instruction. */
  private boolean leave;

  /** Instructions of this run that were dispatched and did not retire. */
  private int notRetired;

  /** Why the guest has ended, or null. */
  private Halt halt;

  Cpu(Memory memory, Clint clint, Uart uart, VirtioBlock disk) {
    this.memory = memory;
    this.clint = clint;
    this.uart = uart;
    this.disk = disk;
    this.htif = new Htif(memory, uart);
    this.control = new ControlRegisters(clint);
  }

  /** All that the hart holds, in an order that is part of the device state format. */
  long[] capture() {
    long[] words = new long[CAPTURED_WORDS];
    System.arraycopy(registers, 1, words, 0, 31);
    words[31] = pc;
    words[32] = waiting ? 1 : 0;
    words[33] = reservation;
    words[34] = halt == null ? 0 : 1 + HALTS.indexOf(halt.cause());
    words[35] = halt == null ? 0 : halt.status();
    words[36] = memory.watchedWordOffset();
    words[37] = htif.fromHost();
    long[] controlWords = control.capture();
    System.arraycopy(controlWords, 0, words, 38, controlWords.length);
    return words;
  }

  /**
   * Says why words cannot be the state of this hart.
   *
   * @throws IllegalArgumentException if a word holds what it cannot hold
   */
  void check(long[] words) {
    require((words[31] & 3) == 0, "pc", words[31]);
    require(words[32] == 0 || words[32] == 1, "waiting flag", words[32]);
    require(words[33] == 1 || (words[33] & 3) == 0, "reservation", words[33]);
    require(words[34] >= 0 && words[34] <= HALTS.size(), "cause of the end", words[34]);
    require(words[34] != 0 || words[35] == 0, "status without an end", words[35]);
    requireWordInRam("offset of tohost", words[36]);
    requireWordInRam("offset of fromhost", words[37]);
    ControlRegisters.check(java.util.Arrays.copyOfRange(words, 38, CAPTURED_WORDS));
  }

  private static void require(boolean holds, String what, long value) {
    if (!holds) {
      throw new IllegalArgumentException(
          "device state: " + what + " cannot hold 0x" + Long.toHexString(value));
    }
  }

  private void requireWordInRam(String what, long offset) {
    require(offset >= -1 && offset <= memory.sizeBytes() - Long.BYTES, what, offset);
  }

  /** Takes words that {@link #check} accepts. */
  void restore(long[] words) {
    System.arraycopy(words, 0, registers, 1, 31);
    pc = words[31];
    awaitsNothing();
    waiting = words[32] != 0;
    reservation = words[33];
    halt = words[34] == 0 ? null : new Halt(HALTS.get((int) words[34] - 1), words[35]);
    if (words[36] >= 0) {
      memory.watchWord(words[36]);
    } else {
      memory.unwatchWord();
    }
    htif.setFromHost(words[37]);
    control.restore(java.util.Arrays.copyOfRange(words, 38, CAPTURED_WORDS));
  }

  ControlRegisters control() {
    return control;
  }

  long pc() {
    return pc;
  }

  void setPc(long address) {
    pc = address & ~3;
    awaitsNothing();
  }

  long register(int index) {
    return registers[index];
  }

  void setRegister(int index, long value) {
    if (index != 0) {
      registers[index] = value;
    }
  }

  long retired() {
    return control.retired;
  }

  /** True if the hart waits for an interrupt. */
  boolean isWaiting() {
    return waiting;
  }

  /** Ends a wait for an interrupt without one, as a hart may at any time. */
  void wake() {
    waiting = false;
  }

  /** The absent page that the next instruction needs, or -1. */
  int awaitedPage() {
    return awaitedPage;
  }

  /** True if the next instruction waits for the disk's storage. */
  boolean awaitsStorage() {
    return awaitsStorage;
  }

  private void awaitsNothing() {
    awaitedPage = -1;
    awaitsStorage = false;
  }

  boolean isHalted() {
    return halt != null;
  }

  /** Where system calls are answered: an offset in RAM, or -1 if nowhere. */
  void setFromHost(long offset) {
    htif.setFromHost(offset);
  }

  /** Only when halted: why. */
  Halt halt() {
    return halt;
  }

  /**
   * Dispatches at most so many instructions; fewer if the hart waits, for an interrupt or a page,
   * or halts, or if an interrupt may have become takeable. Returns how many were dispatched:
   * retired, trapped, or found to have to wait.
   */
  int run(int maxInstructions) {
    if (halt != null) {
      return 0;
    }
    if (waiting) {
      if (control.pendingAndEnabled() == 0) {
        return 0;
      }
      waiting = false;
    }
    awaitsNothing();
    pc = control.takeInterrupt(pc);
    leave = false;
    notRetired = 0;
    return interpret(maxInstructions);
  }

  private int interpret(int maxInstructions) {
    final long[] x = registers;
    final ByteBuffer[] slabs = memory.slabs;
    final byte[] watch = memory.watch;
    final long ramPages = memory.presentBelow();
    final long retiredBefore = control.retired;
    long pc = this.pc;
    long pageAddress = 0;
    long[] instructions = null;
    int left = maxInstructions;

    while (left > 0 && !leave) {
      left--;
      long inPage = pc - pageAddress;
      if (instructions == null || inPage >>> Memory.PAGE_SHIFT != 0) {
        long page = (pc - RAM_BASE) >>> Memory.PAGE_SHIFT;
        if (page >= ramPages) {
          if (page >= memory.pages()) {
            notRetired++;
            pc = control.takeException(pc, ControlRegisters.INSTRUCTION_FAULT, pc);
            continue;
          }
          if (awaits(pc - RAM_BASE, 4)) {
            pc = trap(pc);
            continue;
          }
        }
        instructions = memory.decodedPage((int) page);
        pageAddress = pc & -Memory.PAGE_SIZE;
        inPage = pc - pageAddress;
      }
      long d = instructions[(int) inPage >>> 2];
      if (d == 0) {
        d = Decoder.decode((int) memory.load(pc - RAM_BASE, 4));
        instructions[(int) inPage >>> 2] = d;
      }
      int low = (int) d;
      int rd = low >>> 8 & 63;
      int immediate = (int) (d >> 32);
      long a = x[low >>> 16 & 31];
      long b = x[low >>> 24 & 31];

      switch (low & 0xff) {
        case Decoder.LUI -> x[rd] = immediate;
        case Decoder.AUIPC -> x[rd] = pc + immediate;
        case Decoder.JAL -> {
          long target = pc + immediate;
          if ((target & 3) != 0) {
            pc = misalignedJump(pc, target);
            continue;
          }
          x[rd] = pc + 4;
          pc = target;
          continue;
        }
        case Decoder.JALR -> {
          long target = a + immediate & ~1;
          if ((target & 3) != 0) {
            pc = misalignedJump(pc, target);
            continue;
          }
          x[rd] = pc + 4;
          pc = target;
          continue;
        }
        case Decoder.BEQ -> {
          if (a == b) {
            pc = (immediate & 3) == 0 ? pc + immediate : misalignedJump(pc, pc + immediate);
            continue;
          }
        }
        case Decoder.BNE -> {
          if (a != b) {
            pc = (immediate & 3) == 0 ? pc + immediate : misalignedJump(pc, pc + immediate);
            continue;
          }
        }
        case Decoder.BLT -> {
          if (a < b) {
            pc = (immediate & 3) == 0 ? pc + immediate : misalignedJump(pc, pc + immediate);
            continue;
          }
        }
        case Decoder.BGE -> {
          if (a >= b) {
            pc = (immediate & 3) == 0 ? pc + immediate : misalignedJump(pc, pc + immediate);
            continue;
          }
        }
        case Decoder.BLTU -> {
          if (Long.compareUnsigned(a, b) < 0) {
            pc = (immediate & 3) == 0 ? pc + immediate : misalignedJump(pc, pc + immediate);
            continue;
          }
        }
        case Decoder.BGEU -> {
          if (Long.compareUnsigned(a, b) >= 0) {
            pc = (immediate & 3) == 0 ? pc + immediate : misalignedJump(pc, pc + immediate);
            continue;
          }
        }
        case Decoder.LB, Decoder.LBU -> {
          long offset = a + immediate - RAM_BASE;
          long page = offset >>> Memory.PAGE_SHIFT;
          long value;
          if (page < ramPages) {
            value =
                slabs[(int) (page >>> Memory.SLAB_PAGES_SHIFT)].get((int) offset & Memory.SLAB_MASK)
                    & 0xff;
          } else {
            value = loadSlowly(a + immediate, 1);
            if (trapCause >= 0) {
              pc = trap(pc);
              continue;
            }
          }
          x[rd] = (low & 0xff) == Decoder.LB ? (byte) value : value;
        }
        case Decoder.LH, Decoder.LHU -> {
          long offset = a + immediate - RAM_BASE;
          long page = offset >>> Memory.PAGE_SHIFT;
          long value;
          if (page < ramPages && (offset & 1) == 0) {
            value =
                slabs[(int) (page >>> Memory.SLAB_PAGES_SHIFT)].getShort(
                        (int) offset & Memory.SLAB_MASK)
                    & 0xffff;
          } else {
            value = loadSlowly(a + immediate, 2);
            if (trapCause >= 0) {
              pc = trap(pc);
              continue;
            }
          }
          x[rd] = (low & 0xff) == Decoder.LH ? (short) value : value;
        }
        case Decoder.LW, Decoder.LWU -> {
          long offset = a + immediate - RAM_BASE;
          long page = offset >>> Memory.PAGE_SHIFT;
          long value;
          if (page < ramPages && (offset & 3) == 0) {
            value =
                slabs[(int) (page >>> Memory.SLAB_PAGES_SHIFT)].getInt(
                    (int) offset & Memory.SLAB_MASK);
          } else {
            value = loadSlowly(a + immediate, 4);
            if (trapCause >= 0) {
              pc = trap(pc);
              continue;
            }
          }
          x[rd] = (low & 0xff) == Decoder.LW ? (int) value : value & 0xffff_ffffL;
        }
        case Decoder.LD -> {
          long offset = a + immediate - RAM_BASE;
          long page = offset >>> Memory.PAGE_SHIFT;
          if (page < ramPages && (offset & 7) == 0) {
            x[rd] =
                slabs[(int) (page >>> Memory.SLAB_PAGES_SHIFT)].getLong(
                    (int) offset & Memory.SLAB_MASK);
          } else {
            long value = loadSlowly(a + immediate, 8);
            if (trapCause >= 0) {
              pc = trap(pc);
              continue;
            }
            x[rd] = value;
          }
        }
        case Decoder.SB -> {
          long offset = a + immediate - RAM_BASE;
          long page = offset >>> Memory.PAGE_SHIFT;
          if (page < ramPages && watch[(int) page] == 0) {
            slabs[(int) (page >>> Memory.SLAB_PAGES_SHIFT)].put(
                (int) offset & Memory.SLAB_MASK, (byte) b);
          } else {
            storeSlowly(a + immediate, 1, b);
            if (trapCause >= 0) {
              pc = trap(pc);
              continue;
            }
          }
        }
        case Decoder.SH -> {
          long offset = a + immediate - RAM_BASE;
          long page = offset >>> Memory.PAGE_SHIFT;
          if (page < ramPages && (offset & 1) == 0 && watch[(int) page] == 0) {
            slabs[(int) (page >>> Memory.SLAB_PAGES_SHIFT)].putShort(
                (int) offset & Memory.SLAB_MASK, (short) b);
          } else {
            storeSlowly(a + immediate, 2, b);
            if (trapCause >= 0) {
              pc = trap(pc);
              continue;
            }
          }
        }
        case Decoder.SW -> {
          long offset = a + immediate - RAM_BASE;
          long page = offset >>> Memory.PAGE_SHIFT;
          if (page < ramPages && (offset & 3) == 0 && watch[(int) page] == 0) {
            slabs[(int) (page >>> Memory.SLAB_PAGES_SHIFT)].putInt(
                (int) offset & Memory.SLAB_MASK, (int) b);
          } else {
            storeSlowly(a + immediate, 4, b);
            if (trapCause >= 0) {
              pc = trap(pc);
              continue;
            }
          }
        }
        case Decoder.SD -> {
          long offset = a + immediate - RAM_BASE;
          long page = offset >>> Memory.PAGE_SHIFT;
          if (page < ramPages && (offset & 7) == 0 && watch[(int) page] == 0) {
            slabs[(int) (page >>> Memory.SLAB_PAGES_SHIFT)].putLong(
                (int) offset & Memory.SLAB_MASK, b);
          } else {
            storeSlowly(a + immediate, 8, b);
            if (trapCause >= 0) {
              pc = trap(pc);
              continue;
            }
          }
        }
        case Decoder.ADDI -> x[rd] = a + immediate;
        case Decoder.SLTI -> x[rd] = a < immediate ? 1 : 0;
        case Decoder.SLTIU -> x[rd] = Long.compareUnsigned(a, immediate) < 0 ? 1 : 0;
        case Decoder.XORI -> x[rd] = a ^ immediate;
        case Decoder.ORI -> x[rd] = a | immediate;
        case Decoder.ANDI -> x[rd] = a & immediate;
        case Decoder.SLLI -> x[rd] = a << immediate;
        case Decoder.SRLI -> x[rd] = a >>> immediate;
        case Decoder.SRAI -> x[rd] = a >> immediate;
        case Decoder.ADD -> x[rd] = a + b;
        case Decoder.SUB -> x[rd] = a - b;
        case Decoder.SLL -> x[rd] = a << b;
        case Decoder.SLT -> x[rd] = a < b ? 1 : 0;
        case Decoder.SLTU -> x[rd] = Long.compareUnsigned(a, b) < 0 ? 1 : 0;
        case Decoder.XOR -> x[rd] = a ^ b;
        case Decoder.SRL -> x[rd] = a >>> b;
        case Decoder.SRA -> x[rd] = a >> b;
        case Decoder.OR -> x[rd] = a | b;
        case Decoder.AND -> x[rd] = a & b;
        case Decoder.ADDIW -> x[rd] = (int) a + immediate;
        case Decoder.SLLIW -> x[rd] = (int) a << immediate;
        case Decoder.SRLIW -> x[rd] = (int) a >>> immediate;
        case Decoder.SRAIW -> x[rd] = (int) a >> immediate;
        case Decoder.ADDW -> x[rd] = (int) a + (int) b;
        case Decoder.SUBW -> x[rd] = (int) a - (int) b;
        case Decoder.SLLW -> x[rd] = (int) a << (int) b;
        case Decoder.SRLW -> x[rd] = (int) a >>> (int) b;
        case Decoder.SRAW -> x[rd] = (int) a >> (int) b;
        case Decoder.MUL -> x[rd] = a * b;
        case Decoder.MULH -> x[rd] = Math.multiplyHigh(a, b);
        case Decoder.MULHSU -> x[rd] = Math.multiplyHigh(a, b) + (b >> 63 & a);
        case Decoder.MULHU -> x[rd] = Math.multiplyHigh(a, b) + (b >> 63 & a) + (a >> 63 & b);
        case Decoder.DIV -> x[rd] = b == 0 ? -1 : a / b;
        case Decoder.DIVU -> x[rd] = b == 0 ? -1 : Long.divideUnsigned(a, b);
        case Decoder.REM -> x[rd] = b == 0 ? a : a % b;
        case Decoder.REMU -> x[rd] = b == 0 ? a : Long.remainderUnsigned(a, b);
        case Decoder.MULW -> x[rd] = (int) a * (int) b;
        case Decoder.DIVW -> x[rd] = (int) b == 0 ? -1 : (int) a / (int) b;
        case Decoder.DIVUW -> x[rd] = (int) b == 0 ? -1 : Integer.divideUnsigned((int) a, (int) b);
        case Decoder.REMW -> x[rd] = (int) b == 0 ? (int) a : (int) a % (int) b;
        case Decoder.REMUW ->
            x[rd] = (int) b == 0 ? (int) a : Integer.remainderUnsigned((int) a, (int) b);
        case Decoder.FENCE -> {
          // One hart, stores seen in order, decoded instructions coherent: nothing to wait for.
        }
        case Decoder.ATOMIC -> {
          long value = atomic(immediate, a, b);
          if (trapCause >= 0) {
            pc = trap(pc);
            continue;
          }
          x[rd] = value;
        }
        case Decoder.CSR -> {
          control.retired = retiredBefore + (maxInstructions - left - 1) - notRetired;
          long value = accessControlRegister(immediate, a);
          if (trapCause >= 0) {
            pc = trap(pc);
            continue;
          }
          x[rd] = value;
        }
        default -> {
          long next = system(low & 0xff, pc, immediate);
          if (trapCause >= 0) {
            pc = trap(pc);
          } else {
            pc = next;
          }
          continue;
        }
      }
      pc += 4;
    }
    this.pc = pc;
    int dispatched = maxInstructions - left;
    control.retired = retiredBefore + dispatched - notRetired;
    return dispatched;
  }

  private long misalignedJump(long pc, long target) {
    trapCause = ControlRegisters.INSTRUCTION_MISALIGNED;
    trapValue = target;
    return trap(pc);
  }

  private long trap(long pc) {
    if (trapCause == SOMETHING_AWAITED) {
      trapCause = -1;
      notRetired++;
      leave = true;
      return pc;
    }
    long handler = control.takeException(pc, trapCause, trapValue);
    trapCause = -1;
    notRetired++;
    return handler;
  }

  private void raise(int cause, long value) {
    trapCause = cause;
    trapValue = value;
  }

  private long system(int operation, long pc, int word) {
    switch (operation) {
      case Decoder.ECALL ->
          raise(
              control.privilege() == ControlRegisters.MACHINE
                  ? ControlRegisters.CALL_FROM_MACHINE
                  : ControlRegisters.CALL_FROM_USER,
              0);
      case Decoder.EBREAK -> raise(ControlRegisters.BREAKPOINT, pc);
      case Decoder.MRET -> {
        if (control.privilege() == ControlRegisters.MACHINE) {
          leave = true;
          return control.returnFromTrap();
        }
        raise(ControlRegisters.ILLEGAL_INSTRUCTION, 0x3020_0073L);
      }
      case Decoder.WFI -> {
        if (!control.isWaitForbidden()) {
          waiting = control.pendingAndEnabled() == 0;
          leave = true;
          return pc + 4;
        }
        raise(ControlRegisters.ILLEGAL_INSTRUCTION, 0x1050_0073L);
      }
      default -> raise(ControlRegisters.ILLEGAL_INSTRUCTION, word & 0xffff_ffffL);
    }
    return pc;
  }

  private long accessControlRegister(int word, long source) {
    int csr = word >>> 20;
    int field = word >>> 15 & 31;
    int funct3 = word >>> 12 & 7;
    long operand = (funct3 & 4) != 0 ? field : source;
    int kind = funct3 & 3;
    // Setting or clearing no bits is not a write, so that it may be done to read-only registers.
    boolean write = kind == 1 || field != 0;
    if (!control.isAccessible(csr, write)) {
      raise(ControlRegisters.ILLEGAL_INSTRUCTION, word & 0xffff_ffffL);
      return 0;
    }
    long old = control.read(csr);
    if (write) {
      control.write(csr, kind == 1 ? operand : kind == 2 ? old | operand : old & ~operand);
      leave = true;
    }
    return old;
  }

  private long atomic(int word, long address, long operand) {
    int width = (word >>> 12 & 7) == 2 ? 4 : 8;
    int operation = word >>> 27;
    boolean loadReserved = operation == 2;
    if ((address & width - 1) != 0) {
      raise(
          loadReserved ? ControlRegisters.LOAD_MISALIGNED : ControlRegisters.STORE_MISALIGNED,
          address);
      return 0;
    }
    long offset = address - RAM_BASE;
    if (offset < 0 || offset >= memory.sizeBytes()) {
      raise(loadReserved ? ControlRegisters.LOAD_FAULT : ControlRegisters.STORE_FAULT, address);
      return 0;
    }
    if (operation == 3) {
      boolean reserved = reservation == address;
      // The reservation is spent by the store, not by waiting for its page.
      if (reserved && awaitsToStore(offset, width, operand)) {
        return 0;
      }
      reservation = 1;
      if (reserved) {
        storeSlowly(address, width, operand);
      }
      return reserved ? 0 : 1;
    }
    if (awaits(offset, width)) {
      return 0;
    }
    long old = memory.load(offset, width);
    long source = operand;
    if (width == 4) {
      old = (int) old;
      source = (int) operand;
    }
    if (loadReserved) {
      reservation = address;
      return old;
    }
    long result =
        switch (operation) {
          case 0x00 -> old + source;
          case 0x01 -> source;
          case 0x04 -> old ^ source;
          case 0x08 -> old | source;
          case 0x0c -> old & source;
          case 0x10 -> Math.min(old, source);
          case 0x14 -> Math.max(old, source);
          // Sign extension keeps the unsigned order of words.
          case 0x18 -> Long.compareUnsigned(old, source) <= 0 ? old : source;
          default -> Long.compareUnsigned(old, source) >= 0 ? old : source;
        };
    storeSlowly(address, width, result);
    return old;
  }

  private long loadSlowly(long address, int width) {
    long offset = address - RAM_BASE;
    if (offset >= 0 && offset <= memory.sizeBytes() - width) {
      return awaits(offset, width) ? 0 : memory.load(offset, width);
    }
    if (isDevice(address)) {
      if ((address & width - 1) != 0) {
        raise(ControlRegisters.LOAD_MISALIGNED, address);
        return 0;
      }
      if (within(address, UART_BASE, Uart.SIZE_BYTES)) {
        return uart.load((int) (address - UART_BASE));
      }
      if (within(address, CLINT_BASE, Clint.SIZE_BYTES)) {
        return clint.load((int) (address - CLINT_BASE), width);
      }
      return 0;
    }
    return loadElsewhere(address, width);
  }

  private void storeSlowly(long address, int width, long value) {
    long offset = address - RAM_BASE;
    if (offset >= 0 && offset <= memory.sizeBytes() - width) {
      if (awaitsToStore(offset, width, value)) {
        return;
      }
      memory.store(offset, width, value);
      if (memory.isWatchedWord(offset, width)) {
        checkToHost();
      }
      return;
    }
    if (!isDevice(address)) {
      storeElsewhere(address, width, value);
    } else if ((address & width - 1) != 0) {
      raise(ControlRegisters.STORE_MISALIGNED, address);
    } else if (within(address, UART_BASE, Uart.SIZE_BYTES)) {
      uart.store((int) (address - UART_BASE), (int) value);
    } else if (within(address, CLINT_BASE, Clint.SIZE_BYTES)) {
      clint.store((int) (address - CLINT_BASE), width, value);
      leave = true;
    } else {
      finish(value);
    }
  }

  // The disk is out of the way of the devices that are used all the time.
  private long loadElsewhere(long address, int width) {
    if (!isDisk(address)) {
      raise(ControlRegisters.LOAD_FAULT, address);
      return 0;
    }
    if ((address & width - 1) != 0) {
      raise(ControlRegisters.LOAD_MISALIGNED, address);
      return 0;
    }
    return disk.load((int) (address - VIRTIO_BASE), width);
  }

  private void storeElsewhere(long address, int width, long value) {
    if (!isDisk(address)) {
      raise(ControlRegisters.STORE_FAULT, address);
      return;
    }
    if ((address & width - 1) != 0) {
      raise(ControlRegisters.STORE_MISALIGNED, address);
      return;
    }
    int outcome = disk.store((int) (address - VIRTIO_BASE), width, value);
    if (outcome == VirtioBlock.STORAGE_AWAITED) {
      awaitsStorage = true;
      trapCause = SOMETHING_AWAITED;
    } else if (outcome != VirtioBlock.DONE) {
      awaits(outcome);
    }
  }

  /** True if the instruction must wait for a page that these bytes touch. Looked at first. */
  private boolean awaits(long offset, int width) {
    return awaits(memory.firstAbsent(offset, width));
  }

  private boolean awaits(int page) {
    if (page < 0) {
      return false;
    }
    awaitedPage = page;
    trapCause = SOMETHING_AWAITED;
    return true;
  }

  /** The same for a store, with what the host does because of it if it goes to {@code tohost}. */
  private boolean awaitsToStore(long offset, int width, long value) {
    if (memory.isWhole()) {
      return false;
    }
    if (awaits(offset, width)) {
      return true;
    }
    if (!memory.isWatchedWord(offset, width)) {
      return false;
    }
    long first = memory.watchedWordOffset();
    if (awaits(first, Long.BYTES)) {
      return true;
    }
    long request = memory.load(first, Long.BYTES);
    for (int i = 0; i < width; i++) {
      long shift = 8 * (offset + i - first);
      if (shift >= 0 && shift < Long.SIZE) {
        request = request & ~(0xffL << shift) | (value >>> 8 * i & 0xff) << shift;
      }
    }
    return awaits(htif.firstAbsent(request));
  }

  private void checkToHost() {
    long request = memory.load(memory.watchedWordOffset(), Long.BYTES);
    if (request != 0) {
      halt = htif.perform(request).orElse(null);
      leave = true;
    }
  }

  /** Commands of the test finisher that it does not know, among them reset, are ignored. */
  private void finish(long value) {
    int command = (int) value & 0xffff;
    if (command == FINISHER_PASS || command == FINISHER_FAIL) {
      halt = new Halt(Halt.Cause.POWER_OFF, command == FINISHER_PASS ? 0 : value >>> 16 & 0xffff);
      leave = true;
    }
  }

  private static boolean isDevice(long address) {
    return within(address, UART_BASE, Uart.SIZE_BYTES)
        || within(address, CLINT_BASE, Clint.SIZE_BYTES)
        || within(address, FINISHER_BASE, Memory.PAGE_SIZE);
  }

  private static boolean isDisk(long address) {
    return within(address, VIRTIO_BASE, VirtioBlock.SIZE_BYTES);
  }

  private static boolean within(long address, long base, int size) {
    return address >= base && address < base + size;
  }
}
