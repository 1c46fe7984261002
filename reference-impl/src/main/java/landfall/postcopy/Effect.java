package landfall.postcopy;

import landfall.precopy.PageSet;
import landfall.protocol.Host;

/** What a host must do because of a step, in the order given, before it takes its next action. */
public sealed interface Effect {

  /** Switch the dirty log on, empty. From here every write of the guest is in it. */
  record StartDirtyLog() implements Effect {}

  /** Switch the dirty log off and forget what is in it. */
  record StopDirtyLog() implements Effect {}

  record SendHello(int attempt) implements Effect {}

  /** Read these pages now and send them. */
  record SendPages(int attempt, PageSet pages) implements Effect {}

  /**
   * Send the device state.
   *
   * @param discard pages of which the destination has at most a stale version
   */
  record SendDeviceState(int attempt, PageSet discard) implements Effect {}

  record SendHandover(int attempt) implements Effect {}

  /**
   * Ask on a new connection what the destination lacks.
   *
   * @param handover true if the source is in doubt: the guest is the destination's if it has not
   *     resumed it yet
   */
  record SendRecover(int attempt, boolean handover) implements Effect {}

  record SendReady(int attempt) implements Effect {}

  record SendResumed(int attempt) implements Effect {}

  /** Ask for a page that the guest waits for. */
  record SendDemand(int attempt, int page) implements Effect {}

  /** Say on a new connection which pages are not here. */
  record SendPageList(int attempt, PageSet missing) implements Effect {}

  /** Say that every page is here. */
  record SendComplete(int attempt) implements Effect {}

  /** Stop the guest: it has executed its last instruction here when this is done. */
  record PauseGuest() implements Effect {}

  /** Let the guest go on from the state it has at this host; a page that is absent faults. */
  record RunGuest() implements Effect {}

  /**
   * Offer the lock on the shared storage to one host, for one attempt. Nobody else may take it;
   * this host may take it back as long as the other has not.
   *
   * @param to the host that said it has the device state
   */
  record ReleaseLock(Host to, int attempt) implements Effect {}

  /** Close this host's end of the connection of this attempt. */
  record CloseConnection(int attempt) implements Effect {}

  /** Close this host's end of the connections of all attempts up to this one. */
  record CloseConnections(int upToAttempt) implements Effect {}

  /** Forget all memory received so far: every page is absent. */
  record ClearMemory() implements Effect {}

  /** Write these pages of the message into memory, each in one step that the guest cannot split. */
  record PlacePages(PageSet pages) implements Effect {}

  /** Make these pages absent: what was received of them is stale. */
  record DiscardPages(PageSet pages) implements Effect {}

  /** Take the device state of the message over. */
  record StoreDeviceState() implements Effect {}
}
