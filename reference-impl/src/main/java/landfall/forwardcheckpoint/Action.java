package landfall.forwardcheckpoint;

import landfall.precopy.PageSet;

/**
 * What can happen to a host, by the names of the module {@code ForwardCheckpoint}. A record carries
 * what the host saw when it happened; the phase decides whether it is enabled. An action that two
 * places take together is one of the place that begins it, and what the other is asked is a {@link
 * Request}. The store begins nothing. A <em>position</em> is a number of steps of the guest.
 */
public sealed interface Action extends landfall.protocol.Action {

  /** Actions that the source begins. */
  sealed interface OfSource extends Action {}

  /** Actions that the destination begins. */
  sealed interface OfDestination extends Action {}

  /**
   * The link to the store takes a page.
   *
   * @param written whether the dirty log has the page: the guest wrote it since it was copied
   */
  record CopyAhead(int page, boolean written) implements OfSource {}

  /** The guest is to run at the destination. */
  record PauseSource() implements OfSource {}

  /**
   * The destination is ready to run the guest.
   *
   * @param position steps that the guest has done
   * @param written pages in the dirty log: the guest wrote them since they were copied
   */
  record SwitchOver(int position, PageSet written) implements OfSource {}

  /** The deadline of the destination or of the store has passed: it is dead, or only silent. */
  record ResumeSource() implements OfSource {}

  /** The deadline of the destination has passed: it is dead, or only silent. */
  record StartRecovery() implements OfSource {}

  /** The image of the last committed checkpoint is ready to go on, or the store to give it. */
  record RecoverSource() implements OfSource {}

  /** The source happens to look whether it was given up. */
  record LearnClaimed() implements OfSource {}

  /**
   * The link takes a page that is missing, by push or on demand.
   *
   * @param from the source or the store
   */
  record FetchPage(int page, Place from) implements OfDestination {
    /** {@code IllegalArgumentException} if it is from the destination itself. */
    public FetchPage {
      if (from == Place.DESTINATION) {
        throw new IllegalArgumentException("a page comes from the source or from the store");
      }
    }
  }

  /**
   * It is time for a checkpoint, and the guest stands between two steps.
   *
   * @param position steps that it has done
   */
  record CommitCheckpoint(int position) implements OfDestination {}

  /** The keeper says that its last checkpoint is the one of this position. */
  record ReceiveCheckpointDone(int position) implements OfDestination {}

  /**
   * The network takes output.
   *
   * @param released steps whose output has left already
   */
  record ReleaseOutput(int released) implements OfDestination {}

  /** The deadline of the source has passed: it is dead, or only silent. */
  record ClaimGuest() implements OfDestination {}

  /** Nothing but the claim binds the destination to the migration. */
  record FinishClaim() implements OfDestination {}

  /** The destination happens to look whether it was given up. */
  record LearnSuperseded() implements OfDestination {}

  /** The source is not needed any more. */
  record GrantOwnership() implements OfDestination {}

  /** The destination wants to know that the source has granted it. */
  record BecomeOwner() implements OfDestination {}
}
