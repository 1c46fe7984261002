/**
 * Whole migrations in virtual time, with faults that a seed decides. {@link
 * landfall.simulation.Simulation} takes a protocol core through many runs, in the world in which
 * {@code landfall.explorer} holds it against its module, and asks the properties of the module
 * after every step. A run that breaks one is shrunk to a {@link landfall.simulation.Story}.
 *
 * <p>The explorer takes every way within small bounds; a simulation takes some ways without them:
 * more attempts, more writes of the guest, more faults. It adds no rule of its own to what can
 * happen, only when: each event that can happen is due at a time that is drawn.
 */
package landfall.simulation;
