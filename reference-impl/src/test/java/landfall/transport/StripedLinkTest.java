package landfall.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import landfall.wire.Frame;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import landfall.wire.Token;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link of several connections, with somebody between who decides which bytes arrive when. */
@Timeout(60)
class StripedLinkTest {
  private static final long DEADLINE_MILLIS = 20_000;
  private static final int FRAMES = 60;
  private static final int PIECE_BYTES_MAX = 200_000;
  private static final Token TOKEN = new Token(3, 4);

  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final List<Way> ways = new ArrayList<>();

  /**
   * How often the source connected. The port may have been another's, whom somebody still seeks.
   */
  private final AtomicInteger dialled = new AtomicInteger();

  private SelectorLoop loop;
  private ServerSocketChannel between;
  private InetSocketAddress destination;

  @BeforeEach
  void start() throws Exception {
    loop = SelectorLoop.start("test", failure::set);
    between = listening();
    between.configureBlocking(false);
  }

  @AfterEach
  void stop() throws Exception {
    loop.close();
    loop.awaitEnd();
    between.close();
    for (Way each : ways) {
      each.from.close();
      each.to.close();
    }
    assertEquals(null, failure.get());
  }

  private static ServerSocketChannel listening() throws IOException {
    var server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return server;
  }

  /**
   * One connection, as far as it was let through. What a full socket does not take goes first the
   * next time: its end may wait for a frame on another connection, which must not wait for this
   * one.
   */
  private record Way(SocketChannel from, SocketChannel to, ByteBuffer[] late) {
    Way(SocketChannel from, SocketChannel to) {
      this(from, to, new ByteBuffer[] {ByteBuffer.allocate(0), ByteBuffer.allocate(0)});
    }

    /** Moves so many bytes at most, each way. */
    boolean move(ByteBuffer bytes, int most) throws IOException {
      return move(from, to, 0, bytes, most) | move(to, from, 1, bytes, most);
    }

    private boolean move(
        SocketChannel reads, SocketChannel writes, int way, ByteBuffer bytes, int most)
        throws IOException {
      if (late[way].hasRemaining()) {
        return writes.write(late[way]) > 0;
      }
      int count = reads.read(bytes.clear().limit(most));
      if (count < 0) {
        writes.shutdownOutput();
      }
      if (count <= 0) {
        return false;
      }
      writes.write(bytes.flip());
      late[way] = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
      return true;
    }
  }

  /** Takes a connection in, if one waits. */
  private void accept() throws IOException {
    SocketChannel from = between.accept();
    if (from != null) {
      SocketChannel to = SocketChannel.open(destination);
      from.configureBlocking(false);
      to.configureBlocking(false);
      ways.add(new Way(from, to));
    }
  }

  /** Sends Hello, then pages of one round each, and words of no bytes between them. */
  private final class Source extends Told {
    private final ByteBuffer ram = ByteBuffer.allocateDirect(PAGES * PageBatch.PAGE_BYTES);
    private final int rounds;
    private int round;

    Source(int rounds) {
      this.rounds = rounds;
    }

    @Override
    public void opened(Link link) {
      super.opened(link);
      link.send(FrameType.HELLO, 0, 1, new byte[] {9});
      send(link);
    }

    @Override
    public void drained(Link link) {
      super.drained(link);
      send(link);
    }

    // One frame a turn: both ends and all channels share the loop.
    private void send(Link link) {
      if (round == rounds) {
        round++;
        link.send(FrameType.DEVICE_STATE, 0, 1, new byte[10]);
      }
      if (round < rounds && link.takesPages()) {
        round++;
        for (int i = 0; i < ram.limit(); i += PageBatch.PAGE_BYTES) {
          ram.putInt(i, round);
        }
        PageBatch.begin(link.pagesBuffer(), round, PAGES);
        for (int page = 0; page < PAGES; page++) {
          PageBatch.list(link.pagesBuffer(), page, false);
        }
        link.sendPages(0, 1, List.of(ram.duplicate()));
        if (round % 7 == 0) {
          link.send(FrameType.ALIVE, 0, 1, new byte[0]);
        }
        loop.execute(() -> send(link));
      }
    }
  }

