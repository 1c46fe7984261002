package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class UartTest {
  private final Uart uart = new Uart();

  @BeforeEach
  void open() {
    uart.setOpen(true);
  }

  @Test
  void theTransmitterIsAlwaysReadyAndHandsOverInOrder() {
    var sent = new ByteArrayOutputStream();
    uart.onOutput(value -> sent.write(value));
    for (byte value : "landfall".getBytes(StandardCharsets.US_ASCII)) {
      assertEquals(0x60, uart.load(5) & 0x60);
      uart.store(0, value);
    }
    assertEquals("landfall", sent.toString(StandardCharsets.US_ASCII));
  }

  @Test
  void receivedBytesAreReadInOrderAndDataReadyTellsOfThem() {
    assertEquals(0, uart.load(5) & 1);
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < 7; i++) {
        assertTrue(uart.offer((byte) (200 + i)));
      }
      for (int i = 0; i < 7; i++) {
        assertEquals(1, uart.load(5) & 1);
        assertEquals(200 + i, uart.load(0));
      }
      assertEquals(0, uart.load(5) & 1);
      assertEquals(0, uart.load(0), "an empty buffer reads as zero");
    }
  }

  @Test
  void aFullBufferRefusesAndLosesNothing() {
    for (int i = 0; i < Uart.BUFFER_BYTES; i++) {
      assertTrue(uart.offer((byte) i));
    }
    assertFalse(uart.offer((byte) 99));
    assertEquals(0, uart.load(0));
    assertTrue(uart.offer((byte) 99));
    for (int i = 1; i < Uart.BUFFER_BYTES; i++) {
      assertEquals(i, uart.load(0));
    }
    assertEquals(99, uart.load(0));
  }

  @Test
  void aClosedPortRefuses() {
    uart.setOpen(false);
    assertFalse(uart.offer((byte) 1));
    assertEquals(0, uart.load(5) & 1);
  }

  @Test
  @Timeout(20)
  void whoeverPutsWaitsForSpaceAndNoByteIsLost() throws Exception {
    Thread writer =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < 1000; i++) {
                  uart.put((byte) i);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    writer.start();
    for (int i = 0; i < 1000; i++) {
      while ((uart.load(5) & 1) == 0) {
        Thread.onSpinWait();
      }
      assertEquals(i & 0xff, uart.load(0));
    }
    writer.join();
  }

  @Test
  void anInterruptedPutHasNotTakenTheByte() {
    uart.setOpen(false);
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> uart.put((byte) 1));
    assertEquals(0, uart.load(5) & 1);
  }

  @Test
  void theDivisorIsBehindItsAccessBitAndSendsNothing() {
    BlockingQueue<Byte> sent = new LinkedBlockingQueue<>();
    uart.onOutput(sent::add);
    uart.store(1, 1);
    uart.store(3, 0x83);
    uart.store(0, 0x34);
    uart.store(1, 0x12);
    assertEquals(0x34, uart.load(0));
    assertEquals(0x12, uart.load(1));
    uart.store(3, 0x03);
    assertEquals(3, uart.load(3));
    assertEquals(1, uart.load(1), "the interrupt enable register is another one");
    assertTrue(sent.isEmpty());
  }

  @Test
  void interruptIdentificationTellsDataBeforeTransmitterAndClearsTheLatter() {
    assertEquals(0x01, uart.load(2));
    uart.store(2, 1);
    assertEquals(0xc1, uart.load(2));
    uart.store(1, 3);
    uart.offer((byte) 5);
    assertEquals(0xc4, uart.load(2));
    uart.load(0);
    assertEquals(0xc2, uart.load(2));
    assertEquals(0xc1, uart.load(2));
    uart.store(0, 'x');
    assertEquals(0xc2, uart.load(2));
  }

  @Test
  void theGuestMayEmptyItsBuffer() {
    uart.offer((byte) 5);
    uart.store(2, 3);
    assertEquals(0, uart.load(5) & 1);
  }

  @Test
  void everyRegisterAndEveryWaitingByteIsPartOfTheState() {
    uart.store(3, 0x83);
    uart.store(0, 0x34);
    uart.store(1, 0x12);
    uart.store(3, 0x1b);
    uart.store(1, 0x0f);
    uart.store(2, 1);
    uart.store(4, 0x0b);
    uart.store(7, 0x5a);
    for (int i = 0; i < Uart.BUFFER_BYTES; i++) {
      uart.offer((byte) i);
    }
    uart.load(0);
    uart.offer((byte) 77);
    Uart other = new Uart();
    other.restore(uart.capture());
    for (int register = 1; register < 8; register++) {
      assertEquals(uart.load(register), other.load(register), "register " + register);
    }
    assertArrayEquals(uart.capture().received(), other.capture().received());
    other.store(3, 0x80);
    assertEquals(0x34, other.load(0));
    assertEquals(0x12, other.load(1));
  }

  @Test
  @Timeout(20)
  void aPolledGuestEchoesWhatComesIn() throws Exception {
    Machine machine =
        guest(
            Assembler.load(4, 2, 1, 5),
            Assembler.immediate(0x13, 7, 2, 2, 1),
            Assembler.branch(0, 2, 0, -8),
            Assembler.load(4, 3, 1, 0),
            Assembler.store(0, 3, 1, 0),
            Assembler.jal(0, -20));
    BlockingQueue<Byte> output = new LinkedBlockingQueue<>();
    machine.serialPort().onOutput(output::add);
    Thread guest = new Thread(machine::run, "guest");
    guest.start();
    try {
      for (int i = 0; i < 500; i++) {
        machine.serialPort().put((byte) i);
        if (i % 50 == 25) {
          machine.pause();
          assertFalse(machine.serialPort().offer((byte) 0), "paused");
          machine.resume();
        }
      }
      for (int i = 0; i < 500; i++) {
        assertEquals((byte) i, output.poll(10, TimeUnit.SECONDS));
      }
      assertTrue(output.isEmpty());
    } finally {
      machine.stop();
      guest.join();
    }
  }

  /** It has no timer, and the port raises no interrupt: nothing else would ever wake it. */
  @Test
  @Timeout(20)
  void aGuestThatWaitsForAnInterruptLooksWhenInputComes() throws Exception {
    Machine machine =
        guest(
            Assembler.load(4, 2, 1, 5),
            Assembler.immediate(0x13, 7, 2, 2, 1),
            Assembler.branch(1, 2, 0, 12),
            Assembler.WFI,
            Assembler.jal(0, -16),
            Assembler.load(4, 3, 1, 0),
            Assembler.store(0, 3, 1, 0),
            Assembler.jal(0, -28));
    BlockingQueue<Byte> output = new LinkedBlockingQueue<>();
    machine.serialPort().onOutput(output::add);
    Thread guest = new Thread(machine::run, "guest");
    guest.start();
    try {
      for (int i = 0; i < 40; i++) {
        machine.serialPort().put((byte) i);
        assertEquals((byte) i, output.poll(10, TimeUnit.SECONDS));
      }
      byte[] many = new byte[100 * Uart.BUFFER_BYTES + 1];
      for (int i = 0; i < many.length; i++) {
        many[i] = (byte) i;
      }
      ByteBuffer bytes = ByteBuffer.wrap(many);
      machine.serialPort().put(bytes);
      assertFalse(bytes.hasRemaining());
      for (byte each : many) {
        assertEquals(each, output.poll(10, TimeUnit.SECONDS));
      }
    } finally {
      machine.stop();
      guest.join();
    }
  }

  /** A machine with these instructions, and the address of the port in register 1. */
  private static Machine guest(int... instructions) {
    Machine machine = new Machine(64 << 10);
    for (int i = 0; i < instructions.length; i++) {
      machine.memory().store(4L * i, 4, instructions[i]);
    }
    machine.cpu().setRegister(1, 0x1000_0000L);
    return machine;
  }
}
