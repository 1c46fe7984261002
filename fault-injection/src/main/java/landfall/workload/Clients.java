package landfall.workload;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import landfall.history.HistoryWriter;

/**
 * The clients of a trial. Each is one thread that has one operation under way. Reads and writes go
 * to the lower cells, compare-and-sets to the upper ones. If the guest has a disk, some go to
 * blocks of it, which are in the history as keys from {@link #DISK} on.
 */
public final class Clients {
  /** Cells that are compared and set; those below are read and written. */
  public static final int REGISTERS = 4;

  /** Number of cells in use. */
  public static final int CELLS = 8;

  /** Key of the first block of the disk in the history. */
  public static final int DISK = 1000;

  /** Number of blocks in use. */
  public static final int BLOCKS = 4;

  /**
   * The first of them. They are the last of an image that is empty before them, so that its storage
   * can be made to fail by the size of files: hosts write no other file as large as this.
   */
  public static final int FIRST_BLOCK = 1020;

  public static final int BLOCK_BYTES = 4096;

  /** One operation of so many is one on the disk. */
  private static final int DISK_SHARE = 4;

  private static final int STAYERS = 3;
  private static final int MOVERS = 3;
  private static final long REPLY_MILLIS = 400;
  private static final long ANSWERS_MILLIS = 250;
  private static final long PAUSE_NANOS = 4_000_000;
  private static final long CALM_NANOS = 50_000_000;
  private static final long PROBE_NANOS = 25_000_000;
  private static final int PROBES_PER_STATUS = 16;

  private final Supplier<List<SerialConsole>> consoles;
  private final HistoryWriter history;
  private final long startNanos;
  private final boolean disk;
  private final AtomicInteger processes = new AtomicInteger();
  private final AtomicLong values = new AtomicLong();
  private final AtomicLong completed = new AtomicLong();
  private final Map<SerialConsole, LongAdder> writesRefused = new ConcurrentHashMap<>();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final AtomicLong longestPauseNanos = new AtomicLong();
  private volatile long pauseNanos = PAUSE_NANOS;
  private int probed;
  private volatile boolean stopped;
  private volatile Throwable failure;

  /**
   * @param consoles the lines into the hosts that there are now, in an order that only grows
   * @param startNanos origin of the times in the history
   * @param disk whether the guest has a disk
   */
  public Clients(
      Supplier<List<SerialConsole>> consoles,
      HistoryWriter history,
      long startNanos,
      boolean disk) {
    this.disk = disk;
    this.consoles = consoles;
    this.history = history;
    this.startNanos = startNanos;
  }

  /** Operations that were answered so far. */
  public long completed() {
    return completed.get();
  }

  /** Writes of blocks of which the guest said on this line that they failed. */
  public long writesRefused(SerialConsole console) {
    LongAdder refused = writesRefused.get(console);
    return refused == null ? 0 : refused.sum();
  }

  /** How long a thread of ours was kept waiting beyond its time, at the longest. */
  public double longestOwnPauseMillis() {
    return longestPauseNanos.get() / 1e6;
  }

  /** From now on {@link #longestOwnPauseMillis} counts anew. */
  public void forgetOwnPauses() {
    longestPauseNanos.set(0);
  }

  /** From now on the clients only look whether the guest is there, and leave it time. */
  public void calmDown() {
    pauseNanos = CALM_NANOS;
  }

