package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
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
    /** It is its owner's, who has not offered it, or has taken it back. */
    NOT_OFFERED,
    /** It went its way by a later attempt: what this host has of it is worth nothing. */
    SUPERSEDED
  }

  private final Path file;
  private final Path guard;
  private final Host self;

  /**
   * A host's view of the lock.
   *
   * @param self identity of this host; no other host that uses the file has the same
   */
  Arbiter(Path file, Host self) {
    this.file = file;
    guard = file.resolveSibling(file.getFileName() + ".guard");
    this.self = self;
  }

  /** Makes this host the owner whatever was there: the guest starts here. */
  void claimFirst() throws IOException {
    under(
        () -> {
          replace(new LockRecord.Owned(self, 0));
          return null;
        });
  }

  /** Offers the guest, if it is this host's; nothing happens otherwise. */
  void offer(Optional<Host> to, int attempt) throws IOException {
    under(
        () -> {
          if (read() instanceof LockRecord.Owned owned && owned.owner().equals(self)) {
            replace(new LockRecord.Offered(self, to, attempt));
          }
          return null;
        });
  }

  /** Takes the guest by this attempt, if it is offered to this host. Asked again, says the same. */
  Answer take(int attempt) throws IOException {
    return under(
        () -> {
          LockRecord now = read();
          if (now instanceof LockRecord.Offered offered) {
            boolean mine =
                offered.to().isEmpty()
                    || offered.to().get().equals(self) && offered.attempt() == attempt;
            if (mine) {
              replace(new LockRecord.Owned(self, attempt));
              return Answer.TAKEN;
            }
            return offered.attempt() > attempt ? Answer.SUPERSEDED : Answer.NOT_OFFERED;
          }
          if (((LockRecord.Owned) now).owner().equals(self)) {
            return Answer.TAKEN;
          }
          return now.attempt() > attempt ? Answer.SUPERSEDED : Answer.NOT_OFFERED;
        });
  }

  /** Takes the guest back unless it was taken. True if it is this host's now. */
  boolean reclaim() throws IOException {
    return under(
        () -> {
          LockRecord now = read();
          if (now instanceof LockRecord.Offered offered && offered.by().equals(self)) {
            replace(new LockRecord.Owned(self, offered.attempt()));
            return true;
          }
          return now instanceof LockRecord.Owned owned && owned.owner().equals(self);
        });
  }

  private interface Change<T> {
    T make() throws IOException;
  }

  private <T> T under(Change<T> change) throws IOException {
    // The JVM refuses a second lock of the same file within the process, whichever arbiter asks.
    synchronized (Arbiter.class) {
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
    return LockRecord.of(Files.readString(file, StandardCharsets.UTF_8));
  }

  private void replace(LockRecord record) throws IOException {
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
}
