package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A driver of the disk that works from outside: it writes queues into RAM and registers into the
 * device, as a guest would.
 */
final class DiskDriver {
  static final int TABLE = 0x1000;
  static final int AVAILABLE = 0x2000;
  static final int USED = 0x3000;
  static final int HEADER = 0x4000;
  static final int ANSWER = 0x4100;
  static final int DATA = 0x5000;

  static final int RAM_BYTES = 64 << 10;

  final Memory memory;
  final VirtioBlock disk;

  /** Null if the device is none. */
  final MemoryStorage storage;

  private int nextDescriptor;
  private int nextAvailable;

  DiskDriver(Memory memory, VirtioBlock disk, MemoryStorage storage) {
    this.memory = memory;
    this.disk = disk;
    this.storage = storage;
  }

  /** Of a fresh device whose storage answers at once. */
  static DiskDriver attached(MemoryStorage storage) {
    Memory memory = new Memory(RAM_BYTES);
    VirtioBlock disk = new VirtioBlock(memory);
    disk.attach(storage, Runnable::run, () -> {});
    return new DiskDriver(memory, disk, storage);
  }

  long read(int register) {
    return disk.load(register, 4);
  }

  void write(int register, long value) {
    assertEquals(VirtioBlock.DONE, disk.store(register, 4, value));
  }

  void writeLong(int register, long value) {
    write(register, value);
    write(register + 4, value >>> 32);
  }

  /** From reset to a driver that works, as the specification has it. */
  DiskDriver begin(long features, int queueSize) {
    write(VirtioBlock.STATUS, 0);
    write(VirtioBlock.STATUS, 1);
    write(VirtioBlock.STATUS, 3);
    negotiate(features);
    assertEquals(11, read(VirtioBlock.STATUS), "the features are accepted");
    placeQueue(queueSize);
    write(VirtioBlock.STATUS, 15);
    nextDescriptor = 0;
    nextAvailable = 0;
    return this;
  }

  void negotiate(long features) {
    write(VirtioBlock.DRIVER_FEATURES_SELECT, 0);
    write(VirtioBlock.DRIVER_FEATURES, features);
    write(VirtioBlock.DRIVER_FEATURES_SELECT, 1);
    write(VirtioBlock.DRIVER_FEATURES, features >>> 32);
    write(VirtioBlock.STATUS, 11);
  }

  void placeQueue(int queueSize) {
    write(VirtioBlock.QUEUE_SELECT, 0);
    write(VirtioBlock.QUEUE_SIZE, queueSize);
    writeLong(VirtioBlock.DESCRIPTORS, Machine.RAM_BASE + TABLE);
    writeLong(VirtioBlock.DRIVER_AREA, Machine.RAM_BASE + AVAILABLE);
    writeLong(VirtioBlock.DEVICE_AREA, Machine.RAM_BASE + USED);
    write(VirtioBlock.QUEUE_READY, 1);
  }

  void descriptor(int index, long address, int length, int flags, int next) {
    long at = TABLE + 16L * index;
    memory.store(at, 8, address);
    memory.store(at + 8, 4, length);
    memory.store(at + 12, 2, flags);
    memory.store(at + 14, 2, next);
  }

  /** Header, data and answer in three descriptors; without data in two. */
  void request(int type, long sector, int dataBytes) {
    memory.store(HEADER, 4, type);
    memory.store(HEADER + 8, 8, sector);
    memory.store(ANSWER, 1, 0x77);
    int first = nextDescriptor;
    nextDescriptor = (nextDescriptor + 3) % 6;
    int data = first + 1;
    int answer = first + 2;
    boolean writes = type != VirtioBlock.TYPE_OUT;
    descriptor(first, Machine.RAM_BASE + HEADER, 16, 1, dataBytes > 0 ? data : answer);
    descriptor(data, Machine.RAM_BASE + DATA, dataBytes, writes ? 3 : 1, answer);
    descriptor(answer, Machine.RAM_BASE + ANSWER, 1, 2, 0);
    offer(first);
  }

  void offer(int head) {
    memory.store(AVAILABLE + 4 + 2 * (nextAvailable % 8), 2, head);
    nextAvailable++;
    memory.store(AVAILABLE + 2, 2, nextAvailable);
  }

  int notifyQueue() {
    return disk.store(VirtioBlock.QUEUE_NOTIFY, 4, 0);
  }

  /** The byte of the answer to the request, which is done. */
  int ask(int type, long sector, int dataBytes) {
    int used = usedIndex();
    request(type, sector, dataBytes);
    assertEquals(VirtioBlock.DONE, notifyQueue());
    assertEquals(used + 1 & 0xffff, usedIndex(), "the chain is in the used ring");
    return answer();
  }

  int answer() {
    return (int) memory.load(ANSWER, 1);
  }

  int usedIndex() {
    return (int) memory.load(USED + 2, 2);
  }

  void fill(int seed, int length) {
    for (int i = 0; i < length; i++) {
      memory.store(DATA + i, 1, seed * 31 + i * 7);
    }
  }

  byte[] data(int length) {
    byte[] bytes = new byte[length];
    memory.loadBytes(DATA, bytes, 0, length);
    return bytes;
  }

  boolean needsReset() {
    return (read(VirtioBlock.STATUS) & VirtioBlock.STATUS_NEEDS_RESET) != 0;
  }
}