  /** Starts all clients; the seed decides what they ask. */
  public void start(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < STAYERS + MOVERS; i++) {
      boolean stays = i < STAYERS;
      var own = new Random(random.nextLong());
      thread((stays ? "stayer-" : "mover-") + i, () -> live(stays, own));
    }
    consoles.get().forEach(this::probe);
  }

  /**
   * Asks this line all the time, so that an answer is noticed at once. The lines that there are at
   * the start are asked anyway.
   */
  public synchronized void probe(SerialConsole console) {
    thread("probe-" + probed++, () -> ask(console));
  }

  private void thread(String name, Runnable work) {
    var thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((died, cause) -> fail(cause));
    threads.add(thread);
    thread.start();
  }

  // A history with a hole would accuse the innocent: the whole trial is void.
  private void fail(Throwable cause) {
    failure = cause;
    stopped = true;
  }

  /**
   * Ends all clients; what they still wait for stays without an answer.
   *
   * @throws IOException if the history could not be written
   */
  public void stop() throws InterruptedException, IOException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure != null) {
      throw new IOException("the clients failed: " + failure, failure);
    }
  }

  private void ask(SerialConsole console) {
    for (int probes = 0; !stopped && console.isOpen(); probes++) {
      console.send(probes % PROBES_PER_STATUS == 0 ? "status" : "ping");
      long parked = System.nanoTime();
      LockSupport.parkNanos(PROBE_NANOS);
      longestPauseNanos.accumulateAndGet(System.nanoTime() - parked - PROBE_NANOS, Math::max);
    }
  }

  private void live(boolean stays, Random random) {
    int process = processes.getAndIncrement();
    while (!stopped) {
      Optional<SerialConsole> console = choose(stays);
      if (console.isPresent() && !operate(console.get(), process, random)) {
        // As in Jepsen: who does not know what became of an operation never speaks again.
        process = processes.getAndIncrement();
      }
      LockSupport.parkNanos(pauseNanos);
    }
  }

  /** Whom to ask: a host that answers; nobody if none does, until a probe finds one. */
  private Optional<SerialConsole> choose(boolean stays) {
    List<SerialConsole> answering =
        consoles.get().stream()
            .filter(console -> console.isOpen() && console.answeredWithin(ANSWERS_MILLIS))
            .toList();
    return answering.isEmpty()
        ? Optional.empty()
        : Optional.of(answering.get(stays ? 0 : answering.size() - 1));
  }

  /** One operation; false if no answer came. */
  private boolean operate(SerialConsole console, int process, Random random) {
    if (disk && random.nextInt(DISK_SHARE) == 0) {
      int block = random.nextInt(BLOCKS);
      return random.nextBoolean()
          ? read(console, process, "dr", FIRST_BLOCK + block, DISK + block)
          : writeBlock(console, process, block);
    }
    if (random.nextBoolean()) {
      int cell = random.nextInt(CELLS);
      return read(console, process, "r", cell, cell);
    }
    int cell = random.nextInt(CELLS);
    return cell < REGISTERS
        ? write(console, process, cell)
        : compareAndSet(console, process, cell, random);
  }

  private boolean read(SerialConsole console, int process, String word, int place, int key) {
    append(HistoryWriter.Type.INVOKE, process, "read", key, null);
    Optional<Reply> reply = console.send(word + " " + place).await(REPLY_MILLIS);
    if (reply.isEmpty() || !reply.get().done()) {
      // A read that nobody answered has changed nothing. One that failed has been reported.
      append(HistoryWriter.Type.FAIL, process, "read", key, null);
      return true;
    }
    append(HistoryWriter.Type.OK, process, "read", key, reply.get().value());
    completed.incrementAndGet();
    return true;
  }

  /** It is answered once the block is on the disk. A disk that failed may hold it or not. */
  private boolean writeBlock(SerialConsole console, int process, int block) {
    long value = values.incrementAndGet();
    append(HistoryWriter.Type.INVOKE, process, "write", DISK + block, value);
    Optional<Reply> reply =
        console.send("dw " + (FIRST_BLOCK + block) + " " + value).await(REPLY_MILLIS);
    if (reply.isPresent() && !reply.get().done()) {
      writesRefused.computeIfAbsent(console, line -> new LongAdder()).increment();
    }
    return settle(process, "write", DISK + block, value, reply.filter(Reply::done));
  }

  private boolean write(SerialConsole console, int process, int cell) {
    long value = values.incrementAndGet();
    append(HistoryWriter.Type.INVOKE, process, "write", cell, value);
    Optional<Reply> reply = console.send("w " + cell + " " + value).await(REPLY_MILLIS);
    return settle(process, "write", cell, value, reply);
  }

  private boolean compareAndSet(SerialConsole console, int process, int cell, Random random) {
    append(HistoryWriter.Type.INVOKE, process, "read", cell, null);
    Optional<Reply> seen = console.send("r " + cell).await(REPLY_MILLIS);
    if (seen.isEmpty()) {
      append(HistoryWriter.Type.FAIL, process, "read", cell, null);
      return true;
    }
    Long before = seen.get().value();
    append(HistoryWriter.Type.OK, process, "read", cell, before);
    completed.incrementAndGet();
    if (before == null) {
      return write(console, process, cell);
    }
    long value = values.incrementAndGet();
    List<Long> pair = List.of(before, value);
    append(HistoryWriter.Type.INVOKE, process, "cas", cell, pair);
    Optional<Reply> reply =
        console.send("c " + cell + " " + before + " " + value).await(REPLY_MILLIS);
    return settle(process, "cas", cell, pair, reply);
  }

  private boolean settle(
      int process, String function, int cell, Object value, Optional<Reply> reply) {
    if (reply.isEmpty()) {
      append(HistoryWriter.Type.INFO, process, function, cell, value);
      return false;
    }
    boolean done = reply.get().done();
    append(done ? HistoryWriter.Type.OK : HistoryWriter.Type.FAIL, process, function, cell, value);
    completed.incrementAndGet();
    return true;
  }

  private void append(
      HistoryWriter.Type type, int process, String function, int cell, Object value) {
    try {
      history.append(type, process, function, cell, value, System.nanoTime() - startNanos);
    } catch (IOException unwritable) {
      fail(unwritable);
    }
  }
}
