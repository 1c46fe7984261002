package landfall.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The eight virtio transports of the `virt` board (MMIO, version 2). The first one has a block
 * device if a disk is attached; the others are always empty.
 *
 * <p>Requests are carried out by the store that notifies the queue, as one instruction: the guest
 * finds its answer in the used ring with the next one. It needs the answer of the storage, which is
 * asked on another thread, so the instruction may have to wait as for an absent page: it has then
 * done nothing, ends the hart's run, and is executed afresh once the answer is there, here or on
 * another machine. What a waiting instruction has asked is no part of the state. Asked again, after
 * a move or after an interrupt, it looks at the queue anew, and takes an answer only if it is the
 * answer to what the queue says now.
 *
 * <p>The rings, the descriptors and all that they name must lie in RAM, and a request's pages are
 * looked at before anything is done for it. A queue that breaks the rules makes the device say
 * DEVICE_NEEDS_RESET; it then does nothing until it is reset. Interrupts are told in the register
 * InterruptStatus alone: the board has no interrupt controller, so drivers poll.
 *
 * <p>The hart's thread, or anyone while the hart is parked; {@link #isAnswered} and {@link #settle}
 * on any thread.
 */
final class VirtioBlock {
  static final int TRANSPORTS = 8;
  static final int TRANSPORT_BYTES = 0x1000;
  static final int SIZE_BYTES = TRANSPORTS * TRANSPORT_BYTES;

  /** The instruction is done. */
  static final int DONE = -1;

  /** The instruction has to wait for the storage. */
  static final int STORAGE_AWAITED = -2;

  static final int MAGIC_VALUE = 0x000;
  static final int VERSION = 0x004;
  static final int DEVICE_ID = 0x008;
  static final int VENDOR_ID = 0x00c;
  static final int DEVICE_FEATURES = 0x010;
  static final int DEVICE_FEATURES_SELECT = 0x014;
  static final int DRIVER_FEATURES = 0x020;
  static final int DRIVER_FEATURES_SELECT = 0x024;
  static final int QUEUE_SELECT = 0x030;
  static final int QUEUE_SIZE_MAX = 0x034;
  static final int QUEUE_SIZE = 0x038;
  static final int QUEUE_READY = 0x044;
  static final int QUEUE_NOTIFY = 0x050;
  static final int INTERRUPT_STATUS = 0x060;
  static final int INTERRUPT_ACKNOWLEDGE = 0x064;
  static final int STATUS = 0x070;
  static final int DESCRIPTORS = 0x080;
  static final int DRIVER_AREA = 0x090;
  static final int DEVICE_AREA = 0x0a0;
  static final int CONFIG = 0x100;

  static final int MAGIC = 0x7472_6976;
  static final int BLOCK_DEVICE = 2;
  private static final int VENDOR = 0x4c46_4453;

  static final int STATUS_DRIVER_OK = 4;
  static final int STATUS_FEATURES_OK = 8;
  static final int STATUS_NEEDS_RESET = 64;
  private static final int STATUS_BITS = 1 | 2 | STATUS_DRIVER_OK | STATUS_FEATURES_OK | 64 | 128;

  static final long FEATURE_SIZE_MAX = 1L << 1;
  static final long FEATURE_SEGMENTS_MAX = 1L << 2;
  static final long FEATURE_FLUSH = 1L << 9;
  static final long FEATURE_VERSION_1 = 1L << 32;
  static final long OFFERED =
      FEATURE_SIZE_MAX | FEATURE_SEGMENTS_MAX | FEATURE_FLUSH | FEATURE_VERSION_1;

  private static final int INTERRUPT_USED = 1;
  private static final int INTERRUPT_CONFIG = 2;

  static final int QUEUE_MAX = 64;
  private static final int SEGMENT_BYTES_MAX = 16 << 10;
  private static final int SEGMENTS_MAX = QUEUE_MAX - 2;

  /** A request of more is refused: a guest must not make its host hold as much as it likes. */
  static final int DATA_BYTES_MAX = 1 << 20;

  static final int DESCRIPTOR_NEXT = 1;
  static final int DESCRIPTOR_WRITE = 2;
  static final int DESCRIPTOR_INDIRECT = 4;
  private static final int DESCRIPTOR_BYTES = 16;
  private static final int RING_HEADER_BYTES = 4;
  private static final int USED_BYTES = 8;

