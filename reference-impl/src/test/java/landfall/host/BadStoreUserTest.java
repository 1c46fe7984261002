package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.Place;
import landfall.forwardcheckpoint.Request;
import landfall.host.StoreAccess.Answer;
import landfall.wire.CheckpointPages;
import landfall.wire.Failure;
import landfall.wire.Frame;
import landfall.wire.FrameReader;
import landfall.wire.FrameType;
import landfall.wire.PageList;
import landfall.wire.StoreAnswer;
import landfall.wire.StoreHello;
import landfall.wire.StorePages;
import landfall.wire.StoreRequest;
import landfall.wire.StoreRequest.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a stranger or a broken host says to a store: it is told why and closed, and who keeps to
 * the protocol is served.
 */
@Timeout(120)
class BadStoreUserTest {
  private static final int DEADLINE_MILLIS = 500;
  private static final int ATTEMPT = 3;

  @TempDir private Path folder;
  private HostAddress at;
  private ForwardStore store;
  private StoreUser good;

  @BeforeEach
  void start() throws Exception {
    at = HostAddress.parse("unix:" + folder.resolve("store"));
    store =
        ForwardStore.start(
            new StoreOptions(
                at,
                folder.resolve("kept"),
                64,
                DEADLINE_MILLIS,
                Optional.empty(),
                List.of(),
                Set.of()));
    // Of another guest: it is served all the time.
    good =
        new StoreUser(
            at,
            new StoreSession(
                new UUID(9, 9), 1, StoreUser.PAGES, Place.SOURCE, Place.SOURCE, "good"),
            StoreUser.DEADLINE_MILLIS);
    good.awaitConnected();
    good.agreed(new Request.KeepPage(1), StoreUser.given(1, 1));
  }

  @AfterEach
  void theOthersAreServedOn() throws Exception {
    try {
      good.agreed(new Request.KeepPage(2), StoreUser.given(2, 2));
      good.agreed(new Request.TakeClaim(Claim.SOURCE));
      assertInstanceOf(Answer.Refused.class, good.ask(new Request.ConfirmClaim(Claim.DESTINATION)));
    } finally {
      good.close();
      store.kill();
    }
  }

  /** Speaks frames, and keeps to nothing else. */
  private static final class Stranger implements Closeable {
    private final SocketChannel channel;
    private final FrameReader reader;
    private final ByteBuffer in = ByteBuffer.allocate(1 << 16);
    private int sequence;

    Stranger(HostAddress at) throws IOException {
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(at.socket());
      reader = new FrameReader(channel);
    }

    void send(FrameType type, byte[] payload) throws IOException {
      send(Frame.encode(type, 0, ATTEMPT, sequence++, payload));
    }

