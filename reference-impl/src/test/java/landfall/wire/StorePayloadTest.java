package landfall.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import landfall.wire.StoreRequest.Kind;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the frames between a host and a store carry. */
class StorePayloadTest {
  private static final int PAGES = 100;

  private interface Reader<T> {
    T of(ByteBuffer payload) throws FrameException;
  }

  /** It is read as it was written; cut short or with a byte more it is another, or refused. */
  private static <T> void survives(T written, byte[] payload, Reader<T> reader, boolean ends)
      throws FrameException {
    assertEquals(written, reader.of(ByteBuffer.wrap(payload)));
    for (int length = 0; length < payload.length; length++) {
      ByteBuffer cut = ByteBuffer.wrap(payload, 0, length);
      if (ends) {
        assertThrows(FrameException.class, () -> reader.of(cut), "cut to " + length);
      }
    }
    if (ends) {
      ByteBuffer more = ByteBuffer.allocate(payload.length + 1).put(payload).rewind();
      assertThrows(FrameException.class, () -> reader.of(more));
    }
  }

  @Test
  void aHelloIsReadAsItWasWritten() throws FrameException {
    for (boolean keeps : new boolean[] {false, true}) {
      for (boolean source : new boolean[] {false, true}) {
        var hello = new StoreHello(new UUID(1, 2), 4096, keeps, source, "A");
        survives(hello, hello.toBytes(), StoreHello::of, true);
      }
    }
  }

  private static StoreRequest request(Kind kind, long seed) {
    var random = new Random(seed);
    int argument =
        switch (kind) {
          case KEEP_PAGE, GIVE_PAGE -> random.nextInt(PAGES + 1);
          case START_CHECKPOINTS, COMMIT_PAGES -> random.nextInt(1000);
          case TAKE_CLAIM, CONFIRM_CLAIM -> 1 + random.nextInt(2);
          case CONFIRM_COPIES, GIVE_IMAGE, RELEASE -> 0;
        };
    boolean set = kind == Kind.CONFIRM_COPIES || kind == Kind.COMMIT_PAGES;
    boolean stated =
        kind == Kind.KEEP_PAGE || kind == Kind.START_CHECKPOINTS || kind == Kind.COMMIT_PAGES;
    byte[] state = new byte[stated ? random.nextInt(30) : 0];
    random.nextBytes(state);
    return new StoreRequest(
        1 + random.nextInt(1000),
        kind,
        argument,
        stated ? random.nextInt(50) : 0,
        new PageList(set ? new long[] {random.nextLong(), random.nextInt(16)} : new long[0]),
        state);
  }

  @ParameterizedTest
  @EnumSource
  void aRequestOfEachKindIsReadAsItWasWritten(Kind kind) throws FrameException {
    for (long seed = 0; seed < 20; seed++) {
      StoreRequest written = request(kind, seed);
      byte[] payload = written.toBytes();
      boolean ends =
          kind != Kind.KEEP_PAGE && kind != Kind.START_CHECKPOINTS && kind != Kind.COMMIT_PAGES;
      survives(written, payload, in -> StoreRequest.of(in, PAGES), ends);
    }
  }

  /** A field that the kind has not must be empty: nobody knows what it would mean. */
  @ParameterizedTest
  @EnumSource
  void whatAKindHasNotIsRefused(Kind kind) {
    boolean stated =
        kind == Kind.KEEP_PAGE || kind == Kind.START_CHECKPOINTS || kind == Kind.COMMIT_PAGES;
    byte[] version = request(kind, 1).toBytes();
    ByteBuffer.wrap(version).putInt(9, stated ? -1 : 1);
    byte[] argument = request(kind, 1).toBytes();
    boolean position = kind == Kind.START_CHECKPOINTS || kind == Kind.COMMIT_PAGES;
    ByteBuffer.wrap(argument).putInt(5, position ? -1 : PAGES + 1);
    for (byte[] bad : List.of(version, argument)) {
      var refused =
          assertThrows(FrameException.class, () -> StoreRequest.of(ByteBuffer.wrap(bad), PAGES));
      assertTrue(
          refused.getMessage().startsWith("StoreRequest frame for " + kind.title()),
          refused.getMessage());
    }
  }

