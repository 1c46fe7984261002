package landfall.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Storage with a lock that hosts share. Each has a way of its own to it, which it can lose. */
final class SharedStorage {
  private static final String LOCK = "lock";

  private final Path folder;
  private final Path storage;

  /**
   * Makes it.
   *
   * @param folder for the storage and the ways to it
   */
  SharedStorage(Path folder) throws IOException {
    this.folder = folder;
    storage = Files.createDirectory(folder.resolve("storage"));
  }

  private Path way(String host) {
    return folder.resolve("at-" + host);
  }

  /** The lock as this host finds it, which has a way to the storage from now on. */
  Path reachedBy(String host) throws IOException {
    if (!Files.isSymbolicLink(way(host))) {
      reach(host);
    }
    return way(host).resolve(LOCK);
  }

  /** A host that had lost the storage has it again. */
  void reach(String host) throws IOException {
    Files.createSymbolicLink(way(host), storage);
  }

  /** Whatever this host opens there is not found any more. */
  void lose(String host) throws IOException {
    Files.delete(way(host));
  }

  LockRecord record() throws Exception {
    return LockRecord.of(Files.readString(storage.resolve(LOCK)));
  }

  /** Who has the guest; empty while it is on offer. */
  String owner() throws Exception {
    return record() instanceof LockRecord.Owned own ? own.owner().name() : "";
  }
}
