package landfall.machine;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Everything of a machine that is not RAM: hart, control registers, serial port, disk, guest time.
 * The contents of the disk are on its storage.
 *
 * <p>Format, big-endian: magic {@code LFDS}, version (2 bytes), RAM size (8), the hart's words
 * (count in 2 bytes, then 8 each), guest time, timer compare (8 each), software interrupt (1), the
 * serial port's registers (1 each, the divisor 2), its received bytes (count in 1 byte), the disk,
 * and a CRC-32C of all before (4). The disk: its sectors (8; 0 if there is none, and all that
 * follows is then 0), status (1), selected halves of the features (4, 4), accepted features (8),
 * selected queue, size of the queue (4, 4), whether it is ready (1), its three addresses (8 each),
 * positions in the rings (2, 2), interrupts (1). Any change to it needs a new version.
 */
public final class DeviceState {
  private static final int MAGIC = 0x4c46_4453;
  private static final int VERSION = 3;

  private final byte[] bytes;

  /** What the bytes say. */
  record Content(
      long ramBytes,
      long[] hart,
      Clint.Snapshot clint,
      Uart.Snapshot uart,
      VirtioBlock.Snapshot disk) {}

  private DeviceState(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Takes the bytes that {@link #toBytes} gave, here or on another host.
   *
   * @throws IllegalArgumentException if they are not a device state of this version; the message
   *     says what is wrong with them
   */
  public static DeviceState of(byte[] bytes) {
    DeviceState state = new DeviceState(bytes.clone());
    state.content();
    return state;
  }

  /** The serialised form; a copy. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DeviceState that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "DeviceState[" + bytes.length + " bytes]";
  }

  static DeviceState of(Content content) {
    Uart.Snapshot uart = content.uart;
    ByteBuffer out = ByteBuffer.allocate(160 + 8 * content.hart.length + uart.received().length);
    out.putInt(MAGIC).putShort((short) VERSION).putLong(content.ramBytes);
    out.putShort((short) content.hart.length);
    for (long word : content.hart) {
      out.putLong(word);
    }
    out.putLong(content.clint.time()).putLong(content.clint.compare());
    out.put(flag(content.clint.softwarePending()));
    out.put((byte) uart.interruptEnable()).put((byte) uart.lineControl());
    out.put((byte) uart.modemControl()).put((byte) uart.scratch());
    out.putShort((short) uart.divisor());
    out.put(flag(uart.buffersEnabled())).put(flag(uart.transmitterEmptyPending()));
    out.put((byte) uart.received().length).put(uart.received());
    VirtioBlock.Snapshot disk = content.disk;
    out.putLong(disk.sectors()).put((byte) disk.status());
    out.putInt(disk.deviceFeaturesSelect()).putInt(disk.driverFeaturesSelect());
    out.putLong(disk.driverFeatures()).putInt(disk.queueSelect()).putInt(disk.queueSize());
    out.put(flag(disk.queueReady())).putLong(disk.descriptors());
    out.putLong(disk.driverArea()).putLong(disk.deviceArea());
    out.putShort((short) disk.lastAvailable()).putShort((short) disk.usedIndex());
    out.put((byte) disk.interruptStatus());
    out.putInt(checksum(out.array(), out.position()));
    return new DeviceState(Arrays.copyOf(out.array(), out.position()));
  }

  Content content() {
    int bodyLength = bytes.length - Integer.BYTES;
    if (bodyLength < 6) {
      throw malformed("it has only " + bytes.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, bodyLength);
    int magic = in.getInt();
    if (magic != MAGIC) {
      throw malformed("it starts with 0x" + Integer.toHexString(magic) + ", not with LFDS");
    }
    int version = in.getShort() & 0xffff;
    if (version != VERSION) {
      throw malformed("it is of version " + version + ", this machine reads version " + VERSION);
    }
    if (checksum(bytes, bodyLength) != ByteBuffer.wrap(bytes).getInt(bodyLength)) {
      throw malformed("its checksum does not match");
    }
    try {
      Content content = read(in);
      if (in.hasRemaining()) {
        throw malformed(in.remaining() + " bytes are left over");
      }
      return content;
    } catch (BufferUnderflowException e) {
      throw malformed("it is cut short");
    }
  }

  private static Content read(ByteBuffer in) {
    long ramBytes = in.getLong();
    int words = in.getShort() & 0xffff;
    if (words != Cpu.CAPTURED_WORDS) {
      throw malformed("it has " + words + " words of hart state, not " + Cpu.CAPTURED_WORDS);
    }
    long[] hart = new long[words];
    for (int i = 0; i < words; i++) {
      hart[i] = in.getLong();
    }
    var clint = new Clint.Snapshot(in.getLong(), in.getLong(), flag(in.get()));
    int interruptEnable = in.get() & 0xff;
    int lineControl = in.get() & 0xff;
    int modemControl = in.get() & 0xff;
    int scratch = in.get() & 0xff;
    int divisor = in.getShort() & 0xffff;
    boolean buffersEnabled = flag(in.get());
    boolean transmitterEmptyPending = flag(in.get());
    byte[] received = new byte[in.get() & 0xff];
    in.get(received);
    var uart =
        new Uart.Snapshot(
            received,
            interruptEnable,
            lineControl,
            modemControl,
            scratch,
            divisor,
            buffersEnabled,
            transmitterEmptyPending);
    return new Content(ramBytes, hart, clint, uart, readDisk(in));
  }

  private static VirtioBlock.Snapshot readDisk(ByteBuffer in) {
    return new VirtioBlock.Snapshot(
        in.getLong(),
        in.get() & 0xff,
        in.getInt(),
        in.getInt(),
        in.getLong(),
        in.getInt(),
        in.getInt(),
        flag(in.get()),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getShort() & 0xffff,
        in.getShort() & 0xffff,
        in.get() & 0xff);
  }

  private static byte flag(boolean value) {
    return (byte) (value ? 1 : 0);
  }

  private static boolean flag(byte value) {
    if (value != 0 && value != 1) {
      throw malformed("a flag holds " + value + ", not 0 or 1");
    }
    return value == 1;
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static IllegalArgumentException malformed(String why) {
    return new IllegalArgumentException("device state is malformed: " + why);
  }
}
