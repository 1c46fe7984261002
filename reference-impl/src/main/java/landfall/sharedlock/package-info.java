/**
 * An arbiter made of a lock on shared storage and a record of the owner, as pure state machines:
 * {@link landfall.sharedlock.SourcePhase}, {@link landfall.sharedlock.DestinationPhase} and {@link
 * landfall.sharedlock.Storage}. What one is and an {@link landfall.sharedlock.Action} give what it
 * is next and the {@link landfall.sharedlock.Effect}s that are due; some of these are requests,
 * which storage grants or refuses. No file, socket, thread or clock is in here.
 *
 * <p>Specified by the TLA+ module {@code SharedLock}; actions and phases have the same names there.
 * The explorer holds this package against the model state by state, and takes it along the model's
 * counterexamples.
 *
 * <p>The core promises, as long as storage frees no lock of a living host: at any moment the guest
 * runs on at most one host; where it runs, the image has all that was seen of the guest; and nobody
 * takes it who was not given it.
 *
 * <p>The module knows what no host and no storage could. What that means for this code:
 *
 * <ul>
 *   <li><b>The lock is one variable</b>, what storage keeps and what the host takes for its own. A
 *       host that storage does not reach cannot see that its lock was freed. Here the two are
 *       apart: {@link landfall.sharedlock.Storage#lock} and what the phases have. They differ only
 *       with {@link landfall.sharedlock.Mutant#FREED_WHILE_CUT_OFF}, and {@code MCSharedLockGraph}
 *       has both. In the module, such a host neither pauses its guest nor receives an image, and
 *       one that is back asks for the lock again: it has been told, by nobody.
 *   <li><b>Storage knows who is dead.</b> In the module it frees the lock of a host that died, even
 *       while it does not reach it, and never that of one that lives. From afar the two look the
 *       same. So {@link landfall.sharedlock.Action.FreeLock} says whether the death is known, and
 *       to find that out is the world's doing: fencing, or the host's own report once it has
 *       started anew.
 *   <li><b>A request and its answer are one step.</b> If the answer to a write gets lost, a host
 *       does not know what the record says. {@code MCSharedLockAnswerLost} has such hosts, and the
 *       rule for a shell is: after it has asked for the record to be written, in {@code GiveAway}
 *       or {@code TakeOwnership}, it neither runs the guest nor leaves it to the other until
 *       storage has answered. It writes the same again, or reads the record. A source that was to
 *       give the guest away may also write its own name again, and take the attempt back once that
 *       is answered: as long as it keeps its shared lock nobody else can have written. A lock that
 *       was asked for or dropped without an answer is asked for or dropped again, without a rule. A
 *       {@code TakeBackAttempt} without asking runs the guest at the source while the record says
 *       that it was given away.
 *   <li><b>Storage does what a host asks in the order in which it asked.</b> With a write that was
 *       not answered and is done after a later one, released output is lost although each host asks
 *       again as it should ({@code MCSharedLockWrittenLate}).
 *   <li><b>At most one message is on its way</b>, and a crash at either end or a taken-back attempt
 *       ends the connection, for both at once. {@code GiveAway} must be an answer of this attempt's
 *       connection.
 *   <li>A host that restarts has forgotten what it read ({@code readFree}); in the module the dead
 *       stay dead.
 * </ul>
 *
 * <p>There is no shell around it: no host locks an image so, and no storage is asked. What is here
 * has met every event in the model's world, and not one file system. The arbiter of {@code
 * landfall.host} is another, smaller one: a word that is read and changed in one step, {@code
 * Ownership}.
 */
package landfall.sharedlock;
