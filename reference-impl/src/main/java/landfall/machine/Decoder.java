package landfall.machine;

/**
 * Decodes RV64IMA + Zicsr instruction words into a packed form that the hart executes.
 *
 * <p>Layout of a decoded instruction, never 0: bits 0-7 the operation, 8-15 rd, 16-23 rs1, 24-31
 * rs2, 32-63 a signed immediate. Writes to x0 go to {@link #SINK}, so that x[0] stays 0 without a
 * test. The immediate of {@link #ILLEGAL}, of CSR operations and of atomics is the instruction word
 * itself.
 */
final class Decoder {
  /** The register index that takes results meant for x0. */
  static final int SINK = 32;

  static final int ILLEGAL = 1;
  static final int LUI = 2;
  static final int AUIPC = 3;
  static final int JAL = 4;
  static final int JALR = 5;
  static final int BEQ = 6;
  static final int BNE = 7;
  static final int BLT = 8;
  static final int BGE = 9;
  static final int BLTU = 10;
  static final int BGEU = 11;
  static final int LB = 12;
  static final int LH = 13;
  static final int LW = 14;
  static final int LD = 15;
  static final int LBU = 16;
  static final int LHU = 17;
  static final int LWU = 18;
  static final int SB = 19;
  static final int SH = 20;
  static final int SW = 21;
  static final int SD = 22;
  static final int ADDI = 23;
  static final int SLTI = 24;
  static final int SLTIU = 25;
  static final int XORI = 26;
  static final int ORI = 27;
  static final int ANDI = 28;
  static final int SLLI = 29;
  static final int SRLI = 30;
  static final int SRAI = 31;
  static final int ADD = 32;
  static final int SUB = 33;
  static final int SLL = 34;
  static final int SLT = 35;
  static final int SLTU = 36;
  static final int XOR = 37;
  static final int SRL = 38;
  static final int SRA = 39;
  static final int OR = 40;
  static final int AND = 41;
  static final int ADDIW = 42;
  static final int SLLIW = 43;
  static final int SRLIW = 44;
  static final int SRAIW = 45;
  static final int ADDW = 46;
  static final int SUBW = 47;
  static final int SLLW = 48;
  static final int SRLW = 49;
  static final int SRAW = 50;
  static final int MUL = 51;
  static final int MULH = 52;
  static final int MULHSU = 53;
  static final int MULHU = 54;
  static final int DIV = 55;
  static final int DIVU = 56;
  static final int REM = 57;
  static final int REMU = 58;
  static final int MULW = 59;
  static final int DIVW = 60;
  static final int DIVUW = 61;
  static final int REMW = 62;
  static final int REMUW = 63;
  static final int FENCE = 64;
  static final int ECALL = 65;
  static final int EBREAK = 66;
  static final int MRET = 67;
  static final int WFI = 68;
  static final int CSR = 69;
  static final int ATOMIC = 70;

  private static final int[] BRANCHES = {BEQ, BNE, ILLEGAL, ILLEGAL, BLT, BGE, BLTU, BGEU};
  private static final int[] LOADS = {LB, LH, LW, LD, LBU, LHU, LWU, ILLEGAL};
  private static final int[] STORES = {SB, SH, SW, SD, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL};
  private static final int[] INTEGERS = {ADD, SLL, SLT, SLTU, XOR, SRL, OR, AND};
  private static final int[] MULTIPLIES = {MUL, MULH, MULHSU, MULHU, DIV, DIVU, REM, REMU};
  private static final int[] MULTIPLY_WORDS = {
    MULW, ILLEGAL, ILLEGAL, ILLEGAL, DIVW, DIVUW, REMW, REMUW
  };

  private Decoder() {}

  static long decode(int word) {
    int funct3 = word >>> 12 & 7;
    return switch (word & 0x7f) {
      case 0x37 -> pack(LUI, word, word & 0xffff_f000);
      case 0x17 -> pack(AUIPC, word, word & 0xffff_f000);
      case 0x6f -> pack(JAL, word, immediateJ(word));
      case 0x67 -> funct3 == 0 ? pack(JALR, word, word >> 20) : illegal(word);
      case 0x63 -> legal(BRANCHES[funct3], word, immediateB(word));
      case 0x03 -> legal(LOADS[funct3], word, word >> 20);
      case 0x23 -> legal(STORES[funct3], word, (word >> 25 << 5) | (word >>> 7 & 31));
      case 0x13 -> integerImmediate(word, funct3);
      case 0x1b -> integerImmediateWord(word, funct3);
      case 0x33 -> legal(integer(word, funct3), word, 0);
      case 0x3b -> legal(integerWord(word, funct3), word, 0);
      case 0x0f -> funct3 <= 1 ? pack(FENCE, word, 0) : illegal(word);
      case 0x73 -> legal(system(word, funct3), word, word);
      case 0x2f -> legal(atomic(word, funct3), word, word);
      default -> illegal(word);
    };
  }

