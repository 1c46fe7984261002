package landfall.postcopy;

import landfall.precopy.PageSet;
import landfall.protocol.Host;

/**
 * What can happen to a host, by the names of the modules {@code Handover} and {@code PostCopy}. A
 * record carries what the host saw when it happened; the phase decides whether it is enabled.
 */
public sealed interface Action extends landfall.protocol.Action {

  /** Actions of the source. */
  sealed interface OfSource extends Action {}

  /** Actions of the destination. */
  sealed interface OfDestination extends Action {}

  /** A connection to the destination stands. */
  record StartAttempt() implements OfSource {}

  /**
   * The link takes more pages: before the switchover while the guest writes, after it as the push.
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
   */
  record StartRound(PageSet dirty) implements OfSource {}

  /**
   * The switchover is the operator's choice. The guest stands between two instructions, where its
   * dirty log was collected; it goes on only if the attempt is taken back.
   *
   * @param dirty what was in the log
   */
  record PauseSource(PageSet dirty) implements OfSource {}

  /** The guest is paused and its device state captured. */
  record OfferHandover() implements OfSource {}

  /**
   * The destination has the device state.
   *
   * @param from who says so
   */
  record ReceiveReady(int attempt, Host from) implements OfSource {}

  record ReceiveResumed(int attempt) implements OfSource {}

  /** The guest at the destination waits for a page. */
  record AnswerDemand(int attempt, int page) implements OfSource {}

  record ReceiveComplete(int attempt) implements OfSource {}

  /** The operator wants the attempt taken back. */
  record Cancel() implements OfSource {}

  /** The connection is lost, or a deadline has passed. */
  record AbortAttempt() implements OfSource {}

  /** The connection is suspect after the guest was given away: only the transfer pauses. */
  record GiveUpConnection() implements OfSource {}

  /** A new connection to the destination stands in the place of a lost one. */
  record Recover() implements OfSource {}

  /**
   * The destination says on a new connection what it lacks.
   *
   * @param missing pages that are not there
   */
  record ReceivePageList(int attempt, PageSet missing) implements OfSource {}

  /**
   * The source in doubt has asked the arbiter.
   *
   * @param taken true if the guest is the source's again, false if the destination has taken it
   */
  record ReclaimLock(boolean taken) implements OfSource {}

  /** The mistake "no acknowledgement came, so resume"; enabled in a mutant only. */
  record ResumeUnacknowledged() implements OfSource {}

  record ReceiveHello(int attempt) implements OfDestination {}

  /**
   * Pages arrived.
   *
   * @param pages which; one in the specification, a batch here
   */
  record ReceivePage(int attempt, PageSet pages) implements OfDestination {}

  /**
   * The device state arrived.
   *
   * @param discard pages that are stale here
   */
  record ReceiveDeviceState(int attempt, PageSet discard) implements OfDestination {}

  /** The message Handover arrived and, if there is an arbiter, the lock is the destination's. */
  record ResumeDestination(int attempt) implements OfDestination {}

  /** The message Handover arrived but the source has taken the lock back. */
  record RefuseHandover(int attempt) implements OfDestination {}

  /** The lock says that the source has taken the guest back. */
  record LearnSuperseded() implements OfDestination {}

  /** The lock, not the message, gave the guest: it was offered and is the destination's now. */
  record ClaimLock() implements OfDestination {}

  /** The mistake "Handover has come, so the guest is mine"; enabled in a mutant only. */
  record ResumeUnasked(int attempt) implements OfDestination {}

  /** The guest touched a page that is not here. */
  record DemandPage(int page) implements OfDestination {}

  /**
   * The source asks on a new connection what is missing.
   *
   * @param handover true if the source does not know whether the guest runs here; never, if there
   *     is an arbiter
   */
  record ReceiveRecover(int attempt, boolean handover) implements OfDestination {}

  /** The connection can carry the word that every page is here, and does not carry it yet. */
  record SendComplete() implements OfDestination {}

  /** The connection of the accepted attempt is lost, or its deadline has passed. */
  record DiscardImage() implements OfDestination {}
}