  static final int TYPE_IN = 0;
  static final int TYPE_OUT = 1;
  static final int TYPE_FLUSH = 4;
  static final int TYPE_GET_ID = 8;
  private static final int HEADER_BYTES = 16;
  private static final int ID_BYTES = 20;
  private static final byte[] ID =
      Arrays.copyOf("landfall-disk".getBytes(StandardCharsets.US_ASCII), ID_BYTES);

  static final byte ANSWER_OK = 0;
  static final byte ANSWER_ERROR = 1;
  static final byte ANSWER_UNSUPPORTED = 2;

  private static final byte[] NOTHING = {};

  private final Memory memory;

  /** The storage, or null: then this transport is empty, too. */
  private BlockStorage storage;

  private Executor executor;
  private Runnable onAnswer = () -> {};

  private int status;
  private int deviceFeaturesSelect;
  private int driverFeaturesSelect;
  private long driverFeatures;
  private int queueSelect;
  private int queueSize;
  private boolean queueReady;
  private long descriptors;
  private long driverArea;
  private long deviceArea;
  private int lastAvailable;
  private int usedIndex;
  private int interruptStatus;

  /** What the waiting instruction has asked, or null. Set by the hart's thread. */
  private volatile Job pending;

  private final AtomicInteger underWay = new AtomicInteger();

  /** Something was written and not flushed since. Set by the storage's thread. */
  private volatile boolean unflushed;

  private volatile String flushFailure = "";

  VirtioBlock(Memory memory) {
    this.memory = memory;
  }

  /** Everything about this device that the guest can see; no sectors if there is no disk. */
  record Snapshot(
      long sectors,
      int status,
      int deviceFeaturesSelect,
      int driverFeaturesSelect,
      long driverFeatures,
      int queueSelect,
      int queueSize,
      boolean queueReady,
      long descriptors,
      long driverArea,
      long deviceArea,
      int lastAvailable,
      int usedIndex,
      int interruptStatus) {
    static final Snapshot ABSENT = new Snapshot(0, 0, 0, 0, 0, 0, 0, false, 0, 0, 0, 0, 0, 0);
  }

  /** A piece of RAM that a descriptor names. */
  private record Segment(long offset, int length) {}

  /** What a chain of descriptors names: first what the device reads, then what it writes. */
  private record Chain(int head, List<Segment> readable, List<Segment> writable) {
    private static long total(List<Segment> segments) {
      return segments.stream().mapToLong(Segment::length).sum();
    }
  }

  /** A question to the storage. */
  private record Question(int type, long sector, byte[] data, int length, boolean flush) {
    boolean isSame(Question other) {
      return type == other.type
          && sector == other.sector
          && length == other.length
          && flush == other.flush
          && Arrays.equals(data, other.data);
    }
  }

  /** A question and, once there is one, its answer. */
  private static final class Job {
    final Question question;
    byte answer = ANSWER_ERROR;
    byte[] data = NOTHING;
    volatile boolean answered;

    Job(Question question) {
      this.question = question;
    }
  }

  /** Makes the first transport a disk. The guest has not looked at it yet. */
  void attach(BlockStorage newStorage, Executor newExecutor, Runnable newOnAnswer) {
    if (newStorage.sectors() < 1) {
      throw new IllegalArgumentException("a disk without a sector");
    }
    storage = newStorage;
    executor = newExecutor;
    onAnswer = newOnAnswer;
  }

  // ---------------------------------------------------------------- state

  Snapshot capture() {
    return new Snapshot(
        storage == null ? 0 : storage.sectors(),
        status,
        deviceFeaturesSelect,
        driverFeaturesSelect,
        driverFeatures,
        queueSelect,
        queueSize,
        queueReady,
        descriptors,
        driverArea,
        deviceArea,
        lastAvailable,
        usedIndex,
        interruptStatus);
  }

