package landfall.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * One guest: a hart, its RAM and its devices.
 *
 * <p>Life. A new machine stands at {@link #RAM_BASE} (or at the entry of the file that was
 * {@linkplain #load loaded}) with guest time 0. {@link #run} executes it on the caller's thread
 * until the guest ends itself or {@link #stop} is called, and may be called again after a stop.
 * {@link #pause} and {@link #resume} work before, during and after a run, from any thread but the
 * one that runs the guest. Guest time moves, and the serial port takes input, only while the guest
 * is running and not paused. A guest that needs an {@linkplain Memory#markAbsent absent} page
 * stands at the instruction that needs it until the page has come; meanwhile it can be paused,
 * captured and stopped as at any other instruction. The same goes for one that needs an answer of
 * its disk's storage.
 *
 * <p>The control methods are safe on any thread. They must not be called from a {@link ByteSink},
 * in the middle of an instruction.
 */
public final class Machine {
  /** Physical address of the first byte of RAM. */
  public static final long RAM_BASE = 0x8000_0000L;

  /** RAM of the machine that {@link #runElf} makes. */
  public static final long ELF_RAM_BYTES = 128L << 20;

  /** Between two looks at the world: some 200 microseconds of guest work. */
  private static final int BATCH_INSTRUCTIONS = 20_000;

  /** Guest clocks are injected and may stand still, so a wait looks again after this long. */
  private static final long WAIT_NANOS_MAX = 50_000_000;

  private final Memory memory;
  private final Clint clint;
  private final Uart uart = new Uart();
  private final VirtioBlock disk;
  private final Cpu cpu;
  private final Throttle throttle = new Throttle();

  /** Serialises work at safe points; taken before {@link #lock}. */
  private final ReentrantLock safePoints = new ReentrantLock();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by lock.
  private Thread runner;
  private boolean parked;

  /** The runner waits for an interrupt or rests: it executes nothing until it has the lock. */
  private boolean asleep;

  /** The page for which the runner waits, or -1. */
  private volatile int pageWaitedFor = -1;

  private boolean paused;
  private int holds;
  private boolean stopRequested;

  /** The runner's interruption, kept while it runs the guest; its thread's alone. */
  private boolean interrupted;

  /** Input has come since the guest waited last. No part of its state: it may always look. */
  private boolean inputCame;

  /** True if the runner must look at the fields above before its next batch. */
  private volatile boolean attention;

  private volatile long retired;

  private volatile IntConsumer onAwaitedPage = page -> {};

  /** Guarded by lock. The wait that is under way began then, or 0. */
  private final PageWaits pageWaits = new PageWaits();

  private long pageWaitBegan;

  /**
   * A machine with zeroed RAM on the host's clock.
   *
   * @throws IllegalArgumentException as {@link Memory#Memory(long)}
   */
  public Machine(long ramBytes) {
    this(ramBytes, System::nanoTime);
  }

  /**
   * A machine with zeroed RAM.
   *
   * @param ramBytes as {@link Memory#Memory(long)}
   * @param nanoClock nanoseconds from an arbitrary origin, never going back; guest time is derived
   *     from its differences
   */
  public Machine(long ramBytes, LongSupplier nanoClock) {
    memory = new Memory(ramBytes);
    clint = new Clint(nanoClock);
    disk = new VirtioBlock(memory);
    cpu = new Cpu(memory, clint, uart, disk);
    uart.onInput(this::inputCame);
  }

  /** The guest's RAM. */
  public Memory memory() {
    return memory;
  }

  /** The outside of the guest's serial line. */
  public SerialPort serialPort() {
    return uart;
  }

  /**
   * Gives the guest a disk, a virtio block device at 0x10001000. Once, and before the guest runs.
   * Its sectors are read and written only while the guest executes, and to {@linkplain #settleDisk
   * settle} it.
   */
  public void attachDisk(BlockStorage storage) {
    var thread =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> {
              var made = new Thread(work, "disk");
              made.setDaemon(true);
              return made;
            });
    thread.allowCoreThreadTimeOut(true);
    attachDisk(storage, thread);
  }

  void attachDisk(BlockStorage storage, Executor executor) {
    requireStanding("attach a disk");
    disk.attach(storage, executor, this::storageAnswered);
  }

  /**
   * Sees to it that the disk's storage has done all that the guest asked of it, and has flushed it.
   * Does not wait: to be called again until it is so. The answer stays true as long as the guest
   * stands. A guest that stands in the middle of a request will ask it again, here or elsewhere.
   *
   * @return empty if it is so, else what is not done yet
   */
  public Optional<String> settleDisk() {
    return disk.settle();
  }

  /**
   * Puts an executable into RAM, sets pc to its entry, a0 to the hart number 0, a1 to 0 (no device
   * tree) and a2 to the size of RAM in bytes, and watches its {@code tohost}. Only while nothing
   * runs.
   *
   * @throws ElfFormatException if a segment, the entry, {@code tohost} or {@code fromhost} lies
   *     outside of RAM, or if the file is marked as compressed; RAM is then unchanged
   * @throws IllegalStateException if the guest is running
   */
  public void load(ElfFile file) throws ElfFormatException {
    requireStanding("load an executable");
    if (file.compressed()) {
      throw new ElfFormatException(
          "the header marks the file as using compressed instructions (RVC), which this machine"
              + " lacks: build it for rv64ima_zicsr");
    }
    requireInRam("the entry", file.entry(), Integer.BYTES);
    for (ElfFile.Segment segment : file.segments()) {
      requireInRam("segment", segment.physicalAddress(), segment.memoryBytes());
    }
    if (file.toHost().isPresent()) {
      requireInRam("tohost", file.toHost().getAsLong(), Long.BYTES);
    }
    if (file.fromHost().isPresent()) {
      requireInRam("fromhost", file.fromHost().getAsLong(), Long.BYTES);
    }
    for (ElfFile.Segment segment : file.segments()) {
      store(segment);
    }
    if (file.toHost().isPresent()) {
      memory.watchWord(file.toHost().getAsLong() - RAM_BASE);
    } else {
      memory.unwatchWord();
    }
    cpu.setFromHost(file.fromHost().isPresent() ? file.fromHost().getAsLong() - RAM_BASE : -1);
    cpu.setPc(file.entry());
    cpu.setRegister(10, 0);
    cpu.setRegister(11, 0);
    cpu.setRegister(12, memory.sizeBytes());
  }

  private void store(ElfFile.Segment segment) {
    long offset = segment.physicalAddress() - RAM_BASE;
    long end = offset + segment.memoryBytes();
    for (ByteBuffer data = segment.data(); data.hasRemaining(); offset++) {
      memory.store(offset, 1, data.get());
    }
    while (offset < end) {
      // Fresh RAM is zeros: skipping it keeps large empty segments cheap.
      boolean skip =
          offset % Memory.PAGE_SIZE == 0
              && end - offset >= Memory.PAGE_SIZE
              && memory.isZeroPage((int) (offset / Memory.PAGE_SIZE));
      if (!skip) {
        memory.store(offset, 1, 0);
      }
      offset += skip ? Memory.PAGE_SIZE : 1;
    }
  }

  private void requireInRam(String what, long address, long length) throws ElfFormatException {
    long offset = address - RAM_BASE;
    if (address < 0 || offset < 0 || offset > memory.sizeBytes() - length) {
      throw new ElfFormatException(
          String.format(
              "%s at 0x%x of %d bytes lies outside of RAM, which is 0x%x to 0x%x",
              what, address, length, RAM_BASE, RAM_BASE + memory.sizeBytes() - 1));
    }
  }

  /**
   * Runs the guest on this thread until it ends itself or {@link #stop} is called. While paused,
   * the thread waits in here. A guest that waits for an interrupt costs no processor time.
   *
   * @throws IllegalStateException if another thread runs this guest already
   */
  public Halt run() {
    begin();
    attention = true; // a pause may date from before this run
    try {
      while (true) {
        if (attention && !serveAttention()) {
          return new Halt(Halt.Cause.STOPPED, 0);
        }
        if (cpu.isHalted()) {
          return cpu.halt();
        }
        if (waitsForPage() || waitsForStorage()) {
          continue;
        }
        boolean throttled = throttle.percent() > 0;
        long start = throttled ? System.nanoTime() : 0;
        cpu.run(BATCH_INSTRUCTIONS);
        retired = cpu.retired();
        if (cpu.awaitedPage() >= 0) {
          pageWaitBegan = System.nanoTime();
          onAwaitedPage.accept(cpu.awaitedPage());
        } else if (cpu.isWaiting()) {
          waitForInterrupt();
        } else if (throttled) {
          rest(throttle.restNanosAfter(System.nanoTime() - start));
        }
      }
    } finally {
      end();
    }
  }

  /** Stops the guest at an instruction boundary; returns when it stands there. */
  public void pause() {
    lock.lock();
    try {
      requireOutside("pause");
      paused = true;
      callForAttention();
      while (paused && runner != null && !parked) {
        changed.awaitUninterruptibly();
      }
      if (paused) {
        setDevicesRunning(false);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets a paused guest go on. Does nothing to one that is not paused. */
  public void resume() {
    lock.lock();
    try {
      paused = false;
      callForAttention();
    } finally {
      lock.unlock();
    }
  }

  /** True between {@link #pause} and {@link #resume}. */
  public boolean isPaused() {
    lock.lock();
    try {
      return paused;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Asks {@link #run} to come back with {@link Halt.Cause#STOPPED}, also out of a pause. If none is
   * under way, the next one comes back at once, so that a stop cannot miss a run that is about to
   * start.
   */
  public void stop() {
    lock.lock();
    try {
      stopRequested = true;
      callForAttention();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Does something while the guest stands between two instructions, on the calling thread, and lets
   * the guest go on. The guest's earlier stores are visible to it. The guest stands as long as it
   * takes, with guest time running: keep it short.
   *
   * @throws IllegalStateException if called on the thread that runs the guest
   */
  public <T> T atSafePoint(Supplier<T> work) {
    requireOutside("wait for a safe point");
    safePoints.lock();
    try {
      hold();
      try {
        return work.get();
      } finally {
        release();
      }
    } finally {
      safePoints.unlock();
    }
  }

  /**
   * Has the guest stand at its next instruction boundary, until {@link #letGo}. Does not wait for
   * it, so that this may be called where the guest's own thread is in the middle of an instruction.
   */
  public void holdSoon() {
    lock.lock();
    try {
      holds++;
      callForAttention();
    } finally {
      lock.unlock();
    }
  }

  /** Takes one {@link #holdSoon} back. */
  public void letGo() {
    release();
  }

  /** Work that may fail in one way. */
  @FunctionalInterface
  public interface Work<E extends Exception> {
    void run() throws E;
  }

  /**
   * Does something if the guest stands anyway, waiting for an interrupt or paused, on the calling
   * thread; a guest that executes is left alone. The guest's earlier stores are visible to the
   * work, and it executes nothing until the work is done: keep it short.
   *
   * @return whether the work was done
   */
  public <E extends Exception> boolean ifStanding(Work<E> work) throws E {
    if (!lock.tryLock()) {
      return false;
    }
    try {
      if (runner != null && !parked && !asleep) {
        return false;
      }
      work.run();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Everything of the guest that is not RAM.
   *
   * @throws IllegalStateException if the guest is running, neither paused nor {@linkplain
   *     #atSafePoint at a safe point}
   */
  public DeviceState captureState() {
    requireStanding("capture the device state");
    return DeviceState.of(
        new DeviceState.Content(
            memory.sizeBytes(), cpu.capture(), clint.capture(), uart.capture(), disk.capture()));
  }

  /**
   * Looks whether this machine could go on from a state. Changes nothing.
   *
   * @throws IllegalArgumentException if it is the state of a machine of another kind; the message
   *     says in what
   */
  public void check(DeviceState state) {
    DeviceState.Content content = state.content();
    if (content.ramBytes() != memory.sizeBytes()) {
      throw new IllegalArgumentException(
          "device state of a machine with "
              + content.ramBytes()
              + " bytes of RAM: this one has "
              + memory.sizeBytes());
    }
    cpu.check(content.hart());
    disk.check(content.disk());
  }

  /**
   * Replaces everything of the guest that is not RAM. Guest time goes on from the captured value.
   *
   * @throws IllegalArgumentException if the state is malformed or of a machine with another RAM
   *     size; this machine is then unchanged
   * @throws IllegalStateException if the guest is running and not paused
   */
  public void restoreState(DeviceState state) {
    requireStanding("restore a device state");
    check(state);
    DeviceState.Content content = state.content();
    cpu.restore(content.hart());
    clint.restore(content.clint());
    uart.restore(content.uart());
    disk.restore(content.disk());
    retired = cpu.retired();
  }

  /**
   * Makes the guest rest a share of the time. Takes effect within a millisecond or so of guest
   * work; 0 lifts it.
   *
   * @throws IllegalArgumentException if the share is not 0 to 99
   */
  public void setThrottlePercent(int percent) {
    throttle.setPercent(percent);
  }

  /** The share set last. */
  public int throttlePercent() {
    return throttle.percent();
  }

  /**
   * Has the numbers of absent pages told that the guest needs, each when it begins to wait. Told on
   * the thread that runs the guest, which must not be kept.
   */
  public void onAwaitedPage(IntConsumer listener) {
    onAwaitedPage = listener;
  }

  /**
   * How long the guest has waited for pages since {@link #forgetPageWaits}: each time from the
   * instruction that could not be executed to its going on, as this machine's own clock tells.
   */
  public PageWaits pageWaits() {
    lock.lock();
    try {
      return pageWaits.copy();
    } finally {
      lock.unlock();
    }
  }

  /** Another guest comes, or the same one once more: its waits are counted anew. */
  public void forgetPageWaits() {
    lock.lock();
    try {
      pageWaits.clear();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Pages were {@linkplain Memory#markPresent made present}: a guest that waits for one of them
   * goes on. For others it is not woken, which would take time from whoever brings its page.
   */
  public void pagesArrived() {
    lock.lock();
    try {
      if (pageWaitedFor < 0 || !memory.isPresent(pageWaitedFor)) {
        return;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    // Whoever brings pages is busy for long, and the guest has waited: if it needs this processor
    // it goes first.
    Thread.yield();
  }

  /** Whether the guest waits for a page that is not here. */
  public boolean awaitsPage() {
    return pageWaitedFor >= 0;
  }

  private void inputCame() {
    lock.lock();
    try {
      inputCame = true;
      if (asleep) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void storageAnswered() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Instructions that the guest has retired, here and on hosts before, as of its last batch. */
  public long instructionsRetired() {
    return retired;
  }

  /**
   * Runs one executable on a fresh machine with {@link #ELF_RAM_BYTES} of RAM, to its end or until
   * a budget is spent, on this thread.
   *
   * @param instructionBudget how many instructions may be executed, at least 1
   * @param output takes what the guest sends on its serial line
   * @throws IOException if the file cannot be read
   * @throws ElfFormatException if it is not an executable for this machine
   */
  public static ElfRun runElf(Path file, long instructionBudget, ByteSink output)
      throws IOException, ElfFormatException {
    if (instructionBudget < 1) {
      throw new IllegalArgumentException(
          "budget of " + instructionBudget + " instructions: 1 or more is accepted");
    }
    return runElf(ElfFile.read(file), instructionBudget, output);
  }

  /**
   * Runs an executable as the other method of this name does.
   *
   * @throws ElfFormatException as {@link #load}
   */
  public static ElfRun runElf(ElfFile elf, long instructionBudget, ByteSink output)
      throws ElfFormatException {
    if (instructionBudget < 1) {
      throw new IllegalArgumentException(
          "budget of " + instructionBudget + " instructions: 1 or more is accepted");
    }
    Machine machine = new Machine(ELF_RAM_BYTES);
    machine.load(elf);
    machine.serialPort().onOutput(output);
    ElfRun.Ending ending = machine.runWithin(instructionBudget);
    Halt halt = machine.cpu.isHalted() ? machine.cpu.halt() : new Halt(Halt.Cause.STOPPED, 0);
    return new ElfRun(ending, halt, machine.cpu.retired());
  }

  /** Runs on this thread for so many dispatched instructions, deaf to the control methods. */
  ElfRun.Ending runWithin(long instructionBudget) {
    begin();
    try {
      long left = instructionBudget;
      while (left > 0 && !cpu.isHalted()) {
        left -= cpu.run((int) Math.min(BATCH_INSTRUCTIONS, left));
        if (cpu.isWaiting()) {
          if (!cpu.control().canBeInterrupted()) {
            return ElfRun.Ending.WAITING_FOREVER;
          }
          waitForInterrupt();
        }
      }
      if (!cpu.isHalted()) {
        return ElfRun.Ending.BUDGET_EXHAUSTED;
      }
      return cpu.halt().isExit() ? ElfRun.Ending.EXITED : ElfRun.Ending.REFUSED;
    } finally {
      end();
    }
  }

  Cpu cpu() {
    return cpu;
  }

  Clint clint() {
    return clint;
  }

  VirtioBlock disk() {
    return disk;
  }

  private void begin() {
    lock.lock();
    try {
      if (runner != null) {
        throw new IllegalStateException("the guest is already being run by " + runner.getName());
      }
      runner = Thread.currentThread();
      setDevicesRunning(!paused);
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      runner = null;
      stopRequested = false;
      retired = cpu.retired();
      setDevicesRunning(false);
      changed.signalAll();
      if (interrupted) {
        interrupted = false;
        Thread.currentThread().interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Stands still for as long as someone wants it to; false if the run is to end. */
  private boolean serveAttention() {
    lock.lock();
    try {
      while (!stopRequested && (paused || holds > 0)) {
        parked = true;
        changed.signalAll();
        changed.awaitUninterruptibly();
      }
      // A stop ends a pause, but waits for the work at a safe point that still counts on standing.
      while (holds > 0) {
        parked = true;
        changed.signalAll();
        changed.awaitUninterruptibly();
      }
      parked = false;
      attention = false;
      if (stopRequested) {
        return false;
      }
      setDevicesRunning(true);
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void hold() {
    lock.lock();
    try {
      holds++;
      callForAttention();
      while (runner != null && !parked) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void release() {
    lock.lock();
    try {
      holds--;
      callForAttention();
    } finally {
      lock.unlock();
    }
  }

  private void callForAttention() {
    attention = true;
    changed.signalAll();
  }

  private void setDevicesRunning(boolean on) {
    clint.setTicking(on);
    uart.setOpen(on);
  }

  /**
   * Input ends the wait, too, although the serial port raises no interrupt: a hart may go on at any
   * time, and a guest that polls the port would find it late. What it does not read wakes it once.
   */
  private void waitForInterrupt() {
    long nanos =
        cpu.control().isTimerEnabled()
            ? Math.min(clint.nanosToTimer(), WAIT_NANOS_MAX)
            : WAIT_NANOS_MAX;
    if (sleepUnlessCalled(nanos, true)) {
      cpu.wake();
    }
  }

  /** Waits until the page has come or someone calls; false if the guest may go on. */
  private boolean waitsForPage() {
    int page = cpu.awaitedPage();
    if (page < 0) {
      return false;
    }
    lock.lock();
    try {
      asleep = true;
      pageWaitedFor = page;
      while (!attention && !memory.isPresent(page)) {
        changed.awaitUninterruptibly();
      }
      pageWaitedFor = -1;
      boolean waits = !memory.isPresent(page);
      if (!waits && pageWaitBegan != 0) {
        pageWaits.add(System.nanoTime() - pageWaitBegan);
        pageWaitBegan = 0;
      }
      return waits;
    } finally {
      asleep = false;
      lock.unlock();
    }
  }

  /** Waits until the disk's storage has answered or someone calls; false if the guest may go on. */
  private boolean waitsForStorage() {
    if (!cpu.awaitsStorage()) {
      return false;
    }
    lock.lock();
    try {
      asleep = true;
      while (!attention && !disk.isAnswered()) {
        changed.awaitUninterruptibly();
      }
      return !disk.isAnswered();
    } finally {
      asleep = false;
      lock.unlock();
    }
  }

  private void rest(long nanos) {
    if (nanos > 0) {
      long start = System.nanoTime();
      sleepUnlessCalled(nanos, false);
      throttle.rested(System.nanoTime() - start);
    }
  }

  /** True if input has come, and is to end the sleep. */
  private boolean sleepUnlessCalled(long nanos, boolean endedByInput) {
    lock.lock();
    try {
      long left = nanos;
      asleep = true;
      while (left > 0 && !attention && !(endedByInput && inputCame)) {
        try {
          left = changed.awaitNanos(left);
        } catch (InterruptedException e) {
          // The guest is stopped by stop(), not by interruption: kept for the caller of run().
          interrupted = true;
        }
      }
      boolean ended = endedByInput && inputCame;
      inputCame &= !ended;
      return ended;
    } finally {
      asleep = false;
      lock.unlock();
    }
  }

  private void requireOutside(String what) {
    lock.lock();
    try {
      if (Thread.currentThread() == runner) {
        throw new IllegalStateException(
            "cannot " + what + " on the thread that runs the guest: use another thread");
      }
    } finally {
      lock.unlock();
    }
  }

  private void requireStanding(String what) {
    lock.lock();
    try {
      // A runner that has just begun, in a pause that is older, stands a moment later.
      while (runner != null
          && runner != Thread.currentThread()
          && !parked
          && (paused || holds > 0)) {
        changed.awaitUninterruptibly();
      }
      if (runner != null && !((paused || holds > 0) && parked)) {
        throw new IllegalStateException("cannot " + what + " while the guest runs: pause it first");
      }
    } finally {
      lock.unlock();
    }
  }
}
