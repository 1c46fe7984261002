package landfall.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import landfall.forwardcheckpoint.Claim;
import landfall.forwardcheckpoint.Mutant;
import landfall.forwardcheckpoint.Place;
import landfall.trace.TraceWriter;
import landfall.transport.Link;
import landfall.wire.CheckpointPages;
import landfall.wire.Frame;
import landfall.wire.FrameException;
import landfall.wire.FrameType;
import landfall.wire.PageBatch;
import landfall.wire.PageList;
import landfall.wire.StoreAnswer;
import landfall.wire.StoreHello;
import landfall.wire.StorePages;
import landfall.wire.StoreRequest;
import landfall.wire.StoreRequest.Kind;

/**
 * Two hosts that say anything to a store, without a socket. Whatever it is, it ends in answers or a
 * refusal in words; the claim is given to one of them at most; once it is, no checkpoint is taken;
 * and a page is given as it was kept last.
 */
public final class FuzzedStore {
  private static final int PAGES = 8;
  private static final UUID GUEST = new UUID(1, 1);

  private final StoredAttempt attempt;
  private final Map<Place, Conversation> conversations = new EnumMap<>(Place.class);
  private final Map<Integer, Integer> versions = new HashMap<>();
  private Claim given = Claim.NONE;

  private FuzzedStore(Set<Mutant> mutants) {
    var hello = new StoreHello(GUEST, PAGES, true, true, "A");
    attempt =
        new StoredAttempt(
            new StoredAttempt.Key(GUEST, 1),
            hello,
            mutants,
            Claim.NONE,
            Optional.empty(),
            new StoreTrace(TraceWriter.discarding(), List.of()),
            new StoredAttempt.Shell() {
              @Override
              public void keep(
                  StoredAttempt.Key key,
                  Claim by,
                  String host,
                  Runnable kept,
                  Consumer<String> failed) {
                kept.run();
              }

              @Override
              public void dropped(StoredAttempt of) {
                // Its answers are looked at all the same.
              }
            });
  }

  /** One input. */
  public static void fuzzerTestOneInput(byte[] data) throws FrameException {
    read(data, Set.of());
  }

  static void read(byte[] data, Set<Mutant> mutants) throws FrameException {
    var store = new FuzzedStore(mutants);
    ByteBuffer in = ByteBuffer.wrap(data);
    while (in.hasRemaining()) {
      int choice = in.get() & 0xff;
      Place side = (choice & 1) == 0 ? Place.SOURCE : Place.DESTINATION;
      switch (choice >> 1 & 3) {
        case 0 -> store.say(side, FrameType.STORE_REQUEST, bytes(in));
        case 1 -> store.say(side, FrameType.STORE_PAGES, bytes(in));
        case 2 -> store.connect(side);
        default -> store.ask(side, in);
      }
    }
  }

