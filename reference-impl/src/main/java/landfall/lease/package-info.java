/**
 * A lease on the guest, an arbiter made of time, as two pure state machines: {@link
 * landfall.lease.Holder}, one on each host, and {@link landfall.lease.Grantor}. What one is and an
 * {@link landfall.lease.Action} give what it is next and the {@link landfall.lease.Effect}s that
 * are due. No socket, thread or random number is in here, and no clock: that a clock ticked is an
 * action.
 *
 * <p>Specified by the TLA+ module {@code Lease}; actions have the same names there. The explorer
 * holds this package against the model state by state, and takes it along the model's
 * counterexamples.
 *
 * <p>The core promises, as long as no clock drifts by more than {@link
 * landfall.lease.Protocol#driftMax} within a term: at any moment at most one host lets output
 * leave; who holds the lease by its own clock has it from the grantor; and a host that is dead or
 * silent loses it without being asked.
 *
 * <p>It does not promise that a host which gets the lease has a copy of the guest that is good
 * enough to run: a lease that is over is no consent.
 *
 * <p>The module knows what no host could. What that means for this code:
 *
 * <ul>
 *   <li><b>How far clocks are apart</b> ({@code lag}, {@code askedLag}) nobody can see. In the
 *       module no clock ticks when that would break the bound; here a holder takes every tick that
 *       its clock gives it. That clocks keep within the bound is the explorer's world's doing. In a
 *       real one it is an assumption about machines, and a host that was suspended has broken it
 *       ({@code MCLeaseDriftTooLarge}).
 *   <li><b>Only the last request and its answer are on their way</b>: an older message is as good
 *       as lost. Whoever builds a host from this has to number requests, and drop by number what is
 *       older than the last: a holder, answers; the grantor, requests and releases. The numbers are
 *       not in the module, and not here. That an older request which comes first does no harm (it
 *       is granted, nobody counts on the answer, and the grantor waits for longer) is an argument
 *       in words.
 *   <li><b>The look at the clock and the output are one moment.</b> {@link
 *       landfall.lease.Holder#letsOutputLeave} is asked before each output, and whatever time
 *       passes until the output has left must be in the allowance, too. Neither the module nor this
 *       code has it.
 *   <li>A host that restarts has forgotten its lease ({@link landfall.lease.Holder#without}); in
 *       the module the dead stay dead.
 * </ul>
 *
 * <p>{@code landfall.host.Lease} and {@code landfall.host.LeaseGrantor} are the shells around it.
 */
package landfall.lease;
