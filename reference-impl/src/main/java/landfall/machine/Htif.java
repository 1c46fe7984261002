package landfall.machine;

import java.util.Optional;

/**
 * What a guest asks of its host through the word {@code tohost} (the host-target interface of
 * RISC-V's simulators): bits 56-63 name a device, bits 48-55 a command, the rest is the payload.
 *
 * <p>Answered are: the end of the guest (device 0, an odd payload), console output (device 1,
 * command 1), and of the system calls (device 0, the payload is the address of a block of words)
 * {@code write} to standard output and standard error, and {@code exit}. Everything else ends the
 * run and is named: a guest that waits for an answer would wait for ever, and a request must not be
 * taken for an exit.
 */
final class Htif {
  private static final int DEVICE_CALLS = 0;
  private static final int DEVICE_CONSOLE = 1;
  private static final int CONSOLE_WRITE = 1;
  private static final long CALL_WRITE = 64;
  private static final long CALL_EXIT = 93;
  private static final long NO_SUCH_FILE_DESCRIPTOR = -9;
  private static final long BAD_ADDRESS = -14;
  private static final int BLOCK_BYTES = 8 * Long.BYTES;

  private final Memory memory;
  private final Uart uart;

  /** Offset of the word in which calls are answered, or -1 if the guest has none. */
  private long fromHostOffset = -1;

  Htif(Memory memory, Uart uart) {
    this.memory = memory;
    this.uart = uart;
  }

  void setFromHost(long offset) {
    fromHostOffset = offset;
  }

  long fromHost() {
    return fromHostOffset;
  }

  /**
   * Answers a request, which is not 0.
   *
   * @return the end of the guest, if this is it
   */
  Optional<Halt> perform(long request) {
    int device = device(request);
    int command = command(request);
    long payload = payload(request);
    if (device == DEVICE_CONSOLE && command == CONSOLE_WRITE) {
      acknowledge();
      uart.transmit((byte) payload);
      return Optional.empty();
    }
    if (device == DEVICE_CALLS && command == 0 && (payload & 1) != 0) {
      return Optional.of(new Halt(Halt.Cause.GUEST_EXIT, payload >>> 1));
    }
    long block = payload - Machine.RAM_BASE;
    boolean isCall =
        device == DEVICE_CALLS
            && command == 0
            && fromHostOffset >= 0
            && isInRam(block, BLOCK_BYTES);
    return isCall ? call(block) : Optional.of(new Halt(Halt.Cause.UNKNOWN_REQUEST, request));
  }

  /** The first absent page that {@link #perform} would touch beyond {@code tohost}, or -1. */
  int firstAbsent(long request) {
    long block = payload(request) - Machine.RAM_BASE;
    boolean isCall =
        device(request) == DEVICE_CALLS
            && command(request) == 0
            && (request & 1) == 0
            && fromHostOffset >= 0
            && isInRam(block, BLOCK_BYTES);
    if (!isCall) {
      return -1;
    }
    int absent = memory.firstAbsent(block, BLOCK_BYTES);
    if (absent >= 0 || memory.load(block, Long.BYTES) != CALL_WRITE) {
      return absent;
    }
    long text = memory.load(block + 16, Long.BYTES) - Machine.RAM_BASE;
    long length = memory.load(block + 24, Long.BYTES);
    if (isInRam(text, length) && length > 0) {
      absent = memory.firstAbsent(text, length);
    }
    return absent >= 0 ? absent : memory.firstAbsent(fromHostOffset, Long.BYTES);
  }

  private Optional<Halt> call(long block) {
    long number = memory.load(block, Long.BYTES);
    long first = memory.load(block + 8, Long.BYTES);
    if (number == CALL_EXIT) {
      return Optional.of(new Halt(Halt.Cause.GUEST_EXIT, first & 0xff));
    }
    if (number != CALL_WRITE) {
      return Optional.of(new Halt(Halt.Cause.UNKNOWN_CALL, number));
    }
    long result =
        write(first, memory.load(block + 16, Long.BYTES), memory.load(block + 24, Long.BYTES));
    memory.store(block, Long.BYTES, result);
    acknowledge();
    memory.store(fromHostOffset, Long.BYTES, 1);
    return Optional.empty();
  }

  private long write(long descriptor, long address, long length) {
    long offset = address - Machine.RAM_BASE;
    if (descriptor != 1 && descriptor != 2) {
      return NO_SUCH_FILE_DESCRIPTOR;
    }
    if (!isInRam(offset, length)) {
      return BAD_ADDRESS;
    }
    for (long i = 0; i < length; i++) {
      uart.transmit((byte) memory.load(offset + i, 1));
    }
    return length;
  }

  private boolean isInRam(long offset, long length) {
    return offset >= 0 && length >= 0 && length <= memory.sizeBytes() - offset;
  }

  /** The guest waits for this before its next request. */
  private void acknowledge() {
    memory.store(memory.watchedWordOffset(), Long.BYTES, 0);
  }

  static int device(long request) {
    return (int) (request >>> 56);
  }

  static int command(long request) {
    return (int) (request >>> 48) & 0xff;
  }

  static long payload(long request) {
    return request & (1L << 48) - 1;
  }
}
