/**
 * Copies ahead to a third place and checkpoints back to the source, or to the third place as well
 * ({@link landfall.forwardcheckpoint.Protocol#keeper}), so that a guest in post-copy survives any
 * one failure, as three pure state machines: {@link landfall.forwardcheckpoint.SourcePhase}, {@link
 * landfall.forwardcheckpoint.DestinationPhase} and {@link landfall.forwardcheckpoint.Store}. What a
 * place is and an {@link landfall.forwardcheckpoint.Action} give what it is next and the {@link
 * landfall.forwardcheckpoint.Effect}s that are due. No socket, clock, thread or random number is in
 * here. Sets of pages are those of {@code landfall.precopy}.
 *
 * <p>Specified by the TLA+ module {@code ForwardCheckpoint}; actions and phases have the same names
 * there. The explorer holds this package against the model state by state, and takes it along the
 * model's counterexamples.
 *
 * <p>In the module an exchange between two places is one moment. Here the place that begins it asks
 * by an effect ({@link landfall.forwardcheckpoint.Request}), the other answers by a step of its
 * own, and whoever performs effects sees to it that both steps happen or neither does. A place
 * decides by what it was told.
 *
 * <p>The core promises: the guest leaves the source only when the store has each page as it is
 * then; a host goes on without the other only if it has the claim, which the store gives to one, or
 * if the source has promised never to take it; output is released only up to the last checkpoint
 * that its keeper, the source or the store, has confirmed, or all of it once the source can no
 * longer take the guest back; the store takes no checkpoint any more once somebody has the claim.
 *
 * <p>What the module knows that no host could, and what that means for this code:
 *
 * <ul>
 *   <li><b>An exchange is whole or not at all.</b> A real answer can be lost, and then one side has
 *       taken its step. If it is the claim, the store gives it again to who has it; in the module
 *       nobody has to ask twice, so that this adds no step there. That alone is not enough. The
 *       rule for a shell, which {@code MCForwardCheckpointAnswerLost} shows to be: once a source
 *       has asked for the claim, it repeats the request until the store has answered it, even if
 *       the destination is back, and does not take {@code GrantOwnership} before; to read that
 *       nobody has the claim is no answer, as the request may still be on its way. It may do all
 *       else meanwhile, and a destination in doubt may do all that it could before. This core
 *       cannot see a doubt, and takes {@code GrantOwnership} whenever it is asked: the shell has to
 *       hold it back. If it is the switchover, source and destination could both run the guest:
 *       that exchange needs the steps of {@code Handover}, which has no store. A checkpoint and the
 *       end are safe to lose: whether they were accepted is asked for anew ({@code
 *       ReceiveCheckpointDone}, {@code BecomeOwner}). So is the image that a store gives to the
 *       source that has the claim: it changes no more. A store that learned of a switchover which
 *       then did not happen learns of the next.
 *   <li><b>What is sent to the store arrives in the order in which it was sent.</b> A copy of a
 *       page that arrives after a newer one makes the guest lose that write, with nothing having
 *       failed ({@code MCForwardCheckpointCopiedLate}). The {@link
 *       landfall.forwardcheckpoint.Store} has pages and no versions: a shell sends copies in order,
 *       or with a version by which the newer one is kept.
 *   <li><b>Who suspects is right</b>: a deadline passes only where the other is dead or a link is
 *       cut. A host that is merely slow is given up in neither the module nor the explorer's world.
 *       The claim decides then as well, but that is not shown.
 *   <li><b>{@code GrantOwnership} looks at what the destination lacks</b> ({@code Missing}), and
 *       {@code CommitCheckpoint} leaves that alone in the image. Neither source nor store can know.
 *       Here the destination says so when it asks, so both begin there.
 *   <li><b>{@code CopyAhead} compares versions at two places.</b> Here the source has a dirty log,
 *       which the module has not. With the mistake {@link
 *       landfall.forwardcheckpoint.Mutant#COPIED_AFTER} it looks at {@code Missing}, too; there the
 *       source counts what it has given away.
 *   <li><b>{@code ReceiveCheckpointDone} takes what the keeper has stored at that moment</b>: a
 *       source that takes the guest back goes on confirming the checkpoint from which it does, and
 *       so does a store to whoever asks. Harmless, since neither commits any other.
 *   <li><b>A commit that the store refuses is no step</b>, as one that gets lost. That it was
 *       refused, and why, the destination learns by {@code LearnSuperseded} only.
 *   <li><b>{@code ClaimGuest} and {@code BecomeOwner} release the output of all of the guest's
 *       steps</b>, wherever they were done ({@code released' = Len(steps)}). A host releases what
 *       it holds. A test says that in the explorer's world this is the same; only with the mistake
 *       {@link landfall.forwardcheckpoint.Mutant#NOT_CLAIMED} it is not, and there the explorer
 *       counts as the module does.
 *   <li>What a superseded guest executes is no step of the guest, and what it holds is counted no
 *       more once the recovered guest has written; as in {@code landfall.checkpoint}.
 *   <li>A place that restarts has forgotten everything; in the module the dead stay dead. A store
 *       that forgets the claim would give it away twice. {@code landfall.host.ForwardStore} keeps
 *       claims on the disk, and gives none of an attempt that it finds there.
 * </ul>
 *
 * <p>{@code landfall store} is the shell around the store, and {@code landfall host} that around
 * the two hosts, with the store as the keeper of checkpoints. The source as the keeper has met
 * every event in the model's world, and not one on a real socket.
 */
package landfall.forwardcheckpoint;
