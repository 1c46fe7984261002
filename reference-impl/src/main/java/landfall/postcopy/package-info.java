/**
 * The post-copy protocol with its handover and its recovery, as two pure state machines: {@link
 * landfall.postcopy.SourcePhase} and {@link landfall.postcopy.DestinationPhase}. A phase and an
 * {@link landfall.postcopy.Action} give the next phase and the {@link landfall.postcopy.Effect}s
 * that the host must perform. No socket, clock, thread or random number is in here. Post-copy
 * begins with pre-copy: sets of pages are those of {@code landfall.precopy}. Phases, actions and
 * effects are its own, since a phase carries other data here, and the same word has another
 * consequence (once the guest has gone, a lost connection ends no attempt).
 *
 * <p>Specified by the TLA+ modules {@code Handover} and {@code PostCopy}; actions and phases have
 * the same names there. The explorer holds this package against the model state by state, and takes
 * it along the model's counterexamples.
 *
 * <p>{@code landfall.host} performs the effects on real sockets and a real machine.
 */
package landfall.postcopy;
