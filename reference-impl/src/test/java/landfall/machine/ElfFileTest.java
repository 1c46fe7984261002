package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElfFileTest {
  private static final long TO_HOST = Machine.RAM_BASE + 0x1000;
  private static final int CODE_AT = 64 + 56;

  @TempDir Path folder;

  /** An executable with one segment at the start of RAM, 8 KiB long, and a symbol tohost. */
  static byte[] executable(int... code) {
    int namesAt = CODE_AT + 4 * code.length;
    byte[] names = "\0other\0tohost\0".getBytes(StandardCharsets.US_ASCII);
    int symbolsAt = namesAt + names.length;
    int sectionsAt = symbolsAt + 3 * 24;
    ByteBuffer file = ByteBuffer.allocate(sectionsAt + 3 * 64).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0x464c_457f).put((byte) 2).put((byte) 1).put((byte) 1);
    file.position(16);
    file.putShort((short) 2).putShort((short) 243).putInt(1).putLong(Machine.RAM_BASE);
    file.putLong(64).putLong(sectionsAt).putInt(0).putShort((short) 64);
    file.putShort((short) 56).putShort((short) 1).putShort((short) 64).putShort((short) 3);
    file.putShort((short) 0);
    file.putInt(1).putInt(7).putLong(CODE_AT).putLong(0).putLong(Machine.RAM_BASE);
    file.putLong(4L * code.length).putLong(0x2000).putLong(0x1000);
    for (int word : code) {
      file.putInt(word);
    }
    file.put(names);
    file.position(symbolsAt + 24);
    file.putInt(1).putInt(0).putLong(99).putLong(0);
    file.putInt(7).putShort((short) 0x10).putShort((short) 1).putLong(TO_HOST).putLong(8);
    file.position(sectionsAt + 64);
    section(file, 2, symbolsAt, 3 * 24, 2);
    section(file, 3, namesAt, names.length, 0);
    return file.array();
  }

  private static void section(ByteBuffer file, int type, long at, long length, int link) {
    file.putInt(0).putInt(type).putLong(0).putLong(0).putLong(at).putLong(length);
    file.putInt(link).putInt(0).putLong(1).putLong(0);
  }

  /** Writes x2 to tohost, in an endless loop. */
  private static int[] exitWith(int value) {
    return new int[] {
      0x0000_1097, // auipc x1, 1
      Assembler.addi(2, 0, value),
      Assembler.store(3, 2, 1, 0),
      Assembler.jal(0, -4)
    };
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("guest.elf"), bytes);
  }

  @Test
  void segmentsEntryAndToHostAreRead() throws Exception {
    ElfFile file = ElfFile.parse(executable(exitWith(1)));
    assertEquals(Machine.RAM_BASE, file.entry());
    assertEquals(OptionalLong.of(TO_HOST), file.toHost());
    assertEquals(1, file.segments().size());
    assertEquals(Machine.RAM_BASE, file.segments().get(0).physicalAddress());
    assertEquals(16, file.segments().get(0).data().remaining());
    assertEquals(0x2000, file.segments().get(0).memoryBytes());
  }

  @Test
  void loadingClearsWhatTheFileDoesNotFillAndTouchesNothingElse() throws Exception {
    Machine machine = new Machine(64 << 10);
    for (int page = 0; page < machine.memory().pages(); page++) {
      machine.memory().store((long) page * Memory.PAGE_SIZE + 100, 8, -1);
    }
    machine.load(ElfFile.parse(executable(exitWith(1))));
    assertEquals(0x0000_1097, machine.memory().load(0, 4));
    assertEquals(0, machine.memory().load(100, 8));
    assertTrue(machine.memory().isZeroPage(1));
    assertFalse(machine.memory().isZeroPage(2));
    assertEquals(Machine.RAM_BASE, machine.cpu().pc());
  }

  @Test
  void oneInToHostIsSuccessAndAnythingElseIsItsUpperBits() throws Exception {
    ElfRun success = Machine.runElf(write(executable(exitWith(1))), 1000, value -> {});
    assertEquals(ElfRun.Ending.EXITED, success.ending());
    assertEquals(0, success.exitStatus());
    assertTrue(success.succeeded());
    assertEquals(3, success.instructions());
    ElfRun failure = Machine.runElf(write(executable(exitWith(1337))), 1000, value -> {});
    assertEquals(668, failure.exitStatus());
    assertFalse(failure.succeeded());
  }

  @Test
  void zeroInToHostEndsNothingAndTheBudgetDoes() throws Exception {
    ElfRun run = Machine.runElf(write(executable(exitWith(0))), 12_345, value -> {});
    assertEquals(ElfRun.Ending.BUDGET_EXHAUSTED, run.ending());
    assertEquals(12_345, run.instructions());
    assertFalse(run.succeeded());
  }

  @Test
  void aGuestThatCanNeverWakeEndsTheRun() throws Exception {
    ElfRun run = Machine.runElf(write(executable(Assembler.WFI)), 1000, value -> {});
    assertEquals(ElfRun.Ending.WAITING_FOREVER, run.ending());
  }

  @Test
  void theSerialOutputOfTheGuestIsHandedOver() throws Exception {
    int[] code = {
      0x1000_00b7, // lui x1, 0x10000
      Assembler.addi(2, 0, 'L'),
      Assembler.store(0, 2, 1, 0),
      Assembler.jal(0, 0)
    };
    var output = new ByteArrayOutputStream();
    Machine.runElf(write(executable(code)), 100, value -> output.write(value));
    assertEquals("L", output.toString(StandardCharsets.US_ASCII));
  }

  @Test
  void theWatchOnToHostMovesWithTheDeviceState() throws Exception {
    Machine source = new Machine(64 << 10);
    source.load(ElfFile.parse(executable(exitWith(7))));
    Machine destination = new Machine(64 << 10);
    for (int page = 0; page < source.memory().pages(); page++) {
      destination.memory().writePage(page, source.memory().readOnlyView(page, 1));
    }
    destination.restoreState(source.captureState());
    assertEquals(new Halt(Halt.Cause.GUEST_EXIT, 3), destination.run());
  }

  @Test
  void whatIsWrongWithAFileIsSaid() {
    byte[] good = executable(exitWith(1));
    assertRefused("not an ELF file", new byte[0]);
    assertRefused("not an ELF file", "#!/bin/sh\n".repeat(20).getBytes(StandardCharsets.US_ASCII));
    assertRefused("class is 1", changed(good, 4, 1));
    assertRefused("data encoding is 2", changed(good, 5, 2));
    assertRefused("type is 3", changed(good, 16, 3));
    assertRefused("machine is 62", changed(good, 18, 62));
    assertRefused("entry address is 2147483650", changed(good, 24, 2));
    assertRefused("nothing to load", changed(good, 64, 2));
    assertRefused("program headers: 56 bytes at", changed(good, 34, 1));
    assertRefused("segment 0: 16 bytes at", changed(good, 64 + 10, 1));
    assertRefused("segment 0 has 65552 bytes for 8192", changed(good, 64 + 34, 1));
    assertRefused("reach beyond the file", Arrays.copyOf(good, good.length - 1));
  }

  @Test
  void segmentsOutsideOfRamAreRefusedBeforeAnythingIsLoaded() throws Exception {
    byte[] low = changed(executable(exitWith(1)), 64 + 27, 0x40);
    Machine machine = new Machine(64 << 10);
    var refusal = assertThrows(ElfFormatException.class, () -> machine.load(ElfFile.parse(low)));
    assertTrue(refusal.getMessage().contains("0x40000000"), refusal.getMessage());
    Machine small = new Machine(4096);
    ElfFile file = ElfFile.parse(executable(exitWith(1)));
    assertThrows(ElfFormatException.class, () -> small.load(file));
    assertTrue(small.memory().isZeroPage(0));
  }

  @Test
  void filesThatCannotBeReadAndBudgetsThatAreNoneAreRefused() {
    assertThrows(
        IOException.class, () -> Machine.runElf(folder.resolve("none.elf"), 1, value -> {}));
    assertThrows(IOException.class, () -> Machine.runElf(folder, 1, value -> {}));
    assertThrows(IllegalArgumentException.class, () -> Machine.runElf(folder, 0, value -> {}));
  }

  @Test
  void anEntryOutsideOfRamIsRefused() {
    byte[] low = changed(executable(exitWith(1)), 24 + 3, 0x40);
    var refusal =
        assertThrows(
            ElfFormatException.class, () -> new Machine(64 << 10).load(ElfFile.parse(low)));
    assertEquals(
        "the entry at 0x40000000 of 4 bytes lies outside of RAM, which is 0x80000000 to 0x8000ffff",
        refusal.getMessage());
    byte[] end = changed(executable(exitWith(1)), 24 + 2, 0x01);
    assertThrows(ElfFormatException.class, () -> new Machine(64 << 10).load(ElfFile.parse(end)));
  }

  @Test
  void aCompressedExecutableIsRefusedByItsHeaderFlagUnlessItIsTakenAtItsWord() throws Exception {
    ElfFile marked = ElfFile.parse(changed(executable(exitWith(1)), 48, 5));
    var refusal =
        assertThrows(ElfFormatException.class, () -> Machine.runElf(marked, 100, value -> {}));
    assertTrue(refusal.getMessage().contains("(RVC)"), refusal.getMessage());
    assertTrue(
        Machine.runElf(marked.withoutCompressedMark(), 100, value -> {}).succeeded(),
        "it has no compressed instruction");
    // Other flags say how calls pass arguments, which is the guest's own business.
    assertTrue(
        Machine.runElf(ElfFile.parse(changed(executable(exitWith(1)), 48, 4)), 100, value -> {})
            .succeeded());
  }

  @Test
  void whatIsNoFileIsNamed() {
    var refusal = assertThrows(IOException.class, () -> ElfFile.read(folder));
    assertTrue(refusal.getMessage().contains(folder.toString()), refusal.getMessage());
  }

  @Property(tries = 300)
  void whateverLoadsRunsToAnEndOrToTheEndOfItsBudget(@ForAll Random random) throws Exception {
    byte[] bytes = executable(exitWith(1));
    // Mostly in the code and in the symbols, where a file still loads.
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      bytes[random.nextInt(4) == 0 ? random.nextInt(bytes.length) : CODE_AT + random.nextInt(16)] =
          (byte) random.nextInt();
    }
    Machine machine = new Machine(32 << 10, () -> 0);
    try {
      machine.load(ElfFile.parse(bytes));
    } catch (ElfFormatException refused) {
      return;
    }
    for (int budget = 0; budget < 200 && !machine.cpu().isHalted(); budget++) {
      machine.cpu().run(50);
    }
    machine.restoreState(machine.captureState());
  }

  @Property(tries = 20_000)
  void anyBytesBehindAHeaderAreRefusedOrLoadButNothingElse(@ForAll Random random) {
    byte[] bytes = Arrays.copyOf(executable(exitWith(1)), 64 + random.nextInt(500));
    for (int i = random.nextInt(4) == 0 ? 24 : 64; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : 0);
    }
    try {
      new Machine(32 << 10).load(ElfFile.parse(bytes));
    } catch (ElfFormatException e) {
      assertFalse(e.getMessage().isBlank());
    }
  }

  @Property(tries = 5000)
  void mutatedFilesAreRefusedOrLoadButNothingElse(@ForAll Random random) {
    byte[] bytes = executable(exitWith(1));
    int mutations = 1 + random.nextInt(6);
    for (int i = 0; i < mutations; i++) {
      byte value = (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(3) - 1);
      bytes[random.nextInt(bytes.length)] = value;
    }
    if (random.nextInt(4) == 0) {
      bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 40));
    }
    try {
      ElfFile file = ElfFile.parse(bytes);
      new Machine(32 << 10).load(file);
      assertFalse(file.segments().isEmpty());
    } catch (ElfFormatException e) {
      assertFalse(e.getMessage().isBlank());
    }
  }

  private static byte[] changed(byte[] bytes, int at, int value) {
    byte[] copy = bytes.clone();
    copy[at] = (byte) value;
    return copy;
  }

  private static void assertRefused(String message, byte[] bytes) {
    var refusal = assertThrows(ElfFormatException.class, () -> ElfFile.parse(bytes));
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }
}