    void send(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    void hello(boolean source, boolean keepsCheckpoints) throws Exception {
      var hello =
          new StoreHello(
              StoreUser.GUEST, StoreUser.PAGES, keepsCheckpoints, source, source ? "A" : "B");
      send(FrameType.STORE_HELLO, hello.toBytes());
      assertEquals(FrameType.STORE_ANSWER, reader.read(in).orElseThrow().type());
    }

    /** Why it was closed; the answers before are passed over. */
    String failure() throws Exception {
      Optional<Frame> frame = reader.read(in);
      while (frame.isPresent()) {
        if (frame.get().type() == FrameType.FAILURE) {
          return Failure.of(frame.get().payload()).cause();
        }
        frame = reader.read(in);
      }
      return "closed without a word";
    }

    StoreAnswer answer() throws Exception {
      return StoreAnswer.of(reader.read(in).orElseThrow().payload());
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private static byte[] pages(int number, int... pages) {
    List<CheckpointPages.Page> list = new ArrayList<>();
    for (int page : pages) {
      list.add(new CheckpointPages.Page(page, 0, null));
    }
    return new StorePages(number, list).toBytes();
  }

  private static byte[] request(int number, Kind kind, int argument) {
    return StoreRequest.of(number, kind, argument).toBytes();
  }

  private static byte[] commit(int number, int position, int... pages) {
    long word = 0;
    for (int page : pages) {
      word |= 1L << page;
    }
    var set = new PageList(new long[] {word});
    return new StoreRequest(number, Kind.COMMIT_PAGES, position, 0, set, new byte[0]).toBytes();
  }

  private static byte[] with(byte[] payload, int at, int value) {
    payload[at] = (byte) value;
    return payload;
  }

  /** One frame or two; the last is the wrong one. */
  private record Said(FrameType type, byte[] payload) {}

  private static Arguments said(
      boolean source, boolean keepsCheckpoints, String why, Said... said) {
    return Arguments.of(source, keepsCheckpoints, why, List.of(said));
  }

  private static Said pagesFrame(int number, int... pages) {
    return new Said(FrameType.STORE_PAGES, pages(number, pages));
  }

  private static Said asks(int number, Kind kind, int argument) {
    return new Said(FrameType.STORE_REQUEST, request(number, kind, argument));
  }

  static Stream<Arguments> whatNoHostSays() {
    return Stream.of(
        said(
            true,
            false,
            "Demand frame of attempt 3 with flags 0 out of place",
            new Said(FrameType.DEMAND, new byte[4])),
        said(
            true,
            false,
            "StoreHello frame of attempt 3 with flags 0 out of place",
            new Said(FrameType.STORE_HELLO, new byte[30])),
        said(
            true,
            false,
            "StoreRequest frame of 3 bytes: it has a head of 13",
            new Said(FrameType.STORE_REQUEST, new byte[3])),
        said(
            true,
            false,
            "StoreRequest frame of unknown kind 9: kinds 0 to 8 are accepted",
            new Said(FrameType.STORE_REQUEST, with(request(1, Kind.GIVE_IMAGE, 0), 4, 9))),
        said(
            true,
            false,
            "StoreRequest frame of number 0: 1 or more is accepted",
            asks(0, Kind.TAKE_CLAIM, 1)),
        said(
            true,
            false,
            "StoreRequest frame for TakeClaim with 3 where 1 (the source) or 2 (the destination) is"
                + " accepted",
            asks(1, Kind.TAKE_CLAIM, 3)),
        said(
            false,
            false,
            "StoreRequest frame for GivePage with 17 where a page from 0 to 16 is accepted",
            asks(1, Kind.GIVE_PAGE, 17)),
        said(true, false, "TakeClaim is not asked by the source", asks(1, Kind.TAKE_CLAIM, 2)),
        said(true, false, "GivePage is not asked by the source", asks(1, Kind.GIVE_PAGE, 1)),
        said(false, true, "GiveImage is not asked by the destination", asks(1, Kind.GIVE_IMAGE, 0)),
        said(
            true,
            false,
            "GiveImage where checkpoints go to the source, and not to the store",
            asks(1, Kind.GIVE_IMAGE, 0)),
        said(
            true,
            false,
            "KeepPage does not go with the contents that came before it",
            asks(1, Kind.KEEP_PAGE, 1)),
        said(
            true,
            false,
            "KeepPage does not go with the contents that came before it",
            pagesFrame(1, 2, 3),
            asks(1, Kind.KEEP_PAGE, 3)),
        said(
            false,
            true,
            "CommitPages does not go with the contents that came before it",
            pagesFrame(1, 2, 3),
            new Said(FrameType.STORE_REQUEST, commit(1, 1, 2))),
        said(
            true,
            false,
            "ConfirmClaim does not go with the contents that came before it",
            pagesFrame(1, 2),
            asks(1, Kind.CONFIRM_CLAIM, 2)),
        said(
            true,
            false,
            "StoreRequest frame of number 2 where one behind 0 is due",
            pagesFrame(1, 2),
            asks(2, Kind.KEEP_PAGE, 2)),
        said(
            true,
            false,
            "StoreRequest frame of number 4 where one behind 4 is due",
            asks(4, Kind.TAKE_CLAIM, 1),
            asks(4, Kind.TAKE_CLAIM, 1)),
        said(
            false,
            false,
            "StorePages frame with more pages than a request of the destination has: at most 0 are"
                + " accepted",
            pagesFrame(1, 1)),
        said(
            false,
            true,
            "StorePages frame with page 1 behind page 1: they must ascend",
            pagesFrame(1, 1),
            pagesFrame(1, 1)),
        said(
            true,
            false,
            "StorePages frame with page 16 of version 0 behind page -1: the guest has pages 0 to 15,"
                + " and they must ascend",
            pagesFrame(1, 16)));
  }

  /** A store has room for one frame of pages that are not kept yet. */
  @Test
  void aSourceSendsOneFrameOfPagesWithARequest() throws Exception {
    int pages = 2 * CheckpointPages.PAGES_MAX;
    var hello = new StoreHello(StoreUser.GUEST, pages, false, true, "A");
    try (var stranger = new Stranger(at)) {
      stranger.send(FrameType.STORE_HELLO, hello.toBytes());
      assertTrue(stranger.answer().agreed());
      int[] first = IntStream.range(0, CheckpointPages.PAGES_MAX).toArray();
      stranger.send(FrameType.STORE_PAGES, pages(1, first));
      stranger.send(FrameType.STORE_REQUEST, request(1, Kind.KEEP_PAGE, 0));
      assertTrue(stranger.answer().agreed());
      stranger.send(FrameType.STORE_PAGES, pages(2, first));
      stranger.send(FrameType.STORE_PAGES, pages(2, CheckpointPages.PAGES_MAX));
      assertEquals(
          "StorePages frame with more pages than a request of the source has: at most 128 are"
              + " accepted",
          stranger.failure());
    }
  }

  @ParameterizedTest(name = "{2}")
  @MethodSource
  void whatNoHostSays(boolean source, boolean keepsCheckpoints, String why, List<Said> said)
      throws Exception {
    try (var stranger = new Stranger(at)) {
      stranger.hello(source, keepsCheckpoints);
      for (Said each : said) {
        stranger.send(each.type(), each.payload());
      }
      assertEquals(why, stranger.failure());
    }
  }

  static Stream<Arguments> firstWordsOfNoHost() {
    byte[] hello = new StoreHello(StoreUser.GUEST, StoreUser.PAGES, false, true, "A").toBytes();
    byte[] noPages = hello.clone();
    ByteBuffer.wrap(noPages).putInt(16, 0);
    byte[] manyPages = hello.clone();
    ByteBuffer.wrap(manyPages).putInt(16, Integer.MAX_VALUE);
    ByteBuffer tooLong = Frame.encode(FrameType.STORE_HELLO, 0, ATTEMPT, 0, hello);
    tooLong.putInt(16, Integer.MAX_VALUE);
    ByteBuffer longFirst = Frame.encode(FrameType.STORE_HELLO, 0, ATTEMPT, 0, new byte[5000]);
    ByteBuffer damaged = Frame.encode(FrameType.STORE_HELLO, 0, ATTEMPT, 0, hello);
    damaged.put(40, (byte) (damaged.get(40) ^ 1));
    return Stream.of(
        Arguments.of(
            "Hello frame where StoreHello is due: this is a store",
            Frame.encode(FrameType.HELLO, 0, ATTEMPT, 0, new byte[40])),
        Arguments.of(
            "StoreHello frame of attempt 0 with flags 0 out of place",
            Frame.encode(FrameType.STORE_HELLO, 0, 0, 0, hello)),
        Arguments.of(
            "StoreHello frame for a guest of 0 pages: 1 to 4194303 are accepted",
            Frame.encode(FrameType.STORE_HELLO, 0, ATTEMPT, 0, noPages)),
        Arguments.of(
            "StoreHello frame for a guest of 2147483647 pages: 1 to 4194303 are accepted",
            Frame.encode(FrameType.STORE_HELLO, 0, ATTEMPT, 0, manyPages)),
        Arguments.of(
            "StoreHello frame with bits that have no meaning: 255",
            Frame.encode(FrameType.STORE_HELLO, 0, ATTEMPT, 0, with(hello.clone(), 20, 255))),
        Arguments.of("payload of 2147483647 bytes: at most 1048576 are accepted", tooLong),
        Arguments.of("first frame of 5000 bytes: at most 1024 are accepted", longFirst),
        Arguments.of("StoreHello frame is damaged: its checksum does not match", damaged),
        Arguments.of(
            "not a frame: it starts with 0x47455420, not 0x4c46524d",
            ByteBuffer.wrap("GET / HTTP/1.1\r\nHost: store\r\n\r\n".getBytes())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void firstWordsOfNoHost(String why, ByteBuffer said) throws Exception {
    try (var stranger = new Stranger(at)) {
      stranger.send(said);
      assertEquals(why, stranger.failure());
    }
  }

  @Test
  void whoSaysNothingIsClosedAndSoIsWhoSaysHalf() throws Exception {
    var hello = new StoreHello(StoreUser.GUEST, StoreUser.PAGES, false, true, "A").toBytes();
    ByteBuffer half = Frame.encode(FrameType.STORE_HELLO, 0, ATTEMPT, 0, hello);
    half.limit(half.limit() - 3);
    try (var silent = new Stranger(at);
        var begun = new Stranger(at)) {
      begun.send(half);
      assertEquals("closed without a word", silent.failure());
      assertEquals(-1, begun.channel.read(ByteBuffer.allocate(1)));
    }
  }

  @Test
  void aCrowdOfStrangersKeepsNobodyOut() throws Exception {
    List<Stranger> crowd = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        crowd.add(new Stranger(at));
      }
      try (StoreUser late = StoreUser.of(at, Place.SOURCE, Place.SOURCE, ATTEMPT)) {
        late.agreed(new Request.KeepPage(1), StoreUser.given(1, 1));
      }
    } finally {
      for (Stranger each : crowd) {
        each.close();
      }
    }
  }

  /** What it would be told does not pile up: it is read no further. */
  @Test
  void whoAsksAndNeverReadsIsClosed() throws Exception {
    try (StoreUser source = StoreUser.of(at, Place.SOURCE, Place.SOURCE, ATTEMPT)) {
      source.copyAll(7);
    }
    try (var greedy = new Stranger(at)) {
      greedy.hello(false, false);
      var sent = new ByteArrayOutputStream();
      greedy.channel.configureBlocking(false);
      long end = System.nanoTime() + 20_000_000_000L;
      int number = 0;
      boolean closed = false;
      while (!closed && System.nanoTime() < end) {
        try {
          ByteBuffer frame =
              Frame.encode(
                  FrameType.STORE_REQUEST,
                  0,
                  ATTEMPT,
                  greedy.sequence++,
                  request(++number, Kind.GIVE_PAGE, 1));
          while (frame.hasRemaining() && System.nanoTime() < end) {
            sent.write(new byte[greedy.channel.write(frame)]);
          }
        } catch (IOException reset) {
          closed = true;
        }
      }
      assertTrue(closed, "it goes on");
      // Far less than all that it asked for would have been in memory.
      assertTrue(sent.size() < 16 << 20, "it was read " + sent.size() + " bytes");
    }
  }

  @Test
  void aCommitThatIsCutOffIsNoCommit() throws Exception {
    try (StoreUser source = StoreUser.of(at, Place.SOURCE, Place.STORE, ATTEMPT)) {
      source.copyAll(1);
      source.agreed(new Request.StartCheckpoints(4), StoreUser.given("at 4", 0));
      try (var cut = new Stranger(at)) {
        cut.hello(false, true);
        cut.send(FrameType.STORE_PAGES, pages(1, 1, 2, 3));
        ByteBuffer request =
            Frame.encode(FrameType.STORE_REQUEST, 0, ATTEMPT, cut.sequence, commit(1, 5, 1, 2, 3));
        request.limit(request.limit() - 1);
        cut.send(request);
      }
      try (var next = new Stranger(at)) {
        next.hello(false, true);
        next.send(FrameType.STORE_REQUEST, request(1, Kind.CONFIRM_CLAIM, 1));
        assertEquals("nobody has the claim", next.answer().why());
      }
      StoreUser.Image image = source.image();
      assertEquals(4, image.position());
      assertEquals(Set.of(1L), Set.copyOf(image.pages().values()));
    }
  }

  @Test
  void rubbishOfAnyKindEndsInAWordOrAnEnd() throws Exception {
    var random = new Random(7);
    for (int i = 0; i < 150; i++) {
      try (var stranger = new Stranger(at)) {
        stranger.hello(i % 2 == 0, true);
        byte[] payload = new byte[random.nextInt(200)];
        random.nextBytes(payload);
        if (payload.length > 4) {
          ByteBuffer.wrap(payload).putInt(0, 1 + random.nextInt(3));
        }
        var type = random.nextBoolean() ? FrameType.STORE_PAGES : FrameType.STORE_REQUEST;
        stranger.send(type, payload);
        stranger.send(FrameType.COMPLETE, new byte[8]);
        String why = stranger.failure();
        assertTrue(why.contains("frame") || why.contains("does not go with"), why);
      }
    }
  }
}
