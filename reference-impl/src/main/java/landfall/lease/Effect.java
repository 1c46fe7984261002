package landfall.lease;

import landfall.protocol.Host;

/** What a holder or the grantor must do because of a step, in the order given. */
public sealed interface Effect {

  /** Ask for the lease, under a number that no request of this host had before. */
  record SendAsk() implements Effect {}

  /** Give the lease back, under such a number. Requests of this host before it count no more. */
  record SendRelease() implements Effect {}

  /** Answer the request of a host: the guest is lent to it. */
  record SendGranted(Host to) implements Effect {}

  /**
   * The host holds the lease for a term. There is nothing to do for it: this is for whom compares
   * clocks, which no host can.
   *
   * @param sinceAsked true if the term runs since it was asked for, false if since now
   */
  record HoldTerm(boolean sinceAsked) implements Effect {}

  /** Let the guest run. */
  record StartGuest() implements Effect {}

  /** Stop the guest. */
  record StopGuest() implements Effect {}
}
