package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import landfall.precopy.Mutant;
import landfall.protocol.Host;

/**
 * The lock that decides who owns the guest, {@code Handover!lock}: a file on storage that all hosts
 * reach, with one {@link LockRecord}. A change is one step, however it is interrupted: it reads and
 * replaces the file, under an exclusive lock of a file beside it, and the new file takes the place
 * of the old one whole. The record stays when its writer dies. Calls may wait for the storage.
 */
final class Arbiter {

  /** What comes of asking for the guest. */
  enum Answer {
    /** It is this host's. */
    TAKEN,
    /** It is its owner's, who may offer it yet. */
    NOT_OFFERED,
    /** It was taken back, or went its way by a later attempt: this host's copy is worth nothing. */
    SUPERSEDED
  }

  private static final long TRUNCATED_NANOS = 300_000_000;

  /**
   * One monitor for each guard: the JVM refuses a second lock of the same file within the process.
   * Storage that hangs holds up nobody who uses another file.
   */
  private static final Map<Path, Object> MONITORS = new ConcurrentHashMap<>();

  private final Path file;
  private final Path guard;
  private final Host self;
  private final boolean truncates;
  private final boolean knowsRoles;

  /**
   * A host's view of the lock.
   *
   * @param self identity of this host; no other host that uses the file has the same
   */
  Arbiter(Path file, Host self) {
    this(file, self, Set.of());
  }

  /** The same with deliberate mistakes in how the lock is kept. */
  Arbiter(Path file, Host self, Set<Mutant> mutants) {
    this.file = file;
    guard = file.resolveSibling(file.getFileName() + ".guard");
    this.self = self;
    truncates = mutants.contains(Mutant.LOCK_FILE_TRUNCATED);
    knowsRoles = mutants.contains(Mutant.OWNER_BY_ROLE);
  }

  private Host owner() {
    return knowsRoles ? new Host("source") : self;
  }

  private Host taker() {
    return knowsRoles ? new Host("destination") : self;
  }

  /** Makes this host the owner whatever was there: the guest starts here. */
  void claimFirst() throws IOException {
    under(
        () -> {
          replace(new LockRecord.Owned(owner(), 0));
          return null;
        });
  }

  /** Offers the guest, if it is this host's; nothing happens otherwise. */
  void offer(Optional<Host> to, int attempt) throws IOException {
    under(
        () -> {
          if (read() instanceof LockRecord.Owned owned && owned.owner().equals(owner())) {
            replace(
                new LockRecord.Offered(owner(), knowsRoles ? Optional.of(taker()) : to, attempt));
          }
          return null;
        });
  }

  /** Takes the guest by this attempt, if it is offered to this host. Asked again, says the same. */
  Answer take(int attempt) throws IOException {
    return under(
        () -> {
          LockRecord now = read();
          Answer answer = answer(now, attempt);
          if (answer == Answer.TAKEN && now instanceof LockRecord.Offered) {
            replace(new LockRecord.Owned(taker(), attempt));
          }
          return answer;
        });
  }

  /** Whether this attempt can bring the guest to this host no more. Changes nothing. */
  boolean isSuperseded(int attempt) throws IOException {
    return under(() -> answer(read(), attempt) == Answer.SUPERSEDED);
  }

  /** What comes of it if this host takes the guest now. */
  private Answer answer(LockRecord now, int attempt) {
    boolean mine =
        now instanceof LockRecord.Offered offered
            ? offered.to().isEmpty()
                || offered.to().get().equals(taker()) && offered.attempt() == attempt
            : ((LockRecord.Owned) now).owner().equals(taker());
    if (mine) {
      return Answer.TAKEN;
    }
    return now.attempt() >= attempt ? Answer.SUPERSEDED : Answer.NOT_OFFERED;
  }

  /** Takes the guest back unless it was taken. True if it is this host's now. */
  boolean reclaim() throws IOException {
    return under(
        () -> {
          LockRecord now = read();
          if (now instanceof LockRecord.Offered offered && offered.by().equals(owner())) {
            replace(new LockRecord.Owned(owner(), offered.attempt()));
            return true;
          }
          return now instanceof LockRecord.Owned owned && owned.owner().equals(owner());
        });
  }

  private interface Change<T> {
    T make() throws IOException;
  }

  private <T> T under(Change<T> change) throws IOException {
    Path folder = guard.toAbsolutePath().getParent().toRealPath();
    synchronized (
        MONITORS.computeIfAbsent(folder.resolve(guard.getFileName()), path -> new Object())) {
      try (FileChannel channel =
              FileChannel.open(guard, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          var held = channel.lock()) {
        if (!held.isValid()) {
          throw new IOException("the lock of " + guard + " was lost");
        }
        return change.make();
      }
    }
  }

  private LockRecord read() throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    return truncates && text.isEmpty()
        ? new LockRecord.Owned(new Host("nobody"), 0)
        : LockRecord.of(text);
  }

  private void replace(LockRecord record) throws IOException {
    if (truncates) {
      truncateAndWrite(record);
      return;
    }
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try (FileChannel out =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(record.text().getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent())) {
      folder.force(true);
    }
  }

  /** The mistake: who is killed in between leaves a file that names nobody. */
  private void truncateAndWrite(LockRecord record) throws IOException {
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      out.truncate(0);
      // On slow storage it is as long; here a kill must have a chance to fall into it.
      LockSupport.parkNanos(TRUNCATED_NANOS);
      out.write(ByteBuffer.wrap(record.text().getBytes(StandardCharsets.UTF_8)));
    }
  }
}
