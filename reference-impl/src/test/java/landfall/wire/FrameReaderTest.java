package landfall.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {
  /** Reused: a megabyte for each of many thousand cases would only measure the collector. */
  private final ByteBuffer into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);

  record Sent(FrameType type, int flags, int attempt, byte[] payload) {
    byte[] encoded(int sequence) {
      return Frame.encode(type, flags, attempt, sequence, payload).array();
    }
  }

  @Provide
  Arbitrary<Sent> sent() {
    return net.jqwik.api.Combinators.combine(
            Arbitraries.of(FrameType.class),
            Arbitraries.integers().between(0, 0xffff),
            Arbitraries.integers(),
            Arbitraries.bytes().array(byte[].class).ofMaxSize(200))
        .as(Sent::new);
  }

  // ---------------------------------------------------------------- what was sent arrives

  @Property(tries = 1_000)
  void framesArriveAsTheyWereSentHoweverTheStreamIsCut(
      @ForAll("frames") @Size(max = 6) List<Sent> frames,
      @ForAll @IntRange(min = 1, max = 300) int chunk)
      throws Exception {
    var stream = new ByteArrayOutputStream();
    for (int i = 0; i < frames.size(); i++) {
      stream.write(frames.get(i).encoded(i));
    }
    var reader = new FrameReader(new Chunks(stream.toByteArray(), chunk));
    for (int i = 0; i < frames.size(); i++) {
      Frame frame = reader.read(into).orElseThrow();
      Sent sent = frames.get(i);
      assertEquals(sent.type(), frame.type());
      assertEquals(sent.flags(), frame.flags());
      assertEquals(sent.attempt(), frame.attempt());
      assertEquals(i, frame.sequence());
      assertArrayEquals(sent.payload(), bytes(frame.payload()));
    }
    assertEquals(Optional.empty(), reader.read(into));
    assertEquals(stream.size(), reader.bytesRead());
  }

  @Provide
  Arbitrary<List<Sent>> frames() {
    return sent().list();
  }

  @ParameterizedTest
  @EnumSource(FrameType.class)
  void everyTypeArrivesUnderItsNumberOnTheWire(FrameType type) throws Exception {
    byte[] encoded = Frame.encode(type, 0, 1, 0, new byte[0]).array();
    assertEquals(type.ordinal() + 1, encoded[5]);
    assertEquals(type, reader(encoded).read(into).orElseThrow().type());
  }

  @Test
  void theHeaderHasTheLayoutOfTheDocument() {
    ByteBuffer frame = Frame.encode(FrameType.PAGES, 0x0203, 0x04050607, 0x08090a0b, new byte[5]);
    assertEquals(0x4C46524D, frame.getInt(0));
    assertEquals(3, frame.get(4));
    assertEquals(2, frame.get(5));
    assertEquals(0x0203, frame.getShort(6));
    assertEquals(0x04050607, frame.getInt(8));
    assertEquals(0x08090a0b, frame.getInt(12));
    assertEquals(5, frame.getInt(16));
    var crc = new java.util.zip.CRC32C();
    crc.update(frame.array(), 0, 20);
    crc.update(frame.array(), 24, 5);
    assertEquals((int) crc.getValue(), frame.getInt(20));
  }

  @Test
  void theLongestPayloadPassesAndALongerOneCannotBeSent() throws Exception {
    byte[] longest = new byte[Frame.PAYLOAD_BYTES_MAX];
    new Random(1).nextBytes(longest);
    Frame frame =
        reader(Frame.encode(FrameType.DEVICE_STATE, 0, 1, 0, longest).array())
            .read(into)
            .orElseThrow();
    assertArrayEquals(longest, bytes(frame.payload()));
    assertThrows(
        IllegalArgumentException.class,
        () -> Frame.encode(FrameType.PAGES, 0, 1, 0, new byte[Frame.PAYLOAD_BYTES_MAX + 1]));
  }

  @Test
  void aFlagIsThereOnlyIfAllItsBitsAre() {
    var frame = new Frame(FrameType.PAGES, 1, 1, 0, ByteBuffer.allocate(0));
    assertTrue(frame.has(Frame.FLAG_GUEST_PAUSED));
    assertTrue(!frame.has(Frame.FLAG_STOPPED_BY_OPERATOR));
    assertTrue(!frame.has(3));
  }

  // ---------------------------------------------------------------- what was not sent does not

  @Property(tries = 500)
  void everyTruncationIsRefusedWithWhatMisses(@ForAll("sent") Sent sent) throws IOException {
    byte[] whole = sent.encoded(0);
    for (int length = 1; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      String cause = refused(cut);
      String part = length < Frame.HEADER_BYTES ? "header" : "payload";
      int missing = (length < Frame.HEADER_BYTES ? Frame.HEADER_BYTES : whole.length) - length;
      assertEquals(
          "stream ends inside of a frame: " + missing + " " + part + " bytes are missing", cause);
    }
  }

  @Property(tries = 60, shrinking = ShrinkingMode.OFF)
  void everyFlippedBitIsRefused(@ForAll("sent") Sent sent) throws IOException {
    byte[] bytes = sent.encoded(0);
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      String cause = refused(bytes);
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      if (bit / 8 < 4) {
        assertTrue(cause.startsWith("not a frame: it starts with 0x"), cause);
      } else if (bit / 8 == 4) {
        assertTrue(cause.endsWith(": version 3 is accepted"), cause);
      } else if (bit / 8 >= Frame.HEADER_BYTES || bit / 8 >= 6 && bit / 8 < 16) {
        assertTrue(cause.endsWith(" frame is damaged: its checksum does not match"), cause);
      }
    }
  }

  @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
  void foreignBytesAreRefusedAndNothingElseHappens(@ForAll long seed) throws IOException {
    var random = new Random(seed);
    byte[] bytes;
    if (random.nextInt(4) == 0) {
      bytes = new byte[1 + random.nextInt(100)];
      random.nextBytes(bytes);
    } else {
      // A frame with some fields overwritten gets further than noise does.
      bytes =
          new Sent(
                  FrameType.values()[random.nextInt(7)],
                  random.nextInt(4),
                  random.nextInt(5),
                  new byte[random.nextInt(64)])
              .encoded(0);
      byte[] before = bytes.clone();
      while (Arrays.equals(before, bytes)) {
        int at = random.nextInt(bytes.length);
        int length = 1 + random.nextInt(Math.min(8, bytes.length - at));
        for (int i = at; i < at + length; i++) {
          bytes[i] = (byte) random.nextInt();
        }
      }
    }
    assertTrue(!refused(bytes).isBlank());
  }

  @ParameterizedTest
  @ValueSource(ints = {Frame.PAYLOAD_BYTES_MAX + 1, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
  void anOversizedLengthIsRefusedBeforeAnyOfThePayloadIsRead(int length) throws Exception {
    byte[] bytes = Frame.encode(FrameType.PAGES, 0, 1, 0, new byte[100]).array();
    ByteBuffer.wrap(bytes).putInt(16, length);
    var reader = reader(bytes);
    FrameException refused = assertThrows(FrameException.class, () -> reader.read(into));
    assertEquals(
        "payload of " + Integer.toUnsignedString(length) + " bytes: at most 1048576 are accepted",
        refused.getMessage());
    assertEquals(Frame.HEADER_BYTES, reader.bytesRead());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 255})
  void anotherVersionIsRefusedByItsNumber(int version) throws IOException {
    byte[] bytes = Frame.encode(FrameType.HELLO, 0, 1, 0, new byte[28]).array();
    bytes[4] = (byte) version;
    assertEquals("frame of version " + version + ": version 3 is accepted", refused(bytes));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 25, 128, 255})
  void anUnknownTypeIsRefusedByItsNumber(int type) throws IOException {
    byte[] bytes = Frame.encode(FrameType.HELLO, 0, 1, 0, new byte[28]).array();
    bytes[5] = (byte) type;
    assertEquals("frame of unknown type " + type + ": types 1 to 24 are accepted", refused(bytes));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1, 2, Integer.MAX_VALUE})
  void aFrameThatIsNotTheNextIsRefused(int sequence) throws IOException {
    byte[] bytes = Frame.encode(FrameType.HANDOVER, 0, 1, sequence, new byte[0]).array();
    assertEquals("Handover frame has sequence " + sequence + " where 0 is due", refused(bytes));
  }

  @Test
  void aFrameThatComesTwiceIsRefused() throws Exception {
    byte[] once = Frame.encode(FrameType.HANDOVER, 0, 1, 0, new byte[0]).array();
    byte[] twice = Arrays.copyOf(once, 2 * once.length);
    System.arraycopy(once, 0, twice, once.length, once.length);
    var reader = reader(twice);
    assertEquals(FrameType.HANDOVER, reader.read(into).orElseThrow().type());
    FrameException refused = assertThrows(FrameException.class, () -> reader.read(into));
    assertEquals("Handover frame has sequence 0 where 1 is due", refused.getMessage());
  }

  @Test
  void aChannelThatFailsIsNotTakenForADamagedFrame() {
    var reader =
        new FrameReader(
            new Chunks(new byte[10], 10) {
              @Override
              public int read(ByteBuffer into) throws IOException {
                throw new IOException("reset");
              }
            });
    assertEquals("reset", assertThrows(IOException.class, () -> reader.read(into)).getMessage());
  }

  private String refused(byte[] bytes) throws IOException {
    try {
      Optional<Frame> frame = reader(bytes).read(into);
      throw new AssertionError("taken for a frame: " + frame);
    } catch (FrameException refused) {
      return refused.getMessage();
    }
  }

  private static FrameReader reader(byte[] bytes) {
    return new FrameReader(new Chunks(bytes, Integer.MAX_VALUE));
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
