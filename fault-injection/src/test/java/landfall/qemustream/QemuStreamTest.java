package landfall.qemustream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import landfall.qemustream.StreamEntry.What;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuStreamTest {
  private static final byte[] FORWARD = Recorded.FORWARD;
  private static final byte[] BACK = Recorded.BACK;

  private static List<StreamEntry> index(byte[] forward) {
    return Recorded.index(forward, 4_096, BACK);
  }

  private static String unreadable(byte[] forward) {
    List<StreamEntry> found = Recorded.of(index(forward), What.UNREADABLE);
    assertEquals(1, found.size(), found::toString);
    return found.get(0).text();
  }

  private static byte[] changed(int at, int... bytes) {
    byte[] stream = FORWARD.clone();
    for (int i = 0; i < bytes.length; i++) {
      stream[at + i] = (byte) bytes[i];
    }
    return stream;
  }

  @Test
  void aWholeMigrationIsReadToItsLastByte() {
    List<StreamEntry> entries = Recorded.whole();
    assertEquals(List.of(), Recorded.of(entries, What.UNREADABLE, What.DROPPED, What.BROKEN));
    assertEquals("virt", Recorded.of(entries, What.MACHINE).get(0).text());
    assertEquals(
        List.of("open return path 0", "ping 1"),
        Recorded.of(entries, What.COMMAND).stream()
            .map(entry -> entry.text() + " " + entry.number())
            .toList());
    assertEquals(
        List.of(
            "virt.flash0 8192",
            "virt.flash1 8192",
            "riscv_virt_board.ram 4096",
            "riscv_virt_board.mrom 15"),
        Recorded.of(entries, What.BLOCK).stream()
            .map(entry -> entry.text() + " " + entry.number())
            .toList());
    long pages = Recorded.of(entries, What.PAGES).stream().mapToLong(StreamEntry::number).sum();
    long inRuns =
        Recorded.of(entries, What.PAGES).stream()
            .flatMap(entry -> entry.pages().stream())
            .mapToLong(run -> run[2] - run[1] + 1)
            .sum();
    assertEquals(inRuns, pages);
    assertTrue(pages > 20_495, "every page, and some again: " + pages);
    assertEquals(0, Recorded.of(entries, What.MEMORY_SENT).get(0).number());
    assertEquals(1, Recorded.of(entries, What.FINAL).size());
    assertEquals(
        List.of(
            "timer/0",
            "cpu_common/0",
            "cpu/0",
            "riscv_mtimer/0",
            "riscv_sifive_plic/0",
            "0000:00:00.0/gpex_root/0",
            "PCIHost/0",
            "PCIBUS/0",
            "serial/0",
            "goldfish_rtc/0",
            "pflash_cfi01/0",
            "pflash_cfi01/1",
            "fw_cfg/0",
            "globalstate/0"),
        Recorded.of(entries, What.DEVICE).stream().map(StreamEntry::text).toList());
    assertEquals(1, Recorded.of(entries, What.END).size());
    assertEquals(1, Recorded.of(entries, What.PONG).get(0).number());
    assertEquals(0, Recorded.of(entries, What.SHUT).get(0).number());
    assertEquals(
        List.of((long) FORWARD.length, 16L),
        Recorded.of(entries, What.CLOSED).stream().map(StreamEntry::number).toList());
  }

  @Property(tries = 30)
  void itDoesNotMatterHowAStreamIsCutIntoChunks(
      @ForAll @IntRange(min = 1, max = 70_000) int chunk) {
    assertEquals(told(Recorded.whole()), told(Recorded.index(FORWARD, chunk, BACK)));
  }

  private static List<String> told(List<StreamEntry> entries) {
    return entries.stream()
        .filter(entry -> entry.direction().equals(StreamEntry.FORWARD))
        .map(
            entry ->
                entry.offset()
                    + " "
                    + entry.what()
                    + " "
                    + entry.text()
                    + " "
                    + entry.number()
                    + entry.pages().stream().map(Arrays::toString).toList())
        .toList();
  }

  @Test
  void anIndexIsReadBackAsItWasWritten(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("index");
    StreamLog.write(Recorded.whole(), file);
    assertEquals(told(Recorded.whole()), told(StreamLog.read(file)));
    assertTrue(Files.size(file) < 100_000, "an index is small: " + Files.size(file));
    String text = Files.readString(file);
    Files.writeString(file, text.replaceFirst("\\{", "{\"what\":\"SHUT\","));
    String twice = assertThrows(IOException.class, () -> StreamLog.read(file)).getMessage();
    assertTrue(twice.endsWith(":1: Duplicate field 'what'"), twice);
    StreamLog.write(List.of(), folder.resolve("none"));
    assertTrue(Files.notExists(folder.resolve("none")));
  }

  /** Wherever it is cut: what passed before is told, and the end only if it passed. */
  @Property(tries = 200)
  void aStreamThatIsCutShortIsReadUpToThere(@ForAll long seed) {
    int end = END_OFFSET;
    int length =
        seed % 2 == 0
            ? new Random(seed).nextInt(FORWARD.length)
            : end - 200 + new Random(seed).nextInt(400);
    List<StreamEntry> entries = Recorded.index(Arrays.copyOf(FORWARD, length), 10_000, new byte[0]);
    assertEquals(List.of(), Recorded.of(entries, What.UNREADABLE));
    // Four bytes of the length, and two of the description, tell that the end was one.
    assertEquals(length >= end + 8 ? 1 : 0, Recorded.of(entries, What.END).size());
  }

  private static final int END_OFFSET =
      (int) Recorded.of(Recorded.whole(), What.END).get(0).offset();

  @Test
  void whatIsNotUnderstoodIsToldWithWhatWasExpected() {
    assertEquals(
        "at offset 0 found 0x5145564d and version 2; expected 0x5145564d and version 3",
        unreadable(changed(7, 2)));
    assertTrue(
        unreadable(changed(17, 0x55))
            .startsWith("at offset 17 found 0x55; expected the type of a section"),
        unreadable(changed(17, 0x55)));
    assertTrue(
        unreadable(changed(18, 0, 4))
            .startsWith(
                "at offset 18 found command 4, post-copy listen; expected a command of pre"),
        unreadable(changed(18, 0, 4)));
    int firstPage = (int) Recorded.of(Recorded.whole(), What.PAGES).get(0).offset() + 5;
    assertTrue(
        unreadable(Recorded.forward(Recorded.MULTIFDS.get(1), 1))
            .matches(
                "at offset \\d+ found a sync of multifd: pages go on other connections; expected"
                    + " pages on this connection"));
    assertTrue(
        unreadable(changed(firstPage + 4, 0x7f)).contains("found page 520192 of virt.flash0"),
        unreadable(changed(firstPage + 4, 0x7f)));
    assertTrue(
        unreadable(Arrays.copyOf(FORWARD, FORWARD.length + 3))
            .contains("found 3 bytes more; expected nothing after the description"));
    int devices = (int) Recorded.of(Recorded.whole(), What.DEVICES).get(0).offset();
    assertEquals(
        "at offset "
            + devices
            + " found no section of timer/0; expected the devices in the order"
            + " of the description",
        unreadable(changed(devices + 6, 'x')));
  }

  @Test
  void anAnswerThatPreCopyDoesNotHaveIsRefused() {
    byte[] back = BACK.clone();
    back[9] = 4;
    List<StreamEntry> found = Recorded.of(Recorded.index(FORWARD, 4_096, back), What.UNREADABLE);
    assertEquals(StreamEntry.BACK, found.get(0).direction());
    assertTrue(
        found.get(0).text().startsWith("at offset 8 found message 4 of 4 bytes; expected 1 (shut)"),
        found::toString);
  }

  @Test
  void channelsOfMultifdAreReadAndOtherStreamsAreNone() {
    List<StreamEntry> entries = index(Recorded.MULTIFD.get(0));
    assertEquals(List.of(), Recorded.of(entries, What.UNREADABLE, What.DROPPED));
    assertEquals(0, Recorded.of(entries, What.CHANNEL).get(0).number());
    // Nobody has said which blocks there are, so theirs has no number.
    StreamEntry pages = Recorded.of(entries, What.PAGES).get(0);
    assertEquals("riscv_virt_board.ram", pages.text());
    assertTrue(pages.number() > 0, pages::toString);
    assertTrue(pages.pages().stream().allMatch(run -> run[0] == -1), pages::toString);
    // One at the begin, and one behind each section or round.
    assertTrue(Recorded.of(entries, What.SYNC).size() > 1);
    assertEquals(1, Recorded.of(index(Recorded.MULTIFD.get(1)), What.CHANNEL).get(0).number());
    byte[] wrong = Recorded.MULTIFD.get(0).clone();
    wrong[64] = 0;
    assertTrue(unreadable(wrong).contains("at offset 64 found 0x223344"), unreadable(wrong));
    assertEquals(List.of(), index("GET / HTTP/1.1".getBytes()));
    assertEquals(List.of(), index(new byte[0]));
  }

  @Test
  void pagesOfAChannelHaveNumbersOnceTheirBlockIsKnown() {
    var log = new StreamLog(0);
    // A channel may be heard before the connection that names the blocks.
    StreamLog.Connection channel = log.connection(2);
    byte[] greeting = Arrays.copyOf(Recorded.MULTIFD.get(0), 64);
    channel.passed(true, ByteBuffer.wrap(greeting), 1);
    log.connection(1).passed(true, ByteBuffer.wrap(FORWARD), 2);
    byte[] rest = Arrays.copyOfRange(Recorded.MULTIFD.get(0), 64, Recorded.MULTIFD.get(0).length);
    channel.passed(true, ByteBuffer.wrap(rest), 3);
    List<StreamEntry> entries = log.entries();
    assertEquals(List.of(), Recorded.of(entries, What.UNREADABLE, What.MEMORY_SENT));
    List<StreamEntry> pages = Recorded.of(entries, What.PAGES);
    pages.removeIf(entry -> entry.connection() == 1);
    int[] run = pages.get(0).pages().get(0);
    assertEquals(2, run[0]);
    assertTrue(run[1] <= run[2] && run[2] < 4_096);
  }

  @Test
  void anEncryptedStreamIsSaidToBeOne() {
    byte[] handshake = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};
    assertEquals(
        "at offset 0 found a handshake of TLS; expected a stream that is not encrypted",
        unreadable(handshake));
  }

  @Test
  void postCopyIsReadToItsLastByteOverABrokenLink() {
    List<StreamEntry> entries = Recorded.postCopy();
    assertEquals(List.of(), Recorded.of(entries, What.UNREADABLE, What.DROPPED));
    What[] once = {
      What.HEADER,
      What.DISCARD,
      What.PACKAGE,
      What.LISTEN,
      What.RUN,
      What.RESUMES,
      What.OVER,
      What.SHUT
    };
    List<StreamEntry> order = Recorded.of(entries, once);
    assertEquals(List.of(once), order.stream().map(StreamEntry::what).toList());
    assertEquals(2, order.get(6).connection());
    StreamEntry stale = order.get(1);
    assertEquals("riscv_virt_board.ram", stale.text());
    assertEquals(206, stale.number());
    assertEquals(206, pages(List.of(stale)).cardinality());
    assertEquals(
        List.of(
            "virt.flash0 8192",
            "virt.flash1 8192",
            "riscv_virt_board.ram 3902",
            "riscv_virt_board.mrom 15"),
        Recorded.of(entries, What.BITMAP).stream()
            .map(each -> each.text() + " " + each.number())
            .toList());
    List<StreamEntry> requests = Recorded.of(entries, What.REQUEST);
    assertEquals(98, requests.size());
    assertTrue(
        requests.stream()
            .allMatch(
                each ->
                    each.text().equals("riscv_virt_board.ram")
                        && each.pages().get(0)[1] == each.number()),
        requests::toString);
    assertEquals(List.of(), Recorded.of(entries, What.FINAL, What.MEMORY_SENT));
    // After the recovery there pass the pages that are not there, no more and no less.
    BitSet again = pages(sentOn(entries, 2));
    assertEquals(4_096 - 3_902, again.cardinality());
    again.and(pages(Recorded.of(entries, What.BITMAP)));
    assertTrue(again.isEmpty(), again::toString);
  }

  /** Of a page that is sent before the pause nothing is sent behind it but that it is stale. */
  @Test
  void behindTheCommandToRunThePagesPassThatWereSaidToBeStale() {
    List<StreamEntry> entries = Recorded.conversation(Recorded.POST_COPIES.get(2));
    assertEquals(List.of(), Recorded.of(entries, What.UNREADABLE, What.DROPPED));
    int run = entries.indexOf(Recorded.of(entries, What.RUN).get(0));
    assertEquals(
        pages(Recorded.of(entries, What.DISCARD)),
        pages(sentOn(entries.subList(run, entries.size()), 1)));
    assertEquals(2, Recorded.of(entries, What.DISCARD).size());
  }

  private static List<StreamEntry> sentOn(List<StreamEntry> entries, int connection) {
    return Recorded.of(entries, What.PAGES).stream()
        .filter(each -> each.connection() == connection)
        .toList();
  }

  private static BitSet pages(List<StreamEntry> entries) {
    BitSet pages = new BitSet();
    for (StreamEntry entry : entries) {
      entry.pages().forEach(run -> pages.set(run[0] << 16 | run[1], (run[0] << 16 | run[2]) + 1));
    }
    return pages;
  }

  @Test
  void whatIsNotUnderstoodOfPostCopyIsToldWithWhatWasExpected() {
    byte[] first = Recorded.POST_COPY.get(0);
    List<StreamEntry> entries = Recorded.index(first, 4_096, new byte[0]);
    int list = (int) Recorded.of(entries, What.DISCARD).get(0).offset() + 5;
    int package0 = (int) Recorded.of(entries, What.LISTEN).get(0).offset();
    byte[] version = first.clone();
    version[list] = 1;
    assertTrue(
        unreadable(version).startsWith("at offset " + list + " found a list of stale pages of "),
        unreadable(version));
    byte[] farAway = first.clone();
    farAway[list + 2 + farAway[list + 1] + 1] = 1;
    assertTrue(
        unreadable(farAway).endsWith("of virt.flash0; expected pages below 8192"),
        unreadable(farAway));
    byte[] deaf = first.clone();
    deaf[package0 + 2] = 5;
    assertEquals(
        "at offset "
            + package0
            + " found no command to listen; expected the command to listen at the begin of the"
            + " package",
        unreadable(deaf));
  }

  /** What a destination says of the pages that it has, of a block of 40,000. */
  @Property(tries = 50)
  void aBitmapIsReadAsItIsHoweverItIsCut(@ForAll long seed) {
    var random = new Random(seed);
    BitSet there = new BitSet();
    for (int i = 0; i < 40; i++) {
      int from = random.nextInt(40_000);
      there.set(from, Math.min(40_000, from + random.nextInt(300)));
    }
    byte[] bytes = bitmap("ram", there, 5_000, 0x0123456789abcdefL);
    List<StreamEntry> read = answers(bytes, 1 + random.nextInt(2_000));
    assertEquals(1, read.size(), read::toString);
    assertEquals(there, pages(read));
    assertEquals(there.cardinality(), read.get(0).number());
  }

  @Test
  void aBitmapOrARequestThatCannotBeIsRefused() {
    BitSet some = new BitSet();
    some.set(7);
    Map<byte[], String> wrong = new LinkedHashMap<>();
    wrong.put(bitmap("rom", some, 5_000, 0), "a bitmap of 5000 bytes of rom; expected a block");
    wrong.put(bitmap("ram", some, 4_992, 0), "a bitmap of 4992 bytes of ram; expected a bit for");
    wrong.put(bitmap("ram", some, 5_000, 5), "0x5; expected the end of a bitmap");
    ByteBuffer request = ByteBuffer.allocate(20).putShort((short) 3).putShort((short) 16);
    request.putLong(40_000L << 12).putInt(4_096).put((byte) 3).put("ram".getBytes());
    wrong.put(request.array(), "a request for pages 40000 to 40000 of ram; expected pages below");
    wrong.forEach(
        (bytes, text) -> {
          List<StreamEntry> read = answers(bytes, 100);
          assertEquals(What.UNREADABLE, read.get(0).what(), text);
          assertTrue(read.get(0).text().contains(text), () -> text + ": " + read);
        });
    // Every second page: no two of them make a run.
    BitSet scattered = new BitSet();
    for (int page = 0; page < 200_000; page += 2) {
      scattered.set(page);
    }
    byte[] bytes = bitmap("big", scattered, 25_000, 0x0123456789abcdefL);
    assertTrue(answers(bytes, 4_096).get(0).text().contains("more than 50000 runs of pages"));
  }

  private static byte[] bitmap(String block, BitSet pages, int length, long end) {
    ByteBuffer bytes = ByteBuffer.allocate(5 + block.length() + 8 + length + 8);
    bytes.putShort((short) 5).putShort((short) (1 + block.length()));
    bytes.put((byte) block.length()).put(block.getBytes()).putLong(length);
    bytes.put(Arrays.copyOf(pages.toByteArray(), length)).putLong(end);
    return bytes.array();
  }

  private static List<StreamEntry> answers(byte[] bytes, int chunk) {
    List<StreamEntry> read = new ArrayList<>();
    var decoder =
        new ReturnPathDecoder(
            (offset, what, text, number, pages) ->
                read.add(
                    new StreamEntry(1, StreamEntry.BACK, 0, offset, what, text, number, pages)),
            name -> Map.of("ram", new int[] {0, 40_000}, "big", new int[] {1, 200_000}).get(name));
    for (int at = 0; at < bytes.length; at += chunk) {
      decoder.take(ByteBuffer.wrap(bytes, at, Math.min(chunk, bytes.length - at)));
    }
    return read;
  }

  /** Never an exception, and never more than its bounds, whatever comes. */
  @Property(tries = 1_500, shrinking = ShrinkingMode.OFF)
  void changedStreamsAreNeverTooMuchForIt(@ForAll long seed) {
    var random = new Random(seed);
    byte[] stream = FORWARD.clone();
    int devices = END_OFFSET - 2_000;
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at =
          switch (random.nextInt(3)) {
            case 0 -> random.nextInt(300);
            case 1 -> devices + random.nextInt(stream.length - devices);
            default -> random.nextInt(stream.length);
          };
      switch (random.nextInt(4)) {
        case 0 -> stream[at] = (byte) random.nextInt();
        case 1 -> stream[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> {
          // Some bytes left out.
          int gap = 1 + random.nextInt(20);
          int from = Math.min(at + gap, stream.length);
          System.arraycopy(stream, from, stream, at, stream.length - from);
          stream = Arrays.copyOf(stream, stream.length - (from - at));
        }
        default -> {
          // Some bytes twice.
          int twice = Math.min(1 + random.nextInt(20), stream.length - at);
          byte[] longer = Arrays.copyOf(stream, stream.length + twice);
          System.arraycopy(stream, at, longer, at + twice, stream.length - at);
          stream = longer;
        }
      }
    }
    byte[] back = BACK.clone();
    if (random.nextBoolean()) {
      back[random.nextInt(back.length)] = (byte) random.nextInt();
    }
    List<StreamEntry> entries =
        Recorded.index(stream, 1 + random.nextInt(100_000) + stream.length / 50, back);
    assertTrue(entries.size() <= 20_001);
    for (String direction : List.of(StreamEntry.FORWARD, StreamEntry.BACK)) {
      List<StreamEntry> side =
          entries.stream().filter(entry -> entry.direction().equals(direction)).toList();
      List<StreamEntry> wrong = Recorded.of(side, What.UNREADABLE);
      assertTrue(wrong.size() <= 1, wrong::toString);
      if (!wrong.isEmpty()) {
        assertTrue(wrong.get(0).text().matches("at offset \\d+ found .+; expected .+"));
        // Nothing is told of what comes after it but that it ended.
        StreamEntry after = side.get(side.indexOf(wrong.get(0)) + 1);
        assertEquals(What.CLOSED, after.what());
      }
    }
  }

  @Test
  void bytesOfChanceBehindTheHeaderAreNeverTooMuchForIt() {
    var random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      byte[] stream = new byte[8 + random.nextInt(3_000)];
      random.nextBytes(stream);
      ByteBuffer.wrap(stream).putInt(ForwardDecoder.MAGIC).putInt(3);
      byte[] back = new byte[random.nextInt(40)];
      random.nextBytes(back);
      assertTrue(Recorded.index(stream, 1 + random.nextInt(500), back).size() < 100);
    }
  }

  /** A source may send as many pages as it likes; the index has a bound and says so. */
  @Test
  void whatIsTooMuchForTheIndexIsCounted() {
    var log = new StreamLog(0);
    StreamLog.Connection connection = log.connection(1);
    int section = (int) Recorded.of(Recorded.whole(), What.PAGES).get(0).offset();
    connection.passed(true, ByteBuffer.wrap(FORWARD, 0, section + 5), 1);
    ByteBuffer first = ByteBuffer.allocate(8 + 1 + 20 + 1);
    first.putLong(0x02).put((byte) 20).put("riscv_virt_board.ram".getBytes()).put((byte) 0);
    connection.passed(true, first.flip(), 2);
    // Every other page, over and over: no two of them make a run.
    ByteBuffer zeros = ByteBuffer.allocate(2_000 * 9);
    for (int i = 0; i < 2_000; i++) {
      zeros.putLong((long) i * 2 * 4_096 | 0x22).put((byte) 0);
    }
    zeros.flip();
    for (int round = 0; round < 200; round++) {
      connection.passed(true, zeros, 3 + round);
    }
    List<StreamEntry> entries = log.entries();
    long kept = entries.stream().mapToLong(entry -> entry.pages().size()).sum();
    assertTrue(kept > 100_000 && kept <= 200_000, () -> "kept " + kept);
    StreamEntry dropped = Recorded.of(entries, What.DROPPED).get(0);
    assertTrue(kept + dropped.number() > 349_000, dropped::toString);
  }
}
