package landfall.checkpoint;

import landfall.precopy.PageSet;

/**
 * What can happen to a host from the switchover on, by the names of the module {@code
 * ReverseCheckpoint}. A record carries what the host saw when it happened; the phase decides
 * whether it is enabled. A <em>position</em> is a number of steps of the guest.
 */
public sealed interface Action extends landfall.protocol.Action {

  /** Actions of the source. */
  sealed interface OfSource extends Action {}

  /** Actions of the destination. */
  sealed interface OfDestination extends Action {}

  /**
   * The link takes pages that the destination lacks, by push or on demand.
   *
   * @param pages which; one in the specification, a batch here
   */
  record SendPage(PageSet pages) implements OfSource {
    public SendPage(int page) {
      this(PageSet.of(page));
    }
  }

  /**
   * Pages of a checkpoint arrived.
   *
   * @param position of the checkpoint
   * @param pages which; one in the specification, a batch here
   */
  record ReceiveCheckpointPage(int position, PageSet pages) implements OfSource {
    public ReceiveCheckpointPage(int position, int page) {
      this(position, PageSet.of(page));
    }
  }

  /**
   * The end of a checkpoint arrived.
   *
   * @param position of the checkpoint
   * @param pages those that belong to it
   */
  record CommitCheckpoint(int position, PageSet pages) implements OfSource {}

  /**
   * The deadline of the destination has passed, and the source has asked the arbiter.
   *
   * @param taken true if the guest is the source's again, false if the destination has taken it
   */
  record ReclaimLock(boolean taken) implements OfSource {}

  /**
   * The deadline of the destination has passed: it is dead, or only silent. With an arbiter, the
   * lock is the source's by then.
   */
  record StartRecovery() implements OfSource {}

  /** The image of the last committed checkpoint is ready to go on. */
  record RecoverSource() implements OfSource {}

  /** The destination says something, whatever it is. */
  record AnswerSuperseded() implements OfSource {}

  /** The destination asks for the ownership. */
  record GrantOwnership() implements OfSource {}

  /**
   * The destination says something to a source that has given the ownership up.
   *
   * @param asksOwnership true if it is the question for the ownership
   */
  record AnswerGranted(boolean asksOwnership) implements OfSource {}

  /**
   * Pages of the image of the switchover arrived.
   *
   * @param pages which; one in the specification, a batch here
   */
  record ReceivePage(PageSet pages) implements OfDestination {
    public ReceivePage(int page) {
      this(PageSet.of(page));
    }
  }

  /**
   * It is time for a checkpoint, and the guest stands between two steps.
   *
   * @param position steps that it has done
   */
  record TakeCheckpoint(int position) implements OfDestination {}

  /** Nothing of the last checkpoint, nor an answer to it, will come any more. */
  record RetakeCheckpoint() implements OfDestination {}

  /** The source has committed the checkpoint of this position. */
  record ReceiveCheckpointDone(int position) implements OfDestination {}

  /**
   * The network and the disk take output.
   *
   * @param released steps whose output has left already
   */
  record ReleaseOutput(int released) implements OfDestination {}

  /** The source has recovered: the guest is no longer here. */
  record ReceiveSuperseded() implements OfDestination {}

  /** The link to the source is quiet: all that was said before has arrived, or never will. */
  record AskOwnership() implements OfDestination {}

  /** The source gives the ownership up; with an arbiter, the lock was taken, too. */
  record BecomeOwner() implements OfDestination {}

  /** The lock, not the source, gave the guest: it was on offer and is the destination's now. */
  record ClaimLock() implements OfDestination {}

  /** The lock says that the source has taken the guest back. */
  record LearnSuperseded() implements OfDestination {}

  /** The mistake "it was granted, so the guest is mine"; enabled in a mutant only. */
  record OwnUnasked() implements OfDestination {}

  /** A message arrived for which nobody waits. */
  record DropForward() implements OfDestination {}
}
