package landfall.cli;

import static landfall.cli.Ended.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code landfall machine run}, on small executables that are made here. */
class MachineCommandTest {
  private static final long BASE = 0x8000_0000L;
  private static final int CODE_AT = 64 + 56;

  @TempDir private Path folder;

  /** An executable whose tohost is at BASE + 0x1000, where x5 points at the start. */
  private String executable(int flags, long entry, int... code) throws IOException {
    int sectionsAt = CODE_AT + 4 * (code.length + 1) + 8 + 48;
    ByteBuffer file = ByteBuffer.allocate(sectionsAt + 3 * 64).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0x464c_457f).put((byte) 2).put((byte) 1).put((byte) 1).position(16);
    file.putShort((short) 2).putShort((short) 243).putInt(1).putLong(entry);
    file.putLong(64).putLong(sectionsAt).putInt(flags).putShort((short) 64);
    file.putShort((short) 56).putShort((short) 1).putShort((short) 64).putShort((short) 3);
    file.putShort((short) 0);
    file.putInt(1).putInt(7).putLong(CODE_AT).putLong(0).putLong(BASE);
    file.putLong(4L * (code.length + 1)).putLong(0x2000).putLong(0x1000);
    file.putInt(0x0000_1297); // auipc x5, 1
    for (int word : code) {
      file.putInt(word);
    }
    int namesAt = file.position();
    file.put("\0tohost\0".getBytes(StandardCharsets.US_ASCII));
    int symbolsAt = file.position();
    file.position(symbolsAt + 24);
    file.putInt(1).putShort((short) 0x10).putShort((short) 1).putLong(BASE + 0x1000).putLong(8);
    file.position(sectionsAt + 64);
    section(file, 2, symbolsAt, 48, 2);
    section(file, 3, namesAt, 8, 0);
    return Files.write(folder.resolve("guest.elf"), file.array()).toString();
  }

  private static void section(ByteBuffer file, int type, long at, long length, int link) {
    file.putInt(0).putInt(type).putLong(0).putLong(0).putLong(at).putLong(length);
    file.putInt(link).putInt(0).putLong(1).putLong(0);
  }

  /** Gives x6 = upper << 48 | lower to tohost and waits for the answer. */
  private static int[] requests(int... upperAndLower) {
    int[] code = new int[6 * (upperAndLower.length / 2)];
    for (int i = 0; i < upperAndLower.length; i += 2) {
      int at = 6 * (i / 2);
      code[at] = upperAndLower[i] << 20 | 0x313; // addi x6, x0, upper
      code[at + 1] = 0x0303_1313; // slli x6, x6, 48
      code[at + 2] = upperAndLower[i + 1] << 20 | 0x3_6313; // ori x6, x6, lower
      code[at + 3] = 0x0062_b023; // sd x6, 0(x5)
      code[at + 4] = 0x0002_b383; // ld x7, 0(x5)
      code[at + 5] = 0xfe03_9ee3; // bne x7, x0, -4
    }
    return code;
  }

  @Test
  void consoleOutputThroughToHostIsPrinted() throws IOException {
    Ended ended =
        run(
            "machine",
            "run",
            executable(0, BASE, requests(0x101, 'o', 0x101, 'k', 0x101, '\n', 0, 1)));
    assertEquals("ok\n", ended.out());
    assertEquals(0, ended.status(), ended.err());
  }

  @Test
  void aRequestThatIsNotAnsweredIsNamedAndIsNoExit() throws IOException {
    Ended ended = run("machine", "run", executable(0, BASE, requests(0x100, 0)));
    assertEquals(2, ended.status());
    assertTrue(ended.err().contains("device 1, command 0"), ended.err());
  }

  @Test
  void aCompressedExecutableIsRefusedByItsFlag() throws IOException {
    String file = executable(1, BASE, requests(0, 1));
    Ended ended = run("machine", "run", file);
    assertEquals(Failure.USAGE, ended.status());
    assertTrue(ended.err().contains("compressed instructions (RVC)"), ended.err());
    assertEquals(0, run("machine", "run", "--compressed-traps", file).status());
  }

  @Test
  void anEntryOutsideOfRamIsRefused() throws IOException {
    Ended ended = run("machine", "run", executable(0, 0x1000, requests(0, 1)));
    assertEquals(Failure.USAGE, ended.status());
    assertTrue(ended.err().contains("the entry at 0x1000"), ended.err());
  }

  @Test
  void whatIsNoExecutableFileIsRefused() throws IOException {
    Path pipe = folder.resolve("pipe");
    new ProcessBuilder("mkfifo", pipe.toString()).start().onExit().join();
    for (Path none : new Path[] {folder, pipe, folder.resolve("none")}) {
      Ended ended = run("machine", "run", none.toString());
      assertEquals(Failure.USAGE, ended.status());
      assertTrue(ended.err().contains(none.toString()), ended.err());
    }
  }
}
