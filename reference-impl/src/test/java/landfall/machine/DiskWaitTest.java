package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A guest whose disk does not answer. */
@Timeout(30)
class DiskWaitTest {
  private static final long DISK = 0x1000_1000L;

  private final MemoryStorage image = new MemoryStorage(100);
  private final HangingStorage storage = new HangingStorage(image);
  private final Machine machine = new Machine(DiskDriver.RAM_BYTES);
  private DiskDriver driver;
  private CompletableFuture<Halt> run;

  /** The guest notifies its disk of a write to sector 9, then counts in x3 for ever. */
  private void waitForStorage() throws Exception {
    machine.attachDisk(storage);
    driver = new DiskDriver(machine.memory(), machine.disk(), image).begin(VirtioBlock.OFFERED, 8);
    driver.fill(1, 512);
    driver.request(VirtioBlock.TYPE_OUT, 9, 512);
    int[] program = {
      Assembler.store(2, 0, 1, VirtioBlock.QUEUE_NOTIFY),
      Assembler.addi(3, 3, 1),
      Assembler.jal(0, -4)
    };
    for (int i = 0; i < program.length; i++) {
      machine.memory().store(4L * i, 4, program[i]);
    }
    machine.cpu().setRegister(1, DISK);
    run = start(machine);
    storage.awaitAsked();
  }

  private static CompletableFuture<Halt> start(Machine machine) {
    return CompletableFuture.supplyAsync(machine::run);
  }

  private static void awaitCount(Machine counting) {
    while (counting.atSafePoint(() -> counting.cpu().register(3)) == 0) {
      LockSupport.parkNanos(100_000);
    }
  }

  private void end() throws Exception {
    machine.stop();
    assertEquals(Halt.Cause.STOPPED, run.get(20, TimeUnit.SECONDS).cause());
  }

  private byte[] sector() {
    return Arrays.copyOfRange(image.written, 9 * 512, 10 * 512);
  }

  @Test
  void itStandsAtItsInstructionAndCanBePausedStoppedAndLookedAt() throws Exception {
    waitForStorage();
    assertEquals(
        Machine.RAM_BASE, machine.<Long>atSafePoint(() -> machine.cpu().pc()), "the store");
    machine.pause();
    assertEquals("the disk has not answered yet", machine.settleDisk().orElseThrow());
    machine.resume();
    end();
    assertEquals(0, machine.cpu().register(3));
    assertEquals(0x77, driver.answer());
    storage.letAnswer();
  }

  @Test
  void itGoesOnWhenTheAnswerComes() throws Exception {
    waitForStorage();
    machine.pause();
    storage.letAnswer();
    while (machine.settleDisk().isPresent()) {
      LockSupport.parkNanos(100_000);
    }
    assertEquals(0x77, driver.answer(), "a guest that stands is told nothing");
    assertArrayEquals(driver.data(512), sector());
    assertArrayEquals(image.written, image.flushed);
    machine.resume();
    awaitCount(machine);
    end();
    assertEquals(VirtioBlock.ANSWER_OK, driver.answer());
    assertEquals(1, image.writes, "it was asked once");
  }

  @Test
  void itAsksAgainOnTheMachineToWhichItIsMoved() throws Exception {
    waitForStorage();
    machine.pause();
    storage.letAnswer();
    while (machine.settleDisk().isPresent()) {
      LockSupport.parkNanos(100_000);
    }
    var destination = new Machine(DiskDriver.RAM_BYTES);
    destination.attachDisk(image);
    for (int page = 0; page < machine.memory().pages(); page++) {
      destination.memory().writePage(page, machine.memory().readOnlyView(page, 1));
    }
    destination.restoreState(DeviceState.of(machine.captureState().toBytes()));
    var there = start(destination);
    awaitCount(destination);
    destination.stop();
    assertEquals(Halt.Cause.STOPPED, there.get(20, TimeUnit.SECONDS).cause());
    var driverThere = new DiskDriver(destination.memory(), destination.disk(), image);
    assertEquals(VirtioBlock.ANSWER_OK, driverThere.answer());
    assertEquals(1, driverThere.usedIndex(), "the request was answered once");
    assertEquals(2, image.writes, "the same content twice");
    assertArrayEquals(driverThere.data(512), sector());
    assertEquals(0, machine.cpu().register(3), "nothing happened here");
    end();
  }

  @Test
  void itWaitsForItsPagesFirst() throws Exception {
    machine.attachDisk(image);
    driver = new DiskDriver(machine.memory(), machine.disk(), image).begin(VirtioBlock.OFFERED, 8);
    driver.request(VirtioBlock.TYPE_OUT, 9, 512);
    machine.memory().store(0, 4, Assembler.store(2, 0, 1, VirtioBlock.QUEUE_NOTIFY));
    machine.cpu().setRegister(1, DISK);
    machine.memory().markAbsent(DiskDriver.DATA >> 12);
    assertEquals(1, machine.cpu().run(5));
    assertEquals(DiskDriver.DATA >> 12, machine.cpu().awaitedPage());
    assertEquals(Machine.RAM_BASE, machine.cpu().pc());
    assertEquals(0, image.writes);
    assertTrue(!machine.cpu().awaitsStorage());
  }
}
