package landfall.machine;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A 16550 serial port that the guest polls. It raises no interrupt line, but tells through IIR what
 * it would have raised.
 *
 * <p>Output is handed over at once, so the transmitter is always empty and nothing that the guest
 * has sent is part of the state. Input waits in a buffer of 16 bytes, which is. Safe on any thread.
 */
final class Uart implements SerialPort {
  static final int SIZE_BYTES = 0x100;
  static final int BUFFER_BYTES = 16;

  private static final int DATA = 0;
  private static final int INTERRUPT_ENABLE = 1;
  private static final int INTERRUPT_ID = 2;
  private static final int LINE_CONTROL = 3;
  private static final int MODEM_CONTROL = 4;
  private static final int LINE_STATUS = 5;
  private static final int MODEM_STATUS = 6;
  private static final int SCRATCH = 7;

  private static final int DIVISOR_ACCESS = 0x80;
  private static final int TRANSMITTER_EMPTY = 0x60;
  private static final int DATA_READY = 0x01;

  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int head;
  private int count;
  private int interruptEnable;
  private int lineControl;
  private int modemControl;
  private int scratch;
  private int divisor = 12;
  private boolean buffersEnabled;
  private boolean transmitterEmptyPending;
  private boolean open;
  private volatile ByteSink sink = value -> {};
  private volatile Runnable onInput = () -> {};

  /** Everything about this device that the guest can see. */
  record Snapshot(
      byte[] received,
      int interruptEnable,
      int lineControl,
      int modemControl,
      int scratch,
      int divisor,
      boolean buffersEnabled,
      boolean transmitterEmptyPending) {
    Snapshot {
      if (received.length > BUFFER_BYTES) {
        throw new IllegalArgumentException(
            "serial port with "
                + received.length
                + " bytes received: at most "
                + BUFFER_BYTES
                + " are accepted");
      }
    }
  }

  synchronized Snapshot capture() {
    byte[] received = new byte[count];
    for (int i = 0; i < count; i++) {
      received[i] = buffer[(head + i) % BUFFER_BYTES];
    }
    return new Snapshot(
        received,
        interruptEnable,
        lineControl,
        modemControl,
        scratch,
        divisor,
        buffersEnabled,
        transmitterEmptyPending);
  }

  synchronized void restore(Snapshot snapshot) {
    Arrays.fill(buffer, (byte) 0);
    System.arraycopy(snapshot.received, 0, buffer, 0, snapshot.received.length);
    head = 0;
    count = snapshot.received.length;
    interruptEnable = snapshot.interruptEnable & 0x0f;
    lineControl = snapshot.lineControl & 0xff;
    modemControl = snapshot.modemControl & 0x1f;
    scratch = snapshot.scratch & 0xff;
    divisor = snapshot.divisor & 0xffff;
    buffersEnabled = snapshot.buffersEnabled;
    transmitterEmptyPending = snapshot.transmitterEmptyPending;
    notifyAll();
  }

  /** Lets input in, or keeps it out. */
  synchronized void setOpen(boolean on) {
    open = on;
    notifyAll();
  }

  /** Has somebody told, on the thread that brings it, that input has come. */
  void onInput(Runnable listener) {
    onInput = listener;
  }

  @Override
  public boolean offer(byte value) {
    if (!take(value)) {
      return false;
    }
    // Outside of the lock: a machine asks the port while it holds its own.
    onInput.run();
    return true;
  }

  private synchronized boolean take(byte value) {
    if (!open || count == BUFFER_BYTES) {
      return false;
    }
    buffer[(head + count) % BUFFER_BYTES] = value;
    count++;
    return true;
  }

  @Override
  public void put(byte value) throws InterruptedException {
    put(ByteBuffer.wrap(new byte[] {value}));
  }

  @Override
  public void put(ByteBuffer bytes) throws InterruptedException {
    while (bytes.hasRemaining()) {
      synchronized (this) {
        while (!takeNext(bytes)) {
          wait();
        }
        while (bytes.hasRemaining() && takeNext(bytes)) {
          // As many as there is room for.
        }
      }
      onInput.run();
    }
  }

  private boolean takeNext(ByteBuffer bytes) {
    boolean taken = take(bytes.get(bytes.position()));
    bytes.position(bytes.position() + (taken ? 1 : 0));
    return taken;
  }

  /** Sends a byte that did not come through the registers. */
  void transmit(byte value) {
    sink.accept(value);
  }

  @Override
  public void onOutput(ByteSink output) {
    sink = java.util.Objects.requireNonNull(output, "output");
  }

  synchronized long load(int offset) {
    boolean divisorAccess = (lineControl & DIVISOR_ACCESS) != 0;
    return switch (offset) {
      case DATA -> divisorAccess ? divisor & 0xff : receive();
      case INTERRUPT_ENABLE -> divisorAccess ? divisor >>> 8 : interruptEnable;
      case INTERRUPT_ID -> identifyInterrupt();
      case LINE_CONTROL -> lineControl;
      case MODEM_CONTROL -> modemControl;
      case LINE_STATUS -> TRANSMITTER_EMPTY | (count > 0 ? DATA_READY : 0);
      case MODEM_STATUS -> 0xb0; // carrier, data set ready, clear to send
      case SCRATCH -> scratch;
      default -> 0;
    };
  }

  void store(int offset, int value) {
    if (storeRegister(offset, value & 0xff)) {
      // Outside of the lock: a sink that waits must not keep input out.
      sink.accept((byte) value);
    }
  }

  /** True if the value is to be sent. */
  private synchronized boolean storeRegister(int offset, int value) {
    boolean divisorAccess = (lineControl & DIVISOR_ACCESS) != 0;
    switch (offset) {
      case DATA -> {
        if (!divisorAccess) {
          transmitterEmptyPending = true;
          return true;
        }
        divisor = divisor & 0xff00 | value;
      }
      case INTERRUPT_ENABLE -> {
        if (divisorAccess) {
          divisor = divisor & 0xff | value << 8;
        } else {
          transmitterEmptyPending |= (value & ~interruptEnable & 2) != 0;
          interruptEnable = value & 0x0f;
        }
      }
      case INTERRUPT_ID -> { // written, this is the FIFO control register
        buffersEnabled = (value & 1) != 0;
        if ((value & 2) != 0) {
          count = 0;
          notifyAll();
        }
      }
      case LINE_CONTROL -> lineControl = value;
      case MODEM_CONTROL -> modemControl = value & 0x1f;
      case SCRATCH -> scratch = value;
      default -> {
        // Status registers are read-only.
      }
    }
    return false;
  }

  private int receive() {
    if (count == 0) {
      return 0;
    }
    int value = buffer[head] & 0xff;
    head = (head + 1) % BUFFER_BYTES;
    count--;
    notifyAll();
    return value;
  }

  private int identifyInterrupt() {
    int buffers = buffersEnabled ? 0xc0 : 0;
    if ((interruptEnable & 1) != 0 && count > 0) {
      return buffers | 0x04;
    }
    if ((interruptEnable & 2) != 0 && transmitterEmptyPending) {
      transmitterEmptyPending = false;
      return buffers | 0x02;
    }
    return buffers | 0x01;
  }
}
