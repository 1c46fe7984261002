package landfall.machine;

import java.util.concurrent.atomic.AtomicLong;

/** A machine of 64 KiB on a clock that the test moves, stepped by the test. */
final class BareHart {
  static final long CODE = Machine.RAM_BASE;
  static final long HANDLER = Machine.RAM_BASE + 0x1000;
  static final long DATA = Machine.RAM_BASE + 0x4000;

  final AtomicLong nanos = new AtomicLong();
  final Machine machine = new Machine(64 << 10, nanos::get);
  final Cpu cpu = machine.cpu();

  /** Places the words at {@link #CODE}, points pc there, and traps at idle instructions. */
  static BareHart with(int... words) {
    BareHart hart = new BareHart();
    hart.place(CODE, words);
    hart.place(HANDLER, Assembler.NOP, Assembler.NOP, Assembler.NOP, Assembler.NOP);
    hart.write(0x305, HANDLER);
    return hart;
  }

  void place(long address, int... words) {
    for (int i = 0; i < words.length; i++) {
      machine.memory().store(address - Machine.RAM_BASE + 4L * i, 4, words[i]);
    }
    cpu.setPc(CODE);
  }

  BareHart set(int register, long value) {
    cpu.setRegister(register, value);
    return this;
  }

  long get(int register) {
    return cpu.register(register);
  }

  /** Dispatches exactly so many instructions, unless the hart waits or halts. */
  BareHart step(int instructions) {
    int left = instructions;
    while (left > 0) {
      int done = cpu.run(left);
      if (done == 0) {
        break;
      }
      left -= done;
    }
    return this;
  }

  long read(int csr) {
    return cpu.control().read(csr);
  }

  void write(int csr, long value) {
    cpu.control().write(csr, value);
  }
}
