package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What a guest asks of its host through tohost. */
class HtifTest {
  private static final long TO_HOST = Machine.RAM_BASE + 0x1000;
  private static final long FROM_HOST = TO_HOST + 64;
  private static final long BLOCK = TO_HOST + 0x100;
  private static final long CONSOLE_WRITE = 0x0101L << 48;

  private final ByteArrayOutputStream console = new ByteArrayOutputStream();
  private final Machine machine = new Machine(64 << 10);

  /** Stores x2 to tohost (x1), reads it back to x3, and goes on with the next such pair. */
  private void load(OptionalLong fromHost) throws ElfFormatException {
    ByteBuffer code = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    code.putInt(Assembler.store(3, 2, 1, 0)).putInt(Assembler.load(3, 3, 1, 0)).flip();
    machine.load(
        new ElfFile(
            Machine.RAM_BASE,
            List.of(new ElfFile.Segment(Machine.RAM_BASE, code, 0x2000)),
            OptionalLong.of(TO_HOST),
            fromHost,
            false));
    machine.serialPort().onOutput(console::write);
    machine.cpu().setRegister(1, TO_HOST);
  }

  /** Gives the request, and tells how the guest ended; null if it goes on. */
  private Halt ask(long request) {
    machine.cpu().setPc(Machine.RAM_BASE);
    machine.cpu().setRegister(2, request);
    machine.cpu().setRegister(3, -1);
    int left = 2;
    while (left > 0 && !machine.cpu().isHalted()) {
      left -= machine.cpu().run(left);
    }
    return machine.cpu().isHalted() ? machine.cpu().halt() : null;
  }

  private void assertAnswered(long request) {
    assertEquals(null, ask(request));
    assertEquals(0, machine.cpu().register(3), "the guest waits until tohost is 0");
  }

  private long call(long number, long... arguments) {
    machine.memory().store(BLOCK - Machine.RAM_BASE, 8, number);
    for (int i = 0; i < arguments.length; i++) {
      machine.memory().store(BLOCK - Machine.RAM_BASE + 8 * (i + 1), 8, arguments[i]);
    }
    assertAnswered(BLOCK);
    assertEquals(1, machine.memory().load(FROM_HOST - Machine.RAM_BASE, 8), "fromhost");
    return machine.memory().load(BLOCK - Machine.RAM_BASE, 8);
  }

  @Test
  void consoleOutputIsPrintedAndAnswered() throws Exception {
    load(OptionalLong.empty());
    for (char letter : "ok\n".toCharArray()) {
      assertAnswered(CONSOLE_WRITE | letter);
    }
    assertEquals("ok\n", console.toString(StandardCharsets.US_ASCII));
    assertEquals(new Halt(Halt.Cause.GUEST_EXIT, 0), ask(1));
  }

  @Test
  void aWriteToTheConsoleIsASystemCallLikeAnother() throws Exception {
    load(OptionalLong.of(FROM_HOST));
    byte[] text = "hello".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < text.length; i++) {
      machine.memory().store(0x1800 + i, 1, text[i]);
    }
    assertEquals(5, call(64, 1, Machine.RAM_BASE + 0x1800, 5));
    assertEquals(2, call(64, 2, Machine.RAM_BASE + 0x1800, 2));
    assertEquals("hellohe", console.toString(StandardCharsets.US_ASCII));
    assertEquals(-9, call(64, 3, Machine.RAM_BASE + 0x1800, 5));
    assertEquals(-14, call(64, 1, Machine.RAM_BASE + 0xffff, 2));
    assertEquals(-14, call(64, 1, Machine.RAM_BASE, -1));
    assertEquals(-14, call(64, 1, Long.MIN_VALUE, 1));
    assertEquals("hellohe", console.toString(StandardCharsets.US_ASCII));
  }

  @Test
  void exitIsASystemCallToo() throws Exception {
    load(OptionalLong.of(FROM_HOST));
    machine.memory().store(BLOCK - Machine.RAM_BASE, 8, 93);
    machine.memory().store(BLOCK - Machine.RAM_BASE + 8, 8, 7);
    assertEquals(new Halt(Halt.Cause.GUEST_EXIT, 7), ask(BLOCK));
  }

  @Test
  void otherSystemCallsAreRefusedByName() throws Exception {
    load(OptionalLong.of(FROM_HOST));
    machine.memory().store(BLOCK - Machine.RAM_BASE, 8, 80);
    Halt halt = ask(BLOCK);
    assertEquals(new Halt(Halt.Cause.UNKNOWN_CALL, 80), halt);
    assertFalse(halt.isExit());
    assertTrue(halt.toString().contains("system call 80 (fstat)"), halt::toString);
  }

  @Test
  void otherRequestsAreRefusedByName() throws Exception {
    load(OptionalLong.of(FROM_HOST));
    Halt halt = ask(0x0100L << 48);
    assertEquals(new Halt(Halt.Cause.UNKNOWN_REQUEST, 0x0100L << 48), halt);
    assertTrue(halt.toString().contains("device 1, command 0, payload 0x0"), halt::toString);
  }

  @Test
  void aCallWithoutAnAnswerToGoToIsRefused() throws Exception {
    load(OptionalLong.empty());
    assertEquals(new Halt(Halt.Cause.UNKNOWN_REQUEST, BLOCK), ask(BLOCK));
  }

  @Property
  void noRequestButAnExitIsTakenForOneAndNoneHarmsTheMachine(@ForAll long request)
      throws Exception {
    load(OptionalLong.of(FROM_HOST));
    Halt halt = ask(request);
    boolean exit = request >>> 48 == 0 && (request & 1) != 0;
    assertEquals(exit, halt != null && halt.isExit());
    assertEquals(request == 0 || request >>> 48 == 0x101, halt == null);
    machine.restoreState(machine.captureState());
    assertEquals(halt != null, machine.cpu().isHalted());
    machine.restoreState(new Machine(64 << 10).captureState());
  }

  @Test
  void aRefusedGuestIsRefusedOnTheOtherHostToo() throws Exception {
    load(OptionalLong.of(FROM_HOST));
    Halt halt = ask(0x0200L << 48);
    Machine other = new Machine(64 << 10);
    other.restoreState(machine.captureState());
    assertEquals(halt, other.run());
  }
}
