package landfall.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import landfall.implementation.Implementation;
import landfall.machine.ElfFile;
import landfall.machine.Machine;
import landfall.trial.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A trace follows pages that the guest writes: where they are, only the guest can say. */
class TrackedPagesTest {
  private static final Pattern PLACES = Pattern.compile("firstcell=(\\d+) firstpage=(\\d+)");
  private static final int WORKING_SET = 300;

  @TempDir private Path folder;

  @Test
  @Timeout(60)
  void thePagesOfATraceAreTheCellsAndTheWorkingSetOfTheGuest() throws Exception {
    Implementation reference = Hosts.implementations().named("reference").get(0);
    var machine = new Machine(reference.ramBytes());
    machine.load(ElfFile.read(reference.putGuest(folder)));
    var lines = new LinkedBlockingQueue<String>();
    var line = new ByteArrayOutputStream();
    machine
        .serialPort()
        .onOutput(
            value -> {
              line.write(value);
              if (value == '\n') {
                lines.add(line.toString(StandardCharsets.US_ASCII));
                line.reset();
              }
            });
    var thread = new Thread(machine::run, "guest");
    thread.start();
    try {
      String boot = lines.take();
      assertTrue(boot.startsWith("!boot "), boot);
      for (byte each : request("@1 status").getBytes(StandardCharsets.US_ASCII)) {
        machine.serialPort().put(each);
      }
      String status = lines.take();
      Matcher places = PLACES.matcher(status);
      assertTrue(places.find(), status);
      int cells = page(places.group(1));
      int workingSet = page(places.group(2));
      assertEquals(
          List.of(cells, cells + 4, workingSet + 1, workingSet + WORKING_SET / 2),
          Schedule.trackedPages(new Schedule.GuestLoad(WORKING_SET, 1, 1, 1)));
    } finally {
      machine.stop();
      thread.join();
    }
  }

  /** With the checksum that the guest wants: CRC-16/CCITT-FALSE. */
  private static String request(String text) {
    int crc = 0xffff;
    for (byte each : text.getBytes(StandardCharsets.US_ASCII)) {
      crc ^= each << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc << 1 ^ ((crc & 0x8000) != 0 ? 0x1021 : 0)) & 0xffff;
      }
    }
    return String.format("%s *%04x\n", text, crc);
  }

  private static int page(String address) {
    return (int) ((Long.parseLong(address) - 0x8000_0000L) / 4096);
  }
}
