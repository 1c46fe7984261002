package landfall.nemesis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import landfall.qemustream.Recorded;
import landfall.report.Coverage;
import landfall.wire.Frame;
import landfall.wire.FrameType;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DecoderTest {

  /** What a decoder finds in a stream that arrives in chunks, as the proxy feeds it. */
  private static List<String> found(StreamDecoder decoder, byte[] stream, int chunk) {
    List<String> begins = new ArrayList<>();
    byte[] before = stream.clone();
    int position = 0;
    int limit = 0;
    while (limit < stream.length) {
      limit = (int) Math.min((long) limit + chunk, stream.length);
      var bytes = ByteBuffer.wrap(stream, position, limit - position);
      for (var piece = decoder.next(bytes);
          piece != null && bytes.hasRemaining();
          piece = decoder.next(bytes)) {
        int length = piece.length();
        assertTrue(length >= 1 && length <= bytes.remaining(), piece::toString);
        if (piece.begins() != null) {
          begins.add(
              bytes.position() + " " + piece.begins().phase() + " " + piece.begins().label());
        }
        bytes.position(bytes.position() + length);
      }
      position = bytes.position();
    }
    assertArrayEquals(before, stream);
    return begins;
  }

  private static List<String> withoutPlaces(List<String> begins) {
    return begins.stream().map(each -> each.substring(each.indexOf(' ') + 1)).toList();
  }

  // ---------------------------------------------------------------- the reference protocol

  @Test
  void phasesRoundsAndPagesOfAReferenceMigrationAreFound() {
    StreamDecoder decoder = StreamDecoder.of(Direction.FORWARD);
    assertEquals(
        List.of(
            "CONNECTED Hello",
            "FIRST_ROUND round 1",
            "LATER_ROUND round 2",
            "LATER_ROUND round 3",
            "FINAL_ROUND round 3, guest paused",
            "FINAL_ROUND round 4, guest paused",
            "DEVICE_STATE DeviceState",
            "HANDOVER Handover"),
        withoutPlaces(found(decoder, Frames.wholeMigration(), Integer.MAX_VALUE)));
    assertEquals(76, decoder.pages());
    assertTrue(decoder.carriedMemory());
  }

  @Test
  void tablesHaveThePhasesInTheirOrder() {
    assertEquals(
        Coverage.PHASES, Arrays.stream(StreamPhase.values()).map(StreamPhase::word).toList());
  }

  /** What post-copy sends to give a guest away of which nine pages are stale. */
  private static byte[] postCopy() {
    ByteBuffer state = ByteBuffer.allocate(300);
    state.putLong(-1).putInt(17).putInt(2).putLong(0xff).putLong(1L << 63);
    return new Frames()
        .frame(FrameType.HELLO)
        .pages(1, false, 4)
        .pages(77, Frame.FLAG_VERSION, 1)
        .pages(1, false, 3)
        .frame(FrameType.DEVICE_STATE, Frame.FLAG_POST_COPY, state.array())
        .frame(FrameType.HANDOVER)
        .pages(0, false, 5)
        .pages(78, Frame.FLAG_VERSION, 1)
        .pages(0, false, 2)
        .pages(0, false, 1)
        .bytes();
  }

  @Test
  void versionsAreNoRoundsAndThePushAndItsLastPagesAreFound() {
    StreamDecoder decoder = StreamDecoder.of(Direction.FORWARD);
    assertEquals(
        List.of(
            "CONNECTED Hello",
            "FIRST_ROUND round 1",
            "DEVICE_STATE DeviceState",
            "HANDOVER Handover",
            "PUSH push",
            "LAST_PAGES last pages"),
        withoutPlaces(found(decoder, postCopy(), 1_000)));
    assertEquals(17, decoder.pages());
  }

  /** Which pages lack is said in the other direction. */
  @Test
  void aConnectionInThePlaceOfALostOneHasAPushAndNoLastPages() {
    byte[] stream =
        new Frames().frame(FrameType.RECOVER).pages(0, false, 5).pages(0, false, 1).bytes();
    assertEquals(
        List.of("RECOVER Recover", "PUSH push"),
        withoutPlaces(found(StreamDecoder.of(Direction.FORWARD), stream, 1_000)));
  }

  /** Of several, only the first connection has the handover; a tracked page alone tells nothing. */
  @Test
  void onAFurtherConnectionPagesOfNoRoundAreThePush() {
    byte[] stream =
        new Frames()
            .frame(FrameType.CHANNEL)
            .pages(77, Frame.FLAG_VERSION, 1)
            .pages(1, false, 4)
            .pages(78, Frame.FLAG_VERSION, 1)
            .pages(0, false, 5)
            .pages(0, false, 1)
            .bytes();
    assertEquals(
        List.of("FIRST_ROUND round 1", "PUSH push"),
        withoutPlaces(found(StreamDecoder.of(Direction.FORWARD), stream, 1_000)));
  }

  @Test
  void aListOfPagesThatCannotBeIsNotWaitedFor() {
    for (int words : new int[] {-1, 36, 8_193, Integer.MAX_VALUE}) {
      byte[] state = ByteBuffer.allocate(300).putLong(-1).putInt(0).putInt(words).array();
      byte[] stream =
          new Frames()
              .frame(FrameType.HELLO)
              .frame(FrameType.DEVICE_STATE, Frame.FLAG_POST_COPY, state)
              .frame(FrameType.HANDOVER)
              .pages(0, false, 5)
              .pages(0, false, 5)
              .bytes();
      assertEquals(
          List.of("CONNECTED Hello", "DEVICE_STATE DeviceState", "HANDOVER Handover", "PUSH push"),
          withoutPlaces(found(StreamDecoder.of(Direction.FORWARD), stream, 1_000)));
    }
  }

  @Test
  void theAnswersOfADestinationAreFound() {
    byte[] answers =
        new Frames()
            .frame(FrameType.READY)
            .frame(FrameType.RESUMED)
            .frame(FrameType.DEMAND, 0, new byte[4])
            .frame(FrameType.PAGE_LIST, 0, new byte[12])
            .frame(FrameType.COMPLETE)
            .bytes();
    StreamDecoder decoder = StreamDecoder.of(Direction.BACK);
    assertEquals(
        List.of(
            "0 READY Ready", "24 RESUMED Resumed", "76 RECOVER PageList", "112 COMPLETE Complete"),
        found(decoder, answers, 1_000));
    assertEquals(0, decoder.pages());
  }

  @Property(tries = 60)
  void itDoesNotMatterHowAStreamIsCut(@ForAll @IntRange(min = 1, max = 70_000) int chunk) {
    byte[] stream = Frames.wholeMigration();
    assertEquals(
        found(StreamDecoder.of(Direction.FORWARD), stream, stream.length),
        found(StreamDecoder.of(Direction.FORWARD), stream, chunk));
    assertEquals(
        found(StreamDecoder.of(Direction.FORWARD), postCopy(), 1_000_000),
        found(StreamDecoder.of(Direction.FORWARD), postCopy(), chunk));
    assertEquals(
        found(StreamDecoder.of(Direction.FORWARD), qemuStream(), 100_000),
        found(StreamDecoder.of(Direction.FORWARD), qemuStream(), chunk));
  }

  @Test
  void aDamagedReferenceStreamIsGivenUpQuietly() {
    byte[] stream = Frames.wholeMigration();
    stream[24 + 28] ^= 1; // The magic of the second frame.
    assertEquals(
        List.of("CONNECTED Hello"),
        withoutPlaces(found(StreamDecoder.of(Direction.FORWARD), stream, stream.length)));
  }

  // ---------------------------------------------------------------- QEMU

  /** As QEMU 8 writes it, in small: two rounds, the last pages, one device. */
  private static byte[] qemuStream() {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    try {
      out.writeInt(0x5145564d);
      out.writeInt(3);
      out.writeByte(7); // configuration: the machine's name
      out.writeInt(4);
      out.writeBytes("virt");
      out.writeByte(1); // ram, start
      out.writeInt(2);
      name(out, "ram");
      out.writeInt(0);
      out.writeInt(4);
      out.writeLong(0x20000 | 0x04);
      name(out, "virt.ram");
      out.writeLong(0x10000);
      name(out, "virt.flash0");
      out.writeLong(0x10000);
      out.writeLong(0x10);
      footer(out);
      section(out, 2);
      page(out, "virt.ram", 0x0000);
      page(out, null, 0x1000);
      zero(out, null, 0x2000);
      page(out, "virt.flash0", 0x0000);
      out.writeLong(0x10);
      footer(out);
      section(out, 2);
      page(out, "virt.ram", 0x1000);
      out.writeLong(0x10);
      footer(out);
      section(out, 3); // ram, end: the guest is paused
      page(out, "virt.ram", 0x1000);
      page(out, null, 0x2000);
      out.writeLong(0x10);
      footer(out);
      out.writeByte(4); // a device
      out.writeInt(5);
      name(out, "timer");
      out.writeInt(0);
      out.writeInt(2);
      out.write(new byte[77]);
      return bytes.toByteArray();
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static void name(DataOutputStream out, String name) throws IOException {
    out.writeByte(name.length());
    out.writeBytes(name);
  }

  private static void section(DataOutputStream out, int type) throws IOException {
    out.writeByte(type);
    out.writeInt(2);
  }

  private static void footer(DataOutputStream out) throws IOException {
    out.writeByte(0x7e);
    out.writeInt(2);
  }

  private static void page(DataOutputStream out, String block, long address) throws IOException {
    out.writeLong(address | 0x08 | (block == null ? 0x20 : 0));
    if (block != null) {
      name(out, block);
    }
    byte[] content = new byte[4096];
    Arrays.fill(content, (byte) 0x5a);
    out.write(content);
  }

  private static void zero(DataOutputStream out, String block, long address) throws IOException {
    out.writeLong(address | 0x02 | (block == null ? 0x20 : 0));
    if (block != null) {
      name(out, block);
    }
    out.writeByte(0);
  }

  @Test
  void phasesRoundsAndPagesOfAQemuMigrationAreFound() {
    StreamDecoder decoder = StreamDecoder.of(Direction.FORWARD);
    assertEquals(
        List.of(
            "CONNECTED migration stream",
            "FIRST_ROUND round 1",
            "LATER_ROUND round 2",
            "FINAL_ROUND round 3, guest paused",
            "DEVICE_STATE device state"),
        withoutPlaces(found(decoder, qemuStream(), 100_000)));
    assertEquals(7, decoder.pages());
  }

  @Test
  void phasesOfPostCopyOfQemuAreFoundAndThoseOfItsRecovery() {
    assertEquals(
        List.of(
            "CONNECTED migration stream",
            "FIRST_ROUND round 1",
            "DEVICE_STATE device state, in a package",
            "HANDOVER run"),
        withoutPlaces(
            found(StreamDecoder.of(Direction.FORWARD), Recorded.POST_COPY.get(0), 5_000)));
    assertEquals(
        List.of("RECOVER recover", "PUSH push", "LAST_PAGES end of the pages"),
        withoutPlaces(
            found(StreamDecoder.of(Direction.FORWARD), Recorded.POST_COPY.get(1), 5_000)));
    assertEquals(
        List.of("READY pong 3, loaded", "RESUMED pong 4, runs"),
        withoutPlaces(found(StreamDecoder.of(Direction.BACK), Recorded.POST_COPY_BACK.get(0), 7))
            .stream()
            .sorted()
            .toList());
    assertEquals(
        List.of("RECOVER bitmap", "RECOVER resumes", "COMPLETE shut, every page is there"),
        withoutPlaces(
            found(StreamDecoder.of(Direction.BACK), Recorded.POST_COPY_BACK.get(1), 700)));
  }

  /** Without post-copy nothing that the destination says begins a phase: as ever. */
  @Test
  void theReturnPathOfPreCopyHasNoPhases() {
    assertEquals(List.of(), found(StreamDecoder.of(Direction.BACK), Recorded.BACK, 3));
  }

  @Test
  void aChannelOfMultifdHasItsOwnRounds() {
    StreamDecoder decoder = StreamDecoder.of(Direction.FORWARD);
    assertEquals(
        List.of("CONNECTED channel of multifd", "FIRST_ROUND round 1"),
        withoutPlaces(found(decoder, Recorded.MULTIFD.get(0), 9_000)).subList(0, 2));
    assertTrue(decoder.pages() > 0);
  }

  @Test
  void anEncryptedStreamIsKnownAsOne() {
    StreamDecoder decoder = StreamDecoder.of(Direction.FORWARD);
    assertEquals(
        List.of("0 CONNECTED encrypted stream"),
        found(decoder, new byte[] {0x16, 3, 1, 0, 9, 9, 9, 9, 9}, 4));
    assertTrue(decoder.isEncrypted());
    assertFalse(StreamDecoder.of(Direction.FORWARD).isEncrypted());
  }

  @Test
  void aSectionThatIsUnknownIsGivenUpQuietly() {
    byte[] stream = qemuStream();
    stream[8] = 0x55;
    StreamDecoder decoder = StreamDecoder.of(Direction.FORWARD);
    assertEquals(
        List.of("CONNECTED migration stream"), withoutPlaces(found(decoder, stream, 100_000)));
    assertEquals(0, decoder.pages());
  }

  // ---------------------------------------------------------------- foreign bytes

  @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
  void foreignBytesAreNeverTooMuchForIt(@ForAll long seed) {
    var random = new Random(seed);
    byte[] stream;
    int kind = random.nextInt(6);
    if (kind == 0) {
      stream = new byte[random.nextInt(2_000)];
      random.nextBytes(stream);
    } else if (kind == 1) {
      stream = new byte[8 + random.nextInt(2_000)];
      random.nextBytes(stream);
      ByteBuffer.wrap(stream)
          .putInt(random.nextBoolean() ? LandfallDecoder.MAGIC : QemuDecoder.MAGIC);
    } else {
      stream = OF_KINDS.get(kind - 2).clone();
      for (int i = random.nextInt(6); i >= 0; i--) {
        int at = 4 + random.nextInt(Math.min(stream.length - 4, 200));
        stream[at] = (byte) random.nextInt();
      }
    }
    StreamDecoder decoder =
        StreamDecoder.of(random.nextInt(4) == 0 ? Direction.BACK : Direction.FORWARD);
    found(decoder, stream, 1 + random.nextInt(8_000) + stream.length / 4);
    assertTrue(decoder.pages() >= 0);
  }

  private static final byte[] QEMU = qemuStream();
  private static final byte[] SHORT =
      new Frames().frame(FrameType.HELLO).pages(1, false, 1).frame(FrameType.HANDOVER).bytes();

  private static final List<byte[]> OF_KINDS =
      List.of(QEMU, SHORT, Recorded.POST_COPY.get(0), Recorded.POST_COPY_BACK.get(1));

  @Test
  void foreignBytesAreOnePieceWithoutMeaning() {
    byte[] stream = "GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    assertEquals(List.of(), found(StreamDecoder.of(Direction.FORWARD), stream, 5));
    assertEquals(List.of(), found(StreamDecoder.of(Direction.BACK), qemuStream(), 5_000));
  }
}
