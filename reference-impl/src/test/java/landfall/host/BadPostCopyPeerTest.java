package landfall.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import landfall.machine.Machine;
import landfall.wire.Demand;
import landfall.wire.Frame;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.PageBatch;
import landfall.wire.PageList;
import landfall.wire.SplitState;
import landfall.wire.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever the other side sends in post-copy, the guest stays one, and its pages are not harmed.
 */
class BadPostCopyPeerTest extends HostTest {
  private static final int RAM_BYTES = 4 << 20;
  private static final int PAGES = RAM_BYTES / PageBatch.PAGE_BYTES;
  private static final byte[] NOTHING = {};

  /** The list of every page. */
  private static final long[] ALL = new long[PAGES / 64];

  static {
    java.util.Arrays.fill(ALL, -1L);
  }

  /** Adds 1 to x3 for ever. */
  private static final int[] LOOP = {0x0011_8193, 0xffdf_f06f};

  private static RunningHost allowing(RunningHost host) throws Exception {
    host.operator.execute(
        "migrate-set-capabilities",
        Map.of("capabilities", List.of(Map.of("capability", "postcopy-ram", "state", true))));
    return host;
  }

  private static void awaitStatus(RunningHost host, String status) throws Exception {
    Conditions.await(status, () -> host.operator.migration().equals(status));
  }

  // ---------------------------------------------------------------- a bad destination

  enum BadWord {
    DEMAND_BEYOND_RAM("Demand frame for page 1024: the guest has pages 0 to 1023") {
      @Override
      void say(Peer to) throws Exception {
        to.send(FrameType.DEMAND, 1, new Demand(PAGES).toBytes());
      }
    },
    DEMAND_OF_NOTHING("Demand frame of 0 bytes: 4 are accepted") {
      @Override
      void say(Peer to) throws Exception {
        to.send(FrameType.DEMAND, 1, NOTHING);
      }
    },
    DEMAND_OF_ANOTHER_ATTEMPT("Demand frame of attempt 2 out of place") {
      @Override
      void say(Peer to) throws Exception {
        to.send(FrameType.DEMAND, 2, new Demand(0).toBytes());
      }
    },
    RESUMED_TWICE("Resumed frame of attempt 1 out of place") {
      @Override
      void say(Peer to) throws Exception {
        to.resumed(1);
      }
    },
    LIST_BEYOND_RAM(
        "PageList frame lists a page that is not there: the guest has pages 0 to 1023") {
      @Override
      void say(Peer to) throws Exception {
        long[] words = new long[PAGES / 64 + 1];
        words[PAGES / 64] = 1;
        to.pageList(1, words);
      }
    },
    LIST_CUT_SHORT("PageList frame does not hold the list of pages that it announces") {
      @Override
      void say(Peer to) throws Exception {
        ByteBuffer cut = ByteBuffer.allocate(27).put(Peer.PROOF.toBytes()).putInt(1);
        to.send(FrameType.PAGE_LIST, 1, cut.array());
      }
    },
    SENDS_PAGES("Pages frame of attempt 1 out of place") {
      @Override
      void say(Peer to) throws Exception {
        to.send(FrameType.PAGES, 1, page(0, 0));
      }
    };

    final String cause;

    BadWord(String cause) {
      this.cause = cause;
    }

    abstract void say(Peer to) throws Exception;
  }