  private static byte[] bytes(ByteBuffer in) {
    int length = in.hasRemaining() ? Math.min(in.get() & 0xff, in.remaining()) : 0;
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static int next(ByteBuffer in, int bound) {
    return in.hasRemaining() ? (in.get() & 0xff) % bound : 0;
  }

  private Conversation connect(Place side) throws FrameException {
    var conversation = new Conversation(side);
    conversations.put(side, conversation);
    conversation.begin();
    return conversation;
  }

  private Conversation conversation(Place side) throws FrameException {
    Conversation now = conversations.get(side);
    return now == null || now.closed ? connect(side) : now;
  }

  private void say(Place side, FrameType type, byte[] payload) throws FrameException {
    conversation(side).say(type, payload);
  }

  /** A request of the right form, with contents or without. */
  private void ask(Place side, ByteBuffer in) throws FrameException {
    Conversation to = conversation(side);
    Kind kind = Kind.values()[next(in, Kind.values().length)];
    int number = ++to.number;
    int argument = next(in, PAGES + 2);
    int version = next(in, 100);
    int which = next(in, 1 << PAGES);
    if (kind == Kind.KEEP_PAGE && argument < PAGES) {
      // Pages below it would be the first ones.
      int behind = which & -1 << argument | 1 << argument;
      to.kept.put(number, Map.entry(version, behind));
      to.say(FrameType.STORE_PAGES, pages(number, version, behind));
    } else if (kind == Kind.COMMIT_PAGES && which != 0) {
      to.committed.put(number, Map.entry(version, which));
      to.say(FrameType.STORE_PAGES, pages(number, version, which));
    }
    boolean state = kind == Kind.KEEP_PAGE && argument == PAGES;
    boolean set = kind == Kind.COMMIT_PAGES || kind == Kind.CONFIRM_COPIES;
    to.asked.put(number, kind);
    to.arguments.put(number, argument);
    to.say(
        FrameType.STORE_REQUEST,
        new StoreRequest(
                number,
                kind,
                kind == Kind.RELEASE || kind == Kind.GIVE_IMAGE || kind == Kind.CONFIRM_COPIES
                    ? 0
                    : argument,
                0,
                new PageList(set ? new long[] {which} : new long[0]),
                state ? new byte[] {1} : new byte[0])
            .toBytes());
  }

  private static byte[] pages(int number, int version, int which) {
    List<CheckpointPages.Page> pages = new ArrayList<>();
    for (int page = 0; page < PAGES; page++) {
      if ((which >> page & 1) == 1) {
        pages.add(new CheckpointPages.Page(page, version, null));
      }
    }
    return new StorePages(number, pages).toBytes();
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  /** One connection, whose other end reads everything at once. */
  private final class Conversation implements Link, StorePeer.Admission {
    private final Place side;
    private final StorePeer peer = new StorePeer(this, 1);
    private final Map<Integer, Kind> asked = new HashMap<>();
    private final Map<Integer, Integer> arguments = new HashMap<>();
    private final Map<Integer, Map.Entry<Integer, Integer>> kept = new HashMap<>();
    private final Map<Integer, Map.Entry<Integer, Integer>> committed = new HashMap<>();
    private StorePages page;
    private int number;
    private int sequence;
    private boolean closed;

    Conversation(Place side) {
      this.side = side;
    }

    void begin() throws FrameException {
      boolean source = side == Place.SOURCE;
      say(
          FrameType.STORE_HELLO,
          new StoreHello(GUEST, PAGES, true, source, source ? "A" : "B").toBytes());
    }

    void say(FrameType type, byte[] payload) throws FrameException {
      if (closed) {
        return;
      }
      try {
        peer.received(this, new Frame(type, 0, 1, sequence++, ByteBuffer.wrap(payload)));
      } catch (FrameException refused) {
        require(refused.getMessage() != null && !refused.getMessage().isBlank(), "no word");
        peer.lost(this, refused.getMessage(), true);
      }
    }

    @Override
    public void admit(StorePeer by, StoredAttempt.Key key, StoreHello hello) {
      by.admitted(attempt);
    }

    @Override
    public void left(StorePeer by) {
      closed = true;
    }

    @Override
    public void send(FrameType type, int flags, int ofAttempt, byte[] payload) {
      try {
        if (type == FrameType.STORE_ANSWER) {
          answered(StoreAnswer.of(ByteBuffer.wrap(payload)));
        } else if (type == FrameType.STORE_PAGES) {
          page = StorePages.of(ByteBuffer.wrap(payload), PAGES);
        }
      } catch (FrameException ofStore) {
        throw new AssertionError("the store says what no store says", ofStore);
      }
    }

    private void answered(StoreAnswer answer) {
      Kind kind = asked.get(answer.number());
      if (kind == null || !answer.agreed()) {
        return;
      }
      int argument = arguments.get(answer.number());
      switch (kind) {
        case TAKE_CLAIM -> {
          Claim by = StoreTrace.claim(side);
          require(given == Claim.NONE || given == by, "the claim is given to both");
          given = by;
        }
        case CONFIRM_CLAIM ->
            require(given == StoreWords.claim(argument), "a claim that was not given is told");
        case KEEP_PAGE -> {
          if (argument < PAGES) {
            putVersions(kept.get(answer.number()));
          }
        }
        case COMMIT_PAGES -> {
          require(given == Claim.NONE, "a checkpoint is taken after the claim");
          Map.Entry<Integer, Integer> pages = committed.get(answer.number());
          if (pages != null) {
            putVersions(pages);
          }
        }
        case GIVE_PAGE -> {
          if (argument < PAGES) {
            CheckpointPages.Page got = page.pages().get(0);
            require(got.number() == argument, "another page is given");
            Integer last = versions.get(argument);
            require(last != null && got.version() == last, "an older copy is given");
          }
        }
        default -> require(answer.number() > 0, "an answer to nothing");
      }
    }

    private void putVersions(Map.Entry<Integer, Integer> pages) {
      for (int each = 0; each < PAGES; each++) {
        if ((pages.getValue() >> each & 1) == 1) {
          versions.put(each, pages.getKey());
        }
      }
    }

    @Override
    public int nextSequence() {
      return 0;
    }

    @Override
    public boolean takesPages() {
      return true;
    }

    @Override
    public ByteBuffer pagesBuffer() {
      return ByteBuffer.allocate(PageBatch.FRAME_BYTES_MAX);
    }

    @Override
    public void sendPages(int flags, int ofAttempt, List<ByteBuffer> elsewhere) {
      throw new IllegalStateException("a store sends no such pages " + Arrays.asList(elsewhere));
    }

    @Override
    public Optional<Set<String>> provenNames() {
      return Optional.empty();
    }

    @Override
    public void setReading(boolean reading) {
      // It is told one frame after the other.
    }

    @Override
    public void setSilenceMillis(long millis) {
      // Nobody is silent here.
    }

    @Override
    public void close() {
      closed = true;
    }

    @Override
    public void closeOnceHeard(long millis) {
      closed = true;
    }
  }
}
