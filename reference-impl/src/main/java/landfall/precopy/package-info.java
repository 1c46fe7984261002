/**
 * The pre-copy protocol with its handover, as one pure state machine for every host: a {@link
 * landfall.precopy.Phase} and an {@link landfall.precopy.Action} give the next phase and the {@link
 * landfall.precopy.Effect}s that the host must perform. No socket, clock, thread or random number
 * is in here.
 *
 * <p>Specified by the TLA+ modules {@code Handover} and {@code PreCopy}; actions and phases have
 * the same names there. The explorer holds this package against the model state by state.
 */
package landfall.precopy;
