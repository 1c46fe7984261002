/**
 * Holds the protocol cores of the reference engine ({@code landfall.precopy}, {@code
 * landfall.postcopy}, {@code landfall.checkpoint}, {@code landfall.lease}, {@code
 * landfall.sharedlock}) against the TLA+ modules {@code PreCopy}, {@code PostCopy}, {@code
 * ReverseCheckpoint}, {@code Lease} and {@code SharedLock}, state by state and step by step.
 *
 * <p>{@link landfall.explorer.Exploration} lets TLC dump the whole graph of the module within
 * {@link landfall.explorer.Bounds}, explores a world in which only the core decides what a host
 * does, and gives a {@link landfall.explorer.Comparison}: both sets of states and both sets of
 * labelled steps, and where they differ. The world knows links, crashes, memory and the guest; it
 * takes no decision of the protocol. {@link landfall.explorer.Following} takes a core along one
 * behaviour that the model checker found.
 *
 * <p>What equality does not show: anything that needs more than the bounds, and anything below the
 * model (contents and encodings of pages, time, sockets). Of {@code ReverseCheckpoint} the graph is
 * that of {@code MCReverseCheckpointGraph}, in which one step differs from the module; of {@code
 * Lease} that of {@code MCLeaseGraph}, in which who acts is a variable; of {@code SharedLock} that
 * of {@code MCSharedLockGraph}, in which a host's lock and what it takes for its lock are two.
 */
package landfall.explorer;
