/**
 * One host of the reference implementation: one process that holds one guest, gives it away or
 * takes it in, and is told what to do over QMP. This is the shell around {@code landfall.precopy},
 * {@code landfall.postcopy}, {@code landfall.checkpoint} and {@code landfall.lease}: sockets,
 * threads, clocks and files are here, and nothing that decides about the protocol. Beside it are a
 * grantor of leases and the store of {@code landfall.forwardcheckpoint}, each a process of its own.
 *
 * <p>What the package promises: the phase of a host changes in one place only, the driver of the
 * protocol that moves the guest; all of it happens on one event loop, on which nothing waits; and
 * each change is in the trace before any consequence of it can be seen by another host.
 */
package landfall.host;