  /**
   * Says why this cannot be the state of this device.
   *
   * @throws IllegalArgumentException if it is of another disk, or holds what it cannot hold
   */
  void check(Snapshot snapshot) {
    long sectors = storage == null ? 0 : storage.sectors();
    if (snapshot.sectors != sectors) {
      throw new IllegalArgumentException(
          "device state of a machine with "
              + disk(snapshot.sectors)
              + ": this one has "
              + disk(sectors));
    }
    if (storage == null) {
      require(snapshot.equals(Snapshot.ABSENT), "the registers of a disk that is not there");
      return;
    }
    require((snapshot.status & ~STATUS_BITS) == 0, "the disk's status");
    boolean features = (snapshot.status & STATUS_FEATURES_OK) != 0;
    require(!features || isAcceptable(snapshot.driverFeatures), "the disk's features");
    require((snapshot.interruptStatus & ~(INTERRUPT_USED | INTERRUPT_CONFIG)) == 0, "interrupts");
    require((snapshot.lastAvailable & ~0xffff) == 0, "the position in the available ring");
    require((snapshot.usedIndex & ~0xffff) == 0, "the position in the used ring");
    boolean placed =
        isQueue(snapshot.queueSize, snapshot.descriptors, snapshot.driverArea, snapshot.deviceArea);
    require(!snapshot.queueReady || placed, "the place of the disk's queue");
  }

