package landfall.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32C;
import landfall.machine.Machine;
import landfall.machine.Memory;
import landfall.precopy.Protocol;
import landfall.testing.AtLength;
import landfall.testing.Sampled;
import landfall.trace.TraceWriter;
import landfall.transport.SelectorLoop;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameReader;
import landfall.wire.FrameType;
import landfall.wire.Hello;
import landfall.wire.ImageDigest;
import landfall.wire.PageBatch;
import landfall.wire.PageList;
import landfall.wire.Ready;
import landfall.wire.SplitState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A migration stream that somebody has changed on its way, over a real destination: the guest that
 * then runs there is the one that was sent, or none runs.
 *
 * <p>{@code -Dlandfall.tests=all} makes 10,000 of pre-copy and 1,250 of post-copy, {@code
 * -Dlandfall.mutated=N} another number, {@code -Dlandfall.seed=N} others.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@Sampled
class MutatedStreamTest {
  private static final int RAM_MIB = 2;
  private static final int PAGES = RAM_MIB << 8;
  private static final int STREAMS =
      Integer.getInteger("landfall.mutated", AtLength.ASKED ? 10_000 : 2_000);

  /** A guest that came by post-copy runs nearly always, and then takes a destination with it. */
  private static final int POST_COPY_STREAMS = STREAMS / 8;

  private static final int CAME_BEFORE = PAGES / 2;
  private static final int[] STALE = {7, 14, 21};
  private static final long SEED = Long.getLong("landfall.seed", 1);
  private static final UUID GUEST = new UUID(3, 4);
  private static final int DEADLINE_MILLIS = 2_000;

  /** How a stream is changed. Those whose frames are whole again have true checksums. */
  private enum Change {
    NONE(true),
    FLIPPED_BIT(false),
    LOST_BYTES(false),
    ADDED_BYTES(false),
    CUT_SHORT(false),
    FRAME_LEFT_OUT(true),
    FRAME_TWICE(true),
    FRAMES_SWAPPED(true),
    FRAME_OF_ANOTHER_ATTEMPT(true),
    OTHER_PAGE_NUMBERS(true),
    OTHER_HEADER(true),
    OTHER_DIGEST(true),
    OTHER_TOKEN(true);

    /** Frames are numbered and summed up anew. */
    final boolean mended;

    Change(boolean mended) {
      this.mended = mended;
    }
  }

  private record Sent(FrameType type, int flags, int attempt, byte[] payload) {}

  private final Random random = new Random(SEED);

  /** The stream that is sent says that the guest's operator had stopped it. */
  private boolean saysStopped;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Map<Change, Integer> ran = new EnumMap<>(Change.class);
  private final Map<Change, Integer> made = new EnumMap<>(Change.class);
  private SelectorLoop loop;
  private byte[] ram;
  private byte[] state;
  private Target target;
  private boolean postCopy;

