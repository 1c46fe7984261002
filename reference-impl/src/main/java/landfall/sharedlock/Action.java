package landfall.sharedlock;

/**
 * What can happen to a host or to the storage, by the names of the module {@code SharedLock}. A
 * record carries what was seen when it happened; the phases of the hosts and {@link Storage} decide
 * whether it is enabled. Who carries an {@link Owner} has read the record just then.
 */
public sealed interface Action extends landfall.protocol.Action {

  /** Actions of the source. */
  sealed interface OfSource extends Action {}

  /** Actions of the destination. */
  sealed interface OfDestination extends Action {}

  /** Actions of whoever may take the guest, on the way there. */
  sealed interface OfClaimant extends OfSource, OfDestination {}

  /** Actions that storage takes by itself; what hosts ask of it are effects. */
  sealed interface OfStorage extends Action {}

  /** Others are to be let in to the image. */
  record ShareLock() implements OfSource {}

  /** The guest is to stop, and its image to be sent. */
  record PauseSource() implements OfSource {}

  /** The operator cancels, or a deadline has passed. */
  record TakeBackAttempt() implements OfSource {}

  /** The destination says that it has the image. */
  record GiveAway() implements OfSource {}

  /** Who has given the guest away has no use for the image. */
  record LetGo() implements OfSource {}

  /** The guest is to be given away while it runs. Only a mistake does that. */
  record GiveAwayRunning(Owner record) implements OfSource {}

  /** The source looks whether the other has taken the guest. */
  record LearnCompleted(Owner record) implements OfSource {}

  /** The destination is to open the image, for the first time or again. */
  record JoinLock() implements OfDestination {}

  /** The image is there as a whole. */
  record ReceiveImage() implements OfDestination {}

  /** The destination looks whether its image is of any use. */
  record DiscardImage(Owner record) implements OfDestination {}

  /** To change a lock is to drop it and to ask anew. It was dropped, and the other was refused. */
  record FailUpgrade() implements OfDestination {}

  /** The image is to be locked for oneself. */
  record LockExclusively() implements OfClaimant {}

  /** The record was read. */
  record ReadRecord(Owner record) implements OfClaimant {}

  /** The guest is to be taken. */
  record TakeOwnership() implements OfClaimant {}

  /**
   * Storage finds that a host which has a lock is gone.
   *
   * @param dead true if it is known that the host is dead; false if nothing was heard of it
   */
  record FreeLock(Host host, boolean dead) implements OfStorage {}
}