  @Test
  void aSetMayHaveTheStateAndNothingBeyond() throws FrameException {
    for (int page = PAGES; page < PAGES + 20; page++) {
      var words = new long[] {0, 1L << (page - 64)};
      byte[] payload =
          new StoreRequest(1, Kind.CONFIRM_COPIES, 0, 0, new PageList(words), new byte[0])
              .toBytes();
      if (page == PAGES) {
        StoreRequest.of(ByteBuffer.wrap(payload), PAGES);
      } else {
        assertThrows(FrameException.class, () -> StoreRequest.of(ByteBuffer.wrap(payload), PAGES));
      }
    }
  }

  @Test
  void theLongestStateAndSetFitIntoAFrameAndALongerStateIsRefused() {
    var words = new long[(StoreHello.PAGES_MAX + 1) / 64];
    byte[] payload =
        new StoreRequest(
                1,
                Kind.COMMIT_PAGES,
                1,
                0,
                new PageList(words),
                new byte[StoreRequest.STATE_BYTES_MAX])
            .toBytes();
    assertTrue(payload.length <= Frame.PAYLOAD_BYTES_MAX, payload.length + " bytes");
    ByteBuffer more = ByteBuffer.allocate(payload.length + 1).put(payload).rewind();
    var refused =
        assertThrows(FrameException.class, () -> StoreRequest.of(more, StoreHello.PAGES_MAX));
    assertEquals(
        "StoreRequest frame for CommitPages with a state of 262145 bytes: at most 262144 are"
            + " accepted",
        refused.getMessage());
  }

  @Property(tries = 50)
  void pagesAreReadAsTheyWereWritten(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int count) throws FrameException {
    var random = new Random(seed);
    List<CheckpointPages.Page> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] content = new byte[PageBatch.PAGE_BYTES];
      random.nextBytes(content);
      pages.add(
          new CheckpointPages.Page(
              5 * i, random.nextInt(9), random.nextBoolean() ? ByteBuffer.wrap(content) : null));
    }
    var written = new StorePages(1 + random.nextInt(100), pages);
    byte[] payload = written.toBytes();
    assertEquals(written, StorePages.of(ByteBuffer.wrap(payload), PAGES));
    ByteBuffer cut = ByteBuffer.wrap(payload, 0, random.nextInt(payload.length));
    var refused = assertThrows(FrameException.class, () -> StorePages.of(cut, PAGES));
    assertTrue(refused.getMessage().startsWith("StorePages frame"), refused.getMessage());
  }

  @Test
  void anAnswerIsReadAsItWasWritten() throws FrameException {
    for (StoreAnswer answer :
        List.of(
            StoreAnswer.yes(0, 0),
            StoreAnswer.yes(7, 2),
            StoreAnswer.no(8, 1, "the source has the claim"),
            new StoreAnswer(9, true, 1, 40, 6, new byte[] {1, 2}))) {
      survives(answer, answer.toBytes(), StoreAnswer::of, false);
    }
    assertEquals("a b", StoreAnswer.no(1, 0, "a\nb").why());
  }

  @Test
  void anAnswerOfNoMeaningIsRefused() {
    for (int[] change : new int[][] {{0, -1}, {4, 2}, {5, 3}, {6, -1}, {10, -1}}) {
      byte[] payload = StoreAnswer.yes(1, 0).toBytes();
      payload[change[0]] = (byte) change[1];
      assertThrows(
          FrameException.class,
          () -> StoreAnswer.of(ByteBuffer.wrap(payload)),
          () -> "byte " + change[0]);
    }
    byte[] head = StoreAnswer.yes(1, 0).toBytes();
    assertThrows(FrameException.class, () -> StoreAnswer.of(ByteBuffer.wrap(head, 0, 13)));
    byte[] talk = StoreAnswer.no(1, 0, "x".repeat(5000)).toBytes();
    assertTrue(talk.length < 1100, talk.length + " bytes");
  }
}