  /** A destination in this process, as long as no guest runs there. */
  private record Target(
      Machine machine, Guest guest, EngineSide side, ServerSocketChannel server, List<String> told)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      machine.stop();
      server.close();
    }
  }

  private Target target() throws Exception {
    var machine = new Machine((long) RAM_MIB << 20);
    List<String> told = new CopyOnWriteArrayList<>();
    var guest = new Guest(machine, false, true, () -> {}, () -> told.add("RESUME"));
    guest.start(halt -> {});
    var options =
        new HostOptions(
            "destination",
            null,
            null,
            RAM_MIB,
            Optional.empty(),
            Optional.empty(),
            true,
            true,
            Optional.empty(),
            List.of(),
            0,
            Optional.empty(),
            Optional.empty(),
            DEADLINE_MILLIS,
            List.of(),
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Set.of(),
            Set.of(),
            Set.of(),
            Set.of(),
            Set.of());
    var settings = new Settings();
    settings.postCopy = postCopy;
    var side =
        new EngineSide(
            new Engine(
                loop,
                options,
                new Protocol(PAGES, false, Set.of()),
                guest,
                settings,
                new Network(options, settings),
                new Trace(TraceWriter.discarding(), List.of()),
                (name, data) -> {},
                null,
                null,
                new Random(0)));
    ServerSocketChannel server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    side.listen(server, Optional.empty());
    return new Target(machine, guest, side, server, told);
  }

  // ---------------------------------------------------------------- the stream

  /** A guest whose first instruction jumps to itself, with pages that differ. */
  private void makeGuest() {
    var machine = new Machine((long) RAM_MIB << 20);
    ByteBuffer content = ByteBuffer.allocate(RAM_MIB << 20);
    for (int page = 0; page < PAGES; page += 7) {
      for (int at = 0; at < Memory.PAGE_SIZE; at += 8) {
        long value = at == 0 ? 0x6f : random.nextLong();
        machine.memory().store((long) page * Memory.PAGE_SIZE + at, 8, value);
      }
    }
    for (int page = 0; page < PAGES; page++) {
      content.put(machine.memory().readOnlyView(page, 1));
    }
    ram = content.array();
    machine.pause();
    state = machine.captureState().toBytes();
  }

  /** What a source with this guest may send, in rounds of which later ones send pages again. */
  private List<Sent> stream(int attempt) {
    List<Sent> frames = new ArrayList<>();
    var hello = new Hello(GUEST, RAM_MIB << 20, PageBatch.PAGE_BYTES, "source");
    frames.add(new Sent(FrameType.HELLO, 0, attempt, hello.toBytes()));
    var digest = new ImageDigest(PAGES);
    for (int first = 0; first < PAGES; first += 64) {
      int from = first;
      frames.add(pages(1, attempt, 64, i -> from + i));
    }
    for (int round = 2; round <= 4; round++) {
      int step = round * 7;
      frames.add(pages(round, attempt, 8, i -> i * step));
    }
    for (int i = 1; i < frames.size(); i++) {
      ByteBuffer payload = ByteBuffer.wrap(frames.get(i).payload());
      for (int k = 0; k < payload.getInt(4); k++) {
        digest.sent(payload.getInt(8 + 4 * k) & Integer.MAX_VALUE, attempt, i);
      }
    }
    byte[] image =
        ByteBuffer.allocate(Long.BYTES + state.length)
            .putLong(digest.valueWith(ByteBuffer.wrap(state)))
            .put(state)
            .array();
    frames.add(new Sent(FrameType.DEVICE_STATE, 0, attempt, image));
    return frames;
  }

  private Sent pages(int round, int attempt, int count, java.util.function.IntUnaryOperator page) {
    var list = new ByteArrayOutputStream();
    var contents = new ByteArrayOutputStream();
    list.writeBytes(ByteBuffer.allocate(8).putInt(round).putInt(count).array());
    for (int i = 0; i < count; i++) {
      int number = page.applyAsInt(i);
      boolean zero = number % 7 != 0;
      list.writeBytes(ByteBuffer.allocate(4).putInt(zero ? number | 1 << 31 : number).array());
      if (!zero) {
        contents.write(ram, number * PageBatch.PAGE_BYTES, PageBatch.PAGE_BYTES);
      }
    }
    list.writeBytes(contents.toByteArray());
    return new Sent(FrameType.PAGES, 0, attempt, list.toByteArray());
  }

  // ---------------------------------------------------------------- its changes

  private byte[] changed(Change change, List<Sent> frames, int attempt) {
    return changed(change, frames, attempt, 0);
  }

  /** The frames are numbered from this number on. */
  private byte[] changed(Change change, List<Sent> frames, int attempt, int firstNumber) {
    int chosen = random.nextInt(frames.size());
    switch (change) {
      case FRAME_LEFT_OUT -> frames.remove(chosen);
      case FRAME_TWICE -> frames.add(random.nextInt(frames.size() + 1), frames.get(chosen));
      case FRAMES_SWAPPED ->
          java.util.Collections.swap(frames, chosen, random.nextInt(frames.size()));
      case FRAME_OF_ANOTHER_ATTEMPT -> {
        Sent old = frames.get(chosen);
        frames.set(chosen, new Sent(old.type(), old.flags(), attempt - 1, old.payload()));
      }
      case OTHER_PAGE_NUMBERS -> {
        Sent old = frames.get(1 + random.nextInt(frames.size() - 2));
        ByteBuffer list = ByteBuffer.wrap(old.payload());
        int at = 8 + 4 * random.nextInt(list.getInt(4));
        list.putInt(at, list.getInt(at) ^ 1 << random.nextInt(9));
      }
      case OTHER_HEADER -> {
        Sent old = frames.get(chosen);
        FrameType type = FrameType.values()[random.nextInt(FrameType.values().length)];
        int flags = random.nextInt(32);
        frames.set(chosen, new Sent(type, flags, old.attempt(), old.payload()));
        saysStopped =
            type == FrameType.DEVICE_STATE && (flags & Frame.FLAG_STOPPED_BY_OPERATOR) != 0;
      }
      case OTHER_DIGEST -> {
        byte[] image = frames.get(frames.size() - 1).payload();
        image[random.nextInt(image.length)] ^= (byte) (1 << random.nextInt(8));
      }
      default -> {
        // Bytes are changed below, or the token later.
      }
    }
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < frames.size(); i++) {
      Sent each = frames.get(i);
      out.writeBytes(
          Frame.encode(each.type(), each.flags(), each.attempt(), firstNumber + i, each.payload())
              .array());
    }
    byte[] bytes = out.toByteArray();
    return change.mended ? bytes : withOtherBytes(change, bytes);
  }

  private byte[] withOtherBytes(Change change, byte[] bytes) {
    int at = random.nextInt(bytes.length);
    int length = 1 + random.nextInt(Math.min(5_000, bytes.length - at));
    ByteBuffer out = ByteBuffer.allocate(bytes.length + length);
    switch (change) {
      case FLIPPED_BIT -> {
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        return bytes;
      }
      case LOST_BYTES -> out.put(bytes, 0, at).put(bytes, at + length, bytes.length - at - length);
      case ADDED_BYTES -> {
        byte[] added = new byte[length];
        random.nextBytes(added);
        out.put(bytes, 0, at).put(added).put(bytes, at, bytes.length - at);
      }
      case CUT_SHORT -> out.put(bytes, 0, at);
      default -> throw new IllegalArgumentException(change.toString());
    }
    return java.util.Arrays.copyOf(out.array(), out.position());
  }

  /** Whether the destination owes a word after these bytes: they end with a whole DeviceState. */
  private static boolean endsWithState(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    boolean state = false;
    while (in.remaining() >= Frame.HEADER_BYTES) {
      int at = in.position();
      int length = in.getInt(at + 16);
      if (length < 0 || length > in.remaining() - Frame.HEADER_BYTES) {
        return false;
      }
      var crc = new CRC32C();
      crc.update(bytes, at, 20);
      crc.update(bytes, at + Frame.HEADER_BYTES, length);
      if ((int) crc.getValue() != in.getInt(at + 20)) {
        return true; // It refuses this frame.
      }
      state = in.get(at + 5) == 3;
      in.position(at + Frame.HEADER_BYTES + length);
    }
    return state && !in.hasRemaining();
  }

  // ---------------------------------------------------------------- the test

  @Test
  void aGuestThatRunsIsTheOneThatWasSent() throws Exception {
    loop = SelectorLoop.start("mutated", failure::set);
    makeGuest();
    target = target();
    int attempt = 1;
    try {
      for (int i = 0; i < STREAMS; i++) {
        Change change = Change.values()[i % Change.values().length];
        String told = "seed " + SEED + ", stream " + i + ", " + change;
        made.merge(change, 1, Integer::sum);
        attempt++;
        saysStopped = false;
        byte[] bytes = changed(change, stream(attempt), attempt);
        boolean resumed = send(bytes, change, attempt);
        String phase = (String) target.side.status().get("phase");
        assertEquals(resumed, phase.equals("Running"), told);
        if (resumed) {
          ran.merge(change, 1, Integer::sum);
          requireTheGuest(told);
          target.close();
          target = target();
          attempt = 1;
        } else {
          assertEquals(List.of(), target.told, told);
        }
        assertEquals(null, failure.get(), told);
      }
    } finally {
      target.close();
      loop.close();
    }
    assertEquals(made.get(Change.NONE), ran.get(Change.NONE), "unchanged ones arrive: " + ran);
    for (Change never :
        List.of(
            Change.FLIPPED_BIT,
            Change.CUT_SHORT,
            Change.FRAME_LEFT_OUT,
            Change.FRAME_TWICE,
            Change.OTHER_DIGEST,
            Change.OTHER_TOKEN)) {
      assertTrue(made.get(never) > 0 && !ran.containsKey(never), never + ": " + ran);
    }
  }

  private boolean send(byte[] bytes, Change change, int attempt) throws Exception {
    try (var peer = SocketChannel.open(target.server.getLocalAddress())) {
      boolean owes = endsWithState(bytes);
      try {
        write(peer, bytes);
        if (!owes) {
          peer.shutdownOutput();
        }
      } catch (IOException refusedMeanwhile) {
        // Its word may still be read.
      }
      var reader = new FrameReader(peer);
      ByteBuffer into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
      Optional<Frame> answer = reader.read(into);
      if (answer.isEmpty() || answer.get().type() != FrameType.READY) {
        return false;
      }
      byte[] token = Ready.of(answer.get().payload()).token().toBytes();
      if (change == Change.OTHER_TOKEN) {
        token[random.nextInt(token.length)] ^= (byte) (1 << random.nextInt(8));
      }
      int sequence = frames(bytes);
      write(peer, Frame.encode(FrameType.HANDOVER, 0, attempt, sequence, token).array());
      peer.shutdownOutput();
      answer = reader.read(into);
      return answer.isPresent() && answer.get().type() == FrameType.RESUMED;
    } catch (IOException | FrameException reset) {
      return false;
    }
  }

  // ---------------------------------------------------------------- post-copy

  /** What is sent before the guest runs here: half of the pages, of which some are stale then. */
  private List<Sent> beforeHandover(int attempt, ImageDigest digest) {
    List<Sent> frames = new ArrayList<>();
    var hello = new Hello(GUEST, RAM_MIB << 20, PageBatch.PAGE_BYTES, "source");
    frames.add(new Sent(FrameType.HELLO, Frame.FLAG_POST_COPY, attempt, hello.toBytes()));
    for (int first = 0; first < CAME_BEFORE; first += 64) {
      int from = first;
      frames.add(pages(1, attempt, 64, i -> from + i));
    }
    // The content of a stale page is another than the guest's last.
    ByteBuffer firstPages = ByteBuffer.wrap(frames.get(1).payload());
    for (int page : STALE) {
      int content = 8 + 4 * 64 + PageBatch.PAGE_BYTES * (page / 7);
      firstPages.putLong(content + 8, ~firstPages.getLong(content + 8));
    }
    note(digest, frames, attempt, 0);
    long[] discard = new long[1];
    for (int page : STALE) {
      discard[0] |= 1L << page;
    }
    byte[] split = new SplitState(0, new PageList(discard), state).toBytes();
    byte[] image =
        ByteBuffer.allocate(Long.BYTES + split.length)
            .putLong(digest.valueWith(ByteBuffer.wrap(split)))
            .put(split)
            .array();
    frames.add(new Sent(FrameType.DEVICE_STATE, Frame.FLAG_POST_COPY, attempt, image));
    return frames;
  }

  /** What is sent while it runs. */
  private List<Sent> afterHandover(int attempt, ImageDigest digest, int firstNumber) {
    List<Sent> frames = new ArrayList<>();
    frames.add(pages(0, attempt, STALE.length, i -> STALE[i]));
    for (int first = CAME_BEFORE; first < PAGES; first += 32) {
      int from = first;
      frames.add(pages(0, attempt, 32, i -> from + i));
    }
    note(digest, frames, attempt, firstNumber);
    return frames;
  }

  private static void note(ImageDigest digest, List<Sent> frames, int attempt, int firstNumber) {
    for (int i = 0; i < frames.size(); i++) {
      if (frames.get(i).type() == FrameType.PAGES) {
        ByteBuffer payload = ByteBuffer.wrap(frames.get(i).payload());
        for (int k = 0; k < payload.getInt(4); k++) {
          digest.sent(payload.getInt(8 + 4 * k) & Integer.MAX_VALUE, attempt, firstNumber + i);
        }
      }
    }
  }

  /** How far one stream of post-copy came. */
  private record Came(boolean runs, boolean whole, boolean believed) {}

  @Test
  void aGuestOfPostCopyThatIsSaidToHaveArrivedIsTheOneThatWasSent() throws Exception {
    postCopy = true;
    loop = SelectorLoop.start("mutated", failure::set);
    makeGuest();
    target = target();
    Map<Change, Integer> runs = new EnumMap<>(Change.class);
    int attempt = 1;
    try {
      for (int i = 0; i < POST_COPY_STREAMS; i++) {
        Change change = Change.values()[i % Change.values().length];
        boolean early = i / Change.values().length % 2 == 0 || change == Change.OTHER_DIGEST;
        String told = "seed " + SEED + ", stream " + i + ", " + change + (early ? "" : " late");
        made.merge(change, 1, Integer::sum);
        attempt++;
        saysStopped = false;
        Came came = sendByPostCopy(change, early, attempt);
        // Behind the handover the guest runs, whatever a header says.
        saysStopped &= early;
        assertEquals(came.runs() && !saysStopped, target.told.equals(List.of("RESUME")), told);
        boolean saidWhole = "completed".equals(target.side.queryMigrate().get("status"));
        assertTrue(saidWhole || !came.whole(), told);
        if (came.believed()) {
          ran.merge(change, 1, Integer::sum);
        }
        if (saidWhole) {
          requireTheGuest(told);
        }
        if (came.runs()) {
          runs.merge(change, 1, Integer::sum);
          target.close();
          target = target();
          attempt = 1;
        }
        assertEquals(null, failure.get(), told);
      }
    } finally {
      target.close();
      loop.close();
    }
    assertEquals(made.get(Change.NONE), ran.get(Change.NONE), "unchanged ones arrive: " + ran);
    assertTrue(!runs.containsKey(Change.OTHER_TOKEN), "a wrong token: " + runs);
    // A frame that comes twice when its pages are here changes nothing, if it is the last one.
    for (Change never :
        List.of(Change.FLIPPED_BIT, Change.CUT_SHORT, Change.FRAME_LEFT_OUT, Change.OTHER_DIGEST)) {
      assertTrue(made.get(never) > 0 && !ran.containsKey(never), never + ": " + ran);
    }
  }

  private Came sendByPostCopy(Change change, boolean early, int attempt) throws Exception {
    var digest = new ImageDigest(PAGES);
    List<Sent> first = beforeHandover(attempt, digest);
    byte[] before = changed(early ? change : Change.NONE, first, attempt);
    boolean runs = false;
    boolean whole = false;
    boolean believed = false;
    try (var peer = SocketChannel.open(target.server.getLocalAddress())) {
      try {
        write(peer, before);
        if (!endsWithState(before)) {
          peer.shutdownOutput();
        }
      } catch (IOException refusedMeanwhile) {
        // Its word may still be read.
      }
      var reader = new FrameReader(peer);
      ByteBuffer into = ByteBuffer.allocate(Frame.HEADER_BYTES + Frame.PAYLOAD_BYTES_MAX);
      Optional<Frame> answer = reader.read(into);
      if (answer.isEmpty() || answer.get().type() != FrameType.READY) {
        return new Came(false, false, false);
      }
      byte[] token = Ready.of(answer.get().payload()).token().toBytes();
      if (change == Change.OTHER_TOKEN) {
        token[random.nextInt(token.length)] ^= (byte) (1 << random.nextInt(8));
      }
      int number = frames(before);
      write(peer, Frame.encode(FrameType.HANDOVER, 0, attempt, number, token).array());
      answer = reader.read(into);
      runs = answer.isPresent() && answer.get().type() == FrameType.RESUMED;
      if (!runs) {
        return new Came(false, false, false);
      }
      List<Sent> then = afterHandover(attempt, digest, number + 1);
      write(peer, changed(early ? Change.NONE : change, then, attempt, number + 1));
      peer.shutdownOutput();
      while (!whole) {
        answer = reader.read(into);
        if (answer.isEmpty()) {
          return new Came(true, false, false);
        }
        whole = answer.get().type() == FrameType.COMPLETE;
      }
      believed = answer.get().payload().getLong(0) == digest.value();
    } catch (IOException | FrameException reset) {
      // What came before it counts.
    }
    return new Came(runs, whole, believed);
  }

  private static int frames(byte[] bytes) {
    int count = 0;
    for (int at = 0; at < bytes.length; count++) {
      at += Frame.HEADER_BYTES + ByteBuffer.wrap(bytes).getInt(at + 16);
    }
    return count;
  }

  private static void write(SocketChannel to, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      to.write(buffer);
    }
  }

  /** The guest does nothing but jump, so that memory is what it was. */
  private void requireTheGuest(String told) {
    target.guest.hold();
    ByteBuffer here = ByteBuffer.allocate(ram.length);
    for (int page = 0; page < PAGES; page++) {
      here.put(target.machine.memory().readOnlyView(page, 1));
    }
    assertArrayEquals(ram, here.array(), told);
    // A header may also say that the operator had stopped the guest: then it arrives so.
    assertEquals(saysStopped ? List.of() : List.of("RESUME"), target.told, told);
  }
}