  private static String disk(long sectors) {
    return sectors == 0 ? "no disk" : "a disk of " + sectors + " sectors";
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("device state: " + what + " cannot be so");
    }
  }

  /** Takes a state that {@link #check} accepts. */
  void restore(Snapshot snapshot) {
    status = snapshot.status;
    deviceFeaturesSelect = snapshot.deviceFeaturesSelect;
    driverFeaturesSelect = snapshot.driverFeaturesSelect;
    driverFeatures = snapshot.driverFeatures;
    queueSelect = snapshot.queueSelect;
    queueSize = snapshot.queueSize;
    queueReady = snapshot.queueReady;
    descriptors = snapshot.descriptors;
    driverArea = snapshot.driverArea;
    deviceArea = snapshot.deviceArea;
    lastAvailable = snapshot.lastAvailable;
    usedIndex = snapshot.usedIndex;
    interruptStatus = snapshot.interruptStatus;
    pending = null;
  }

  private void reset() {
    long sectors = storage.sectors();
    restore(new Snapshot(sectors, 0, 0, 0, 0, 0, 0, false, 0, 0, 0, 0, 0, 0));
  }

  // ---------------------------------------------------------------- registers

  /** Registers are words; other widths read as 0. The configuration takes any width. */
  long load(int offset, int width) {
    int register = offset % TRANSPORT_BYTES;
    boolean present = storage != null && offset < TRANSPORT_BYTES;
    if (register >= CONFIG) {
      return present ? configuration(register - CONFIG, width) : 0;
    }
    if (width != Integer.BYTES) {
      return 0;
    }
    return switch (register) {
      case MAGIC_VALUE -> MAGIC;
      case VERSION -> 2;
      case VENDOR_ID -> VENDOR;
      default -> present ? loadPresent(register) & 0xffff_ffffL : 0;
    };
  }

  private long loadPresent(int register) {
    boolean ours = queueSelect == 0;
    return switch (register) {
      case DEVICE_ID -> BLOCK_DEVICE;
      case DEVICE_FEATURES -> word(OFFERED, deviceFeaturesSelect);
      case QUEUE_SIZE_MAX -> ours ? QUEUE_MAX : 0;
      case QUEUE_READY -> ours && queueReady ? 1 : 0;
      case INTERRUPT_STATUS -> interruptStatus;
      case STATUS -> status;
      // Also the generation of the configuration, which never changes.
      default -> 0;
    };
  }

  private static long word(long both, int select) {
    return select == 0 ? both : select == 1 ? both >>> 32 : 0;
  }

  private long configuration(int at, int width) {
    ByteBuffer all = ByteBuffer.allocate(24).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    all.putLong(0, storage.sectors()).putInt(8, SEGMENT_BYTES_MAX).putInt(12, SEGMENTS_MAX);
    return at > all.capacity() - Long.BYTES ? 0 : all.getLong(at) & -1L >>> (64 - 8 * width);
  }

  /**
   * Carries out a store.
   *
   * @return {@link #DONE}, {@link #STORAGE_AWAITED}, or the number of the absent page for which it
   *     has to wait
   */
  int store(int offset, int width, long value) {
    if (storage == null || offset >= TRANSPORT_BYTES || width != Integer.BYTES) {
      return DONE;
    }
    int word = (int) value;
    switch (offset) {
      case DEVICE_FEATURES_SELECT -> deviceFeaturesSelect = word;
      case DRIVER_FEATURES_SELECT -> driverFeaturesSelect = word;
      case DRIVER_FEATURES -> {
        if ((status & STATUS_FEATURES_OK) == 0) {
          driverFeatures = half(driverFeatures, driverFeaturesSelect, word);
        }
      }
      case QUEUE_SELECT -> queueSelect = word;
      case INTERRUPT_ACKNOWLEDGE -> interruptStatus &= ~word;
      case STATUS -> setStatus(word);
      case QUEUE_NOTIFY -> {
        if (word == 0 && isLive()) {
          return serveQueue();
        }
      }
      default -> {
        if (queueSelect == 0) {
          placeQueue(offset, word);
        }
      }
    }
    return DONE;
  }

  private static long half(long both, int select, int word) {
    long part = word & 0xffff_ffffL;
    return switch (select) {
      case 0 -> both & ~0xffff_ffffL | part;
      case 1 -> both & 0xffff_ffffL | part << 32;
      // There are no features beyond, and none can be accepted.
      default -> both;
    };
  }

  private void placeQueue(int register, int word) {
    if (register == QUEUE_READY) {
      if ((word & 1) == 0) {
        queueReady = false;
      } else if (isQueue(queueSize, descriptors, driverArea, deviceArea)) {
        queueReady = true;
      } else {
        fail();
      }
    } else if (!queueReady) {
      switch (register) {
        case QUEUE_SIZE -> queueSize = word;
        case DESCRIPTORS -> descriptors = half(descriptors, 0, word);
        case DESCRIPTORS + 4 -> descriptors = half(descriptors, 1, word);
        case DRIVER_AREA -> driverArea = half(driverArea, 0, word);
        case DRIVER_AREA + 4 -> driverArea = half(driverArea, 1, word);
        case DEVICE_AREA -> deviceArea = half(deviceArea, 0, word);
        case DEVICE_AREA + 4 -> deviceArea = half(deviceArea, 1, word);
        default -> {
          // What is read-only, or not there.
        }
      }
    }
  }

  private void setStatus(int word) {
    int wanted = word & 0xff;
    if (wanted == 0) {
      reset();
      return;
    }
    boolean negotiates = (wanted & ~status & STATUS_FEATURES_OK) != 0;
    if (negotiates && !isAcceptable(driverFeatures)) {
      wanted &= ~STATUS_FEATURES_OK;
    }
    status = wanted & STATUS_BITS & ~STATUS_NEEDS_RESET | status & STATUS_NEEDS_RESET;
  }

  private static boolean isAcceptable(long features) {
    return (features & ~OFFERED) == 0 && (features & FEATURE_VERSION_1) != 0;
  }

  private boolean isLive() {
    int needed = STATUS_DRIVER_OK | STATUS_FEATURES_OK;
    return queueReady && (status & (needed | STATUS_NEEDS_RESET)) == needed;
  }

  private void fail() {
    status |= STATUS_NEEDS_RESET;
    interruptStatus |= INTERRUPT_CONFIG;
  }

  // ---------------------------------------------------------------- the queue

  private boolean isQueue(int size, long table, long available, long used) {
    return size > 0
        && size <= QUEUE_MAX
        && Integer.bitCount(size) == 1
        && table % DESCRIPTOR_BYTES == 0
        && available % Short.BYTES == 0
        && used % Integer.BYTES == 0
        && isInRam(table, (long) size * DESCRIPTOR_BYTES)
        && isInRam(available, RING_HEADER_BYTES + (long) size * Short.BYTES)
        && isInRam(used, RING_HEADER_BYTES + (long) size * USED_BYTES);
  }

  private boolean isInRam(long address, long length) {
    long offset = address - Machine.RAM_BASE;
    return address >= 0 && offset >= 0 && offset <= memory.sizeBytes() - length;
  }

  private int serveQueue() {
    // Some requests, then a pause for whoever wants something of the hart: what comes from the disk
    // may be another request, and so on.
    for (int served = 0; served < QUEUE_MAX; served++) {
      int absent = firstAbsentOfQueue();
      if (absent >= 0) {
        return absent;
      }
      int waiting = load(driverArea + 2, Short.BYTES) - lastAvailable & 0xffff;
      if (waiting == 0) {
        return DONE;
      }
      Optional<Chain> chain = waiting > queueSize ? Optional.empty() : nextChain();
      if (chain.isEmpty()) {
        fail();
        return DONE;
      }
      int outcome = serve(chain.get());
      if (outcome != DONE) {
        return outcome;
      }
    }
    return STORAGE_AWAITED;
  }

  private int firstAbsentOfQueue() {
    int page = firstAbsent(descriptors, (long) queueSize * DESCRIPTOR_BYTES);
    if (page < 0) {
      page = firstAbsent(driverArea, RING_HEADER_BYTES + (long) queueSize * Short.BYTES);
    }
    return page >= 0
        ? page
        : firstAbsent(deviceArea, RING_HEADER_BYTES + (long) queueSize * USED_BYTES);
  }

  private int firstAbsent(long address, long length) {
    return memory.firstAbsent(address - Machine.RAM_BASE, length);
  }

  private int load(long address, int width) {
    return (int) memory.load(address - Machine.RAM_BASE, width);
  }

  /** Nothing if it breaks the rules. */
  private Optional<Chain> nextChain() {
    int slot = lastAvailable & queueSize - 1;
    int head = load(driverArea + RING_HEADER_BYTES + (long) slot * Short.BYTES, Short.BYTES);
    List<Segment> readable = new ArrayList<>();
    List<Segment> writable = new ArrayList<>();
    int index = head;
    int flags = DESCRIPTOR_NEXT;
    for (int length = 0; (flags & DESCRIPTOR_NEXT) != 0; length++) {
      if (index >= queueSize || length == queueSize) {
        return Optional.empty();
      }
      long at = descriptors + (long) index * DESCRIPTOR_BYTES;
      long address = memory.load(at - Machine.RAM_BASE, Long.BYTES);
      int bytes = load(at + 8, Integer.BYTES);
      flags = load(at + 12, Short.BYTES);
      index = load(at + 14, Short.BYTES);
      boolean writes = (flags & DESCRIPTOR_WRITE) != 0;
      boolean inOrder = writes || writable.isEmpty();
      boolean refused =
          (flags & DESCRIPTOR_INDIRECT) != 0 || !inOrder || bytes <= 0 || !isInRam(address, bytes);
      if (refused) {
        return Optional.empty();
      }
      (writes ? writable : readable).add(new Segment(address - Machine.RAM_BASE, bytes));
    }
    return Chain.total(readable) < HEADER_BYTES || writable.isEmpty()
        ? Optional.empty()
        : Optional.of(new Chain(head, readable, writable));
  }

  private int serve(Chain chain) {
    for (List<Segment> part : List.of(chain.readable, chain.writable)) {
      for (Segment segment : part) {
        int absent = memory.firstAbsent(segment.offset, segment.length);
        if (absent >= 0) {
          return absent;
        }
      }
    }
    ByteBuffer header =
        ByteBuffer.wrap(gather(chain.readable, 0, HEADER_BYTES))
            .order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int type = header.getInt(0);
    long sector = header.getLong(8);
    long given = Chain.total(chain.readable) - HEADER_BYTES;
    long room = Chain.total(chain.writable) - 1;
    switch (type) {
      case TYPE_IN -> {
        if (!isOnDisk(sector, room)) {
          break;
        }
        return ask(chain, new Question(type, sector, NOTHING, (int) room, false));
      }
      case TYPE_OUT -> {
        if (!isOnDisk(sector, given)) {
          break;
        }
        byte[] data = gather(chain.readable, HEADER_BYTES, (int) given);
        // A driver that cannot ask for it has every write on the disk when it is answered.
        boolean flush = (driverFeatures & FEATURE_FLUSH) == 0;
        return ask(chain, new Question(type, sector, data, data.length, flush));
      }
      case TYPE_FLUSH -> {
        return ask(chain, new Question(type, 0, NOTHING, 0, true));
      }
      case TYPE_GET_ID -> {
        answer(chain, ANSWER_OK, Arrays.copyOf(ID, (int) Math.min(room, ID_BYTES)));
        return DONE;
      }
      default -> {
        answer(chain, ANSWER_UNSUPPORTED, NOTHING);
        return DONE;
      }
    }
    answer(chain, ANSWER_ERROR, NOTHING);
    return DONE;
  }

  private boolean isOnDisk(long sector, long length) {
    long count = length / BlockStorage.SECTOR_BYTES;
    return length % BlockStorage.SECTOR_BYTES == 0
        && length <= DATA_BYTES_MAX
        && sector >= 0
        && sector <= storage.sectors() - count;
  }

  private int ask(Chain chain, Question question) {
    Job job = pending;
    if (job == null || !job.question.isSame(question)) {
      if (job != null && !job.answered) {
        return STORAGE_AWAITED;
      }
      job = new Job(question);
      pending = job;
      submit(job);
    }
    if (!job.answered) {
      return STORAGE_AWAITED;
    }
    pending = null;
    answer(chain, job.answer, job.data);
    return DONE;
  }

  /** Puts the data and the answer where the chain says, and the chain into the used ring. */
  private void answer(Chain chain, byte answer, byte[] data) {
    scatter(chain.writable, 0, data);
    scatter(chain.writable, Chain.total(chain.writable) - 1, new byte[] {answer});
    long ring = deviceArea - Machine.RAM_BASE;
    long slot = ring + RING_HEADER_BYTES + (long) (usedIndex & queueSize - 1) * USED_BYTES;
    memory.store(slot, Integer.BYTES, chain.head);
    memory.store(slot + 4, Integer.BYTES, data.length + 1);
    usedIndex = usedIndex + 1 & 0xffff;
    memory.store(ring + 2, Short.BYTES, usedIndex);
    lastAvailable = lastAvailable + 1 & 0xffff;
    interruptStatus |= INTERRUPT_USED;
  }

  private byte[] gather(List<Segment> segments, long from, int length) {
    byte[] bytes = new byte[length];
    long skip = from;
    int done = 0;
    for (Segment segment : segments) {
      int part = (int) Math.min(length - done, segment.length - Math.min(skip, segment.length));
      memory.loadBytes(segment.offset + Math.min(skip, segment.length), bytes, done, part);
      skip -= Math.min(skip, segment.length);
      done += part;
    }
    return bytes;
  }

  private void scatter(List<Segment> segments, long from, byte[] bytes) {
    long skip = from;
    int done = 0;
    for (Segment segment : segments) {
      long begin = Math.min(skip, segment.length);
      int part = (int) Math.min(bytes.length - done, segment.length - begin);
      memory.storeBytes(segment.offset + begin, bytes, done, part);
      skip -= begin;
      done += part;
    }
  }

  // ---------------------------------------------------------------- the storage

  /** True if a waiting instruction finds an answer, or has to look at the queue anew. */
  boolean isAnswered() {
    Job job = pending;
    return job == null || job.answered;
  }

  /**
   * Sees to it that nothing is under way at the storage any more, and that all that was written is
   * on it: to be asked again until it is so. It stays so as long as the hart is parked.
   *
   * @return empty if it is so, else why not
   */
  Optional<String> settle() {
    if (underWay.get() > 0) {
      return Optional.of("the disk has not answered yet" + flushFailure);
    }
    if (!unflushed) {
      return Optional.empty();
    }
    submit(new Job(new Question(TYPE_FLUSH, 0, NOTHING, 0, true)));
    return Optional.of("the disk is being flushed" + flushFailure);
  }

  private void submit(Job job) {
    underWay.incrementAndGet();
    executor.execute(
        () -> {
          try {
            carryOut(job);
          } finally {
            job.answered = true;
            underWay.decrementAndGet();
            onAnswer.run();
          }
        });
  }

  private void carryOut(Job job) {
    Question question = job.question;
    try {
      if (question.type == TYPE_IN) {
        byte[] data = new byte[question.length];
        storage.read(question.sector, ByteBuffer.wrap(data));
        job.data = data;
      } else if (question.type == TYPE_OUT) {
        unflushed = true;
        storage.write(question.sector, ByteBuffer.wrap(question.data).asReadOnlyBuffer());
      }
      if (question.flush) {
        flush();
      }
      job.answer = ANSWER_OK;
    } catch (IOException failed) {
      job.data = NOTHING;
    }
  }

  private void flush() throws IOException {
    try {
      storage.flush();
      unflushed = false;
      flushFailure = "";
    } catch (IOException failed) {
      flushFailure = ": " + failed.getMessage();
      throw failed;
    }
  }
}
