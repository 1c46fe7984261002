/**
 * Checkpoints back to the source after a post-copy switchover, as two pure state machines: {@link
 * landfall.checkpoint.SourcePhase} and {@link landfall.checkpoint.DestinationPhase}. A phase and an
 * {@link landfall.checkpoint.Action} give the next phase and the {@link
 * landfall.checkpoint.Effect}s that the host must perform. No socket, clock, thread or random
 * number is in here. Sets of pages are those of {@code landfall.precopy}.
 *
 * <p>Specified by the TLA+ module {@code ReverseCheckpoint}; actions and phases have the same names
 * there. The explorer holds this package against the model state by state, and takes it along the
 * model's counterexamples.
 *
 * <p>The core promises: output is released only up to the last checkpoint that the source has
 * confirmed, or all of it once the source has given the ownership up; a checkpoint is committed
 * whole or dropped; a source that recovers takes the disk first, and never confirms or grants
 * anything from then on; a source that granted the ownership never recovers. With an arbiter the
 * lock decides instead of the grant: a source recovers only once it has taken the guest back there,
 * and the destination releases all output only once it has taken it, with every page here.
 *
 * <p>The module looks at both hosts at once. What that means for this code:
 *
 * <ul>
 *   <li>A superseded destination that does not know it executes on, takes checkpoints and releases
 *       what it knows to be committed; the guest has two pasts then. The module says what of it may
 *       be seen: to the network what the recovered guest remembers, and nothing on the disk.
 *   <li>{@code RetakeCheckpoint} and {@code AskOwnership} wait until nothing of what was said
 *       before is on its way. A host can only wait long enough, or close the connection. What
 *       becomes of one who is too hasty is in neither graph; {@code MCReverseCheckpointHasty} says
 *       that it is as safe.
 *   <li>{@code SendPage} sends a page that is missing and not on its way. How the source knows, by
 *       a request or its own account, is left out in both.
 *   <li>{@code ReceiveSuperseded} empties both directions of the link: a connection that is reset.
 *   <li>That the source frees a page in the moment in which it arrives is the module's way to tell
 *       one mistake ({@link landfall.checkpoint.Mutant#SOURCE_FREES_PAGES}); a source could know it
 *       only later.
 * </ul>
 *
 * <p>{@code landfall.host} runs it on sockets. There the device state is one more page, with the
 * number behind the last of RAM; a position counts what the guest did between two checkpoints; and
 * one checkpoint is on its way at a time, so that what {@code RetakeCheckpoint} and {@code
 * AskOwnership} wait for is known. A guest's disk is another page, behind the device state. Its
 * writes are acknowledged to the guest when they are held, and what is covered is carried out
 * before {@code ReleaseOutput} is taken; a destination whose writes are refused does not take it.
 */
package landfall.checkpoint;
