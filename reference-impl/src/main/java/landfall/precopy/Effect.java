package landfall.precopy;

import java.util.Optional;
import landfall.protocol.Host;

/** What a host must do because of a step, in the order given, before it takes its next action. */
public sealed interface Effect {

  /** Switch the dirty log on, empty. From here every write of the guest is in it. */
  record StartDirtyLog() implements Effect {}

  /** Switch the dirty log off and forget what is in it. */
  record StopDirtyLog() implements Effect {}

  record SendHello(int attempt) implements Effect {}

  /**
   * Read these pages now and send them.
   *
   * @param whilePaused true if the guest is paused, so that they are the last of the attempt
   */
  record SendPages(int attempt, int round, PageSet pages, boolean whilePaused) implements Effect {}

  record SendDeviceState(int attempt) implements Effect {}

  record SendHandover(int attempt) implements Effect {}

  record SendReady(int attempt) implements Effect {}

  record SendResumed(int attempt) implements Effect {}

  /** Stop the guest: it has executed its last instruction here when this is done. */
  record PauseGuest() implements Effect {}

  /** Let the guest go on from the state it has at this host. */
  record RunGuest() implements Effect {}

  /**
   * Offer the lock on the shared storage to one host, for one attempt. Nobody else may take it;
   * this host may take it back as long as the other has not.
   *
   * @param to the host that said it holds the whole image; empty, by mistake, for anybody
   */
  record ReleaseLock(Optional<Host> to, int attempt) implements Effect {}

  /** Close this host's end of the connection by which it sent this attempt. */
  record CloseConnection(int attempt) implements Effect {}

  /** Close this host's end of the connections that brought attempts up to this one. */
  record CloseConnections(int upToAttempt) implements Effect {}

  /** Forget all memory received so far: every page is absent. */
  record ClearMemory() implements Effect {}

  /** Write the pages of the message into memory. */
  record StorePages() implements Effect {}

  /** Take the device state of the message over. */
  record StoreDeviceState() implements Effect {}
}
