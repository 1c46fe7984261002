package landfall.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

/** Guests that know no rules. No exception leaves the device, and no access leaves RAM. */
class HostileDriverTest {
  private static final int SECTORS = 100;
  private static final long ALL = VirtioBlock.OFFERED;
  private static final long NO_FLUSH = ALL & ~VirtioBlock.FEATURE_FLUSH;

  /**
   * Right chains of which some things are changed: only the RAM that a descriptor names and the
   * used ring are written.
   */
  @Property(tries = 2000)
  void noQueueReachesBeyondWhatItNames(@ForAll Random random) {
    var driver =
        DiskDriver.attached(new MemoryStorage(SECTORS))
            .begin(random.nextBoolean() ? ALL : NO_FLUSH, 8);
    random.nextBytes(driver.storage.written);
    int chains = 1 + random.nextInt(2);
    for (int chain = 0; chain < chains; chain++) {
      placeChain(driver, random, 4 * chain);
    }
    for (int changes = random.nextInt(4); changes > 0; changes--) {
      changeDescriptor(driver, random, random.nextInt(4 * chains));
    }
    for (int chain = 0; chain < chains; chain++) {
      driver.offer(random.nextInt(20) > 0 ? 4 * chain : random.nextInt(9));
    }
    BitSet allowed = new BitSet(DiskDriver.RAM_BYTES);
    allowed.set(DiskDriver.USED, DiskDriver.USED + 4 + 8 * 8);
    for (int index = 0; index < 8; index++) {
      long at = DiskDriver.TABLE + 16L * index;
      long offset = driver.memory.load(at, 8) - Machine.RAM_BASE;
      long length = driver.memory.load(at + 8, 4);
      if ((driver.memory.load(at + 12, 2) & 2) != 0
          && offset >= 0
          && offset + length <= DiskDriver.RAM_BYTES) {
        allowed.set((int) offset, (int) (offset + length));
      }
    }
    byte[] before = new byte[DiskDriver.RAM_BYTES];
    driver.memory.loadBytes(0, before, 0, before.length);

    assertEquals(VirtioBlock.DONE, driver.notifyQueue());

    assertTrue(driver.needsReset() || driver.usedIndex() == chains);
    for (int at = 0; at < before.length; at++) {
      if (!allowed.get(at)) {
        assertEquals(before[at], (byte) driver.memory.load(at, 1), "byte " + at);
      }
    }
    String outcome = driver.needsReset() ? "refused" : "served";
    Statistics.label("queues")
        .collect(outcome)
        .coverage(
            all -> {
              all.check("refused").percentage(share -> share > 10);
              all.check("served").percentage(share -> share > 10);
            });
    Statistics.label("storage was asked")
        .collect(driver.storage.reads + driver.storage.writes > 0)
        .coverage(all -> all.check(true).percentage(share -> share > 10));
  }

  /** Data lies behind the rings, so that no request makes another one. */
  private static void placeChain(DiskDriver driver, Random random, int first) {
    int type = random.nextInt(8) > 0 ? random.nextInt(2) : random.nextInt(10);
    int flags = type == VirtioBlock.TYPE_OUT ? 1 : 3;
    int place = DiskDriver.HEADER + first * 0x1000;
    driver.memory.store(place, 4, type);
    driver.memory.store(place + 8, 8, random.nextInt(SECTORS));
    long ram = Machine.RAM_BASE + place;
    int part = 1 + random.nextInt(511);
    driver.descriptor(first, ram, 16, 1, first + 1);
    driver.descriptor(first + 1, ram + 0x100, part, flags, first + 2);
    driver.descriptor(first + 2, ram + 0x800, 1024 - part, flags, first + 3);
    driver.descriptor(first + 3, ram + 0x1000, 1, 2, 0);
  }

