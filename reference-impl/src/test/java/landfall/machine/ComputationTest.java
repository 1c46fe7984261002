package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.BinaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * Every computational instruction of RV64IM against arithmetic on unbounded integers. Operands are
 * signed values of 64 bits; a result is right if it is equal modulo 2^64.
 */
class ComputationTest {
  private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);
  private static final BigInteger TWO_32 = BigInteger.ONE.shiftLeft(32);
  private static final BigInteger MINUS_ONE = BigInteger.ONE.negate();

  private static final long[] EDGES = {
    0,
    1,
    -1,
    2,
    -2,
    31,
    32,
    33,
    63,
    64,
    65,
    0x7ff,
    0x800,
    -0x800,
    0x7fff_ffffL,
    0x8000_0000L,
    -0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0000L,
    -0x1_0000_0001L,
    0x7fff_ffff_ffff_ffffL,
    0x8000_0000_0000_0000L,
    0x8000_0000_0000_0001L,
    0x5555_5555_5555_5555L,
    0xaaaa_aaaa_aaaa_aaaaL
  };

  /** Register-register instructions by name: how they are encoded and what they mean. */
  private record Operation(
      int opcode, int funct3, int funct7, BinaryOperator<BigInteger> meaning) {}

  private static final Map<String, Operation> REGISTER = new LinkedHashMap<>();
  private static final Map<String, Operation> IMMEDIATE = new LinkedHashMap<>();
  private static final Map<String, Operation> SHIFT_IMMEDIATE = new LinkedHashMap<>();

  static {
    register("add", 0x33, 0, 0, BigInteger::add);
    register("sub", 0x33, 0, 0x20, BigInteger::subtract);
    register("sll", 0x33, 1, 0, (a, b) -> a.shiftLeft(amount(b, 63)));
    register("slt", 0x33, 2, 0, (a, b) -> truth(a.compareTo(b) < 0));
    register("sltu", 0x33, 3, 0, (a, b) -> truth(unsigned(a).compareTo(unsigned(b)) < 0));
    register("xor", 0x33, 4, 0, BigInteger::xor);
    register("srl", 0x33, 5, 0, (a, b) -> unsigned(a).shiftRight(amount(b, 63)));
    register("sra", 0x33, 5, 0x20, (a, b) -> a.shiftRight(amount(b, 63)));
    register("or", 0x33, 6, 0, BigInteger::or);
    register("and", 0x33, 7, 0, BigInteger::and);
    register("mul", 0x33, 0, 1, BigInteger::multiply);
    register("mulh", 0x33, 1, 1, (a, b) -> a.multiply(b).shiftRight(64));
    register("mulhsu", 0x33, 2, 1, (a, b) -> a.multiply(unsigned(b)).shiftRight(64));
    register("mulhu", 0x33, 3, 1, (a, b) -> unsigned(a).multiply(unsigned(b)).shiftRight(64));
    register("div", 0x33, 4, 1, ComputationTest::quotient);
    register("divu", 0x33, 5, 1, (a, b) -> quotient(unsigned(a), unsigned(b)));
    register("rem", 0x33, 6, 1, ComputationTest::rest);
    register("remu", 0x33, 7, 1, (a, b) -> rest(unsigned(a), unsigned(b)));
    register("addw", 0x3b, 0, 0, (a, b) -> word(a.add(b)));
    register("subw", 0x3b, 0, 0x20, (a, b) -> word(a.subtract(b)));
    register("sllw", 0x3b, 1, 0, (a, b) -> word(a.shiftLeft(amount(b, 31))));
    register("srlw", 0x3b, 5, 0, (a, b) -> word(unsignedWord(a).shiftRight(amount(b, 31))));
    register("sraw", 0x3b, 5, 0x20, (a, b) -> word(a).shiftRight(amount(b, 31)));
    register("mulw", 0x3b, 0, 1, (a, b) -> word(a.multiply(b)));
    register("divw", 0x3b, 4, 1, (a, b) -> word(quotient(word(a), word(b))));
    register("divuw", 0x3b, 5, 1, (a, b) -> word(quotient(unsignedWord(a), unsignedWord(b))));
    register("remw", 0x3b, 6, 1, (a, b) -> word(rest(word(a), word(b))));
    register("remuw", 0x3b, 7, 1, (a, b) -> word(rest(unsignedWord(a), unsignedWord(b))));

    immediate(IMMEDIATE, "addi", 0x13, 0, 0, "add");
    immediate(IMMEDIATE, "slti", 0x13, 2, 0, "slt");
    immediate(IMMEDIATE, "sltiu", 0x13, 3, 0, "sltu");
    immediate(IMMEDIATE, "xori", 0x13, 4, 0, "xor");
    immediate(IMMEDIATE, "ori", 0x13, 6, 0, "or");
    immediate(IMMEDIATE, "andi", 0x13, 7, 0, "and");
    immediate(IMMEDIATE, "addiw", 0x1b, 0, 0, "addw");
    immediate(SHIFT_IMMEDIATE, "slli", 0x13, 1, 0, "sll");
    immediate(SHIFT_IMMEDIATE, "srli", 0x13, 5, 0, "srl");
    immediate(SHIFT_IMMEDIATE, "srai", 0x13, 5, 0x20, "sra");
    immediate(SHIFT_IMMEDIATE, "slliw", 0x1b, 1, 0, "sllw");
    immediate(SHIFT_IMMEDIATE, "srliw", 0x1b, 5, 0, "srlw");
    immediate(SHIFT_IMMEDIATE, "sraiw", 0x1b, 5, 0x20, "sraw");
  }

  private final BareHart hart = BareHart.with();

  @Test
  void everyRegisterInstructionMeansItsArithmeticOnAllPairsOfEdges() {
    for (String name : REGISTER.keySet()) {
      for (long a : EDGES) {
        for (long b : EDGES) {
          checkRegister(name, a, b);
        }
      }
    }
  }

  @Property(tries = 1500)
  void everyRegisterInstructionMeansItsArithmetic(
      @ForAll("registerInstructions") String name,
      @ForAll("values") long a,
      @ForAll("values") long b) {
    checkRegister(name, a, b);
  }

  @Property(tries = 1000)
  void everyImmediateInstructionMeansItsArithmetic(
      @ForAll("immediateInstructions") String name,
      @ForAll("values") long a,
      @ForAll @IntRange(min = -2048, max = 2047) int immediate) {
    Operation operation = IMMEDIATE.get(name);
    execute(Assembler.immediate(operation.opcode, operation.funct3, 3, 1, immediate), a, 0);
    assertEquals(expected(operation, a, immediate), hart.get(3), () -> name + " " + immediate);
  }

  @Test
  void everyShiftByAnImmediateMeansItsArithmetic() {
    for (Map.Entry<String, Operation> entry : SHIFT_IMMEDIATE.entrySet()) {
      Operation operation = entry.getValue();
      int amounts = operation.opcode == 0x1b ? 32 : 64;
      for (int amount = 0; amount < amounts; amount++) {
        for (long a : EDGES) {
          int field = operation.funct7 << 5 | amount;
          execute(Assembler.immediate(operation.opcode, operation.funct3, 3, 1, field), a, 0);
          int by = amount;
          assertEquals(
              expected(operation, a, amount), hart.get(3), () -> entry.getKey() + " " + by);
        }
      }
    }
  }

  @Property(tries = 300)
  void upperImmediatesAreSignExtendedAndAddedToThePcByAuipc(@ForAll int word) {
    long upper = word & 0xffff_f000;
    execute((int) upper | 3 << 7 | 0x37, 0, 0);
    assertEquals(upper, hart.get(3));
    execute((int) upper | 3 << 7 | 0x17, 0, 0);
    assertEquals(BareHart.CODE + upper, hart.get(3));
  }

  @Test
  void nothingIsEverWrittenToRegisterZero() {
    for (Operation operation : REGISTER.values()) {
      execute(
          Assembler.register(operation.opcode, operation.funct3, operation.funct7, 0, 1, 2), 7, 3);
      assertEquals(0, hart.get(0));
    }
    execute(Assembler.jal(0, 8), 0, 0);
    assertEquals(0, hart.get(0));
  }

  @Test
  void theSameRegisterMayBeSourceAndTarget() {
    execute(Assembler.register(0x33, 0, 0, 1, 1, 1), 21, 0);
    assertEquals(42, hart.get(1));
  }

  @Property(tries = 400)
  void branchesAreTakenWhenTheirComparisonHolds(
      @ForAll("values") long a, @ForAll("values") long b, @ForAll boolean same) {
    long second = same ? a : b;
    BigInteger x = BigInteger.valueOf(a);
    BigInteger y = BigInteger.valueOf(second);
    int signed = x.compareTo(y);
    int unsigned = unsigned(x).compareTo(unsigned(y));
    boolean[] taken = {
      signed == 0, signed != 0, false, false, signed < 0, signed >= 0, unsigned < 0, unsigned >= 0
    };
    for (int funct3 : new int[] {0, 1, 4, 5, 6, 7}) {
      for (int offset : new int[] {8, -8, 4092, -4096}) {
        execute(Assembler.branch(funct3, 1, 2, offset), a, second);
        long next = BareHart.CODE + (taken[funct3] ? offset : 4);
        assertEquals(next, hart.cpu.pc(), () -> "funct3 " + funct3 + " by " + offset);
      }
    }
  }

  @Property(tries = 400)
  void jumpsLinkTheNextInstruction(
      @ForAll @IntRange(min = -(1 << 18), max = (1 << 18) - 1) int words,
      @ForAll @IntRange(min = -512, max = 511) int near) {
    execute(Assembler.jal(5, 4 * words), 0, 0);
    assertEquals(BareHart.CODE + 4L * words, hart.cpu.pc());
    assertEquals(BareHart.CODE + 4, hart.get(5));
    execute(Assembler.jalr(1, 1, 4 * near + 1), BareHart.DATA, 0);
    assertEquals(BareHart.DATA + 4L * near, hart.cpu.pc(), "bit 0 of the target is cleared");
    assertEquals(BareHart.CODE + 4, hart.get(1));
  }

  @Property(tries = 1500)
  void everyAtomicOperationMeansItsArithmeticAndReturnsTheOldValue(
      @ForAll("atomics") int operation,
      @ForAll boolean doubleWord,
      @ForAll("values") long old,
      @ForAll("values") long operand) {
    int width = doubleWord ? 8 : 4;
    hart.machine.memory().store(BareHart.DATA - Machine.RAM_BASE, 8, old);
    execute(Assembler.atomic(operation, width, 3, 1, 2), BareHart.DATA, operand);
    BigInteger before = BigInteger.valueOf(doubleWord ? old : (int) old);
    BigInteger with = BigInteger.valueOf(doubleWord ? operand : (int) operand);
    BigInteger after =
        switch (operation) {
          case 0x00 -> before.add(with);
          case 0x01 -> with;
          case 0x04 -> before.xor(with);
          case 0x08 -> before.or(with);
          case 0x0c -> before.and(with);
          case 0x10 -> before.min(with);
          case 0x14 -> before.max(with);
          case 0x18 -> unsigned(before).min(unsigned(with));
          default -> unsigned(before).max(unsigned(with));
        };
    assertEquals(before.longValue(), hart.get(3));
    long stored = hart.machine.memory().load(BareHart.DATA - Machine.RAM_BASE, 8);
    long kept = doubleWord ? 0 : old & 0xffff_ffff_0000_0000L;
    long changed = doubleWord ? after.longValue() : after.longValue() & 0xffff_ffffL;
    assertEquals(kept | changed, stored);
  }

  @Property(tries = 2000)
  void loadsAndStoresOfAnyAlignmentActOnTheirBytesOnly(@ForAll Random random) {
    byte[] model = new byte[64];
    random.nextBytes(model);
    long base = BareHart.DATA + Memory.PAGE_SIZE - 32; // across the end of a page
    for (int i = 0; i < model.length; i++) {
      hart.machine.memory().store(base - Machine.RAM_BASE + i, 1, model[i]);
    }
    int size = random.nextInt(4);
    int at = random.nextInt(model.length - (1 << size) + 1);
    int split = random.nextInt(33) - 16;
    long value = random.nextLong();
    execute(Assembler.store(size, 2, 1, split), base + at - split, value);
    for (int i = 0; i < 1 << size; i++) {
      model[at + i] = (byte) (value >>> (8 * i));
    }
    for (int i = 0; i < model.length; i++) {
      assertEquals(
          model[i] & 0xff, hart.machine.memory().load(base - Machine.RAM_BASE + i, 1), "byte " + i);
    }
    int from = random.nextInt(model.length - (1 << size) + 1);
    BigInteger unsigned = BigInteger.ZERO;
    for (int i = (1 << size) - 1; i >= 0; i--) {
      unsigned = unsigned.shiftLeft(8).or(BigInteger.valueOf(model[from + i] & 0xff));
    }
    BigInteger signed =
        unsigned.testBit((8 << size) - 1)
            ? unsigned.subtract(BigInteger.ONE.shiftLeft(8 << size))
            : unsigned;
    execute(Assembler.load(size, 3, 1, split), base + from - split, 0);
    assertEquals(signed.longValue(), hart.get(3));
    if (size < 3) {
      execute(Assembler.load(size + 4, 3, 1, split), base + from - split, 0);
      assertEquals(unsigned.longValue(), hart.get(3));
    }
  }

  @Test
  void storeConditionalSucceedsOnlyOnTheReservedAddressAndOnlyOnce() {
    BareHart reserving =
        BareHart.with(
            Assembler.atomic(2, 8, 3, 1, 0),
            Assembler.atomic(3, 8, 4, 2, 5),
            Assembler.atomic(2, 8, 3, 1, 0),
            Assembler.atomic(3, 8, 6, 1, 5),
            Assembler.atomic(3, 8, 7, 1, 5));
    reserving.machine.memory().store(BareHart.DATA - Machine.RAM_BASE, 8, 11);
    reserving.set(1, BareHart.DATA).set(2, BareHart.DATA + 8).set(5, 99).step(5);
    assertEquals(11, reserving.get(3));
    assertEquals(1, reserving.get(4), "another address");
    assertEquals(0, reserving.get(6), "the reserved address");
    assertEquals(1, reserving.get(7), "a second time");
    assertEquals(99, reserving.machine.memory().load(BareHart.DATA - Machine.RAM_BASE, 8));
    assertEquals(0, reserving.machine.memory().load(BareHart.DATA + 8 - Machine.RAM_BASE, 8));
  }

  @Provide
  Arbitrary<String> registerInstructions() {
    return Arbitraries.of(REGISTER.keySet());
  }

  @Provide
  Arbitrary<String> immediateInstructions() {
    return Arbitraries.of(IMMEDIATE.keySet());
  }

  @Provide
  Arbitrary<Integer> atomics() {
    return Arbitraries.of(0x00, 0x01, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c);
  }

  @Provide
  Arbitrary<Long> values() {
    Arbitrary<Long> edges =
        Arbitraries.of(java.util.Arrays.stream(EDGES).boxed().toArray(Long[]::new));
    return Arbitraries.oneOf(edges, Arbitraries.longs(), Arbitraries.randomValue(Random::nextLong));
  }

  private void checkRegister(String name, long a, long b) {
    Operation operation = REGISTER.get(name);
    execute(
        Assembler.register(operation.opcode, operation.funct3, operation.funct7, 3, 1, 2), a, b);
    assertEquals(
        expected(operation, a, b),
        hart.get(3),
        () -> name + " " + Long.toHexString(a) + " " + Long.toHexString(b));
  }

  /** Executes one word with x1 and x2 set. It must retire. */
  private void execute(int word, long first, long second) {
    hart.place(BareHart.CODE, word);
    hart.set(1, first).set(2, second);
    long retired = hart.cpu.retired();
    hart.step(1);
    assertEquals(retired + 1, hart.cpu.retired(), () -> "trapped: " + Integer.toHexString(word));
  }

  private static long expected(Operation operation, long a, long b) {
    return operation.meaning.apply(BigInteger.valueOf(a), BigInteger.valueOf(b)).longValue();
  }

  private static void register(
      String name, int opcode, int funct3, int funct7, BinaryOperator<BigInteger> meaning) {
    REGISTER.put(name, new Operation(opcode, funct3, funct7, meaning));
  }

  private static void immediate(
      Map<String, Operation> into, String name, int opcode, int funct3, int funct7, String like) {
    into.put(name, new Operation(opcode, funct3, funct7, REGISTER.get(like).meaning));
  }

  private static BigInteger unsigned(BigInteger value) {
    return value.mod(TWO_64);
  }

  private static BigInteger unsignedWord(BigInteger value) {
    return value.mod(TWO_32);
  }

  /** The low 32 bits as a signed number. */
  private static BigInteger word(BigInteger value) {
    BigInteger low = value.mod(TWO_32);
    return low.testBit(31) ? low.subtract(TWO_32) : low;
  }

  private static BigInteger truth(boolean holds) {
    return holds ? BigInteger.ONE : BigInteger.ZERO;
  }

  private static int amount(BigInteger value, int mask) {
    return value.intValue() & mask;
  }

  private static BigInteger quotient(BigInteger a, BigInteger b) {
    return b.signum() == 0 ? MINUS_ONE : a.divide(b);
  }

  private static BigInteger rest(BigInteger a, BigInteger b) {
    return b.signum() == 0 ? a : a.remainder(b);
  }
}
