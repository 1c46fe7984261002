package landfall.host;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import landfall.forwardcheckpoint.Claim;
import landfall.trace.TraceWriter;
import landfall.transport.SelectorLoop;
import landfall.transport.SocketListener;
import landfall.wire.StoreHello;

/**
 * The store on a real socket, {@code landfall store}: the third place of {@code
 * landfall.forwardcheckpoint}, for several guests.
 *
 * <p>Pages are kept in memory, and claims on the disk. A store that dies has lost its pages, and is
 * dead to the guests that it knew: that is one failure, which they survive without it. If it forgot
 * the claim as well it would give it twice. So an attempt is on the disk before the store serves
 * it, and a claim before anybody hears of it; a store that is started again gives no claim of an
 * attempt that it finds there, and only says again who has it.
 */
public final class ForwardStore implements StorePeer.Admission, StoredAttempt.Shell {
  /** Of so many guests pages are kept at a time. */
  static final int GUESTS_MAX = 64;

  /**
   * So many connections ask about attempts that have no pages here; of more, the one that came
   * first is closed.
   */
  static final int WITHOUT_PAGES_MAX = 64;

  private static final int CONNECTIONS_MAX = 2 * GUESTS_MAX + 2 * WITHOUT_PAGES_MAX;

  private final StoreOptions options;
  private final StoreRecords records;
  private final ServerSocketChannel server;
  private final SelectorLoop loop;
  private final StoreTrace trace;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  // A disk may hang. It is asked one thing after the other.
  private final ExecutorService disk =
      Executors.newSingleThreadExecutor(
          work -> {
            var made = new Thread(work, "store-disk");
            made.setDaemon(true);
            return made;
          });

  private final Map<StoredAttempt.Key, StoredAttempt> attempts = new HashMap<>();

  /** Who waits for what the disk has of an attempt. */
  private final Map<StoredAttempt.Key, List<StorePeer>> opening = new HashMap<>();

  /** Bytes that are set aside for an attempt. */
  private final Map<StoredAttempt.Key, Long> reserved = new HashMap<>();

  private final Set<StorePeer> peers = new LinkedHashSet<>();

  private ForwardStore(
      StoreOptions options, StoreRecords records, ServerSocketChannel server, TraceWriter writer)
      throws IOException {
    this.options = options;
    this.records = records;
    this.server = server;
    trace = new StoreTrace(writer, options.tracked());
    loop = SelectorLoop.start("store", ended::completeExceptionally);
  }

  /**
   * Starts a store.
   *
   * @throws IOException if the address is taken, nothing can be kept in the folder, or another
   *     store uses it; the message says which
   */
  public static ForwardStore start(StoreOptions options) throws IOException {
    StoreRecords records = StoreRecords.open(options.folder());
    try {
      TraceWriter writer =
          options.trace().isPresent()
              ? new TraceWriter(options.trace().get(), "store")
              : TraceWriter.discarding();
      ServerSocketChannel server = options.listen().listen();
      var store = new ForwardStore(options, records, server, writer);
      HostAddress.tell("store", "hosts", server);
      store.loop.execute(store::listen);
      return store;
    } catch (IOException | RuntimeException failed) {
      records.close();
      throw failed;
    }
  }

  private void listen() {
    try {
      SocketListener.start(
          loop,
          server,
          () -> new StorePeer(this, options.deadlineMillis()),
          options.deadlineMillis(),
          Optional.empty());
    } catch (IOException failed) {
      ended.completeExceptionally(failed);
    }
  }

  /** Does not return while the store works. */
  public void await() {
    ended.join();
  }

  /** It is gone when this returns, with all that was in memory. */
  void kill() throws InterruptedException, IOException {
    loop.execute(
        () -> {
          try {
            server.close();
          } catch (IOException ignored) {
            // Nobody connects there any more either way.
          }
          List.copyOf(peers).forEach(StorePeer::replaced);
          loop.close();
        });
    loop.awaitEnd();
    disk.shutdown();
    records.close();
  }

  // ---------------------------------------------------------------- who comes

  @Override
  public void admit(StorePeer peer, StoredAttempt.Key key, StoreHello hello) {
    peers.add(peer);
    if (peers.size() > CONNECTIONS_MAX) {
      peer.refuse("the store has " + CONNECTIONS_MAX + " connections, and takes no other");
      return;
    }
    StoredAttempt known = attempts.get(key);
    if (known != null) {
      admit(peer, known);
      return;
    }
    List<StorePeer> others = opening.get(key);
    if (others != null) {
      others.add(peer);
      return;
    }
    opening.put(key, new ArrayList<>(List.of(peer)));
    Optional<String> noRoom = reserve(key, hello);
    disk.execute(
        () -> {
          try {
            Found found = find(key, noRoom);
            loop.execute(() -> opened(key, hello, found));
          } catch (IOException failed) {
            String why = "attempts cannot be kept: " + StoreRecords.why(failed);
            loop.execute(() -> refused(key, why));
          }
        });
  }

