package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MachineTest {
  private static final int RAM_BYTES = 64 << 10;
  private static final int COUNT = Assembler.addi(3, 3, 1);
  private static final int BACK = Assembler.jal(0, -4);

  private static Machine machineWith(int... words) {
    Machine machine = new Machine(RAM_BYTES);
    place(machine, words);
    return machine;
  }

  private static void place(Machine machine, int... words) {
    for (int i = 0; i < words.length; i++) {
      machine.memory().store(4L * i, 4, words[i]);
    }
  }

  private static CompletableFuture<Halt> start(Machine machine) {
    CompletableFuture<Halt> result = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                result.complete(machine.run());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            },
            "guest")
        .start();
    return result;
  }

  private static void awaitProgress(Machine machine) {
    long before = machine.instructionsRetired();
    while (machine.instructionsRetired() == before) {
      Thread.onSpinWait();
    }
  }

  private static Halt halt(CompletableFuture<Halt> run) throws Exception {
    return run.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aPausedGuestDoesNotMoveAndAResumedOneDoes() throws Exception {
    Machine machine = machineWith(COUNT, BACK);
    var run = start(machine);
    for (int round = 0; round < 50; round++) {
      awaitProgress(machine);
      machine.pause();
      assertTrue(machine.isPaused());
      DeviceState first = machine.captureState();
      assertEquals(first, machine.captureState());
      machine.resume();
    }
    awaitProgress(machine);
    machine.stop();
    assertEquals(new Halt(Halt.Cause.STOPPED, 0), halt(run));
  }

  /** The pause is older than the run, and the thread that runs has only begun. */
  @Test
  void aGuestThatWasPausedBeforeItsRunStandsForWhoeverAsks() throws Exception {
    for (int round = 0; round < 200; round++) {
      Machine machine = machineWith(COUNT, BACK);
      machine.pause();
      DeviceState state = machine.captureState();
      var run = start(machine);
      for (int again = 0; again < 200; again++) {
        machine.restoreState(state);
      }
      assertEquals(0, machine.cpu().register(3));
      machine.stop();
      halt(run);
    }
  }

  @Test
  void aGuestIsCapturedAtASafePointAsItIsWhenItIsPaused() throws Exception {
    Machine machine = machineWith(COUNT, BACK);
    var run = start(machine);
    awaitProgress(machine);
    machine.holdSoon();
    DeviceState first = machine.atSafePoint(machine::captureState);
    long counted = machine.atSafePoint(() -> machine.cpu().register(3));
    assertEquals(
        counted, machine.atSafePoint(() -> machine.cpu().register(3)), "it does not stand");
    machine.letGo();
    awaitProgress(machine);
    machine.pause();
    machine.restoreState(first);
    assertEquals(counted, machine.cpu().register(3));
    machine.stop();
    halt(run);
  }

  @Test
  void aStoppedGuestCanBeRunAgainFromWhereItStood() throws Exception {
    Machine machine = machineWith(COUNT, BACK);
    var run = start(machine);
    awaitProgress(machine);
    machine.stop();
    halt(run);
    long counted = machine.cpu().register(3);
    assertTrue(counted > 0);
    run = start(machine);
    awaitProgress(machine);
    machine.stop();
    halt(run);
    assertTrue(machine.cpu().register(3) > counted);
  }

  @Test
  void aMachineThatIsPausedBeforeItsRunStartsParked() throws Exception {
    Machine machine = machineWith(COUNT, BACK);
    machine.pause();
    var run = start(machine);
    assertEquals(0, machine.atSafePoint(() -> machine.cpu().register(3)));
    machine.resume();
    awaitProgress(machine);
    machine.stop();
    halt(run);
  }

  @Test
  void stoppingEndsAPausedRun() throws Exception {
    Machine machine = machineWith(COUNT, BACK);
    var run = start(machine);
    awaitProgress(machine);
    machine.pause();
    machine.stop();
    assertEquals(Halt.Cause.STOPPED, halt(run).cause());
    long counted = machine.cpu().register(3);
    run = start(machine);
    assertEquals(counted, machine.atSafePoint(() -> machine.cpu().register(3)), "still paused");
    machine.stop();
    assertEquals(Halt.Cause.STOPPED, halt(run).cause());
    assertEquals(counted, machine.cpu().register(3));
  }

  @Test
  void aStopThatComesBeforeTheRunIsNotLost() throws Exception {
    Machine machine = machineWith(COUNT, BACK);
    machine.stop();
    assertEquals(Halt.Cause.STOPPED, machine.run().cause());
    var run = start(machine);
    awaitProgress(machine);
    machine.stop();
    halt(run);
  }

  @Test
  void atASafePointTheGuestStandsBetweenTwoInstructions() throws Exception {
    Machine machine = machineWith(COUNT, Assembler.addi(4, 4, 1), Assembler.jal(0, -8));
    var run = start(machine);
    for (int round = 0; round < 100; round++) {
      awaitProgress(machine);
      machine.atSafePoint(
          () -> {
            long counted = machine.cpu().register(3);
            long ahead = counted - machine.cpu().register(4);
            assertTrue(ahead == 0 || ahead == 1, "between two instructions");
            for (int look = 0; look < 1000; look++) {
              assertEquals(counted, machine.cpu().register(3), "it stands");
            }
            return null;
          });
    }
    assertThrows(
        ArithmeticException.class,
        () ->
            machine.atSafePoint(
                () -> {
                  throw new ArithmeticException("reaches the caller");
                }));
    awaitProgress(machine);
    machine.stop();
    halt(run);
  }

  @Test
  void severalThreadsMayPauseResumeAndUseSafePointsAtOnce() throws Exception {
    Machine machine = machineWith(COUNT, BACK);
    var run = start(machine);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger insideMax = new AtomicInteger();
    Thread[] threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      boolean pausing = i == 0;
      threads[i] =
          new Thread(
              () -> {
                for (int round = 0; round < 100; round++) {
                  if (pausing) {
                    machine.pause();
                    machine.resume();
                  } else {
                    machine.atSafePoint(
                        () -> {
                          insideMax.accumulateAndGet(inside.incrementAndGet(), Math::max);
                          return inside.decrementAndGet();
                        });
                  }
                }
              });
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(1, insideMax.get(), "one at a time");
    awaitProgress(machine);
    machine.stop();
    halt(run);
  }

  @Test
  void stateIsNotCapturedOrRestoredWhileTheGuestRuns() throws Exception {
    Machine machine = machineWith(COUNT, BACK);
    DeviceState fresh = machine.captureState();
    var run = start(machine);
    awaitProgress(machine);
    assertThrows(IllegalStateException.class, machine::captureState);
    assertThrows(IllegalStateException.class, () -> machine.restoreState(fresh));
    assertThrows(IllegalStateException.class, machine::run);
    machine.stop();
    halt(run);
  }

  @Test
  void controlFromTheGuestsOwnThreadIsRefusedInsteadOfHanging() throws Exception {
    Machine machine = machineWith(Assembler.store(0, 0, 1, 0), Assembler.jal(0, -4));
    machine.cpu().setRegister(1, 0x1000_0000L);
    CompletableFuture<Boolean> refused = new CompletableFuture<>();
    machine
        .serialPort()
        .onOutput(
            value -> {
              try {
                machine.pause();
                refused.complete(false);
              } catch (IllegalStateException e) {
                refused.complete(true);
              }
            });
    var run = start(machine);
    assertTrue(refused.get(20, TimeUnit.SECONDS));
    machine.stop();
    halt(run);
  }

  @Test
  void theTestFinisherSwitchesOffWithItsStatus() {
    Machine machine = machineWith(Assembler.store(2, 2, 1, 0), BACK);
    machine.cpu().setRegister(1, 0x10_0000L);
    machine.cpu().setRegister(2, 0x5555);
    assertEquals(new Halt(Halt.Cause.POWER_OFF, 0), machine.run());
    assertEquals(new Halt(Halt.Cause.POWER_OFF, 0), machine.run(), "it stays off");

    Machine failing = machineWith(Assembler.store(2, 2, 1, 0), BACK);
    failing.cpu().setRegister(1, 0x10_0000L);
    failing.cpu().setRegister(2, 7 << 16 | 0x3333);
    assertEquals(new Halt(Halt.Cause.POWER_OFF, 7), failing.run());
  }

  @Test
  void aGuestThatWaitsForItsTimerUsesNoProcessorAndWakes() throws Exception {
    AtomicLong nanos = new AtomicLong();
    Machine machine = new Machine(RAM_BYTES, nanos::get);
    place(machine, Assembler.WFI, Assembler.store(2, 2, 1, 0), BACK);
    machine.cpu().setRegister(1, 0x10_0000L);
    machine.cpu().setRegister(2, 0x5555);
    machine.cpu().control().write(0x304, 1 << 7);
    machine.clint().store(0x4000, 8, 1000);
    CompletableFuture<Long> processorNanos = new CompletableFuture<>();
    var threads = ManagementFactory.getThreadMXBean();
    Thread guest =
        new Thread(
            () -> {
              machine.run();
              processorNanos.complete(threads.getCurrentThreadCpuTime());
            },
            "guest");
    guest.start();
    while (!machine.atSafePoint(machine.cpu()::isWaiting)) {
      Thread.onSpinWait();
    }
    long until = System.nanoTime() + 300_000_000;
    guest.join(300);
    assertTrue(System.nanoTime() >= until && guest.isAlive(), "its clock stands still");
    nanos.set(100_000);
    assertTrue(processorNanos.get(20, TimeUnit.SECONDS) < 200_000_000);
  }

  @Test
  void aGuestThatWaitsIsKeptStandingForWorkEvenIfItsInterruptComes() throws Exception {
    AtomicLong nanos = new AtomicLong();
    Machine machine = new Machine(RAM_BYTES, nanos::get);
    place(machine, Assembler.WFI, Assembler.store(2, 2, 1, 0), BACK);
    machine.cpu().setRegister(1, 0x10_0000L);
    machine.cpu().setRegister(2, 0x5555);
    machine.cpu().control().write(0x304, 1 << 7);
    machine.clint().store(0x4000, 8, 1000);
    var run = start(machine);
    while (!machine.atSafePoint(machine.cpu()::isWaiting)) {
      Thread.onSpinWait();
    }
    AtomicInteger done = new AtomicInteger();
    // It sleeps again a moment after the safe point.
    while (!machine.ifStanding(
        () -> {
          nanos.set(100_000);
          assertThrows(TimeoutException.class, () -> run.get(200, TimeUnit.MILLISECONDS));
          assertTrue(machine.cpu().isWaiting(), "its timer is due, and it does not go on");
          done.incrementAndGet();
        })) {
      Thread.onSpinWait();
    }
    assertEquals(1, done.get());
    assertEquals(Halt.Cause.POWER_OFF, halt(run).cause(), "the work is done: it goes on");
  }

  @Test
  void aGuestThatExecutesIsLeftAloneByWorkForOneThatStands() throws Exception {
    Machine machine = machineWith(COUNT, BACK);
    var run = start(machine);
    for (int round = 0; round < 100; round++) {
      awaitProgress(machine);
      assertFalse(machine.ifStanding(() -> fail("it executes")));
    }
    machine.pause();
    AtomicInteger done = new AtomicInteger();
    assertTrue(machine.ifStanding(done::incrementAndGet), "it is paused");
    assertEquals(1, done.get());
    machine.stop();
    halt(run);
  }

  @Test
  void aWaitingGuestCanBePausedCapturedAndStopped() throws Exception {
    Machine machine = machineWith(Assembler.WFI, COUNT, BACK);
    var run = start(machine);
    while (!machine.atSafePoint(machine.cpu()::isWaiting)) {
      Thread.onSpinWait();
    }
    machine.pause();
    Machine other = new Machine(RAM_BYTES);
    other.restoreState(machine.captureState());
    assertTrue(other.cpu().isWaiting());
    machine.stop();
    assertEquals(Halt.Cause.STOPPED, halt(run).cause());
    assertEquals(0, machine.cpu().register(3));
  }

  @Test
  void guestTimeStandsStillWhilePausedAndGoesOnFromThereOnAnotherHost() throws Exception {
    AtomicLong nanos = new AtomicLong(1_000_000_000);
    Machine source = new Machine(RAM_BYTES, nanos::get);
    place(source, COUNT, BACK);
    var run = start(source);
    awaitProgress(source);
    nanos.addAndGet(5_000_000);
    source.pause();
    assertEquals(50_000, source.clint().time());
    nanos.addAndGet(9_000_000);
    assertEquals(50_000, source.clint().time());
    AtomicLong otherNanos = new AtomicLong(-77);
    Machine destination = new Machine(RAM_BYTES, otherNanos::get);
    place(destination, COUNT, BACK);
    destination.restoreState(source.captureState());
    assertEquals(50_000, destination.clint().time());
    var otherRun = start(destination);
    awaitProgress(destination);
    otherNanos.addAndGet(100);
    destination.pause();
    assertEquals(50_001, destination.clint().time());
    source.resume();
    awaitProgress(source);
    nanos.addAndGet(100);
    source.pause();
    assertEquals(50_001, source.clint().time());
    source.stop();
    destination.stop();
    halt(run);
    halt(otherRun);
  }

  /** Any program, cut at any point: the guest that moved ends as the guest that stayed. */
  @Property(tries = 150)
  void aGuestThatIsCapturedAndRestoredElsewhereCannotTell(@ForAll Random random) {
    long seed = random.nextLong();
    int before = random.nextInt(400);
    int after = random.nextInt(400);
    BareHart stayed = randomGuest(new Random(seed)).step(before).step(after);
    BareHart source = randomGuest(new Random(seed)).step(before);

    BareHart destination = new BareHart();
    destination.step(random.nextInt(3));
    copyRam(source.machine.memory(), destination.machine.memory());
    byte[] state = source.machine.captureState().toBytes();
    destination.machine.restoreState(DeviceState.of(state));
    assertArrayEquals(state, destination.machine.captureState().toBytes());
    destination.step(after);

    assertEquals(stayed.machine.captureState(), destination.machine.captureState());
    for (int page = 0; page < stayed.machine.memory().pages(); page++) {
      assertEquals(
          stayed.machine.memory().readOnlyView(page, 1),
          destination.machine.memory().readOnlyView(page, 1));
    }
  }

  private static BareHart randomGuest(Random random) {
    BareHart hart = new BareHart();
    for (int at = 0; at < 512; at++) {
      hart.machine.memory().store(4L * at, 4, TrapTest.likelyInstruction(random));
    }
    // Traps skip what trapped, so that programs go far: mepc += 4, mret.
    hart.place(
        BareHart.HANDLER,
        Assembler.csr(1, 31, 0x340, 31),
        Assembler.csrRead(31, 0x341),
        Assembler.addi(31, 31, 4),
        Assembler.csrWrite(0x341, 31),
        Assembler.csr(1, 31, 0x340, 31),
        Assembler.MRET);
    hart.write(0x305, BareHart.HANDLER);
    for (int register = 1; register < 32; register++) {
      hart.set(register, BareHart.DATA + random.nextInt(4096));
    }
    hart.machine.clint().store(0x4000, 8, 5);
    hart.machine.clint().store(0xbff8, 8, random.nextInt(10));
    return hart;
  }

  private static void copyRam(Memory from, Memory to) {
    ByteBuffer buffer = ByteBuffer.allocate(Memory.PAGE_SIZE);
    for (int page = 0; page < from.pages(); page++) {
      from.readPage(page, buffer.clear());
      to.writePage(page, buffer.flip());
    }
  }

  @Property(tries = 1000)
  void malformedDeviceStatesAreRefusedAndChangeNothing(@ForAll Random random) {
    BareHart source = randomGuest(new Random(1)).step(50);
    byte[] good = source.machine.captureState().toBytes();
    byte[] bad =
        switch (random.nextInt(3)) {
          case 0 -> java.util.Arrays.copyOf(good, random.nextInt(good.length));
          case 1 -> java.util.Arrays.copyOf(good, good.length + 1 + random.nextInt(9));
          default -> good.clone();
        };
    if (bad.length > 0 && random.nextBoolean() || bad.length == good.length) {
      bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
    }
    var refusal = assertThrows(IllegalArgumentException.class, () -> DeviceState.of(bad));
    assertTrue(refusal.getMessage().startsWith("device state"), refusal.getMessage());
  }

  /** As above, but past the checksum: whatever the words say, restoring is all or nothing. */
  @Property(tries = 1000)
  void deviceStatesWithImpossibleValuesAreRefusedAndChangeNothing(@ForAll Random random) {
    BareHart source = randomGuest(new Random(1)).step(50);
    DeviceState.Content content = source.machine.captureState().content();
    long[] words = content.hart().clone();
    words[31 + random.nextInt(words.length - 31)] = random.nextLong();
    DeviceState changed =
        DeviceState.of(
            new DeviceState.Content(
                content.ramBytes(), words, content.clint(), content.uart(), content.disk()));
    BareHart target = randomGuest(new Random(2)).step(20);
    DeviceState before = target.machine.captureState();
    boolean restored;
    try {
      target.machine.restoreState(changed);
      restored = true;
    } catch (IllegalArgumentException e) {
      restored = false;
    }
    assertEquals(restored ? changed : before, target.machine.captureState());
    target.step(10);
  }

  @Test
  void aStateOfAMachineWithOtherRamIsRefused() {
    DeviceState state = new Machine(RAM_BYTES).captureState();
    Machine bigger = new Machine(2 * RAM_BYTES);
    var refusal = assertThrows(IllegalArgumentException.class, () -> bigger.restoreState(state));
    assertTrue(refusal.getMessage().contains("65536"), refusal.getMessage());
  }

  @Test
  void aThrottledGuestRestsItsShareOfTheTime() {
    Throttle throttle = new Throttle();
    throttle.setPercent(75);
    long worked = 0;
    long rested = 0;
    for (int batch = 0; batch < 10_000; batch++) {
      worked += 200_000;
      long rest = throttle.restNanosAfter(200_000);
      assertTrue(rest == 0 || rest >= Throttle.REST_NANOS_MIN);
      if (rest > 0) {
        throttle.rested(rest + 70_000); // oversleeping evens out
        rested += rest + 70_000;
      }
    }
    assertEquals(0.75, (double) rested / (worked + rested), 0.01);
    throttle.setPercent(0);
    assertEquals(0, throttle.restNanosAfter(1_000_000_000));
  }

  @Test
  void throttlesOutsideOfTheirRangeAreRefused() {
    Machine machine = new Machine(RAM_BYTES);
    for (int percent : new int[] {-1, 100}) {
      assertThrows(IllegalArgumentException.class, () -> machine.setThrottlePercent(percent));
    }
    machine.setThrottlePercent(99);
    assertEquals(99, machine.throttlePercent());
  }

  @Test
  void aThrottledGuestGoesOnAndCanBePausedAtOnce() throws Exception {
    Machine machine = machineWith(COUNT, BACK);
    machine.setThrottlePercent(99);
    var run = start(machine);
    for (int round = 0; round < 5; round++) {
      awaitProgress(machine);
      machine.pause();
      machine.resume();
    }
    machine.stop();
    halt(run);
  }

  @Test
  void anInterruptedRunnerGoesOnAndKeepsItsInterruption() throws Exception {
    Machine machine = machineWith(Assembler.WFI, BACK);
    CompletableFuture<Boolean> stillInterrupted = new CompletableFuture<>();
    Thread guest =
        new Thread(
            () -> {
              machine.run();
              stillInterrupted.complete(Thread.currentThread().isInterrupted());
            });
    guest.start();
    while (!machine.atSafePoint(machine.cpu()::isWaiting)) {
      Thread.onSpinWait();
    }
    guest.interrupt();
    assertTrue(machine.atSafePoint(machine.cpu()::isWaiting));
    machine.stop();
    assertTrue(stillInterrupted.get(20, TimeUnit.SECONDS));
  }
}
