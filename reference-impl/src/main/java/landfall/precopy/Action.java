package landfall.precopy;

import landfall.protocol.Host;

/**
 * What can happen to a host, by the names of the modules {@code Handover} and {@code PreCopy}. A
 * record carries what the host saw when it happened; the phase decides whether it is enabled.
 */
public sealed interface Action extends landfall.protocol.Action {

  /** A connection to a destination stands. */
  record StartAttempt() implements Action {}

  /**
   * The link takes more pages.
   *
   * @param pages how many of the lowest pending pages go; one in the specification, a batch here
   */
  record SendPage(int pages) implements Action {
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
  record StartRound(PageSet dirty, int fewEnough) implements Action {}

  /**
   * The round is sent and little is dirty.
   *
   * @param dirtyPages pages in the log
   * @param fewEnough see {@code PreCopy!FewEnough}
   */
  record PauseSource(int dirtyPages, int fewEnough) implements Action {}

  /**
   * The guest is paused and all is sent.
   *
   * @param dirtyPages pages still in the log; capturing the device state may have written some
   */
  record OfferHandover(int dirtyPages) implements Action {}

  /**
   * The destination holds the whole image.
   *
   * @param from the host that says so: the one to which the guest is given away
   */
  record ReceiveReady(int attempt, Host from) implements Action {}

  record ReceiveResumed(int attempt) implements Action {}

  /** The operator wants the attempt taken back. */
  record Cancel() implements Action {}

  /** The connection is lost, or a deadline has passed. */
  record AbortAttempt() implements Action {}

  /** The source is in doubt and reaches the destination again. */
  record ResendHandover() implements Action {}

  /** The source is in doubt: its deadline for the acknowledgement has passed. */
  record GiveUpConnection() implements Action {}

  /**
   * The source in doubt has asked the arbiter.
   *
   * @param taken true if the offer still stood and the lock is the source's again, false if the
   *     destination has it
   */
  record ReclaimLock(boolean taken) implements Action {}

  /** The mistake "no acknowledgement came, so resume"; enabled in a mutant only. */
  record ResumeUnacknowledged() implements Action {}

  record ReceiveHello(int attempt) implements Action {}

  record ReceivePage(int attempt) implements Action {}

  record ReceiveDeviceState(int attempt) implements Action {}

  /** The message Handover arrived and, if there is an arbiter, the lock is this host's. */
  record ResumeDestination(int attempt) implements Action {}

  /** The message Handover arrived but the source has taken the lock back. */
  record RefuseHandover(int attempt) implements Action {}

  /** The link is suspect and the lock, which was offered to this host, is this host's now. */
  record ClaimLock() implements Action {}

  /** The lock has gone its way by a later attempt: this image is not the guest and will not be. */
  record LearnSuperseded() implements Action {}

  /** The connection of the accepted attempt is lost, or its deadline has passed. */
  record DiscardImage() implements Action {}
}