  private void admit(StorePeer peer, StoredAttempt to) {
    peer.admitted(to);
    List<StorePeer> withoutPages = peers.stream().filter(StorePeer::lacksPages).toList();
    if (withoutPages.size() > WITHOUT_PAGES_MAX) {
      withoutPages.get(0).replaced();
    }
  }

  /** What the disk has of an attempt: why it lacks its pages, or that it begins now. */
  private record Found(Claim claim, Optional<String> lacks, Optional<String> noRoom) {}

  // On the disk's thread.
  private Found find(StoredAttempt.Key key, Optional<String> noRoom) throws IOException {
    int latest = records.latest(key.guest());
    if (latest < key.attempt()) {
      if (noRoom.isEmpty()) {
        records.begin(key.guest(), key.attempt());
      }
      return new Found(Claim.NONE, Optional.empty(), noRoom);
    }
    String why =
        latest > key.attempt()
            ? "attempt " + latest + " to move this guest has begun"
            : "the store was started again since attempt " + latest + " began, or has ended it";
    return new Found(
        records.claimOf(key.guest(), key.attempt()), Optional.of(why), Optional.empty());
  }

  private void opened(StoredAttempt.Key key, StoreHello hello, Found found) {
    if (found.noRoom().isPresent()) {
      refused(key, found.noRoom().get());
      return;
    }
    var attempt =
        new StoredAttempt(key, hello, options.mutants(), found.claim(), found.lacks(), trace, this);
    attempts.put(key, attempt);
    if (attempt.lacksPages()) {
      reserved.remove(key);
    } else {
      dropBefore(key);
    }
    trace.takeUp(key, found.claim(), hello.pages());
    opening.remove(key).forEach(peer -> admit(peer, attempt));
    tidy();
  }

  private void refused(StoredAttempt.Key key, String why) {
    reserved.remove(key);
    System.err.println("landfall store: attempt " + key.attempt() + " is refused: " + why);
    opening.remove(key).forEach(peer -> peer.refuse(why));
  }

  // A guest that is moved again is where its last move ended.
  private void dropBefore(StoredAttempt.Key latest) {
    for (StoredAttempt attempt : List.copyOf(attempts.values())) {
      StoredAttempt.Key key = attempt.key();
      if (isBefore(key, latest)) {
        attempt.drop("attempt " + latest.attempt() + " to move this guest has begun");
      }
    }
  }

  private static boolean isBefore(StoredAttempt.Key key, StoredAttempt.Key later) {
    return key.guest().equals(later.guest()) && key.attempt() < later.attempt();
  }

  private Optional<String> reserve(StoredAttempt.Key key, StoreHello hello) {
    long needed = StoredAttempt.bytes(hello);
    long most = (long) options.memoryMib() << 20;
    // What an earlier attempt has is given up for this one.
    long free =
        most
            - reserved.entrySet().stream()
                .filter(each -> !isBefore(each.getKey(), key))
                .mapToLong(Map.Entry::getValue)
                .sum();
    if (reserved.size() >= GUESTS_MAX) {
      return Optional.of("the store has " + GUESTS_MAX + " guests, and takes no other");
    }
    if (needed > free) {
      return Optional.of(
          "a guest of %d pages needs %d MiB at the store, and of its %d MiB (--memory-mib) %d are free"
              .formatted(
                  hello.pages(), (needed + (1 << 20) - 1) >> 20, options.memoryMib(), free >> 20));
    }
    reserved.put(key, needed);
    return Optional.empty();
  }

  // ---------------------------------------------------------------- what goes

  @Override
  public void dropped(StoredAttempt attempt) {
    reserved.remove(attempt.key());
    loop.execute(this::tidy);
  }

  @Override
  public void left(StorePeer peer) {
    peers.remove(peer);
    loop.execute(this::tidy);
  }

  // What is on the disk is found there again.
  private void tidy() {
    attempts.values().removeIf(attempt -> attempt.lacksPages() && !attempt.hasPeers());
  }

  @Override
  public void keep(
      StoredAttempt.Key key, Claim by, String host, Runnable kept, Consumer<String> failed) {
    disk.execute(
        () -> {
          try {
            records.claim(key.guest(), key.attempt(), by, host);
            loop.execute(kept);
          } catch (IOException refused) {
            String why = StoreRecords.why(refused);
            System.err.println("landfall store: a claim cannot be kept: " + why);
            loop.execute(() -> failed.accept(why));
          }
        });
  }
}
