package landfall.host;

import java.util.Optional;
import java.util.function.Supplier;
import landfall.machine.DeviceState;
import landfall.machine.Halt;
import landfall.machine.Machine;
import landfall.machine.Memory;
import landfall.machine.PageWaits;
import landfall.precopy.PageSet;

/**
 * The guest of this host and the reasons for which it may stand: the operator stopped it, the
 * migration did (this host does not own it at the moment), or its lease is over. It executes only
 * if none holds.
 */
final class Guest {
  private final Machine machine;
  private final Runnable onStop;
  private final Runnable onResume;
  private final HeldOutput output;

  /** Null if the guest has no disk. */
  private HeldDisk disk;

  private boolean stoppedByOperator;
  private boolean heldByMigration;
  private boolean lacksLease;
  private boolean executing;
  private Runnable onRelease = () -> {};

  /**
   * @param onStop called when a guest that executed stands
   * @param onResume called when it goes on
   */
  Guest(
      Machine machine,
      boolean stoppedByOperator,
      boolean heldByMigration,
      Runnable onStop,
      Runnable onResume) {
    this.machine = machine;
    this.stoppedByOperator = stoppedByOperator;
    this.heldByMigration = heldByMigration;
    this.onStop = onStop;
    this.onResume = onResume;
    output = new HeldOutput(machine::holdSoon, machine::letGo);
    machine.serialPort().onOutput(output);
    executing = !stoppedByOperator && !heldByMigration;
    if (!executing) {
      machine.pause();
    }
  }

  /** Runs the machine on a thread of its own until it ends itself. */
  void start(java.util.function.Consumer<Halt> onHalt) {
    var thread = new Thread(() -> onHalt.accept(machine.run()), "vcpu");
    thread.setDaemon(true);
    thread.start();
  }

  Memory memory() {
    return machine.memory();
  }

  /** What the guest sends on its serial line comes here. */
  HeldOutput output() {
    return output;
  }

  /** The guest has a disk, and this is it. Once, and before anything is done with the guest. */
  void writesTo(HeldDisk itsDisk) {
    disk = itsDisk;
  }

  /** What the guest writes to its disk comes here; null if it has none. */
  HeldDisk disk() {
    return disk;
  }

  synchronized boolean isStoppedByOperator() {
    return stoppedByOperator;
  }

  synchronized boolean isExecuting() {
    return executing;
  }

  synchronized void stopByOperator() {
    stoppedByOperator = true;
    settle();
  }

  synchronized void continueByOperator() {
    stoppedByOperator = false;
    settle();
  }

  /** The guest has executed its last instruction here when this returns. */
  synchronized void hold() {
    heldByMigration = true;
    settle();
  }

  synchronized void release() {
    heldByMigration = false;
    settle();
    onRelease.run();
  }

  /**
   * From now on the guest executes only while it is lent.
   *
   * @param onRelease called when the migration holds it no more; must not wait
   */
  synchronized void needsLease(Runnable onRelease) {
    this.onRelease = onRelease;
    lacksLease = true;
    settle();
    if (!heldByMigration) {
      onRelease.run();
    }
  }

  synchronized void lent() {
    lacksLease = false;
    settle();
  }

  /** The guest has executed its last instruction here when this returns. */
  synchronized void lentNoMore() {
    lacksLease = true;
    settle();
  }

  private void settle() {
    boolean wanted = !stoppedByOperator && !heldByMigration && !lacksLease;
    if (wanted && !executing) {
      executing = true;
      // Told first: whoever sees the guest's first output has seen this before.
      onResume.run();
      machine.resume();
    } else if (!wanted && executing) {
      machine.pause();
      executing = false;
      onStop.run();
    }
  }

  /**
   * Does something between two instructions of the guest, on the calling thread. A guest that is
   * held meanwhile does not execute another one.
   */
  <T> T atSafePoint(Supplier<T> work) {
    return machine.atSafePoint(work);
  }

  void startDirtyLog() {
    machine.atSafePoint(
        () -> {
          memory().enableDirtyLog();
          return null;
        });
  }

  void stopDirtyLog() {
    machine.atSafePoint(
        () -> {
          memory().disableDirtyLog();
          return null;
        });
  }

  /**
   * Does something if the guest stands anyway and keeps it there meanwhile; see {@link
   * Machine#ifStanding}.
   *
   * @return whether it was done
   */
  <E extends Exception> boolean ifStanding(Machine.Work<E> work) throws E {
    return machine.ifStanding(work);
  }

  /** Collects and clears the dirty log in one step. */
  PageSet harvestDirty() {
    return PageSet.ofWords(machine.atSafePoint(() -> memory().harvestDirty()));
  }

  /** What is in the dirty log, which stays as it is. Only at a safe point. */
  PageSet peekDirty() {
    PageSet dirty = PageSet.ofWords(memory().harvestDirty());
    dirty.stream().forEach(memory()::markDirty);
    return dirty;
  }

  /** Follows the guest's writes to these pages; see {@link Memory#follow}. */
  void follow(int... pages) {
    machine.atSafePoint(
        () -> {
          memory().follow(pages);
          return null;
        });
  }

  /** The followed pages that were written since this was asked last. */
  int[] writtenOfFollowed() {
    return machine.atSafePoint(() -> memory().writtenOfFollowed());
  }

  /** Has told for which absent pages the guest waits; see {@link Machine#onAwaitedPage}. */
  void onAwaitedPage(java.util.function.IntConsumer listener) {
    machine.onAwaitedPage(listener);
  }

  /** As {@link Machine#pageWaits}. */
  PageWaits pageWaits() {
    return machine.pageWaits();
  }

  /** As {@link Machine#forgetPageWaits}. */
  void forgetPageWaits() {
    machine.forgetPageWaits();
  }

  /** As {@link Machine#awaitsPage}. */
  boolean awaitsPage() {
    return machine.awaitsPage();
  }

  /** Pages were made present: a guest that waits for one goes on. */
  void pagesArrived() {
    machine.pagesArrived();
  }

  /** Pages in the dirty log at an instant at which the guest stands between two instructions. */
  int dirtyPages() {
    return Math.toIntExact(machine.atSafePoint(() -> memory().dirtyCount()));
  }

  /** Only while the guest is held; see {@link Machine#settleDisk}. */
  Optional<String> settleDisk() {
    Optional<String> reason = machine.settleDisk();
    return reason.isPresent() || disk == null || disk.isOpen()
        ? reason
        : Optional.of("the disk has not taken all yet that was held");
  }

  /** Whether nothing that the guest asked its disk for is under way. Only while it is held. */
  boolean diskIsQuiet() {
    return machine.settleDisk().isEmpty();
  }

  /** Only while the guest is held, or at a safe point. */
  byte[] captureState() {
    return machine.captureState().toBytes();
  }

  /**
   * Looks whether this guest could go on from a device state.
   *
   * @throws IllegalArgumentException if these bytes are no device state of such a machine
   */
  DeviceState check(byte[] bytes) {
    DeviceState state = DeviceState.of(bytes);
    machine.check(state);
    return state;
  }

  /** Only while the guest is held, and with a state that was checked. */
  void restoreState(DeviceState state) {
    if (disk != null) {
      disk.forgetUnflushed();
    }
    machine.restoreState(state);
  }
}
