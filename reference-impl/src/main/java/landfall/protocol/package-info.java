/**
 * What every protocol of this suite is made of: a pure {@link landfall.protocol.Core} that maps a
 * phase and an action to a {@link landfall.protocol.Step}, the next phase and the effects to be
 * performed. Cores know no socket, clock, thread or random number. {@code landfall.engine.Driver}
 * is the only caller of a core.
 */
package landfall.protocol;
