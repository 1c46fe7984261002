package landfall.precopy;

/**
 * What can happen to a host, by the names of the modules {@code Handover} and {@code PreCopy}. A
 * record carries what the host saw when it happened; the phase decides whether it is enabled.
 */
public sealed interface Action {

  /** Name of the action in the specification and in traces. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** Actions of the source. */
  sealed interface OfSource extends Action {}

  /** Actions of the destination. */
  sealed interface OfDestination extends Action {}

  /** A connection to the destination stands. */
  record StartAttempt() implements OfSource {}

  /**
   * The link takes more pages.
   *
   * @param pages how many of the lowest pending pages go; one in the specification, a batch here
   */
  record SendPage(int pages) implements OfSource {
    public SendPage {
      if (pages < 1) {
        throw new IllegalArgumentException("SendPage sends at least one page, not " + pages);
      }
    }
  }

  /**
   * The dirty log was collected and cleared, in one step, before any page of it is read.
   *
   * @param dirty what was in the log
   * @param fewEnough see {@code PreCopy!FewEnough}
   */
  record StartRound(PageSet dirty, int fewEnough) implements OfSource {}

  /**
   * The round is sent and little is dirty.
   *
   * @param dirtyPages pages in the log
   * @param fewEnough see {@code PreCopy!FewEnough}
   */
  record PauseSource(int dirtyPages, int fewEnough) implements OfSource {}

  /**
   * The guest is paused and all is sent.
   *
   * @param dirtyPages pages still in the log; capturing the device state may have written some
   */
  record OfferHandover(int dirtyPages) implements OfSource {}

  record ReceiveReady(int attempt) implements OfSource {}

  record ReceiveResumed(int attempt) implements OfSource {}

  /** The operator wants the attempt taken back. */
  record Cancel() implements OfSource {}

  /** The connection is lost, or a deadline has passed. */
  record AbortAttempt() implements OfSource {}

  /** The source is in doubt and reaches the destination again. */
  record ResendHandover() implements OfSource {}

  /** The source is in doubt: its deadline for the acknowledgement has passed. */
  record GiveUpConnection() implements OfSource {}

  /**
   * The source in doubt has asked the arbiter.
   *
   * @param taken true if the lock was free and is the source's now, false if the destination has it
   */
  record ReclaimLock(boolean taken) implements OfSource {}

  /** The mistake "no acknowledgement came, so resume"; enabled in a mutant only. */
  record ResumeUnacknowledged() implements OfSource {}

  record ReceiveHello(int attempt) implements OfDestination {}

  record ReceivePage(int attempt) implements OfDestination {}

  record ReceiveDeviceState(int attempt) implements OfDestination {}

  /** The message Handover arrived and, if there is an arbiter, the lock is the destination's. */
  record ResumeDestination(int attempt) implements OfDestination {}

  /** The message Handover arrived but the source has taken the lock back. */
  record RefuseHandover(int attempt) implements OfDestination {}

  /** The link is suspect and the lock, which was free, is the destination's now. */
  record ClaimLock() implements OfDestination {}

  /** The connection of the accepted attempt is lost, or its deadline has passed. */
  record DiscardImage() implements OfDestination {}
}
