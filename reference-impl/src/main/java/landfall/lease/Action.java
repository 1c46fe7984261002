package landfall.lease;

import landfall.protocol.Host;

/**
 * What can happen to a holder or to the grantor, by the names of the module {@code Lease}. A record
 * carries what was seen when it happened; {@link Holder} and {@link Grantor} decide whether it is
 * enabled.
 */
public sealed interface Action extends landfall.protocol.Action {

  /** Actions of a host that holds the lease, or would. */
  sealed interface OfHolder extends Action {}

  /** Actions of the grantor. */
  sealed interface OfGrantor extends Action {}

  /** The host's own clock went on by one tick. */
  record TickHost() implements OfHolder {}

  /** The host wants the lease, or wants to keep it. */
  record AskLease() implements OfHolder {}

  /** The answer to the last request arrived. One to an older request is dropped unseen. */
  record ReceiveLease() implements OfHolder {}

  /** The guest is to run here. */
  record StartGuest() implements OfHolder {}

  /** The host happens to look whether the lease is over. */
  record NoticeEnd() implements OfHolder {}

  /** The guest is to run elsewhere, and soon. */
  record ReleaseLease() implements OfHolder {}

  /** The grantor's own clock went on by one tick. */
  record TickGrantor() implements OfGrantor {}

  /** The last request of a host is there. It waits while it is not granted. */
  record GrantLease(Host host) implements OfGrantor {}

  /** A host says that it acts no more. */
  record ReceiveRelease(Host host) implements OfGrantor {}

  /** The grantor looks whether the lease is over. */
  record ExpireLease() implements OfGrantor {}
}
