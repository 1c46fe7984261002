package landfall.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import landfall.forwardcheckpoint.Claim;

/**
 * What a store must not forget when it dies, in a folder: which attempts it has served, and who has
 * the claim of each. An attempt is a name that did not exist before, {@code GUEST/ATTEMPT.begun},
 * and so is a claim, {@code GUEST/ATTEMPT.claim}. Both are on the disk when a call returns.
 *
 * <p>Pages are not here. A store that was started again has nothing of the guests that it knew
 * before, and says so: for the protocol it is dead to them.
 */
final class StoreRecords {
  private static final String BEGUN = ".begun";
  private static final String CLAIM = ".claim";

  private final Path folder;

  // Held as long as this process lives.
  @SuppressWarnings({"FieldCanBeLocal", "unused"})
  private final FileLock lock;

  private StoreRecords(Path folder, FileLock lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /**
   * Opens the folder, which is made if it does not exist.
   *
   * @throws IOException if nothing can be kept there, or another store does so; the message says
   *     which
   */
  static StoreRecords open(Path folder) throws IOException {
    try {
      Files.createDirectories(folder);
      var guard =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(guard);
      if (lock == null) {
        guard.close();
        throw new IOException("another store uses it");
      }
      guard.force(true);
      force(folder);
      return new StoreRecords(folder, lock);
    } catch (IOException unusable) {
      throw new IOException("cannot keep claims in " + folder + ": " + why(unusable), unusable);
    }
  }

  private static FileLock tryLock(FileChannel guard) throws IOException {
    try {
      return guard.tryLock();
    } catch (OverlappingFileLockException inThisProcess) {
      return null;
    }
  }

  /** Frees the folder for another store. */
  void close() throws IOException {
    lock.acquiredBy().close();
  }

  /** The latest attempt of a guest that was begun here; 0 if there is none. */
  int latest(UUID guest) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(guest.toString()))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("[0-9]{1,9}\\" + BEGUN))
          .mapToInt(name -> Integer.parseInt(name.substring(0, name.length() - BEGUN.length())))
          .max()
          .orElse(0);
    } catch (NoSuchFileException unknown) {
      return 0;
    }
  }

  /**
   * Begins an attempt.
   *
   * @return false if it was begun before
   */
  boolean begin(UUID guest, int attempt) throws IOException {
    Path ofGuest = folder.resolve(guest.toString());
    try {
      Files.createDirectory(ofGuest);
      force(folder);
    } catch (FileAlreadyExistsException known) {
      // As it should be.
    }
    return create(ofGuest.resolve(attempt + BEGUN), "");
  }

  /**
   * Keeps who has the claim. After it has failed it may be called again with the same arguments,
   * and not after it has not.
   *
   * @throws IOException if it cannot be kept, or another has it
   */
  void claim(UUID guest, int attempt, Claim by, String host) throws IOException {
    Path file = folder.resolve(guest.toString()).resolve(attempt + CLAIM);
    String text = by.name().toLowerCase(Locale.ROOT) + " " + host + "\n";
    if (create(file, text)) {
      return;
    }
    Claim there = claimOf(guest, attempt);
    if (there != Claim.NONE && there != by) {
      throw new IOException("another has the claim: " + Files.readString(file).strip());
    }
    // Nobody was told of it: it may not be whole, or not be on the disk.
    write(file, text, StandardOpenOption.TRUNCATE_EXISTING);
  }

  /** Who has the claim; nobody, also if it was not kept whole: then nobody was told that he has. */
  Claim claimOf(UUID guest, int attempt) throws IOException {
    Path file = folder.resolve(guest.toString()).resolve(attempt + CLAIM);
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException none) {
      return Claim.NONE;
    }
    if (text.endsWith("\n")) {
      for (Claim claim : new Claim[] {Claim.SOURCE, Claim.DESTINATION}) {
        if (text.startsWith(claim.name().toLowerCase(Locale.ROOT) + " ")) {
          return claim;
        }
      }
    }
    return Claim.NONE;
  }

  private static boolean create(Path file, String text) throws IOException {
    try {
      write(file, text, StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException known) {
      return false;
    }
    return true;
  }

  private static void write(Path file, String text, StandardOpenOption how) throws IOException {
    try (var out = FileChannel.open(file, how, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    force(file.getParent());
  }

  // A name is on the disk once its folder is.
  private static void force(Path folder) throws IOException {
    try (var names = FileChannel.open(folder, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  /** What was wrong, without the class of the exception where that is all it says. */
  static String why(IOException failed) {
    if (failed instanceof AccessDeniedException) {
      return "it may not be written";
    }
    if (failed instanceof FileAlreadyExistsException) {
      return "it is no folder";
    }
    if (failed instanceof FileSystemException broken && broken.getReason() != null) {
      return broken.getReason();
    }
    return failed.getMessage() == null ? failed.toString() : failed.getMessage();
  }
}