  private static long integerImmediate(int word, int funct3) {
    int immediate = word >> 20;
    int funct6 = word >>> 26;
    int amount = immediate & 63;
    return switch (funct3) {
      case 0 -> pack(ADDI, word, immediate);
      case 1 -> funct6 == 0 ? pack(SLLI, word, amount) : illegal(word);
      case 2 -> pack(SLTI, word, immediate);
      case 3 -> pack(SLTIU, word, immediate);
      case 4 -> pack(XORI, word, immediate);
      case 5 ->
          funct6 == 0
              ? pack(SRLI, word, amount)
              : funct6 == 0x10 ? pack(SRAI, word, amount) : illegal(word);
      case 6 -> pack(ORI, word, immediate);
      default -> pack(ANDI, word, immediate);
    };
  }

  private static long integerImmediateWord(int word, int funct3) {
    int immediate = word >> 20;
    int funct7 = word >>> 25;
    int amount = immediate & 31;
    return switch (funct3) {
      case 0 -> pack(ADDIW, word, immediate);
      case 1 -> funct7 == 0 ? pack(SLLIW, word, amount) : illegal(word);
      case 5 ->
          funct7 == 0
              ? pack(SRLIW, word, amount)
              : funct7 == 0x20 ? pack(SRAIW, word, amount) : illegal(word);
      default -> illegal(word);
    };
  }

  private static int integer(int word, int funct3) {
    return switch (word >>> 25) {
      case 0 -> INTEGERS[funct3];
      case 1 -> MULTIPLIES[funct3];
      case 0x20 -> funct3 == 0 ? SUB : funct3 == 5 ? SRA : ILLEGAL;
      default -> ILLEGAL;
    };
  }

  private static int integerWord(int word, int funct3) {
    return switch (word >>> 25) {
      case 0 -> funct3 == 0 ? ADDW : funct3 == 1 ? SLLW : funct3 == 5 ? SRLW : ILLEGAL;
      case 1 -> MULTIPLY_WORDS[funct3];
      case 0x20 -> funct3 == 0 ? SUBW : funct3 == 5 ? SRAW : ILLEGAL;
      default -> ILLEGAL;
    };
  }

  private static int system(int word, int funct3) {
    if (funct3 == 4) {
      return ILLEGAL;
    }
    if (funct3 != 0) {
      return CSR;
    }
    return switch (word) {
      case 0x0000_0073 -> ECALL;
      case 0x0010_0073 -> EBREAK;
      case 0x3020_0073 -> MRET;
      case 0x1050_0073 -> WFI;
      default -> ILLEGAL;
    };
  }

  private static int atomic(int word, int funct3) {
    if (funct3 != 2 && funct3 != 3) {
      return ILLEGAL;
    }
    return switch (word >>> 27) {
      case 0x02 -> (word >>> 20 & 31) == 0 ? ATOMIC : ILLEGAL;
      case 0x00, 0x01, 0x03, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18, 0x1c -> ATOMIC;
      default -> ILLEGAL;
    };
  }

  private static int immediateJ(int word) {
    return (word >> 31 << 20)
        | (word & 0xf_f000)
        | (word >>> 20 & 1) << 11
        | (word >>> 21 & 0x3ff) << 1;
  }

  private static int immediateB(int word) {
    return (word >> 31 << 12)
        | (word >>> 7 & 1) << 11
        | (word >>> 25 & 0x3f) << 5
        | (word >>> 8 & 0xf) << 1;
  }

  private static long legal(int operation, int word, int immediate) {
    return operation == ILLEGAL ? illegal(word) : pack(operation, word, immediate);
  }

  private static long illegal(int word) {
    return pack(ILLEGAL, word, word);
  }

  private static long pack(int operation, int word, int immediate) {
    int rd = word >>> 7 & 31;
    int low =
        operation
            | (rd == 0 ? SINK : rd) << 8
            | (word >>> 15 & 31) << 16
            | (word >>> 20 & 31) << 24;
    return (long) immediate << 32 | low & 0xffff_ffffL;
  }
}
