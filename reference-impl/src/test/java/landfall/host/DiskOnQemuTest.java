package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same binary drives the disk of QEMU's `virt` board and that of this machine. */
@Timeout(120)
class DiskOnQemuTest extends HostTest {
  private static final String QEMU = "qemu-system-riscv64";

  private Process qemu;

  private GuestLine startQemu(Path image, String... more) throws Exception {
    Path serial = folder.resolve("q.line");
    Files.deleteIfExists(serial);
    String drive = "file=" + image + ",if=none,id=d0,format=raw";
    String line =
        QEMU
            + (" -M virt -accel tcg -m 16 -nodefaults -no-user-config -display none -bios none")
            + (" -kernel " + kernel())
            + (" -serial unix:" + serial + ",server=on,wait=off")
            + (" -drive " + drive + " -device virtio-blk-device,drive=d0 ")
            + String.join(" ", more);
    qemu =
        new ProcessBuilder(line.strip().split(" "))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("qemu.log").toFile())
            .start();
    var guest = new AtomicReference<GuestLine>();
    Conditions.await(
        "the serial line of QEMU", () -> isConnected(serial, guest) || !qemu.isAlive());
    assertTrue(qemu.isAlive(), () -> "QEMU ended; see " + folder.resolve("qemu.log"));
    return guest.get();
  }

  private Path kernel() throws IOException {
    Path file = folder.resolve("witness.elf");
    try (var in = Host.class.getResourceAsStream("/landfall/guest/witness-riscv64.elf")) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }

  // The socket is there before QEMU listens.
  private static boolean isConnected(Path serial, AtomicReference<GuestLine> guest) {
    try {
      guest.set(new GuestLine(serial));
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private void endQemu() throws Exception {
    if (qemu != null) {
      qemu.destroyForcibly().waitFor();
    }
  }

  private static void requireQemu() {
    boolean installed =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(each -> Files.isExecutable(Path.of(each, QEMU)));
    if (!installed) {
      System.out.println("skipped: " + QEMU + " is not installed");
    }
    assumeTrue(installed, QEMU + " is not installed");
  }

  @Test
  void whatOneMachineWritesTheOtherReads() throws Exception {
    requireQemu();
    Path image = DiskBlocks.image(folder, 200);
    try (RunningHost ours = RunningHost.in(folder).disk(image).source()) {
      assertEquals("ok", ours.guest.ask("dw 7 -12345"));
      assertEquals("ok", ours.guest.ask("dw 8 1"));
    }
    try (GuestLine guest = startQemu(image, "-global", "virtio-mmio.force-legacy=false")) {
      assertTrue(guest.ask("status").contains(" blocks=200 "));
      assertEquals("ok -12345", guest.ask("dr 7"));
      assertEquals("ok nil", guest.ask("dr 9"));
      assertEquals("ok", guest.ask("dw 8 77"));
      assertEquals("ok", guest.ask("dw 199 5"));
      assertEquals("ok 77", guest.ask("dr 8"));
      assertEquals("ok 3 0", guest.ask("dv"));
      assertEquals("fail absent", guest.ask("dw 200 1"));
      assertEquals("ok", guest.ask("set drate 500"));
      Conditions.await(
          "blocks written in the background",
          () -> !guest.ask("status").contains(" blockswritten=0 "));
      assertEquals("ok", guest.ask("set drate 0"));
      assertEquals("ok 0 0", guest.ask("verify"));
      // Answered means written: nothing is lost with the process.
      assertEquals("ok", guest.ask("dw 9 99"));
      endQemu();
    } finally {
      endQemu();
    }
    assertEquals(Optional.of(-12345L), DiskBlocks.value(image, 7));
    assertEquals(Optional.of(77L), DiskBlocks.value(image, 8));
    assertEquals(Optional.of(99L), DiskBlocks.value(image, 9));
    assertEquals(Optional.of(0L), DiskBlocks.value(image, 64));
    RunningHost ours = started(RunningHost.in(folder).disk(image).source());
    assertEquals("ok 99", ours.guest.ask("dr 9"));
    assertEquals("ok 5", ours.guest.ask("dr 199"));
  }

  @Test
  void aTransportOfTheOldVersionIsLeftAlone() throws Exception {
    requireQemu();
    Path image = DiskBlocks.image(folder, 200);
    try (GuestLine guest = startQemu(image)) {
      assertTrue(guest.ask("status").contains(" blocks=0 "));
      assertEquals("fail absent", guest.ask("dw 0 1"));
    } finally {
      endQemu();
    }
  }
}
