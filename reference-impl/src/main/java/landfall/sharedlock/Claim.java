package landfall.sharedlock;

import java.util.Optional;
import landfall.protocol.Step;
import landfall.sharedlock.Action.LockExclusively;
import landfall.sharedlock.Action.ReadRecord;

/**
 * How far a host has come that may take the guest: {@code SharedLock!lock} and whether it is in
 * {@code SharedLock!readFree}. The record is read under the exclusive lock and written later; in
 * between nobody else can have written it, as long as the lock is still there.
 *
 * @param lock what this host takes for its lock: what it was granted and has not dropped since
 * @param readFree true if it has read that the guest is free, and may take it
 */
public record Claim(Lock lock, boolean readFree) {

  /** Of a host that has the image open, as the other has. */
  static Claim sharing() {
    return new Claim(Lock.SHARED, false);
  }

  /** The step towards the guest, or nothing if the action is not enabled now. */
  Optional<Step<Claim, Effect>> on(Action.OfClaimant action, Protocol protocol) {
    if (action instanceof LockExclusively && lock != Lock.EXCLUSIVE) {
      return Optional.of(
          Step.to(new Claim(Lock.EXCLUSIVE, readFree), new Effect.SetLock(Lock.EXCLUSIVE)));
    }
    if (action instanceof ReadRecord read
        && hasLock(protocol)
        && !readFree
        && (read.record() == Owner.FREE || protocol.has(Mutant.FREED_IS_GIVEN))) {
      return Optional.of(Step.to(new Claim(lock, true)));
    }
    return Optional.empty();
  }

  /** Whether the record cannot change under one's eyes. */
  boolean hasLock(Protocol protocol) {
    return lock == Lock.EXCLUSIVE || lock == Lock.SHARED && protocol.has(Mutant.SHARED_FOR_WRITING);
  }

  Claim with(Lock next) {
    return new Claim(next, readFree);
  }
}