  private static void changeDescriptor(DiskDriver driver, Random random, int index) {
    long at = DiskDriver.TABLE + 16L * index;
    switch (random.nextInt(6)) {
      case 0 -> driver.memory.store(at, 8, Machine.RAM_BASE + 0x4000 + random.nextInt(0xc000));
      case 1 ->
          driver.memory.store(at, 8, random.nextLong() >>> random.nextInt(64) & ~0x7fff_0000L);
      case 2 -> driver.memory.store(at + 8, 4, random.nextInt(0x10000) >>> random.nextInt(16));
      case 3 -> driver.memory.store(at + 8, 4, random.nextInt());
      case 4 -> driver.memory.store(at + 12, 2, random.nextInt(8));
      default -> driver.memory.store(at + 14, 2, random.nextInt(9));
    }
  }

  /** Any registers, rings anywhere in RAM: requests may write over the rings that bring them. */
  @Property(tries = 2000)
  void noDriverMakesTheDeviceThrow(@ForAll Random random) {
    var driver = DiskDriver.attached(new MemoryStorage(SECTORS)).begin(ALL, 8);
    random.nextBytes(driver.storage.written);
    for (int step = 0; step < 60; step++) {
      int at = random.nextInt(0x1000);
      switch (random.nextInt(8)) {
        case 0 -> driver.disk.load(random.nextInt(VirtioBlock.SIZE_BYTES) & ~3, 4);
        case 1 ->
            driver.disk.store(random.nextInt(VirtioBlock.SIZE_BYTES) & ~3, 4, random.nextLong());
        case 2 -> driver.disk.store(random.nextInt(0x110) & ~3, 4, random.nextInt(20));
        case 3 -> driver.memory.store(DiskDriver.TABLE + at % 128, 8, random.nextLong());
        case 4 ->
            driver.descriptor(
                random.nextInt(8),
                Machine.RAM_BASE + random.nextInt(0x10000),
                random.nextInt(2048),
                random.nextInt(4),
                random.nextInt(8));
        case 5 -> driver.memory.store(DiskDriver.AVAILABLE + at % 24, 2, random.nextInt(9));
        case 6 -> driver.begin(ALL, 1 << random.nextInt(7));
        default -> driver.request(random.nextInt(10), random.nextInt(SECTORS), 512);
      }
      int outcome = driver.disk.store(VirtioBlock.QUEUE_NOTIFY, 4, 0);
      assertTrue(outcome == VirtioBlock.DONE || outcome == VirtioBlock.STORAGE_AWAITED);
      assertTrue(driver.disk.isAnswered(), "the storage of this test always has answered");
    }
  }

  @Property(tries = 1000)
  void anyStateIsRefusedOrTakenWholeAndHarmless(@ForAll Random random) {
    var driver = DiskDriver.attached(new MemoryStorage(SECTORS)).begin(ALL, 8);
    VirtioBlock.Snapshot before = driver.disk.capture();
    boolean likely = random.nextBoolean();
    long ram = Machine.RAM_BASE;
    var state =
        new VirtioBlock.Snapshot(
            random.nextInt(8) > 0 ? SECTORS : random.nextLong(),
            likely ? 15 : random.nextInt(256),
            random.nextInt(),
            random.nextInt(3),
            likely ? ALL : random.nextLong(),
            random.nextInt(2),
            likely ? 1 << random.nextInt(8) : random.nextInt(),
            random.nextBoolean(),
            likely ? ram + random.nextInt(4096) * 16L : random.nextLong(),
            likely ? ram + random.nextInt(1 << 15) * 2L : random.nextLong(),
            likely ? ram + random.nextInt(1 << 14) * 4L : random.nextLong(),
            random.nextInt(1 << 16),
            random.nextInt(1 << 16),
            random.nextInt(5));
    boolean taken;
    try {
      driver.disk.check(state);
      driver.disk.restore(state);
      taken = true;
    } catch (IllegalArgumentException refused) {
      assertTrue(refused.getMessage().startsWith("device state"), refused.getMessage());
      taken = false;
    }
    assertEquals(taken ? state : before, driver.disk.capture());
    driver.disk.store(VirtioBlock.QUEUE_NOTIFY, 4, 0);
  }
}