  @ParameterizedTest
  @EnumSource
  void aBadWordOfTheDestinationPausesTheTransferAndTheNextConnectionGoesOn(BadWord bad)
      throws Exception {
    RunningHost source = allowing(started(RunningHost.in(folder).source()));
    source.load();
    source.operator.execute(
        "migrate-set-parameters",
        Map.of("max-postcopy-bandwidth", 10_000, "max-bandwidth", 30_000));
    try (ServerSocketChannel server = Peer.listen()) {
      source.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      source.operator.execute("migrate-start-postcopy");
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.DEVICE_STATE);
        peer.ready(1, "peer");
        peer.await(FrameType.HANDOVER);
        peer.resumed(1);
        bad.say(peer);
        peer.await(FrameType.FAILURE);
      }
      awaitStatus(source, "postcopy-paused");
      assertTrue(source.operator.error().endsWith(bad.cause), source.operator.error());
      assertStandsAt(source);
      source.operator.execute("migrate", Map.of("uri", Peer.address(server), "resume", true));
      try (var peer = new Peer(server.accept())) {
        Frame recover = peer.await(FrameType.RECOVER);
        assertEquals(2, recover.attempt());
        assertTrue(!recover.has(Frame.FLAG_IN_DOUBT), "it knows that the guest runs there");
        source.operator.execute("migrate-set-parameters", Map.of("max-postcopy-bandwidth", 0));
        peer.pageList(2, ALL);
        peer.send(FrameType.DEMAND, 2, new Demand(700).toBytes());
        // Nobody's word that all is there is taken while it is not.
        peer.complete(2);
        peer.await(FrameType.FAILURE);
      }
      awaitStatus(source, "postcopy-paused");
      assertEquals(
          "the pages at the destination are not those that were sent: the digests differ",
          source.operator.error());
      source.operator.execute("migrate", Map.of("uri", Peer.address(server), "resume", true));
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.RECOVER);
        peer.pageList(3, ALL);
        while (peer.pagesReceived() < PAGES) {
          peer.await(FrameType.PAGES);
        }
        peer.complete(3);
        awaitStatus(source, "completed");
      }
      assertStandsAt(source);
    }
  }

  /** With the mistake of defect 19: it sends what it believes to be missing. */
  @Test
  void aSourceThatTrustsItsOwnListSendsWhatNobodyLacksAndNotWhatIsLacking() throws Exception {
    RunningHost source =
        allowing(
            started(
                RunningHost.in(folder)
                    .mutant(landfall.postcopy.Mutant.PAGE_LIST_NOT_SENT)
                    .source()));
    source.load();
    try (ServerSocketChannel server = Peer.listen()) {
      source.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      source.operator.execute("migrate-start-postcopy");
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.DEVICE_STATE);
        peer.ready(1, "peer");
        peer.await(FrameType.HANDOVER);
        peer.resumed(1);
        while (remaining(source) > 0) {
          peer.await(FrameType.PAGES);
        }
      }
      awaitStatus(source, "postcopy-paused");
      source.operator.execute("migrate", Map.of("uri", Peer.address(server), "resume", true));
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.RECOVER);
        peer.pageList(2, 1L << 5);
        awaitStatus(source, "postcopy-active");
        assertEquals(0, remaining(source), "page 5 is due");
      }
    }
  }

  private static long remaining(RunningHost source) throws Exception {
    return source.operator.execute("query-migrate").at("/ram/remaining").longValue();
  }

  @Test
  void whatIsAskedForOvertakesThePush() throws Exception {
    RunningHost source = allowing(started(RunningHost.in(folder).source()));
    source.load();
    source.operator.execute("migrate-set-parameters", Map.of("max-postcopy-bandwidth", 100_000));
    try (ServerSocketChannel server = Peer.listen()) {
      source.operator.execute("migrate", Map.of("uri", Peer.address(server)));
      source.operator.execute("migrate-start-postcopy");
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.DEVICE_STATE);
        peer.ready(1, "peer");
        peer.await(FrameType.HANDOVER);
        peer.resumed(1);
        source.operator.execute("migrate-pause");
      }
      source.operator.execute("migrate", Map.of("uri", Peer.address(server), "resume", true));
      try (var peer = new Peer(server.accept())) {
        peer.await(FrameType.RECOVER);
        peer.pageList(2, ALL);
        peer.send(FrameType.DEMAND, 2, new Demand(PAGES - 1).toBytes());
        List<Integer> order = new ArrayList<>();
        while (!order.contains(PAGES - 1)) {
          Frame frame = peer.await(FrameType.PAGES);
          PageBatch pages = PageBatch.of(frame.payload(), frame.payload().remaining(), PAGES);
          for (int i = 0; i < pages.count(); i++) {
            order.add(pages.page(i));
          }
        }
        // By the push it would have been the last of all.
        assertTrue(order.size() < PAGES / 2, order.size() + " pages went ahead of it");
      }
    }
  }

  // ---------------------------------------------------------------- a bad source

  private final UUID id = UUID.randomUUID();

  private byte[] hello() {
    return identity().toBytes();
  }

  private Hello identity() {
    return new Hello(id, RAM_BYTES, PageBatch.PAGE_BYTES, "peer");
  }

  /** What the destination told the source that gave it the guest. */
  private Token told;

  /** A page with the loop at its begin. */
  private static byte[] page(int number, int damage) {
    ByteBuffer payload = ByteBuffer.allocate(12 + PageBatch.PAGE_BYTES);
    payload.putInt(0).putInt(1).putInt(number).order(ByteOrder.LITTLE_ENDIAN);
    payload.putInt(LOOP[0] ^ damage).putInt(LOOP[1]);
    return payload.array();
  }

  /** Pages 0 to 2, damaged in different ways. */
  private static byte[] threePages(int damage) {
    ByteBuffer payload = ByteBuffer.allocate(20 + 3 * PageBatch.PAGE_BYTES);
    payload.putInt(0).putInt(3).putInt(0).putInt(1).putInt(2).order(ByteOrder.LITTLE_ENDIAN);
    for (int page = 0; page < 3; page++) {
      payload.position(20 + page * PageBatch.PAGE_BYTES);
      payload.putInt(LOOP[0] ^ damage).putInt(LOOP[1] ^ page);
    }
    return payload.array();
  }

  private static byte[] state() {
    byte[] state = new Machine(RAM_BYTES).captureState().toBytes();
    return new SplitState(0, new PageList(new long[0]), state).toBytes();
  }

  /** A guest without one page runs at the destination, which asks for its first. */
  private void giveGuestAway(Peer peer) throws Exception {
    peer.send(FrameType.HELLO, Frame.FLAG_POST_COPY, 1, hello());
    peer.deviceState(Frame.FLAG_POST_COPY, 1, state());
    peer.awaitReady();
    told = peer.token();
    peer.handover(1);
    peer.await(FrameType.RESUMED);
    for (int page = 0; page < 8; page++) {
      assertEquals(page, Demand.of(peer.await(FrameType.DEMAND).payload(), PAGES).page());
    }
  }

  @Test
  void aDamagedPageIsNotPlacedAndComesAgainOnTheNextConnection() throws Exception {
    assertEquals(List.of(LOOP[0], LOOP[1]), codeAfterADamagedAndALatePage(destination()));
  }

  /** With the mistake of defect 36: the test above would see it. */
  @Test
  void aDestinationThatPlacesEveryPageLosesWhatTheGuestHas() throws Exception {
    RunningHost mistaken =
        started(
            RunningHost.in(folder)
                .mutant(landfall.postcopy.Mutant.STALE_PAGE_OVER_NEWER)
                .destination());
    assertEquals(List.of(~LOOP[0], LOOP[1]), codeAfterADamagedAndALatePage(mistaken));
  }

  private List<Integer> codeAfterADamagedAndALatePage(RunningHost host) throws Exception {
    RunningHost destination = allowing(host);
    try (var peer = new Peer(destination.connect())) {
      giveGuestAway(peer);
      byte[] damaged = Frame.encode(FrameType.PAGES, 0, 1, 3, page(0, 1 << 20)).array();
      damaged[500] ^= 1;
      peer.send(damaged);
      assertEquals("Pages frame is damaged: its checksum does not match", peer.failure());
    }
    awaitStatus(destination, "postcopy-paused");
    assertEquals("running", destination.operator.runState());
    destination.operator.execute("migrate-recover", Map.of("uri", destination.address()));
    try (var peer = new Peer(destination.connect())) {
      peer.with(told).recover(0, 2, identity());
      ByteBuffer answer = peer.await(FrameType.PAGE_LIST).payload();
      Token.read(answer, "PageList");
      PageList missing = PageList.of(answer, PAGES, "PageList");
      assertEquals(PAGES / 64, missing.words().length);
      assertEquals(-1L, missing.words()[0]);
      peer.send(FrameType.PAGES, 2, page(0, 0));
      peer.send(FrameType.PAGES, 2, page(1, 0));
      // Other copies come too late: the guest may have written here since. Page 2 comes in time.
      peer.send(FrameType.PAGES, 2, threePages(-1));
      for (int first = 3; first < PAGES; first += PageBatch.PAGES_MAX) {
        int count = Math.min(PageBatch.PAGES_MAX, PAGES - first);
        ByteBuffer zeros = ByteBuffer.allocate(8 + 4 * count).putInt(0).putInt(count);
        for (int page = first; page < first + count; page++) {
          zeros.putInt(page | 1 << 31);
        }
        peer.send(FrameType.PAGES, 2, zeros.array());
      }
      peer.await(FrameType.COMPLETE);
    }
    awaitStatus(destination, "completed");
    java.nio.file.Path file = folder.resolve("ram");
    destination.operator.execute("stop");
    destination.operator.execute(
        "pmemsave",
        Map.of("val", Machine.RAM_BASE, "size", RAM_BYTES, "filename", file.toString()));
    ByteBuffer ram =
        ByteBuffer.wrap(java.nio.file.Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(LOOP[1] ^ 2, ram.getInt(2 * PageBatch.PAGE_BYTES + 4), "page 2");
    return List.of(ram.getInt(0), ram.getInt(4));
  }

  enum BadState {
    OF_PRE_COPY("DeviceState frame of pre-copy in an attempt of post-copy", 0, new byte[0]),
    WITHOUT_POSITION(
        "DeviceState frame does not begin with the number of a step",
        Frame.FLAG_POST_COPY,
        new byte[3]),
    WITHOUT_LIST(
        "DeviceState frame does not hold the list of pages that it announces",
        Frame.FLAG_POST_COPY,
        new byte[] {0, 0, 0, 0, 0, 0, 0, 1}),
    WITHOUT_STATE(
        "device state: device state is malformed: it has only 0 bytes",
        Frame.FLAG_POST_COPY,
        new byte[8]);

    final String cause;
    final int flags;
    final byte[] payload;

    BadState(String cause, int flags, byte[] payload) {
      this.cause = cause;
      this.flags = flags;
      this.payload = payload;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBadDeviceStateEndsTheAttemptAndTheNextIsTakenUp(BadState bad) throws Exception {
    RunningHost destination = allowing(destination());
    try (var peer = new Peer(destination.connect())) {
      peer.send(FrameType.HELLO, Frame.FLAG_POST_COPY, 1, hello());
      peer.deviceState(bad.flags, 1, bad.payload);
      assertEquals(bad.cause, peer.failure());
    }
    awaitStatus(destination, "failed");
    RunningHost source = started(RunningHost.in(folder).source());
    assertEquals("completed", source.operator.migrate(destination.address()));
    assertRunsAt(destination);
  }

  @Test
  void onlyItsOwnSourceRecoversAGuest() throws Exception {
    RunningHost destination = allowing(destination());
    try (var peer = new Peer(destination.connect())) {
      giveGuestAway(peer);
    }
    awaitStatus(destination, "postcopy-paused");
    destination.operator.execute("migrate-recover", Map.of("uri", destination.address()));
    try (var peer = new Peer(destination.connect())) {
      var other = new Hello(UUID.randomUUID(), RAM_BYTES, 4096, "peer");
      peer.with(told).recover(0, 2, other);
      assertEquals("Recover frame of another migration", peer.failure());
    }
    try (var peer = new Peer(destination.connect())) {
      peer.with(new Token(5, 6)).recover(0, 2, identity());
      assertEquals(
          "Recover frame with a token that this host did not give for this attempt",
          peer.failure());
    }
    try (var peer = new Peer(destination.connect())) {
      peer.with(told).recover(0, 1, identity());
      assertEquals("Recover frame of attempt 1 out of place", peer.failure());
    }
    assertEquals("postcopy-paused", destination.operator.migration());
    try (var peer = new Peer(destination.connect())) {
      peer.with(told).recover(0, 2, identity());
      peer.await(FrameType.PAGE_LIST);
    }
  }

  @Test
  void aNewerAttemptTakesThePlaceOfOneThatDidNotGetThatFar() throws Exception {
    RunningHost destination = allowing(destination());
    try (var first = new Peer(destination.connect());
        var second = new Peer(destination.connect())) {
      first.send(FrameType.HELLO, Frame.FLAG_POST_COPY, 1, hello());
      first.send(FrameType.PAGES, 1, page(0, 0));
      first.deviceState(Frame.FLAG_POST_COPY, 1, state());
      first.awaitReady();
      second.send(FrameType.HELLO, Frame.FLAG_POST_COPY, 2, hello());
      second.deviceState(Frame.FLAG_POST_COPY, 2, state());
      second.awaitReady();
      second.handover(2);
      second.await(FrameType.RESUMED);
      // What came by the first attempt is not there.
      assertEquals(0, Demand.of(second.await(FrameType.DEMAND).payload(), PAGES).page());
    }
  }

  @Test
  void anAttemptOfPreCopyTakesThePlaceOfOneOfPostCopy() throws Exception {
    RunningHost destination = allowing(destination());
    RunningHost source = started(RunningHost.in(folder).source());
    try (var peer = new Peer(destination.connect())) {
      peer.send(FrameType.HELLO, Frame.FLAG_POST_COPY, 7, hello());
      peer.send(FrameType.PAGES, 7, page(3, 0));
      awaitStatus(destination, "active");
      // It is another guest: its numbers are its own.
      assertEquals("completed", source.operator.migrate(destination.address()));
    }
    assertRunsAt(destination);
  }

  @Test
  void anotherGuestDoesNotTakeThePlaceOfOneThatMayBeHereByNow() throws Exception {
    RunningHost destination = allowing(destination());
    RunningHost source = started(RunningHost.in(folder).source());
    try (var peer = new Peer(destination.connect())) {
      peer.send(FrameType.HELLO, Frame.FLAG_POST_COPY, 1, hello());
      peer.deviceState(Frame.FLAG_POST_COPY, 1, state());
      peer.awaitReady();
      assertEquals("failed", source.operator.migrate(destination.address()));
      assertEquals(
          "the destination gave up: Hello frame of another guest: this host keeps an image that may"
              + " be its guest by now",
          source.operator.error());
      assertRunsAt(source);
      peer.handover(1);
      peer.await(FrameType.RESUMED);
    }
  }
}
