package landfall.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What binds connections together, and the order of frames that come on several. */
class ChannelPayloadTest {
  private static final Token TOKEN = new Token(1, 2);

  private static String cause(Executable refused) {
    return assertThrows(FrameException.class, refused).getMessage();
  }

  @Property
  void aChannelArrivesAsItWasSentAndInFrontOfAnotherPayload(
      @ForAll @IntRange(max = 255) int number,
      @ForAll boolean urgent,
      @ForAll long first,
      @ForAll long second)
      throws Exception {
    var channel = new Channel(number, new Token(first, second));
    assertEquals(channel, Channel.of(ByteBuffer.wrap(channel.toBytes())));
    ByteBuffer payload = ByteBuffer.wrap(channel.before(new byte[] {7, 8}));
    int fewest = urgent ? 1 : 2;
    if (number >= fewest && number <= 16) {
      assertEquals(channel, Channel.announced(payload, "Hello", urgent));
      assertEquals(ByteBuffer.wrap(new byte[] {7, 8}), payload);
    } else {
      assertEquals(
          "Hello frame of a link of " + number + " channels: " + fewest + " to 16 are accepted",
          cause(() -> Channel.announced(payload, "Hello", urgent)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16})
  void aShortOneIsRefused(int length) {
    byte[] cut = Arrays.copyOf(new Channel(1, TOKEN).toBytes(), length);
    assertEquals(
        "Channel frame with " + length + " bytes: the number and the token of a channel have 17",
        cause(() -> Channel.of(ByteBuffer.wrap(cut))));
    assertEquals(
        "Recover frame with " + length + " bytes: the number and the token of a channel have 17",
        cause(() -> Channel.announced(ByteBuffer.wrap(cut), "Recover", true)));
  }

  @Test
  void whatStandsBehindTheTokenIsRefused() {
    assertEquals(
        "Channel frame with 2 bytes behind its token",
        cause(() -> Channel.of(ByteBuffer.wrap(new Channel(1, TOKEN).before(new byte[2])))));
  }

  // ---------------------------------------------------------------- turns

  /** Frames are dealt out to readers in any way, and the readers are asked in any order. */
  @Property
  void readersThatShareNumbersReadOneSequence(
      @ForAll @Size(max = 60) List<@IntRange(max = 3) Integer> dealt,
      @ForAll @IntRange(min = 1, max = 40) int chunk)
      throws Exception {
    List<FrameReader> readers = new ArrayList<>();
    List<ByteBuffer> buffers = new ArrayList<>();
    for (int reader = 0; reader < 4; reader++) {
      ByteBuffer stream = ByteBuffer.allocate(60 * (Frame.HEADER_BYTES + 4));
      for (int i = 0; i < dealt.size(); i++) {
        if (dealt.get(i) == reader) {
          stream.put(Frame.encode(FrameType.HELLO, 0, 1, i, new byte[i % 5]));
        }
      }
      readers.add(
          new FrameReader(new Chunks(Arrays.copyOf(stream.array(), stream.position()), chunk)));
      buffers.add(ByteBuffer.allocate(Frame.HEADER_BYTES + 4));
      if (reader > 0) {
        readers.get(reader).share(readers.get(0));
      }
    }
    int next = 0;
    int idle = 0;
    for (int asked = 0; idle < readers.size(); asked = (asked + 1) % readers.size()) {
      Optional<Frame> frame = readers.get(asked).read(buffers.get(asked));
      idle = frame.isPresent() ? 0 : idle + 1;
      if (frame.isPresent()) {
        assertEquals(next++, frame.get().sequence());
      }
    }
    assertEquals(dealt.size(), next);
    assertTrue(readers.stream().noneMatch(FrameReader::awaitsTurn));
  }

  @Test
  void ofAFrameThatComesTooEarlyOnlyTheHeaderIsRead() throws Exception {
    var first = new FrameReader(new Chunks(new byte[0], 1));
    byte[] early = Frame.encode(FrameType.HELLO, 0, 1, 1, new byte[30]).array();
    var second = new FrameReader(new Chunks(early, early.length));
    second.share(first);
    assertEquals(Optional.empty(), second.read(ByteBuffer.allocate(100)));
    assertTrue(second.awaitsTurn());
    assertEquals(Frame.HEADER_BYTES, second.bytesRead());
  }

  /** Its pages would be taken for those of the other one. */
  @Test
  void aFrameThatIsReadOnAnotherChannelIsRefusedBeforeItsPayload() throws Exception {
    byte[] bytes = Frame.encode(FrameType.HELLO, 0, 1, 0, new byte[30]).array();
    var first = new FrameReader(new Paused(bytes, 40));
    var second = new FrameReader(new Chunks(bytes, 100));
    second.share(first);
    assertEquals(Optional.empty(), first.read(ByteBuffer.allocate(100)));
    assertEquals(
        "Hello frame has sequence 0, which comes on another channel",
        cause(() -> second.read(ByteBuffer.allocate(100))));
    assertEquals(Frame.HEADER_BYTES, second.bytesRead());
  }

  /** A stream of which so much has arrived. */
  private static final class Paused extends Chunks {
    private int left;

    Paused(byte[] bytes, int arrived) {
      super(bytes, bytes.length);
      left = arrived;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
      ByteBuffer some = into.slice(into.position(), Math.min(left, into.remaining()));
      if (!some.hasRemaining()) {
        return 0;
      }
      int count = super.read(some);
      into.position(into.position() + count);
      left -= count;
      return count;
    }
  }

  @Test
  void aFrameThatCameAlreadyIsRefused() throws Exception {
    byte[] bytes = Frame.encode(FrameType.HELLO, 0, 1, 0, new byte[3]).array();
    var first = new FrameReader(new Chunks(bytes, 100));
    var second = new FrameReader(new Chunks(bytes, 100));
    second.share(first);
    assertTrue(first.read(ByteBuffer.allocate(100)).isPresent());
    assertEquals(
        "Hello frame has sequence 0 where 1 is due",
        cause(() -> second.read(ByteBuffer.allocate(100))));
  }
}
