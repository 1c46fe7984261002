package landfall.machine;

/** Encodes instruction words, by the formats of the manual. */
final class Assembler {
  static final int NOP = immediate(0x13, 0, 0, 0, 0);
  static final int ECALL = 0x0000_0073;
  static final int EBREAK = 0x0010_0073;
  static final int MRET = 0x3020_0073;
  static final int WFI = 0x1050_0073;
  static final int FENCE_I = 0x0000_100f;

  private Assembler() {}

  static int register(int opcode, int funct3, int funct7, int rd, int rs1, int rs2) {
    return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
  }

  static int immediate(int opcode, int funct3, int rd, int rs1, int immediate) {
    return immediate << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
  }

  static int addi(int rd, int rs1, int immediate) {
    return immediate(0x13, 0, rd, rs1, immediate);
  }

  static int load(int funct3, int rd, int rs1, int offset) {
    return immediate(0x03, funct3, rd, rs1, offset);
  }

  static int store(int funct3, int rs2, int rs1, int offset) {
    return (offset >> 5 & 0x7f) << 25
        | rs2 << 20
        | rs1 << 15
        | funct3 << 12
        | (offset & 31) << 7
        | 0x23;
  }

  static int branch(int funct3, int rs1, int rs2, int offset) {
    return (offset >> 12 & 1) << 31
        | (offset >> 5 & 0x3f) << 25
        | rs2 << 20
        | rs1 << 15
        | funct3 << 12
        | (offset >> 1 & 0xf) << 8
        | (offset >> 11 & 1) << 7
        | 0x63;
  }

  static int jal(int rd, int offset) {
    return (offset >> 20 & 1) << 31
        | (offset >> 1 & 0x3ff) << 21
        | (offset >> 11 & 1) << 20
        | (offset >> 12 & 0xff) << 12
        | rd << 7
        | 0x6f;
  }

  static int jalr(int rd, int rs1, int offset) {
    return immediate(0x67, 0, rd, rs1, offset);
  }

  /** kind: 1 write, 2 set, 3 clear, 5 to 7 the same with rs1 as an immediate. */
  static int csr(int kind, int rd, int csr, int rs1) {
    return immediate(0x73, kind, rd, rs1, csr);
  }

  static int csrRead(int rd, int csr) {
    return csr(2, rd, csr, 0);
  }

  static int csrWrite(int csr, int rs1) {
    return csr(1, 0, csr, rs1);
  }

  static int atomic(int operation, int width, int rd, int address, int rs2) {
    return register(0x2f, width == 4 ? 2 : 3, operation << 2, rd, address, rs2);
  }
}