  /** Keeps what comes, each page in its place. */
  private static final class Destination extends Told {
    private final ByteBuffer ram = ByteBuffer.allocateDirect(PAGES * PageBatch.PAGE_BYTES);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final List<String> wrong = new ArrayList<>();
    private Link link;
    private int sequence;
    private int round;

    @Override
    public List<ByteBuffer> contents(int attempt, PageBatch pages) {
      return List.of(ram.duplicate().clear());
    }

    @Override
    public void received(Link from, Frame frame) {
      super.received(from, frame);
      link = from;
      if (frame.sequence() != sequence++) {
        wrong.add("frame " + frame.sequence() + " came as " + (sequence - 1));
      }
      if (frame.type() == FrameType.PAGES) {
        round++;
        for (int i = 0; i < ram.limit(); i += PageBatch.PAGE_BYTES) {
          if (ram.getInt(i) != round) {
            wrong.add("round " + round + " has a page of " + ram.getInt(i));
          }
        }
      } else if (frame.type() == FrameType.DEVICE_STATE) {
        ended.countDown();
      }
    }

    @Override
    public void lost(Link gone, String cause, boolean refused) {
      super.lost(gone, cause, refused);
      ended.countDown();
    }
  }

  private Source connect(int channels, int rounds, Destination told) throws Exception {
    ServerSocketChannel server = listening();
    destination = (InetSocketAddress) server.getLocalAddress();
    var source = new Source(rounds);
    var there = new InetSocketAddress(destination.getAddress(), between.socket().getLocalPort());
    loop.execute(
        () -> {
          try {
            var binder = new ChannelBinder(loop, () -> new First(told));
            SocketListener.start(loop, server, binder, DEADLINE_MILLIS, Optional.empty());
            StripedLink.connect(
                loop,
                handler -> {
                  dialled.incrementAndGet();
                  return SocketLink.connect(loop, there, handler, DEADLINE_MILLIS);
                },
                source,
                channels,
                false,
                TOKEN);
          } catch (IOException failed) {
            failure.set(failed);
          }
        });
    return source;
  }

  /** What is told of a connection that is no first one is not to reach the destination. */
  private record First(Destination told) implements LinkHandler {
    @Override
    public String otherSide() {
      return told.otherSide();
    }

    @Override
    public int guestPages() {
      return told.guestPages();
    }

    @Override
    public List<ByteBuffer> contents(int attempt, PageBatch pages) {
      return told.contents(attempt, pages);
    }

    @Override
    public void opened(Link link) {
      told.opened(link);
    }

    @Override
    public void drained(Link link) {
      told.drained(link);
    }

    @Override
    public void received(Link link, Frame frame) {
      told.received(link, frame);
    }

    @Override
    public void lost(Link link, String cause, boolean refused) {
      told.lost(link, cause, refused);
    }
  }

  /** Bytes arrive piece by piece, each on a connection that is drawn. */
  @Test
  void framesArriveInOrderHoweverLateEachChannelIs() throws Exception {
    var random = new Random(11);
    ByteBuffer bytes = ByteBuffer.allocate(PIECE_BYTES_MAX);
    for (int channels : List.of(2, 3, 4, 16)) {
      ways.clear();
      dialled.set(0);
      var told = new Destination();
      Source source = connect(channels, FRAMES, told);
      int favourite = 0;
      while (told.ended.getCount() > 0) {
        accept();
        if (ways.isEmpty()) {
          continue;
        }
        // Often the same one for a while, so that the others are far behind.
        favourite = random.nextInt(20) == 0 ? random.nextInt(ways.size()) : favourite;
        int drawn = random.nextBoolean() ? favourite : random.nextInt(ways.size());
        ways.get(drawn).move(bytes, 1 + random.nextInt(PIECE_BYTES_MAX));
      }
      assertEquals(List.of(), told.wrong);
      assertEquals(List.of(), List.copyOf(told.lost));
      assertEquals(FRAMES, told.round);
      assertEquals(1 + FRAMES + FRAMES / 7 + 1, told.frames.size());
      assertEquals(channels, dialled.get());
      assertEquals(channels, told.link.channels());
      assertEquals(0, source.lost.size());
      for (Way each : ways) {
        each.from.close();
        each.to.close();
      }
      assertTrue(source.lost.poll(20, TimeUnit.SECONDS) != null);
    }
  }

