package landfall.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadTest {
  private static final int GUEST_PAGES = 1024;

  // ---------------------------------------------------------------- Hello

  @Property
  void helloArrivesAsItWasSent(
      @ForAll long high, @ForAll long low, @ForAll long ramBytes, @ForAll int pageSize)
      throws Exception {
    var hello = new Hello(new UUID(high, low), ramBytes, pageSize, "elsewhere");
    assertEquals(hello, Hello.of(ByteBuffer.wrap(hello.toBytes())));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 27, 28})
  void aShortHelloIsRefused(int length) {
    assertEquals(
        "Hello with " + length + " bytes of payload: 28 and a host name are accepted",
        cause(() -> Hello.of(ByteBuffer.allocate(length))));
  }

  @Test
  void aHelloWhoseHostNameIsNotWhatItAnnouncesIsRefused() {
    String noName = "Hello frame does not hold the host name that it announces";
    assertEquals(noName, cause(() -> Hello.of(ByteBuffer.allocate(29))));
    byte[] good = new Hello(new UUID(1, 2), 4096, 4096, "A").toBytes();
    assertEquals(
        "Hello with 1 bytes behind its host name",
        cause(() -> Hello.of(ByteBuffer.wrap(Arrays.copyOf(good, good.length + 1)))));
    byte[] longer = good.clone();
    longer[28] = 2;
    assertEquals(noName, cause(() -> Hello.of(ByteBuffer.wrap(longer))));
    byte[] blank = good.clone();
    blank[29] = ' ';
    assertEquals(
        "Hello frame with a host name that has blanks or controls",
        cause(() -> Hello.of(ByteBuffer.wrap(blank))));
  }

  // ---------------------------------------------------------------- Ready

  @Property
  void foreignBytesAreAReadyOnlyIfTheyAreWhatItEncodesTo(@ForAll byte[] bytes) throws Exception {
    Ready ready;
    try {
      ready = Ready.of(ByteBuffer.wrap(bytes));
    } catch (FrameException refused) {
      return;
    }
    assertTrue(!ready.host().isEmpty());
    assertEquals(ready, Ready.of(ByteBuffer.wrap(ready.toBytes())));
  }

  // ---------------------------------------------------------------- Failure

  @Property
  void aCauseArrivesAsItWasSent(@ForAll @StringLength(max = 256) String text) throws Exception {
    String sent = printable(text);
    assertEquals(sent, Failure.of(ByteBuffer.wrap(new Failure(sent).toBytes())).cause());
  }

  @Test
  void aLongCauseIsCutToWhatFits() throws Exception {
    byte[] payload = new Failure("x".repeat(5000)).toBytes();
    assertEquals("x".repeat(1024), Failure.of(ByteBuffer.wrap(payload)).cause());
  }

  @Test
  void controlCharactersOfACauseDoNotReachALog() throws Exception {
    byte[] payload = new Failure("a\u001b[31mb\nc\u0000d").toBytes();
    assertEquals("a [31mb c d", Failure.of(ByteBuffer.wrap(payload)).cause());
  }

  @Test
  void aCauseLongerOrShorterThanAnnouncedIsRefused() {
    byte[] payload = new Failure("cause").toBytes();
    for (int length = 0; length < payload.length; length++) {
      byte[] cut = Arrays.copyOf(payload, length);
      assertEquals(
          "Failure frame does not hold the text that it announces",
          cause(() -> Failure.of(ByteBuffer.wrap(cut))));
    }
    byte[] longer = Arrays.copyOf(payload, payload.length + 1);
    assertTrue(cause(() -> Failure.of(ByteBuffer.wrap(longer))).startsWith("Failure frame"));
  }

  @Property(tries = 2_000)
  void anyBytesGiveACauseOrARefusal(@ForAll byte[] bytes) {
    try {
      String cause = Failure.of(ByteBuffer.wrap(bytes)).cause();
      assertTrue(cause.chars().noneMatch(each -> each < ' '), cause);
    } catch (FrameException refused) {
      assertTrue(refused.getMessage().startsWith("Failure frame"), refused.getMessage());
    }
  }

  // ---------------------------------------------------------------- Pages

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void pagesArriveAsTheyWereSent(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = PageBatch.PAGES_MAX) int count)
      throws Exception {
    var random = new Random(seed);
    int[] pages = random.ints(0, GUEST_PAGES).distinct().limit(count).sorted().toArray();
    boolean[] zero = new boolean[count];
    ByteBuffer frame = ByteBuffer.allocate(PageBatch.FRAME_BYTES_MAX);
    PageBatch.begin(frame, 7, count);
    for (int i = 0; i < count; i++) {
      zero[i] = random.nextBoolean();
      PageBatch.list(frame, pages[i], zero[i]);
    }
    for (int i = 0; i < count; i++) {
      frame.put(zero[i] ? new byte[0] : contents(pages[i]));
    }
    boolean checksContents = random.nextBoolean();
    PageBatch.seal(frame, Frame.FLAG_GUEST_PAUSED, 3, 0, List.of(), checksContents);

    PageBatch batch = of(frame.slice(24, frame.limit() - Frame.HEADER_BYTES));
    assertEquals(7, batch.round());
    assertEquals(count, batch.count());
    for (int i = 0; i < count; i++) {
      assertEquals(pages[i], batch.page(i));
      assertEquals(zero[i], batch.isZero(i));
    }

    // And the contents go where a reader is told, in whatever pieces.
    var ram = new Ram(random.nextInt(1, 3));
    var into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
    var reader =
        new FrameReader(
            Channels.newChannel(new ByteArrayInputStream(frame.array(), 0, frame.limit())),
            checksContents);
    Frame arrived = reader.read(into, ram).orElseThrow();
    assertEquals(8 + 4 * count, arrived.payload().remaining());
    for (int i = 0; i < count; i++) {
      byte[] page = new byte[PageBatch.PAGE_BYTES];
      ram.bytes.get(pages[i] * PageBatch.PAGE_BYTES, page);
      assertArrayEquals(zero[i] ? new byte[PageBatch.PAGE_BYTES] : contents(pages[i]), page);
    }
  }

  /** On a stream that guards its bytes itself the checksum need not cover the contents again. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void damagedContentsAreFoundByTheChecksumWhereItIsToCoverThem(boolean checksContents)
      throws Exception {
    ByteBuffer frame = ByteBuffer.allocate(PageBatch.FRAME_BYTES_MAX);
    PageBatch.begin(frame, 7, 1);
    PageBatch.list(frame, 5, false);
    ByteBuffer content = ByteBuffer.wrap(contents(5));
    PageBatch.seal(frame, 0, 3, 0, List.of(content), checksContents);
    byte[] sent = new byte[frame.limit() + PageBatch.PAGE_BYTES];
    frame.get(sent, 0, frame.limit());
    content.get(sent, frame.limit(), PageBatch.PAGE_BYTES);
    sent[sent.length - 1] ^= 1;
    if (checksContents) {
      assertThrows(FrameException.class, () -> read(sent, true));
    } else {
      read(sent, false);
    }
    sent[sent.length - 1] ^= 1;
    read(sent, checksContents);
    sent[Frame.HEADER_BYTES] ^= 1; // The number of the round is of the list.
    assertThrows(FrameException.class, () -> read(sent, checksContents));
  }

  private static void read(byte[] sent, boolean checksContents) throws Exception {
    var into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
    var channel = Channels.newChannel(new ByteArrayInputStream(sent));
    assertTrue(new FrameReader(channel, checksContents).read(into, new Ram(1)).isPresent());
  }

  /** RAM that takes so many pages at a time. */
  private static final class Ram implements PageMemory {
    private final ByteBuffer bytes = ByteBuffer.allocate(GUEST_PAGES * PageBatch.PAGE_BYTES);
    private final int pagesAtATime;

    Ram(int pagesAtATime) {
      this.pagesAtATime = pagesAtATime;
    }

    @Override
    public int guestPages() {
      return GUEST_PAGES;
    }

    @Override
    public List<ByteBuffer> contents(int attempt, PageBatch pages) {
      List<ByteBuffer> places = new ArrayList<>();
      for (int i = 0; i < pages.count(); ) {
        int run = pages.isZero(i) ? 0 : 1;
        while (run > 0
            && run < pagesAtATime
            && i + run < pages.count()
            && pages.page(i + run) == pages.page(i) + run
            && !pages.isZero(i + run)) {
          run++;
        }
        int from = pages.page(i) * PageBatch.PAGE_BYTES;
        if (run > 0) {
          places.add(bytes.slice(from, run * PageBatch.PAGE_BYTES));
        }
        i += Math.max(run, 1);
      }
      return places;
    }
  }

  private static PageBatch of(ByteBuffer payload) throws FrameException {
    return PageBatch.of(payload, payload.remaining(), GUEST_PAGES);
  }

  @Test
  void pagesThatDoNotAscendAreRefused() {
    for (int[] entries : new int[][] {{5, 5}, {6, 5}, {1 << 31 | 5, 5}}) {
      ByteBuffer payload = ByteBuffer.allocate(16 + 2 * 4096).putInt(4, 2);
      payload.putInt(8, entries[0]).putInt(12, entries[1]);
      assertEquals(
          "Pages frame with page 5 behind page "
              + (entries[0] & Integer.MAX_VALUE)
              + ": they must ascend",
          cause(() -> of(payload)));
    }
  }

  private static byte[] contents(int page) {
    byte[] bytes = new byte[PageBatch.PAGE_BYTES];
    new Random(page).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aFullBatchIsAsLongAsAFrameOfPagesMayBe() {
    ByteBuffer frame = ByteBuffer.allocate(PageBatch.FRAME_BYTES_MAX);
    PageBatch.begin(frame, 1, PageBatch.PAGES_MAX);
    for (int page = 0; page < PageBatch.PAGES_MAX; page++) {
      PageBatch.list(frame, page, false);
    }
    frame.position(frame.position() + PageBatch.PAGES_MAX * PageBatch.PAGE_BYTES);
    assertFalse(frame.hasRemaining());
    assertTrue(PageBatch.FRAME_BYTES_MAX < Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 129, Integer.MAX_VALUE, 1 << 30, 1 << 29, -1, Integer.MIN_VALUE})
  void aCountThatNoFrameCanHaveIsRefused(int count) {
    ByteBuffer payload = ByteBuffer.allocate(8 + 128 * 4).putInt(4, count);
    assertEquals(
        "Pages frame with " + Integer.toUnsignedString(count) + " pages: 1 to 128 are accepted",
        cause(() -> of(payload)));
  }

  @Test
  void aPageBeyondTheGuestsRamIsRefusedByItsNumber() {
    for (int entry : new int[] {GUEST_PAGES, Integer.MAX_VALUE, 1 << 31 | GUEST_PAGES, -1}) {
      ByteBuffer payload = ByteBuffer.allocate(12).putInt(4, 1).putInt(8, entry);
      assertEquals(
          "Pages frame with page "
              + (entry & Integer.MAX_VALUE)
              + ": the guest has pages 0 to 1023",
          cause(() -> of(payload)));
    }
  }

  @Test
  void contentsThatDoNotFitTheListAreRefused() {
    ByteBuffer tooShort = ByteBuffer.allocate(12 + 4095).putInt(4, 1);
    assertEquals(
        "Pages frame of 4107 bytes where its page list makes 4108", cause(() -> of(tooShort)));
    ByteBuffer contentOfAZeroPage =
        ByteBuffer.allocate(12 + 4096).putInt(4, 1).putInt(8, Integer.MIN_VALUE);
    assertEquals(
        "Pages frame of 4108 bytes where its page list makes 12",
        cause(() -> of(contentOfAZeroPage)));
    ByteBuffer listCut = ByteBuffer.allocate(12).putInt(4, 2);
    assertEquals("Pages frame of 12 bytes for 2 pages", cause(() -> of(listCut)));
    assertEquals(
        "Pages frame with 7 bytes: 8 or more are accepted",
        cause(() -> of(ByteBuffer.allocate(7))));
  }

  @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
  void anyPayloadGivesPagesOfThisGuestOrARefusal(@ForAll long seed) {
    var random = new Random(seed);
    byte[] bytes = new byte[random.nextInt(40) + (random.nextInt(20) == 0 ? 4096 : 0)];
    random.nextBytes(bytes);
    if (bytes.length >= 8 && random.nextInt(4) > 0) {
      ByteBuffer.wrap(bytes).putInt(4, random.nextInt(4));
    }
    if (bytes.length >= 12 && random.nextBoolean()) {
      ByteBuffer.wrap(bytes).putInt(8, random.nextInt(2000) | random.nextInt() & 1 << 31);
    }
    try {
      PageBatch batch = of(ByteBuffer.wrap(bytes));
      int length = 8 + 4 * batch.count();
      for (int i = 0; i < batch.count(); i++) {
        assertTrue(batch.page(i) >= 0 && batch.page(i) < GUEST_PAGES);
        length += batch.isZero(i) ? 0 : PageBatch.PAGE_BYTES;
      }
      assertEquals(length, bytes.length);
    } catch (FrameException refused) {
      assertTrue(refused.getMessage().startsWith("Pages frame"), refused.getMessage());
    }
  }

  private static String cause(org.junit.jupiter.api.function.Executable refused) {
    return assertThrows(FrameException.class, refused).getMessage();
  }

  /** What UTF-8 can carry and a log may show. */
  private static String printable(String text) {
    String carried = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    return carried.replaceAll("\\p{Cntrl}", " ");
  }
}
