package landfall.sharedlock;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import landfall.sharedlock.Action.FreeLock;

/**
 * The storage of the image: {@code SharedLock!lock} and {@code SharedLock!record}. It grants locks
 * and keeps the record, and knows nothing of what hosts do with either.
 *
 * @param locks what each host has of the lock. A host may take another for its own, if storage has
 *     freed it without its knowledge
 * @param record who owns the guest
 */
public record Storage(Map<Host, Lock> locks, Owner record) {

  public Storage {
    locks = Map.copyOf(locks);
    if (locks.size() != Host.values().length) {
      throw new IllegalArgumentException("a lock for each host is needed, not only " + locks);
    }
  }

  /** The guest is the source's, and so is its image. */
  public static Storage initial() {
    return new Storage(
        Map.of(Host.SOURCE, Lock.EXCLUSIVE, Host.DESTINATION, Lock.NONE), Owner.SOURCE);
  }

  /** What a host has of the lock. */
  public Lock lock(Host host) {
    return locks.get(host);
  }

  /** The storage after a request of a host was granted, or nothing if it is refused. */
  public Optional<Storage> on(Host from, Effect.Request request) {
    if (request instanceof Effect.SetLock set) {
      return set.mode().goesWith(lock(from.other()))
          ? Optional.of(with(from, set.mode()))
          : Optional.empty();
    }
    // Whoever asks. That a host has the lock is for the host to see to.
    return request instanceof Effect.WriteRecord write
        ? Optional.of(new Storage(locks, write.owner()))
        : Optional.empty();
  }

  /** The storage after what it does by itself, or nothing if that is not enabled now. */
  public Optional<Storage> on(Action.OfStorage action, Protocol protocol) {
    return action instanceof FreeLock free
            && lock(free.host()) != Lock.NONE
            && (free.dead() || protocol.has(Mutant.FREED_WHILE_CUT_OFF))
        ? Optional.of(with(free.host(), Lock.NONE))
        : Optional.empty();
  }

  private Storage with(Host host, Lock lock) {
    var next = new EnumMap<>(locks);
    next.put(host, lock);
    return new Storage(next, record);
  }
}