  @Test
  void aChannelThatIsCutTakesTheLinkWithItAndBothSidesHearOnce() throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(PIECE_BYTES_MAX);
    for (int cut = 0; cut < 4; cut++) {
      ways.clear();
      var told = new Destination();
      Source source = connect(4, Integer.MAX_VALUE, told);
      while (told.frames.size() < 20) {
        accept();
        for (Way each : ways) {
          each.move(bytes, PIECE_BYTES_MAX);
        }
      }
      Way gone = ways.get(cut);
      gone.to.shutdownOutput();
      // What is on its way on the others arrives, and does not go round the gap. The source knows
      // nothing yet: it would end all channels, and any of these ends could be noticed first.
      while (told.ended.getCount() > 0) {
        for (Way each : ways) {
          if (each != gone) {
            pass(each, bytes);
          }
        }
      }
      gone.to.close();
      gone.from.close();
      String cause = told.lost.poll(20, TimeUnit.SECONDS);
      assertEquals(cut > 0, cause.endsWith(" (channel " + cut + ")"), cause);
      assertTrue(source.lost.poll(20, TimeUnit.SECONDS) != null);
      assertEquals(List.of(), told.wrong);
      var settled = new CountDownLatch(1);
      loop.after(1, settled::countDown);
      settled.await();
      assertEquals(0, told.lost.size() + source.lost.size());
    }
  }

  /** The source dies, and its last word is still on its way when other channels have ended. */
  @Test
  void whatWasSentOnTheFirstChannelIsReadAlthoughTheOthersHaveEnded() throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(PIECE_BYTES_MAX);
    var told = new Destination();
    Source source = connect(3, FRAMES, told);
    while (told.round < FRAMES) {
      accept();
      for (Way each : ways) {
        each.move(bytes, PIECE_BYTES_MAX);
      }
    }
    while (told.ended.getCount() > 0) {
      ways.get(0).move(bytes, PIECE_BYTES_MAX);
    }
    loop.execute(() -> source.opened.join().send(FrameType.HANDOVER, 0, 1, new byte[7]));
    for (int i = 1; i < ways.size(); i++) {
      ways.get(i).to.shutdownOutput();
    }
    // Both ends are noticed before the word is let through.
    for (Way each : ways.subList(1, ways.size())) {
      while (each.to.read(bytes.clear()) >= 0) {
        Thread.onSpinWait();
      }
    }
    assertEquals(0, told.lost.size());
    loop.execute(() -> source.opened.join().close());
    while (told.lost.isEmpty()) {
      pass(ways.get(0), bytes);
    }
    assertEquals(FrameType.HANDOVER, told.frames.get(told.frames.size() - 1).type());
    String cause = told.lost.remove();
    assertTrue(cause.startsWith("the other side closed the connection (channel "), cause);
  }

  private static void pass(Way way, ByteBuffer bytes) {
    try {
      way.move(bytes, PIECE_BYTES_MAX);
    } catch (IOException closed) {
      // The end that heard of it first has closed.
    }
  }

  /** A destination that never answers. */
  @Test
  void aDestinationThatInvitesNoChannelIsLostAfterTheDeadline() throws Exception {
    var told = new Told();
    var there = (InetSocketAddress) between.getLocalAddress();
    loop.execute(
        () -> {
          try {
            StripedLink.connect(
                loop,
                handler -> SocketLink.connect(loop, there, handler, 50),
                told,
                2,
                false,
                TOKEN);
          } catch (IOException failed) {
            failure.set(failed);
          }
        });
    Link link = told.opened.get(20, TimeUnit.SECONDS);
    loop.execute(
        () -> {
          // As an attempt does that may be silent for long: there is no attempt yet.
          link.setSilenceMillis(0);
          link.send(FrameType.HELLO, 0, 1, new byte[1]);
        });
    assertEquals("no progress of the other side for 50 ms", told.lost.poll(20, TimeUnit.SECONDS));
  }
}
